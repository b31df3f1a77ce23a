package rest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// logger writes one line per exchange; headers are never logged, bodies only at trace level and redacted.
type logger struct {
	log func(ctx context.Context, level, message string, fields map[string]any)
}

func (p logger) Do(req *policy.Request) (*http.Response, error) {
	ctx, began := req.Raw().Context(), time.Now()
	h := req.Raw().Header
	fields := map[string]any{"request": route(req.Raw()), "correlation_id": h.Get(headerCorrelation), "request_id": h.Get(headerRequestID)}
	if body := sent(req); len(body) > 0 {
		p.log(ctx, "trace", "request body", map[string]any{"request": fields["request"], "body": later(func() string { return Redact(body) })})
	}
	resp, err := req.Next()
	fields["ms"] = time.Since(began).Milliseconds()
	if err != nil {
		fields["error"] = err.Error()
		p.log(ctx, "debug", "no answer", fields)
		return resp, err
	}
	fields["status"] = resp.StatusCode
	p.log(ctx, "debug", "answer", fields)
	if body := payload(resp); len(body) > 0 {
		p.log(ctx, "trace", "answer body", map[string]any{"request": fields["request"], "body": later(func() string { return Redact(body) })})
	}
	return resp, nil
}

// later is a text that is made when it is written: most runs log nothing, and redaction takes longer than an exchange.
type later func() string

// String makes the text.
func (f later) String() string { return f() }

// MarshalText makes the text for logs in JSON.
func (f later) MarshalText() ([]byte, error) { return []byte(f()), nil }

func sent(req *policy.Request) []byte {
	if req.Body() == nil {
		return nil
	}
	body, err := io.ReadAll(req.Body())
	if err != nil || req.RewindBody() != nil {
		return nil
	}
	return body
}

var (
	// secret matches the JSON keys whose values never reach a log. Containers below them are replaced as a whole.
	secret = regexp.MustCompile(`(?i)secret|passw|pwd|token|assertion|authorization|credential|connectionstring|connectionparameters|key$|sas(uri|url)?$|^value$`)

	// telling matches what a secret looks like under any other key: signed links, bearer tokens, connection strings.
	telling = regexp.MustCompile(`(?i)[?&]sig=|bearer |\beyj[\w-]+\.|(key|password|pwd|secret)=`)
)

const withheld = "(redacted)"

// Redact returns a JSON document with secret values replaced; anything else is withheld.
func Redact(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return "(not JSON)"
	}
	out, err := json.Marshal(redacted(v))
	if err != nil {
		return "(not JSON)"
	}
	return string(out)
}

func redacted(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if _, list := x.([]any); secret.MatchString(k) && x != nil && (k != "value" || !list) {
				x = withheld
			}
			v[k] = redacted(x)
		}
	case []any:
		for i, x := range v {
			v[i] = redacted(x)
		}
	case string:
		if telling.MatchString(v) {
			return withheld
		}
	}
	return v
}

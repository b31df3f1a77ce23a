package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
)

type line struct {
	level, message string
	fields         map[string]any
}

type lines struct {
	mu  sync.Mutex
	all []line
}

func (l *lines) log(_ context.Context, level, message string, fields map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, v := range fields {
		if text, ok := v.(fmt.Stringer); ok {
			fields[name] = text.String()
		}
	}
	l.all = append(l.all, line{level, message, fields})
}

func TestOneLinePerExchangeAndBodiesAtTraceOnly(t *testing.T) {
	t.Parallel()
	l := &lines{}
	perform(t, bap, Options{Log: l.log, UserAgent: "u"}, []answer{reply(503, ""), lost(io.ErrUnexpectedEOF), reply(200, `{"name":"a"}`)}, func(ctx context.Context, c *Client, s *script) {
		if _, err := Put[thing](ctx, c, "/x?sig=hush", thing{"b"}); err != nil {
			t.Error(err)
		}
		var got []string
		for _, l := range l.all {
			got = append(got, fmt.Sprintln(l.level, l.message, l.fields["status"], l.fields["error"], l.fields["body"]))
		}
		want := `trace request body <nil> <nil> {"name":"b"}
debug answer 503 <nil> <nil>
trace request body <nil> <nil> {"name":"b"}
debug no answer <nil> PUT https://api.bap.microsoft.com/x: unexpected EOF <nil>
trace request body <nil> <nil> {"name":"b"}
debug answer 200 <nil> <nil>
trace answer body <nil> <nil> {"name":"a"}
`
		if got := strings.Join(got, ""); got != want {
			t.Errorf("logged\n%s\nwant\n%s", got, want)
		}
		for _, r := range s.seen {
			if r.body != `{"name":"b"}` {
				t.Errorf("the log took the body: %q", r.body)
			}
		}
		for _, l := range l.all {
			if l.fields["request"] != "PUT https://api.bap.microsoft.com/x" {
				t.Errorf("request %v", l.fields["request"])
			}
			if l.level == "debug" && (l.fields["correlation_id"] != s.seen[0].header.Get(headerCorrelation) || l.fields["request_id"] == "" || l.fields["ms"] == nil) {
				t.Errorf("fields %v", l.fields)
			}
		}
	})
}

func TestNoSecretReachesALogAtAnyLevel(t *testing.T) {
	t.Parallel()
	const hush = "hush-hush"
	request := map[string]any{
		"client_secret": hush, "properties": map[string]any{
			"connectionParameters": map[string]any{"server": "s", "password": hush, "deep": []any{hush}},
			"settings":             []any{map[string]any{"Password": hush}, "https://x.blob.core.windows.net/y?sv=1&sig=" + hush},
			"displayName":          "seen",
		},
	}
	answers := []answer{
		reply(401, `{"error":{"code":"x","message":"no"},"access_token":"`+hush+`"}`),
		reply(503, `{"message":"down","clientAssertion":"`+hush+`"}`),
		reply(502, "<html>"+hush+"</html>", "Set-Cookie", hush),
		reply(200, `{"name":"seen","refreshToken":"`+hush+`","note":"Bearer `+hush+`","keys":{"primaryKey":"`+hush+`"},"value":"`+hush+`"}`),
	}
	l := &lines{}
	perform(t, secured, Options{Log: l.log, Credential: &credential{}}, answers, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Put[thing](ctx, c, "/x?code="+hush, request, Query("sig", hush)); err != nil {
			t.Error(err)
		}
		all := fmt.Sprint(l.all)
		for _, secret := range []string{hush, "token-1", "token-2", "Bearer"} {
			if strings.Contains(all, secret) {
				t.Errorf("%q is logged:\n%s", secret, all)
			}
		}
		if strings.Count(all, "seen") < 5 {
			t.Errorf("what is no secret is not logged:\n%s", all)
		}
	})
}

func TestBodiesAreRedactedWhenTheyAreWritten(t *testing.T) {
	t.Parallel()
	made := 0
	body := later(func() string { made++; return `"seen"` })
	if fields := map[string]any{"body": body}; made != 0 || len(fields) != 1 {
		t.Error("a text was made that nobody reads")
	}
	inJSON, err := json.Marshal(map[string]any{"body": body})
	if got := fmt.Sprint(body) + string(inJSON); err != nil || got != `"seen"{"body":"\"seen\""}` {
		t.Errorf("logs say %s (%v)", got, err)
	}
}

func TestRedactKeepsTheRest(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"name":"a","n":1,"ok":true,"none":null}`: `{"n":1,"name":"a","none":null,"ok":true}`,
		`{"value":[{"name":"a"}]}`:                 `{"value":[{"name":"a"}]}`,
		`{"value":[{"token":"t"}]}`:                `{"value":[{"token":"(redacted)"}]}`,
		`{"value":"v"}`:                            `{"value":"(redacted)"}`,
		`{"value":{"a":1}}`:                        `{"value":"(redacted)"}`,
		`{"secret":null}`:                          `{"secret":null}`,
		`{"value":"hush","id":"https://kv.vault.azure.net/secrets/s/0","attributes":{"enabled":true}}`:     `{"attributes":{"enabled":true},"id":"https://kv.vault.azure.net/secrets/s/0","value":"(redacted)"}`,
		`{"value":[{"id":"https://kv.vault.azure.net/secrets/s/0","contentType":"text"}],"nextLink":null}`: `{"nextLink":null,"value":[{"contentType":"text","id":"https://kv.vault.azure.net/secrets/s/0"}]}`,
		`{"@odata.context":"c","EnvironmentVariableSecretValue":"hush"}`:                                   `{"@odata.context":"c","EnvironmentVariableSecretValue":"(redacted)"}`,
		`{"EnvironmentVariableName":"new_s"}`:                                                              `{"EnvironmentVariableName":"new_s"}`,
		`{"value":[{"schemaname":"new_s","value":"hush"}]}`:                                                `{"value":[{"schemaname":"new_s","value":"(redacted)"}]}`,
		`{"Value":"hush"}`:    `{"Value":"(redacted)"}`,
		`{"passwords":["a"]}`: `{"passwords":"(redacted)"}`,
		`{"a":"eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln"}`:       `{"a":"(redacted)"}`,
		`{"a":"Endpoint=sb://x/;SharedAccessKey=abc"}`:            `{"a":"(redacted)"}`,
		`{"domainName":"bearers","currency":{"code":"USD"}}`:      `{"currency":{"code":"USD"},"domainName":"bearers"}`,
		`{"securityGroupId":"g","path":"/x?$skiptoken=abc"}`:      `{"path":"/x?$skiptoken=abc","securityGroupId":"g"}`,
		`[{"sasUrl":"https://x"},{"apiKey":"k"},{"monkey":null}]`: `[{"sasUrl":"(redacted)"},{"apiKey":"(redacted)"},{"monkey":null}]`,
		`"text"`:    `"text"`,
		`not JSON`:  `(not JSON)`,
		``:          `(not JSON)`,
		`{"a":"b"`:  `(not JSON)`,
		"<html>\n":  `(not JSON)`,
		`{"a":{}} `: `{"a":{}}`,
	} {
		if got := Redact([]byte(in)); got != want {
			t.Errorf("Redact(%s) = %s, want %s", in, got, want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":[1,{"b":null}]}`, `"x"`, `1`, `{"token":{"token":1}}`, `[[[]]]`, `{"value":["v"]}`} {
		f.Add([]byte(s), "clientSecret")
	}
	f.Fuzz(func(t *testing.T, body []byte, prefix string) {
		const hush = "hush-b5e1"
		if out := Redact(body); out != "(not JSON)" && !json.Valid([]byte(out)) {
			t.Errorf("%q became %q", body, out)
		}
		var v any
		if json.Unmarshal(body, &v) != nil || strings.Contains(string(body), hush) {
			return
		}
		wrapped, err := json.Marshal(map[string]any{"a": []any{v, map[string]any{prefix + "Secret": map[string]any{"x": hush}}}})
		if err != nil {
			t.Fatal(err)
		}
		if out := Redact(wrapped); strings.Contains(out, hush) {
			t.Errorf("%q became %q", wrapped, out)
		}
	})
}

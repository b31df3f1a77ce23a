package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Error is an answer of the platform that is not a success, whatever dialect it speaks.
type Error struct {
	Route     string // method, host and path, without the query
	Status    int    // HTTP status
	Code      string // code of the platform, "" if it gave none
	Message   string // message of the platform, or what can be said of its body
	RequestID string // what the platform's support asks for

	// Operation is "" for the answer to a request, "Failed" (or another end state) for a long-running operation that
	// did not succeed, and "Gone" for one whose document vanished before it ended.
	Operation string

	retryAfter bool // the answer named a time to come back
	empty      bool // the answer had no body
}

// Error names the route, the status and what the platform said.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Route)
	switch e.Operation {
	case "":
		fmt.Fprintf(&b, ": %d %s", e.Status, http.StatusText(e.Status))
	case gone:
		b.WriteString(": the operation vanished before it ended")
	default:
		fmt.Fprintf(&b, ": the operation ended %s", e.Operation)
	}
	if e.Code != "" {
		b.WriteString(": " + e.Code)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

// Empty reports whether the answer had no body.
func (e *Error) Empty() bool { return e.empty }

const gone = "Gone"

// TransportError is a request that got no answer.
type TransportError struct {
	Route string
	Err   error
}

// Error names the route and the cause.
func (e *TransportError) Error() string { return e.Route + ": " + internal(e.Err.Error()) }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// IsNotFound reports whether err says that the object is not there.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Operation == "" && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}

// HasCode reports whether err carries one of the platform's codes; case is ignored.
func HasCode(err error, codes ...string) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.ContainsFunc(codes, func(c string) bool { return strings.EqualFold(c, e.Code) })
}

// IsAmbiguous reports whether the request may have taken effect although it did not succeed: the connection was lost,
// or the answer was a 408, a 499 or a 5xx. The caller settles it by reading the object by its durable identity.
func IsAmbiguous(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		switch e.Status {
		case http.StatusRequestTimeout, 499:
			return e.Operation == ""
		case http.StatusNotImplemented:
			return false
		}
		return e.Operation == "" && e.Status >= 500
	}
	t, ok := errors.AsType[*TransportError](err)
	return ok && !errors.As(t.Err, new(interface{ NonRetriable() }))
}

// IsOperationGone reports whether the document of a long-running operation vanished before it ended.
func IsOperationGone(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Operation == gone
}

// IsOperationFailed reports whether a long-running operation ended without success.
func IsOperationFailed(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Operation != "" && e.Operation != gone
}

// requestIDs are the headers that the families of the platform use, best first.
var requestIDs = []string{"x-ms-correlation-request-id", "x-ms-request-id", "x-ms-service-request-id", "request-id", "req_id"}

// newError reads an answer in any dialect: BAP and ARM and OData {error:{code,message}}, Entra {error,error_description},
// {code,message}, {Message}, HTML, or nothing.
func newError(resp *http.Response) *Error {
	body, _ := runtime.Payload(resp)
	e := &Error{Route: route(resp.Request), Status: resp.StatusCode, empty: len(body) == 0, retryAfter: named(resp)}
	for _, h := range requestIDs {
		if e.RequestID = resp.Header.Get(h); e.RequestID != "" {
			break
		}
	}
	if e.RequestID == "" && resp.Request != nil {
		e.RequestID = resp.Request.Header.Get(headerRequestID)
	}
	e.Code, e.Message = understand(resp.Header.Get("Content-Type"), body)
	e.Message = internal(e.Message)
	return e
}

type problem struct {
	Code        any             `json:"code"`
	Message     string          `json:"message"`
	Description string          `json:"error_description"`
	Error       json.RawMessage `json:"error"`
	Inner       json.RawMessage `json:"innererror"`
	Details     []problem       `json:"details"`
}

// understand extracts code and message from a body of any dialect.
func understand(contentType string, body []byte) (code, message string) {
	var p problem
	if json.Unmarshal(body, &p) != nil {
		return "", prose(contentType, body)
	}
	var name string
	switch {
	case len(p.Error) > 0 && json.Unmarshal(p.Error, &name) == nil && name != "":
		return name, p.Description
	case len(p.Error) > 0:
		var inner problem
		if json.Unmarshal(p.Error, &inner) == nil && (inner.Code != nil || inner.Message != "") {
			p = inner
		}
	}
	if p.Code != nil {
		code = strings.TrimSuffix(fmt.Sprint(p.Code), ".0")
	}
	message = p.Message
	for _, d := range p.Details {
		if d.Message != "" && !strings.Contains(message, d.Message) {
			message += " " + d.Message
		}
	}
	return code, strings.TrimSpace(message)
}

var (
	title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	space = regexp.MustCompile(`\s+`)
	// The platform's gateways put their own private addresses into messages; they help nobody and leak its inside.
	private = regexp.MustCompile(`(?i)(https?://)?\b(10(\.\d{1,3}){3}|127(\.\d{1,3}){3}|192\.168(\.\d{1,3}){2}|172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2})(:\d+)?`)
)

// prose says what can be said of a body that is not JSON.
func prose(contentType string, body []byte) string {
	text := strings.TrimSpace(string(body))
	switch {
	case text == "":
		return ""
	case title.MatchString(text):
		return "an HTML page titled " + quote(title.FindStringSubmatch(text)[1])
	case strings.Contains(contentType, "html") || strings.HasPrefix(text, "<"):
		return "an HTML page"
	}
	return shorten(text)
}

func quote(s string) string { return `"` + shorten(s) + `"` }

func shorten(s string) string {
	s = strings.TrimSpace(space.ReplaceAllString(s, " "))
	if r := []rune(s); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return s
}

func internal(s string) string { return private.ReplaceAllString(s, "(internal address)") }

// notJSON is the error of a success whose body is not what the route promises.
func notJSON(resp *http.Response, body []byte) error {
	e := newError(resp)
	what := prose(resp.Header.Get("Content-Type"), body)
	switch {
	case len(body) == 0:
		what = "an empty body"
	case json.Valid(body):
		what = "JSON of another shape"
	}
	e.Code, e.Message = "", "expected a JSON document, got "+what
	return e
}

// route is method, host and path of a request: what an engineer can search for, without the values of a query.
func route(req *http.Request) string {
	if req == nil || req.URL == nil {
		return "request"
	}
	return req.Method + " https://" + req.URL.Host + req.URL.Path
}

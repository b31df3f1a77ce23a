package rest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
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
	page       bool // the answer was an HTML page: of something on the way, not of the platform
	many       bool // a collection was asked for
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
func (e *TransportError) Error() string { return e.Route + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// unanswered makes err a TransportError, unless it is one.
func unanswered(req *http.Request, err error) error {
	if _, ok := errors.AsType[*TransportError](err); ok {
		return err
	}
	return &TransportError{Route: route(req), Err: err}
}

// ErrNotFound says that an object is not there: a list or a query does not show it, or something else than a 404 tells.
var ErrNotFound = errors.New("not found")

// IsNotFound reports whether err says that the object is not there: it is ErrNotFound, or the API's 404.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return errors.Is(err, ErrNotFound) ||
		ok && e.Operation == "" && !e.page && !e.many && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}

// HasCode reports whether err carries one of the platform's codes; case is ignored.
func HasCode(err error, codes ...string) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.ContainsFunc(codes, func(c string) bool { return strings.EqualFold(c, e.Code) })
}

// IsAmbiguous reports whether the request may have taken effect although it did not succeed: the connection was lost
// once it stood, or the answer was a 408, a 499 or a 5xx other than a 501 and a 503 that names a time to come back. The
// caller settles it by reading the object by its durable identity.
func IsAmbiguous(err error) bool {
	if _, ok := errors.AsType[*unsettled](err); ok {
		return true
	}
	if e, ok := errors.AsType[*Error](err); ok {
		switch e.Status {
		case http.StatusRequestTimeout, 499:
			return e.Operation == ""
		case http.StatusNotImplemented:
			return false
		case http.StatusServiceUnavailable:
			return e.Operation == "" && !e.retryAfter
		}
		return e.Operation == "" && (e.Status >= 500 || e.Status < 300)
	}
	t, ok := errors.AsType[*TransportError](err)
	if !ok || final(t.Err) {
		return false
	}
	op, ok := errors.AsType[*net.OpError](t.Err)
	return !ok || op.Op != "dial"
}

// IsUncertain reports whether what failed may have had an effect, or may still have one: its time was over, a request is
// ambiguous, or a long-running operation failed or vanished.
func IsUncertain(err error) bool {
	return IsTimeout(err) || IsAmbiguous(err) || IsOperationFailed(err) || IsOperationGone(err)
}

// isPage reports whether an answer is an HTML page.
func isPage(resp *http.Response) bool {
	return strings.HasPrefix(strings.TrimSpace(string(payload(resp))), "<")
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
// {code,message}, {Message}, the XML of Azure Storage, HTML, or nothing.
func newError(resp *http.Response) *Error {
	body := payload(resp)
	e := &Error{Route: route(resp.Request), Status: resp.StatusCode, empty: len(body) == 0, retryAfter: named(resp), page: isPage(resp)}
	for _, h := range requestIDs {
		if e.RequestID = resp.Header.Get(h); e.RequestID != "" {
			break
		}
	}
	if e.RequestID == "" && resp.Request != nil {
		e.RequestID = resp.Request.Header.Get(headerRequestID)
	}
	e.Code, e.Message = understand(resp.Header.Get("Content-Type"), body)
	e.Code = cmp.Or(e.Code, resp.Header.Get("X-Ms-Error-Code")) // where Azure Storage puts it
	e.Message = limit(internal(unwrap(e.Message)), 2000)
	return e
}

// problem holds the members in which the dialects put code and message. Each is read by itself, so that one of an
// unexpected type does not hide the others.
type problem struct {
	Code, ErrorCode, Error, ErrorDetail, InnerError, Details json.RawMessage

	Message, FriendlyMessage, StatusMessage, Detail, Title json.RawMessage

	Description json.RawMessage `json:"error_description"`
}

func (p problem) code() string { return cmp.Or(text(p.Code), text(p.ErrorCode), text(p.Error)) }

func (p problem) message() string {
	return join(text(p.FriendlyMessage),
		cmp.Or(text(p.Message), text(p.Description), text(p.Detail), text(p.Title), text(p.StatusMessage)))
}

// understand extracts code and message from a body of any dialect; causes that the platform adds follow the message.
func understand(contentType string, body []byte) (code, message string) {
	var p, cause problem
	if json.Unmarshal(body, &p) != nil {
		return "", prose(contentType, body)
	}
	for _, raw := range []json.RawMessage{p.Error, p.ErrorDetail} {
		var inner problem
		if json.Unmarshal(raw, &inner) == nil && inner.code()+inner.message() != "" {
			p = inner
			break
		}
	}
	code, message = p.code(), p.message()
	if message == "" && strings.Contains(code, " ") {
		code, message = "", code
	}
	if json.Unmarshal(p.InnerError, &cause) == nil {
		message = join(message, cause.message())
	}
	var details []json.RawMessage
	_ = json.Unmarshal(p.Details, &details)
	for _, raw := range details {
		var d problem
		if json.Unmarshal(raw, &d) == nil {
			message = join(message, d.message())
		}
	}
	return code, message
}

// unwrap replaces a whole error in a message, as services put it there that pass on what another one said, by its code and
// message.
func unwrap(message string) string {
	at := 0
	for range 8 {
		brace := strings.IndexByte(message[at:], '{')
		if brace < 0 {
			break
		}
		at += brace
		decoder := json.NewDecoder(strings.NewReader(message[at:]))
		var raw json.RawMessage
		if decoder.Decode(&raw) == nil {
			if code, said := understand("", raw); code+said != "" {
				inner := strings.TrimSuffix(strings.TrimPrefix(code+": "+unwrap(said), ": "), ": ")
				return message[:at] + inner + message[at+int(decoder.InputOffset()):]
			}
		}
		at++
	}
	return message
}

// text is a string, a number, or the id or value of an object such as {"id":"Running"} and {"lang":"en","value":"…"}.
func text(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return ""
	}
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case float64:
		return string(raw)
	case map[string]any:
		for _, name := range []string{"id", "value"} {
			if s, ok := v[name].(string); ok {
				return s
			}
		}
	}
	return ""
}

// join appends what a does not say yet.
func join(a, b string) string {
	if strings.Contains(a, b) {
		return a
	}
	return strings.TrimSpace(a + " " + b)
}

var (
	title   = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	element = regexp.MustCompile(`(?is)<message>(.*?)</message>`) // of Azure Storage
	space   = regexp.MustCompile(`\s+`)

	// The platform's gateways put their own private addresses into messages; they help nobody and leak its inside.
	gateway = regexp.MustCompile(`(?i)(https?://)?\b(10(\.\d{1,3}){3}|127(\.\d{1,3}){3}|(192\.168|169\.254)(\.\d{1,3}){2}|172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2})\b(:\d+)?(/\d+\b)?`)
	// An address range is a user's own.
	cidr = regexp.MustCompile(`^[\d.]+/\d{1,2}$`)
)

// prose says what can be said of a body that is not a JSON object.
func prose(contentType string, body []byte) string {
	text := strings.TrimSpace(string(body))
	switch {
	case text == "":
		return ""
	case strings.Contains(contentType, "xml") && element.MatchString(text):
		return shorten(element.FindStringSubmatch(text)[1])
	case title.MatchString(text):
		return "an HTML page titled " + quote(title.FindStringSubmatch(text)[1])
	case strings.Contains(contentType, "html") || strings.HasPrefix(text, "<"):
		return "an HTML page"
	case strings.ContainsAny(text[:1], `{[`) && json.Valid(body):
		return "JSON of another shape"
	case strings.ContainsAny(text[:1], `{[`):
		return "incomplete JSON"
	}
	return shorten(text)
}

func quote(s string) string { return `"` + shorten(s) + `"` }

func shorten(s string) string {
	return limit(strings.TrimSpace(space.ReplaceAllString(s, " ")), 300)
}

func limit(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes]) + "…"
	}
	return s
}

func internal(s string) string {
	return gateway.ReplaceAllStringFunc(s, func(address string) string {
		if cidr.MatchString(address) {
			return address
		}
		return "(internal address)"
	})
}

// notJSON is the error of a success whose body is not what the route promises.
func notJSON(resp *http.Response) error {
	e := newError(resp)
	what := cmp.Or(prose(resp.Header.Get("Content-Type"), payload(resp)), "an empty body")
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

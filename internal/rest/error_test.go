package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEveryDialectBecomesOneError(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	for name, tc := range map[string]struct {
		status        int
		body          string
		headers       []string
		code, message string
	}{
		"BAP":                 {404, `{"error":{"code":"EnvironmentNotFound","message":"The environment is not there."}}`, nil, "EnvironmentNotFound", "The environment is not there."},
		"ARM with details":    {400, `{"error":{"code":"InvalidRequest","message":"Bad.","details":[{"code":"A","message":"First."},{"code":"B","message":"Bad."},{"message":"Second."}]}}`, nil, "InvalidRequest", "Bad. First. Second."},
		"OData":               {412, `{"error":{"code":"0x80040237","message":"A record with matching key values already exists."}}`, nil, "0x80040237", "A record with matching key values already exists."},
		"OData with a cause":  {400, `{"error":{"code":"0x0","message":"Outer.","innererror":{"message":"Inner.","type":"T","stacktrace":"at A.B()"}}}`, nil, "0x0", "Outer. Inner."},
		"OData of old":        {400, `{"error":{"code":"","message":{"lang":"en-us","value":"Old."}}}`, nil, "", "Old."},
		"inner error of BAP":  {400, `{"error":{"code":"ApiHubsRequestFailed","message":"Outer.","innerError":{"code":"500","message":"Inner."}}}`, nil, "ApiHubsRequestFailed", "Outer. Inner."},
		"error in a message":  {400, `{"error":{"code":"ApiHubsRequestFailed","message":"Request failed with error: 'The response was 500: {\r\n\"error\":{\"code\":\"InternalServerError\",\"message\":\"No function app.\"}}'."}}`, nil, "ApiHubsRequestFailed", "Request failed with error: 'The response was 500: InternalServerError: No function app.'."},
		"error in an error":   {400, `{"message":"A {\"message\":\"B {\\\"code\\\":\\\"C\\\",\\\"message\\\":\\\"D\\\"}\"}"}`, nil, "", "A B C: D"},
		"XML of storage":      {403, `<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate.</Message></Error>`, []string{"Content-Type", "application/xml", "X-Ms-Error-Code", "AuthenticationFailed"}, "AuthenticationFailed", "Server failed to authenticate."},
		"bare":                {400, `{"code":"Bare","message":"No envelope."}`, nil, "Bare", "No envelope."},
		"message":             {400, `{"message":"Only a message."}`, nil, "", "Only a message."},
		"Message":             {500, `{"Message":"An error has occurred."}`, nil, "", "An error has occurred."},
		"Entra":               {400, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret.","error_codes":[7000215]}`, nil, "invalid_client", "AADSTS7000215: Invalid client secret."},
		"sentence as error":   {400, `{"error":"It did not work."}`, nil, "", "It did not work."},
		"problem details":     {400, `{"type":"about:blank","title":"One or more validation errors occurred.","status":400}`, nil, "", "One or more validation errors occurred."},
		"problem detail":      {400, `{"title":"Bad Request","detail":"The name is taken.","status":400}`, nil, "", "The name is taken."},
		"operation":           {400, `{"operationId":"1","error":{"errorName":"n","errorCode":"E1","message":"Failed."}}`, nil, "E1", "Failed."},
		"error detail":        {400, `{"status":"Failed","errorDetail":{"code":"D1","fieldErrors":{}}}`, nil, "D1", ""},
		"code as number":      {400, `{"error":{"code":1000000,"message":"Big."}}`, nil, "1000000", "Big."},
		"details as text":     {400, `{"error":{"code":"C","message":"M.","details":"free text"}}`, nil, "C", "M."},
		"message as number":   {400, `{"error":{"code":"C","message":5}}`, nil, "C", "5"},
		"null everywhere":     {400, `{"error":null,"message":null,"code":null}`, nil, "", ""},
		"byte-order mark":     {400, "\xef\xbb\xbf" + `{"error":{"code":"C","message":"M."}}`, nil, "C", "M."},
		"HTML":                {502, "<html><head><title>502 Bad\n Gateway</title></head><body>nginx</body></html>", []string{"Content-Type", "text/html"}, "", `an HTML page titled "502 Bad Gateway"`},
		"HTML without title":  {502, "<!doctype html><p>down", []string{"Content-Type", "text/html; charset=utf-8"}, "", "an HTML page"},
		"HTML by type only":   {502, "down", []string{"Content-Type", "text/html"}, "", "an HTML page"},
		"text":                {503, " The  service\nis unavailable. ", []string{"Content-Type", "text/plain"}, "", "The service is unavailable."},
		"long text":           {503, long, nil, "", long[:300] + "…"},
		"long message":        {503, `{"message":"` + long + `"}`, nil, "", long[:2000] + "…"},
		"array":               {500, `[{"code":"x"}]`, nil, "", "JSON of another shape"},
		"broken JSON":         {500, `{"error":{"code":"x"`, nil, "", "incomplete JSON"},
		"object of no use":    {499, `{"name":"id","properties":{"displayName":"x"}}`, nil, "", ""},
		"nothing":             {409, ``, nil, "", ""},
		"conflict is refused": {409, `{"name":"x"}`, nil, "", ""},
		"redirect":            {302, ``, []string{"Location", "https://login.microsoftonline.com"}, "", ""},
		"a gateway's address": {403, `{"error":{"code":"F","message":"App does not have permission to access the path https://10.0.3.11:20031/providers/X (via 172.16.0.9, HTTP://192.168.1.1)."}}`, nil, "F", "App does not have permission to access the path (internal address)/providers/X (via (internal address), (internal address))."},
		"a user's own range":  {400, `{"error":{"code":"F","message":"Prefix 10.0.1.0/24 is not in 10.1.0.0/16; 8.8.8.8 is public, 1.2.10.0.0.1 is none."}}`, nil, "F", "Prefix 10.0.1.0/24 is not in 10.1.0.0/16; 8.8.8.8 is public, 1.2.(internal address) is none."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.bap.microsoft.com/x?secret=1", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := reply(tc.status, tc.body, tc.headers...)(req) //nolint:bodyclose // in memory
			if err != nil {
				t.Fatal(err)
			}
			e := newError(resp)
			if e.Status != tc.status || e.Code != tc.code || e.Message != tc.message {
				t.Errorf("%d %q %q, want %d %q %q", e.Status, e.Code, e.Message, tc.status, tc.code, tc.message)
			}
			if e.Route != "POST https://api.bap.microsoft.com/x" {
				t.Errorf("route %s", e.Route)
			}
			if e.Empty() != (tc.body == "") {
				t.Errorf("empty %v", e.Empty())
			}
			if strings.ContainsAny(e.Error(), "{[") {
				t.Errorf("the error dumps JSON: %s", e)
			}
		})
	}
}

func TestSuccessIs2xxOnly(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 201, 202, 204, 206} {
		perform(t, bap, Options{}, []answer{reply(status, `{"name":"a"}`)}, func(ctx context.Context, c *Client, _ *script) {
			if _, err := Post[None](ctx, c, "/x", thing{}); err != nil {
				t.Errorf("%d: %v", status, err)
			}
		})
	}
	for _, status := range []int{301, 304, 400, 401, 403, 404, 409, 412} {
		perform(t, bap, Options{}, []answer{reply(status, `{"name":"a"}`)}, func(ctx context.Context, c *Client, _ *script) {
			_, err := Post[None](ctx, c, "/x", thing{})
			if e, ok := errors.AsType[*Error](err); !ok || e.Status != status {
				t.Errorf("%d: %v", status, err)
			}
		})
	}
}

func TestASuccessWithoutItsDocumentNamesTheRoute_X04(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                                 "an empty body",
		" \n":                              "an empty body",
		"<html><title>Sign in</title>":     `an HTML page titled "Sign in"`,
		`[1]`:                              "JSON of another shape",
		`{"name":{"first":"a"}}`:           "JSON of another shape",
		`{"name":"a","name":{}}`:           "JSON of another shape",
		`{"name":"a`:                       "incomplete JSON",
		"Sorry, we are <b>busy</b> today.": "Sorry, we are <b>busy</b> today.",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPut} {
			perform(t, bap, Options{}, []answer{reply(200, body)}, func(ctx context.Context, c *Client, _ *script) {
				v, err := send[thing](ctx, c, method, "/x/y", nil, nil)
				want := method + " https://api.bap.microsoft.com/x/y: 200 OK: expected a JSON document, got " + want
				if err == nil || err.Error() != want {
					t.Errorf("%q: %v\nwant %s", body, err, want)
				}
				if v.Name != "" {
					t.Errorf("%q: half a value %v", body, v)
				}
			})
		}
	}
}

func TestNoneNeedsNoBody(t *testing.T) {
	t.Parallel()
	for _, answered := range []answer{reply(200, ""), reply(200, "OK"), reply(204, "")} {
		perform(t, bap, Options{}, []answer{answered}, func(ctx context.Context, c *Client, _ *script) {
			if _, err := Put[None](ctx, c, "/x", thing{}); err != nil {
				t.Error(err)
			}
		})
	}
	perform(t, bap, Options{}, []answer{reply(200, "<html>")}, func(ctx context.Context, c *Client, _ *script) {
		if err := Delete(ctx, c, "/x", nil); err == nil {
			t.Error("a page of something on the way is no success")
		}
	})
	perform(t, bap, Options{}, []answer{reply(404, "<html>")}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Get[thing](ctx, c, "/x"); err == nil || IsNotFound(err) {
			t.Errorf("a page of something on the way proves nothing: %v", err)
		}
	})
	perform(t, bap, Options{}, []answer{reply(204, "")}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Get[thing](ctx, c, "/x"); err != nil {
			t.Errorf("204 is an answer without a document: %v", err)
		}
	})
}

func TestErrorCarriesTheRequestID(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		headers []string
		want    string
	}{
		{[]string{"x-ms-request-id", "r", "x-ms-correlation-request-id", "c"}, "c"},
		{[]string{"x-ms-request-id", "r", "REQ_ID", "o"}, "r"},
		{[]string{"x-ms-service-request-id", "s"}, "s"},
		{[]string{"request-id", "g"}, "g"},
		{[]string{"REQ_ID", "o"}, "o"},
	} {
		perform(t, bap, Options{UserAgent: "test"}, []answer{reply(400, "", tc.headers...)}, func(ctx context.Context, c *Client, _ *script) {
			_, err := Get[thing](ctx, c, "/x")
			if e, ok := errors.AsType[*Error](err); !ok || e.RequestID != tc.want || !strings.HasSuffix(err.Error(), "(request "+tc.want+")") {
				t.Errorf("%v: %v", tc.headers, err)
			}
		})
	}
	perform(t, bap, Options{UserAgent: "test"}, []answer{reply(400, "")}, func(ctx context.Context, c *Client, s *script) {
		_, err := Get[thing](ctx, c, "/x")
		if e, ok := errors.AsType[*Error](err); !ok || e.RequestID == "" || e.RequestID != s.seen[0].header.Get(headerRequestID) {
			t.Errorf("an answer without an ID falls back to the request's own: %v", err)
		}
	})
}

func TestErrorReadsLikeASentence(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  Error
		want string
	}{
		{Error{Route: "GET https://h/p", Status: 404}, "GET https://h/p: 404 Not Found"},
		{Error{Route: "GET https://h/p", Status: 409, Code: "Busy", Message: "Later.", RequestID: "1"}, "GET https://h/p: 409 Conflict: Busy: Later. (request 1)"},
		{Error{Route: "POST https://h/p", Status: 200, Operation: "Failed", Message: "No."}, "POST https://h/p: the operation ended Failed: No."},
		{Error{Route: "POST https://h/p", Status: 404, Operation: gone}, "POST https://h/p: the operation vanished before it ended"},
	} {
		if got := tc.err.Error(); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

func TestErrorsAreTold(t *testing.T) {
	t.Parallel()
	type told struct{ absent, ambiguous, gone, failed, late bool }
	nonRetriable := permanent{errForeignHost}
	for name, tc := range map[string]struct {
		err  error
		want told
	}{
		"nil":                    {nil, told{}},
		"another error":          {io.EOF, told{}},
		"404":                    {&Error{Status: 404}, told{absent: true}},
		"410":                    {&Error{Status: 410}, told{absent: true}},
		"403":                    {&Error{Status: 403}, told{}},
		"409":                    {&Error{Status: 409}, told{}},
		"408":                    {&Error{Status: 408}, told{ambiguous: true}},
		"429":                    {&Error{Status: 429}, told{}},
		"499":                    {&Error{Status: 499}, told{ambiguous: true}},
		"500":                    {&Error{Status: 500}, told{ambiguous: true}},
		"501":                    {&Error{Status: 501}, told{}},
		"502":                    {&Error{Status: 502}, told{ambiguous: true}},
		"503":                    {&Error{Status: 503}, told{ambiguous: true}},
		"503 that names a time":  {&Error{Status: 503, retryAfter: true}, told{}},
		"504":                    {&Error{Status: 504}, told{ambiguous: true}},
		"shown nowhere":          {ErrNotFound, told{absent: true}},
		"operation gone":         {&Error{Status: 404, Operation: gone}, told{gone: true}},
		"operation failed":       {&Error{Status: 200, Operation: "Failed"}, told{failed: true}},
		"operation canceled":     {&Error{Status: 200, Operation: "Canceled"}, told{failed: true}},
		"operation failed, 500":  {&Error{Status: 500, Operation: "Failed"}, told{failed: true}},
		"connection reset":       {&TransportError{Err: &net.OpError{Op: "read", Err: errors.New("reset")}}, told{ambiguous: true}},
		"connection refused":     {&TransportError{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, told{}},
		"never sent":             {&TransportError{Err: nonRetriable}, told{}},
		"out of time, no answer": {&TimeoutError{Err: context.DeadlineExceeded}, told{late: true}},
	} {
		for _, err := range []error{tc.err, fmt.Errorf("wrapped: %w", tc.err)} {
			if tc.err == nil {
				err = nil
			}
			if got := (told{IsNotFound(err), IsAmbiguous(err), IsOperationGone(err), IsOperationFailed(err), IsTimeout(err)}); got != tc.want {
				t.Errorf("%s: %+v, want %+v", name, got, tc.want)
			}
			if w := tc.want; IsUncertain(err) != (w.ambiguous || w.gone || w.failed || w.late) {
				t.Errorf("%s: uncertain %t", name, IsUncertain(err))
			}
		}
	}
}

func TestHasCodeIgnoresCase(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("wrapped: %w", &Error{Code: "OperationNotStartable"})
	if !HasCode(err, "Other", "operationnotstartable") || HasCode(err, "Other") || HasCode(err) || HasCode(io.EOF, "") || HasCode(nil, "x") {
		t.Error("HasCode misjudges")
	}
}

func TestTransportErrorShowsNoQuery(t *testing.T) {
	t.Parallel()
	broke := &url.Error{Op: "Post", URL: "https://api.bap.microsoft.com/x?sig=hush", Err: io.ErrUnexpectedEOF}
	perform(t, bap, Options{}, []answer{lost(broke)}, func(ctx context.Context, c *Client, _ *script) {
		_, err := Post[None](ctx, c, "/x?sig=hush", nil)
		if err == nil || err.Error() != "POST https://api.bap.microsoft.com/x: unexpected EOF" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(err)
		}
		if _, ok := errors.AsType[*TransportError](err); !ok {
			t.Errorf("%T", err)
		}
	})
}

func FuzzError(f *testing.F) {
	for _, s := range []string{
		``, `null`, `{}`, `[]`, `"x"`, `1e999`, `{"error":{"code":[1],"message":{"value":2}}}`, `{"error":"x","details":[null,1,{}]}`,
		`{"innererror":[],"error":{"error":{"error":1}}}`, "<title>", "\xef\xbb\xbf", "\xff\xfe{", `{"message":"10.0.0.1"}`,
		`{"error":{"code":"c","message":"m","details":{"message":"d"}}}`,
	} {
		f.Add(400, s, "application/json")
	}
	f.Fuzz(func(t *testing.T, status int, body, contentType string) {
		e := newError(&http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(body))})
		if e.Error() == "" || utf8.RuneCountInString(e.Message) > 2001 {
			t.Errorf("%q", e.Error())
		}
		if gateway.MatchString(e.Message) && !strings.Contains(e.Message, "/") {
			t.Errorf("an internal address in %q", e.Message)
		}
	})
}

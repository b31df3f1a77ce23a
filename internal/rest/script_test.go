package rest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// script is a platform that answers by heart: the first request gets the first answer, and so on. It is a test's whole
// network, so that everything runs on the virtual clock of a synctest bubble.
type script struct {
	t       *testing.T
	mu      sync.Mutex
	answers []answer
	seen    []seen
}

type answer func(*http.Request) (*http.Response, error)

// seen is a request as it arrived.
type seen struct {
	at     time.Duration // since the script began
	line   string        // method and address
	header http.Header
	body   string
}

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where every bubble begins

func (s *script) Do(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := seen{at: time.Since(epoch), line: req.Method + " " + req.URL.String(), header: req.Header.Clone()}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			s.t.Error(err)
		}
		r.body = string(body)
	}
	s.seen = append(s.seen, r)
	if len(s.seen) > len(s.answers) {
		s.t.Errorf("request %d was not expected: %s", len(s.seen), r.line)
		return reply(418, "")(req)
	}
	return s.answers[len(s.seen)-1](req)
}

// reply answers with a status, a body and headers given as name, value.
func reply(status int, body string, headers ...string) answer {
	return func(req *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i+1 < len(headers); i += 2 {
			h.Add(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
	}
}

// lost is a request that gets no answer.
func lost(err error) answer {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// cut is an answer whose connection breaks in the middle of the body.
func cut(status int) answer {
	return func(req *http.Request) (*http.Response, error) {
		resp, err := reply(status, "")(req)
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"na`), broken{}))
		return resp, err
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// repeat gives an answer n times.
func repeat(n int, a answer) []answer {
	out := make([]answer, n)
	for i := range out {
		out[i] = a
	}
	return out
}

func (s *script) lines() string {
	var b strings.Builder
	for _, r := range s.seen {
		b.WriteString(r.line + "\n")
	}
	return b.String()
}

// times are the moments at which requests arrived.
func (s *script) times() []time.Duration {
	var out []time.Duration
	for _, r := range s.seen {
		out = append(out, r.at)
	}
	return out
}

// bap is an endpoint as BAP's is.
var bap = Endpoint{
	Host: "api.bap.microsoft.com", APIVersion: "2023-06-01",
	Busy: func(method string, e *Error) bool {
		return method != http.MethodGet && e.Status == http.StatusConflict && (HasCode(e, "OperationNotStartable") || e.Empty() && method != http.MethodPost)
	},
}

// perform runs f in a bubble against a client whose platform answers by heart, and checks that all answers were used.
func perform(t *testing.T, e Endpoint, o Options, answers []answer, f func(ctx context.Context, c *Client, s *script)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &script{t: t, answers: answers}
		o.Transport = s
		f(t.Context(), New(e, o), s)
		if len(s.seen) < len(answers) {
			t.Errorf("%d of %d answers were asked for:\n%s", len(s.seen), len(answers), s.lines())
		}
	})
}

// thing is an object of the platform.
type thing struct {
	Name string `json:"name"`
}

// credential counts its tokens: they read "token 1 claims", "token 2 claims"; it caches one until it is refused.
type credential struct {
	mu      sync.Mutex
	made    int
	token   string
	claims  []string
	scopes  []string
	refused []string
	err     error
}

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return azcore.AccessToken{}, c.err
	}
	if c.token == "" || o.Claims != "" {
		c.made++
		c.token = "token-" + string(rune('0'+c.made))
		c.claims, c.scopes = append(c.claims, o.Claims), append(c.scopes, o.Scopes...)
	}
	return azcore.AccessToken{Token: c.token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (c *credential) Refuse(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = append(c.refused, token)
	if token == c.token {
		c.token = ""
	}
}

package arm

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	contoso  = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network"
	networkA = contoso + "/providers/Microsoft.Network/virtualNetworks/vnet-eastus"
	subnetA  = networkA + "/subnets/snet-powerplatform"
)

// azure answers by heart: the first request gets the first answer, and so on.
type azure struct {
	t       *testing.T
	began   time.Time
	answers []answer
	seen    []request
}

type answer struct {
	status int
	body   string
	header []string // name, value, …
	err    error
	then   func()
}

type request struct {
	line    string // method and path
	version string
	match   string // If-Match
	body    string
	at      time.Duration
}

func (a *azure) Do(req *http.Request) (*http.Response, error) {
	r := request{line: req.Method + " " + req.URL.Path, version: req.URL.Query().Get("api-version"), match: req.Header.Get("If-Match"), at: time.Since(a.began)}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			a.t.Error(err)
		}
		r.body = string(body)
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	a.seen = append(a.seen, r)
	if len(a.seen) > len(a.answers) {
		a.t.Errorf("request %d was not expected: %s", len(a.seen), r.line)
		return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody, Request: req}, nil
	}
	one := a.answers[len(a.seen)-1]
	if one.then != nil {
		one.then()
	}
	if one.err != nil {
		return nil, one.err
	}
	h := http.Header{}
	for i := 0; i+1 < len(one.header); i += 2 {
		h.Set(one.header[i], one.header[i+1])
	}
	return &http.Response{StatusCode: one.status, Header: h, Body: io.NopCloser(strings.NewReader(one.body)), Request: req}, nil
}

// methods are those of the requests in order, such as "GET PUT GET".
func (a *azure) methods() string {
	var all []string
	for _, r := range a.seen {
		all = append(all, strings.Fields(r.line)[0])
	}
	return strings.Join(all, " ")
}

// against runs f with an hour of virtual time, against answers that must all be asked for.
func against(t *testing.T, answers []answer, f func(ctx context.Context, c *Client, a *azure)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := &azure{t: t, answers: answers, began: time.Now()}
		ctx, done := context.WithTimeout(t.Context(), time.Hour)
		defer done()
		f(ctx, connect(t, a), a)
		if len(a.seen) != len(answers) {
			t.Errorf("%d of %d answers were asked for: %s", len(a.seen), len(answers), a.methods())
		}
	})
}

// transport is a function that answers.
type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(req *http.Request) (*http.Response, error) { return f(req) }

func connect(t *testing.T, through interface {
	Do(*http.Request) (*http.Response, error)
},
) *Client {
	t.Helper()
	known, err := cloud.Lookup(cloud.Public)
	if err != nil {
		t.Fatal(err)
	}
	return New(known, rest.Options{Transport: through}, Settings{})
}

func ok(body string) answer { return answer{status: http.StatusOK, body: body} }

func refused(status int, code string) answer {
	return answer{status: status, body: `{"error":{"code":"` + code + `","message":"No."}}`}
}

// accepted is a write that goes on at an address on another host.
func accepted(body string) answer {
	return answer{status: http.StatusOK, body: body, header: []string{"Azure-AsyncOperation", "https://eastus.management.azure.com/operations/1", "Retry-After", "10"}}
}

func ended(status string) answer {
	return ok(`{"status":"` + status + `","error":{"code":"Internal","message":"It broke."}}`)
}

package bap

import (
	"context"
	"errors"
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
	env = "aaaaaaaa-0000-4000-8000-00000000000a"
	sys = "/regions/europe/providers/Microsoft.PowerPlatform/enterprisePolicies/bbbbbbbb-0000-4000-8000-00000000000b"
)

// desk is a platform that answers by heart.
type desk struct {
	t       *testing.T
	began   time.Time
	answers []answer
	seen    []string
	at      []time.Duration
	body    string // of the first request
}

type answer struct {
	status int
	body   string
	header string // "Name: value"
	err    error
}

func (d *desk) Do(req *http.Request) (*http.Response, error) {
	d.seen, d.at = append(d.seen, req.Method+" "+req.URL.Path), append(d.at, time.Since(d.began))
	if req.Body != nil && d.body == "" {
		body, _ := io.ReadAll(req.Body)
		d.body = string(body)
	}
	if len(d.seen) > len(d.answers) {
		d.t.Fatalf("request %d was not expected: %s", len(d.seen), d.seen[len(d.seen)-1])
	}
	a := d.answers[len(d.seen)-1]
	if a.err != nil {
		return nil, a.err
	}
	h := http.Header{}
	if name, value, ok := strings.Cut(a.header, ": "); ok {
		h.Set(name, value)
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body)), Request: req}, nil
}

func (d *desk) posts() (n int) {
	for _, line := range d.seen {
		if strings.HasPrefix(line, "POST") {
			n++
		}
	}
	return n
}

// perform runs f against answers, with an hour of virtual time, and checks that all were asked for.
func perform(t *testing.T, answers []answer, f func(ctx context.Context, c *Client, d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{t: t, answers: answers, began: time.Now()}
		known, err := cloud.Lookup(cloud.Public)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		f(ctx, New(known, rest.Options{Transport: d}), d)
		if len(d.seen) != len(answers) {
			t.Errorf("%d of %d answers were asked for: %s", len(d.seen), len(answers), strings.Join(d.seen, "\n"))
		}
	})
}

// record is the answer to a read of the environment, with the members of enterprisePolicies.
func record(policies string) answer {
	if policies != "" {
		policies = `,"enterprisePolicies":{` + policies + `}`
	}
	return answer{status: 200, body: `{"name":"` + env + `","properties":{"states":{"management":{"id":"Ready"}}` + policies + `}}`}
}

func working() answer {
	return answer{status: 200, body: `{"name":"` + env + `","properties":{"states":{"management":{"id":"Running"}}}}`}
}

func linked() answer {
	return record(`"VNETS":{"SystemId":"` + strings.ToUpper(sys) + `","linkStatus":"Linking"}`)
}

func refused(status int, code string) answer {
	return answer{status: status, body: `{"error":{"code":"` + code + `","message":"No."}}`}
}

func ended(state, message string) []answer {
	return []answer{
		{status: 202, header: "Operation-Location: https://europe.api.bap.microsoft.com/op"},
		{status: 200, body: `{"id":"1","state":{"id":"` + state + `"},"error":{"message":"` + message + `"}}`},
	}
}

func all(parts ...any) []answer {
	var out []answer
	for _, p := range parts {
		switch p := p.(type) {
		case answer:
			out = append(out, p)
		case []answer:
			out = append(out, p...)
		}
	}
	return out
}

func times(n int, parts ...any) []answer {
	var out []answer
	for range n {
		out = append(out, all(parts...)...)
	}
	return out
}

func TestLink(t *testing.T) {
	t.Parallel()
	busy, accepted, lost := refused(409, "OperationNotStartable"), answer{status: 202}, answer{err: io.ErrUnexpectedEOF}
	for name, c := range map[string]struct {
		answers []answer
		posts   int
		says    string // of the error, "" for success
	}{
		"followed":                        {ended("Succeeded", ""), 1, ""},
		"ended at once":                   {[]answer{{status: 204}}, 1, ""},
		"no address":                      {all(accepted, working(), record(""), linked()), 1, ""},
		"no address and no effect":        {times(3, accepted, times(4, record(""))), 3, "names no operation"},
		"busy, then free":                 {all(busy, working(), record(""), busy, record(""), ended("Succeeded", "")), 3, ""},
		"busy with what was asked for":    {all(busy, working(), linked()), 1, ""},
		"lost but effective":              {all(lost, record(""), linked()), 1, ""},
		"lost":                            {all(lost, times(4, record("")), ended("Succeeded", "")), 2, ""},
		"bad gateway":                     {all(answer{status: 502}, times(4, record("")), ended("Succeeded", "")), 2, ""},
		"bad gateway for ever":            {times(5, answer{status: 502}, times(4, record(""))), 5, "502"},
		"unavailable for a time":          {all(answer{status: 503, header: "Retry-After: 30"}, ended("Succeeded", "")), 2, ""},
		"operation vanished, effective":   {all(ended("Running", "")[:1], answer{status: 404}, linked()), 1, ""},
		"failed":                          {ended("Failed", "The subnet is used by other cluster."), 1, "used by other cluster"},
		"canceled":                        {ended("Canceled", "By somebody."), 1, "By somebody"},
		"failed for a reason that passes": {all(ended("Failed", "Please try again later."), record(""), ended("Succeeded", "")), 2, ""},
		"failed but effective":            {all(ended("Failed", "A timeout occurred."), linked()), 1, ""},
		"failed for ever":                 {all(times(2, ended("Failed", "Internal server error."), record("")), ended("Failed", "Internal server error.")), 3, "Internal server error"},
		"refused":                         {[]answer{refused(400, "InvalidLifecycleOperationRequest")}, 1, "InvalidLifecycleOperationRequest"},
		"gone meanwhile":                  {all(busy, refused(404, "EnvironmentNotFound")), 1, "EnvironmentNotFound"},
		"unreadable":                      {all(busy, refused(403, "Forbidden")), 1, "Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, c.answers, func(ctx context.Context, client *Client, d *desk) {
				err := client.Link(ctx, env, NetworkInjection, sys)
				if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
					t.Errorf("%v, want %q", err, c.says)
				}
				if d.posts() != c.posts {
					t.Errorf("%d requests to link, want %d", d.posts(), c.posts)
				}
				if d.seen[0] != "POST /providers/Microsoft.BusinessAppPlatform/environments/"+env+"/enterprisePolicies/NetworkInjection/link" || d.body != `{"systemId":"`+sys+`"}` {
					t.Error(d.seen[0], d.body)
				}
			})
		})
	}
}

func TestAnEnvironmentThatStaysBusyIsNoDoubt(t *testing.T) {
	t.Parallel()
	busy := answer{status: 409, body: refused(409, "OperationNotStartable").body, header: "Retry-After: 290"}
	perform(t, times(13, busy, record(""))[:25], func(ctx context.Context, c *Client, _ *desk) {
		err := c.Link(ctx, env, NetworkInjection, sys)
		if _, ok := errors.AsType[*BusyError](err); !ok || !rest.HasCode(err, "OperationNotStartable") {
			t.Error(err)
		}
		if _, over := errors.AsType[*rest.TimeoutError](err); !over {
			t.Error(err)
		}
	})
}

// Nothing is sent before the time that the platform asks for.
func TestLinkKeepsThePace(t *testing.T) {
	t.Parallel()
	perform(t, all(
		answer{status: 409, body: refused(409, "OperationNotStartable").body, header: "Retry-After: 120"}, record(""),
		answer{status: 503, header: "Retry-After: 60"}, ended("Succeeded", ""),
	), func(ctx context.Context, c *Client, d *desk) {
		if err := c.Link(ctx, env, NetworkInjection, sys); err != nil {
			t.Error(err)
		}
		if d.at[1] < 2*time.Minute || d.at[3]-d.at[2] < time.Minute {
			t.Error(d.at)
		}
	})
}

func TestUnlink(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []answer
		says    string
	}{
		"until it does not show":    {all(ended("Succeeded", ""), linked(), linked(), record("")), ""},
		"somebody else was faster":  {all(refused(400, "InvalidLifecycleOperationRequest"), record("")), ""},
		"refused":                   {all(refused(400, "InvalidLifecycleOperationRequest"), linked()), "InvalidLifecycleOperationRequest"},
		"environment gone":          {all(refused(404, "EnvironmentNotFound"), refused(404, "EnvironmentNotFound")), "EnvironmentNotFound"},
		"another policy meanwhile":  {all(ended("Succeeded", ""), record(`"vNets":{"systemId":"other"}`)), ""},
		"a link of another kind":    {all(ended("Succeeded", ""), record(`"identity":{"systemId":"`+sys+`"}`)), ""},
		"no address, gone at last":  {all(answer{status: 202}, linked(), record(""), record("")), ""},
		"failed, and still linked":  {ended("Failed", "No way."), "No way"},
		"gone while it was waiting": {all(refused(409, "OperationNotStartable"), record(""), record("")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, c.answers, func(ctx context.Context, client *Client, d *desk) {
				err := client.Unlink(ctx, env, NetworkInjection, sys)
				if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
					t.Errorf("%v, want %q", err, c.says)
				}
				if !strings.HasSuffix(d.seen[0], "/enterprisePolicies/NetworkInjection/unlink") {
					t.Error(d.seen[0])
				}
			})
		})
	}
}

func TestEnvironmentsLinkedToReadsEveryPage(t *testing.T) {
	t.Parallel()
	perform(t, []answer{
		{status: 200, body: `{"value":[{"name":"a","properties":{"enterprisePolicies":{"identity":{"systemId":"` + strings.ToUpper(sys) + `"}}}},{"name":"b","properties":{}}],"nextLink":"https://api.bap.microsoft.com/next"}`},
		{status: 200, body: `{"value":[{"name":"c","properties":{"enterprisePolicies":{"vnets":{"systemId":"` + sys + `"},"identity":null}}},{"name":"d","properties":{"enterprisePolicies":{"vNets":{"systemId":"other"}}}}]}`},
	}, func(ctx context.Context, c *Client, _ *desk) {
		got, err := c.EnvironmentsLinkedTo(ctx, sys)
		if err != nil || strings.Join(got, ",") != "a,c" {
			t.Error(got, err)
		}
	})
	perform(t, []answer{refused(403, "Forbidden")}, func(ctx context.Context, c *Client, _ *desk) {
		if _, err := c.EnvironmentsLinkedTo(ctx, sys); err == nil {
			t.Error("no error")
		}
	})
}

func TestTheRecordSaysWhyAnOperationMayNotBeDone(t *testing.T) {
	t.Parallel()
	perform(t, []answer{{status: 200, body: `{"name":"` + env + `","properties":{"lifecycleOperationsEnforcement":{"allowedOperations":[{"type":{"id":"Edit"}}],
		"disallowedOperations":[{"type":{"id":"NewNetworkInjection"},"reason":{"message":"Because.","type":"GovernanceConfig"}},{"type":{"id":"RevertToMicrosoftKey"},"reason":{"type":"EnvironmentCmkLinked"}}]}}}`}},
		func(ctx context.Context, c *Client, _ *desk) {
			e, err := c.Environment(ctx, env)
			if err != nil {
				t.Fatal(err)
			}
			if r, no := e.Disallows(LinkOperation(NetworkInjection, false)); !no || r.Message != "Because." || r.Type != ReasonGovernance {
				t.Error(r, no)
			}
			if r, no := e.Disallows(LinkOperation(NetworkInjection, true)); no {
				t.Error(r)
			}
		})
	if _, no := (Environment{}).Disallows("Edit"); no {
		t.Error("a record without reasons forbids")
	}
	for kind, want := range map[string]string{NetworkInjection: "SwapNetworkInjection", Encryption: "RotateCustomerManagedKey", Identity: "SwapIdentity"} {
		if got := LinkOperation(kind, true); got != want {
			t.Errorf("%s: %s", kind, got)
		}
	}
}

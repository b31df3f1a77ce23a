package bap

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/apitest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	env = "aaaaaaaa-0000-4000-8000-00000000000a"
	sys = "/regions/europe/providers/Microsoft.PowerPlatform/enterprisePolicies/bbbbbbbb-0000-4000-8000-00000000000b"
)

type answer = apitest.Answer

var refused = apitest.Refused

func posts(d *apitest.Script) int { return strings.Count(d.Methods(), "POST") }

// perform runs f against answers by heart.
func perform(t *testing.T, answers []answer, f func(ctx context.Context, c *Client, d *apitest.Script)) {
	t.Helper()
	apitest.Perform(t, answers, func(ctx context.Context, d *apitest.Script) {
		f(ctx, New(apitest.Public(t), rest.Options{Transport: d}), d)
	})
}

// record is the answer to a read of the environment, with the members of enterprisePolicies.
func record(policies string) answer {
	if policies != "" {
		policies = `,"enterprisePolicies":{` + policies + `}`
	}
	return answer{Status: 200, Body: `{"name":"` + env + `","properties":{"states":{"management":{"id":"Ready"}}` + policies + `}}`}
}

func working() answer {
	return answer{Status: 200, Body: `{"name":"` + env + `","properties":{"states":{"management":{"id":"Running"}}}}`}
}

func linked() answer {
	return record(`"VNETS":{"SystemId":"` + strings.ToUpper(sys) + `","linkStatus":"Linking"}`)
}

func ended(state, message string) []answer {
	return []answer{
		{Status: 202, Header: []string{"Operation-Location", "https://europe.api.bap.microsoft.com/op"}},
		{Status: 200, Body: `{"id":"1","state":{"id":"` + state + `"},"error":{"message":"` + message + `"}}`},
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
	busy, accepted, lost := refused(409, "OperationNotStartable"), answer{Status: 202}, answer{Err: io.ErrUnexpectedEOF}
	for name, c := range map[string]struct {
		answers []answer
		posts   int
		says    string // of the error, "" for success
	}{
		"followed":                        {ended("Succeeded", ""), 1, ""},
		"ended at once":                   {[]answer{{Status: 204}}, 1, ""},
		"no address":                      {all(accepted, working(), record(""), linked()), 1, ""},
		"no address and no effect":        {times(3, accepted, times(4, record(""))), 3, "names no operation"},
		"busy, then free":                 {all(busy, working(), record(""), busy, record(""), ended("Succeeded", "")), 3, ""},
		"busy with what was asked for":    {all(busy, working(), linked()), 1, ""},
		"lost but effective":              {all(lost, record(""), linked()), 1, ""},
		"lost":                            {all(lost, times(4, record("")), ended("Succeeded", "")), 2, ""},
		"bad gateway":                     {all(answer{Status: 502}, times(4, record("")), ended("Succeeded", "")), 2, ""},
		"bad gateway for ever":            {times(5, answer{Status: 502}, times(4, record(""))), 5, "502"},
		"unavailable for a time":          {all(answer{Status: 503, Header: []string{"Retry-After", "30"}}, ended("Succeeded", "")), 2, ""},
		"operation vanished, effective":   {all(ended("Running", "")[:1], answer{Status: 404}, linked()), 1, ""},
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
			perform(t, c.answers, func(ctx context.Context, client *Client, d *apitest.Script) {
				err := client.Link(ctx, env, NetworkInjection, sys)
				if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
					t.Errorf("%v, want %q", err, c.says)
				}
				if posts(d) != c.posts {
					t.Errorf("%d requests to link, want %d", posts(d), c.posts)
				}
				if d.Seen[0].Line != "POST /providers/Microsoft.BusinessAppPlatform/environments/"+env+"/enterprisePolicies/NetworkInjection/link" || d.Seen[0].Body != `{"systemId":"`+sys+`"}` {
					t.Error(d.Seen[0].Line, d.Seen[0].Body)
				}
			})
		})
	}
}

func TestAnEnvironmentThatStaysBusyIsNoDoubt(t *testing.T) {
	t.Parallel()
	busy := answer{Status: 409, Body: refused(409, "OperationNotStartable").Body, Header: []string{"Retry-After", "290"}}
	perform(t, times(13, busy, record(""))[:25], func(ctx context.Context, c *Client, _ *apitest.Script) {
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
		answer{Status: 409, Body: refused(409, "OperationNotStartable").Body, Header: []string{"Retry-After", "120"}}, record(""),
		answer{Status: 503, Header: []string{"Retry-After", "60"}}, ended("Succeeded", ""),
	), func(ctx context.Context, c *Client, d *apitest.Script) {
		if err := c.Link(ctx, env, NetworkInjection, sys); err != nil {
			t.Error(err)
		}
		if d.Seen[1].At < 2*time.Minute || d.Seen[3].At-d.Seen[2].At < time.Minute {
			t.Error(d.Seen)
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
		"no address, gone at last":  {all(answer{Status: 202}, linked(), record(""), record("")), ""},
		"failed, and still linked":  {ended("Failed", "No way."), "No way"},
		"gone while it was waiting": {all(refused(409, "OperationNotStartable"), record(""), record("")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, c.answers, func(ctx context.Context, client *Client, d *apitest.Script) {
				err := client.Unlink(ctx, env, NetworkInjection, sys)
				if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
					t.Errorf("%v, want %q", err, c.says)
				}
				if !strings.HasSuffix(d.Seen[0].Line, "/enterprisePolicies/NetworkInjection/unlink") {
					t.Error(d.Seen[0].Line)
				}
			})
		})
	}
}

func TestEnvironmentsLinkedToReadsEveryPage(t *testing.T) {
	t.Parallel()
	perform(t, []answer{
		{Status: 200, Body: `{"value":[{"name":"a","properties":{"enterprisePolicies":{"identity":{"systemId":"` + strings.ToUpper(sys) + `"}}}},{"name":"b","properties":{}}],"nextLink":"https://api.bap.microsoft.com/next"}`},
		{Status: 200, Body: `{"value":[{"name":"c","properties":{"enterprisePolicies":{"vnets":{"systemId":"` + sys + `"},"identity":null}}},{"name":"d","properties":{"enterprisePolicies":{"vNets":{"systemId":"other"}}}}]}`},
	}, func(ctx context.Context, c *Client, _ *apitest.Script) {
		got, err := c.EnvironmentsLinkedTo(ctx, sys)
		if err != nil || strings.Join(got, ",") != "a,c" {
			t.Error(got, err)
		}
	})
	perform(t, []answer{refused(403, "Forbidden")}, func(ctx context.Context, c *Client, _ *apitest.Script) {
		if _, err := c.EnvironmentsLinkedTo(ctx, sys); err == nil {
			t.Error("no error")
		}
	})
}

func TestTheRecordSaysWhyAnOperationMayNotBeDone(t *testing.T) {
	t.Parallel()
	perform(t, []answer{{Status: 200, Body: `{"name":"` + env + `","properties":{"lifecycleOperationsEnforcement":{"allowedOperations":[{"type":{"id":"Edit"}}],
		"disallowedOperations":[{"type":{"id":"NewNetworkInjection"},"reason":{"message":"Because.","type":"GovernanceConfig"}},{"type":{"id":"RevertToMicrosoftKey"},"reason":{"type":"EnvironmentCmkLinked"}}]}}}`}},
		func(ctx context.Context, c *Client, _ *apitest.Script) {
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

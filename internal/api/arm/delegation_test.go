package arm

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// free is a subnet with much that no client knows, in a form that no encoder would write.
const free = `{ "name":"snet-powerplatform", "id":"` + subnetA + `", "etag":"W/\"1\"", "unknown": {"b":1.0, "a":[null, true]},
 "properties":{"provisioningState":"Succeeded","addressPrefix":"10.10.1.0/24","networkSecurityGroup":{"id":"/nsg"},"big":12345678901234567890,
   "flowProfile":{"z":"ü","y":1e3},"delegations":[],"serviceEndpoints":[{"service":"Microsoft.Storage"}] } }`

// with is that subnet with other delegations, ETag or state.
func with(delegations, etag, state string) string {
	return strings.NewReplacer(`"delegations":[]`, `"delegations":[`+delegations+`]`, `W/\"1\"`, `W/\"`+etag+`\"`, "Succeeded", state).Replace(free)
}

const (
	ours   = `{"name":"it","etag":"W/\"1\"","properties":{"serviceName":"Microsoft.PowerPlatform/enterprisePolicies","actions":["join"]}}`
	theirs = `{"name":"farm","properties":{"serviceName":"Microsoft.Web/serverFarms","actions":["x"]}}`
)

func TestDelegate_changesNothingElse(t *testing.T) {
	t.Parallel()
	against(t, []answer{ok(free), accepted(with(ours, "2", "Updating")), ended("InProgress"), ended("Succeeded"), ok(free)}, func(ctx context.Context, c *Client, a *script) {
		if sent, err := c.Delegate(ctx, subnetA, "it"); err != nil || !sent {
			t.Fatal(sent, err)
		}
		if put := a.Seen[1]; put.Line != "PUT "+subnetA || put.Header.Get("If-Match") != `W/"1"` || put.Version() != networkVersion {
			t.Errorf("%+v", put)
		}
		same(t, a.Seen[1].Body, with(`{"name":"it","properties":{"serviceName":"Microsoft.PowerPlatform/enterprisePolicies"}}`, "1", "Succeeded"))
		if a.Seen[2].Line != "GET /operations/1" || a.Seen[2].At < 10*time.Second {
			t.Errorf("polled as %+v", a.Seen[2])
		}
	})
}

// same compares two objects member by member: what is in them is the same byte for byte, but for blanks.
func same(t *testing.T, got, want string) {
	t.Helper()
	parts := func(text string) map[string]string {
		var all, properties map[string]json.RawMessage
		if err := errors.Join(json.Unmarshal([]byte(text), &all), json.Unmarshal(all["properties"], &properties)); err != nil {
			t.Fatal(err)
		}
		delete(all, "properties")
		out := map[string]string{}
		for name, raw := range all {
			out[name] = strings.ReplaceAll(string(raw), " ", "")
		}
		for name, raw := range properties {
			out["properties."+name] = strings.ReplaceAll(string(raw), " ", "")
		}
		return out
	}
	if g, w := parts(got), parts(want); !maps.Equal(g, w) {
		t.Errorf("got\n%v\nwant\n%v", g, w)
	}
}

func TestDelegate_refusesWhatIsTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		has  string
		ours bool
		says string
	}{
		"by the platform":    {ours, true, `is already delegated to Microsoft.PowerPlatform/enterprisePolicies ("it")`},
		"by another service": {theirs, false, `is already delegated to Microsoft.Web/serverFarms ("farm")`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			against(t, []answer{ok(with(c.has, "1", "Succeeded"))}, func(ctx context.Context, cl *Client, _ *script) {
				sent, err := cl.Delegate(ctx, subnetA, "it")
				taken, is := errors.AsType[*DelegationError](err)
				if sent || !is || taken.Ours() != c.ours || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), subnetA) {
					t.Error(sent, err)
				}
			})
		})
	}
}

func TestDelegate_beginsAgainFromWhatSomebodyElseWrote(t *testing.T) {
	t.Parallel()
	changed := strings.Replace(with("", "2", "Succeeded"), "/nsg", "/another", 1)
	against(t, []answer{ok(free), refused(412, "PreconditionFailed"), ok(changed), ok(changed)}, func(ctx context.Context, c *Client, a *script) {
		if _, err := c.Delegate(ctx, subnetA, "it"); err != nil {
			t.Fatal(err)
		}
		if put := a.Seen[3]; put.Header.Get("If-Match") != `W/"2"` || !strings.Contains(put.Body, "/another") || strings.Contains(put.Body, "/nsg") {
			t.Errorf("%+v", put)
		}
		if a.Seen[2].At == a.Seen[1].At {
			t.Error("no pause between")
		}
	})
	against(t, []answer{ok(free), refused(412, "PreconditionFailed"), ok(with(theirs, "2", "Succeeded"))}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := c.Delegate(ctx, subnetA, "it"); err == nil {
			t.Error("the delegation of somebody else was overlooked")
		}
	})
}

// The answer is lost, the request is not: the same request again finds that it has changed the ETag.
func TestDelegate_recognisesItsOwnWork(t *testing.T) {
	t.Parallel()
	lost := answer{Err: io.ErrUnexpectedEOF}
	against(t, []answer{
		ok(free), lost, refused(412, "PreconditionFailed"), ok(with(ours, "2", "Updating")), ok(with(ours, "2", "Updating")), ok(with(ours, "3", "Succeeded")),
	}, func(ctx context.Context, c *Client, _ *script) {
		if sent, err := c.Delegate(ctx, subnetA, "it"); err != nil || !sent {
			t.Error(sent, err)
		}
	})
	against(t, []answer{ok(free), lost, refused(412, "PreconditionFailed"), ok(with(ours, "2", "Succeeded"))}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := c.Delegate(ctx, subnetA, "another"); err == nil {
			t.Error("a delegation of another name is not the own one")
		}
	})
}

func TestDelegate_writesAgainWhenTheOperationFails(t *testing.T) {
	t.Parallel()
	round := []answer{accepted(with(ours, "2", "Updating")), ended("Failed")}
	t.Run("taken back", func(t *testing.T) {
		t.Parallel()
		against(t, slices.Concat([]answer{ok(free)}, round, []answer{ok(with("", "2", "Failed")), ok(free)}), func(ctx context.Context, c *Client, a *script) {
			if _, err := c.Delegate(ctx, subnetA, "it"); err != nil || a.Seen[4].Header.Get("If-Match") != `W/"2"` {
				t.Error(err, a.Seen[4])
			}
		})
	})
	t.Run("half done", func(t *testing.T) {
		t.Parallel()
		against(t, slices.Concat([]answer{ok(free)}, round, []answer{ok(with(ours, "2", "Failed")), ok(free)}), func(ctx context.Context, c *Client, a *script) {
			if _, err := c.Delegate(ctx, subnetA, "it"); err != nil {
				t.Error(err)
			}
			same(t, a.Seen[4].Body, with(ours, "2", "Failed"))
		})
	})
	t.Run("always", func(t *testing.T) {
		t.Parallel()
		against(t, slices.Concat([]answer{ok(free)}, round, []answer{ok(free)}, round, []answer{ok(free)}, round), func(ctx context.Context, c *Client, _ *script) {
			if sent, err := c.Delegate(ctx, subnetA, "it"); !sent || !rest.IsOperationFailed(err) || !strings.Contains(err.Error(), "It broke.") {
				t.Error(sent, err)
			}
		})
	})
}

func TestDelegate_tellsWhetherItSentAnything(t *testing.T) {
	t.Parallel()
	against(t, []answer{refused(403, "AuthorizationFailed")}, func(ctx context.Context, c *Client, _ *script) {
		if sent, err := c.Delegate(ctx, subnetA, "it"); sent || !rest.HasCode(err, "AuthorizationFailed") {
			t.Error(sent, err)
		}
	})
	t.Run("interrupted while it waits", func(t *testing.T) {
		t.Parallel()
		against(t, []answer{ok(free), accepted(with(ours, "2", "Updating"))}, func(ctx context.Context, c *Client, a *script) {
			ctx, stop := context.WithCancel(ctx)
			a.Answers[1].Then = stop
			if sent, err := c.Delegate(ctx, subnetA, "it"); !sent || !errors.Is(err, context.Canceled) {
				t.Error(sent, err)
			}
		})
	})
	t.Run("interrupted before", func(t *testing.T) {
		t.Parallel()
		against(t, []answer{ok(free)}, func(ctx context.Context, c *Client, _ *script) {
			done, err := c.networks.Take(ctx, networkA)
			if err != nil {
				t.Fatal(err)
			}
			short, stop := context.WithTimeout(ctx, time.Minute)
			defer stop()
			if sent, err := c.Delegate(short, subnetA, "it"); sent || !errors.Is(err, context.DeadlineExceeded) {
				t.Error(sent, err)
			}
			done()
			if _, err := c.Subnet(ctx, subnetA); err != nil {
				t.Error(err)
			}
		})
	})
}

// A gateway that answers with something else must not make a subnet lose what it has.
func TestDelegate_writesNothingBackThatIsNoSubnet(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"properties":{}}`, `{"properties":[]}`, `{"properties":{"delegations":{}}}`, `{"properties":{"delegations":null},"etag":1}`} {
		against(t, []answer{ok(body)}, func(ctx context.Context, c *Client, _ *script) {
			if sent, err := c.Delegate(ctx, subnetA, "it"); sent || err == nil || !strings.Contains(err.Error(), subnetA) {
				t.Errorf("%s: %v %v", body, sent, err)
			}
		})
	}
}

func TestUndelegate_takesTheOwnOneOnly(t *testing.T) {
	t.Parallel()
	against(t, []answer{ok(with(theirs+","+ours, "1", "Succeeded")), ok(free)}, func(ctx context.Context, c *Client, a *script) {
		if err := c.Undelegate(ctx, subnetA); err != nil {
			t.Fatal(err)
		}
		same(t, a.Seen[1].Body, with(theirs, "1", "Succeeded"))
	})
	against(t, []answer{ok(with(ours, "1", "Succeeded")), ok(free)}, func(ctx context.Context, c *Client, a *script) {
		if err := c.Undelegate(ctx, subnetA); err != nil {
			t.Fatal(err)
		}
		same(t, a.Seen[1].Body, free)
	})
	for _, body := range []string{free, with(theirs, "1", "Succeeded"), strings.Replace(free, `"delegations":[],`, "", 1)} {
		against(t, []answer{ok(body)}, func(ctx context.Context, c *Client, _ *script) {
			if err := c.Undelegate(ctx, subnetA); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnlinked_waitsUntilNobodyHoldsTheSubnets(t *testing.T) {
	t.Parallel()
	held := ok(strings.Replace(free, `"delegations"`, `"serviceAssociationLinks":[{"name":"PowerPlatformServiceLink","properties":{"link":"/policy"}}],"delegations"`, 1))
	against(t, []answer{held, held, ok(free), refused(404, "NotFound")}, func(ctx context.Context, c *Client, a *script) {
		if err := c.Unlinked(ctx, subnetA, subnetA+"-gone"); err != nil {
			t.Error(err)
		}
		if a.Seen[2].At != 2*linkEvery {
			t.Errorf("the second pause ended after %s", a.Seen[2].At)
		}
	})
	against(t, []answer{held, held, held}, func(ctx context.Context, c *Client, _ *script) {
		ctx, done := context.WithTimeout(ctx, 25*time.Second)
		defer done()
		err := c.Unlinked(ctx, subnetA)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "is still held by /policy") || !strings.Contains(err.Error(), subnetA) {
			t.Error(err)
		}
	})
	against(t, []answer{refused(403, "AuthorizationFailed")}, func(ctx context.Context, c *Client, _ *script) {
		if err := c.Unlinked(ctx, subnetA); !rest.HasCode(err, "AuthorizationFailed") {
			t.Error(err)
		}
	})
}

// While a write to one network goes on, others to it wait and those to another network do not.
func TestWritesToOneNetworkTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began, release := make(chan string, 4), make(chan struct{})
		c := connect(t, transport(func(req *http.Request) (*http.Response, error) {
			began <- req.URL.Path
			if strings.EqualFold(NetworkOf(req.URL.Path), networkA) {
				<-release
			}
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(free)), Request: req}, nil
		}))
		undelegate := func(id string) chan error { // one request
			end := make(chan error, 1)
			go func() { end <- c.Undelegate(t.Context(), id) }()
			synctest.Wait()
			return end
		}
		first, second := undelegate(subnetA), undelegate(strings.ToUpper(networkA[:14])+networkA[14:]+"/subnets/next")
		if other := undelegate(networkA + "-2/subnets/it"); len(other) != 1 {
			t.Error("a write to another network waits")
		}
		if len(began) != 2 || len(first)+len(second) > 0 {
			t.Errorf("%d requests began, want the first write's and the other network's", len(began))
		}
		release <- struct{}{}
		synctest.Wait()
		if len(first) != 1 || len(began) != 3 {
			t.Error("the second write did not begin when the first ended")
		}
		release <- struct{}{}
		if err := errors.Join(<-first, <-second); err != nil {
			t.Error(err)
		}
	})
}

package enterprisepolicy_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

const opPolicy = "arm.enterprisepolicies.get"

// made creates a link without a CLI in front, and returns its state and what was said.
func made(ctx context.Context, w *acctest.World, name string, args acctest.Values) (acctest.Values, []*tfprotov6.Diagnostic) {
	all := acctest.Values{"environment_id": acctest.Text(linkEnv), "policy_type": acctest.Text(linkPolicies[name][0])}
	if args["policy_id"].IsNull() {
		all["system_id"] = acctest.Text(system(name))
	}
	maps.Copy(all, args)
	return w.Serve(nil).Create(ctx, "powerplatform_enterprise_policy", all)
}

// isLinked checks that a create has led to a link with one request for it.
func isLinked(t *testing.T, w *acctest.World, state acctest.Values, said []*tfprotov6.Diagnostic) {
	t.Helper()
	if acctest.Failed(said) {
		t.Fatal(acctest.Said(said))
	}
	if want := acctest.Text("Linked"); !state["link_status"].Equal(want) {
		t.Errorf("state is %v", state)
	}
	if n := operations(w, bap.KindNewNetwork) + operations(w, bap.KindSwapNetwork); n != 1 {
		t.Errorf("%d operations", n)
	}
}

func operations(w *acctest.World, kind string) (n int) {
	w.Do(func() {
		for _, o := range w.Operations() {
			if o.Kind == kind {
				n++
			}
		}
	})
	return n
}

// isRefused checks that a create has failed with the texts and left nothing.
func isRefused(t *testing.T, state acctest.Values, said []*tfprotov6.Diagnostic, texts ...string) {
	t.Helper()
	if !acctest.Failed(said) || len(state) > 0 {
		t.Errorf("state is %v", state)
	}
	acctest.Tells(t, acctest.Said(said), texts...)
}

func hurried(operation string) string { return fmt.Sprintf("timeouts = { %s = \"1s\" }", operation) }

func TestAccEnterprisePolicy_P01(t *testing.T) {
	t.Parallel()
	w := linkWorld(t, nil, nil)
	all := w.Collection(bap.EnterprisePolicies)
	policy, _ := all.Peek(azure("a"))
	properties := policy["properties"].(mock.Doc)
	delete(properties, "systemId")
	all.Put(azure("a"), policy)
	w.Lag(mock.Lag{Collection: bap.EnterprisePolicies, Field: "properties.systemId", Reads: 4})
	properties["systemId"] = system("a")
	all.Put(azure("a"), policy)
	state, said := made(t.Context(), w, "a", acctest.Values{"policy_id": acctest.Text(azure("a"))})
	isLinked(t, w, state, said)
	acctest.Same(t, "reads of the policy: the plan's and four", w.Count(opPolicy), 5)
	t.Run("for ever", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		policy["properties"] = mock.Doc{}
		w.Collection(bap.EnterprisePolicies).Put(azure("a"), policy)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		state, said := made(ctx, w, "a", acctest.Values{"policy_id": acctest.Text(azure("a"))})
		isRefused(t, state, said, "The time allowed ran out")
		acctest.Same(t, "links", w.Count(opLink), 0)
	})
}

func TestAccEnterprisePolicy_P02(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"Operation-Location", "Location", "none"} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			w := linkWorld(t, nil, map[string]string{bap.SwitchLinkHeader: header})
			state, said := made(t.Context(), w, "a", nil)
			isLinked(t, w, state, said)
			acctest.Same(t, "polled", w.Count(opPoll) > 0, header != "none")
		})
	}
}

func TestAccEnterprisePolicy_P03(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lag   string
		words string
	}{
		"status late": {lag: "properties.enterprisePolicies.vNets.linkStatus"},
		"link late":   {lag: "properties.enterprisePolicies"},
		"other words": {words: "InProgress,Removing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := linkWorld(t, nil, map[string]string{bap.SwitchLinkWords: c.words})
			if c.lag != "" {
				w.Lag(mock.Lag{Collection: bap.Environments, Field: c.lag, Reads: 2})
			}
			state, said := made(t.Context(), w, "a", nil)
			isLinked(t, w, state, said)
		})
	}
}

func TestAccEnterprisePolicy_P04(t *testing.T) {
	t.Parallel()
	busy := mock.Fault{Operation: opLink, Times: 3, Status: http.StatusConflict, Body: mock.Doc{"error": mock.Doc{
		"code": "OperationNotStartable", "message": "This operation cannot be performed because there is an active lifecycle operation on the environment.",
	}}}
	t.Run("for a time", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		w.Fault(busy)
		state, said := made(t.Context(), w, "a", nil)
		isLinked(t, w, state, said)
		acctest.Same(t, "requests", w.Count(opLink), 4)
	})
	t.Run("for ever", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		forever := busy
		forever.Times, forever.Headers, forever.Verbatim = -1, map[string]string{"Retry-After": "1"}, true
		w.Fault(forever)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		state, said := made(ctx, w, "a", nil)
		isRefused(t, state, said, "OperationNotStartable", "The time allowed ran out")
	})
	t.Run("because another operation runs", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		w.Run(resource.TestStep{Config: linkTo("a") + strings.ReplaceAll(linkTo("id"), `"it"`, `"id"`) + strings.ReplaceAll(linkTo("key"), `"it"`, `"key"`), ConfigStateChecks: shows("a")})
		for _, member := range []string{"vNets", "identity", "customerManagedKeys"} {
			acctest.Same(t, member, linkOf(w, member), mock.Doc(nil))
		}
	})
}

func TestAccEnterprisePolicy_P05(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail  []string
		posts int
		says  string
	}{
		"for good":            {[]string{"The subnet is used by other cluster."}, 1, "The subnet is used by other cluster."},
		"for a time":          {slices.Repeat([]string{"The service is temporarily not available, try again later."}, 2), 3, ""},
		"for a time too long": {slices.Repeat([]string{"A timeout occurred."}, 9), 3, "A timeout occurred."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := linkWorld(t, nil, nil)
			w.Script(bap.KindNewNetwork, mock.Script{Fail: c.fail})
			state, said := made(t.Context(), w, "a", nil)
			if c.says == "" {
				acctest.Same(t, "failed", acctest.Failed(said), false)
			} else {
				isRefused(t, state, said, c.says, "its operation ended as Failed")
			}
			acctest.Same(t, "requests", w.Count(opLink), c.posts)
		})
	}
	t.Run("environments of different clusters", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, mock.Doc{"release_cycle": "Early"}, nil)
		w.Collection(bap.Environments).Put("other", mock.Doc{"name": "other", "properties": mock.Doc{
			"cluster": mock.Doc{"category": "Prod"}, "enterprisePolicies": mock.Doc{"vNets": mock.Doc{"id": azure("a"), "systemId": system("a")}},
		}})
		state, said := made(t.Context(), w, "a", nil)
		isRefused(t, state, said, "is used by other cluster")
		acctest.Same(t, "requests", w.Count(opLink), 1)
	})
}

func TestAccEnterprisePolicy_P06(t *testing.T) {
	t.Parallel()
	w := linkWorld(t, nil, nil)
	state, said := made(t.Context(), w, "a", nil)
	isLinked(t, w, state, said)
	acctest.Same(t, "path", w.Requests(opLink)[0].Path, "/providers/Microsoft.BusinessAppPlatform/environments/"+linkEnv+"/enterprisePolicies/NetworkInjection/link")
	for _, e := range w.Requests(opEnv) {
		if !strings.Contains(e.Query.Get("$expand"), "properties.enterprisePolicies") || !strings.Contains(e.Path, "/scopes/admin/") {
			t.Error(e.Path, e.Query)
		}
	}
}

func TestAccEnterprisePolicy_P07(t *testing.T) {
	t.Parallel()
	t.Run("another policy", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		linkedByHand(w, "b")()
		imported := fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", linkAddr, linkEnv+"/NetworkInjection")
		w.Run(
			resource.TestStep{Config: linkTo("a"), ExpectError: acctest.Says(`id = "` + linkEnv + `/NetworkInjection"`)},
			resource.TestStep{PreConfig: func() {
				acctest.Same(t, "links", w.Count(opLink), 0)
				acctest.Same(t, "policy", linkOf(w, "vNets")["systemId"], system("b"))
			}, Config: linkTo("a") + imported, ConfigStateChecks: shows("a")},
		)
		acctest.Same(t, "links, unlinks", [2]int{w.Count(opLink), w.Count(opUnlink)}, [2]int{1, 1})
	})
	t.Run("the same policy", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		linkedByHand(w, "a")()
		w.Run(resource.TestStep{Config: linkTo("a"), ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionCreate), ConfigStateChecks: shows("a")})
		acctest.Same(t, "links", w.Count(opLink), 0)
	})
}

func TestAccEnterprisePolicy_P12(t *testing.T) {
	t.Parallel()
	t.Run("in the default time", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		w.Script(bap.KindNewKey, mock.Script{Duration: 3 * time.Hour})
		w.Run(resource.TestStep{Config: linkTo("key"), ConfigStateChecks: shows("key")})
		acctest.Same(t, "requests", w.Count(opLink), 1)
	})
	t.Run("resumed", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, nil, nil)
		w.Script(bap.KindNewKey, mock.Script{Duration: 100_000 * time.Hour})
		w.Run(
			resource.TestStep{Config: linkTo("key", hurried("create")), ExpectNonEmptyPlan: true},
			resource.TestStep{Config: linkTo("key", hurried("update")), ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionUpdate), ExpectError: acctest.Says("The time allowed ran out")},
			resource.TestStep{
				PreConfig: func() { w.Clock().Advance(99_999 * time.Hour) },
				Config:    linkTo("key"), ConfigPlanChecks: acctest.Will(linkAddr, plancheck.ResourceActionUpdate), ConfigStateChecks: shows("key"),
			},
			resource.TestStep{PreConfig: func() { acctest.Same(t, "links, unlinks", [2]int{w.Count(opLink), w.Count(opUnlink)}, [2]int{1, 0}) }, Config: linkTo("key")},
		)
	})
}

func TestAccEnterprisePolicy_P13(t *testing.T) {
	t.Parallel()
	w := linkWorld(t, nil, nil)
	config := linkTo("a") + strings.ReplaceAll(linkTo("key"), `"it"`, `"key"`)
	w.Run(
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: linkedByHand(w, ""), Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(linkAddr, plancheck.ResourceActionCreate),
			plancheck.ExpectResourceAction("powerplatform_enterprise_policy.key", plancheck.ResourceActionNoop),
		}}, ConfigStateChecks: shows("a")},
	)
}

func TestAccEnterprisePolicy_P14(t *testing.T) {
	t.Parallel()
	unavailable := mock.Fault{Operation: opLink, Status: http.StatusServiceUnavailable, Headers: map[string]string{"Retry-After": "30"}}
	for name, c := range map[string]struct {
		faults []mock.Fault
		posts  int
	}{
		"unavailable, then a gateway": {[]mock.Fault{unavailable, {Operation: opLink, Status: http.StatusBadGateway}}, 3},
		"a gateway hides success":     {[]mock.Fault{unavailable, {Operation: opLink, Status: http.StatusBadGateway, Effect: true}}, 2},
		"a lost connection":           {[]mock.Fault{{Operation: opLink, Cut: true, Effect: true}}, 1},
		"a lost operation":            {[]mock.Fault{{Operation: opPoll, Status: http.StatusNotFound}}, 1},
		"an operation without access": {[]mock.Fault{{Operation: opPoll, Status: http.StatusForbidden, Times: -1}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := linkWorld(t, nil, nil)
			for _, f := range c.faults {
				w.Fault(f)
			}
			state, said := made(t.Context(), w, "a", nil)
			isLinked(t, w, state, said)
			acctest.Same(t, "requests", w.Count(opLink), c.posts)
		})
	}
}

func TestAccEnterprisePolicy_P16(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(w *acctest.World){
		"environment gone": func(w *acctest.World) { w.Collection(bap.Environments).Delete(linkEnv) },
		"nothing linked":   func(w *acctest.World) { linkedByHand(w, "")() },
		"refused, because somebody else was faster": func(w *acctest.World) {
			w.Fault(mock.Fault{Operation: opUnlink, Status: http.StatusBadRequest, Effect: true})
		},
		"busy": func(w *acctest.World) {
			w.Fault(mock.Fault{Operation: opUnlink, Status: http.StatusConflict, Times: 3})
		},
		"late": func(w *acctest.World) {
			w.Lag(mock.Lag{Collection: bap.Environments, Field: "properties.enterprisePolicies", Reads: 3})
		},
		"another policy by now": func(w *acctest.World) { linkedByHand(w, "b")() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := linkWorld(t, nil, nil)
			w.Run(
				resource.TestStep{Config: linkTo("a")},
				resource.TestStep{PreConfig: func() { before(w) }, Config: linkTo("a"), Destroy: true},
			)
			if d, ok := w.Collection(bap.Environments).Peek(linkEnv); ok && d["properties"].(mock.Doc)["enterprisePolicies"] != nil {
				t.Error(linkOf(w, "vNets"))
			}
		})
	}
}

func TestAccEnterprisePolicy_G06(t *testing.T) {
	t.Parallel()
	t.Run("not managed", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"a", "key"} {
			w := linkWorld(t, mock.Doc{"managed": false}, nil)
			state, said := made(t.Context(), w, name, nil)
			isRefused(t, state, said, "powerplatform_managed_environment")
			if name == "a" {
				isRefused(t, state, said, "NewNetworkInjection cannot be performed on Power Platform environment because of the governance configuration.")
			}
			acctest.Same(t, "requests", w.Count(opLink), 0)
		}
	})
	t.Run("managed by the same apply", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, mock.Doc{"managed": false}, nil)
		managed := fmt.Sprintf("resource \"powerplatform_managed_environment\" \"it\" {\n  environment_id = %q\n}\n", linkEnv)
		w.Run(resource.TestStep{Config: managed + strings.Replace(linkTo("a"), fmt.Sprintf("%q", linkEnv), "powerplatform_managed_environment.it.environment_id", 1), ConfigStateChecks: shows("a")})
	})
	t.Run("trial", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, mock.Doc{"type": "Trial", "managed": false}, nil)
		w.Run(resource.TestStep{Config: linkTo("a"), PlanOnly: true, ExpectError: acctest.Says("cannot be performed on environment of type Trial.")})
	})
	t.Run("without Dataverse", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, mock.Doc{"dataverse": nil}, nil)
		state, said := made(t.Context(), w, "id", nil)
		isRefused(t, state, said, "there is no linked CDS instance", "needs Dataverse")
	})
	t.Run("an identity needs no managed environment", func(t *testing.T) {
		t.Parallel()
		w := linkWorld(t, mock.Doc{"managed": false}, nil)
		state, said := made(t.Context(), w, "id", nil)
		if acctest.Failed(said) || len(state) == 0 {
			t.Error(acctest.Said(said))
		}
	})
}

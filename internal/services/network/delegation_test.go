package network_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
)

func TestAccSubnetDelegation_basic(t *testing.T) {
	t.Parallel()
	w := snetWorld(t)
	before := rest(t, w)
	w.Run(
		resource.TestStep{
			Config: delegationOf(eastSnet),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(snetAddr, tfjsonpath.New("virtual_network_id"), knownvalue.StringExact(eastNet)),
				plancheck.ExpectKnownValue(snetAddr, tfjsonpath.New("name"), knownvalue.StringExact(platformService)),
			}},
			ConfigStateChecks: acctest.Shows(snetAddr, acctest.Attributes{
				"id": eastSnet, "subnet_id": eastSnet, "virtual_network_id": eastNet,
				"name": platformService, "region": "eastus", "usable_ip_count": 251,
				"address_prefixes": []string{"10.10.1.0/24"}, "in_use": false,
			}),
		},
		resource.TestStep{
			PreConfig: func() {
				acctest.Same(t, "delegations", delegations(w, eastSnet), platformService+"="+platformService)
				acctest.Same(t, "the rest of the subnet", rest(t, w), before)
				acctest.Same(t, "writes", w.Count(opPutSubnet), 1)
				w.Forget()
			},
			Config: delegationOf(eastSnet), PlanOnly: true,
		},
		resource.TestStep{PreConfig: func() {
			acctest.Same(t, "reads in runs", w.Count(opGetSubnet), w.Count("login.token"))
			acctest.Same(t, "reads of the network", w.Count("arm.virtualnetworks.get"), 0)
		}, Config: delegationOf(strings.ToUpper(eastSnet[:60]) + eastSnet[60:]), ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionNoop)},
	)
	acctest.Same(t, "delegations after the destroy", delegations(w, eastSnet), "")
	acctest.Same(t, "the rest of the subnet after the destroy", rest(t, w), before)
	conflicts(t, w)
}

// Azure has several ways to say that an operation goes on.
func TestDelegationFollowsEveryProtocol(t *testing.T) {
	t.Parallel()
	for _, answers := range []string{"Azure-AsyncOperation", "Location", "provisioningState", "sync"} {
		t.Run(answers, func(t *testing.T) {
			t.Parallel()
			w := snetWorld(t)
			w.SetSwitch(arm.SwitchAnswers, answers)
			delegated(t, w)
			acctest.Same(t, "writes", w.Count(opPutSubnet), 1)
			conflicts(t, w)
		})
	}
}

// delegated creates a delegation without a CLI, and checks that it changes nothing else of its subnet.
func delegated(t *testing.T, w *acctest.World) {
	t.Helper()
	before := rest(t, w)
	state, said := w.Serve(nil).Create(t.Context(), snetType, acctest.Values{"subnet_id": acctest.Text(eastSnet)})
	if acctest.Failed(said) || !state["id"].Equal(acctest.Text(eastSnet)) {
		t.Error(state, acctest.Said(said))
	}
	acctest.Same(t, "delegations", delegations(w, eastSnet), platformService+"="+platformService)
	acctest.Same(t, "the rest of the subnet", rest(t, w), before)
}

func TestAccSubnetDelegation_taken(t *testing.T) {
	t.Parallel()
	ours := acctest.Says("It exists already", "to = powerplatform_subnet_delegation.NAME", `id = "`+takenSnet+`"`, "already delegated to "+platformService)
	w := snetWorld(t)
	w.Run(
		resource.TestStep{Config: delegationOf(takenSnet), PlanOnly: true, ExpectError: ours},
		resource.TestStep{Config: laterDelegation(takenSnet), ExpectError: ours},
		resource.TestStep{ // nothing was kept of it
			PreConfig: change(w, nextSnet, func(p mock.Doc) {
				p["delegations"] = []any{mock.Doc{"name": "farm", "properties": mock.Doc{"serviceName": "Microsoft.Web/serverFarms"}}}
			}),
			Config: laterDelegation(nextSnet), ExpectError: acctest.Says(`already delegated to Microsoft.Web/serverFarms ("farm")`, "A subnet serves one service"),
		},
		resource.TestStep{Config: delegationOf(nextSnet), PlanOnly: true, ExpectError: acctest.Says(`already delegated to Microsoft.Web/serverFarms ("farm")`, "A subnet serves one service")},
		resource.TestStep{
			Config: delegationOf(takenSnet) + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", snetAddr, takenSnet), ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionNoop),
			ConfigStateChecks: acctest.Shows(snetAddr, acctest.Attributes{"region": "eastus", "usable_ip_count": 251}),
		},
	)
	acctest.Same(t, "writes", w.Count(opPutSubnet), 1) // the destroy
	acctest.Same(t, "the other service", delegations(w, nextSnet), "farm=Microsoft.Web/serverFarms")
}

// The service association link stays for a while after its policy is gone.
func TestAccSubnetDelegation_P09(t *testing.T) {
	t.Parallel()
	w := snetWorld(t)
	policy := "/subscriptions/x/resourceGroups/rg/providers/Microsoft.PowerPlatform/enterprisePolicies/case"
	config := delegationOf(eastSnet, `timeouts = { delete = "2s" }`)
	w.Run(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: hold(w, eastSnet, policy), Config: config, ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionNoop),
			ConfigStateChecks: acctest.Shows(snetAddr, acctest.Attributes{"in_use": true}),
		},
		resource.TestStep{
			PreConfig: w.Forget, Config: config, Destroy: true,
			ExpectError: acctest.Says("is still held by "+policy, "powerplatform_network_injection_policy", `timeouts = { delete = "…" }`),
		},
		resource.TestStep{
			PreConfig: func() {
				acctest.Same(t, "writes", w.Count(opPutSubnet), 0)
				w.Forget()
				w.Platform.Effect("test.release "+w.ID, func(*mock.Tenant, *mock.Operation) { release(w, eastSnet)() })
				w.Do(func() { w.Begin("test.release "+w.ID, time.Minute, nil) })
				w.Fault(mock.Fault{Operation: opPutSubnet, Times: 2, Status: http.StatusBadRequest, Body: acctest.Refusal("SubnetMissingRequiredDelegation", "Not yet.")})
			},
			Config: delegationOf(eastSnet), Destroy: true,
		},
	)
	acctest.Same(t, "delegations", delegations(w, eastSnet), "")
	acctest.Same(t, "writes", w.Count(opPutSubnet), 3)
	conflicts(t, w)
}

func TestAccSubnetDelegation_drift(t *testing.T) {
	t.Parallel()
	w := snetWorld(t)
	renamed := change(w, eastSnet, func(p mock.Doc) { p["delegations"].([]any)[0].(mock.Doc)["name"] = "other" })
	w.Run(
		resource.TestStep{Config: delegationOf(eastSnet)},
		resource.TestStep{ // nobody has asked for a name
			PreConfig: renamed, Config: delegationOf(eastSnet), ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionNoop),
			ConfigStateChecks: acctest.Shows(snetAddr, acctest.Attributes{"name": "other"}),
		},
		resource.TestStep{Config: delegationOf(eastSnet, `name = "mine"`), ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionDestroyBeforeCreate)},
		resource.TestStep{PreConfig: renamed, Config: delegationOf(eastSnet, `name = "mine"`), ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionDestroyBeforeCreate)},
		resource.TestStep{Taint: []string{snetAddr}, Config: delegationOf(eastSnet, `name = "mine"`), ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionDestroyBeforeCreate)},
		resource.TestStep{
			PreConfig: change(w, eastSnet, func(p mock.Doc) { p["delegations"] = []any{} }),
			Config:    delegationOf(eastSnet, `name = "mine"`), ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionCreate),
		},
		resource.TestStep{Config: delegationOf(nextSnet), ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionDestroyBeforeCreate)},
		resource.TestStep{ // only the time allowed changes
			PreConfig: w.Forget, Config: delegationOf(nextSnet, `timeouts = { create = "1h" }`), ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionUpdate),
		},
		resource.TestStep{PreConfig: func() { acctest.Same(t, "writes", w.Count(opPutSubnet), 0) }, Config: delegationOf(nextSnet)},
	)
	acctest.Same(t, "the first subnet", delegations(w, eastSnet), "")
}

func TestAccSubnetDelegation_gone(t *testing.T) {
	t.Parallel()
	config := delegationOf(nextSnet)
	t.Run("subnet", func(t *testing.T) {
		t.Parallel()
		w := snetWorld(t)
		w.Run(
			resource.TestStep{Config: config},
			resource.TestStep{
				PreConfig: func() { w.Collection(arm.Subnets).Delete(nextSnet) }, Config: config, ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionCreate),
				ExpectError: acctest.Says("subnet_id", "404 Not Found", "snet-powerplatform-next"),
			},
		)
	})
	t.Run("network", func(t *testing.T) {
		t.Parallel()
		w := snetWorld(t)
		w.Run(
			resource.TestStep{Config: config},
			resource.TestStep{PreConfig: func() {
				for _, id := range w.Collection(arm.Subnets).IDs() {
					if strings.HasPrefix(id, eastNet) {
						w.Collection(arm.Subnets).Delete(id)
					}
				}
				w.Collection(arm.VirtualNetworks).Delete(eastNet)
			}, Config: " ", Destroy: true},
		)
	})
	for name, c := range map[string]struct{ access, says string }{
		"role lost":           {"none", "such as Reader or Network Contributor"},
		"subscription hidden": {"hidden", "that is not certain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := snetWorld(t)
			w.Run(
				resource.TestStep{Config: config},
				resource.TestStep{PreConfig: func() { w.SetSwitch(arm.SwitchAccess, c.access) }, Config: config, PlanOnly: true, ExpectError: acctest.Says(c.says)},
				resource.TestStep{PreConfig: func() { w.SetSwitch(arm.SwitchAccess, "") }, Config: config, ConfigPlanChecks: acctest.Will(snetAddr, plancheck.ResourceActionNoop)},
			)
		})
	}
	t.Run("stray answer", func(t *testing.T) {
		t.Parallel()
		w := snetWorld(t)
		w.Run(
			resource.TestStep{Config: config},
			resource.TestStep{
				PreConfig: func() { w.Fault(mock.Fault{Operation: opGetSubnet, Status: http.StatusNotFound}) }, Config: config, PlanOnly: true,
				ExpectError: acctest.Says("that is not certain", "a second look shows the subnet"),
			},
			resource.TestStep{
				PreConfig: func() { w.Fault(mock.Fault{Operation: opGetSubnet, Status: http.StatusOK, Body: mock.Doc{}}) }, Config: config, PlanOnly: true,
				ExpectError: acctest.Says("a second look shows the subnet"),
			},
		)
	})
}

// Ten subnets of one network and ten of another: each network takes one write at a time.
func TestAccSubnetDelegation_ten(t *testing.T) {
	t.Parallel()
	for _, etags := range []string{"", "own"} {
		t.Run("etags "+etags, func(t *testing.T) {
			t.Parallel()
			w := crowd(t)
			w.SetSwitch(arm.SwitchETags, etags)
			config := fmt.Sprintf(`
resource %q "it" {
  count     = 20
  subnet_id = "%scrowd-${count.index %% 2}/subnets/s${floor(count.index / 2)}"
}
`, snetType, landscape)
			w.Run(resource.TestStep{Config: config})
			acctest.Same(t, "writes of apply and destroy", w.Count(opPutSubnet), 40)
			conflicts(t, w)
			for _, network := range []string{"crowd-0", "crowd-1"} {
				var writing string
				for _, e := range w.Requests(opPutSubnet, opGetSubnet) { // Azure's client reads a subnet when its operation has ended
					if !strings.Contains(e.Path, "/"+network+"/") {
						continue
					}
					switch {
					case e.Method == http.MethodGet && e.Path == writing:
						writing = ""
					case e.Method == http.MethodPut && writing != "":
						t.Errorf("a write to %s began before that to %s had ended", e.Path, writing)
					case e.Method == http.MethodPut:
						writing = e.Path
					}
				}
			}
		})
	}
}

// crowd has two networks of ten subnets.
func crowd(t *testing.T) *acctest.World {
	t.Helper()
	var all []any
	for n := range 2 {
		var subnets []any
		for s := range 10 {
			subnets = append(subnets, mock.Doc{"name": fmt.Sprintf("s%d", s), "address_prefixes": []any{fmt.Sprintf("10.%d.%d.0/24", n, s)}})
		}
		all = append(all, mock.Doc{"name": fmt.Sprintf("crowd-%d", n), "address_prefixes": []any{fmt.Sprintf("10.%d.0.0/16", n)}, "subnets": subnets})
	}
	return acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"subscriptions": {{
		"id": mock.LandscapeSubscriptionID, "resource_groups": []any{mock.Doc{"name": "rg-network", "virtual_networks": all}},
	}}}})
}

// A write to one network that does not end holds up nobody in another one.
func TestNetworksAreWrittenAtOnce(t *testing.T) {
	t.Parallel()
	w := snetWorld(t)
	w.Fault(mock.Fault{Operation: opPutSubnet, Path: "*/vnet-eastus/*", Hang: true})
	s := w.Serve(nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan string, 1)
	go func() {
		_, said := s.Create(ctx, snetType, acctest.Values{"subnet_id": acctest.Text(eastSnet)})
		ended <- acctest.Said(said)
	}()
	<-struck(t, w)
	if _, said := s.Create(t.Context(), snetType, acctest.Values{"subnet_id": acctest.Text(westSnet)}); len(said) > 0 {
		t.Error(acctest.Said(said))
	}
	acctest.Same(t, "writes that have ended", len(ended), 0)
	acctest.Same(t, "delegations", delegations(w, westSnet), platformService+"="+platformService)
	stop()
	if said := <-ended; !strings.Contains(said, "Interrupted") {
		t.Error(said)
	}
}

// An interruption leaves in state what may have been done, and nothing tainted.
func TestAnInterruptedDelegationIsNotLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault mock.Fault
		kept  bool
		there bool
	}{
		"before anything is sent": {mock.Fault{Operation: opGetSubnet, Skip: 1, Hang: true}, false, false},
		"before it has an effect": {mock.Fault{Operation: opPutSubnet, Hang: true}, true, false},
		"after its effect":        {mock.Fault{Operation: opPutSubnet, Hang: true, Effect: true}, true, true},
		"while it goes on":        {mock.Fault{Operation: opPollAzure, Hang: true}, true, true},
		"while it is read":        {mock.Fault{Operation: "arm.virtualnetworks.get", Hang: true}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := snetWorld(t)
			w.Fault(c.fault)
			ctx, stop := context.WithCancel(t.Context())
			s := w.Serve(nil)
			hit := struck(t, w)
			go func() {
				<-hit
				stop()
			}()
			state, said := s.Create(ctx, snetType, acctest.Values{"subnet_id": acctest.Text(eastSnet)})
			if kept := len(state) > 0; kept != c.kept || !strings.Contains(acctest.Said(said), "nterrupted") {
				t.Errorf("state %v: %s", state, acctest.Said(said))
			}
			if c.kept && acctest.Failed(said) {
				t.Errorf("it is tainted: %s", acctest.Said(said))
			}
			acctest.Same(t, "there", delegations(w, eastSnet) != "", c.there)
		})
	}
}

func TestSubnetDelegation_trouble(t *testing.T) {
	t.Parallel()
	poll := func(n int) mock.Script { return mock.Script{Fail: []string{"The backend is not well."}, Times: n} }
	for name, prepare := range map[string]func(w *acctest.World){
		"somebody else writes": func(w *acctest.World) {
			w.Fault(mock.Fault{Operation: opPutSubnet, Times: 2, Status: http.StatusPreconditionFailed})
		},
		"its answer is lost": func(w *acctest.World) { w.Fault(mock.Fault{Operation: opPutSubnet, Cut: true, Effect: true}) },
		"a gateway fails": func(w *acctest.World) {
			w.Fault(mock.Fault{Operation: opPutSubnet, Status: http.StatusBadGateway, Effect: true})
		},
		"its operation is refused":  func(w *acctest.World) { w.Fault(mock.Fault{Operation: opPollAzure, Status: http.StatusForbidden}) },
		"its operation fails twice": func(w *acctest.World) { w.Script(arm.KindSubnetPut, poll(2)) },
		"the network is busy": func(w *acctest.World) {
			w.Fault(mock.Fault{Operation: opPutSubnet, Times: 3, Status: http.StatusTooManyRequests, Body: mock.Doc{"error": mock.Doc{"code": "RetryableError"}}})
		},
		"a plan that may not look": func(w *acctest.World) { w.Fault(mock.Fault{Operation: opGetSubnet, Status: http.StatusForbidden}) },
		"a read that is stale": func(w *acctest.World) {
			w.Lag(mock.Lag{Collection: arm.Subnets, Field: "properties.delegations", Reads: 3})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := snetWorld(t)
			prepare(w)
			delegated(t, w)
		})
	}
	t.Run("its operation always fails", func(t *testing.T) {
		t.Parallel()
		w := snetWorld(t)
		w.Run(
			resource.TestStep{PreConfig: func() { w.Script(arm.KindSubnetPut, poll(3)) }, Config: delegationOf(eastSnet), ExpectError: acctest.Says("The backend is not well")},
			resource.TestStep{Config: delegationOf(eastSnet)},
		)
	})
}

func TestSubnetDelegation_input(t *testing.T) {
	t.Parallel()
	w := snetWorld(t)
	group, _, _ := strings.Cut(eastNet, "/providers")
	foreign := strings.Replace(eastSnet, mock.LandscapeSubscriptionID, "99999999-0000-4000-8000-000000000000", 1)
	w.Run(
		resource.TestStep{Config: delegationOf(eastSnet + "/"), PlanOnly: true, ExpectError: acctest.Says("it has a trailing slash; remove it")},
		resource.TestStep{Config: delegationOf(eastNet), PlanOnly: true, ExpectError: acctest.Says("is the ID of a Microsoft.Network/virtualNetworks, not of a Microsoft.Network/virtualNetworks/subnets")},
		resource.TestStep{Config: delegationOf(group), PlanOnly: true, ExpectError: acctest.Says("is the ID of a Microsoft.Resources/resourceGroups, not of a")},
		resource.TestStep{Config: delegationOf("snet-powerplatform"), PlanOnly: true, ExpectError: acctest.Says("is not the ID of an Azure resource")},
		resource.TestStep{Config: delegationOf(eastSnet, `name = ""`), PlanOnly: true, ExpectError: acctest.Says("name UTF-8 character count must be between 1 and 80")},
		resource.TestStep{Config: delegationOf(foreign), ExpectError: acctest.Says("subnet_id", "SubscriptionNotFound", "belongs to another tenant")},
		resource.TestStep{
			PreConfig: func() { w.SetSwitch(arm.SwitchAccess, "read") }, Config: delegationOf(eastSnet),
			ExpectError: acctest.Says("AuthorizationFailed", "the role Network Contributor on the virtual network"),
		},
	)
	acctest.Same(t, "delegations", delegations(w, eastSnet), "")
}

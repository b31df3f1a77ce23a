package network_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func options(lines ...string) string {
	return usual("virtual_network_peering = { " + strings.Join(lines, ", ") + " }")
}

// A peering of somebody else, of whatever name, is neither changed nor removed; the message tells the ways out, and each
// of them works.
func TestAccPair_foreignPeering(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"hub-to-spoke", "powerplatform-west"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := pairWorld(t, nil)
			join(w, name, "west", "back", mock.Doc{"allowForwardedTraffic": true})
			w.Keep()
			w.Run(
				resource.TestStep{Config: usual(), ExpectError: acctest.Says("by " + vnet("east") + "/virtualNetworkPeerings/" + name + ", which this resource has not made")},
				resource.TestStep{Config: usual(), ExpectError: acctest.Says(`import the pair with import { to = powerplatform_failover_region_pair.NAME id = "` + usualID + `" }`)},
				resource.TestStep{Config: usual(), ExpectError: acctest.Says("virtual_network_peering = { enabled = false }")},
				resource.TestStep{Config: options("enabled = false"), ConfigPlanChecks: acctest.Will(pairAddr, create), ConfigStateChecks: acctest.Shows(pairAddr, acctest.Attributes{
					"virtual_network_peering.enabled": false, "primary_peering_id": nil, "primary_peering_state": nil,
					"virtual_network_peering.primary_name": nil,
				})},
			)
			acctest.Same(t, "writes", w.Count(opPut, opRemove), 0)
		})
	}
}

func TestAccPair_imports(t *testing.T) {
	t.Parallel()
	imported := func(config string) string {
		return config + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", pairAddr, usualID)
	}
	for name, c := range map[string]struct {
		names  [2]string
		more   mock.Doc
		config string
		action plancheck.ResourceActionType
		want   string
	}{
		"as made here":  {[2]string{"powerplatform-west", "powerplatform-east"}, nil, usual(), noop, joined},
		"other names":   {[2]string{"a", "b"}, nil, usual(), noop, "east/a=Connected west/b=Connected"},
		"other options": {[2]string{"a", "b"}, mock.Doc{"allowForwardedTraffic": true, "allowVirtualNetworkAccess": false}, options("allow_forwarded_traffic = true", "allow_virtual_network_access = false"), noop, "east/a=Connected west/b=Connected"},
		"the defaults":  {[2]string{"a", "b"}, mock.Doc{"allowForwardedTraffic": true}, usual(), update, "east/a=Connected west/b=Connected"},
		"given names":   {[2]string{"a", "b"}, nil, options(`primary_name = "A"`, `failover_name = "c"`), update, "east/A=Connected west/c=Connected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := pairWorld(t, nil)
			join(w, c.names[0], "west", c.names[1], c.more)
			w.Run(
				resource.TestStep{Config: imported(c.config), ConfigPlanChecks: acctest.Will(pairAddr, c.action), ConfigStateChecks: acctest.Shows(pairAddr, acctest.Attributes{"location": "unitedstates"})},
				step(func() {
					acctest.Same(t, "peerings", strings.ReplaceAll(peerings(w), "east/a=", "east/"+c.want[5:6]+"="), c.want)
				}, c.config, noop),
			)
		})
	}
	t.Run("without peering", func(t *testing.T) {
		t.Parallel()
		w := pairWorld(t, nil)
		w.Run(
			step(nil, imported(options("enabled = false")), noop),
			step(nil, usual(), update),
			step(func() { acctest.Same(t, "peerings", peerings(w), joined) }, usual(), noop),
		)
	})
}

// Whatever happens to the peering is shown by a refresh, planned as an update, and put right with one of everything.
func TestAccPair_heals(t *testing.T) {
	t.Parallel()
	const a, b = "powerplatform-west", "powerplatform-east"
	for name, c := range map[string]struct {
		harm           func(w *acctest.World)
		state          string // of the primary peering after a refresh
		puts, removals int
	}{
		"one direction deleted": {func(w *acctest.World) { drop(w, "west", b, "east", a) }, "Disconnected", 2, 2},
		"the other deleted":     {func(w *acctest.World) { drop(w, "east", a, "west", b) }, "", 2, 2},
		"both deleted":          {func(w *acctest.World) { drop(w, "east", a, "", ""); drop(w, "west", b, "", "") }, "", 2, 0},
		"never finished": {func(w *acctest.World) {
			drop(w, "west", b, "", "")
			alter(w, arm.Peerings, vnet("east")+"/virtualNetworkPeerings/"+a, func(p mock.Doc) { p["peeringState"] = "Initiated" })
		}, "Initiated", 1, 0},
		"failed": {func(w *acctest.World) {
			alter(w, arm.Peerings, vnet("east")+"/virtualNetworkPeerings/"+a, func(p mock.Doc) { p["provisioningState"] = "Failed" })
		}, "Failed", 1, 0},
		"address space": {func(w *acctest.World) {
			alter(w, arm.VirtualNetworks, vnet("east"), func(p mock.Doc) {
				p["addressSpace"] = mock.Doc{"addressPrefixes": []any{"10.1.0.0/16", "10.100.0.0/16"}}
			})
		}, "LocalNotInSync", 2, 0},
		"option": {func(w *acctest.World) {
			alter(w, arm.Peerings, vnet("west")+"/virtualNetworkPeerings/"+b, func(p mock.Doc) { p["allowForwardedTraffic"] = true })
		}, "Connected", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := pairWorld(t, nil)
			var state any // null
			if c.state != "" {
				state = c.state
			}
			w.Run(
				resource.TestStep{Config: usual()},
				resource.TestStep{PreConfig: func() { c.harm(w); w.Forget() }, RefreshState: true, ExpectNonEmptyPlan: true},
				resource.TestStep{
					Config: usual(), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(pairAddr, update), drifted(state),
					}},
					ConfigStateChecks: acctest.Shows(pairAddr, acctest.Attributes{"primary_peering_state": "Connected", "failover_peering_state": "Connected"}),
				},
				step(func() {
					acctest.Same(t, "peerings", peerings(w), joined)
					acctest.Same(t, "puts", w.Count(opPut), c.puts)
					acctest.Same(t, "removals", w.Count(opRemove), c.removals)
				}, usual(), noop),
			)
		})
	}
}

// What this provider does not know of a peering stays when a direction is written again.
func TestAccPair_keepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	w.Run(
		resource.TestStep{Config: usual()},
		step(func() {
			alter(w, arm.Peerings, vnet("east")+"/virtualNetworkPeerings/powerplatform-west", func(p mock.Doc) { p["newThing"], p["useRemoteGateways"] = mock.Doc{"a": "b"}, true })
		}, options("allow_gateway_transit = true"), update),
		step(func() {
			p := peering(w, "east", "powerplatform-west")
			acctest.Same(t, "properties", []any{p["newThing"], p["useRemoteGateways"], p["allowGatewayTransit"]}, []any{mock.Doc{"a": "b"}, true, true})
			for _, e := range w.Requests(opPut) {
				for _, name := range []string{"peeringState", "remoteAddressSpace", "resourceGuid"} {
					if _, sent := e.Body["properties"].(mock.Doc)[name]; sent {
						t.Errorf("%s is sent", name)
					}
				}
			}
		}, options("allow_gateway_transit = true"), noop),
	)
}

func TestAccPair_switchedOffAndOn(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	w.Run(
		resource.TestStep{Config: options("enabled = false")},
		step(nil, usual(), update),
		step(func() { acctest.Same(t, "peerings", peerings(w), joined) }, options("enabled = false"), update),
		step(func() { acctest.Same(t, "peerings", peerings(w), "") }, options("enabled = false"), noop),
	)
}

func TestAccPair_names(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	join(w, "taken", "far", "back", nil)
	w.Keep()
	w.Run(
		resource.TestStep{Config: options(`primary_name = "taken"`), ExpectError: acctest.Says(`has a peering "taken" already, which leads to ` + vnet("far"))},
		step(nil, options(`primary_name = "a"`), create),
		step(func() {
			acctest.Same(t, "peerings", peerings(w), "east/a=Connected east/taken=Connected far/back=Connected west/powerplatform-east=Connected")
		}, options(`primary_name = "A"`), noop),
		step(nil, options(`primary_name = "b"`), update),
		step(func() {
			acctest.Same(t, "peerings", peerings(w), "east/b=Connected east/taken=Connected far/back=Connected west/powerplatform-east=Connected")
		}, usual(), noop), // a name that nobody asks for stays
	)
	acctest.Same(t, "left", peerings(w), "east/taken=Connected far/back=Connected")
}

// A peering that somebody puts in the place of one of the pair is theirs until somebody says otherwise.
func TestAccPair_replacedByHand(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	w.Run(
		resource.TestStep{Config: usual()},
		resource.TestStep{PreConfig: func() {
			drop(w, "east", "powerplatform-west", "", "")
			drop(w, "west", "powerplatform-east", "", "")
			join(w, "theirs", "west", "back", nil)
		}, Config: usual(), ExpectError: acctest.Says(`give this one the same name (primary_name = "theirs" in virtual_network_peering)`)},
		resource.TestStep{Config: usual(), Destroy: true},
		resource.TestStep{PreConfig: func() {
			acctest.Same(t, "after the destroy", peerings(w), "east/theirs=Connected west/back=Connected")
			w.Keep()
		}, Config: options("enabled = false")},
		step(nil, options(`primary_name = "theirs"`, `failover_name = "back"`), update), // with a warning
		step(func() { acctest.Same(t, "peerings", peerings(w), "east/theirs=Connected west/back=Connected") }, options(`primary_name = "theirs"`, `failover_name = "back"`), noop),
	)
}

// Whatever goes wrong on the way, the next apply ends with one of everything, and nothing is left after a destroy.
func TestAccPair_failures(t *testing.T) {
	t.Parallel()
	refusal := func(skip int) mock.Fault {
		return mock.Fault{Operation: opPut, Skip: skip, Status: http.StatusForbidden, Body: acctest.Refusal("AuthorizationFailed", "Not you.")}
	}
	for name, c := range map[string]struct {
		harm func(w *acctest.World)
		want string // "" where nothing is seen of it
		then plancheck.ResourceActionType
	}{
		"the first is refused":  {func(w *acctest.World) { w.Fault(refusal(0)) }, "Not you.", create},
		"the second is refused": {func(w *acctest.World) { w.Fault(refusal(1)) }, "Not you.", plancheck.ResourceActionReplace},
		"the first operation fails": {func(w *acctest.World) {
			w.Script(arm.KindPeeringPut, mock.Script{Fail: []string{"Fabric."}, Times: -1})
		}, "Fabric.", plancheck.ResourceActionReplace},
		"the second operation fails": {func(w *acctest.World) {
			w.Script(arm.KindPeeringPut, mock.Script{Fail: []string{"", "Fabric."}, Times: -1})
		}, "Fabric.", plancheck.ResourceActionReplace},
		"answers are lost": {func(w *acctest.World) { w.Fault(mock.Fault{Operation: opPut, Cut: true, Effect: true, Times: 2}) }, "", noop},
		"busy": {func(w *acctest.World) {
			w.Fault(mock.Fault{Operation: opPut, Times: 3, Status: http.StatusTooManyRequests, Body: mock.Doc{"error": mock.Doc{"code": "AnotherOperationInProgress"}}})
		}, "", noop},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := pairWorld(t, nil)
			c.harm(w)
			first := resource.TestStep{Config: usual()}
			if c.want != "" {
				first.ExpectError = acctest.Says(c.want)
			}
			w.Run(first, step(func() { w.Script(arm.KindPeeringPut, mock.Script{}) }, usual(), c.then), step(func() { acctest.Same(t, "peerings", peerings(w), joined) }, usual(), noop))
		})
	}
}

// An update that breaks off is taken up by the next one.
func TestAccPair_updateBreaksOff(t *testing.T) {
	t.Parallel()
	for skip := range 4 {
		t.Run(fmt.Sprint(skip), func(t *testing.T) {
			t.Parallel()
			w := pairWorld(t, nil)
			renamed := options(`primary_name = "a"`, `failover_name = "b"`)
			w.Run(
				resource.TestStep{Config: usual()},
				resource.TestStep{PreConfig: func() {
					refused := mock.Fault{Operation: opPut, Skip: skip - 2, Status: http.StatusForbidden, Body: mock.Doc{"error": mock.Doc{"message": "Not you."}}}
					if skip < 2 {
						refused.Operation, refused.Skip = opRemove, skip
					}
					w.Fault(refused)
				}, Config: renamed, ExpectError: acctest.Says("Not you.")},
				step(nil, renamed, update),
				step(func() { acctest.Same(t, "peerings", peerings(w), "east/a=Connected west/b=Connected") }, renamed, noop),
			)
		})
	}
}

// A destroy after an update that broke off leaves nothing that the update made.
func TestAccPair_destroyAfterABrokenUpdate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after string
	}{
		"renamed":        {usual(), options(`primary_name = "a"`, `failover_name = "b"`)},
		"switched on":    {options("enabled = false"), usual()},
		"other networks": {usual(), pairOf("unitedstates", "central/snet", "east2/snet")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := pairWorld(t, nil)
			w.Run(
				resource.TestStep{Config: c.before},
				resource.TestStep{PreConfig: func() {
					w.Fault(mock.Fault{Operation: opPut, Skip: 1, Status: http.StatusForbidden, Body: mock.Doc{"error": mock.Doc{"message": "Not you."}}})
				}, Config: c.after, ExpectError: acctest.Says("Not you.")},
			)
			acctest.Same(t, "left", peerings(w), "")
		})
	}
}

// The other direction may go after the networks were read.
func TestAccPair_disconnectedInBetween(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	w.Run(
		resource.TestStep{Config: usual()},
		step(func() {
			w.Fault(mock.Fault{Operation: opPut, Status: http.StatusBadRequest, Body: acctest.Refusal("RemotePeeringIsDisconnected", "Too late.")})
		}, options("allow_forwarded_traffic = true"), update),
		step(func() { acctest.Same(t, "peerings", peerings(w), joined) }, options("allow_forwarded_traffic = true"), noop),
	)
}

// Parts of a pair that vanish do not take the rest out of state; a pair of which nothing is left is gone.
func TestAccPair_vanishes(t *testing.T) {
	t.Parallel()
	vanish := func(w *acctest.World, network string) server.Doc {
		d, _ := w.Collection(arm.VirtualNetworks).Peek(vnet(network))
		w.Collection(arm.VirtualNetworks).Delete(vnet(network))
		return d
	}
	w := pairWorld(t, nil)
	var subnet, network server.Doc
	w.Run(
		resource.TestStep{Config: usual()},
		step(func() {
			subnet, _ = w.Collection(arm.Subnets).Peek(sub("west", "snet"))
			w.Collection(arm.Subnets).Delete(sub("west", "snet"))
		}, usual(), noop),
		resource.TestStep{PreConfig: func() {
			w.Collection(arm.Subnets).Put(sub("west", "snet"), subnet)
			drop(w, "west", "powerplatform-east", "east", "powerplatform-west")
			network = vanish(w, "west")
		}, Config: usual(), ExpectError: acctest.Says("The virtual network of the subnet is not there")},
		step(func() { w.Collection(arm.VirtualNetworks).Put(vnet("west"), network) }, usual(), update),
		step(func() { acctest.Same(t, "peerings", peerings(w), joined) }, usual(), noop),
		resource.TestStep{PreConfig: func() {
			drop(w, "west", "powerplatform-east", "", "")
			drop(w, "east", "powerplatform-west", "", "")
			vanish(w, "west")
			vanish(w, "east")
		}, Config: usual(), PlanOnly: true, ExpectNonEmptyPlan: true},
	)
}

// A destroy copes with a network that is gone.
func TestAccPair_destroyWithoutNetwork(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	w.Run(resource.TestStep{Config: usual()}, step(func() {
		drop(w, "west", "powerplatform-east", "east", "powerplatform-west")
		w.Collection(arm.VirtualNetworks).Delete(vnet("west"))
	}, "removed {\n  from = "+pairAddr+"\n}\n", plancheck.ResourceActionDestroy))
	acctest.Same(t, "left", peerings(w), "")
}

package network_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	pairAddr = "powerplatform_failover_region_pair.it"
	pairType = "powerplatform_failover_region_pair"

	azure     = "00000000-0000-4000-8000-0000000000aa"
	elsewhere = "00000000-0000-4000-8000-0000000000bb" // a subscription of another tenant

	opNetwork = "arm.virtualnetworks.get"
	opPut     = "arm.peerings.put"
	opRemove  = "arm.peerings.delete"
)

// networks are those of the tests: the region and the second number of the address space by the name.
var networks = map[string]struct {
	region string
	block  int
}{
	"east": {"eastus", 1}, "west": {"westus", 2}, "central": {"centralus", 3}, "east2": {"eastus2", 4}, "clash": {"westus", 1},
	"brazil": {"brazilsouth", 5}, "uks": {"uksouth", 6}, "ukw": {"ukwest", 7}, "asia": {"southeastasia", 8}, "far": {"westus", 9}, "spain": {"spaincentral", 10},
}

// vnet is the ID of one of the networks, and sub that of a subnet in it. foreign ones are in the other subscription.
func vnet(name string) string {
	subscription := azure
	if name == "abroad" {
		subscription = elsewhere
	}
	return "/subscriptions/" + subscription + "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/" + name
}

func sub(network, name string) string { return vnet(network) + "/subnets/" + name }

func seeded(name, region string, block int) mock.Doc {
	const platform = "Microsoft.PowerPlatform/enterprisePolicies"
	s := func(third int, name string, bits int, services ...any) mock.Doc {
		return mock.Doc{"name": name, "address_prefixes": []any{fmt.Sprintf("10.%d.%d.0/%d", block, third, bits)}, "delegations": services}
	}
	return mock.Doc{"name": name, "location": region, "address_prefixes": []any{fmt.Sprintf("10.%d.0.0/16", block)}, "subnets": []any{
		s(1, "snet", 24, platform), s(2, "next", 24, platform), s(3, "bare", 24), s(4, "small", 25, platform), s(5, "web", 24, "Microsoft.Web/serverFarms"),
	}}
}

func pairWorld(t *testing.T, switches map[string]string) *acctest.World {
	t.Helper()
	var all []any
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		all = append(all, seeded(name, networks[name].region, networks[name].block))
	}
	group := func(all ...any) []any {
		return []any{mock.Doc{"name": "rg", "location": "eastus", "virtual_networks": all}}
	}
	return acctest.New(t, mock.TenantSeed{Switches: switches, Items: map[string][]mock.Doc{"subscriptions": {
		{"id": azure, "display_name": "Ours", "resource_groups": group(all...)},
		{"id": elsewhere, "display_name": "Theirs", "tenant_id": "99999999-0000-4000-8000-000000000000", "resource_groups": group(seeded("abroad", "westus", 20))},
	}}})
}

// pairOf is the block of a pair of subnets, network/subnet each; lines are further arguments.
func pairOf(location, primary, failover string, lines ...string) string {
	id := func(s string) string {
		network, subnet, _ := strings.Cut(s, "/")
		return sub(network, subnet)
	}
	all := append([]string{fmt.Sprintf("location = %q", location), fmt.Sprintf("primary_subnet_id = %q", id(primary))}, lines...)
	if failover != "" {
		all = append(all, fmt.Sprintf("failover_subnet_id = %q", id(failover)))
	}
	return acctest.Block(pairType, "it", all...)
}

// usual is the pair of most tests.
func usual(lines ...string) string { return pairOf("unitedstates", "east/snet", "west/snet", lines...) }

const usualID = "/subscriptions/" + azure + "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/east/subnets/snet|" +
	"/subscriptions/" + azure + "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/west/subnets/snet"

// peering returns the properties of a peering of a network, nil if there is none of that name.
func peering(w *acctest.World, network, name string) mock.Doc {
	d, ok := w.Collection(arm.Peerings).Peek(vnet(network) + "/virtualNetworkPeerings/" + name)
	if !ok {
		return nil
	}
	return d["properties"].(mock.Doc)
}

// peerings lists what there is, as network/name=state.
func peerings(w *acctest.World) string {
	var all []string
	for _, id := range w.Collection(arm.Peerings).IDs() {
		d, _ := w.Collection(arm.Peerings).Peek(id)
		parts := strings.Split(id, "/")
		all = append(all, parts[8]+"/"+parts[10]+"="+server.Text(d, "properties.peeringState"))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

const joined = "east/powerplatform-west=Connected west/powerplatform-east=Connected"

// drop deletes one direction as the network team would; the other one is then disconnected.
func drop(w *acctest.World, network, name, other, back string) {
	w.Collection(arm.Peerings).Delete(vnet(network) + "/virtualNetworkPeerings/" + name)
	if d, ok := w.Collection(arm.Peerings).Peek(vnet(other) + "/virtualNetworkPeerings/" + back); ok {
		server.Assign(d, "properties.peeringState", "Disconnected")
		w.Collection(arm.Peerings).Put(d["id"].(string), d)
	}
}

// join peers the network in the east with another by hand, both ways.
func join(w *acctest.World, name, b, back string, more mock.Doc) {
	for _, p := range [][3]string{{"east", name, b}, {b, back, "east"}} {
		space := func(network string) mock.Doc {
			return mock.Doc{"addressPrefixes": []any{fmt.Sprintf("10.%d.0.0/16", networks[network].block)}}
		}
		properties := mock.Doc{
			"remoteVirtualNetwork": mock.Doc{"id": vnet(p[2])}, "peeringState": "Connected", "provisioningState": "Succeeded",
			"allowVirtualNetworkAccess": true, "allowForwardedTraffic": false, "allowGatewayTransit": false, "useRemoteGateways": false,
			"localAddressSpace": space(p[0]), "remoteAddressSpace": space(p[2]),
		}
		maps.Copy(properties, more)
		id := vnet(p[0]) + "/virtualNetworkPeerings/" + p[1]
		w.Collection(arm.Peerings).Put(id, mock.Doc{"id": id, "name": p[1], "etag": `W/"1"`, "properties": properties})
	}
}

// alter changes a document behind Terraform's back.
func alter(w *acctest.World, collection, id string, f func(properties mock.Doc)) {
	w.Change(collection, id, func(d mock.Doc) { f(d["properties"].(mock.Doc)) })
}

// step is a step that first checks, or changes, the world.
func step(before func(), config string, action plancheck.ResourceActionType) resource.TestStep {
	return resource.TestStep{PreConfig: before, Config: config, ConfigPlanChecks: acctest.Will(pairAddr, action)}
}

// planned plans a new pair without a CLI and returns the plan, with errors ("attribute: text") and warnings.
func planned(t *testing.T, w *acctest.World, location, primary, failover any, more acctest.Values) (plan acctest.Values, errs, warnings string) {
	t.Helper()
	given := acctest.Values{}
	for name, v := range map[string]any{"location": location, "primary_subnet_id": primary, "failover_subnet_id": failover} {
		given[name] = tftypes.NewValue(tftypes.String, v)
	}
	maps.Copy(given, more)
	plan, said := w.Serve(nil).Plan(t.Context(), pairType, given)
	for _, d := range said {
		line := d.Detail
		if d.Attribute != nil {
			line = strings.Trim(strings.ReplaceAll(d.Attribute.String(), `AttributeName("`, ""), `")`) + ": " + line
		}
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs += line + "\n"
		} else {
			warnings += line + "\n"
		}
	}
	return plan, errs, warnings
}

// drifted checks the state of the primary peering before an apply, as the refresh has found it.
func drifted(want any) plancheck.PlanCheck {
	return acctest.Look(func(p *tfjson.Plan) error {
		for _, r := range p.ResourceChanges {
			if r.Address == pairAddr {
				before, _ := r.Change.Before.(map[string]any)
				return acctest.Exactly(want).CheckValue(before["primary_peering_state"])
			}
		}
		return fmt.Errorf("there is no %s", pairAddr)
	})
}

package network_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

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
	return fmt.Sprintf("resource %q \"it\" {\n  %s\n}\n", pairType, strings.Join(all, "\n  "))
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
	d, _ := w.Collection(collection).Peek(id)
	f(d["properties"].(mock.Doc))
	w.Collection(collection).Put(id, d)
}

func pairValues(all map[string]knownvalue.Check) []statecheck.StateCheck {
	var out []statecheck.StateCheck
	for name, v := range all {
		at := tfjsonpath.New("")
		for i, part := range strings.Split(name, ".") {
			if at = at.AtMapKey(part); i == 0 {
				at = tfjsonpath.New(part)
			}
		}
		out = append(out, statecheck.ExpectKnownValue(pairAddr, at, v))
	}
	return out
}

func text(s string) knownvalue.Check { return knownvalue.StringExact(s) }

func pairWill(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(pairAddr, a)}}
}

// saying matches text however the CLI wraps and frames it.
func saying(text string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)` + strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│╷╵]+`))
}

func eq(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// step is a step that first checks, or changes, the world.
func step(before func(), config string, action plancheck.ResourceActionType) resource.TestStep {
	return resource.TestStep{PreConfig: before, Config: config, ConfigPlanChecks: pairWill(action)}
}

// planned plans a new pair without a CLI and returns the plan, with errors ("attribute: text") and warnings.
func planned(t *testing.T, w *acctest.World, location, primary, failover any, more acctest.Values) (plan acctest.Values, errs, warnings string) {
	t.Helper()
	s := w.Serve(nil)
	schemas, err := s.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	schema := schemas.ResourceSchemas[pairType]
	given := acctest.Values{}
	for name, v := range map[string]any{"location": location, "primary_subnet_id": primary, "failover_subnet_id": failover} {
		given[name] = tftypes.NewValue(tftypes.String, v)
	}
	maps.Copy(given, more)
	object := func(computed any) *tfprotov6.DynamicValue {
		all := acctest.Values{}
		for _, a := range schema.Block.Attributes {
			v, ok := given[a.Name]
			if !ok && a.Computed {
				v = tftypes.NewValue(a.ValueType(), computed)
			} else if !ok {
				v = tftypes.NewValue(a.ValueType(), nil)
			}
			all[a.Name] = v
		}
		d, err := tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), all))
		if err != nil {
			t.Fatal(err)
		}
		return &d
	}
	null, err := tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), nil))
	if err != nil {
		t.Fatal(err)
	}
	checked, err := s.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: pairType, Config: object(nil)})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: pairType, PriorState: &null, Config: object(nil), ProposedNewState: object(tftypes.UnknownValue)})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range slices.Concat(checked.Diagnostics, resp.Diagnostics) {
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
	if resp.PlannedState != nil {
		raw, err := resp.PlannedState.Unmarshal(schema.ValueType())
		if err != nil {
			t.Fatal(err)
		}
		if !raw.IsNull() {
			if err := raw.As(&plan); err != nil {
				t.Fatal(err)
			}
		}
	}
	return plan, errs, warnings
}

// drifted checks the state of the primary peering before an apply.
func drifted(want knownvalue.Check) plancheck.PlanCheck { return drift{want} }

type drift struct{ want knownvalue.Check }

// CheckPlan compares what the refresh found.
func (d drift) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, r := range req.Plan.ResourceChanges {
		if r.Address != pairAddr {
			continue
		}
		before, _ := r.Change.Before.(map[string]any)
		resp.Error = d.want.CheckValue(before["primary_peering_state"])
		return
	}
	resp.Error = fmt.Errorf("there is no %s", pairAddr)
}

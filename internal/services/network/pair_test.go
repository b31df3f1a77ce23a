package network_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
)

const (
	noop   = plancheck.ResourceActionNoop
	create = plancheck.ResourceActionCreate
	update = plancheck.ResourceActionUpdate
)

// All of ARM's ways to tell the end of an operation lead to the same pair, and a destroy leaves no peering.
func TestAccPair_basic(t *testing.T) {
	t.Parallel()
	for _, answers := range []string{"", "Azure-AsyncOperation", "Location", "provisioningState", "sync"} {
		t.Run(answers, func(t *testing.T) {
			t.Parallel()
			w := pairWorld(t, map[string]string{arm.SwitchAnswers: answers})
			ids := strings.Split(usualID, "|")
			w.Run(
				resource.TestStep{Config: usual(), ConfigPlanChecks: acctest.Will(pairAddr, create), ConfigStateChecks: acctest.Shows(pairAddr, acctest.Attributes{
					"id": usualID, "policy_location": "unitedstates", "primary_region": "eastus", "failover_region": "westus",
					"subnet_ids":         []string{ids[0], ids[1]},
					"primary_peering_id": vnet("east") + "/virtualNetworkPeerings/powerplatform-west", "failover_peering_id": vnet("west") + "/virtualNetworkPeerings/powerplatform-east",
					"primary_peering_state": "Connected", "failover_peering_state": "Connected", "usable_ip_count": 251,
					"virtual_network_peering": knownvalue.ObjectExact(map[string]knownvalue.Check{
						"enabled": knownvalue.Bool(true), "allow_virtual_network_access": knownvalue.Bool(true), "allow_forwarded_traffic": knownvalue.Bool(false),
						"allow_gateway_transit": knownvalue.Bool(false), "primary_name": knownvalue.StringExact("powerplatform-west"), "failover_name": knownvalue.StringExact("powerplatform-east"),
					}),
				})},
				resource.TestStep{PreConfig: func() {
					acctest.Same(t, "peerings", peerings(w), joined)
					acctest.Same(t, "writes", w.Count(opPut), 2)
					w.Forget()
				}, Config: usual(), PlanOnly: true},
				step(func() {
					acctest.Same(t, "requests of a refresh", w.Count(opNetwork), 2*w.Count("login.token"))
					acctest.Same(t, "others", w.Count()-w.Count(opNetwork, "login.token", "login.openid"), 0)
					if answers == "provisioningState" { // that is for writes; the answer to a DELETE always says where to ask
						w.SetSwitch(arm.SwitchAnswers, "")
					}
				}, usual(), noop),
			)
			acctest.Same(t, "removed", w.Count(opRemove), 2)
			acctest.Same(t, "left", peerings(w), "")
		})
	}
}

// The pair follows what the platform's documentation says of regions and locations.
func TestAccPair_P10(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config, policy string
		check          knownvalue.Check // of failover_region
	}{
		"centralus with eastus2":     {pairOf("unitedstates", "central/snet", "east2/snet"), "unitedstates", knownvalue.StringExact("eastus2")},
		"in the other order":         {pairOf("United States", "west/snet", "east/snet"), "unitedstates", knownvalue.StringExact("eastus")},
		"uk":                         {pairOf("uk", "uks/snet", "ukw/snet"), "uk", knownvalue.StringExact("ukwest")},
		"unitedkingdom":              {pairOf("unitedkingdom", "uks/snet", "ukw/snet"), "uk", knownvalue.StringExact("ukwest")},
		"one region":                 {pairOf("southamerica", "brazil/snet", ""), "brazil", knownvalue.Null()},
		"one region by its policies": {pairOf("brazil", "brazil/snet", ""), "brazil", knownvalue.Null()},
		"another table":              {pairOf("unitedstates", "east/snet", "central/snet", `region_pairs = [["East US", "centralus"]]`), "unitedstates", knownvalue.StringExact("centralus")},
		"one region by the table":    {pairOf("spain", "spain/snet", "", `region_pairs = [["spaincentral"]]`), "spain", knownvalue.Null()},
		"unknown":                    {pairOf("Atlantis", "east/snet", "brazil/snet"), "atlantis", knownvalue.StringExact("brazilsouth")},
		"unknown with a location":    {pairOf("atlantis", "east/snet", "brazil/snet", `policy_location = "lemuria"`), "lemuria", knownvalue.StringExact("brazilsouth")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := pairWorld(t, nil)
			w.Run(
				resource.TestStep{Config: c.config, ConfigStateChecks: acctest.Shows(pairAddr, acctest.Attributes{"policy_location": c.policy, "failover_region": c.check})},
			)
		})
	}
}

// An environment of uk is shown in unitedkingdom: no reason to change anything.
func TestAccPair_aliasesAreNoChange(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	w.Run(
		resource.TestStep{Config: pairOf("uk", "uks/snet", "ukw/snet")},
		step(nil, pairOf("unitedkingdom", "uks/snet", "ukw/snet"), noop),
		step(nil, strings.ReplaceAll(pairOf("UK", "uks/snet", "ukw/snet"), "resourceGroups/rg", "resourcegroups/RG"), noop),
		step(nil, pairOf("uk", "uks/snet", "ukw/snet", `policy_location = "unitedkingdom"`), update),
	)
}

func TestAccPair_singleRegionHasNoPeering(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	config := pairOf("brazil", "brazil/snet", "")
	w.Run(
		resource.TestStep{Config: config, ConfigStateChecks: acctest.Shows(pairAddr, acctest.Attributes{
			"id": sub("brazil", "snet"), "virtual_network_peering": nil, "primary_peering_id": nil, "primary_peering_state": nil,
			"subnet_ids": []string{sub("brazil", "snet")}, "usable_ip_count": 251,
		})},
		resource.TestStep{ResourceName: pairAddr, ImportState: true, ImportStateId: sub("brazil", "snet"), ImportStateVerify: true, ImportStateVerifyIgnore: []string{"location"}},
		step(nil, pairOf("brazil", "brazil/snet", "", `virtual_network_peering = { enabled = true }`), update), // for modules that always say so
	)
	acctest.Same(t, "writes", w.Count(opPut, opRemove), 0)
}

// What is wrong is said before anything is changed, at the argument that is wrong.
func TestPairPlanSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	for name, c := range map[string]struct {
		location, primary, failover string
		want                        []string
	}{
		"a region":              {"eastus", "east/snet", "west/snet", []string{`location: `, `"eastus" is an Azure region; name the geography that it serves: unitedstates`}},
		"another region":        {"spaincentral", "east/snet", "west/snet", []string{`location: `, `is an Azure region, and serves no geography`}},
		"no pair":               {"unitedstates", "east/snet", "central/snet", []string{"failover_subnet_id: ", "are not a pair of United States", "eastus with westus, or centralus with eastus2", "region_pairs"}},
		"of another geography":  {"unitedstates", "uks/snet", "west/snet", []string{"primary_subnet_id: ", "uksouth is not a region of United States"}},
		"one is missing":        {"unitedstates", "east/snet", "", []string{"failover_subnet_id: ", "United States needs subnets in two regions (eastus with westus, or centralus with eastus2)"}},
		"one too many":          {"brazil", "brazil/snet", "east/snet", []string{"failover_subnet_id: ", "Brazil is served by one region, brazilsouth; omit failover_subnet_id"}},
		"the same subnet":       {"unitedstates", "east/snet", "east/snet", []string{"failover_subnet_id: ", "this is the primary subnet"}},
		"the same network":      {"unitedstates", "east/snet", "east/next", []string{"failover_subnet_id: ", "both subnets are in the virtual network"}},
		"the same region":       {"unitedstates", "west/snet", "far/snet", []string{"failover_subnet_id: ", "westus is given twice"}},
		"of the unknown":        {"atlantis", "west/snet", "far/snet", []string{"failover_subnet_id: ", "both virtual networks are in westus"}},
		"sizes":                 {"unitedstates", "east/snet", "west/small", []string{"failover_subnet_id: ", "251 addresses to give (10.1.1.0/24), this one has 123 addresses to give (10.2.4.0/25)"}},
		"overlap":               {"unitedstates", "east/snet", "clash/snet", []string{"failover_subnet_id: ", "10.1.0.0/16 with 10.1.0.0/16"}},
		"of another service":    {"unitedstates", "east/snet", "west/web", []string{"failover_subnet_id: ", "is delegated to Microsoft.Web/serverFarms"}},
		"of another tenant":     {"unitedstates", "east/snet", "abroad/snet", []string{"failover_subnet_id: ", "belongs to the tenant 99999999-0000-4000-8000-000000000000"}},
		"several":               {"unitedstates", "east/snet", "brazil/small", []string{"brazilsouth is not a region of United States", "123 addresses to give"}},
		"one that is not there": {"unitedstates", "uks/snet", "nowhere/snet", []string{"primary_subnet_id: ", "uksouth is not a region of United States"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := func(s string) any {
				network, subnet, ok := strings.Cut(s, "/")
				if !ok {
					return nil
				}
				return sub(network, subnet)
			}
			_, errs, _ := planned(t, w, c.location, id(c.primary), id(c.failover), nil)
			for _, want := range c.want {
				if !strings.Contains(strings.ToLower(errs), strings.ToLower(want)) {
					t.Errorf("%q is not said:\n%s", want, errs)
				}
			}
		})
	}
	t.Cleanup(func() { acctest.Same(t, "writes", w.Count(opPut), 0) })
}

func TestPairRefusesMalformedArguments(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	row := tftypes.List{ElementType: tftypes.String}
	rows := func(all ...[]string) acctest.Values {
		out := []tftypes.Value{}
		for _, one := range all {
			inner := []tftypes.Value{}
			for _, s := range one {
				inner = append(inner, acctest.Text(s))
			}
			out = append(out, tftypes.NewValue(row, inner))
		}
		return acctest.Values{"region_pairs": tftypes.NewValue(tftypes.List{ElementType: row}, out)}
	}
	options := func(name, value string) acctest.Values {
		kinds, all := map[string]tftypes.Type{}, map[string]tftypes.Value{}
		for _, flag := range []string{"enabled", "allow_virtual_network_access", "allow_forwarded_traffic", "allow_gateway_transit"} {
			kinds[flag], all[flag] = tftypes.Bool, tftypes.NewValue(tftypes.Bool, nil)
		}
		for _, text := range []string{"primary_name", "failover_name"} {
			kinds[text], all[text] = tftypes.String, tftypes.NewValue(tftypes.String, nil)
		}
		all[name] = acctest.Text(value)
		return acctest.Values{"virtual_network_peering": tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, all)}
	}
	for _, c := range []struct {
		primary string
		more    acctest.Values
		want    string
	}{
		{"snet", rows([]string{"eastus", "westus"}, []string{"eastus"}), "region_pairs: a geography is served by one region or by two; all lists must have that length"},
		{"snet", rows([]string{"eastus", "westus", "centralus"}), "at most 2 elements"},
		{"snet", rows(), "at least 1 elements"},
		{"snet", acctest.Values{"policy_location": acctest.Text("westeurope")}, "policy_location: \"westeurope\" is an Azure region"},
		{"snet", options("primary_name", "a b"), "must be 1 to 80"},
		{"snet", options("failover_name", strings.Repeat("a", 81)), "must be 1 to 80"},
		{"", nil, "primary_subnet_id: \"" + sub("east", "") + "\" is not the ID of an Azure resource"},
		{"snet/x/y", nil, "is the ID of a Microsoft.Network/virtualNetworks/subnets/x, not of a Microsoft.Network/virtualNetworks/subnets"},
	} {
		t.Run(c.want, func(t *testing.T) {
			t.Parallel()
			_, errs, _ := planned(t, w, "unitedstates", sub("east", c.primary), sub("west", "snet"), c.more)
			if !strings.Contains(strings.ToLower(errs), strings.ToLower(c.want)) {
				t.Errorf("got %q", errs)
			}
		})
	}
}

func TestPairImportIDs(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	steps := []resource.TestStep{{Config: usual()}}
	for id, want := range map[string]string{
		"nothing": "does not begin with a slash", usualID + "|" + sub("uks", "snet"): "those of two subnets", vnet("east"): "is the ID of a Microsoft.Network/virtualNetworks",
		usualID + "/": "trailing slash", sub("east", "none"): "Cannot import non-existent", sub("none", "none"): "Cannot import non-existent",
	} {
		steps = append(steps, resource.TestStep{ResourceName: pairAddr, ImportState: true, ImportStateId: id, ExpectError: acctest.Says(want)})
	}
	w.Run(steps...)
}

// A location that nobody knows, and subnets that others delegate in the same apply, are no errors.
func TestPairPlanWarns(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	for name, c := range map[string]struct {
		location, failover, want string
	}{
		"nothing":       {"unitedstates", "snet", ""},
		"unknown":       {"atlantis", "snet", `Which Azure regions serve "atlantis" is not known`},
		"not delegated": {"unitedstates", "bare", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, errs, warnings := planned(t, w, c.location, sub("east", "snet"), sub("west", c.failover), nil)
			if errs != "" || !strings.Contains(warnings, c.want) || c.want == "" && warnings != "" {
				t.Errorf("errors %q, warnings %q", errs, warnings)
			}
		})
	}
}

// What depends on the pair is known when the plan is made, as far as the subnets are; a plan reads each network once.
func TestPairPlanKnowsWhatItCan(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	plan, errs, _ := planned(t, w, "unitedstates", sub("east", "snet"), sub("west", "snet"), nil)
	for _, name := range []string{"policy_location", "subnet_ids", "primary_region", "failover_region", "usable_ip_count", "primary_peering_id", "failover_peering_state", "virtual_network_peering"} {
		if !plan[name].IsFullyKnown() {
			t.Errorf("%s is not known: %s", name, errs)
		}
	}
	acctest.Same(t, "networks", w.Count(opNetwork), 2)
	acctest.Same(t, "subscriptions", w.Count("arm.subscriptions.get"), 1)
	plan, errs, _ = planned(t, w, "unitedstates", sub("nowhere", "snet"), sub("west", "later"), nil)
	if errs != "" || !plan["subnet_ids"].IsFullyKnown() || plan["primary_region"].IsKnown() || plan["usable_ip_count"].IsKnown() || !plan["failover_region"].IsKnown() {
		t.Errorf("%v, %s", plan, errs)
	}
}

// Networks and subnets may be made in the same apply, but must be there when it is the turn of the pair.
func TestAccPair_whatIsMissing(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]string{
		pairOf("unitedstates", "east/snet", "nowhere/snet"): "The virtual network of the subnet is not there",
		pairOf("unitedstates", "east/snet", "west/later"):   "There is no subnet " + sub("west", "later"),
		pairOf("unitedstates", "east/snet", "west/bare"):    "Delegate it with powerplatform_subnet_delegation",
	} {
		w := pairWorld(t, nil)
		w.Run(resource.TestStep{Config: config, ExpectError: acctest.Says(want)})
		acctest.Same(t, "writes", w.Count(opPut), 0)
	}
}

// IDs that only the apply tells: the same checks, and the same pair.
func TestAccPair_unknownUntilApply(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	config := func(failover string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"subnet\" {\n  input = %q\n}\n", failover) +
			strings.Replace(usual(), fmt.Sprintf("%q", sub("west", "snet")), "terraform_data.subnet.output", 1)
	}
	w.Run(
		resource.TestStep{Config: config(sub("west", "small")), ExpectError: acctest.Says("Both subnets need the same number of addresses")},
		step(nil, config(sub("west", "snet")), create),
		step(nil, config(sub("west", "next")), update), // a new subnet in the same network
		step(func() {
			acctest.Same(t, "peerings", peerings(w), joined)
			acctest.Same(t, "writes", w.Count(opPut), 2)
		}, config(sub("far", "next")), update), // a new network
		step(func() {
			acctest.Same(t, "peerings", peerings(w), "east/powerplatform-far=Connected far/powerplatform-east=Connected")
		}, config(sub("far", "next")), noop),
	)
}

// The subnets change in place: a pair and its successor in the same networks could not both have the peering.
func TestAccPair_movesInPlace(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	next := pairOf("unitedstates", "east/next", "west/next")
	w.Run(
		resource.TestStep{Config: usual()},
		resource.TestStep{PreConfig: w.Forget, Config: next, ConfigPlanChecks: acctest.Will(pairAddr, update), ConfigStateChecks: acctest.Shows(pairAddr, acctest.Attributes{
			"subnet_ids": []string{sub("east", "next"), sub("west", "next")}, "id": usualID,
		})},
		step(func() { acctest.Same(t, "writes", w.Count(opPut, opRemove), 0) }, next, noop),
		resource.TestStep{Config: pairOf("unitedstates", "central/snet", "east2/small"), ExpectError: acctest.Says("Both subnets need the same number of addresses")},
		resource.TestStep{Config: pairOf("unitedstates", "central/snet", "east2/snet"), ConfigPlanChecks: acctest.Will(pairAddr, update), ConfigStateChecks: acctest.Shows(pairAddr, acctest.Attributes{
			"primary_region": "centralus", "failover_region": "eastus2", "primary_peering_id": vnet("central") + "/virtualNetworkPeerings/powerplatform-east2",
		})},
		step(func() {
			acctest.Same(t, "peerings", peerings(w), "central/powerplatform-east2=Connected east2/powerplatform-central=Connected")
		}, pairOf("southamerica", "brazil/snet", ""), update),
		step(func() { acctest.Same(t, "peerings", peerings(w), "") }, usual(), update),
		step(nil, usual(), noop),
	)
}

// A look-up that the caller has no right to is no proof of anything, and changes nothing.
func TestAccPair_withoutRole(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	w.Run(
		resource.TestStep{Config: usual()},
		resource.TestStep{PreConfig: func() { w.SetSwitch(arm.SwitchAccess, "hidden") }, Config: usual(), ExpectError: acctest.Says("that is not certain: its subscription cannot be seen")},
		resource.TestStep{Config: usual(), Destroy: true, ExpectError: acctest.Says("its subscription cannot be seen")},
		resource.TestStep{PreConfig: func() { w.SetSwitch(arm.SwitchAccess, "read") }, Config: usual("virtual_network_peering = { allow_forwarded_traffic = true }"), ExpectError: acctest.Says("AuthorizationFailed")},
		step(func() { w.SetSwitch(arm.SwitchAccess, "") }, usual(), noop),
	)
}

// The subscription of the networks may be hidden from those who have a role in its networks only.
func TestAccPair_subscriptionCannotBeRead(t *testing.T) {
	t.Parallel()
	w := pairWorld(t, nil)
	w.Fault(mock.Fault{Operation: "arm.subscriptions.get", Times: -1, Status: http.StatusForbidden, Body: acctest.Refusal("AuthorizationFailed", "No.")})
	w.Run(resource.TestStep{Config: usual()})
}

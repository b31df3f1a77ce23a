package network_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
)

func TestSubnet(t *testing.T) {
	t.Parallel()
	text := func(s string) knownvalue.Check { return knownvalue.StringExact(s) }
	nothing := knownvalue.ListSizeExact(0)
	for name, c := range map[string]struct {
		by, id  string
		prepare func(w *acctest.World)
		want    map[string]knownvalue.Check
	}{
		"free": {"id", nextSnet, nil, map[string]knownvalue.Check{
			"name": text("snet-powerplatform-next"), "virtual_network_id": text(eastNet), "region": text("eastus"), "delegated": knownvalue.Bool(false), "in_use": knownvalue.Bool(false),
			"address_prefixes": knownvalue.ListExact([]knownvalue.Check{text("10.10.2.0/24")}), "total_ip_count": knownvalue.Int64Exact(256), "usable_ip_count": knownvalue.Int64Exact(251),
			"delegations": nothing, "service_association_links": nothing, "subnet_id": text(nextSnet),
		}},
		"held": {"subnet_id", takenSnet, func(w *acctest.World) { hold(w, takenSnet, "/policy")() }, map[string]knownvalue.Check{
			"id": text(takenSnet), "delegated": knownvalue.Bool(true), "in_use": knownvalue.Bool(true),
			"delegations": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{"name": text(platformService), "service_name": text(platformService)})}),
			"service_association_links": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"name": text("PowerPlatformServiceLink"), "linked_resource_type": text(platformService), "link": text("/policy"),
			})}),
		}},
		"another's": {"id", strings.ToLower(nextSnet), func(w *acctest.World) {
			change(w, nextSnet, func(p mock.Doc) {
				p["delegations"] = []any{mock.Doc{"name": "farm", "properties": mock.Doc{"serviceName": "Microsoft.Web/serverFarms"}}}
				p["serviceAssociationLinks"] = []any{mock.Doc{"name": "AppServiceLink", "properties": mock.Doc{"linkedResourceType": "Microsoft.Web/serverFarms"}}}
				delete(p, "addressPrefix")
				p["addressPrefixes"] = []any{"10.10.2.0/25", "10.10.2.128/26"}
			})()
		}, map[string]knownvalue.Check{
			"delegated": knownvalue.Bool(false), "in_use": knownvalue.Bool(false), "delegations": knownvalue.ListSizeExact(1), "total_ip_count": knownvalue.Int64Exact(192), "usable_ip_count": knownvalue.Int64Exact(182),
			"service_association_links": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"name": text("AppServiceLink"), "linked_resource_type": text("Microsoft.Web/serverFarms"), "link": knownvalue.Null(),
			})}),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := snetWorld(t)
			if c.prepare != nil {
				c.prepare(w)
			}
			var checks []statecheck.StateCheck
			for attribute, want := range c.want {
				checks = append(checks, statecheck.ExpectKnownValue("data.powerplatform_subnet.it", tfjsonpath.New(attribute), want))
			}
			w.Run(resource.TestStep{Config: lookUp(c.by, c.id), ConfigStateChecks: checks})
		})
	}
}

func lookUp(by, id string) string {
	return fmt.Sprintf("data \"powerplatform_subnet\" \"it\" {\n  %s = %q\n}\n", by, id)
}

func TestSubnet_isOneRequest(t *testing.T) {
	t.Parallel()
	w := snetWorld(t)
	s := w.Serve(nil)
	if _, said := s.Read(t.Context(), "powerplatform_subnet", acctest.Values{"id": acctest.Text(eastSnet)}); len(said) > 0 {
		t.Fatal(acctest.Said(said))
	}
	var asked []string
	for _, e := range w.Requests() {
		if strings.HasPrefix(e.Operation, "arm.") {
			asked = append(asked, e.Operation)
		}
	}
	same(t, "requests", asked, "[arm.virtualnetworks.get]")
}

func TestSubnet_thatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		id, access, says string
	}{
		"no such subnet":  {eastNet + "/subnets/none", "", "has no such subnet; it has snet-powerplatform, snet-powerplatform-next"},
		"no such network": {landscape + "none/subnets/none", "", "404 Not Found"},
		"no role":         {eastSnet, "none", "such as Reader or Network Contributor"},
		"hidden":          {eastSnet, "hidden", "in which the identity has no role at all"},
		"a network":       {eastNet, "", "is the ID of a Microsoft.Network/virtualNetworks, not of a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := snetWorld(t)
			w.SetSwitch(arm.SwitchAccess, c.access)
			w.Run(resource.TestStep{Config: lookUp("id", c.id), ExpectError: tells(c.says)})
		})
	}
	t.Run("by both", func(t *testing.T) {
		t.Parallel()
		w := snetWorld(t)
		w.Run(resource.TestStep{Config: strings.Replace(lookUp("id", eastSnet), "\n}", "\n  subnet_id = \"x\"\n}", 1), PlanOnly: true, ExpectError: tells("Exactly one of these attributes must be configured")})
	})
}

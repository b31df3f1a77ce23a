package network_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
)

func TestSubnet(t *testing.T) {
	t.Parallel()
	nothing := knownvalue.ListSizeExact(0)
	for name, c := range map[string]struct {
		by, id  string
		prepare func(w *acctest.World)
		want    acctest.Attributes
	}{
		"free": {"id", nextSnet, nil, acctest.Attributes{
			"name": "snet-powerplatform-next", "virtual_network_id": eastNet, "region": "eastus", "delegated": false, "in_use": false,
			"address_prefixes": []string{"10.10.2.0/24"}, "total_ip_count": 256, "usable_ip_count": 251,
			"delegations": nothing, "service_association_links": nothing, "subnet_id": nextSnet,
		}},
		"held": {"subnet_id", takenSnet, func(w *acctest.World) { hold(w, takenSnet, "/policy")() }, acctest.Attributes{
			"id": takenSnet, "delegated": true, "in_use": true,
			"delegations": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{"name": knownvalue.StringExact(platformService), "service_name": knownvalue.StringExact(platformService)})}),
			"service_association_links": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"name": knownvalue.StringExact("PowerPlatformServiceLink"), "linked_resource_type": knownvalue.StringExact(platformService), "link": knownvalue.StringExact("/policy"),
			})}),
		}},
		"another's": {"id", strings.ToLower(nextSnet), func(w *acctest.World) {
			change(w, nextSnet, func(p mock.Doc) {
				p["delegations"] = []any{mock.Doc{"name": "farm", "properties": mock.Doc{"serviceName": "Microsoft.Web/serverFarms"}}}
				p["serviceAssociationLinks"] = []any{mock.Doc{"name": "AppServiceLink", "properties": mock.Doc{"linkedResourceType": "Microsoft.Web/serverFarms"}}}
				delete(p, "addressPrefix")
				p["addressPrefixes"] = []any{"10.10.2.0/25", "10.10.2.128/26"}
			})()
		}, acctest.Attributes{
			"delegated": false, "in_use": false, "delegations": knownvalue.ListSizeExact(1), "total_ip_count": 192, "usable_ip_count": 182,
			"service_association_links": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"name": knownvalue.StringExact("AppServiceLink"), "linked_resource_type": knownvalue.StringExact("Microsoft.Web/serverFarms"), "link": knownvalue.Null(),
			})}),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := snetWorld(t)
			if c.prepare != nil {
				c.prepare(w)
			}
			w.Run(resource.TestStep{Config: lookUp(c.by, c.id), ConfigStateChecks: acctest.Shows("data.powerplatform_subnet.it", c.want)})
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
	acctest.Same(t, "requests", asked, "[arm.virtualnetworks.get]")
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
			w.Run(resource.TestStep{Config: lookUp("id", c.id), ExpectError: acctest.Says(c.says)})
		})
	}
	t.Run("by both", func(t *testing.T) {
		t.Parallel()
		w := snetWorld(t)
		w.Run(resource.TestStep{Config: strings.Replace(lookUp("id", eastSnet), "\n}", "\n  subnet_id = \"x\"\n}", 1), PlanOnly: true, ExpectError: acctest.Says("Exactly one of these attributes must be configured")})
	})
}

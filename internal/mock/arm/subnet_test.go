package arm_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestAPutReplacesASubnet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	before := r.get(pp)
	properties := before.Get("properties")
	body := server.Copy(properties.(doc))
	server.Merge(body, delegation(service))
	a := r.put(pp, body)
	a.Says("subnets/join/action").Has(doc{
		"properties.delegations.0.id": pp + "/delegations/Microsoft.PowerPlatform%2FenterprisePolicies", "properties.delegations.0.etag": a.Text("etag"),
		"properties.delegations.0.properties.provisioningState": "Succeeded",
	})
	server.Assign(a.Body, "properties.delegations", []any{})
	a.Body["etag"] = before.Body["etag"]
	if !reflect.DeepEqual(a.Body, before.Body) {
		t.Errorf("from %v\nto %v", before.Body, a.Body)
	}
	r.put(pp, subnet("10.10.1.0/24")).Has(doc{
		"properties.networkSecurityGroup": nil, "properties.novelty": nil, "properties.defaultOutboundAccess": false, "properties.delegations.#": 0,
	})
}

func TestSubnetWritesAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, at string
		body       doc
		status     int
		code       string
	}{
		"no network":        {"PUT", nets + "/none/subnets/s", subnet("10.0.0.0/24"), 404, "ParentResourceNotFound"},
		"name":              {"PUT", east + "/subnets/s-", subnet("10.10.9.0/24"), 400, "InvalidResourceName"},
		"outside":           {"PUT", east + "/subnets/s", subnet("10.11.0.0/24"), 400, "NetcfgInvalidSubnet"},
		"too large":         {"PUT", east + "/subnets/s", subnet("10.0.0.0/8"), 400, "NetcfgInvalidSubnet"},
		"overlapping":       {"PUT", east + "/subnets/s", subnet("10.10.1.128/25"), 400, "NetcfgSubnetRangesOverlap"},
		"no CIDR":           {"PUT", east + "/subnets/s", subnet("10.10.9.0"), 400, "InvalidCIDRNotation"},
		"host bits":         {"PUT", east + "/subnets/s", subnet("10.10.9.1/24"), 400, "InvalidCIDRNotation"},
		"no range":          {"PUT", east + "/subnets/s", doc{}, 400, "NoAddressPrefixOrPoolProvided"},
		"nameless":          {"PUT", east + "/subnets/s", subnet("10.10.9.0/24", doc{"delegations": []any{doc{}}}), 400, "InvalidRequestFormat"},
		"delegation lost":   {"PUT", used, subnet("10.10.2.0/24"), 400, "SubnetMissingRequiredDelegation"},
		"other delegation":  {"PUT", used, subnet("10.10.2.0/24", delegation("Microsoft.Web/serverFarms")), 400, "SubnetMissingRequiredDelegation"},
		"used range moved":  {"PUT", used, subnet("10.10.3.0/24", delegation(service)), 400, "InUsePrefixCannotBeDeleted"},
		"used":              {"DELETE", used, nil, 400, "InUseSubnetCannotBeDeleted"},
		"default outbound":  {"PUT", pp, subnet("10.10.1.0/24", doc{"defaultOutboundAccess": true}), 400, "DefaultOutboundAccessCannotBeChanged"},
		"outbound set late": {"PUT", used, subnet("10.10.2.0/24", delegation(service), doc{"defaultOutboundAccess": false}), 400, "DefaultOutboundAccessCannotBeChanged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			var body any
			if c.body != nil {
				body = doc{"properties": c.body}
			}
			r.Send(c.method, c.at, body).Want(c.status, c.code)
			r.get(east).Has(doc{"properties.subnets.#.name": []string{"snet-pp", "snet-used"}})
		})
	}
}

func TestErrorsNameWhatHoldsASubnet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Send("DELETE", used, nil).Has(doc{"error.message": "Subnet snet-used is in use by " + used +
		"/serviceAssociationLinks/PowerPlatformServiceLink and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet."})
	r.Send("PUT", used, doc{"properties": subnet("10.10.2.0/24")}).Says(`"Subnet ` + used + " requires any of the following delegation(s) [" + service +
		"] to reference service association link " + used + "/serviceAssociationLinks/PowerPlatformServiceLink.")
}

func TestASubnetInUseMayChangeOtherwise(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.put(used, subnet("10.10.2.0/24", doc{
		"delegations": []any{doc{"name": "mine", "properties": doc{"serviceName": service}}}, "routeTable": doc{"id": "/rt"},
		"serviceAssociationLinks": []any{},
	}))
	a.Has(doc{"properties.delegations.#.name": []string{"mine"}, "properties.serviceAssociationLinks.#.name": []string{"PowerPlatformServiceLink"}})
}

func TestSubnetsAreDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Send("DELETE", east+"/subnets/none", nil).Want(204)
	a := r.Send("DELETE", pp, nil).Want(202)
	if again := r.Send("DELETE", pp, nil).Want(202); again.Header.Get("Location") != a.Header.Get("Location") {
		t.Error("a second delete starts anew")
	}
	r.get(pp).Has(doc{"properties.provisioningState": "Deleting"})
	a.End().Want(204)
	r.Send("GET", pp, nil).Want(404, "NotFound")
}

func TestAddressPrefixesComeInEitherForm(t *testing.T) {
	t.Parallel()
	r := newRig(t, arm.SwitchAddressPrefixes, "list")
	r.get(pp).Has(doc{"properties.addressPrefix": nil, "properties.addressPrefixes.#": 1})
	r.SetSwitch(arm.SwitchAddressPrefixes, "")
	r.put(east+"/subnets/list", doc{"addressPrefixes": []any{"10.10.9.0/24"}})
	r.SetSwitch(arm.SwitchAddressPrefixes, "single")
	r.get(east + "/subnets/list").Has(doc{"properties.addressPrefix": "10.10.9.0/24", "properties.addressPrefixes": nil})
}

func TestServiceLinksMayLag(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Lag(server.Lag{Collection: arm.Subnets, ID: used, Field: "properties.serviceAssociationLinks", Reads: 2})
	all := r.Collection(arm.Subnets)
	d, _ := all.Peek(used)
	server.Unset(d, "properties.serviceAssociationLinks")
	all.Put(used, d)
	r.get(used + "/ServiceAssociationLinks").Has(doc{"value.#": 1})
	r.get(pp) // another subnet is another read
	for _, want := range []int{1, 0} {
		a := r.get(east)
		if n := strings.Count(a.Raw, `"PowerPlatformServiceLink"`); n != want {
			t.Errorf("%d links, want %d", n, want)
		}
	}
	r.remove(used)
}

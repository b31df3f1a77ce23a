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
	properties, _ := server.Lookup(before.body, "properties")
	body := server.Copy(properties.(doc))
	server.Merge(body, delegation(service))
	a := r.put(pp, body)
	d, _ := a.list("properties.delegations")[0].(doc)
	if server.Text(d, "id") != pp+"/delegations/Microsoft.PowerPlatform%2FenterprisePolicies" || d["etag"] != a.body["etag"] ||
		server.Text(d, "properties.provisioningState") != "Succeeded" || !strings.Contains(a.raw, "subnets/join/action") {
		t.Errorf("delegation: %s", a.raw)
	}
	server.Assign(a.body, "properties.delegations", []any{})
	a.body["etag"] = before.body["etag"]
	if !reflect.DeepEqual(a.body, before.body) {
		t.Errorf("from %v\nto %v", before.body, a.body)
	}
	a = r.put(pp, subnet("10.10.1.0/24"))
	for _, gone := range []string{"networkSecurityGroup", "novelty"} {
		if _, ok := server.Lookup(a.body, "properties."+gone); ok {
			t.Errorf("%s is still there", gone)
		}
	}
	if a.body["properties"].(doc)["defaultOutboundAccess"] != false || len(a.list("properties.delegations")) != 0 {
		t.Errorf("subnet: %s", a.raw)
	}
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
			r.send(c.method, c.at, body).want(c.status, c.code)
			if got := r.get(east).names("properties.subnets"); got != "snet-pp snet-used" {
				t.Errorf("subnets: %s", got)
			}
		})
	}
}

func TestErrorsNameWhatHoldsASubnet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.send("DELETE", used, nil)
	if want := "Subnet snet-used is in use by " + used + "/serviceAssociationLinks/PowerPlatformServiceLink and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet."; a.text("error.message") != want {
		t.Errorf("message: %s", a.text("error.message"))
	}
	a = r.send("PUT", used, doc{"properties": subnet("10.10.2.0/24")})
	if want := "Subnet " + used + " requires any of the following delegation(s) [" + service + "] to reference service association link " + used + "/serviceAssociationLinks/PowerPlatformServiceLink."; !strings.HasPrefix(a.text("error.message"), want) {
		t.Errorf("message: %s", a.text("error.message"))
	}
}

func TestASubnetInUseMayChangeOtherwise(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.put(used, subnet("10.10.2.0/24", doc{
		"delegations": []any{doc{"name": "mine", "properties": doc{"serviceName": service}}}, "routeTable": doc{"id": "/rt"},
		"serviceAssociationLinks": []any{},
	}))
	if a.names("properties.delegations") != "mine" || a.names("properties.serviceAssociationLinks") != "PowerPlatformServiceLink" {
		t.Errorf("subnet: %s", a.raw)
	}
}

func TestSubnetsAreDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.send("DELETE", east+"/subnets/none", nil).want(204, "")
	a := r.send("DELETE", pp, nil).want(202, "")
	if again := r.send("DELETE", pp, nil).want(202, ""); again.header.Get("Location") != a.header.Get("Location") {
		t.Error("a second delete starts anew")
	}
	if got := r.get(pp).text("properties.provisioningState"); got != "Deleting" {
		t.Errorf("state: %s", got)
	}
	r.wait(a).want(204, "")
	r.send("GET", pp, nil).want(404, "NotFound")
}

func TestAddressPrefixesComeInEitherForm(t *testing.T) {
	t.Parallel()
	r := newRig(t, arm.SwitchAddressPrefixes, "list")
	if a := r.get(pp); a.text("properties.addressPrefix") != "" || len(a.list("properties.addressPrefixes")) != 1 {
		t.Errorf("subnet: %s", a.raw)
	}
	r.tenant.SetSwitch(arm.SwitchAddressPrefixes, "")
	r.put(east+"/subnets/list", doc{"addressPrefixes": []any{"10.10.9.0/24"}})
	r.tenant.SetSwitch(arm.SwitchAddressPrefixes, "single")
	if a := r.get(east + "/subnets/list"); a.text("properties.addressPrefix") != "10.10.9.0/24" || a.list("properties.addressPrefixes") != nil {
		t.Errorf("subnet: %s", a.raw)
	}
}

func TestServiceLinksMayLag(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.tenant.Lag(server.Lag{Collection: arm.Subnets, ID: used, Field: "properties.serviceAssociationLinks", Reads: 2})
	all := r.tenant.Collection(arm.Subnets)
	d, _ := all.Peek(used)
	server.Unset(d, "properties.serviceAssociationLinks")
	all.Put(used, d)
	if n := len(r.get(used + "/ServiceAssociationLinks").list("value")); n != 1 {
		t.Errorf("%d links", n)
	}
	r.get(pp) // another subnet is another read
	for _, want := range []int{1, 0} {
		a := r.get(east)
		if n := strings.Count(a.raw, `"PowerPlatformServiceLink"`); n != want {
			t.Errorf("%d links, want %d", n, want)
		}
	}
	r.remove(used)
}

package arm_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// vnet is the body of a PUT of a network.
func vnet(location, prefix string, more ...doc) doc {
	d := doc{"location": location, "properties": doc{"addressSpace": doc{"addressPrefixes": []any{prefix}}}}
	for _, m := range more {
		server.Merge(d, doc{"properties": m})
	}
	return d
}

func TestNetworksAreRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.get(east)
	if a.names("properties.subnets") != "snet-pp snet-used" || a.text("location") != "eastus" || a.text("id") != east ||
		a.text("properties.provisioningState") != "Succeeded" || a.list("properties.virtualNetworkPeerings") == nil {
		t.Errorf("network: %s", a.raw)
	}
	if got := r.get(nets).names("value"); got != "vnet-east vnet-west vnet-same" {
		t.Errorf("networks of the group: %s", got)
	}
	if got := r.get(sub + "/providers/Microsoft.Network/virtualNetworks").names("value"); got != "vnet-east vnet-west vnet-same" {
		t.Errorf("networks of the subscription: %s", got)
	}
	if got := r.get(east + "/subnets").names("value"); got != "snet-pp snet-used" {
		t.Errorf("subnets: %s", got)
	}
	if a := r.get(sub + "/providers/Microsoft.Network/locations/eastus/availableDelegations"); !strings.Contains(a.raw, service) {
		t.Errorf("delegations: %s", a.raw)
	}
}

func TestETagsGuardWrites(t *testing.T) {
	t.Parallel()
	body := doc{"properties": subnet("10.10.1.0/24")}
	etags := func(r rig) [3]string {
		return [3]string{r.get(east).text("etag"), r.get(pp).text("etag"), r.get(used).text("etag")}
	}
	r := newRig(t)
	before := etags(r)
	r.with("If-Match", `W/"other"`).send("PUT", pp, body).want(412, "PreconditionFailed")
	r.with("If-Match", "*").send("PUT", east+"/subnets/none", body).want(412, "PreconditionFailed")
	r.with("If-None-Match", "*").send("PUT", pp, body).want(412, "PreconditionFailed")
	r.with("If-Match", before[0]).send("PUT", east, vnet("eastus", "10.10.0.0/16")).want(200, "")
	r = newRig(t)
	before = etags(r)
	a := r.with("If-Match", before[1]).send("PUT", pp, body).want(200, "")
	during := a.text("etag")
	r.wait(a)
	after := etags(r)
	for i := range after {
		if after[i] == before[i] || after[i] == during {
			t.Errorf("ETag %d is still %s", i, after[i])
		}
	}
	r.with("If-Match", before[1]).send("DELETE", pp, nil).want(412, "PreconditionFailed")
	r.wait(r.with("If-None-Match", "*").send("PUT", east+"/subnets/fresh", doc{"properties": subnet("10.10.9.0/24")}).want(201, ""))

	r = newRig(t, arm.SwitchETags, "own")
	before = etags(r)
	r.put(pp, subnet("10.10.1.0/24"))
	if after := etags(r); after[0] == before[0] || after[1] == before[1] || after[2] != before[2] {
		t.Errorf("from %v to %v", before, after)
	}
}

func TestAPutReplacesANetwork(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	guid := r.get(west).text("properties.resourceGuid")
	r.wait(r.send("PATCH", west, doc{"tags": doc{"a": "b"}}).wantTags("b"))
	body := vnet("westus", "10.20.0.0/16", doc{"novelty": doc{"x": nil}})
	r.wait(r.send("PUT", west, body).want(200, ""))
	a := r.get(west)
	if _, kept := server.Lookup(a.body, "properties.dhcpOptions"); kept || a.body["tags"] != nil {
		t.Errorf("what was left out is there: %s", a.raw)
	}
	if _, kept := server.Lookup(a.body, "properties.novelty.x"); !kept || a.text("properties.resourceGuid") != guid {
		t.Errorf("something is lost: %s", a.raw)
	}
}

// wantTags is want for the synchronous answer of a change of tags; it makes it look like an operation that is over.
func (a answer) wantTags(value string) answer {
	a.Helper()
	if a.want(200, "").text("tags.a") != value {
		a.Fatalf("tags: %s", a.raw)
	}
	a.header.Set("Location", "https://management.azure.com"+a.text("id"))
	return a
}

func TestNetworkWritesAreRefused(t *testing.T) {
	t.Parallel()
	list := func(subnets ...any) doc { return doc{"subnets": append([]any{}, subnets...)} }
	of := func(name string, properties doc) doc { return doc{"name": name, "properties": properties} }
	kept := of("snet-used", subnet("10.10.2.0/24", delegation(service)))
	for name, c := range map[string]struct {
		at     string
		body   doc
		status int
		code   string
	}{
		"no location":       {east, doc{"properties": doc{}}, 400, "LocationRequired"},
		"unknown location":  {nets + "/v", vnet("mars", "10.0.0.0/8"), 400, "LocationNotAvailableForResourceType"},
		"moved":             {east, vnet("westus", "10.10.0.0/16"), 409, "InvalidResourceLocation"},
		"no space":          {east, doc{"location": "eastus"}, 400, "NoAddressPrefixOrPoolProvided"},
		"bad space":         {nets + "/v", vnet("eastus", "10.0.0.0/33"), 400, "InvalidCIDRNotation"},
		"name":              {nets + "/v-", vnet("eastus", "10.0.0.0/8"), 400, "InvalidResourceName"},
		"unregistered":      {"/subscriptions/" + other + "/resourceGroups/rg-other/providers/Microsoft.Network/virtualNetworks/v", vnet("eastus", "10.0.0.0/8"), 409, "MissingSubscriptionRegistration"},
		"used subnet gone":  {east, vnet("eastus", "10.10.0.0/16", list()), 400, "InUseSubnetCannotBeDeleted"},
		"used subnet bare":  {east, vnet("eastus", "10.10.0.0/16", list(of("snet-used", subnet("10.10.2.0/24")))), 400, "SubnetMissingRequiredDelegation"},
		"used range gone":   {east, vnet("eastus", "10.10.128.0/17"), 400, "NetcfgInvalidSubnet"},
		"used range moved":  {east, vnet("eastus", "10.10.0.0/16", list(of("snet-used", subnet("10.10.3.0/24", delegation(service))))), 400, "InUsePrefixCannotBeDeleted"},
		"overlapping":       {east, vnet("eastus", "10.10.0.0/16", list(kept, of("a", subnet("10.10.4.0/23")), of("b", subnet("10.10.5.0/24")))), 400, "NetcfgSubnetRangesOverlap"},
		"peering to nobody": {east, vnet("eastus", "10.10.0.0/16", doc{"virtualNetworkPeerings": []any{of("p", peering("/none"))}}), 400, "InvalidResourceReference"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			before := r.get(east).body
			r.send("PUT", c.at, c.body).want(c.status, c.code)
			if after := r.get(east).body; !reflect.DeepEqual(before, after) {
				t.Errorf("a refused write took effect: %v", after)
			}
		})
	}
}

func TestANetworkKeepsTheSubnetsThatARequestDoesNotSpeakOf(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(east+"/virtualNetworkPeerings/p", peering(west))
	r.wait(r.send("PUT", east, vnet("eastus", "10.10.0.0/16")).want(200, ""))
	if a := r.get(east); a.names("properties.subnets") != "snet-pp snet-used" || a.names("properties.virtualNetworkPeerings") != "p" {
		t.Errorf("network: %s", a.raw)
	}
	r.wait(r.send("PUT", east, vnet("eastus", "10.10.0.0/16", doc{"subnets": []any{
		doc{"name": "SNET-USED", "properties": subnet("10.10.2.0/24", delegation(service))},
		doc{"name": "fresh", "properties": subnet("10.10.3.0/24")},
	}, "virtualNetworkPeerings": []any{}})).want(200, ""))
	if a := r.get(east); a.names("properties.subnets") != "snet-used fresh" || a.names("properties.virtualNetworkPeerings") != "" {
		t.Errorf("network: %s", a.raw)
	}
	if got := len(r.get(used + "/ServiceAssociationLinks").list("value")); got != 1 {
		t.Errorf("%d links", got)
	}
}

func TestAReadNetworkCanBeWrittenBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(east+"/virtualNetworkPeerings/p", peering(west))
	r.put(west+"/virtualNetworkPeerings/p", peering(east))
	before := r.get(east)
	r.wait(r.send("PUT", east, before.body).want(200, ""))
	after := r.get(east)
	for _, d := range []doc{before.body, after.body} {
		forget(d)
	}
	if !reflect.DeepEqual(before.body, after.body) {
		t.Errorf("from %s\nto %s", before.raw, after.raw)
	}
}

// forget removes ETags, however deep.
func forget(value any) {
	switch v := value.(type) {
	case doc:
		delete(v, "etag")
		for _, inner := range v {
			forget(inner)
		}
	case []any:
		for _, inner := range v {
			forget(inner)
		}
	}
}

func TestNetworksAreDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.send("DELETE", nets+"/none", nil).want(204, "")
	r.send("DELETE", east, nil).want(400, "InUseSubnetCannotBeDeleted")
	r.put(east+"/virtualNetworkPeerings/p", peering(west))
	r.put(west+"/virtualNetworkPeerings/p", peering(east))
	a := r.send("DELETE", west, nil).want(202, "")
	r.send("DELETE", west, nil).want(202, "")
	r.send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).want(409, "AnotherOperationInProgress")
	r.wait(a)
	r.send("GET", west, nil).want(404, "ResourceNotFound")
	if a := r.get(east + "/virtualNetworkPeerings/p"); a.text("properties.peeringState") != "Disconnected" || a.text("properties.peeringSyncLevel") != "FullyInSync" {
		t.Errorf("peering: %s", a.raw)
	}
	if n := r.tenant.Collection(arm.Peerings).Len(); n != 1 {
		t.Errorf("%d peerings", n)
	}
}

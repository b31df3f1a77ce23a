package arm_test

import (
	"reflect"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
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
	r.get(east).Has(doc{
		"properties.subnets.#.name": []string{"snet-pp", "snet-used"}, "location": "eastus", "id": east,
		"properties.provisioningState": "Succeeded", "properties.virtualNetworkPeerings.#": 0,
	})
	r.get(nets).Has(doc{"value.#.name": []string{"vnet-east", "vnet-west", "vnet-same"}})
	r.get(sub + "/providers/Microsoft.Network/virtualNetworks").Has(doc{"value.#.name": []string{"vnet-east", "vnet-west", "vnet-same"}})
	r.get(east + "/subnets").Has(doc{"value.#.name": []string{"snet-pp", "snet-used"}})
	r.get(sub + "/providers/Microsoft.Network/locations/eastus/availableDelegations").Says(service)
}

func TestETagsGuardWrites(t *testing.T) {
	t.Parallel()
	body := doc{"properties": subnet("10.10.1.0/24")}
	etags := func(r rig) [3]string {
		return [3]string{r.get(east).Text("etag"), r.get(pp).Text("etag"), r.get(used).Text("etag")}
	}
	r := newRig(t)
	before := etags(r)
	r.with("If-Match", `W/"other"`).Send("PUT", pp, body).Want(412, "PreconditionFailed")
	r.with("If-Match", "*").Send("PUT", east+"/subnets/none", body).Want(412, "PreconditionFailed")
	r.with("If-None-Match", "*").Send("PUT", pp, body).Want(412, "PreconditionFailed")
	r.with("If-Match", before[0]).Send("PUT", east, vnet("eastus", "10.10.0.0/16")).Want(200)
	r = newRig(t)
	before = etags(r)
	a := r.with("If-Match", before[1]).Send("PUT", pp, body).Want(200)
	during := a.Text("etag")
	a.Follow()
	after := etags(r)
	for i := range after {
		if after[i] == before[i] || after[i] == during {
			t.Errorf("ETag %d is still %s", i, after[i])
		}
	}
	r.with("If-Match", before[1]).Send("DELETE", pp, nil).Want(412, "PreconditionFailed")
	r.with("If-None-Match", "*").Send("PUT", east+"/subnets/fresh", doc{"properties": subnet("10.10.9.0/24")}).Want(201).Follow()

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
	guid := r.get(west).Text("properties.resourceGuid")
	r.Send("PATCH", west, doc{"tags": doc{"a": "b"}}).Want(200).Has(doc{"tags.a": "b"})
	body := vnet("westus", "10.20.0.0/16", doc{"novelty": doc{"x": nil}})
	r.Send("PUT", west, body).Want(200).Follow()
	r.get(west).Has(doc{
		"properties.dhcpOptions": nil, "tags": nil, "properties.novelty.x": mocktest.Null, "properties.resourceGuid": guid,
	})
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
			before := r.get(east).Body
			r.Send("PUT", c.at, c.body).Want(c.status, c.code)
			if after := r.get(east).Body; !reflect.DeepEqual(before, after) {
				t.Errorf("a refused write took effect: %v", after)
			}
		})
	}
}

func TestANetworkKeepsTheSubnetsThatARequestDoesNotSpeakOf(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(east+"/virtualNetworkPeerings/p", peering(west))
	r.Send("PUT", east, vnet("eastus", "10.10.0.0/16")).Want(200).Follow()
	r.get(east).Has(doc{"properties.subnets.#.name": []string{"snet-pp", "snet-used"}, "properties.virtualNetworkPeerings.#.name": []string{"p"}})
	r.Send("PUT", east, vnet("eastus", "10.10.0.0/16", doc{"subnets": []any{
		doc{"name": "SNET-USED", "properties": subnet("10.10.2.0/24", delegation(service))},
		doc{"name": "fresh", "properties": subnet("10.10.3.0/24")},
	}, "virtualNetworkPeerings": []any{}})).Want(200).Follow()
	r.get(east).Has(doc{"properties.subnets.#.name": []string{"snet-used", "fresh"}, "properties.virtualNetworkPeerings.#": 0})
	r.get(used + "/ServiceAssociationLinks").Has(doc{"value.#": 1})
}

func TestAReadNetworkCanBeWrittenBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(east+"/virtualNetworkPeerings/p", peering(west))
	r.put(west+"/virtualNetworkPeerings/p", peering(east))
	before := r.get(east)
	r.Send("PUT", east, before.Body).Want(200).Follow()
	after := r.get(east)
	for _, d := range []doc{before.Body, after.Body} {
		forget(d)
	}
	if !reflect.DeepEqual(before.Body, after.Body) {
		t.Errorf("from %s\nto %s", before.Raw, after.Raw)
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
	r.Send("DELETE", nets+"/none", nil).Want(204)
	r.Send("DELETE", east, nil).Want(400, "InUseSubnetCannotBeDeleted")
	r.put(east+"/virtualNetworkPeerings/p", peering(west))
	r.put(west+"/virtualNetworkPeerings/p", peering(east))
	a := r.Send("DELETE", west, nil).Want(202)
	r.Send("DELETE", west, nil).Want(202)
	r.Send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).Want(409, "AnotherOperationInProgress")
	a.Follow()
	r.Send("GET", west, nil).Want(404, "ResourceNotFound")
	r.get(east + "/virtualNetworkPeerings/p").Has(doc{"properties.peeringState": "Disconnected", "properties.peeringSyncLevel": "FullyInSync"})
	if n := r.Count(arm.Peerings); n != 1 {
		t.Errorf("%d peerings", n)
	}
}

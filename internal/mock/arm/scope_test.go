package arm_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestScopesAreChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at     string
		status int
		code   string
	}{
		"no version":             {east + "?api-version=", 400, "MissingApiVersionParameter"},
		"malformed version":      {east + "?api-version=latest", 400, "InvalidApiVersionParameter"},
		"version of nothing":     {sub + "?api-version=1999-01-01", 400, "InvalidApiVersionParameter"},
		"version of the network": {east + "?api-version=2021-04-01", 400, "NoRegisteredProviderFound"},
		"subscription":           {"/subscriptions/44444444-4444-4444-8444-444444444444", 404, "SubscriptionNotFound"},
		"group":                  {sub + "/resourceGroups/none", 404, "ResourceGroupNotFound"},
		"group of a network":     {sub + "/resourceGroups/none/providers/Microsoft.Network/virtualNetworks/v", 404, "ResourceGroupNotFound"},
		"network":                {nets + "/none", 404, "ResourceNotFound"},
		"network of a subnet":    {nets + "/none/subnets/s", 404, "ResourceNotFound"},
		"subnet":                 {east + "/subnets/none", 404, "NotFound"},
		"peering":                {east + "/virtualNetworkPeerings/none", 404, "NotFound"},
		"another subscription":   {"/subscriptions/" + other + "/resourceGroups/rg-net", 404, "ResourceGroupNotFound"},
		"case does not matter":   {strings.ToUpper(sub) + "/RESOURCEGROUPS/RG-NET/providers/microsoft.network/virtualnetworks/VNET-EAST?api-version=2024-05-01", 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newRig(t).Send("GET", c.at, nil).Want(c.status, c.code)
		})
	}
}

func TestCallersNeedARole(t *testing.T) {
	t.Parallel()
	for access, codes := range map[string][2]string{
		"":     {"", ""},
		"none": {"AuthorizationFailed", "AuthorizationFailed"}, "read": {"", "AuthorizationFailed"},
		"hidden": {"SubscriptionNotFound", "SubscriptionNotFound"},
	} {
		t.Run(access, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, arm.SwitchAccess, access)
			read := r.Send("GET", pp, nil)
			write := r.Send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")})
			if read.Code() != codes[0] || write.Code() != codes[1] {
				t.Fatalf("%v, %v", read, write)
			}
			if access == "none" {
				write.Says("perform action 'Microsoft.Network/virtualNetworks/subnets/write' over scope '" + pp + "'")
			}
			r.get("/subscriptions").Has(doc{"value.#": map[bool]int{true: 2}[access == "" || access == "read"]})
		})
	}
}

func TestSubscriptionsSayWhoseTheyAre(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.get(sub).Has(doc{"tenantId": r.ID})
	r.get("/subscriptions/" + other).Has(doc{"tenantId": other})
	r.get("/tenants").Has(doc{"value.0.tenantId": r.ID})
}

func TestEveryCloudHasAResourceManager(t *testing.T) {
	t.Parallel()
	r := rig{mocktest.Alone(t, seed())}
	for _, cloud := range bap.Clouds {
		at := "https://" + cloud.ARM + "/subscriptions?api-version=2022-12-01"
		for _, audience := range cloud.ARMAudiences {
			r.Audience(audience).Send("GET", at, nil).Want(200)
		}
		r.Audience(cloud.Audience).Send("GET", at, nil).Want(401, "InvalidAuthenticationTokenAudience")
		for version, first := range map[string]string{"2015-01-01": "{", "2022-09-01": "["} {
			a := r.As("").Send("GET", "https://"+cloud.ARM+"/metadata/endpoints?api-version="+version, nil).Want(200, "", cloud.ARM)
			if !strings.HasPrefix(a.Raw, first) {
				t.Error(a)
			}
		}
	}
}

func TestResourceGroupsAreKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at := sub + "/resourceGroups/rg-new"
	r.Send("PUT", at, doc{}).Want(400, "LocationRequired")
	r.Send("PUT", at, doc{"location": "Atlantis"}).Want(400, "LocationNotAvailableForResourceType")
	r.Send("PUT", at, doc{"location": "West US", "tags": doc{"a": "b"}}).Want(201)
	r.Send("PUT", at, doc{"location": "eastus"}).Want(409, "InvalidResourceGroupLocation")
	r.Send("PUT", strings.ToUpper(at), doc{"location": "westus"}).Want(200).Has(doc{"id": at, "location": "westus"})
	r.get(at).Has(doc{"properties.provisioningState": "Succeeded", "tags": nil})
	r.get(sub + "/resourceGroups").Has(doc{"value.#.name": []string{"rg-net", "rg-empty", "rg-new"}})
	r.Send("DELETE", sub+"/resourceGroups/none", nil).Want(404, "ResourceGroupNotFound")
	a := r.Send("DELETE", at, nil).Want(202)
	r.get(at).Has(doc{"properties.provisioningState": "Deleting"})
	r.Send("PUT", at, doc{"location": "westus"}).Want(409, "ResourceGroupBeingDeleted")
	if again := r.Send("DELETE", at, nil).Want(202); again.Header.Get("Location") != a.Header.Get("Location") {
		t.Error("a second delete starts anew")
	}
	a.End().Want(204)
	r.Send("GET", at, nil).Want(404, "ResourceGroupNotFound")
}

func TestAResourceGroupTakesItsContentAlong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at := "/subscriptions/" + subscription + "/resourceGroups/rg-empty"
	far := at + "/providers/Microsoft.Network/virtualNetworks/vnet-far"
	r.Send("PUT", far, doc{"location": "westus", "properties": doc{
		"addressSpace": doc{"addressPrefixes": []any{"10.30.0.0/16"}}, "subnets": []any{doc{"name": "s", "properties": subnet("10.30.1.0/24")}},
	}}).Want(201).Follow()
	r.put(west+"/virtualNetworkPeerings/to-far", peering(far))
	r.put(far+"/virtualNetworkPeerings/to-west", peering(west))
	r.remove(at)
	r.Send("GET", far, nil).Want(404, "ResourceGroupNotFound")
	r.get(west + "/virtualNetworkPeerings/to-far").Has(doc{"properties.peeringState": "Disconnected"})
	for _, collection := range []string{arm.VirtualNetworks, arm.Subnets, arm.Peerings} {
		for _, id := range r.Collection(collection).IDs() {
			if strings.Contains(id, "rg-empty") {
				t.Errorf("%s is left", id)
			}
		}
	}
}

func TestAResourceGroupInUseStays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Send("DELETE", group, nil).Want(202).End().Want(409, "ResourceGroupDeletionBlocked", "PowerPlatformServiceLink")
	r.get(used)
	r.get(group).Has(doc{"properties.provisioningState": "Succeeded"})
}

func TestSeedsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	in := func(n doc) doc {
		return doc{"id": subscription, "resource_groups": []any{doc{"name": "g", "virtual_networks": []any{n}}}}
	}
	with := func(s doc) doc {
		return in(doc{"name": "v", "address_prefixes": []any{"10.0.0.0/16"}, "subnets": []any{s}})
	}
	for want, s := range map[string]doc{
		"not a GUID":                    {"id": "x"},
		"colour: unknown key":           {"id": subscription, "colour": "red"},
		"kind: unknown key":             in(doc{"name": "v", "kind": "x"}),
		"name is required":              {"id": subscription, "resource_groups": []any{doc{}}},
		"must be a list":                {"id": subscription, "resource_groups": "none"},
		"must be an object":             {"id": subscription, "resource_groups": []any{"none"}},
		"registered[0]: must be a text": {"id": subscription, "registered": []any{1}},
		`unknown location "mars"`:       {"id": subscription, "resource_groups": []any{doc{"name": "g", "location": "mars"}}},
		"address_prefixes is":           in(doc{"name": "v"}),
		"invalid CIDR":                  in(doc{"name": "v", "address_prefixes": []any{"10.0.0.1/8"}}),
		"name is not valid":             in(doc{"name": "-v", "address_prefixes": []any{"10.0.0.0/8"}}),
		"prefix: unknown key":           with(doc{"name": "s", "prefix": "x"}),
		"Subnet 's' is not valid":       with(doc{"name": "s", "address_prefixes": []any{"10.1.0.0/24"}}),
		"was not found": in(doc{
			"name": "v", "address_prefixes": []any{"10.0.0.0/8"}, "peerings": []any{doc{"name": "p", "remote": "/none"}},
		}),
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p := server.New(server.Options{})
			arm.Register(p)
			err := p.Seed(server.Seed{Tenants: []server.TenantSeed{{Items: map[string][]doc{arm.Subscriptions: {s}}}}})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error: %v", err)
			}
		})
	}
}

func TestSeededPeeringsAreConnected(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	arm.Register(p)
	v := func(name, prefix, remote string, more doc) doc {
		d := doc{"name": "to-" + remote, "remote": nets + "/" + remote}
		server.Merge(d, more)
		return doc{"name": name, "address_prefixes": []any{prefix}, "peerings": []any{d}}
	}
	tenant := p.AddTenant(server.TenantSeed{Items: map[string][]doc{arm.Subscriptions: {{"id": subscription, "resource_groups": []any{doc{
		"name": "rg-net", "virtual_networks": []any{
			v("a", "10.1.0.0/16", "b", nil), v("b", "10.2.0.0/16", "a", nil),
			v("c", "10.3.0.0/16", "a", doc{"properties": doc{"peeringState": "Disconnected"}}),
		},
	}}}}}})
	for id, want := range map[string]string{"a": "to-b Connected", "b": "to-a Connected", "c": "to-a Disconnected"} {
		name, state, _ := strings.Cut(want, " ")
		d, _ := tenant.Collection(arm.Peerings).Peek(nets + "/" + id + "/virtualNetworkPeerings/" + name)
		if got := server.Text(d, "properties.peeringState"); got != state {
			t.Errorf("%s is %q", id, got)
		}
	}
}

package arm_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
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
			newRig(t).send("GET", c.at, nil).want(c.status, c.code)
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
			read := r.send("GET", pp, nil)
			write := r.send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")})
			if read.text("error.code") != codes[0] || write.text("error.code") != codes[1] {
				t.Fatalf("read %s, write %s", read.raw, write.raw)
			}
			if access == "none" && !strings.Contains(write.text("error.message"), "perform action 'Microsoft.Network/virtualNetworks/subnets/write' over scope '"+pp+"'") {
				t.Errorf("message: %s", write.text("error.message"))
			}
			seen := len(r.get("/subscriptions").list("value"))
			if want := map[bool]int{true: 2}[access == "" || access == "read"]; seen != want {
				t.Errorf("%d subscriptions, want %d", seen, want)
			}
		})
	}
}

func TestSubscriptionsSayWhoseTheyAre(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if got := r.get(sub).text("tenantId"); got != r.tenant.ID {
		t.Errorf("tenant of the own subscription: %s", got)
	}
	if got := r.get("/subscriptions/" + other).text("tenantId"); got != other {
		t.Errorf("tenant of the foreign subscription: %s", got)
	}
	if got, ok := r.get("/tenants").list("value")[0].(doc); !ok || got["tenantId"] != r.tenant.ID {
		t.Errorf("tenants: %v", got)
	}
}

func TestEveryCloudHasAResourceManager(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, cloud := range bap.Clouds {
		for _, audience := range append(slices.Clone(cloud.ARMAudiences), cloud.Audience) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+cloud.ARM+"/subscriptions?api-version=2022-12-01", nil)
			if err != nil {
				t.Fatal(err)
			}
			token, err := r.tenant.Token(app, audience)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Content-Type", "application/json")
			if audience == cloud.Audience {
				r.answer(req).want(401, "InvalidAuthenticationTokenAudience")
				continue
			}
			r.answer(req).want(200, "")
		}
		for version, first := range map[string]string{"2015-01-01": "{", "2022-09-01": "["} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+cloud.ARM+"/metadata/endpoints?api-version="+version, nil)
			if err != nil {
				t.Fatal(err)
			}
			if a := r.answer(req).want(200, ""); !strings.HasPrefix(a.raw, first) || !strings.Contains(a.raw, cloud.ARM) {
				t.Errorf("%s: %s", cloud.Name, a.raw)
			}
		}
	}
}

func TestResourceGroupsAreKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at := sub + "/resourceGroups/rg-new"
	r.send("PUT", at, doc{}).want(400, "LocationRequired")
	r.send("PUT", at, doc{"location": "Atlantis"}).want(400, "LocationNotAvailableForResourceType")
	r.send("PUT", at, doc{"location": "West US", "tags": doc{"a": "b"}}).want(201, "")
	r.send("PUT", at, doc{"location": "eastus"}).want(409, "InvalidResourceGroupLocation")
	if a := r.send("PUT", strings.ToUpper(at), doc{"location": "westus"}).want(200, ""); a.text("id") != at || a.text("location") != "westus" {
		t.Errorf("group: %s", a.raw)
	}
	if a := r.get(at); a.text("properties.provisioningState") != "Succeeded" || a.body["tags"] != nil {
		t.Errorf("group: %s", a.raw)
	}
	if got := r.get(sub + "/resourceGroups").names("value"); got != "rg-net rg-empty rg-new" {
		t.Errorf("groups: %s", got)
	}
	r.send("DELETE", sub+"/resourceGroups/none", nil).want(404, "ResourceGroupNotFound")
	a := r.send("DELETE", at, nil).want(202, "")
	if got := r.get(at).text("properties.provisioningState"); got != "Deleting" {
		t.Errorf("state: %s", got)
	}
	r.send("PUT", at, doc{"location": "westus"}).want(409, "ResourceGroupBeingDeleted")
	if again := r.send("DELETE", at, nil).want(202, ""); again.header.Get("Location") != a.header.Get("Location") {
		t.Error("a second delete starts anew")
	}
	r.wait(a).want(204, "")
	r.send("GET", at, nil).want(404, "ResourceGroupNotFound")
}

func TestAResourceGroupTakesItsContentAlong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at := "/subscriptions/" + subscription + "/resourceGroups/rg-empty"
	far := at + "/providers/Microsoft.Network/virtualNetworks/vnet-far"
	r.wait(r.send("PUT", far, doc{"location": "westus", "properties": doc{
		"addressSpace": doc{"addressPrefixes": []any{"10.30.0.0/16"}}, "subnets": []any{doc{"name": "s", "properties": subnet("10.30.1.0/24")}},
	}}).want(201, ""))
	r.put(west+"/virtualNetworkPeerings/to-far", peering(far))
	r.put(far+"/virtualNetworkPeerings/to-west", peering(west))
	r.remove(at)
	r.send("GET", far, nil).want(404, "ResourceGroupNotFound")
	if got := r.get(west + "/virtualNetworkPeerings/to-far").text("properties.peeringState"); got != "Disconnected" {
		t.Errorf("the other side is %s", got)
	}
	for _, collection := range []string{arm.VirtualNetworks, arm.Subnets, arm.Peerings} {
		for _, id := range r.tenant.Collection(collection).IDs() {
			if strings.Contains(id, "rg-empty") {
				t.Errorf("%s is left", id)
			}
		}
	}
}

func TestAResourceGroupInUseStays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.wait(r.send("DELETE", group, nil).want(202, "")).want(409, "ResourceGroupDeletionBlocked")
	if !strings.Contains(a.raw, "PowerPlatformServiceLink") {
		t.Errorf("it does not say why: %s", a.raw)
	}
	r.get(used)
	if got := r.get(group).text("properties.provisioningState"); got != "Succeeded" {
		t.Errorf("state: %s", got)
	}
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

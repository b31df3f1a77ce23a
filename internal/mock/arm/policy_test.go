package arm_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestPolicyFollowsItsLife(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	body := onSubnets("United States", "eastus/pp", "westus/pp")
	d := l.put("Policy", body).Want(201)
	systemID := d.Text("properties.systemId")
	d.Has(doc{"location": "unitedstates", "properties.healthStatus": "Undetermined", "id": labPolicies + "/Policy"})
	if !strings.HasPrefix(systemID, "/regions/unitedstates/providers/Microsoft.PowerPlatform/enterprisePolicies/") {
		t.Error(systemID)
	}
	for _, subnet := range []string{"eastus/pp", "westus/pp"} {
		if got := l.links(subnet); got != "PowerPlatformServiceLink "+labPolicies+"/Policy" {
			t.Errorf("%s: %q", subnet, got)
		}
	}
	body = onSubnets("unitedstates", "westus/pp", "eastus/next")
	body["tags"] = doc{"a": "b"}
	l.Send("PUT", strings.ToLower(labPolicies)+"/POLICY?api-version=2020-10-30", body).Want(200).Has(doc{"properties.systemId": systemID, "name": "Policy", "tags.a": "b"})
	if l.links("eastus/pp") != "" || l.links("eastus/next") == "" || l.links("westus/pp") == "" {
		t.Error("the links do not follow the subnets")
	}
	l.Send("PATCH", labPolicies+"/policy"+labVersion, doc{"tags": doc{"c": "d"}}).Want(200).Has(doc{"tags.c": "d", "properties.systemId": systemID})
	if l.links("westus/pp") == "" {
		t.Error("a change of tags takes a link away")
	}
	for _, at := range []string{labPolicies, labSub + "/providers/Microsoft.PowerPlatform/enterprisePolicies"} {
		l.Send("GET", at+labVersion, nil).Want(200).Has(doc{"value.#": 1})
	}
	l.Send("DELETE", labPolicies+"/policy"+labVersion, nil).Want(200)
	l.Send("DELETE", labPolicies+"/policy"+labVersion, nil).Want(204)
	l.Send("GET", labPolicies+"/policy"+labVersion, nil).Want(404, "ResourceNotFound")
	l.Send("PATCH", labPolicies+"/policy"+labVersion, doc{}).Want(404, "ResourceNotFound")
	if l.links("westus/pp") != "" {
		t.Error("the link stays on a subnet whose policy is gone")
	}
}

func TestPolicyIsRefused(t *testing.T) {
	t.Parallel()
	object := onSubnets("unitedstates")
	server.Assign(object, "properties.networkInjection.virtualNetworks", doc{"value": []any{}})
	noName := onSubnets("unitedstates", "eastus/", "westus/pp")
	foreign := onSubnets("unitedstates", "eastus/pp", "westus/pp")
	server.Assign(foreign, "properties.networkInjection.virtualNetworks", []any{
		doc{"id": labNetworks + "vnet-eastus", "subnet": doc{"name": "pp"}},
		doc{"id": labForeign + "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet-westus", "subnet": doc{"name": "pp"}},
	})
	mixed := onSubnets("unitedstates", "eastus/pp", "westus/pp")
	mixed["kind"] = "Encryption"
	kindless := onSubnets("unitedstates", "eastus/pp", "westus/pp")
	delete(kindless, "kind")
	for name, c := range map[string]struct {
		switches map[string]string
		body     doc
		status   int
		code     string
		says     string
	}{
		"list as an object":        {body: object, status: 400, code: "InputValidationError", says: "request body is null"},
		"subnet without name":      {body: noName, status: 400, code: "InputValidationError", says: "request body is null"},
		"properties as text":       {body: doc{"location": "unitedstates", "kind": "Identity", "properties": "x"}, status: 400, code: "InputValidationError", says: "request body is null"},
		"key without name":         {body: withKey(labVaults+"/kv-contoso", ""), status: 400, code: "InputValidationError", says: "request body is null"},
		"identity of another type": {body: doc{"location": "uk", "kind": "Identity", "identity": doc{"type": "UserAssigned"}}, status: 400, code: "InputValidationError", says: "'UserAssigned'"},
		"unknown kind":             {body: doc{"location": "uk", "kind": "Firewall"}, status: 400, code: "InputValidationError", says: "'Firewall'"},
		"no kind":                  {body: kindless, status: 400, code: "InputValidationError"},
		"networks of a key policy": {body: mixed, status: 400, code: "InputValidationError", says: "'networkInjection'"},
		"no location":              {body: doc{"kind": "Identity"}, status: 400, code: "LocationRequired"},
		"region as location":       {body: onSubnets("westus", "eastus/pp", "westus/pp"), status: 400, code: "LocationNotAvailableForResourceType", says: "unitedstates"},
		"name of environments":     {body: onSubnets("unitedkingdom", "eastus/pp", "westus/pp"), status: 400, code: "LocationNotAvailableForResourceType"},
		"one of two networks":      {body: onSubnets("unitedstates", "eastus/pp"), status: 400, code: "InputValidationError", says: "There should be at least 2 vnets configured for Subnet Injection Enterprise Policy with name p."},
		"no network":               {body: onSubnets("brazil"), status: 400, code: "InputValidationError", says: "at least 1"},
		"three networks":           {body: onSubnets("unitedstates", "eastus/pp", "westus/pp", "centralus/pp"), status: 400, code: "InputValidationError", says: "too many"},
		"mixed pairs":              {body: onSubnets("unitedstates", "eastus/pp", "centralus/pp"), status: 400, code: "InputValidationError", says: "eastus|westus;centralus|eastus2"},
		"same region":              {body: onSubnets("unitedstates", "eastus/pp", "eastus/next"), status: 400, code: "InputValidationError", says: "eastus, eastus"},
		"two where one serves":     {body: onSubnets("brazil", "brazilsouth/pp", "eastus/pp"), status: 400, code: "InputValidationError", says: "too many"},
		"two where one, accepted":  {switches: map[string]string{arm.SwitchSecondNetwork: "accept"}, body: onSubnets("brazil", "brazilsouth/pp", "eastus/pp"), status: 201},
		"one where one serves":     {body: onSubnets("southamerica", "brazilsouth/pp"), status: 201},
		"no delegation":            {body: onSubnets("unitedstates", "eastus/bare", "westus/pp"), status: 400, code: "SubnetMissingRequiredDelegation", says: "vnet-eastus/subnets/bare"},
		"no such subnet":           {body: onSubnets("unitedstates", "eastus/nowhere", "westus/pp"), status: 400, code: "InvalidResourceReference", says: "nowhere"},
		"subnet of another tenant": {body: foreign, status: 403, code: "LinkedAuthorizationFailed"},
		"feature is required":      {switches: map[string]string{arm.SwitchPolicyFeature: "required"}, body: onSubnets("brazil", "brazilsouth/pp"), status: 400, code: "SubscriptionNotRegisteredForFeature"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, c.switches)
			l.put("p", c.body).Want(c.status, c.code, c.says)
			if _, is := l.Collection(bap.EnterprisePolicies).Peek(labPolicies + "/p"); is != (c.code == "") {
				t.Errorf("there is one: %v", is)
			}
		})
	}
}

func TestPolicyKeepsWhatItIs(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchSubnetInUse: "SubnetIsTaken"})
	l.put("p", onSubnets("unitedstates", "eastus/pp", "westus/pp")).Want(201)
	l.put("q", onSubnets("unitedstates", "westus/pp", "eastus/next")).Want(400, "SubnetIsTaken")
	l.SetSwitch(arm.SwitchSubnetInUse, "")
	l.put("q", onSubnets("unitedstates", "westus/pp", "eastus/next")).Want(400, "SubnetAlreadyInUse")
	l.put("p", onSubnets("brazil", "brazilsouth/pp")).Want(409, "InvalidResourceLocation")
	l.put("p", doc{"location": "unitedstates", "kind": "Identity"}).Want(400, "InputValidationError")
	at := labSandbox + "/resourceGroups/rg/providers/Microsoft.PowerPlatform/enterprisePolicies/p"
	l.Send("PUT", at+labVersion, onSubnets("unitedstates", "eastus/next", "westus/next")).Want(409, "MissingSubscriptionRegistration")
	l.Send("GET", labPolicies, nil).Want(400, "MissingApiVersionParameter")
	l.Send("GET", labPolicies+"?api-version=2023-01-01", nil).Want(400, "NoRegisteredProviderFound")
}

func TestPolicyTellsItsSystemIDLate(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	l.Lag(server.Lag{Collection: bap.EnterprisePolicies, Field: "properties.systemId", Reads: 3})
	d := l.put("p", onSubnets("brazil", "brazilsouth/pp")).Want(201)
	reads := 0
	for ; d.Text("properties.systemId") == ""; reads++ {
		d = l.Send("GET", labPolicies+"/p"+labVersion, nil).Want(200)
	}
	if reads != 3 { // the answer to the PUT is the first that shows none
		t.Errorf("it took %d reads", reads)
	}
	if l.Send("PATCH", labPolicies+"/p"+labVersion, doc{"tags": doc{"a": "b"}}).Want(200).Text("properties.systemId") == "" {
		t.Error("a change hides the system ID again")
	}
}

func TestPolicyMayRunLong(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchPolicyAnswer: "async"})
	const header = "Azure-AsyncOperation"
	a := l.put("p", onSubnets("unitedstates", "eastus/pp", "westus/pp")).Want(201)
	l.put("q", onSubnets("unitedstates", "eastus/next", "westus/next")).Want(409, "AnotherOperationInProgress")
	a.Follow(header).Has(doc{"status": server.Succeeded})
	l.Script(arm.KindPolicyPut, server.Script{Fail: []string{"no capacity"}})
	l.put("p", onSubnets("unitedstates", "eastus/next", "westus/pp")).Follow(header).Has(doc{"status": server.Failed})
	l.Send("GET", labPolicies+"/p"+labVersion, nil).Want(200)
	if l.links("eastus/next") != "" || l.links("eastus/pp") == "" {
		t.Error("a failed change leaves its links")
	}
	l.Send("DELETE", labPolicies+"/p"+labVersion, nil).Want(202).Follow(header).Has(doc{"status": server.Succeeded})
	if got := l.links("eastus/pp"); got != "" {
		t.Error(got)
	}
}

func TestPolicyThatIsLinkedStays(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchLinkCountDelay: "4"})
	at := labPolicies + "/p" + labVersion
	d := l.put("p", onSubnets("unitedstates", "eastus/pp", "westus/pp")).Want(201)
	systemID := d.Text("properties.systemId")
	l.link("NetworkInjection", "link", systemID).Has(doc{"state.id": server.Succeeded})
	l.put("p", onSubnets("unitedstates", "eastus/pp", "westus/pp")).Want(400, "EnterprisePolicyUpdateNotAllowed")
	l.Send("PATCH", at, doc{"tags": doc{"a": "b"}}).Want(400, "EnterprisePolicyUpdateNotAllowed")
	l.Send("DELETE", at, nil).Want(400, "EnterprisePolicyDeleteNotAllowed", "with name p as it is linked with 1 environment(s)").Has(doc{
		"error.namespace": "Quartz.EnterprisePolicy",
	})
	l.link("NetworkInjection", "unlink", systemID).Has(doc{"state.id": server.Succeeded})
	refused := 0
	for l.Send("DELETE", at, nil).Code() == "EnterprisePolicyDeleteNotAllowed" {
		refused++
	}
	if refused == 0 || refused > 5 {
		t.Errorf("the delete was refused %d times after the unlink", refused)
	}
	l.Send("GET", at, nil).Want(404, "ResourceNotFound")
}

func TestPolicyHasAnIdentity(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	body := doc{"location": "unitedstates", "kind": "Identity", "identity": doc{"type": "SystemAssigned"}}
	d := l.put("i", body).Want(201)
	principal := d.Text("identity.principalId")
	if principal == "" {
		t.Error(d)
	}
	d.Has(doc{"identity.systemAssignedIdentityPrincipalId": principal, "identity.tenantId": l.ID})
	l.put("i", body).Want(200).Has(doc{"identity.principalId": principal})
	l.Send("PATCH", labPolicies+"/i"+labVersion, doc{"identity": doc{"type": "None"}}).Want(200).Has(doc{"identity.type": "None", "identity.principalId": nil})
}

func TestGroupWithALinkedPolicyStays(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	d := l.put("p", onSubnets("unitedstates", "eastus/pp", "westus/pp")).Want(201)
	remove := func() string {
		return l.Send("DELETE", labGroup+"?api-version=2021-04-01", nil).Want(202).End("Location").Code()
	}
	systemID := d.Text("properties.systemId")
	l.link("NetworkInjection", "link", systemID)
	if code := remove(); code == "" {
		t.Error("a group goes although one of its policies is linked")
	}
	l.Send("GET", labPolicies+"/p"+labVersion, nil).Want(200)
	l.link("NetworkInjection", "unlink", systemID)
	if code := remove(); code != "" {
		t.Error(code)
	}
	if n := l.Count(bap.EnterprisePolicies); n != 0 {
		t.Errorf("%d policies stay", n)
	}
}

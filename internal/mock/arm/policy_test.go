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
	d := l.must(l.put("Policy", body), 201, "")
	systemID := server.Text(d, "properties.systemId")
	if server.Text(d, "location") != "unitedstates" || server.Text(d, "properties.healthStatus") != "Undetermined" ||
		!strings.HasPrefix(systemID, "/regions/unitedstates/providers/Microsoft.PowerPlatform/enterprisePolicies/") || server.Text(d, "id") != labPolicies+"/Policy" {
		t.Error(d)
	}
	for _, subnet := range []string{"eastus/pp", "westus/pp"} {
		if got := l.links(subnet); got != "PowerPlatformServiceLink "+labPolicies+"/Policy" {
			t.Errorf("%s: %q", subnet, got)
		}
	}
	body = onSubnets("unitedstates", "westus/pp", "eastus/next")
	body["tags"] = server.Doc{"a": "b"}
	d = l.must(l.send("PUT", strings.ToLower(labPolicies)+"/POLICY?api-version=2020-10-30", body), 200, "")
	if server.Text(d, "properties.systemId") != systemID || server.Text(d, "name") != "Policy" || server.Text(d, "tags.a") != "b" {
		t.Error(d)
	}
	if l.links("eastus/pp") != "" || l.links("eastus/next") == "" || l.links("westus/pp") == "" {
		t.Error("the links do not follow the subnets")
	}
	d = l.must(l.send("PATCH", labPolicies+"/policy"+labVersion, server.Doc{"tags": server.Doc{"c": "d"}}), 200, "")
	if server.Text(d, "tags.c") != "d" || server.Text(d, "properties.systemId") != systemID || l.links("westus/pp") == "" {
		t.Error(d)
	}
	for _, at := range []string{labPolicies, labSub + "/providers/Microsoft.PowerPlatform/enterprisePolicies"} {
		if value, _ := l.must(l.send("GET", at+labVersion, nil), 200, "")["value"].([]any); len(value) != 1 {
			t.Errorf("%s: %v", at, value)
		}
	}
	l.must(l.send("DELETE", labPolicies+"/policy"+labVersion, nil), 200, "")
	l.must(l.send("DELETE", labPolicies+"/policy"+labVersion, nil), 204, "")
	l.must(l.send("GET", labPolicies+"/policy"+labVersion, nil), 404, "ResourceNotFound")
	l.must(l.send("PATCH", labPolicies+"/policy"+labVersion, server.Doc{}), 404, "ResourceNotFound")
	if l.links("westus/pp") != "" {
		t.Error("the link stays on a subnet whose policy is gone")
	}
}

func TestPolicyIsRefused(t *testing.T) {
	t.Parallel()
	object := onSubnets("unitedstates")
	server.Assign(object, "properties.networkInjection.virtualNetworks", server.Doc{"value": []any{}})
	noName := onSubnets("unitedstates", "eastus/", "westus/pp")
	foreign := onSubnets("unitedstates", "eastus/pp", "westus/pp")
	server.Assign(foreign, "properties.networkInjection.virtualNetworks", []any{
		server.Doc{"id": labNetworks + "vnet-eastus", "subnet": server.Doc{"name": "pp"}},
		server.Doc{"id": labForeign + "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet-westus", "subnet": server.Doc{"name": "pp"}},
	})
	mixed := onSubnets("unitedstates", "eastus/pp", "westus/pp")
	mixed["kind"] = "Encryption"
	kindless := onSubnets("unitedstates", "eastus/pp", "westus/pp")
	delete(kindless, "kind")
	for name, c := range map[string]struct {
		switches map[string]string
		body     server.Doc
		status   int
		code     string
		says     string
	}{
		"list as an object":        {body: object, status: 400, code: "InputValidationError", says: "request body is null"},
		"subnet without name":      {body: noName, status: 400, code: "InputValidationError", says: "request body is null"},
		"properties as text":       {body: server.Doc{"location": "unitedstates", "kind": "Identity", "properties": "x"}, status: 400, code: "InputValidationError", says: "request body is null"},
		"key without name":         {body: withKey(labVaults+"/kv-contoso", ""), status: 400, code: "InputValidationError", says: "request body is null"},
		"identity of another type": {body: server.Doc{"location": "uk", "kind": "Identity", "identity": server.Doc{"type": "UserAssigned"}}, status: 400, code: "InputValidationError", says: "'UserAssigned'"},
		"unknown kind":             {body: server.Doc{"location": "uk", "kind": "Firewall"}, status: 400, code: "InputValidationError", says: "'Firewall'"},
		"no kind":                  {body: kindless, status: 400, code: "InputValidationError"},
		"networks of a key policy": {body: mixed, status: 400, code: "InputValidationError", says: "'networkInjection'"},
		"no location":              {body: server.Doc{"kind": "Identity"}, status: 400, code: "LocationRequired"},
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
			a := l.put("p", c.body)
			l.must(a, c.status, c.code)
			if !strings.Contains(server.Text(a.body, "error.message"), c.says) {
				t.Error(a.body)
			}
			if _, is := l.tenant.Collection(bap.EnterprisePolicies).Peek(labPolicies + "/p"); is != (c.code == "") {
				t.Errorf("there is one: %v", is)
			}
		})
	}
}

func TestPolicyKeepsWhatItIs(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchSubnetInUse: "SubnetIsTaken"})
	l.must(l.put("p", onSubnets("unitedstates", "eastus/pp", "westus/pp")), 201, "")
	l.must(l.put("q", onSubnets("unitedstates", "westus/pp", "eastus/next")), 400, "SubnetIsTaken")
	l.tenant.SetSwitch(arm.SwitchSubnetInUse, "")
	l.must(l.put("q", onSubnets("unitedstates", "westus/pp", "eastus/next")), 400, "SubnetAlreadyInUse")
	l.must(l.put("p", onSubnets("brazil", "brazilsouth/pp")), 409, "InvalidResourceLocation")
	l.must(l.put("p", server.Doc{"location": "unitedstates", "kind": "Identity"}), 400, "InputValidationError")
	at := labSandbox + "/resourceGroups/rg/providers/Microsoft.PowerPlatform/enterprisePolicies/p"
	l.must(l.send("PUT", at+labVersion, onSubnets("unitedstates", "eastus/next", "westus/next")), 409, "MissingSubscriptionRegistration")
	l.must(l.send("GET", labPolicies, nil), 400, "MissingApiVersionParameter")
	l.must(l.send("GET", labPolicies+"?api-version=2023-01-01", nil), 400, "NoRegisteredProviderFound")
}

func TestPolicyTellsItsSystemIDLate(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	l.tenant.Lag(server.Lag{Collection: bap.EnterprisePolicies, Field: "properties.systemId", Reads: 3})
	d := l.must(l.put("p", onSubnets("brazil", "brazilsouth/pp")), 201, "")
	reads := 0
	for ; server.Text(d, "properties.systemId") == ""; reads++ {
		d = l.must(l.send("GET", labPolicies+"/p"+labVersion, nil), 200, "")
	}
	if reads != 3 { // the answer to the PUT is the first that shows none
		t.Errorf("it took %d reads", reads)
	}
	d = l.must(l.send("PATCH", labPolicies+"/p"+labVersion, server.Doc{"tags": server.Doc{"a": "b"}}), 200, "")
	if server.Text(d, "properties.systemId") == "" {
		t.Error("a change hides the system ID again")
	}
}

func TestPolicyMayRunLong(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchPolicyAnswer: "async"})
	follow := func(a labReply) string {
		t.Helper()
		at := a.header.Get("Azure-AsyncOperation")
		for range 50 {
			if s := server.Text(l.send("GET", at, nil).body, "status"); s == server.Succeeded || s == server.Failed {
				return s
			}
		}
		return "does not end"
	}
	a := l.put("p", onSubnets("unitedstates", "eastus/pp", "westus/pp"))
	l.must(a, 201, "")
	l.must(l.put("q", onSubnets("unitedstates", "eastus/next", "westus/next")), 409, "AnotherOperationInProgress")
	if s := follow(a); s != server.Succeeded {
		t.Error(s)
	}
	l.tenant.Script(arm.KindPolicyPut, server.Script{Fail: []string{"no capacity"}})
	if s := follow(l.put("p", onSubnets("unitedstates", "eastus/next", "westus/pp"))); s != server.Failed {
		t.Error(s)
	}
	l.must(l.send("GET", labPolicies+"/p"+labVersion, nil), 200, "")
	if l.links("eastus/next") != "" || l.links("eastus/pp") == "" {
		t.Error("a failed change leaves its links")
	}
	a = l.send("DELETE", labPolicies+"/p"+labVersion, nil)
	l.must(a, 202, "")
	if s := follow(a); s != server.Succeeded || l.links("eastus/pp") != "" {
		t.Errorf("%s, %q", s, l.links("eastus/pp"))
	}
}

func TestPolicyThatIsLinkedStays(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchLinkCountDelay: "4"})
	at := labPolicies + "/p" + labVersion
	d := l.must(l.put("p", onSubnets("unitedstates", "eastus/pp", "westus/pp")), 201, "")
	systemID := server.Text(d, "properties.systemId")
	if op := l.link("NetworkInjection", "link", systemID); server.Text(op, "state.id") != server.Succeeded {
		t.Fatal(op)
	}
	l.must(l.put("p", onSubnets("unitedstates", "eastus/pp", "westus/pp")), 400, "EnterprisePolicyUpdateNotAllowed")
	l.must(l.send("PATCH", at, server.Doc{"tags": server.Doc{"a": "b"}}), 400, "EnterprisePolicyUpdateNotAllowed")
	d = l.must(l.send("DELETE", at, nil), 400, "EnterprisePolicyDeleteNotAllowed")
	if server.Text(d, "error.namespace") != "Quartz.EnterprisePolicy" || !strings.Contains(server.Text(d, "error.message"), "with name p as it is linked with 1 environment(s)") {
		t.Error(d)
	}
	if op := l.link("NetworkInjection", "unlink", systemID); server.Text(op, "state.id") != server.Succeeded {
		t.Fatal(op)
	}
	refused := 0
	for l.send("DELETE", at, nil).code() == "EnterprisePolicyDeleteNotAllowed" {
		refused++
	}
	if refused == 0 || refused > 5 {
		t.Errorf("the delete was refused %d times after the unlink", refused)
	}
	l.must(l.send("GET", at, nil), 404, "ResourceNotFound")
}

func TestPolicyHasAnIdentity(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	body := server.Doc{"location": "unitedstates", "kind": "Identity", "identity": server.Doc{"type": "SystemAssigned"}}
	d := l.must(l.put("i", body), 201, "")
	principal := server.Text(d, "identity.principalId")
	if principal == "" || server.Text(d, "identity.systemAssignedIdentityPrincipalId") != principal || server.Text(d, "identity.tenantId") != l.tenant.ID {
		t.Error(d)
	}
	if d = l.must(l.put("i", body), 200, ""); server.Text(d, "identity.principalId") != principal {
		t.Error("the principal changes")
	}
	d = l.must(l.send("PATCH", labPolicies+"/i"+labVersion, server.Doc{"identity": server.Doc{"type": "None"}}), 200, "")
	if server.Text(d, "identity.type") != "None" || server.Text(d, "identity.principalId") != "" {
		t.Error(d)
	}
}

func TestGroupWithALinkedPolicyStays(t *testing.T) {
	t.Parallel()
	l := newLab(t, nil)
	d := l.must(l.put("p", onSubnets("unitedstates", "eastus/pp", "westus/pp")), 201, "")
	remove := func() string {
		a := l.send("DELETE", labGroup+"?api-version=2021-04-01", nil)
		l.must(a, 202, "")
		for range 50 {
			if p := l.send("GET", a.header.Get("Location"), nil); p.status != 202 {
				return p.code()
			}
		}
		return "does not end"
	}
	systemID := server.Text(d, "properties.systemId")
	l.link("NetworkInjection", "link", systemID)
	if code := remove(); code == "" {
		t.Error("a group goes although one of its policies is linked")
	}
	l.must(l.send("GET", labPolicies+"/p"+labVersion, nil), 200, "")
	l.link("NetworkInjection", "unlink", systemID)
	if code := remove(); code != "" {
		t.Error(code)
	}
	if n := l.tenant.Collection(bap.EnterprisePolicies).Len(); n != 0 {
		t.Errorf("%d policies stay", n)
	}
}

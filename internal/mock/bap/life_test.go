package bap_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestEnvironmentLivesInBothGeographyModels(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seed           server.TenantSeed
		where          doc
		location, host string
		macro          any
		region         string
	}{
		"location": {server.TenantSeed{Location: "europe"}, doc{"location": "switzerland"}, "switzerland", "crm17.dynamics.com", nil, "switzerlandnorth"},
		"macro region": {
			server.TenantSeed{Location: "unitedstates", Geography: server.GeographyMacroRegion},
			doc{"macroRegion": "eu-efta"},
			"switzerland", "crm17.dynamics.com", "eu-efta", "switzerlandnorth",
		},
		"macro region with the home in it": {
			server.TenantSeed{Location: "canada", Geography: server.GeographyMacroRegion},
			doc{"macroRegion": "north-america"},
			"canada", "crm3.dynamics.com", "north-america", "canadacentral",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.seed)
			body := definition("Collab-2026")
			delete(body, "location")
			maps.Copy(body, c.where)
			created := r.Send("POST", "/environments", body).Want(202)
			at := created.Header.Get("Location")
			if !strings.HasPrefix(at, "https://"+c.location+".api.bap.microsoft.com"+prefix+"/lifecycleOperations/") || !strings.HasSuffix(at, "?api-version=2021-04-01") {
				t.Fatalf("Location: %s", at)
			}
			if created.Empty().Header.Get("Retry-After-Ms") != "1" {
				t.Error(created.Header)
			}
			poll := r.Send("GET", at, nil).Want(200)
			id := made(poll)
			poll.Has(doc{
				"state.id": "Running", "type.id": "Create", "links.environment.path": prefix + "/environments/" + id,
				"requestedBy.type": "ServicePrincipal", "requestedBy.displayName": "Terraform",
			})
			r.read(id).Has(doc{
				"properties.states.management.id": "Running", "properties.provisioningState": "LinkedDatabaseProvisioning",
				"properties.linkedEnvironmentMetadata": nil,
			})
			created.Follow("Location").Has(doc{"state.id": "Succeeded", "error": nil})
			env := r.read(id)
			env.Has(doc{
				"id": prefix + admin + "/" + id, "name": id, "location": c.location, "macroRegion": c.macro,
				"properties.azureRegion": c.region, "properties.tenantId": r.ID, "properties.displayName": "Sales",
				"properties.environmentSku": "Sandbox", "properties.provisioningState": "Succeeded",
				"properties.states.management.id": "Ready", "properties.states.runtime.id": "Enabled",
				"properties.updateCadence.id": "Moderate", "properties.governanceConfiguration.protectionLevel": "Basic",
				"properties.databaseType": "CommonDataService", "properties.billingPolicy.id": "", "properties.isDefault": false,
				"properties.linkedEnvironmentMetadata.domainName":                "collab-2026",
				"properties.linkedEnvironmentMetadata.instanceUrl":               "https://collab-2026." + c.host + "/",
				"properties.linkedEnvironmentMetadata.instanceApiUrl":            "https://collab-2026.api." + c.host,
				"properties.linkedEnvironmentMetadata.baseLanguage":              1033,
				"properties.linkedEnvironmentMetadata.securityGroupId":           nil,
				"properties.linkedEnvironmentMetadata.instanceState":             "Ready",
				"properties.linkedEnvironmentMetadata.backgroundOperationsState": "Enabled",
				"properties.linkedAppMetadata":                                   nil,
			})

			r.Send("PATCH", admin+"/"+id, doc{"properties": doc{"displayName": "Sales 2"}}).Follow("Location")
			r.read(id).Has(doc{
				"properties.displayName": "Sales 2", "properties.linkedEnvironmentMetadata.friendlyName": "Sales 2",
			})

			deleted := r.Send("DELETE", admin+"/"+id, doc{"code": "7", "message": "gone"}).Want(202)
			r.read(id).Has(doc{"properties.states.management.id": "Running"})
			deleted.Follow("Location").Has(doc{"state.id": "Succeeded", "type.id": "Delete"})
			r.Send("GET", admin+"/"+id, nil).Want(404, "EnvironmentNotFound")
			r.Send("DELETE", admin+"/"+id, nil).Want(204)
			r.Send("PATCH", admin+"/"+id, doc{"properties": doc{}}).Want(404, "EnvironmentNotFound")
			if orgs := r.Count(bap.Organizations); orgs != 0 {
				t.Errorf("%d organizations are left", orgs)
			}
		})
	}
}

func TestOnlyTheRegionalHostKnowsAnOperation(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	at := r.Send("POST", "/environments", definition("")).Header.Get("Location")
	r.Send("GET", strings.Replace(at, "europe.", "france.", 1), nil).Want(404, "LifecycleOperationNotFound")
	r.Send("GET", strings.Replace(at, "europe.", "", 1), nil).Want(501, "UnknownRoute")
	r.Send("GET", at, nil).Want(200)
}

func TestOptionalMembersAreKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{
		"environment_groups": {{"id": group, "display_name": "Finance"}},
		"billing_policies":   {{"id": policy, "name": "Pay", "location": "europe"}},
	}})
	body := definition("full")
	for path, v := range (doc{
		"properties.description": "d", "properties.azureRegion": "northeurope", "properties.updateCadence.id": "Frequent",
		"properties.cluster.category": "FirstRelease", "properties.parentEnvironmentGroup.id": group, "properties.bingChatEnabled": true,
		"properties.m365Enabled": true, "properties.billingPolicy.id": policy,
		"properties.linkedEnvironmentMetadata.securityGroupId":  group,
		"properties.linkedEnvironmentMetadata.templates":        []any{"D365_CDSSampleApp"},
		"properties.linkedEnvironmentMetadata.templateMetadata": doc{"PostProvisioningPackages": []any{doc{"applicationUniqueName": "a", "parameters": "b"}}},
	}) {
		server.Assign(body, path, v)
	}
	body["macroRegion"] = nil
	r.read(r.made(body)).Has(doc{
		"properties.description": "d", "properties.azureRegion": "northeurope", "properties.updateCadence.id": "Frequent",
		"properties.cluster.category": "FirstRelease", "properties.parentEnvironmentGroup.id": group,
		"properties.bingChatEnabled": true, "properties.m365Enabled": true, "properties.billingPolicy.id": policy,
		"properties.billingPolicy.name": "Pay", "properties.linkedEnvironmentMetadata.securityGroupId": group,
		"properties.linkedEnvironmentMetadata.domainName": "full", "properties.linkedAppMetadata": nil,
		"properties.copilotPolicies.crossBoundaryCopilotDataMovementEnabled": false, "macroRegion": nil,
	})
}

func TestDeveloperEnvironmentBelongsToItsUser(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	body := definition("dev")
	server.Assign(body, "properties.environmentSku", "Developer")
	server.Assign(body, "properties.usedBy", doc{"id": user, "type": "1", "tenantId": r.ID})
	r.read(r.made(body)).Has(doc{
		"properties.usedBy.id": user, "properties.usedBy.type": "User", "properties.usedBy.tenantId": r.ID,
		"properties.creationType": "Developer",
	})
}

func TestCreateMayEndAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Switches: map[string]string{bap.SwitchCreateAnswer: "201"}})
	a := r.Send("POST", "/environments", definition("quick")).Want(201)
	a.Has(doc{"properties.provisioningState": "Succeeded", "properties.linkedEnvironmentMetadata.domainName": "quick", "properties.capacity": nil})
	r.read(a.Text("name"))
}

func TestDomainIsGeneratedWhenNoneIsAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	body := definition("x")
	server.Unset(body, "properties.linkedEnvironmentMetadata.domainName")
	if d := r.read(r.made(body)).Text("properties.linkedEnvironmentMetadata.domainName"); !strings.HasPrefix(d, "org") || len(d) != 11 {
		t.Errorf("domain %q", d)
	}
}

func TestDatabaseTypeAsksForDataverse(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	body := definition("silent")
	server.Unset(body, "properties.databaseType")
	r.read(r.made(body)).Has(doc{"properties.linkedEnvironmentMetadata": nil, "properties.databaseType": "None"})
}

func TestDataverseIsAddedLater(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition(""))
	at := "/environments/" + id + "/provisionInstance"
	r.Send("POST", at, doc{"baseLanguage": 1, "currency": doc{"code": "EUR"}}).Want(400, "InvalidLanguage")
	a := r.Send("POST", at, linkedMetadata("Later"))
	r.Send("GET", a.Header.Get("Location"), nil).Want(202).Has(doc{"name": id, "id": prefix + "/scopes/service/environments/" + id, "properties.provisioningState": "LinkedDatabaseProvisioning"})
	a.Follow("Location").Has(doc{"properties.linkedEnvironmentMetadata.domainName": "later"})
	r.read(id).Has(doc{"properties.linkedEnvironmentMetadata.instanceUrl": "https://later.crm4.dynamics.com/", "properties.databaseType": "CommonDataService"})
	r.Send("POST", at, linkedMetadata("again")).Want(400, "InvalidLifecycleOperationRequest")
}

func TestTypeIsConverted(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition(""))
	r.Send("POST", admin+"/"+id+"/modifySku", doc{"environmentSku": "Production"}).Want(202).Follow("Operation-Location")
	r.read(id).Has(doc{"properties.environmentSku": "Production"})
	r.Send("POST", admin+"/"+id+"/modifySku", doc{"environmentSku": "Developer"}).Want(400, "InvalidEnvironmentSku")
	r.Send("POST", admin+"/"+id+"/modifySku", doc{"environmentSku": "Trial"}).Want(400, "InvalidLifecycleOperationRequest")
	r.Send("POST", admin+"/Default-"+r.ID+"/modifySku", doc{"environmentSku": "Sandbox"}).Want(400, "InvalidLifecycleOperationRequest")
}

func TestBusyEnvironmentRefusesChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition(""))
	r.Script(bap.KindEdit, server.Script{Stuck: true})
	patch := doc{"properties": doc{"displayName": "x"}}
	r.Send("PATCH", admin+"/"+id, patch).Want(202)
	r.Send("PATCH", admin+"/"+id, patch).Want(409, "OperationNotStartable", "there is an active lifecycle operation on the environment "+id)
	r.Send("POST", admin+"/"+id+"/modifySku", doc{"environmentSku": "Production"}).Want(409, "OperationNotStartable")
	r.Send("POST", "/environments/"+id+"/provisionInstance", linkedMetadata("a")).Want(409, "OperationNotStartable")
	r.Send("DELETE", admin+"/"+id, nil).Want(409).Empty()
	r.SetSwitch(bap.SwitchDeleteConflict, "body")
	r.Send("DELETE", admin+"/"+id, nil).Want(409, "OperationNotStartable")
}

func TestWatchingTheEnvironmentLetsTimePass(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition(""))
	r.Send("PATCH", admin+"/"+id, doc{"properties": doc{"displayName": "x"}}).Want(202)
	for range 3 {
		if r.read(id).Text("properties.states.management.id") == "Ready" {
			r.Send("POST", "/environments", definition("w")).Want(202)
			for range 12 {
				r.Send("GET", admin, nil)
			}
			if r.Collection(bap.Organizations).PeekAll()[0]["state"] != "Ready" {
				t.Error("listing does not let time pass")
			}
			return
		}
	}
	t.Error("the operation does not end for who reads the environment only")
}

func TestFailedOperationsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.Script(bap.KindCreate, server.Script{Fail: []string{"no luck"}, Code: "Luck"})
	r.Send("POST", "/environments", definition("lucky")).Follow("Location").Has(doc{"state.id": "Failed", "links.environment.path": "", "error.code": "Luck", "error.message": "no luck"})
	r.Send("GET", admin, nil).Want(200).Has(doc{"value.#": 1})
	id := r.made(definition("lucky"))

	before := r.read(id).Body
	r.Script(bap.KindEdit, server.Script{Fail: []string{"no"}})
	r.Send("PATCH", admin+"/"+id, doc{"properties": doc{"displayName": "x"}}).Follow("Location").Has(doc{
		"state.id": "Failed", "links.environment.path": prefix + "/environments/" + id,
	})
	if after := r.read(id).Body; !reflect.DeepEqual(before, after) {
		t.Errorf("a failed change changed it:\n%v\n%v", before, after)
	}

	bare := r.made(definition(""))
	r.Script(bap.KindProvision, server.Script{Fail: []string{"no room"}})
	r.Send("POST", "/environments/"+bare+"/provisionInstance", linkedMetadata("room")).Follow("Location").Has(doc{
		"properties.provisioningState": "Failed", "properties.provisioningDetails.message": "no room",
	})

	r.read(bare).Has(doc{"properties.linkedEnvironmentMetadata": nil, "properties.provisioningState": "Succeeded", "properties.databaseType": "None"})
	r.Send("POST", "/environments/"+bare+"/provisionInstance", linkedMetadata("room")).Follow("Location")
	r.Script(bap.KindDelete, server.Script{Fail: []string{"no"}})
	r.Send("DELETE", admin+"/"+id, nil).Follow("Location").Has(doc{"state.id": "Failed"})
	r.read(id)
}

func TestMetadataMayBeLateOrEarly(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.Lag(server.Lag{Collection: bap.Environments, Field: "properties.linkedEnvironmentMetadata", Reads: 3})
	id := r.made(definition("late"))
	for range 3 {
		r.read(id).Has(doc{"properties.linkedEnvironmentMetadata": nil, "properties.provisioningState": "Succeeded"})
	}
	r.read(id).Has(doc{"properties.linkedEnvironmentMetadata.domainName": "late"})

	early := newRig(t, server.TenantSeed{Switches: map[string]string{bap.SwitchEarlyMetadata: "on"}})
	a := early.Send("POST", "/environments", definition("early"))
	early.read(made(early.Send("GET", a.Header.Get("Location"), nil))).Has(doc{"properties.linkedEnvironmentMetadata.instanceState": "Provisioning"})
}

func TestFailureWithEffectLeavesTheEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.Script(bap.KindCreate, server.Script{Fail: []string{"late"}, Effect: true})
	r.Send("POST", "/environments", definition("effect")).Follow("Location").Has(doc{"state.id": "Failed"})
	r.Send("POST", "/environments", definition("effect")).Want(409, "DomainNameAlreadyInUse")
	r.Send("GET", admin, nil).Has(doc{"value.#": 2})
}

func TestBillingPolicyGivenDuringCreationIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"billing_policies": {{"id": policy}}}})
	a := r.Send("POST", "/environments", definition("paid"))
	r.Do(func() {
		for _, id := range r.Collection(bap.Environments).IDs() {
			bap.SetBillingPolicy(r.Tenant, id, policy)
		}
	})
	r.read(made(a.Follow("Location"))).Has(doc{"properties.billingPolicy.id": policy, "properties.provisioningState": "Succeeded"})
	if bap.SetBillingPolicy(r.Tenant, "nobody", policy) {
		t.Error("an environment that is not there got a billing policy")
	}
}

func TestSeededEnvironmentsAreOld(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environments": {{"id": "old", "display_name": "Old"}}}})
	for _, id := range []string{"old", "Default-" + r.ID} {
		created, err := time.Parse(time.RFC3339Nano, r.read(id).Text("properties.createdTime"))
		if err != nil || r.Clock().Now().Sub(created) < 300*24*time.Hour {
			t.Errorf("%s was created %s, %v", id, created, err)
		}
	}
}

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
			created := r.want(r.send("POST", "/environments", body), 202, "")
			at := created.header.Get("Location")
			if !strings.HasPrefix(at, "https://"+c.location+".api.bap.microsoft.com"+prefix+"/lifecycleOperations/") || !strings.HasSuffix(at, "?api-version=2021-04-01") {
				t.Fatalf("Location: %s", at)
			}
			if created.raw != "" || created.header.Get("Retry-After-Ms") != "1" {
				t.Errorf("202: %q %v", created.raw, created.header)
			}
			poll := r.want(r.send("GET", at, nil), 200, "").body
			id := server.Text(poll, "links.environment.path")
			id = id[strings.LastIndex(id, "/")+1:]
			r.has(poll, doc{
				"state.id": "Running", "type.id": "Create", "links.environment.path": prefix + "/environments/" + id,
				"requestedBy.type": "ServicePrincipal", "requestedBy.displayName": "Terraform",
			})
			r.has(r.read(id), doc{
				"properties.states.management.id": "Running", "properties.provisioningState": "LinkedDatabaseProvisioning",
				"properties.linkedEnvironmentMetadata": nil,
			})
			r.has(r.follow(created, "Location"), doc{"state.id": "Succeeded", "error": nil})
			env := r.read(id)
			r.has(env, doc{
				"id": prefix + admin + "/" + id, "name": id, "location": c.location, "macroRegion": c.macro,
				"properties.azureRegion": c.region, "properties.tenantId": r.tenant.ID, "properties.displayName": "Sales",
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

			r.follow(r.send("PATCH", admin+"/"+id, doc{"properties": doc{"displayName": "Sales 2"}}), "Location")
			r.has(r.read(id), doc{
				"properties.displayName": "Sales 2", "properties.linkedEnvironmentMetadata.friendlyName": "Sales 2",
			})

			deleted := r.send("DELETE", admin+"/"+id, doc{"code": "7", "message": "gone"})
			r.want(deleted, 202, "")
			r.has(r.read(id), doc{"properties.states.management.id": "Running"})
			r.has(r.follow(deleted, "Location"), doc{"state.id": "Succeeded", "type.id": "Delete"})
			r.want(r.send("GET", admin+"/"+id, nil), 404, "EnvironmentNotFound")
			r.want(r.send("DELETE", admin+"/"+id, nil), 204, "")
			r.want(r.send("PATCH", admin+"/"+id, doc{"properties": doc{}}), 404, "EnvironmentNotFound")
			if orgs := r.tenant.Collection(bap.Organizations).Len(); orgs != 0 {
				t.Errorf("%d organizations are left", orgs)
			}
		})
	}
}

func TestOnlyTheRegionalHostKnowsAnOperation(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	at := r.send("POST", "/environments", definition("")).header.Get("Location")
	r.want(r.send("GET", strings.Replace(at, "europe.", "france.", 1), nil), 404, "LifecycleOperationNotFound")
	r.want(r.send("GET", strings.Replace(at, "europe.", "", 1), nil), 501, "UnknownRoute")
	r.want(r.send("GET", at, nil), 200, "")
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
	r.has(r.read(r.made(body)), doc{
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
	server.Assign(body, "properties.usedBy", doc{"id": user, "type": "1", "tenantId": r.tenant.ID})
	r.has(r.read(r.made(body)), doc{
		"properties.usedBy.id": user, "properties.usedBy.type": "User", "properties.usedBy.tenantId": r.tenant.ID,
		"properties.creationType": "Developer",
	})
}

func TestCreateMayEndAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Switches: map[string]string{bap.SwitchCreateAnswer: "201"}})
	a := r.want(r.send("POST", "/environments", definition("quick")), 201, "")
	r.has(a.body, doc{"properties.provisioningState": "Succeeded", "properties.linkedEnvironmentMetadata.domainName": "quick", "properties.capacity": nil})
	r.read(server.Text(a.body, "name"))
}

func TestDomainIsGeneratedWhenNoneIsAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	body := definition("x")
	server.Unset(body, "properties.linkedEnvironmentMetadata.domainName")
	if d := server.Text(r.read(r.made(body)), "properties.linkedEnvironmentMetadata.domainName"); !strings.HasPrefix(d, "org") || len(d) != 11 {
		t.Errorf("domain %q", d)
	}
}

func TestDatabaseTypeAsksForDataverse(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	body := definition("silent")
	server.Unset(body, "properties.databaseType")
	r.has(r.read(r.made(body)), doc{"properties.linkedEnvironmentMetadata": nil, "properties.databaseType": "None"})
}

func TestDataverseIsAddedLater(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition(""))
	at := "/environments/" + id + "/provisionInstance"
	r.want(r.send("POST", at, doc{"baseLanguage": 1, "currency": doc{"code": "EUR"}}), 400, "InvalidLanguage")
	a := r.send("POST", at, linkedMetadata("Later"))
	first := r.send("GET", a.header.Get("Location"), nil)
	r.want(first, 202, "")
	r.has(first.body, doc{"name": id, "id": prefix + "/scopes/service/environments/" + id, "properties.provisioningState": "LinkedDatabaseProvisioning"})
	r.has(r.follow(a, "Location"), doc{"properties.linkedEnvironmentMetadata.domainName": "later"})
	r.has(r.read(id), doc{"properties.linkedEnvironmentMetadata.instanceUrl": "https://later.crm4.dynamics.com/", "properties.databaseType": "CommonDataService"})
	r.want(r.send("POST", at, linkedMetadata("again")), 400, "InvalidLifecycleOperationRequest")
}

func TestTypeIsConverted(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition(""))
	r.follow(r.send("POST", admin+"/"+id+"/modifySku", doc{"environmentSku": "Production"}), "Operation-Location")
	r.has(r.read(id), doc{"properties.environmentSku": "Production"})
	r.want(r.send("POST", admin+"/"+id+"/modifySku", doc{"environmentSku": "Developer"}), 400, "InvalidEnvironmentSku")
	r.want(r.send("POST", admin+"/"+id+"/modifySku", doc{"environmentSku": "Trial"}), 400, "InvalidLifecycleOperationRequest")
	r.want(r.send("POST", admin+"/Default-"+r.tenant.ID+"/modifySku", doc{"environmentSku": "Sandbox"}), 400, "InvalidLifecycleOperationRequest")
}

func TestBusyEnvironmentRefusesChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition(""))
	r.tenant.Script(bap.KindEdit, server.Script{Stuck: true})
	patch := doc{"properties": doc{"displayName": "x"}}
	r.want(r.send("PATCH", admin+"/"+id, patch), 202, "")
	a := r.want(r.send("PATCH", admin+"/"+id, patch), 409, "OperationNotStartable")
	if !strings.Contains(a.raw, "there is an active lifecycle operation on the environment "+id) {
		t.Errorf("message: %s", a.raw)
	}
	r.want(r.send("POST", admin+"/"+id+"/modifySku", doc{"environmentSku": "Production"}), 409, "OperationNotStartable")
	r.want(r.send("POST", "/environments/"+id+"/provisionInstance", linkedMetadata("a")), 409, "OperationNotStartable")
	if a := r.want(r.send("DELETE", admin+"/"+id, nil), 409, ""); a.raw != "" {
		t.Errorf("the 409 of a delete has a body: %s", a.raw)
	}
	r.tenant.SetSwitch(bap.SwitchDeleteConflict, "body")
	r.want(r.send("DELETE", admin+"/"+id, nil), 409, "OperationNotStartable")
}

func TestWatchingTheEnvironmentLetsTimePass(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition(""))
	r.want(r.send("PATCH", admin+"/"+id, doc{"properties": doc{"displayName": "x"}}), 202, "")
	for range 3 {
		if server.Text(r.read(id), "properties.states.management.id") == "Ready" {
			r.want(r.send("POST", "/environments", definition("w")), 202, "")
			for range 12 {
				r.send("GET", admin, nil)
			}
			if orgs := r.tenant.Collection(bap.Organizations); server.Text(mustPeek(t, orgs, orgs.IDs()[0]), "state") != "Ready" {
				t.Error("listing does not let time pass")
			}
			return
		}
	}
	t.Error("the operation does not end for who reads the environment only")
}

func mustPeek(t *testing.T, c *server.Collection, id string) doc {
	t.Helper()
	d, ok := c.Peek(id)
	if !ok {
		t.Fatalf("no %s", id)
	}
	return d
}

func TestFailedOperationsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.tenant.Script(bap.KindCreate, server.Script{Fail: []string{"no luck"}, Code: "Luck"})
	op := r.follow(r.send("POST", "/environments", definition("lucky")), "Location")
	r.has(op, doc{"state.id": "Failed", "links.environment.path": "", "error.code": "Luck", "error.message": "no luck"})
	if all := r.want(r.send("GET", admin, nil), 200, "").body["value"].([]any); len(all) != 1 {
		t.Errorf("after a failed create: %v", all)
	}
	id := r.made(definition("lucky"))

	before := r.read(id)
	r.tenant.Script(bap.KindEdit, server.Script{Fail: []string{"no"}})
	r.has(r.follow(r.send("PATCH", admin+"/"+id, doc{"properties": doc{"displayName": "x"}}), "Location"), doc{
		"state.id": "Failed", "links.environment.path": prefix + "/environments/" + id,
	})
	if after := r.read(id); !reflect.DeepEqual(before, after) {
		t.Errorf("a failed change changed it:\n%v\n%v", before, after)
	}

	bare := r.made(definition(""))
	r.tenant.Script(bap.KindProvision, server.Script{Fail: []string{"no room"}})
	r.has(r.follow(r.send("POST", "/environments/"+bare+"/provisionInstance", linkedMetadata("room")), "Location"), doc{
		"properties.provisioningState": "Failed", "properties.provisioningDetails.message": "no room",
	})
	r.has(r.read(bare), doc{"properties.linkedEnvironmentMetadata": nil, "properties.provisioningState": "Succeeded", "properties.databaseType": "None"})
	r.follow(r.send("POST", "/environments/"+bare+"/provisionInstance", linkedMetadata("room")), "Location")

	r.tenant.Script(bap.KindDelete, server.Script{Fail: []string{"no"}})
	r.has(r.follow(r.send("DELETE", admin+"/"+id, nil), "Location"), doc{"state.id": "Failed"})
	r.read(id)
}

func TestMetadataMayBeLateOrEarly(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.tenant.Lag(server.Lag{Collection: bap.Environments, Field: "properties.linkedEnvironmentMetadata", Reads: 3})
	id := r.made(definition("late"))
	for range 3 {
		r.has(r.read(id), doc{"properties.linkedEnvironmentMetadata": nil, "properties.provisioningState": "Succeeded"})
	}
	r.has(r.read(id), doc{"properties.linkedEnvironmentMetadata.domainName": "late"})

	early := newRig(t, server.TenantSeed{Switches: map[string]string{bap.SwitchEarlyMetadata: "on"}})
	a := early.send("POST", "/environments", definition("early"))
	op := early.send("GET", a.header.Get("Location"), nil)
	path := server.Text(op.body, "links.environment.path")
	early.has(early.read(path[strings.LastIndex(path, "/")+1:]), doc{"properties.linkedEnvironmentMetadata.instanceState": "Provisioning"})
}

func TestFailureWithEffectLeavesTheEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.tenant.Script(bap.KindCreate, server.Script{Fail: []string{"late"}, Effect: true})
	r.has(r.follow(r.send("POST", "/environments", definition("effect")), "Location"), doc{"state.id": "Failed"})
	r.want(r.send("POST", "/environments", definition("effect")), 409, "DomainNameAlreadyInUse")
	if all := values(t, r.send("GET", admin, nil).body, "value"); len(all) != 2 {
		t.Errorf("environments: %v", names(all))
	}
}

func TestBillingPolicyGivenDuringCreationIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"billing_policies": {{"id": policy}}}})
	a := r.send("POST", "/environments", definition("paid"))
	r.tenant.Do(func() {
		for _, id := range r.tenant.Collection(bap.Environments).IDs() {
			bap.SetBillingPolicy(r.tenant, id, policy)
		}
	})
	path := server.Text(r.follow(a, "Location"), "links.environment.path")
	r.has(r.read(path[strings.LastIndex(path, "/")+1:]), doc{"properties.billingPolicy.id": policy, "properties.provisioningState": "Succeeded"})
	if bap.SetBillingPolicy(r.tenant, "nobody", policy) {
		t.Error("an environment that is not there got a billing policy")
	}
}

func TestSeededEnvironmentsAreOld(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environments": {{"id": "old", "display_name": "Old"}}}})
	for _, id := range []string{"old", "Default-" + r.tenant.ID} {
		created, err := time.Parse(time.RFC3339Nano, server.Text(r.read(id), "properties.createdTime"))
		if err != nil || r.tenant.Clock().Now().Sub(created) < 300*24*time.Hour {
			t.Errorf("%s was created %s, %v", id, created, err)
		}
	}
}

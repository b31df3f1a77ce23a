package bap_test

import (
	"reflect"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestCreateIsRefusedAsThePlatformRefusesIt(t *testing.T) {
	t.Parallel()
	set := func(path string, v any) func(doc) { return func(d doc) { server.Assign(d, path, v) } }
	unset := func(path string) func(doc) { return func(d doc) { server.Unset(d, path) } }
	const metadata = "properties.linkedEnvironmentMetadata."
	macro := server.TenantSeed{Geography: server.GeographyMacroRegion}
	with := func(name, value string) server.TenantSeed {
		return server.TenantSeed{Switches: map[string]string{name: value}}
	}
	none := server.TenantSeed{}
	for name, c := range map[string]struct {
		seed   server.TenantSeed
		change []func(doc)
		status int
		code   string
	}{
		"unknown location":               {none, []func(doc){set("location", "atlantis")}, 400, "InvalidLocation"},
		"no location":                    {none, []func(doc){unset("location")}, 400, "InvalidLocation"},
		"region of another location":     {none, []func(doc){set("properties.azureRegion", "eastus")}, 400, "InvalidAzureRegion"},
		"macro tenant with location":     {macro, nil, 400, "MacroRegionRequired"},
		"macro tenant with both":         {macro, []func(doc){set("macroRegion", "emea")}, 400, "AmbiguousLocationSpecification"},
		"macro tenant, empty location":   {macro, []func(doc){set("macroRegion", "emea"), set("location", "")}, 400, "AmbiguousLocationSpecification"},
		"unknown macro region":           {macro, []func(doc){set("macroRegion", "europe"), unset("location")}, 400, "InvalidMacroRegion"},
		"no name":                        {none, []func(doc){unset("properties.displayName")}, 400, "InvalidRequestContent"},
		"unknown type":                   {none, []func(doc){set("properties.environmentSku", "Teams")}, 400, "InvalidEnvironmentSku"},
		"type Default":                   {none, []func(doc){set("properties.environmentSku", "Default")}, 400, "InvalidEnvironmentSku"},
		"unknown cadence":                {none, []func(doc){set("properties.updateCadence.id", "Weekly")}, 400, "InvalidUpdateCadence"},
		"release ring of another cloud":  {none, []func(doc){set("properties.cluster.category", "GovFR")}, 400, "InvalidClusterCategory"},
		"unknown database type":          {none, []func(doc){set("properties.databaseType", "SQL")}, 400, "InvalidRequestContent"},
		"language not available":         {none, []func(doc){set(metadata+"baseLanguage", 1999)}, 400, "InvalidLanguage"},
		"language as text":               {none, []func(doc){set(metadata+"baseLanguage", "1033")}, 400, "InvalidLanguage"},
		"currency not available":         {none, []func(doc){set(metadata+"currency.code", "XXX")}, 400, "InvalidCurrency"},
		"malformed domain":               {none, []func(doc){set(metadata+"domainName", "a_b")}, 400, "InvalidDomainName"},
		"domain of another environment":  {none, []func(doc){set(metadata+"domainName", "TAKEN")}, 409, "DomainNameAlreadyInUse"},
		"no metadata":                    {none, []func(doc){unset("properties.linkedEnvironmentMetadata")}, 400, "InvalidLanguage"},
		"unknown template":               {none, []func(doc){set(metadata+"templates", []any{"D365_Nothing"})}, 400, "InvalidTemplate"},
		"template without licence":       {none, []func(doc){set(metadata+"templates", []any{"D365_Sales"})}, 400, "DynamicsEntitlementMissing"},
		"malformed security group":       {none, []func(doc){set(metadata+"securityGroupId", "x")}, 400, "InvalidSecurityGroup"},
		"security group missing":         {with(bap.SwitchRequireSecurityGroup, "on"), nil, 400, "SecurityGroupRequired"},
		"security group for a developer": {none, []func(doc){set("properties.environmentSku", "Developer"), set("properties.usedBy.id", user), set(metadata+"securityGroupId", group)}, 400, "SecurityGroupNotAllowed"},
		"developer without user":         {none, []func(doc){set("properties.environmentSku", "Developer")}, 400, "UsedByRequired"},
		"user for a sandbox":             {none, []func(doc){set("properties.usedBy", doc{"id": user, "type": "1"})}, 400, "UsedByInvalidInRequest"},
		"user with a name":               {none, []func(doc){set("properties.environmentSku", "Developer"), set("properties.usedBy", doc{"id": user, "userPrincipalName": "a@b"})}, 400, "UsedByInvalidInRequest"},
		"user of another tenant":         {none, []func(doc){set("properties.environmentSku", "Developer"), set("properties.usedBy", doc{"id": user, "tenantId": group})}, 400, "UsedByInvalidInRequest"},
		"user that is none":              {none, []func(doc){set("properties.environmentSku", "Developer"), set("properties.usedBy", doc{"id": "me"})}, 400, "UsedByInvalidInRequest"},
		"user of unknown type":           {none, []func(doc){set("properties.environmentSku", "Developer"), set("properties.usedBy", doc{"id": user, "type": "Group"})}, 400, "UsedByInvalidInRequest"},
		"developer by an application":    {with(bap.SwitchDeveloperPrincipal, "refuse"), []func(doc){set("properties.environmentSku", "Developer"), set("properties.usedBy", doc{"id": user})}, 400, "UsedByInvalidInRequest"},
		"unknown billing policy":         {none, []func(doc){set("properties.billingPolicy.id", policy)}, 404, "BillingPolicyNotFound"},
		"unknown group":                  {none, []func(doc){set("properties.parentEnvironmentGroup.id", group)}, 404, "EnvironmentGroupNotFound"},
		"no capacity":                    {with(bap.SwitchCapacity, "none"), nil, 409, "InsufficientCapacity_StorageDriven"},
		"unknown member at the top":      {none, []func(doc){set("region", "x")}, 400, "InvalidRequestContent"},
		"unknown property":               {none, []func(doc){set("properties.createdOnBehalfOf", "x")}, 400, "InvalidRequestContent"},
		"unknown member deep inside":     {none, []func(doc){set(metadata+"currency.symbol", "x")}, 400, "InvalidRequestContent"},
		"copilot policies on create":     {none, []func(doc){set("properties.copilotPolicies.crossGeoCopilotDataMovementEnabled", true)}, 400, "InvalidRequestContent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.seed)
			if c.seed.Geography == "" {
				r.Fill(map[string][]doc{"environments": {{"display_name": "Old", "location": "europe", "dataverse": doc{"domain": "taken"}}}})
			}
			body := server.Copy(definition("fresh"))
			for _, f := range c.change {
				f(body)
			}
			before := r.Count(bap.Environments)
			r.Send("POST", "/environments", body).Want(c.status, c.code)
			if now := r.Count(bap.Environments); now > max(before, 1) {
				t.Errorf("%d environments, were %d", now, before)
			}
		})
	}
}

func TestUnknownMembersAreNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	body := definition("")
	server.Assign(body, "properties.createdOnBehalfOf", "x")
	r.Send("POST", "/environments", body).Says("Could not find member 'createdOnBehalfOf' on object of type 'EnvironmentProperties'")
}

func TestClassicTenantIgnoresMacroRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Location: "japan"})
	body := definition("")
	delete(body, "location")
	body["macroRegion"] = "north-america"
	r.read(r.made(body)).Has(doc{"location": "japan", "macroRegion": nil})
}

func TestTheServiceMayChooseOtherwise(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Switches: map[string]string{bap.SwitchAzureRegion: "elsewhere"}})
	r.read(r.made(definition(""))).Has(doc{"properties.azureRegion": "elsewhere"})

	m := newRig(t, server.TenantSeed{Geography: server.GeographyMacroRegion, Switches: map[string]string{
		bap.SwitchMacroLocation: "germany", bap.SwitchOmitMacroRegion: "on",
	}})
	body := definition("")
	delete(body, "location")
	body["macroRegion"] = "emea"
	m.read(m.made(body)).Has(doc{"location": "germany", "macroRegion": nil})
}

func TestDomainIsFreeInAnotherGeographyAndAfterDelete(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition("unique"))
	r.Send("POST", "/environments", definition("Unique")).Want(409, "DomainNameAlreadyInUse")
	other := definition("unique")
	other["location"] = "france"
	r.made(other)
	r.Send("DELETE", admin+"/"+id, nil).Follow("Location")
	r.made(definition("unique"))
}

func TestDomainIsTakenFromTheFirstMomentOn(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.Send("POST", "/environments", definition("early")).Want(202)
	r.Send("POST", "/environments", definition("early")).Want(409, "DomainNameAlreadyInUse")
}

func TestZeroGroupIsRecordedOnCreateAndLeavesOnUpdate(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	body := definition("")
	server.Assign(body, "properties.parentEnvironmentGroup.id", zero)
	id := r.made(body)
	r.read(id).Has(doc{"properties.parentEnvironmentGroup.id": zero})
	r.Send("PATCH", admin+"/"+id, doc{"properties": doc{"parentEnvironmentGroup": doc{"id": zero}}}).Follow("Location")
	r.read(id).Has(doc{"properties.parentEnvironmentGroup": nil})
}

func TestUpdateChangesOnlyWhatIsSent(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{
		"billing_policies":   {{"id": policy, "name": "Pay"}},
		"environment_groups": {{"id": group, "display_name": "Finance"}},
	}})
	body := definition("Merge")
	server.Assign(body, "properties.description", "kept")
	server.Assign(body, "properties.linkedEnvironmentMetadata.securityGroupId", group)
	id := r.made(body)
	for path, c := range map[string]struct{ change, want doc }{
		"displayName": {doc{"displayName": "New"}, doc{"properties.displayName": "New", "properties.linkedEnvironmentMetadata.friendlyName": "New"}},
		"description": {doc{"description": ""}, doc{"properties.description": ""}},
		"cadence":     {doc{"updateCadence": doc{"id": "Frequent"}}, doc{"properties.updateCadence.id": "Frequent"}},
		"mode":        {doc{"states": doc{"runtime": doc{"id": "AdminMode"}}}, doc{"properties.states.runtime.id": "AdminMode", "properties.states.runtime.runtimeReasonCode": "NotSpecified"}},
		"background":  {doc{"linkedEnvironmentMetadata": doc{"backgroundOperationsState": "Disabled"}}, doc{"properties.linkedEnvironmentMetadata.backgroundOperationsState": "Disabled"}},
		"security":    {doc{"linkedEnvironmentMetadata": doc{"securityGroupId": zero}}, doc{"properties.linkedEnvironmentMetadata.securityGroupId": nil}},
		"domain": {doc{"linkedEnvironmentMetadata": doc{"domainName": "Renamed"}}, doc{
			"properties.linkedEnvironmentMetadata.domainName": "renamed", "properties.linkedEnvironmentMetadata.instanceUrl": "https://renamed.crm4.dynamics.com/",
			"properties.linkedEnvironmentMetadata.instanceApiUrl": "https://renamed.api.crm4.dynamics.com",
		}},
		"billing": {doc{"billingPolicy": doc{"id": policy}}, doc{"properties.billingPolicy": r.Stored(bap.BillingPolicies, policy)}},
		"group":   {doc{"parentEnvironmentGroup": doc{"id": group}}, doc{"properties.parentEnvironmentGroup.id": group}},
		"app":     {doc{"linkedAppMetadata": doc{"id": "a", "type": "t", "url": "u"}}, doc{"properties.linkedAppMetadata.url": "u"}},
		"sku":     {doc{"environmentSku": "Sandbox"}, doc{"properties.environmentSku": "Sandbox"}},
		"null":    {doc{"description": nil, "displayName": "N"}, doc{"properties.displayName": "N"}},
	} {
		before := r.read(id).Body
		r.Send("PATCH", admin+"/"+id, doc{"properties": c.change}).Follow("Location")
		after := r.read(id).Has(c.want).Body
		for _, moved := range []string{
			"properties.lastModifiedTime", "properties.linkedEnvironmentMetadata.friendlyName", "properties.displayName",
			"properties.linkedEnvironmentMetadata.instanceUrl", "properties.linkedEnvironmentMetadata.instanceApiUrl",
		} {
			server.Unset(before, moved)
			server.Unset(after, moved)
		}
		for p := range c.want {
			server.Unset(before, p)
			server.Unset(after, p)
		}
		for _, whole := range []string{"properties.parentEnvironmentGroup", "properties.linkedAppMetadata"} {
			if path == "group" || path == "app" {
				server.Unset(before, whole)
				server.Unset(after, whole)
			}
		}
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s changed more:\n%v\n%v", path, before, after)
		}
	}
}

func TestUpdateIsRefusedAsThePlatformRefusesIt(t *testing.T) {
	t.Parallel()
	linked := func(k string, v any) doc { return doc{"linkedEnvironmentMetadata": doc{k: v}} }
	for name, c := range map[string]struct {
		on     string
		change doc
		status int
		code   string
	}{
		"empty name":                   {"sales", doc{"displayName": " "}, 400, "InvalidRequestContent"},
		"unknown mode":                 {"sales", doc{"states": doc{"runtime": doc{"id": "Off"}}}, 400, "InvalidRequestContent"},
		"unknown cadence":              {"sales", doc{"updateCadence": doc{"id": "x"}}, 400, "InvalidUpdateCadence"},
		"another type":                 {"sales", doc{"environmentSku": "Production"}, 400, "InvalidRequestContent"},
		"taken domain":                 {"sales", linked("domainName", "hr"), 409, "DomainNameAlreadyInUse"},
		"malformed domain":             {"sales", linked("domainName", "-"), 400, "InvalidDomainName"},
		"unknown background state":     {"sales", linked("backgroundOperationsState", "Paused"), 400, "InvalidRequestContent"},
		"developer's security group":   {"dev", linked("securityGroupId", group), 400, "SecurityGroupNotAllowed"},
		"no Dataverse":                 {"bare", linked("domainName", "b"), 400, "InvalidRequestContent"},
		"unknown billing policy":       {"sales", doc{"billingPolicy": doc{"id": policy}}, 404, "BillingPolicyNotFound"},
		"unknown group":                {"sales", doc{"parentEnvironmentGroup": doc{"id": group}}, 404, "EnvironmentGroupNotFound"},
		"unknown member":               {"sales", doc{"governanceConfiguration": doc{}}, 400, "InvalidRequestContent"},
		"language":                     {"sales", linked("baseLanguage", 1031), 400, "InvalidRequestContent"},
		"boundary outside the EU":      {"us", doc{"copilotPolicies": doc{"crossBoundaryCopilotDataMovementEnabled": false}}, 400, "InvalidRequestContent"},
		"moving data inside the US":    {"us", doc{"copilotPolicies": doc{"crossGeoCopilotDataMovementEnabled": true}}, 400, "InvalidRequestContent"},
		"features without moving data": {"sales", doc{"bingChatEnabled": true}, 400, "InvalidRequestContent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environments": {
				{"id": "sales", "display_name": "Sales", "location": "europe", "dataverse": doc{"domain": "sales"}},
				{"id": "hr", "display_name": "HR", "location": "europe", "dataverse": doc{"domain": "hr"}},
				{"id": "dev", "display_name": "Dev", "location": "europe", "type": "Developer", "owner_id": user, "dataverse": doc{"domain": "dev"}},
				{"id": "bare", "display_name": "Bare", "location": "europe"},
				{"id": "us", "display_name": "US", "location": "unitedstates"},
			}}})
			before := r.Stored(bap.Environments, c.on)
			r.Send("PATCH", admin+"/"+c.on, doc{"properties": c.change}).Want(c.status, c.code)
			if after := r.Stored(bap.Environments, c.on); !reflect.DeepEqual(before, after) {
				t.Error("a refused change took effect")
			}
		})
	}
}

func TestGenerativeAISettingsChangeAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition(""))
	change := doc{"properties": doc{"bingChatEnabled": true, "copilotPolicies": doc{"crossGeoCopilotDataMovementEnabled": true, "crossBoundaryCopilotDataMovementEnabled": true}}}
	r.Send("PATCH", admin+"/"+id, change).Want(204)
	r.read(id).Has(doc{
		"properties.bingChatEnabled": true, "properties.m365Enabled": false,
		"properties.copilotPolicies": doc{"crossGeoCopilotDataMovementEnabled": true, "crossBoundaryCopilotDataMovementEnabled": true},
	})
	r.SetSwitch(bap.SwitchAIAnswer, "202")
	r.Send("PATCH", admin+"/"+id, doc{"properties": doc{"m365Enabled": true}}).Follow("Location")
	r.read(id).Has(doc{"properties.bingChatEnabled": true, "properties.m365Enabled": true})
	r.SetSwitch(bap.SwitchAIRules, "off")
	r.Send("PATCH", admin+"/"+id, doc{"properties": doc{"copilotPolicies": doc{"crossGeoCopilotDataMovementEnabled": false}}}).Follow("Location")

	us := newRig(t, server.TenantSeed{})
	body := definition("")
	body["location"] = "unitedstates"
	id = us.made(body)
	us.Send("PATCH", admin+"/"+id, doc{"properties": doc{"bingChatEnabled": true}}).Want(204)
	us.read(id).Has(doc{"properties.copilotPolicies.crossBoundaryCopilotDataMovementEnabled": nil})
}

func TestNewerUpdatesOfTheDescriptionMakeAManagedEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition(""))
	at := admin + "/" + id
	r.Send("PATCH", at, doc{"properties": doc{"description": "a"}}).Follow("Location")
	r.Send("PATCH", at+"?api-version=2022-05-01", doc{"properties": doc{"displayName": "a"}}).Follow("Location")
	r.read(id).Has(doc{"properties.governanceConfiguration.protectionLevel": "Basic"})
	r.Send("PATCH", at+"?api-version=2022-05-01", doc{"properties": doc{"description": "b"}}).Follow("Location")
	r.read(id).Has(doc{"properties.governanceConfiguration.protectionLevel": "Standard"})
}

func TestValidationTellsWhetherADomainMayBeUsed(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.made(definition("mine"))
	for _, c := range []struct {
		body   doc
		status int
		code   string
	}{
		{doc{"domainName": "Free", "environmentLocation": "europe"}, 200, ""},
		{doc{"domainName": "mine", "environmentLocation": "france"}, 200, ""},
		{doc{"domainName": "Mine", "environmentLocation": "europe"}, 400, "InvalidDomainName"},
		{doc{"domainName": "a b", "environmentLocation": "europe"}, 400, "InvalidDomainName"},
		{doc{"domainName": "", "environmentLocation": "europe"}, 400, "InvalidDomainName"},
		{doc{"domainName": "mine", "environmentName": id}, 200, ""},
		{doc{"domainName": "mine", "environmentName": "nobody"}, 400, "InvalidLocation"},
		{doc{"domainName": "a", "location": "europe"}, 400, "InvalidRequestContent"},
	} {
		r.Send("POST", "/validateEnvironmentDetails", c.body).Want(c.status, c.code)
	}
}

package preset_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
)

const (
	plain    = "aaaaaaaa-0000-4000-8000-000000000001"
	lost     = "aaaaaaaa-0000-4000-8000-000000000002"
	managed  = "aaaaaaaa-0000-4000-8000-000000000003"
	grouped  = "aaaaaaaa-0000-4000-8000-000000000004"
	bare     = "aaaaaaaa-0000-4000-8000-000000000005"
	group    = "bbbbbbbb-0000-4000-8000-000000000001"
	billing  = "cccccccc-0000-4000-8000-000000000001"
	azure    = "dddddddd-0000-4000-8000-000000000001"
	systemID = "/regions/unitedstates/providers/Microsoft.PowerPlatform/enterprisePolicies/eeeeeeee-0000-4000-8000-000000000001"

	bap       = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform"
	admin     = bap + "/scopes/admin/environments"
	version   = "?api-version=2021-04-01"
	expanded  = version + "&$expand=properties/billingPolicy,properties/copilotPolicies"
	arm       = "https://management.azure.com/subscriptions/" + azure + "/resourceGroups/rg/providers/"
	policy    = arm + "Microsoft.PowerPlatform/enterprisePolicies/pol?api-version=2020-10-30-preview"
	subnet    = arm + "Microsoft.Network/virtualNetworks/net-eastus/subnets/spare?api-version=2024-05-01"
	rows      = "https://plain.crm.dynamics.com/api/data/v9.2/"
	powerapps = "https://api.powerapps.com/providers/Microsoft.PowerApps"
)

// rig is a client of a tenant with one of everything.
type rig struct{ mocktest.Client }

func newRig(t *testing.T) rig {
	t.Helper()
	return rig{mocktest.New(t, everything())}
}

func everything() mock.TenantSeed {
	network := func(region, octet string) mock.Doc {
		return mock.Doc{"name": "net-" + region, "location": region, "address_prefixes": []any{"10." + octet + ".0.0/16"}, "subnets": []any{
			mock.Doc{"name": "pp", "address_prefixes": []any{"10." + octet + ".1.0/24"}, "delegations": []any{"Microsoft.PowerPlatform/enterprisePolicies"}},
			mock.Doc{"name": "spare", "address_prefixes": []any{"10." + octet + ".2.0/24"}},
		}}
	}
	id := func(region string) string {
		return "/subscriptions/" + azure + "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net-" + region + "/subnets/pp"
	}
	return mock.TenantSeed{Items: map[string][]mock.Doc{
		"environment_groups": {{"id": group, "display_name": "Group"}},
		"billing_policies":   {{"id": billing, "name": "payg", "location": "unitedstates"}},
		"environments": {
			{"id": plain, "display_name": "Plain", "location": "unitedstates", "dataverse": mock.Doc{"domain": "plain"}},
			{"id": lost, "display_name": "A lost one", "location": "unitedstates"},
			{"id": managed, "display_name": "Managed", "location": "unitedstates", "managed": true, "dataverse": mock.Doc{}},
			{"id": grouped, "display_name": "Grouped", "location": "unitedstates", "managed": true, "environment_group_id": group, "dataverse": mock.Doc{}},
			{"id": bare, "display_name": "Bare", "location": "unitedstates"},
		},
		"subscriptions": {{"id": azure, "registered": []any{"Microsoft.Network", "Microsoft.KeyVault", "Microsoft.PowerPlatform"}, "resource_groups": []any{mock.Doc{
			"name": "rg", "virtual_networks": []any{network("eastus", "1"), network("westus", "2")},
			"enterprise_policies": []any{mock.Doc{"name": "pol", "location": "unitedstates", "system_id": systemID, "subnet_ids": []any{id("eastus"), id("westus")}}},
		}}}},
		"custom_connectors": {{"environment_id": plain, "display_name": "Cases", "name": "cases"}},
	}}
}

// sees asks and fails unless the answer has the status and holds the text; "!text" must not be in it.
func (r rig) sees(method, at string, body any, status int, texts ...string) mocktest.Answer {
	r.Helper()
	a := r.Send(method, at, body)
	if a.Status != status {
		r.Errorf("%v, want %d", a, status)
	}
	for _, text := range texts {
		unwanted, no := strings.CutPrefix(text, "!")
		if strings.Contains(a.Raw, unwanted) == no {
			r.Errorf("%v, want %s", a, text)
		}
	}
	return a
}

func (r rig) create(domain string) mocktest.Answer {
	r.Helper()
	return r.Send("POST", bap+"/environments"+version, mock.Doc{"location": "unitedstates", "properties": mock.Doc{
		"displayName": "New", "environmentSku": "Sandbox", "databaseType": "CommonDataService",
		"linkedEnvironmentMetadata": mock.Doc{"baseLanguage": 1033, "domainName": domain, "currency": mock.Doc{"code": "USD"}},
	}})
}

// created is the address of a new environment.
func (r rig) created(domain string) string {
	r.Helper()
	path := r.create(domain).Follow().Text("links.environment.path")
	return admin + path[strings.LastIndex(path, "/"):] + version
}

func (r rig) patch(id string, body mock.Doc, status int, texts ...string) mocktest.Answer {
	r.Helper()
	return r.sees("PATCH", admin+"/"+id+version, body, status, texts...)
}

func renamed() mock.Doc { return mock.Doc{"properties": mock.Doc{"displayName": "x"}} }

func (r rig) govern(id string, settings mock.Doc, status int, texts ...string) mocktest.Answer {
	r.Helper()
	body := mock.Doc{"protectionLevel": "Standard"}
	if settings != nil {
		body["settings"] = mock.Doc{"extendedSettings": settings}
	}
	return r.sees("POST", bap+"/environments/"+id+"/governanceConfiguration"+version, body, status, texts...)
}

func (r rig) link(what string, status int, texts ...string) mocktest.Answer {
	r.Helper()
	return r.sees("POST", bap+"/environments/"+managed+"/enterprisePolicies/NetworkInjection/"+what+"?api-version=2019-10-01", mock.Doc{"SystemId": systemID}, status, texts...)
}

// linked links the policy of the rig to its managed environment.
func (r rig) linked() {
	r.Helper()
	r.link("link", 202).Follow()
}

func (r rig) variable(name string, status int) mocktest.Answer {
	r.Helper()
	return r.sees("POST", rows+"environmentvariabledefinitions", mock.Doc{"schemaname": "new_" + name, "displayname": name, "type": 100000000}, status)
}

func (r rig) value(status int, texts ...string) {
	r.Helper()
	r.sees("POST", rows+"environmentvariablevalues", mock.Doc{"value": "v", "EnvironmentVariableDefinitionId@odata.bind": "/environmentvariabledefinitions(schemaname='new_it')"}, status, texts...)
}

// times runs f so many times.
func times(n int, f func()) {
	for range n {
		f()
	}
}

// unspoilt ends what faults cannot reach.
func unspoilt(r rig) { r.Platform().ClearFaults(r.ID) }

package dataverse

import (
	"net/http"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// actions are the unbound actions, as routes name them.
var actions = []string{
	"AddSolutionComponent", "RemoveSolutionComponent", "RetrieveEnvironmentVariableSecretValue", "PublishXml", "PublishAllXml",
	"GrantAccess", "ModifyAccess", "RevokeAccess",
}

func action(name string) func(c call) server.Reply {
	switch name {
	case "AddSolutionComponent":
		return call.addComponent
	case "RemoveSolutionComponent":
		return call.removeComponent
	case "RetrieveEnvironmentVariableSecretValue":
		return call.variableSecret
	case "PublishXml":
		return call.publish
	case "PublishAllXml":
		return func(call) server.Reply { return server.Empty(http.StatusNoContent) }
	case "GrantAccess", "ModifyAccess":
		return call.grant
	case "RevokeAccess":
		return call.revoke
	}
	return nil
}

func queryFunction(name string) func(c call, arguments map[string]any) server.Reply {
	switch name {
	case "WhoAmI":
		return call.whoAmI
	case "RetrieveCurrentOrganization":
		return call.currentOrganization
	case "RetrieveEnvironmentVariableValue":
		return call.variableValue
	case "RetrieveDependenciesForDelete":
		return call.dependenciesForDelete
	case "RetrieveSharedPrincipalsAndAccess":
		return call.shared
	}
	return nil
}

func (c call) whoAmI(map[string]any) server.Reply {
	return server.JSON(http.StatusOK, doc{
		"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
		"BusinessUnitId": derived(c.org, "businessunit"), "UserId": c.store.user, "OrganizationId": c.org["organizationid"],
	})
}

// currentOrganization has the members of the documentation's sample:
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrievecurrentorganization
func (c call) currentOrganization(map[string]any) server.Reply {
	root := "https://" + c.Host + "/"
	return server.JSON(http.StatusOK, doc{
		"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.RetrieveCurrentOrganizationResponse",
		"Detail": doc{
			"OrganizationId": c.org["organizationid"], "FriendlyName": c.org["domain"], "OrganizationVersion": "9.2.26091.00145",
			"EnvironmentId": c.org["environment"], "DatacenterId": derived(c.org, "datacenter"), "Geo": strings.TrimSuffix(server.Text(c.org, "scaleGroup"), "CRMLIVESG601"),
			"TenantId": c.Tenant.ID, "UrlName": c.org["domain"], "UniqueName": c.org["uniqueName"], "State": "Enabled",
			"Endpoints": doc{
				"Count": 3, "IsReadOnly": false, "Keys": []any{"WebApplication", "OrganizationService", "OrganizationDataService"},
				"Values": []any{root, root + "XRMServices/2011/Organization.svc", root + "XRMServices/2011/OrganizationData.svc"},
			},
		},
	})
}

// dependenciesForDelete names what keeps a component from being deleted.
func (c call) dependenciesForDelete(arguments map[string]any) server.Reply {
	id, _ := arguments["ObjectId"].(string)
	t := c.store.componentTable(arguments["ComponentType"])
	if t == nil {
		return argument("The component type is not valid.").reply()
	}
	row, r := c.store.find(t, key{id: id})
	if r != nil {
		return r.reply()
	}
	return c.list(tableNamed("dependency"), c.store.dependents(t, row))
}

// publish takes a list of what to publish; rows are published as they are.
func (c call) publish() server.Reply {
	if !strings.Contains(server.Text(c.body, "ParameterXml"), "<importexportxml") {
		return argument("The ParameterXml is not valid.").reply()
	}
	return server.Empty(http.StatusNoContent)
}

package graph_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const app = "11111111-1111-4111-8111-111111111111"

type doc = server.Doc

// directory is a client of the service principals of a tenant.
func directory(t *testing.T) mocktest.Client {
	t.Helper()
	return mocktest.New(t, server.TenantSeed{Applications: []server.Application{{ClientID: app, DisplayName: "Terraform"}}}).
		At("https://graph.microsoft.com/v1.0/servicePrincipals")
}

func TestEveryCloudKnowsDataverse(t *testing.T) {
	t.Parallel()
	c := directory(t)
	for _, cloud := range bap.Clouds {
		c.Send("GET", "https://"+cloud.Graph+"/v1.0/servicePrincipals(appId='"+graph.DataverseAppID+"')", nil).Want(200).Has(doc{
			"id": graph.ObjectID(c.Tenant, graph.DataverseAppID), "displayName": "Dataverse",
		})
	}
	if other := directory(t); graph.ObjectID(other.Tenant, graph.DataverseAppID) == graph.ObjectID(c.Tenant, graph.DataverseAppID) {
		t.Error("two tenants have one service principal")
	}
}

func TestAServicePrincipalIsFoundByWhatItIsAskedBy(t *testing.T) {
	t.Parallel()
	c := directory(t)
	one, ok := graph.Find(c.Tenant, strings.ToUpper(app))
	if !ok || one.ID != server.ObjectID(app) || one.Name != "Terraform" {
		t.Fatal(one)
	}
	const nobody = "22222222-2222-4222-8222-222222222222"
	c.Send("GET", "/"+one.ID, nil).Want(200).Has(doc{"appId": app})
	c.Send("GET", "(appId='"+app+"')?$select=id,appId", nil).Want(200).Has(doc{"id": one.ID, "displayName": nil})
	c.Send("GET", "(appId='"+nobody+"')", nil).Want(404, "Request_ResourceNotFound")
	c.Send("GET", "/"+nobody, nil).Want(404, "Request_ResourceNotFound")
	c.Send("GET", "?$filter="+url.QueryEscape("startswith(appId,'1')"), nil).Want(400, "Request_UnsupportedQuery")
	for query, want := range map[string]int{"": 4, "?$filter=" + url.QueryEscape("appId eq '"+app+"'"): 1, "?$filter=" + url.QueryEscape("displayName eq 'nobody'"): 0} {
		c.Send("GET", query, nil).Want(200).Has(doc{"value.#": want})
	}
}

func TestTheDirectoryRefuses(t *testing.T) {
	t.Parallel()
	c := directory(t)
	const at = "(appId='" + graph.DataverseAppID + "')"
	c.Audience("https://management.azure.com").Send("GET", at, nil).Want(401, "InvalidAuthenticationToken")
	c.SetSwitch(graph.SwitchAbsent, app+","+graph.DataverseAppID)
	c.Send("GET", at, nil).Want(404, "Request_ResourceNotFound")
	c.SetSwitch(graph.SwitchAccess, "none")
	c.Send("GET", at, nil).Want(403, "Authorization_RequestDenied")
}

package powerapps_test

import (
	"maps"
	"net/url"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	prefix   = "/providers/Microsoft.PowerApps"
	app      = "11111111-1111-4111-8111-111111111111"
	other    = "22222222-2222-4222-8222-222222222222" // an application that administers nothing
	user     = "33333333-3333-4333-8333-333333333333"
	env      = "aaaaaaaa-0000-4000-8000-00000000000a"
	plainEnv = "aaaaaaaa-0000-4000-8000-00000000000b" // without Dataverse
	org      = "https://contoso.crm.dynamics.com"
)

// oid is the object ID of the application.
var oid = server.ObjectID(app)

type doc = server.Doc

// rig is a client of the hub.
type rig struct{ mocktest.Client }

// shared is a platform without vaults, which have a say in secrets.
var shared = mocktest.Shared(bap.Register, dataverse.Register, powerapps.Register)

func newRig(t *testing.T, switches map[string]string, items map[string][]doc) rig {
	t.Helper()
	return rig{mocktest.On(t, shared(), seed(switches, items))}.in(bap.Clouds[0])
}

// seed has an environment with Dataverse and one without.
func seed(switches map[string]string, items map[string][]doc) server.TenantSeed {
	all := map[string][]doc{"environments": {
		{"id": env, "display_name": "A", "dataverse": doc{"domain": "contoso"}}, {"id": plainEnv, "display_name": "B"},
	}}
	maps.Copy(all, items)
	return server.TenantSeed{
		Switches: switches, Items: all,
		Applications: []server.Application{{ClientID: app, DisplayName: "Terraform", Admin: true}, {ClientID: other, DisplayName: "Other"}},
	}
}

// in is the client in a national cloud.
func (r rig) in(c bap.Cloud) rig {
	return rig{r.At("https://" + c.PowerApps + prefix + "?api-version=2016-11-01")}
}

// dataverse sends a request to the organization.
func (r rig) dataverse(method, path string, body any) mocktest.Answer {
	r.Helper()
	return r.Send(method, org+"/api/data/v9.2/"+path, body)
}

func in(environment string) string {
	return "?$filter=" + url.QueryEscape("environment eq '"+environment+"'")
}

// swagger is a definition with one operation.
func swagger() doc {
	return doc{
		"swagger": "2.0", "info": doc{"title": "Cases", "version": "1.0"}, "host": "api.contoso.com", "basePath": "/v1", "schemes": []any{"https"},
		"paths": doc{"/cases/{id}": doc{"get": doc{
			"operationId": "GetCase", "responses": doc{"200": doc{"description": "OK"}},
			"parameters": []any{doc{"name": "id", "in": "path", "required": true, "type": "string"}},
		}}},
	}
}

// oauth is a connection parameter that signs in with Microsoft Entra ID.
func oauth(secret any, more doc) doc {
	settings := doc{
		"identityProvider": "aad", "clientId": "client", "scopes": []any{}, "redirectMode": "GlobalPerConnector", "redirectUrl": "https://mine",
		"customParameters": doc{"resourceUri": doc{"value": "api://cases"}, "enableOnbehalfOfLogin": doc{"value": "false"}},
	}
	if secret != nil {
		settings["clientSecret"] = secret
	}
	for name, value := range more {
		server.Assign(settings, name, value)
	}
	return doc{"token": doc{"type": "oauthSetting", "oAuthSettings": settings}}
}

// body is the whole of what can be set.
func body(environment string, more doc) doc {
	p := doc{
		"displayName": "My connector", "description": "Cases of customers", "environment": doc{"name": environment}, "openApiDefinition": swagger(),
		"backendService": doc{"serviceUrl": "https://api.contoso.com/v1"}, "capabilities": []any{}, "connectionParameters": doc{},
		"iconBrandColor": "#123456", "scriptDefinitionUrl": "", "scriptOperations": []any{},
	}
	maps.Copy(p, more)
	maps.DeleteFunc(p, func(_ string, value any) bool { return value == nil })
	return doc{"properties": p}
}

// made creates a connector and returns its name.
func (r rig) made(environment string, more doc) string {
	r.Helper()
	return r.Send("POST", "/apis"+in(environment), body(environment, more)).Want(201).Text("name")
}

// read is the connector of that name.
func (r rig) read(environment, name string) mocktest.Answer {
	r.Helper()
	return r.Send("GET", "/apis/"+name+in(environment), nil).Want(200)
}

package powerapps_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
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

type doc = server.Doc

type rig struct {
	*testing.T
	platform *server.Platform
	tenant   *server.Tenant
	cloud    bap.Cloud
}

func newRig(t *testing.T, switches map[string]string, items map[string][]doc) rig {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	bap.Register(p)
	dataverse.Register(p)
	powerapps.Register(p)
	seed := map[string][]doc{"environments": {
		{"id": env, "display_name": "A", "dataverse": doc{"domain": "contoso"}}, {"id": plainEnv, "display_name": "B"},
	}}
	maps.Copy(seed, items)
	return rig{t, p, p.AddTenant(server.TenantSeed{
		Switches: switches, Items: seed,
		Applications: []server.Application{{ClientID: app, DisplayName: "Terraform", Admin: true}, {ClientID: other, DisplayName: "Other"}},
	}), bap.Clouds[0]}
}

type answer struct {
	status int
	header http.Header
	raw    string
	body   doc
}

// ask sends a request; a body that is no object goes out as it is.
func (r rig) ask(method, at, token string, header map[string]string, body []byte) answer {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, at, bytes.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := r.platform.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if strings.HasPrefix(a.raw, "{") {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			r.Fatalf("%s %s: %v in %s", method, at, err, raw)
		}
	}
	return a
}

// hub sends a request to the hub; paths without api-version get one.
func (r rig) hub(method, path string, body any, by ...string) answer {
	r.Helper()
	u, err := url.Parse("https://" + r.cloud.PowerApps + prefix + path)
	if err != nil {
		r.Fatal(err)
	}
	query := u.Query()
	if !query.Has("api-version") {
		query.Set("api-version", "2016-11-01")
	}
	u.RawQuery = query.Encode()
	client := app
	for _, id := range by {
		client = id
	}
	token, err := r.tenant.Token(client, r.cloud.Audience)
	if err != nil {
		r.Fatal(err)
	}
	var raw []byte
	switch b := body.(type) {
	case nil:
	case string:
		raw = []byte(b)
	default:
		if raw, err = json.Marshal(b); err != nil {
			r.Fatal(err)
		}
	}
	return r.ask(method, u.String(), token, map[string]string{"Content-Type": "application/json"}, raw)
}

// dataverse sends a request to the organization and returns the answer, whose status must be that.
func (r rig) dataverse(method, path string, body any, status int) answer {
	r.Helper()
	token, err := r.tenant.Token(app, org)
	if err != nil {
		r.Fatal(err)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		r.Fatal(err)
	}
	return r.want(r.ask(method, org+"/api/data/v9.2/"+path, token, map[string]string{"Content-Type": "application/json"}, raw), status, "")
}

// want fails the test unless the answer has the status and, when one is given, the error code.
func (r rig) want(a answer, status int, code string) answer {
	r.Helper()
	if a.status != status || code != "" && server.Text(a.body, "error.code") != code {
		r.Fatalf("got %d %s, want %d %q", a.status, a.raw, status, code)
	}
	return a
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
	for name, value := range more {
		if value == nil {
			delete(p, name)
			continue
		}
		p[name] = value
	}
	return doc{"properties": p}
}

// made creates a connector and returns its name.
func (r rig) made(environment string, more doc) string {
	r.Helper()
	return server.Text(r.want(r.hub("POST", "/apis"+in(environment), body(environment, more)), 201, "").body, "name")
}

// read is the connector of that name.
func (r rig) read(environment, name string) doc {
	r.Helper()
	return r.want(r.hub("GET", "/apis/"+name+in(environment), nil), 200, "").body
}

func (r rig) count(collection string) int {
	n := 0
	r.tenant.Do(func() { n = r.tenant.Collection(collection).Len() })
	return n
}

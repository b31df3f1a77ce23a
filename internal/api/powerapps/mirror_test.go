package powerapps_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/apitest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	mirror "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

func connect(t *testing.T) (*powerapps.Client, mocktest.Client) {
	t.Helper()
	c := mocktest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"environments": {{"id": env, "display_name": "A"}}}})
	return powerapps.New(apitest.Public(t), apitest.SignedIn(c)), c
}

const definition = `{"swagger":"2.0","info":{"title":"Cases","version":"1.0"},"host":"api.contoso.com","basePath":"/","schemes":["https"],` +
	`"paths":{"/cases":{"get":{"operationId":"ListCases","responses":{"200":{"description":"<OK> & more"}}}}}}`

const parameters = `{"token":{"type":"oauthSetting","oAuthSettings":{"identityProvider":"aad","clientId":"c","clientSecret":"canary","redirectMode":"GlobalPerConnector"}}}`

func full() powerapps.ConnectorSettings {
	return powerapps.ConnectorSettings{
		DisplayName: "Cases & more", Description: "D", Definition: json.RawMessage(definition), IconBrandColor: "#123456",
		BackendService: powerapps.BackendService{ServiceURL: "https://api.contoso.com/"}, ConnectionParameters: json.RawMessage(parameters),
	}
}

func TestConnectorFollowsItsLifeOnTheMirror(t *testing.T) {
	t.Parallel()
	c, tenant := connect(t)
	ctx, owner := t.Context(), server.ObjectID(mock.DefaultClientID)
	if lines, err := c.ValidateDefinition(ctx, owner, json.RawMessage(definition)); err != nil || len(lines) != 0 {
		t.Errorf("validated: %q %v", lines, err)
	}
	s := full()
	var err error
	if s.IconURI, err = c.UploadIcon(ctx, owner, env, "image/png", []byte("\x89PNG")); err != nil {
		t.Fatal(err)
	}
	if s.ScriptDefinitionURL, err = c.UploadScript(ctx, owner, env, []byte("class Script {}")); err != nil {
		t.Fatal(err)
	}
	s.ScriptOperations = []string{"ListCases"}
	made, err := c.CreateConnector(ctx, env, s)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := made.Properties.RedirectURL(), "https://global.consent.azure-apim.net/redirect/"+strings.TrimPrefix(made.Name, "shared_"); got != want {
		t.Errorf("redirect URL %s, want %s", got, want)
	}

	before := tenant.Requests()
	read, err := c.Connector(ctx, env, made.Name)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.OriginalDefinition(ctx, read)
	if err != nil || string(raw) == "" || !sameJSON(t, raw, definition) {
		t.Errorf("definition %s, %v", raw, err)
	}
	if n := len(tenant.Requests()) - len(before); n != 2 {
		t.Errorf("a refresh takes %d requests", n)
	}
	if r := read.Properties; r.DisplayName != "Cases & more" || r.IconBrandColor != "#123456" || !strings.Contains(r.ScriptDefinitionURL, ".csx") || len(r.ScriptOperations) != 1 ||
		r.BackendService.ServiceURL != "https://api.contoso.com/" || r.Environment.Name != env || r.CreatedBy.ID != owner || strings.Contains(string(r.ConnectionParameters), "canary") {
		t.Errorf("read %+v", r)
	}

	s.Description, s.ScriptDefinitionURL = "New", read.Properties.ScriptDefinitionURL
	s.ConnectionParameters = json.RawMessage(strings.Replace(parameters, `"clientSecret":"canary",`, "", 1))
	if err := c.UpdateConnector(ctx, env, made.Name, s); err != nil {
		t.Fatal(err)
	}
	if after, err := c.Connector(ctx, env, made.Name); err != nil || after.Properties.Description != "New" || after.Properties.DisplayName != "Cases & more" || after.Properties.ScriptDefinitionURL == "" {
		t.Errorf("after an update: %+v %v", after, err)
	}
	if secret := mirror.Secret(tenant.Tenant, env, made.Name, "token"); secret != "canary" {
		t.Errorf("the secret is %q", secret)
	}

	if err := c.ModifyPermissions(ctx, env, made.Name, []powerapps.Grant{{Principal: powerapps.Principal{ID: oid, Type: powerapps.Group}, Role: powerapps.CanView}, {Principal: powerapps.Principal{ID: tenant.ID, Type: powerapps.Tenant}, Role: powerapps.CanView}}, nil); err != nil {
		t.Fatal(err)
	}
	if got := roles(t, c, made.Name); got != "ServicePrincipal=Owner Group=CanView Tenant=CanView" {
		t.Errorf("roles %s", got)
	}
	if err := c.ModifyPermissions(ctx, env, made.Name, nil, []string{oid}); err != nil {
		t.Fatal(err)
	}
	if got := roles(t, c, made.Name); got != "ServicePrincipal=Owner Tenant=CanView" {
		t.Errorf("roles %s", got)
	}

	if err := c.DeleteConnector(ctx, env, made.Name); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Connector(ctx, env, made.Name); !rest.IsNotFound(err) {
		t.Errorf("read after delete: %v", err)
	}
}

func sameJSON(t *testing.T, a json.RawMessage, b string) bool {
	t.Helper()
	var one, two any
	if err := json.Unmarshal(a, &one); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b), &two); err != nil {
		t.Fatal(err)
	}
	x, _ := json.Marshal(one)
	y, _ := json.Marshal(two)
	return string(x) == string(y)
}

func roles(t *testing.T, c *powerapps.Client, name string) string {
	t.Helper()
	var out []string
	for p, err := range c.Permissions(t.Context(), env, name) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p.Properties.Principal.Type+"="+p.Properties.RoleName)
	}
	return strings.Join(out, " ")
}

func TestLostCreateLeavesOneConnectorOnTheMirror(t *testing.T) {
	t.Parallel()
	c, tenant := connect(t)
	tenant.Fault(mock.Fault{Operation: "powerapps.apis.create", Cut: true, Effect: true})
	made, err := c.CreateConnector(t.Context(), env, full())
	if err != nil || made.Name == "" {
		t.Fatalf("made %q, %v", made.Name, err)
	}
	n := 0
	for _, err := range c.CustomConnectors(t.Context(), env) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d connectors", n)
	}
}

func TestInvalidDefinitionIsExplainedByTheMirror(t *testing.T) {
	t.Parallel()
	c, _ := connect(t)
	s := full()
	s.Definition = json.RawMessage(strings.Replace(definition, `"operationId":"ListCases",`, "", 1))
	_, err := c.CreateConnector(t.Context(), env, s)
	if err == nil || !strings.Contains(err.Error(), "paths/~1cases/get : The operation 'operationId' property is required.") {
		t.Errorf("error %v", err)
	}
	lines, err := c.ValidateDefinition(t.Context(), server.ObjectID(mock.DefaultClientID), s.Definition)
	if err != nil || len(lines) != 1 {
		t.Errorf("lines %q, %v", lines, err)
	}
}

func TestFailureBeneathTheHubPassesOnTheMirror_C04(t *testing.T) {
	t.Parallel()
	c, tenant := connect(t)
	made, err := c.CreateConnector(t.Context(), env, full())
	if err != nil {
		t.Fatal(err)
	}
	tenant.Fault(mock.Fault{Operation: "powerapps.apis.update", Status: 400, Body: mirror.HubFailure(500, "InternalServerError", "No function app is free.")})
	if err := c.UpdateConnector(t.Context(), env, made.Name, full()); err != nil {
		t.Error(err)
	}
}

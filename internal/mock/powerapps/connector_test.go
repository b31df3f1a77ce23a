package powerapps_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestConnectorFollowsItsLife(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	name := r.made(plainEnv, nil)
	if !strings.HasPrefix(name, "shared_my-20connector-5f") || len(name) != len("shared_my-20connector")+2*len("-5f0123456789abcdef") {
		t.Errorf("runtime name %s", name)
	}
	d := r.read(plainEnv, name).Has(doc{
		"id": prefix + "/apis/" + name, "type": "Microsoft.PowerApps/apis", "properties.displayName": "My connector",
		"properties.description": "Cases of customers", "properties.iconUri": "https://az787822.vo.msecnd.net/defaulticons/api-dedicated.png",
		"properties.iconBrandColor": "#123456", "properties.metadata.brandColor": "#123456", "properties.environment.name": plainEnv,
		"properties.metadata.almMode": "Environment", "properties.createdBy.displayName": "Terraform", "properties.publisher": "Terraform",
		"properties.backendService.serviceUrl": "https://api.contoso.com/v1", "properties.tier": "Standard",
		"properties.swagger.host": "unitedstates-002.azure-apim.net", "properties.swagger.basePath": "/apim/" + strings.TrimPrefix(name, "shared_"),
		"properties.primaryRuntimeUrl": "https://unitedstates-002.azure-apim.net/apim/" + strings.TrimPrefix(name, "shared_"),
	})
	if strings.Contains(d.Raw, `"~`) {
		t.Errorf("shows what is the mock's own: %s", d.Raw)
	}
	created := d.Text("properties.changedTime")

	r.Send("PATCH", "/apis/"+name+in(plainEnv), body(plainEnv, doc{"displayName": "Other", "description": nil, "iconBrandColor": nil})).Want(204)
	d = r.read(plainEnv, name).Has(doc{"properties.displayName": "My connector", "properties.description": "", "properties.iconBrandColor": "#007ee5"})
	if d.Text("properties.changedTime") <= created {
		t.Error("changedTime stands still")
	}

	r.Do(func() {
		if err := powerapps.Connect(r.Tenant, plainEnv, name, "0123", ""); err != nil {
			t.Error(err)
		}
	})
	r.Send("DELETE", "/apis/"+name+in(plainEnv), nil).Want(200)
	r.Send("GET", "/apis/"+name+in(plainEnv), nil).Want(404, "ApiResourceNotFound")
	if n := r.Count(powerapps.Connectors) + r.Count(powerapps.ConnectorPermissions) + r.Count(powerapps.Connections); n != 0 {
		t.Errorf("%d objects are left", n)
	}
}

func TestConnectorIsDeletedByAnAdministrator(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{powerapps.SwitchDeleteAnswer: "204"}, nil)
	name := r.made(env, nil)
	r.Send("DELETE", "/scopes/admin/environments/"+env+"/apis/"+name+"?api-version=2017-06-01", nil).Want(204)
	r.Send("DELETE", "/scopes/admin/environments/"+env+"/apis/"+name+"?api-version=2017-06-01", nil).Want(404, "ApiResourceNotFound")
}

func TestConnectorIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	name := r.made(env, nil)
	unknown := "aaaaaaaa-0000-4000-8000-0000000000ff"
	script := doc{"scriptOperations": []any{"GetCase"}}
	for title, c := range map[string]struct {
		method, path string
		body         any
		by           string
		status       int
		code         string
	}{
		"update of a part":            {"PATCH", "/apis/" + name + in(env), doc{"properties": doc{"connectionParameters": doc{}}}, app, 500, "InternalServerError"},
		"update with a stack owner":   {"PATCH", "/apis/" + name + in(env), body(env, doc{"stackOwner": "Contoso"}), app, 400, "InvalidRequestContent"},
		"update of what is not there": {"PATCH", "/apis/shared_x" + in(env), body(env, nil), app, 404, "ApiResourceNotFound"},
		"operations without a script": {"PATCH", "/apis/" + name + in(env), body(env, script), app, 400, "InvalidScriptDefinitionUrlWithNonNullOperations"},
		"create without a title":      {"POST", "/apis" + in(env), body(env, doc{"displayName": nil}), app, 400, "InvalidRequestContent"},
		"create elsewhere":            {"POST", "/apis" + in(env), body(plainEnv, nil), app, 400, "InvalidRequestContent"},
		"create of nothing":           {"POST", "/apis" + in(env), body(env, doc{"openApiDefinition": nil}), app, 400, "InvalidRequestContent"},
		"script of another place":     {"POST", "/apis" + in(env), body(env, doc{"scriptDefinitionUrl": "https://evil.example/x"}), app, 400, "InvalidScriptDefinitionUrl"},
		"unknown environment":         {"GET", "/apis" + in(unknown), nil, app, 403, "EnvironmentAccessDenied"},
		"caller without rights":       {"GET", "/apis" + in(env), nil, other, 403, "EnvironmentAccessDenied"},
		"no filter":                   {"GET", "/apis", nil, app, 400, "InvalidFilter"},
		"strange filter":              {"GET", "/apis?$filter=name%20eq%20'x'", nil, app, 400, "InvalidFilter"},
		"unknown version":             {"GET", "/apis" + in(env) + "&api-version=2011-01-01", nil, app, 400, "InvalidApiVersionParameter"},
		"object ID of another":        {"POST", "/objectIds/" + user + "/validateApiSwagger", swagger(), app, 403, "ObjectIdMismatch"},
		"no object ID":                {"POST", "/objectIds/validateApiSwagger", swagger(), app, 404, ""},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			r.For(t).As(c.by).Send(c.method, c.path, c.body).Want(c.status, c.code)
		})
	}
}

func TestEveryCloudHasItsHub(t *testing.T) {
	t.Parallel()
	for _, cloud := range bap.Clouds {
		t.Run(cloud.Name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil, nil).in(cloud)
			r.made(env, nil)
			r.Audience("https://service.flow.microsoft.com").Send("GET", "/apis", nil).Want(401, "InvalidAuthenticationAudience")
		})
	}
}

func TestListComesInPages(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{powerapps.SwitchPageSize: "2"}, nil)
	want := []string{}
	for _, title := range []string{"A", "B", "C", "A"} {
		want = append(want, r.made(env, doc{"displayName": title}))
	}
	r.made(plainEnv, nil)
	if want[0] == want[3] {
		t.Error("two connectors have one name")
	}
	var got []string
	for _, page := range r.Send("GET", "/apis?%24filter=environment+eq+%27"+env+"%27+and+IsCustomApi+eq+%27True%27", nil).Pages() {
		for _, d := range page.List("value") {
			got = append(got, server.Text(d, "name"))
			mocktest.Has(t, d, doc{"properties.swagger": nil}) // a list shows no definitions
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	// Without a clause on custom connectors.
	r.Send("GET", "/apis"+in(env)+"&$top=1", nil).Want(200).Has(doc{"value.#.name": []string{"shared_commondataserviceforapps"}})
}

func TestSecretsStayWithTheHub(t *testing.T) {
	t.Parallel()
	for title, c := range map[string]struct {
		flag   string
		update any
		want   string
	}{
		"not sent":         {"", nil, "canary"},
		"sent empty":       {"", "", "canary"},
		"changed":          {"", "new", "new"},
		"cleared unless":   {"clear", nil, ""},
		"cleared but sent": {"clear", "new", "new"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, map[string]string{powerapps.SwitchSecrets: c.flag}, nil)
			sets := doc{"values": []any{doc{"name": "sp", "parameters": oauth("canary", nil)}}}
			name := r.made(env, doc{"connectionParameters": oauth("canary", nil), "connectionParameterSets": sets})
			if a := r.read(env, name); strings.Contains(a.Raw, "canary") {
				t.Errorf("a secret is shown: %s", a.Raw)
			}
			sets = doc{"values": []any{doc{"name": "sp", "parameters": oauth(c.update, nil)}}}
			r.Send("PATCH", "/apis/"+name+in(env), body(env, doc{"connectionParameters": oauth(c.update, nil), "connectionParameterSets": sets})).Want(204)
			for _, at := range []string{"token", "sp/token"} {
				if got := powerapps.Secret(r.Tenant, env, name, at); got != c.want {
					t.Errorf("%s holds %q, want %q", at, got, c.want)
				}
			}
		})
	}
}

func TestRedirectURLIsTheHubsOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	name := r.made(env, doc{"connectionParameters": oauth("s", nil)})
	const at = "properties.connectionParameters.token.oAuthSettings.redirectUrl"
	r.read(env, name).Has(doc{at: "https://global.consent.azure-apim.net/redirect/" + strings.TrimPrefix(name, "shared_")})
	name = r.made(env, doc{"connectionParameters": oauth("s", doc{"redirectMode": "Global"})})
	r.read(env, name).Has(doc{at: "https://global.consent.azure-apim.net/redirect"})
}

func TestSeededConnectorsAreThere(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, map[string][]doc{
		"custom_connectors": {{"environment_id": env, "display_name": "Old", "name": "shared_old", "owner": user}},
		"connections":       {{"environment_id": env, "connector": "shared_old", "name": "c1"}},
	})
	r.read(env, "shared_old").Has(doc{"properties.createdBy.id": user})
	if r.Count(powerapps.Connections) != 1 {
		t.Error("the connection is missing")
	}
}

func TestConnectorsGoWithTheirEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	r.made(plainEnv, nil)
	const environment = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments/" + plainEnv + "?api-version=2021-04-01"
	r.Send("DELETE", "https://"+bap.Clouds[0].BAP+environment, nil).Want(202).Follow().Has(doc{"state.id": "Succeeded"})
	if n := r.Count(powerapps.Connectors) + r.Count(powerapps.ConnectorPermissions); n != 0 {
		t.Errorf("%d objects outlive their environment", n)
	}
}

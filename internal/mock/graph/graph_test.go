package graph_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

const app = "11111111-1111-4111-8111-111111111111"

type rig struct {
	*testing.T
	platform *server.Platform
	tenant   *server.Tenant
}

func newRig(t *testing.T) rig {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	graph.Register(p)
	return rig{t, p, p.AddTenant(server.TenantSeed{Applications: []server.Application{{ClientID: app, DisplayName: "Terraform"}}})}
}

func (r rig) get(host, path, query, audience string) (int, server.Doc) {
	r.Helper()
	u := url.URL{Scheme: "https", Host: host, Path: "/v1.0/servicePrincipals" + path, RawQuery: query}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, u.String(), nil)
	if err != nil {
		r.Fatal(err)
	}
	token, err := r.tenant.Token(app, audience)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := r.platform.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	var body server.Doc
	if err := json.Unmarshal(raw, &body); err != nil {
		r.Fatal(err, string(raw))
	}
	return res.StatusCode, body
}

func TestEveryCloudKnowsDataverse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, cloud := range bap.Clouds {
		status, body := r.get(cloud.Graph, "(appId='"+graph.DataverseAppID+"')", "", "https://"+cloud.Graph)
		if status != http.StatusOK || server.Text(body, "id") != graph.ObjectID(r.tenant, graph.DataverseAppID) || server.Text(body, "displayName") != "Dataverse" {
			t.Errorf("%s: %d %v", cloud.Name, status, body)
		}
	}
	other := r.platform.AddTenant(server.TenantSeed{})
	if graph.ObjectID(other, graph.DataverseAppID) == graph.ObjectID(r.tenant, graph.DataverseAppID) {
		t.Error("two tenants have one service principal")
	}
}

func TestAServicePrincipalIsFoundByWhatItIsAskedBy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const host, audience = "graph.microsoft.com", "https://graph.microsoft.com"
	one, ok := graph.Find(r.tenant, strings.ToUpper(app))
	if !ok || one.ID != server.ObjectID(app) || one.Name != "Terraform" {
		t.Fatal(one)
	}
	for _, c := range []struct {
		path, query string
		status      int
		at, want    string
	}{
		{"/" + one.ID, "", 200, "appId", app},
		{"(appId='" + app + "')", "$select=id,appId", 200, "displayName", ""},
		{"(appId='" + app + "')", "$select=id,appId", 200, "id", one.ID},
		{"(appId='22222222-2222-4222-8222-222222222222')", "", 404, "error.code", "Request_ResourceNotFound"},
		{"/22222222-2222-4222-8222-222222222222", "", 404, "error.code", "Request_ResourceNotFound"},
		{"", "$filter=" + url.QueryEscape("startswith(appId,'1')"), 400, "error.code", "Request_UnsupportedQuery"},
	} {
		if status, body := r.get(host, c.path, c.query, audience); status != c.status || server.Text(body, c.at) != c.want {
			t.Errorf("%s: %d %v", c.path, status, body)
		}
	}
	for query, want := range map[string]int{"": 4, "$filter=" + url.QueryEscape("appId eq '"+app+"'"): 1, "$filter=" + url.QueryEscape("displayName eq 'nobody'"): 0} {
		_, body := r.get(host, "", query, audience)
		if value, _ := body["value"].([]any); len(value) != want {
			t.Errorf("%q: %v", query, body)
		}
	}
}

func TestTheDirectoryRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const host, at = "graph.microsoft.com", "(appId='" + graph.DataverseAppID + "')"
	if status, _ := r.get(host, at, "", "https://management.azure.com"); status != http.StatusUnauthorized {
		t.Error(status)
	}
	r.tenant.SetSwitch(graph.SwitchAbsent, app+","+graph.DataverseAppID)
	if status, _ := r.get(host, at, "", "https://graph.microsoft.com"); status != http.StatusNotFound {
		t.Error(status)
	}
	r.tenant.SetSwitch(graph.SwitchAccess, "none")
	if status, body := r.get(host, at, "", "https://graph.microsoft.com"); status != http.StatusForbidden || server.Text(body, "error.code") != "Authorization_RequestDenied" {
		t.Error(status, body)
	}
}

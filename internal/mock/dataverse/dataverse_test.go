package dataverse_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

const (
	app  = "11111111-1111-4111-8111-111111111111"
	host = "sales.crm4.dynamics.com"
	v    = "/api/data/v9.2/"
)

type doc = server.Doc

type rig struct {
	*testing.T
	platform *server.Platform
	tenant   *server.Tenant
}

func newRig(t *testing.T, switches map[string]string) rig {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	bap.Register(p)
	dataverse.Register(p)
	return rig{t, p, p.AddTenant(server.TenantSeed{Switches: switches, Items: map[string][]doc{"environments": {
		{"display_name": "Sales", "location": "europe", "dataverse": doc{
			"domain": "sales", "currency_code": "CHF", "language_code": 1031, "organization_id": "55555555-5555-4555-8555-555555555555",
		}},
	}}})}
}

type answer struct {
	status int
	header http.Header
	body   doc
}

func (r rig) ask(tenant *server.Tenant, method, host, audience, path string, body any) answer {
	r.Helper()
	payload := ""
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			r.Fatal(err)
		}
		payload = string(raw)
	}
	req, err := http.NewRequestWithContext(r.Context(), method, "https://"+host+path, strings.NewReader(payload))
	if err != nil {
		r.Fatal(err)
	}
	token, err := tenant.Token(app, audience)
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
	a := answer{status: res.StatusCode, header: res.Header}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			r.Fatalf("%v in %s", err, raw)
		}
	}
	return a
}

// get asks the organization and fails the test unless the answer has the status and, when one is given, the error code.
func (r rig) get(path string, status int, code string) doc {
	r.Helper()
	a := r.ask(r.tenant, "GET", host, "https://"+host, path, nil)
	if a.status != status || server.Text(a.body, "error.code") != code {
		r.Fatalf("GET %s: %d %v, want %d %q", path, a.status, a.body, status, code)
	}
	return a.body
}

func (r rig) rows(path string) []doc {
	r.Helper()
	list, ok := r.get(path, 200, "")["value"].([]any)
	if !ok {
		r.Fatal("no rows")
	}
	out := []doc{}
	for _, item := range list {
		row, ok := item.(doc)
		if !ok {
			r.Fatalf("row %v", item)
		}
		out = append(out, row)
	}
	return out
}

func TestOrganizationKnowsTheCaller(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, path := range []string{"WhoAmI", "WhoAmI()"} {
		me := r.get(v+path, 200, "")
		if server.Text(me, "OrganizationId") != "55555555-5555-4555-8555-555555555555" || len(server.Text(me, "UserId")) != 36 || len(server.Text(me, "BusinessUnitId")) != 36 {
			t.Errorf("%s: %v", path, me)
		}
		if me["UserId"] != r.get(v+path, 200, "")["UserId"] {
			t.Error("the user changes from call to call")
		}
	}
	api := r.ask(r.tenant, "GET", "sales.api.crm4.dynamics.com", "https://sales.api.crm4.dynamics.com", v+"WhoAmI", nil)
	if api.status != 200 {
		t.Errorf("the host of the Web API answers %d", api.status)
	}
	r.get("/api/data/v10/WhoAmI", 404, "0x80060888")
}

func TestBaseCurrencyIsFoundThroughTheOrganization(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	orgs := r.rows(v + "organizations?$select=_basecurrencyid_value,languagecode")
	if len(orgs) != 1 || len(orgs[0]) != 4 || orgs[0]["languagecode"] != 1031.0 {
		t.Fatalf("organizations: %v", orgs)
	}
	id := server.Text(orgs[0], "_basecurrencyid_value")
	found := r.rows(v + "transactioncurrencies?$filter=" + url.QueryEscape("transactioncurrencyid eq "+id))
	if len(found) != 1 || server.Text(found[0], "isocurrencycode") != "CHF" || server.Text(found[0], "currencysymbol") != "CHF" {
		t.Errorf("currency: %v", found)
	}
	for filter, want := range map[string]int{
		"isocurrencycode eq 'chf'":                                      1,
		"isocurrencycode eq 'CHF' and currencyprecision eq 2":           1,
		"(isocurrencycode eq 'CHF') AND (currencyprecision eq 3)":       0,
		"isocurrencycode ne 'CHF'":                                      0,
		"isocurrencycode eq 'O''Neill'":                                 0,
		"transactioncurrencyid eq 00000000-0000-0000-0000-000000000000": 0,
	} {
		if got := r.rows(v + "transactioncurrencies?$filter=" + url.QueryEscape(filter)); len(got) != want {
			t.Errorf("%s: %v", filter, got)
		}
	}
	if got := r.rows(v + "organizations?$top=0"); len(got) != 0 {
		t.Errorf("$top=0: %v", got)
	}
	for _, query := range []string{
		"$filter=" + url.QueryEscape("colour eq 'red'"), "$filter=" + url.QueryEscape("isocurrencycode has 'CHF'"),
		"$select=colour", "$top=x", "$expand=all", "$filter=" + url.QueryEscape("isocurrencycode eq 'CHF"),
	} {
		r.get(v+"transactioncurrencies?"+query, 400, "0x80060888")
	}
}

func TestTokensMustBeForTheOrganizationAndItsTenant(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	if a := r.ask(r.tenant, "GET", host, "https://service.powerapps.com", v+"WhoAmI", nil); a.status != 401 {
		t.Errorf("wrong audience: %d", a.status)
	}
	other := r.platform.AddTenant(server.TenantSeed{})
	a := r.ask(other, "GET", host, "https://"+host, v+"WhoAmI", nil)
	if a.status != 401 || server.Text(a.body, "error.code") != "0x80072560" || a.header.Get("WWW-Authenticate") == "" {
		t.Errorf("another tenant: %d %v", a.status, a.body)
	}
	a = r.ask(r.tenant, "GET", "nobody.crm4.dynamics.com", "https://nobody.crm4.dynamics.com", v+"WhoAmI", nil)
	if a.status != 501 || server.Text(a.body, "error.code") != "UnknownHost" {
		t.Errorf("no organization: %d %v", a.status, a.body)
	}
}

// create asks for an environment with Dataverse and returns where its operation stands.
func (r rig) create() string {
	r.Helper()
	a := r.ask(r.tenant, "POST", "api.bap.microsoft.com", "https://service.powerapps.com",
		"/providers/Microsoft.BusinessAppPlatform/environments?api-version=2023-06-01", doc{
			"location": "europe", "properties": doc{
				"displayName": "New", "environmentSku": "Sandbox", "databaseType": "CommonDataService",
				"linkedEnvironmentMetadata": doc{"baseLanguage": 1033, "domainName": "new", "currency": doc{"code": "EUR"}},
			},
		})
	if a.status != 202 {
		r.Fatalf("create: %d %v", a.status, a.body)
	}
	return a.header.Get("Location")
}

func (r rig) fresh() answer {
	r.Helper()
	const host = "new.crm4.dynamics.com"
	return r.ask(r.tenant, "GET", host, "https://"+host, v+"organizations", nil)
}

func (r rig) finish(at string) {
	r.Helper()
	u, err := url.Parse(at)
	if err != nil {
		r.Fatal(err)
	}
	for range 20 {
		a := r.ask(r.tenant, "GET", u.Host, "https://service.powerapps.com", u.RequestURI(), nil)
		if server.Text(a.body, "state.id") == "Succeeded" {
			return
		}
	}
	r.Fatal("the operation does not end")
}

func TestHostAppearsWhenTheOrganizationIsReady(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	at := r.create()
	if a := r.fresh(); a.status != 501 {
		t.Errorf("while it is made: %d", a.status)
	}
	r.finish(at)
	if a := r.fresh(); a.status != 200 {
		t.Errorf("when it is ready: %d", a.status)
	}
}

func TestNewOrganizationRefusesItsFirstCalls(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{bap.SwitchGraceCalls: "4"})
	r.get(v+"WhoAmI", 200, "") // an old organization knows everybody
	r.finish(r.create())
	for range 4 {
		if a := r.fresh(); a.status != 403 || server.Text(a.body, "error.code") != "0x80072560" {
			t.Errorf("in its grace: %d %v", a.status, a.body)
		}
	}
	for range 2 {
		if a := r.fresh(); a.status != 200 {
			t.Errorf("after its grace: %d", a.status)
		}
	}
}

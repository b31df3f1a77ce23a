package dataverse_test

import (
	"net/url"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestOrganizationKnowsTheCaller(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, path := range []string{"WhoAmI", "WhoAmI()"} {
		me := r.row(path).Has(doc{"OrganizationId": "55555555-5555-4555-8555-555555555555"})
		if len(me.Text("UserId")) != 36 || len(me.Text("BusinessUnitId")) != 36 {
			t.Error(me)
		}
		r.row(path).Has(doc{"UserId": me.Text("UserId")})
	}
	r.Send("GET", "https://sales.api.crm4.dynamics.com"+v+"WhoAmI", nil).Want(200)
	r.Send("GET", "https://"+host+"/api/data/v10/WhoAmI", nil).Want(404, "0x80060888")
}

func TestBaseCurrencyIsFoundThroughTheOrganization(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.row("organizations?$select=_basecurrencyid_value,languagecode").Has(doc{"value.#": 1, "value.0.#": 4, "value.0.languagecode": 1031}).
		Text("value.0._basecurrencyid_value")
	r.row("transactioncurrencies?$filter=" + url.QueryEscape("transactioncurrencyid eq "+id)).Has(doc{
		"value.#": 1, "value.0.isocurrencycode": "CHF", "value.0.currencysymbol": "CHF",
	})
	for filter, want := range map[string]int{
		"isocurrencycode eq 'chf'":                                      1,
		"isocurrencycode eq 'CHF' and currencyprecision eq 2":           1,
		"(isocurrencycode eq 'CHF') AND (currencyprecision eq 3)":       0,
		"isocurrencycode ne 'CHF'":                                      0,
		"isocurrencycode eq 'O''Neill'":                                 0,
		"transactioncurrencyid eq 00000000-0000-0000-0000-000000000000": 0,
	} {
		r.row("transactioncurrencies?$filter=" + url.QueryEscape(filter)).Has(doc{"value.#": want})
	}
	r.row("organizations?$top=0").Has(doc{"value.#": 0})
	for _, query := range []string{
		"$filter=" + url.QueryEscape("colour eq 'red'"), "$filter=" + url.QueryEscape("isocurrencycode has 'CHF'"),
		"$select=colour", "$top=x", "$expand=all", "$filter=" + url.QueryEscape("isocurrencycode eq 'CHF"),
	} {
		r.Send("GET", "transactioncurrencies?"+query, nil).Want(400, "0x80060888")
	}
}

func TestTokensMustBeForTheOrganizationAndItsTenant(t *testing.T) {
	t.Parallel()
	r := alone(t, nil)
	r.Audience("https://service.powerapps.com").Send("GET", "WhoAmI", nil).Want(401)
	other := mocktest.On(t, r.Platform(), server.TenantSeed{})
	if a := other.Send("GET", "https://"+host+v+"WhoAmI", nil).Want(401, "0x80072560"); a.Header.Get("WWW-Authenticate") == "" {
		t.Error(a.Header)
	}
	r.Send("GET", "https://nobody.crm4.dynamics.com"+v+"WhoAmI", nil).Want(501, "UnknownHost")
}

// create asks for an environment with Dataverse.
func (r rig) create() mocktest.Answer {
	r.Helper()
	return r.Send("POST", "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/environments?api-version=2023-06-01", doc{
		"location": "europe", "properties": doc{
			"displayName": "New", "environmentSku": "Sandbox", "databaseType": "CommonDataService",
			"linkedEnvironmentMetadata": doc{"baseLanguage": 1033, "domainName": "new", "currency": doc{"code": "EUR"}},
		},
	}).Want(202)
}

// fresh asks the organization of the new environment.
func (r rig) fresh(method, path string, body any) mocktest.Answer {
	r.Helper()
	return r.Send(method, "https://new.crm4.dynamics.com"+v+path, body)
}

func TestHostAppearsWhenTheOrganizationIsReady(t *testing.T) {
	t.Parallel()
	r := alone(t, nil)
	created := r.create()
	r.fresh("GET", "organizations", nil).Want(501, "UnknownHost")
	created.Follow().Has(doc{"state.id": "Succeeded"})
	r.fresh("GET", "organizations", nil).Want(200)
}

func TestNewOrganizationRefusesItsFirstCalls(t *testing.T) {
	t.Parallel()
	r := alone(t, map[string]string{bap.SwitchGraceCalls: "4"})
	r.row("WhoAmI") // an old organization knows everybody
	r.create().Follow().Has(doc{"state.id": "Succeeded"})
	for range 4 {
		r.fresh("GET", "organizations", nil).Want(403, "0x80072560")
	}
	for range 2 {
		r.fresh("GET", "organizations", nil).Want(200)
	}
}

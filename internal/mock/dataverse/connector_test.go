package dataverse_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func connectorBody(more doc) doc {
	body := doc{"name": "new_5FMy-20API", "displayname": "My API", "connectortype": 1, "openapidefinition": `{"swagger":"2.0"}`}
	maps.Copy(body, more)
	return body
}

func TestConnectorsFollowTheRules(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	const own = "77777777-7777-4777-8777-777777777777"
	if got := r.made("connectors", connectorBody(doc{"connectorid": own, "capabilities": "118690004,118690005"})); got != own {
		t.Errorf("made %s", got)
	}
	path := "connectors(" + own + ")"
	for column, code := range map[string]string{
		"name": "0x80040200", "displayname": "0x80040200", "connectortype": "0x80040200", "openapidefinition": "0x80040200",
	} {
		body := connectorBody(nil)
		delete(body, column)
		r.Send("POST", "connectors", body).Want(400, code)
	}
	for column, value := range map[string]any{
		"openapidefinition": strings.Repeat("x", 1_000_001), "connectionparameters": strings.Repeat("x", 500_001), "connectortype": 3,
		"capabilities": "118690004,1", "description": strings.Repeat("é", 1001),
	} {
		r.Send("PATCH", path, doc{column: value}).Want(400, "0x80044331")
	}
	r.Send("PATCH", path, doc{"openapidefinition": strings.Repeat("x", 1_000_000), "description": strings.Repeat("é", 1000)}).Want(204)
	r.Send("PATCH", path, doc{"name": "new_other"}).Want(400, "0x80040203")
	r.Send("PATCH", path, doc{"iconblob": "iVBORw0KGgo="}).Want(204)
	r.Send("PATCH", path, doc{"iconblob": "no base64"}).Want(400, "0x80048d19")
	row := r.row(path)
	if row.Get("iconbrandcolor") != "#007ee5" || row.Get("componentstate") != 0.0 || row.Text("_ownerid_value") == "" || row.Get("capabilities") != "118690004,118690005" {
		t.Error(row.Get("iconbrandcolor"), row.Get("capabilities"))
	}
	short := newRig(t, map[string]string{dataverse.SwitchOpenAPILimit: "500000"})
	short.Send("POST", "connectors", connectorBody(doc{"openapidefinition": strings.Repeat("x", 500_001)})).Want(400, "0x80044331")
}

func TestConnectorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.made("connectors", connectorBody(doc{
		"connectionparameters":    `{"token":{"oAuthSettings":{"clientId":"c","clientSecret":"canary"}}}`,
		"connectionparametersets": `{"values":[{"parameters":{"token":{"oAuthSettings":{"ClientSecret":"@environmentVariables(\"new_s\")"}}}}]}`,
	}))
	row := r.row("connectors(" + id + ")")
	if one := row.Text("connectionparameters"); strings.Contains(one, "canary") || !strings.Contains(one, `"clientSecret":""`) || !strings.Contains(one, `"clientId":"c"`) {
		t.Error(one)
	}
	if two := row.Text("connectionparametersets"); !strings.Contains(two, `@environmentVariables(\"new_s\")`) {
		t.Error(two)
	}
}

// arrived is connectorinternalid after a while.
func arrived(r rig, id string) string {
	r.Helper()
	r.Clock().Advance(time.Minute)
	return r.row("connectors(" + id + ")?$select=connectorinternalid").Text("connectorinternalid")
}

func TestConnectorsReachTheHubAfterAWhile(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	a := r.With("Prefer", "return=representation").Send("POST", "connectors", connectorBody(nil)).Want(201)
	if a.Get("connectorinternalid") != nil {
		t.Error("at once")
	}
	name := arrived(r, a.Text("connectorid"))
	if !regexp.MustCompile(`^shared_new-5fmy-20api-5f[0-9a-f]{16}$`).MatchString(name) {
		t.Errorf("name %q", name)
	}
	never := newRig(t, map[string]string{dataverse.SwitchConnectorDelay: "never"})
	if got := arrived(never, never.made("connectors", connectorBody(nil))); got != "" {
		t.Errorf("never: %q", got)
	}
	slow := newRig(t, map[string]string{dataverse.SwitchConnectorDelay: "90s"})
	id := slow.made("connectors", connectorBody(nil))
	if arrived(slow, id) != "" || arrived(slow, id) == "" {
		t.Error("the delay of the switch does not count")
	}
	lost := newRig(t, nil)
	lost.Script(dataverse.KindConnector, server.Script{Fail: []string{"no"}})
	if got := arrived(lost, lost.made("connectors", connectorBody(nil))); got != "" {
		t.Errorf("a lost one arrived: %q", got)
	}
}

func TestHubTakesConnectorsOver(t *testing.T) {
	t.Parallel()
	r := alone(t, nil)
	refuse := false
	var saved, deleted []string
	dataverse.UseHub(r.Platform(), dataverse.Hub{
		Saved: func(_ *server.Tenant, environment string, c server.Doc) (string, bool) {
			saved = append(saved, server.Text(c, "displayname"))
			return "shared_" + environment, !refuse
		},
		Deleted: func(_ *server.Tenant, _ string, c server.Doc) {
			deleted = append(deleted, server.Text(c, "connectorinternalid"))
		},
	})
	id := r.made("connectors", connectorBody(nil))
	if got := arrived(r, id); got != "shared_"+r.environment() {
		t.Error(got)
	}
	refuse = true
	r.Send("PATCH", "connectors("+id+")", doc{"displayname": "Two"}).Want(204)
	if arrived(r, id); strings.Join(saved, ",") != "My API,Two" {
		t.Error(saved)
	}
	r.Send("POST", "connectors", connectorBody(doc{"connectortype": 9})).Want(400, "0x80044331")
	r.Send("DELETE", "connectors("+id+")", nil).Want(204)
	r.Clock().Advance(time.Minute)
	r.row("WhoAmI")
	if len(saved) != 2 || strings.Join(deleted, ",") != "shared_"+r.environment() {
		t.Error(saved, deleted)
	}
}

func TestConnectorsAreShared(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.made("connectors", connectorBody(nil))
	team := server.Text(r.query("teams")[0], "teamid")
	target := doc{"@odata.type": "Microsoft.Dynamics.CRM.connector", "connectorid": id}
	principal := doc{"@odata.type": "Microsoft.Dynamics.CRM.team", "teamid": team}
	shares := func(want ...string) {
		t.Helper()
		a := r.row("RetrieveSharedPrincipalsAndAccess(Target=@t)?@t={'@odata.id':'connectors(" + id + ")'}")
		a.Has(doc{"PrincipalAccesses.#.AccessMask": append([]string{}, want...)})
		for _, share := range a.List("PrincipalAccesses") {
			mocktest.Has(t, share, doc{"Principal.teamid": team})
		}
	}
	shares()
	r.Send("POST", "GrantAccess", doc{"Target": target, "PrincipalAccess": doc{"Principal": principal, "AccessMask": "ReadAccess"}}).Want(204)
	shares("ReadAccess")
	r.Send("POST", "ModifyAccess", doc{"Target": target, "PrincipalAccess": doc{"Principal": principal, "AccessMask": "ReadAccess,WriteAccess"}}).Want(204)
	shares("ReadAccess,WriteAccess")
	r.Send("POST", "RevokeAccess", doc{"Target": target, "Revokee": principal}).Want(204)
	shares()
	grant := func(target, principal doc, mask string, status int, code string) {
		t.Helper()
		r.Send("POST", "GrantAccess", doc{"Target": target, "PrincipalAccess": doc{"Principal": principal, "AccessMask": mask}}).Want(status, code)
	}
	grant(target, principal, "Everything", 400, "0x80040203")
	grant(target, target, "ReadAccess", 400, "0x80040203")
	grant(principal, principal, "ReadAccess", 400, "0x80040203")
	grant(doc{}, principal, "ReadAccess", 400, "0x80048d19")
	grant(target, doc{"@odata.type": "Microsoft.Dynamics.CRM.systemuser", "systemuserid": team}, "ReadAccess", 404, "0x80040217")
	grant(target, principal, "ReadAccess", 204, "")
	r.Send("DELETE", "connectors("+id+")", nil).Want(204)
	if got := r.Count("dataverse." + "shares"); got != 0 {
		t.Errorf("%d shares of nothing", got)
	}
	r.Send("GET", "RetrieveSharedPrincipalsAndAccess(Target=@t)?@t=1", nil).Want(400, "0x80040203")
}

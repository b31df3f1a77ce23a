//go:build clients

package clients_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/tools/clients"
)

// installed is Node.js and the packages of package-lock.json.
var installed = sync.OnceValues(func() ([2]string, error) {
	ctx := context.Background()
	folder, err := clients.Folder(ctx)
	if err != nil {
		return [2]string{}, err
	}
	node, err := clients.FindNode(ctx, folder)
	if err != nil {
		return [2]string{}, err
	}
	modules, err := node.InstallPackages(ctx, ".", folder)
	return [2]string{node.Binary, filepath.Join(modules, "@pnp", "cli-microsoft365", "dist", "index.js")}, err
})

// m365 is CLI for Microsoft 365, as it was released.
type m365 struct {
	*rig
	node, script string
}

func newM365(t *testing.T) m365 {
	t.Helper()
	paths, err := installed()
	if err != nil {
		t.Fatal(err)
	}
	return m365{newRig(t), paths[0], paths[1]}
}

func (m m365) try(args ...string) (string, string, bool) {
	m.Helper()
	environment := append(m.environment(), "NODE_EXTRA_CA_CERTS="+m.certificate(), "PATH="+filepath.Dir(m.node)+string(os.PathListSeparator)+os.Getenv("PATH"))
	return m.run(environment, m.node, append([]string{m.script}, args...)...)
}

// do runs a command, which has to succeed, and returns what it prints.
func (m m365) do(args ...string) string {
	m.Helper()
	out, errs, ok := m.try(args...)
	if !ok {
		m.Fatalf("m365 %s: %s%s", strings.Join(args, " "), out, errs)
	}
	return out
}

// object is do for a command that prints an object.
func (m m365) object(args ...string) map[string]any {
	m.Helper()
	return decoded[map[string]any](m, args)
}

// list is do for a command that prints a list.
func (m m365) list(args ...string) []map[string]any {
	m.Helper()
	return decoded[[]map[string]any](m, args)
}

func decoded[T any](m m365, args []string) T {
	m.Helper()
	var value T
	out := m.do(append(args, "--output", "json")...)
	if err := json.Unmarshal([]byte(out), &value); err != nil {
		m.Fatalf("m365 %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return value
}

// find returns the item of a list whose member has a value; the test fails when there is none.
func (m m365) find(list []map[string]any, name string, value any) map[string]any {
	m.Helper()
	for _, item := range list {
		if item[name] == value {
			return item
		}
	}
	m.Fatalf("no item whose %s is %v among %v", name, value, list)
	return nil
}

func (m m365) loginBySecret() {
	m.Helper()
	if got := m.object("login", "--authType", "secret", "--appId", clientID, "--tenant", tenantID, "--secret", clientSecret); got["authType"] != "secret" {
		m.Errorf("login: %v", got)
	}
}

// swallowed waits for the reports of the client, which it sends on its way out, and for the mock to drop them.
func (m m365) swallowed() {
	m.Helper()
	deadline, cancel := context.WithTimeout(m.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for m.called("proxy.telemetry") == 0 {
		select {
		case <-tick.C:
		case <-deadline.Done():
			m.Fatal("no report came")
		}
	}
}

func TestM365ListsWhatATenantHas(t *testing.T) {
	t.Parallel()
	m := newM365(t)
	m.loginBySecret()
	for _, more := range [][]string{nil, {"--asAdmin"}} {
		if got := m.find(m.list(append([]string{"pp", "environment", "list"}, more...)...), "name", sandbox); got["displayName"] != "Sandbox" {
			t.Errorf("environment %v: %v", more, got)
		}
		if got := m.object(append([]string{"pp", "environment", "get", "--name", sandbox}, more...)...); got["name"] != sandbox {
			t.Errorf("environment %v: %v", more, got)
		}
		if got := m.object(append([]string{"pp", "environment", "get", "--default"}, more...)...); got["name"] != "Default-"+tenantID {
			t.Errorf("default environment %v: %v", more, got)
		}
	}
	if got := m.object("pp", "tenant", "settings", "list"); got["walkMeOptOut"] != false {
		t.Errorf("settings: %v", got)
	}
	m.object("pp", "tenant", "settings", "set", "--walkMeOptOut", "true")
	if got := m.object("pp", "tenant", "settings", "list"); got["walkMeOptOut"] != true || got["disableSurveyFeedback"] != false {
		t.Errorf("settings after a change: %v", got)
	}
	const other = "00000000-0000-4000-8000-00000000f00d"
	if got := m.object("pp", "managementapp", "add", "--appId", other); got["applicationId"] != other {
		t.Errorf("management application: %v", got)
	}
	m.find(m.list("pp", "managementapp", "list"), "applicationId", other)
	m.find(m.list("pa", "environment", "list"), "name", sandbox)
	if got := m.object("pa", "environment", "get", "--name", sandbox); got["displayName"] != "Sandbox" {
		t.Errorf("environment: %v", got)
	}
	connectors := m.list("pa", "connector", "list", "--environmentName", sandbox)
	if len(connectors) != 1 || connectors[0]["displayName"] != "Orders" {
		t.Fatalf("connectors: %v", connectors)
	}
	name, _ := connectors[0]["name"].(string)
	m.do("pa", "connector", "export", "--environmentName", sandbox, "--name", name)
	raw, err := os.ReadFile(filepath.Join(m.home, name, "apiDefinition.swagger.json"))
	if err != nil || !json.Valid(raw) {
		t.Errorf("export: %v %s", err, raw)
	}
	m.understood()
	m.swallowed()
}

func TestM365WorksInDataverse(t *testing.T) {
	t.Parallel()
	m := newM365(t)
	m.loginBySecret()
	in := func(args ...string) []string { return append(args, "--environmentName", sandbox) }
	m.find(m.list(in("pp", "dataverse", "table", "list")...), "LogicalName", "systemuser")
	if got := m.object(in("pp", "dataverse", "table", "get", "--name", "team")...); got["EntitySetName"] != "teams" {
		t.Errorf("table: %v", got)
	}
	m.find(m.list(in("pp", "solution", "list")...), "uniquename", "Default")
	if got := m.object(in("pp", "solution", "get", "--name", "Default")...); got["friendlyname"] != "Default Solution" {
		t.Errorf("solution: %v", got)
	}
	m.do(in("pp", "solution", "publisher", "add", "--name", "contoso", "--displayName", "Contoso", "--prefix", "cts", "--choiceValuePrefix", "20000")...)
	listed := m.find(m.list(in("pp", "solution", "publisher", "list")...), "uniquename", "contoso")
	publisher := m.object(in("pp", "solution", "publisher", "get", "--name", "Contoso")...)
	if publisher["customizationprefix"] != "cts" || publisher["publisherid"] != listed["publisherid"] {
		t.Errorf("publisher: %v", publisher)
	}
	id, _ := publisher["publisherid"].(string)
	m.find(m.list(in("pp", "dataverse", "table", "row", "list", "--tableName", "publisher")...), "publisherid", id)
	m.do(in("pp", "solution", "publisher", "remove", "--id", id, "--force")...)
	for _, p := range m.list(in("pp", "solution", "publisher", "list")...) {
		if p["publisherid"] == id {
			t.Errorf("it is still there: %v", p)
		}
	}
	if _, errs, ok := m.try(in("pp", "solution", "publisher", "get", "--name", "Contoso")...); ok || !strings.Contains(errs, "does not exist") {
		t.Errorf("a publisher that is gone: %s", errs)
	}
	m.do(in("pp", "solution", "publish", "--name", "Default", "--wait")...)
	m.do(in("pp", "solution", "publisher", "add", "--name", "fabrikam", "--displayName", "Fabrikam", "--prefix", "fab", "--choiceValuePrefix", "30000")...)
	other, _ := m.object(in("pp", "solution", "publisher", "get", "--name", "Fabrikam")...)["publisherid"].(string)
	m.do(in("pp", "dataverse", "table", "row", "remove", "--tableName", "publisher", "--id", other, "--force")...)
	m.understood()
}

func TestM365SignsPeopleIn(t *testing.T) {
	t.Parallel()
	m := newM365(t)
	got := m.object("login", "--authType", "deviceCode", "--appId", clientID, "--tenant", tenantID)
	if got["connectedAs"] != "admin@contoso.onmicrosoft.com" {
		t.Errorf("login: %v", got)
	}
	m.find(m.list("pp", "environment", "list"), "name", sandbox)
	m.find(m.list("pp", "solution", "list", "--environmentName", sandbox), "uniquename", "Default")
	m.do("logout")
	if _, errs, ok := m.try("pp", "environment", "list"); ok || !strings.Contains(errs, "Log in") {
		t.Errorf("after the logout: %s", errs)
	}
	m.understood()
}

func TestM365SignsApplicationsInInOtherWays(t *testing.T) {
	t.Parallel()
	m := newM365(t)
	public, both := selfSigned(t)
	m.admin(http.MethodPost, "seed", map[string]any{"tenants": []any{map[string]any{
		"id": tenantID, "applications": []any{map[string]any{"client_id": certified, "certificates": []string{public}, "admin": true}},
	}}}, nil)
	for name, args := range map[string][]string{
		"certificate": {"--authType", "certificate", "--appId", certified, "--tenant", tenantID, "--certificateFile", m.file("client.pem", both)},
	} {
		m.do(append([]string{"login"}, args...)...)
		m.find(m.list("pp", "environment", "list"), "name", sandbox)
		if m.called("login.token") == 0 {
			t.Errorf("%s: no token", name)
		}
	}
	m.understood()
}

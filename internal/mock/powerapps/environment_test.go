package powerapps_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestHubShowsEnvironmentsInItsOwnWords(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	list, _ := r.want(r.hub("GET", "/environments?api-version=2017-08-01", nil), 200, "").body["value"].([]any)
	if len(list) != 3 {
		t.Errorf("%d environments, want the default one and two", len(list))
	}
	one := r.want(r.hub("GET", "/environments/"+env, nil), 200, "").body
	if one["id"] != prefix+"/environments/"+env || one["type"] != "Microsoft.PowerApps/environments" || server.Text(one, "properties.azureRegionHint") == "" ||
		server.Text(one, "properties.linkedEnvironmentMetadata.instanceUrl") == "" {
		t.Errorf("environment: %v", one)
	}
	if got := r.want(r.hub("GET", "/environments/~default", nil), 200, "").body["name"]; got != "Default-"+r.tenant.ID {
		t.Errorf("default environment: %v", got)
	}
	r.want(r.hub("GET", "/environments/nowhere", nil), 403, "EnvironmentAccessDenied")
	r.want(r.hub("GET", "/environments/"+env, nil, other), 403, "EnvironmentAccessDenied")
	if list, _ := r.hub("GET", "/environments", nil, other).body["value"].([]any); len(list) != 0 {
		t.Errorf("a stranger sees %v", list)
	}
}

func TestConnectorsWithoutAnIconHaveTheDefaultOne(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	name := r.made(env, nil)
	at := server.Text(r.read(env, name), "properties.iconUri")
	if a := r.ask("GET", at, "", nil, nil); a.status != 200 || a.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(a.raw, "\x89PNG") {
		t.Errorf("%s: %d %v", at, a.status, a.header)
	}
}

package main

import (
	"encoding/json"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

func parse[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func complains(t *testing.T, err error, about string) {
	t.Helper()
	switch {
	case about == "" && err != nil:
		t.Errorf("unexpected: %v", err)
	case about != "" && (err == nil || !strings.Contains(err.Error(), about)):
		t.Errorf("got %v, expected something about %q", err, about)
	}
}

func TestPlansThatDoAnythingElseAreRefused(t *testing.T) {
	t.Parallel()
	plan := parse[tfjson.Plan](t, `{"format_version": "1.2", "resource_changes": [
		{"address": "a.b", "change": {"actions": ["no-op"]}},
		{"address": "a.c", "change": {"actions": ["no-op"], "importing": {"id": "1"}}},
		{"address": "a.d", "change": {"actions": ["delete", "create"]}},
		{"address": "data.e.f", "change": {"actions": ["read"]}}
	]}`)
	for name, test := range map[string]struct {
		want  []string
		about string
	}{
		"as expected": {[]string{"import a.c", "delete and create a.d"}, ""},
		"too much":    {[]string{"import a.c"}, "delete and create a.d"},
		"too little":  {[]string{"import a.c", "delete and create a.d", "create a.b"}, "create a.b"},
		"not empty":   {nil, "do nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			complains(t, expect(&plan, test.want...), test.about)
		})
	}
}

const requests = `[
	{"operation": "login.openid", "method": "GET", "status": 200},
	{"operation": "login.token", "method": "POST", "status": 200},
	{"operation": "bap.environments.get", "method": "GET", "path": "/1", "status": 200},
	{"operation": "arm.enterprisepolicies.get", "method": "GET", "path": "/2", "status": 404},
	{"operation": "bap.environments.validate", "method": "POST", "status": 200},
	{"operation": "bap.environments.patch", "method": "PATCH", "path": "/1", "status": 202},
	{"operation": "arm.subnets.put", "method": "PUT", "path": "/3", "status": 200},
	{"operation": "bap.lifecycleoperations.get", "method": "GET", "status": 200},
	{"operation": "arm.operations.get", "method": "GET", "status": 200}
]`

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	seen, err := sorted(parse[[]entry](t, requests))
	complains(t, err, "")
	if got := seen.String(); got != "2 writes, 3 reads, 2 polls, 1 sign-in" {
		t.Error(got)
	}
	if seen.times("arm.subnets.put") != 1 || seen.times("arm.operations.get") != 0 {
		t.Error("writes are not counted by their operation")
	}
	complains(t, seen.inOrder("bap.environments.patch", "arm.subnets.put"), "")
	complains(t, seen.inOrder("arm.subnets.put", "bap.environments.patch"), "bap.environments.patch")
	complains(t, seen.inOrder("bap.environments.patch", "arm.peerings.put"), "there was no arm.peerings.put")
}

func TestRequestsThatFailedAreRefused(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]string{
		"GET https://h/p was answered with 0":     `"method": "GET", "status": 0, "operation": "a.b"`,
		"GET https://h/p was answered with 501":   `"method": "GET", "status": 501, "operation": "a.b"`,
		"GET https://h/p was answered with 404":   `"method": "GET", "status": 404`,
		"PATCH https://h/p was answered with 404": `"method": "PATCH", "status": 404, "operation": "a.b"`,
		"PUT https://h/p was answered with 409":   `"method": "PUT", "status": 409, "operation": "a.b"`,
	} {
		_, err := sorted(parse[[]entry](t, `[{"host": "h", "path": "/p", `+e+`}]`))
		complains(t, err, name)
	}
}

func TestWhatIsLeftIsSeen(t *testing.T) {
	t.Parallel()
	before := parse[state](t, `{"collections": {"environments": {"Default": {}}, "subnets": {"a": {}}}}`)
	for name, test := range map[string]struct{ state, about string }{
		"only what was there":   {`{"collections": {"environments": {"Default": {}}, "deleted_environments": {"1": {}}, "subnets": {"a": {}}}, "operations": []}`, ""},
		"an environment":        {`{"collections": {"environments": {"Default": {}, "1": {}}}}`, "environments 1 is left"},
		"another collection":    {`{"collections": {"organizations": {"2": {}}}}`, "organizations 2 is left"},
		"an operation that run": {`{"collections": {}, "operations": [{"id": "1"}]}`, "1 operation still running"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			complains(t, nothingLeft(parse[state](t, test.state), before), test.about)
		})
	}
}

// standing is a platform as the story leaves it; every piece that is missing or wrong is told.
const standing = `{"collections": {
	"environments": {
		"1": {"properties": {"displayName": "Case management dev", "environmentSku": "Sandbox", "governanceConfiguration": {"protectionLevel": "Standard"}}},
		"2": {"properties": {"displayName": "Case management test", "environmentSku": "Sandbox", "governanceConfiguration": {"protectionLevel": "Standard"}, "enterprisePolicies": {"vNets": {"id": "/p", "linkStatus": "Linked"}}}},
		"3": {"properties": {"displayName": "Case management prod", "environmentSku": "Production", "governanceConfiguration": {"protectionLevel": "Standard"}, "enterprisePolicies": {"vNets": {"id": "/P", "linkStatus": "Linked"}}}}},
	"enterprise_policies": {"/p": {"id": "/p", "name": "case", "properties": {"networkInjection": {"virtualNetworks": [{"id": "/v", "subnet": {"name": "s"}}, {"id": "/w", "subnet": {"name": "s"}}]}}}},
	"virtual_networks": {"/v": {"id": "/v", "name": "v", "location": "eastus"}, "/w": {"id": "/w", "name": "w", "location": "westus"}},
	"subnets": {"1": {"id": "/v/subnets/s", "properties": {"addressPrefix": "10.1.0.0/24", "delegations": [{}]}}, "2": {"id": "/w/subnets/s", "properties": {"addressPrefixes": ["10.2.0.0/24"], "delegations": [{}]}}},
	"virtual_network_peerings": {"1": {"properties": {"peeringState": "Connected"}}, "2": {"properties": {"peeringState": "Connected"}}},
	"connectors": {"1": {}}, "secrets": {"1": {"versions": [{"value": "hush"}]}}
}}`

func TestTheTopologyIsDrawnAsItStands(t *testing.T) {
	t.Parallel()
	drawn, err := topology(parse[state](t, standing))
	complains(t, err, "")
	for _, part := range []string{"dev", "Production", "policy case", "eastus  v/s  10.1.0.0/24", "westus  w/s  10.2.0.0/24", "1 connector", "1 secret"} {
		if !strings.Contains(strings.Join(drawn, "\n"), part) {
			t.Errorf("%s is not in\n%s", part, strings.Join(drawn, "\n"))
		}
	}
	for was, test := range map[string]struct{ is, about string }{
		`"Case management dev"`:              {`"Another"`, "no environment for dev"},
		`"protectionLevel": "Standard"`:      {`"protectionLevel": "Basic"`, "is not managed"},
		`"id": "/p", "linkStatus": "Linked"`: {`"id": "/p", "linkStatus": "Linking"`, "test is linked to"},
		`"id": "/P"`:                         {`"id": "/q"`, "prod is linked to"},
		`"peeringState": "Connected"`:        {`"peeringState": "Disconnected"`, "the peerings are"},
		`"10.1.0.0/24", "delegations": [{}]`: {`"10.1.0.0/24", "delegations": []`, "not delegated"},
		`"enterprise_policies": {"/p"`:       {`"enterprise_policies": {}, "other": {"/p"`, "0 enterprise policies"},
	} {
		_, err := topology(parse[state](t, strings.Replace(standing, was, test.is, 1)))
		complains(t, err, test.about)
	}
	values, err := parse[state](t, standing).secrets()
	complains(t, err, "")
	complains(t, (*story)(nil).hold("a file", "a hush b", values), "a secret is in a file")
	complains(t, (*story)(nil).hold("a file", "nothing", values), "")
}

func TestCredentialsOfTheShellStayOutside(t *testing.T) {
	t.Parallel()
	got := environment(
		[]string{"PATH=/bin", "HOME=/h", "POWER_PLATFORM_CLIENT_SECRET=x", "ARM_TENANT_ID=x", "AZURE_CLIENT_ID=x", "TF_LOG=trace", "=C:=C:\\", "TMPDIR=/t"},
		map[string]string{"TF_CLI_CONFIG_FILE": "/c"},
	)
	for name, want := range map[string]string{"PATH": "/bin", "HOME": "/h", "TMPDIR": "/t", "TF_CLI_CONFIG_FILE": "/c"} {
		if got[name] != want {
			t.Errorf("%s is %q, expected %q", name, got[name], want)
		}
	}
	if len(got) != 4 {
		t.Errorf("got %v", got)
	}
}

package main

import (
	"encoding/json"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

const tenantID = "00000000-0000-4000-8000-00000000aaaa"

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
	{"operation": "bap.environments.get", "method": "GET", "path": "/2", "status": 200},
	{"operation": "bap.environments.validate", "method": "POST", "status": 200},
	{"operation": "bap.environments.patch", "method": "PATCH", "path": "/1", "status": 202, "keys": ["a", "a.b"]},
	{"operation": "bap.lifecycleoperations.get", "method": "GET", "status": 200}
]`

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	seen, err := sorted(parse[[]entry](t, requests))
	complains(t, err, "")
	if got := seen.String(); got != "1 write, 3 reads, 1 poll, 1 sign-in" {
		t.Error(got)
	}
	complains(t, seen.wrote(1, "bap.environments.patch", []string{"a", "a.b"}), "")
	complains(t, seen.wrote(1, "bap.environments.patch", []string{"a"}), "[a a.b]")
	complains(t, seen.wrote(1, "bap.environments.delete", nil), "bap.environments.delete")
	complains(t, seen.wrote(0, "", nil), "expected no write, saw 1")
	complains(t, seen.readOnce(2), "")
	complains(t, seen.readOnce(3), "2 environments were read, expected 3")
	seen.reads = append(seen.reads, seen.reads[0])
	complains(t, seen.readOnce(2), "/1 was read 2 times")
	seen.writes = append(seen.writes, seen.writes[0])
	complains(t, seen.wrote(2, "bap.environments.patch", nil), "written twice")
}

func TestRequestsThatFailedAreRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"0", "404", "501"} {
		_, err := sorted(parse[[]entry](t, `[{"method": "GET", "host": "h", "path": "/p", "status": `+status+`}]`))
		complains(t, err, "GET https://h/p was answered with "+status)
	}
}

func TestWhatIsLeftIsSeen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ state, about string }{
		"only what stays":       {`{"collections": {"environments": {"Default-` + tenantID + `": {}}, "deleted_environments": {"1": {}}, "organizations": {}}, "operations": []}`, ""},
		"an environment":        {`{"collections": {"environments": {"Default-` + tenantID + `": {}, "1": {}}}}`, "environments 1 is left"},
		"another collection":    {`{"collections": {"organizations": {"2": {}}}}`, "organizations 2 is left"},
		"an operation that run": {`{"collections": {}, "operations": [{"id": "1"}]}`, "1 operation still running"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			complains(t, nothingLeft(parse[state](t, test.state), tenantID), test.about)
		})
	}
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

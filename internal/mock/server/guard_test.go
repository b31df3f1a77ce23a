package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestPagesInBrowsersDoNotReachTheAdminAPI(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	for name, c := range map[string]struct {
		host    string
		headers map[string]string
		want    int
	}{
		"an address":                    {"127.0.0.1:8787", nil, 200},
		"an address of version 6":       {"[::1]:8787", nil, 200},
		"localhost":                     {"localhost:8787", nil, 200},
		"a container":                   {"ppmock:8787", nil, 200},
		"the host of a container":       {"host.docker.internal:8787", nil, 200},
		"a host of the platform":        {host, nil, 200},
		"typed into a browser":          {"localhost:8787", map[string]string{"Sec-Fetch-Site": "none"}, 200},
		"a name that may be anybody's":  {"attacker.example:8787", nil, 403},
		"a page":                        {"localhost:8787", map[string]string{"Origin": "https://attacker.example"}, 403},
		"a page in a box":               {"localhost:8787", map[string]string{"Origin": "null"}, 403},
		"an image":                      {"localhost:8787", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"another port of this machine":  {"localhost:8787", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"a name that ends like a local": {"attackerlocalhost.example", nil, 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := f.nobody().For(t)
			for name, value := range c.headers {
				client = client.With(name, value)
			}
			a := client.Send("GET", "http://"+c.host+"/_mock/health", nil)
			if a.Status != c.want || (a.Status == 403) != (a.Header.Get(server.ReasonHeader) != "") {
				t.Errorf("%d %v", a.Status, a.Header)
			}
		})
	}
}

func TestJournalIsFollowed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	f.nobody().Send("GET", "/things", nil)
	a := f.admin("GET", "journal?after=0", "")
	a.Want(200).Has(server.Doc{"last": 1})
	f.admin("GET", "journal?after=1&wait=1ms", "").Want(200).Has(server.Doc{"entries": []any{}})
	arrived := make(chan []server.Entry, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		found, _ := f.Follow(ctx, "", 1)
		arrived <- found
	}()
	f.nobody().Send("GET", "/things/x", nil)
	if found := <-arrived; len(found) != 1 || found[0].Path != "/things/x" || found[0].Serial != 2 {
		t.Errorf("%+v", found)
	}
	if found, last := f.Follow(ctx, "", 7); len(found) != 2 || last != 2 {
		t.Errorf("after another mock: %+v %d", found, last)
	}
	for _, query := range []string{"after=x", "after=-1", "wait=soon", "wait=-1s"} {
		f.admin("GET", "journal?"+query, "").Want(400, "BadRequest")
	}
}

// TestArchiveHasWhatTheFormatRequires checks the fields that HAR 1.2 does not call optional.
func TestArchiveHasWhatTheFormatRequires(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	tenant.Send("PUT", "/things/a?sig=hush&x=1", server.Doc{"client_secret": "hush"})
	tenant.Send("GET", "/nowhere", nil)
	a := f.admin("GET", "journal/har", "")
	if a.Status != 200 || strings.Contains(a.Raw, "hush") || !strings.Contains(a.Raw, "client_secret") {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	var archive struct{ Log map[string]any }
	if err := json.Unmarshal([]byte(a.Raw), &archive); err != nil {
		t.Fatal(err)
	}
	has := func(where string, d any, fields ...string) {
		t.Helper()
		m, _ := d.(map[string]any)
		for _, field := range fields {
			if v, ok := m[field]; !ok || v == nil {
				t.Errorf("%s has no %s: %v", where, field, d)
			}
		}
	}
	has("log", archive.Log, "version", "creator", "entries")
	has("creator", archive.Log["creator"], "name", "version")
	entries := archive.Log["entries"].([]any)
	if len(entries) != 2 || archive.Log["version"] != "1.2" {
		t.Fatalf("%v", archive.Log)
	}
	for _, one := range entries {
		e := one.(map[string]any)
		has("entry", e, "startedDateTime", "time", "request", "response", "cache", "timings")
		has("request", e["request"], "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize")
		has("response", e["response"], "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize")
		has("content", e["response"].(map[string]any)["content"], "size", "mimeType")
		has("timings", e["timings"], "send", "wait", "receive")
		if _, err := time.Parse(time.RFC3339Nano, fmt.Sprint(e["startedDateTime"])); err != nil {
			t.Error(err)
		}
		if sent, ok := e["request"].(map[string]any)["postData"]; ok {
			has("postData", sent, "mimeType", "params", "text")
		}
	}
}

func TestStateIsShownWithoutSecrets(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	tenant.Collection("secrets").Put("a", server.Doc{"name": "a", "versions": []any{server.Doc{"value": "hush", "version": "v1"}}})
	tenant.Collection("things").Put("b", server.Doc{"name": "b", "value": "open", "settings": server.Doc{"clientSecret": server.Doc{"value": "hush"}, "password": "hush"}})
	for _, path := range []string{"state", "state?tenant=" + tenant.ID} {
		a := f.admin("GET", path, "")
		if a.Status != 200 || strings.Contains(a.Raw, "hush") || !strings.Contains(a.Raw, "v1") || !strings.Contains(a.Raw, "open") {
			t.Errorf("%s: %d %s", path, a.Status, a.Raw)
		}
	}
	if d, _ := tenant.Collection("things").Peek("b"); server.Text(d, "settings.password") != "hush" {
		t.Error("what is shown and what there is are the same object")
	}
}

func TestFaultsMayBeYAML(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	f.admin("POST", "faults", "faults:\n  - method: PUT\n    status: 429\n    headers: { Retry-After: \"10\" }\n  - hang: true\n").Want(200).Has(server.Doc{"faults": 2})
	if all := f.Faults(); len(all) != 2 || all[0].Status != 429 || all[0].Headers["Retry-After"] != "10" || !all[1].Hang {
		t.Errorf("%+v", all)
	}
	for text, why := range map[string]string{
		"status: 42":        "no HTTP status",
		"statsu: 500":       "did you mean status?",
		"a: b: c":           "line 1: invalid YAML",
		"? [a]\n: b":        "line 1: a key must be a text",
		"":                  "",
		"- hang: true\n- x": "line 2: [1]: must be an object",
	} {
		if a := f.admin("POST", "faults", text); a.Status != 400 || !strings.Contains(a.Raw, why) {
			t.Errorf("%q: %d %s", text, a.Status, a.Raw)
		}
	}
	if len(f.Faults()) != 2 {
		t.Errorf("%+v", f.Faults())
	}
}

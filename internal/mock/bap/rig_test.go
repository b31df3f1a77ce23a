package bap_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/licensing"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

const (
	prefix = "/providers/Microsoft.BusinessAppPlatform"
	admin  = "/scopes/admin/environments"
	app    = "11111111-1111-4111-8111-111111111111"
	user   = "22222222-2222-4222-8222-222222222222"
	group  = "33333333-3333-4333-8333-333333333333"
	policy = "44444444-4444-4444-8444-444444444444"
	zero   = "00000000-0000-0000-0000-000000000000"
)

type doc = server.Doc

// rig is a platform with one tenant and an application that may administer it.
type rig struct {
	*testing.T
	platform *server.Platform
	tenant   *server.Tenant
	cloud    bap.Cloud
}

func newRig(t *testing.T, seed server.TenantSeed) rig {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	bap.Register(p)
	licensing.Register(p)
	if seed.Applications == nil {
		seed.Applications = []server.Application{{ClientID: app, DisplayName: "Terraform", Admin: true}}
	}
	return rig{t, p, p.AddTenant(seed), bap.Clouds[0]}
}

type answer struct {
	status int
	header http.Header
	raw    string
	body   doc
}

func (a answer) code() string { return server.Text(a.body, "error.code") }

// send asks at an absolute address or at a path below the prefix of the global host.
func (r rig) send(method, at string, body any) answer {
	r.Helper()
	u, err := url.Parse(at)
	if err != nil {
		r.Fatal(err)
	}
	if u.Host == "" {
		u.Scheme, u.Host, u.Path = "https", r.cloud.BAP, prefix+u.Path
	}
	query := u.Query()
	if !query.Has("api-version") {
		query.Set("api-version", "2021-04-01")
	}
	u.RawQuery = query.Encode()
	var payload io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			r.Fatal(err)
		}
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(r.Context(), method, u.String(), payload)
	if err != nil {
		r.Fatal(err)
	}
	token, err := r.tenant.Token(app, r.cloud.Audience)
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
	a := answer{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if len(raw) > 0 && strings.Contains(res.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			r.Fatalf("%s %s: %v in %s", method, at, err, raw)
		}
	}
	return a
}

// want fails the test unless the answer has the status and, when one is given, the error code.
func (r rig) want(a answer, status int, code string) answer {
	r.Helper()
	if a.status != status || a.code() != code {
		r.Fatalf("got %d %q, want %d %q: %s", a.status, a.code(), status, code, a.raw)
	}
	return a
}

// follow polls the operation of a 202 until it has ended and returns its last document.
func (r rig) follow(a answer, header string) doc {
	r.Helper()
	r.want(a, 202, "")
	at := a.header.Get(header)
	if at == "" {
		r.Fatalf("no %s in %v", header, a.header)
	}
	for range 30 {
		p := r.send("GET", at, nil)
		if p.status != 200 && p.status != 202 {
			r.Fatalf("poll: %d %s", p.status, p.raw)
		}
		switch server.Text(p.body, "state.id") + server.Text(p.body, "properties.provisioningState") {
		case "Succeeded", "Failed":
			return p.body
		}
	}
	r.Fatal("the operation does not end")
	return nil
}

// linkedMetadata is a request for Dataverse.
func linkedMetadata(domain string) doc {
	return doc{"baseLanguage": 1033, "domainName": domain, "currency": doc{"code": "EUR"}}
}

// definition is a create request for Europe, with Dataverse when a domain is given.
func definition(domain string) doc {
	p := doc{"displayName": "Sales", "environmentSku": "Sandbox", "billingPolicy": doc{"id": ""}}
	if domain != "" {
		p["databaseType"], p["linkedEnvironmentMetadata"] = "CommonDataService", linkedMetadata(domain)
	}
	return doc{"location": "europe", "properties": p}
}

// made creates an environment and returns its name.
func (r rig) made(body doc) string {
	r.Helper()
	op := r.follow(r.send("POST", "/environments", body), "Location")
	path := server.Text(op, "links.environment.path")
	if server.Text(op, "state.id") != "Succeeded" || path == "" {
		r.Fatalf("create: %v", op)
	}
	return path[strings.LastIndex(path, "/")+1:]
}

func (r rig) read(name string) doc {
	r.Helper()
	return r.want(r.send("GET", admin+"/"+name+"?$expand=permissions,properties.capacity,properties/billingPolicy,properties/copilotPolicies", nil), 200, "").body
}

// has fails the test unless the document has these values at these dotted paths; nil means absent.
func (r rig) has(d, want doc) {
	r.Helper()
	for path, value := range want {
		got, ok := server.Lookup(d, path)
		if value == nil {
			if ok {
				r.Errorf("%s is %v, want it absent", path, got)
			}
			continue
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(value)
		if !ok || !bytes.Equal(a, b) {
			r.Errorf("%s is %s, want %s", path, a, b)
		}
	}
}

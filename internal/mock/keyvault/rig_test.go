package keyvault_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/keyvault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

const (
	guid        = "00000000-0000-4000-8000-00000000cccc"
	group       = "/subscriptions/" + guid + "/resourceGroups/rg"
	vaultID     = group + "/providers/Microsoft.KeyVault/vaults/kv-one"
	environment = "aaaaaaaa-0000-4000-8000-00000000a001"
	host        = "kv-one.vault.azure.net"
	base        = "https://" + host
	hush        = "hush-hush"
	user        = "Key Vault Secrets User"
)

type doc = server.Doc

// rig is a platform with a tenant that has a vault with one secret, and an environment with Dataverse.
type rig struct {
	*testing.T
	platform *server.Platform
	tenant   *server.Tenant
	host     string
}

// newRig makes a vault whose seed is changed by vault, without anybody's role.
func newRig(t *testing.T, vault doc) rig {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	bap.Register(p)
	dataverse.Register(p)
	graph.Register(p)
	arm.Register(p)
	keyvault.Register(p)
	all := doc{"name": "kv-one", "rbac": true, "secrets": []any{
		doc{"name": "s", "value": hush, "content_type": "text/plain", "tags": doc{"stage": "dev"}}, doc{"name": "off", "value": hush, "enabled": false},
	}}
	server.Merge(all, vault)
	r := rig{t, p, p.AddTenant(server.TenantSeed{Items: map[string][]doc{
		"subscriptions": {{"id": guid, "registered": []any{"Microsoft.KeyVault", "Microsoft.PowerPlatform"}, "resource_groups": []any{doc{"name": "rg", "key_vaults": []any{all}}}}},
		"environments":  {{"id": environment, "display_name": "one", "location": "unitedstates", "managed": true, "dataverse": doc{}}},
	}}), host}
	return r
}

// grant seeds a role.
func (r rig) grant(principal, role, scope string) rig {
	r.Helper()
	err := r.platform.Seed(server.Seed{Tenants: []server.TenantSeed{{ID: r.tenant.ID, Items: map[string][]doc{
		"role_assignments": {{"scope": scope, "principal": principal, "role": role}},
	}}}})
	if err != nil {
		r.Fatal(err)
	}
	return r
}

type answer struct {
	*testing.T
	status int
	header http.Header
	body   doc
}

func (r rig) do(req *http.Request) answer {
	r.Helper()
	res, err := r.platform.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	a := answer{T: r.T, status: res.StatusCode, header: res.Header}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			r.Fatal(err, string(raw))
		}
	}
	return a
}

func (r rig) request(method, at string, body any) *http.Request {
	r.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		r.Fatal(err)
	}
	if body == nil {
		raw = nil
	}
	if !strings.HasPrefix(at, "https://") {
		at = "https://" + r.host + at
	}
	if !strings.Contains(at, "api-version=") {
		at += "?api-version=7.4"
	}
	req, err := http.NewRequestWithContext(r.Context(), method, at, bytes.NewReader(raw))
	if err != nil {
		r.Fatal(err)
	}
	return req
}

// send calls the vault as the application of the tenant.
func (r rig) send(method, at string, body any) answer {
	r.Helper()
	req := r.request(method, at, body)
	token, err := r.tenant.Token(server.DefaultClientID, "https://"+strings.SplitN(req.URL.Hostname(), ".", 2)[1])
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	return r.do(req)
}

// want fails the test unless the answer has the status, the error code and the code within.
func (a answer) want(status int, codes ...string) answer {
	a.Helper()
	codes = append(codes, "", "")
	if a.status != status || server.Text(a.body, "error.code") != codes[0] || server.Text(a.body, "error.innererror.code") != codes[1] {
		a.Fatalf("%d, want %d %v: %v", a.status, status, codes, a.body)
	}
	return a
}

func (a answer) text(path string) string { return server.Text(a.body, path) }

func (a answer) value() []any {
	all, _ := a.body["value"].([]any)
	return all
}

package keyvault_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/apitest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/keyvault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	mockarm "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	mockvault "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/keyvault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	contoso = "https://kv-contoso.vault.azure.net/"
	name    = "case-api-client-secret-dev"
	hush    = "hush~dev~case-api"
)

// desk is a tenant with the landscape, and what a client of it logs.
type desk struct {
	mocktest.Client

	mu  sync.Mutex
	log strings.Builder
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return &desk{Client: mocktest.New(t, mock.TenantSeed{Items: mock.Landscape()})}
}

func (d *desk) client(t *testing.T, in string) *keyvault.Client {
	t.Helper()
	c, err := cloud.Lookup(in)
	if err != nil {
		t.Fatal(err)
	}
	o := apitest.SignedIn(d.Client)
	o.Log = func(_ context.Context, level, message string, fields map[string]any) {
		d.mu.Lock()
		defer d.mu.Unlock()
		fmt.Fprintln(&d.log, level, message, fields)
	}
	return keyvault.New(c, o)
}

func TestASecretIsReadInEveryCloud(t *testing.T) {
	t.Parallel()
	for in, domain := range map[string]string{
		"public": "vault.azure.net", "gcc": "vault.azure.net", "gcchigh": "vault.usgovcloudapi.net", "dod": "vault.usgovcloudapi.net",
		"china": "vault.azure.cn", "ex": "vault.cloudapi.eaglex.ic.gov", "rx": "vault.cloudapi.microsoft.scloud",
	} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if got, err := d.client(t, in).Secret(t.Context(), "https://KV-Contoso."+domain+":443", name, ""); err != nil || got != hush {
				t.Errorf("%q %v", got, err)
			}
		})
	}
}

func TestVersionsAreToldApart(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.SetSwitch(mockvault.SwitchPageSize, "2")
	c := d.client(t, cloud.Public)
	first, err := c.SecretProperties(t.Context(), contoso, name, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"two", "three", "four"} {
		d.Do(func() { mockarm.AddSecretVersion(d.Tenant, mock.LandscapeKeyVaultID, name, value, nil) })
	}
	newest, err := c.SecretProperties(t.Context(), contoso, name, "")
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{"": "four", first.Version(): hush, newest.Version(): "four"} {
		if got, err := c.Secret(t.Context(), contoso, name, version); err != nil || got != want {
			t.Errorf("version %q: %q %v", version, got, err)
		}
	}
	one, err := c.SecretProperties(t.Context(), contoso, name, strings.ToUpper(first.Version()))
	if err != nil || one.ID != first.ID || one.Tags["stage"] != "dev" || !one.Enabled() {
		t.Errorf("%+v %v", one, err)
	}
	n := 0
	for _, err := range c.SecretVersions(t.Context(), contoso, name) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 4 {
		t.Errorf("%d versions", n)
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.client(t, cloud.Public)
	for _, versions := range []string{"", "404"} {
		d.SetSwitch(mockvault.SwitchVersions, versions)
		for _, version := range []string{"", "00000000000000000000000000000000"} {
			if _, err := c.SecretProperties(t.Context(), contoso, "none", version); !rest.IsNotFound(err) || !rest.HasCode(err, "SecretNotFound") {
				t.Error(err)
			}
			if _, err := c.Secret(t.Context(), contoso, "none", version); !rest.IsNotFound(err) || !rest.HasCode(err, "SecretNotFound") {
				t.Error(err)
			}
		}
	}
	_, err := c.SecretProperties(t.Context(), contoso, name, "00000000000000000000000000000000")
	if e, ok := errors.AsType[*rest.Error](err); !ok || !rest.IsNotFound(err) || e.Route != "GET https://kv-contoso.vault.azure.net/secrets/"+name+"/00000000000000000000000000000000" {
		t.Error(err)
	}
}

func TestRefusalsAreHandedOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.client(t, cloud.Public)
	d.Collection(mockarm.RoleAssignments).Delete(d.Collection(mockarm.RoleAssignments).IDs()[0])
	_, err := c.Secret(t.Context(), contoso, name, "")
	if e, ok := errors.AsType[*rest.Error](err); !ok || e.Status != http.StatusForbidden || e.Code != "Forbidden" || !strings.Contains(e.Message, "getSecret/action") {
		t.Error(err)
	}
	if _, err := c.SecretProperties(t.Context(), contoso, name, ""); !rest.HasCode(err, "Forbidden") {
		t.Error(err)
	}
}

func TestNoTokenReachesAnotherHost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.client(t, cloud.Public)
	for _, uri := range []string{
		"", "kv-contoso", "https://vault.azure.net/", "https://kv.evil.example/", "https://kv-contoso.vault.azure.net.evil.example/",
		"https://evil.example/kv-contoso.vault.azure.net", "http://kv-contoso.vault.azure.net/", "https://kv-contoso.vault.azure.net:8443/",
		"https://kv-contoso.vault.azure.cn/", "https://me@kv-contoso.vault.azure.net/", "https://kv-contoso.vault.azure.net/secrets/x",
		"https://a.kv-contoso.vault.azure.net/", "https://kv-contoso.vault.azure.net/?x=y", "https://kv-contoso.vault.azure.net/#x", "https://kv-contosovault.azure.net/", "%zz",
	} {
		_, err := c.Secret(t.Context(), uri, name, "")
		if e, ok := errors.AsType[*keyvault.ForeignVaultError](err); !ok || e.URI != uri || !strings.Contains(err.Error(), "https://<name>.vault.azure.net/") {
			t.Errorf("%q: %v", uri, err)
		}
		if _, err := c.SecretProperties(t.Context(), uri, name, ""); err == nil {
			t.Errorf("%q was asked for versions", uri)
		}
	}
	for _, bad := range []string{"", "..", "."} {
		if _, err := c.Secret(t.Context(), contoso, bad, ""); err == nil {
			t.Errorf("%q is a name", bad)
		}
	}
	if n := len(d.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestNeitherLogNorCheckHoldsAValue(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.client(t, cloud.Public)
	if got, err := c.Secret(t.Context(), contoso, name, ""); err != nil || got != hush {
		t.Fatal(err)
	}
	before := len(d.Requests())
	if _, err := c.SecretProperties(t.Context(), contoso, name, ""); err != nil {
		t.Fatal(err)
	}
	for _, e := range d.Requests()[before:] {
		if e.Operation != "keyvault.secrets.versions" {
			t.Errorf("a check asks for %s", e.Operation)
		}
	}
	if log := d.log.String(); strings.Contains(log, hush) || !strings.Contains(log, "trace answer body") {
		t.Error(log)
	}
}

func TestValidityHasTwoEnds(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	for _, c := range []struct {
		begins, ends int64
		want         bool
	}{{0, 0, true}, {1000, 0, true}, {1001, 0, false}, {0, 1001, true}, {0, 1000, false}} {
		var p keyvault.SecretProperties
		p.Attributes.NBF, p.Attributes.Exp = c.begins, c.ends
		if got := p.Valid(now); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
	var p keyvault.SecretProperties
	if p.Attributes.Enabled = new(false); p.Enabled() {
		t.Error("a disabled one is enabled")
	}
}

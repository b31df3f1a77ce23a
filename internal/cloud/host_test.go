package cloud_test

import (
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
)

func TestEnvironmentHost_CutsTheLastCharactersOfTheID(t *testing.T) {
	t.Parallel()
	const id, fallback = "3496A854-39b3-41bd-a783-1f2479ca3fbd", "Default-3496a854-39b3-41bd-a783-1f2479ca3fbd"
	for name, want := range map[string][2]string{
		"public":  {"3496a85439b341bda7831f2479ca3f.bd.environment.api.powerplatform.com", "default3496a85439b341bda7831f2479ca3f.bd.environment.api.powerplatform.com"},
		"gcc":     {"3496a85439b341bda7831f2479ca3f.bd.environment.api.gov.powerplatform.microsoft.us", "default3496a85439b341bda7831f2479ca3f.bd.environment.api.gov.powerplatform.microsoft.us"},
		"gcchigh": {"3496a85439b341bda7831f2479ca3fb.d.environment.api.appsplatform.us", "default3496a85439b341bda7831f2479ca3fb.d.environment.api.appsplatform.us"},
		"dod":     {"3496a85439b341bda7831f2479ca3fb.d.environment.api.appsplatform.us", "default3496a85439b341bda7831f2479ca3fb.d.environment.api.appsplatform.us"},
		"china":   {"3496a85439b341bda7831f2479ca3f.bd.environment.api.powerplatform.partner.microsoftonline.cn", "default3496a85439b341bda7831f2479ca3f.bd.environment.api.powerplatform.partner.microsoftonline.cn"},
		"ex":      {"3496a85439b341bda7831f2479ca3f.bd.environment.api.powerplatform.eaglex.ic.gov", "default3496a85439b341bda7831f2479ca3f.bd.environment.api.powerplatform.eaglex.ic.gov"},
		"rx":      {"3496a85439b341bda7831f2479ca3f.bd.environment.api.powerplatform.microsoft.scloud", "default3496a85439b341bda7831f2479ca3f.bd.environment.api.powerplatform.microsoft.scloud"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := cloud.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			for i, id := range []string{id, fallback} {
				if got, err := c.EnvironmentHost(id); err != nil || got != want[i] {
					t.Errorf("%s: %q %v, expected %q", id, got, err, want[i])
				}
			}
		})
	}
}

func TestEnvironmentHost_RefusesWhatIsNoPartOfAHost(t *testing.T) {
	t.Parallel()
	c, err := cloud.Lookup(cloud.Public)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "-", "ab", "evil.example/3496a854", "3496a854@x", "3496a854:443", "3496a854 39b3", "a%2fbc"} {
		if host, err := c.EnvironmentHost(id); err == nil {
			t.Errorf("%q became %s", id, host)
		}
	}
}

package provider_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	rtest "github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

const tenantSource = `data "powerplatform_tenant" "it" {}`

func TestAccClient_X01(t *testing.T) {
	t.Parallel()
	past := time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
	soon := time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)
	for name, headers := range map[string]map[string]string{
		"seconds": {"Retry-After": "30"}, "date": {"Retry-After": soon}, "duration": {"Retry-After": "10s"}, "past": {"Retry-After": past}, "absent": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{})
			w.Fault(mock.Fault{Operation: "bap.tenant.get", Times: 2, Status: http.StatusTooManyRequests, Headers: headers})
			_, said := w.Serve(nil).Read(t.Context(), "powerplatform_tenant", nil)
			if len(said) > 0 || w.Count("bap.tenant.get") != 3 {
				t.Errorf("%d requests\n%s", w.Count("bap.tenant.get"), acctest.Said(said))
			}
		})
	}
	t.Run("longer than the time allowed", func(t *testing.T) {
		t.Parallel()
		w := acctest.New(t, mock.TenantSeed{})
		w.Fault(mock.Fault{Operation: "bap.tenant.get", Times: -1, Status: http.StatusTooManyRequests, Headers: map[string]string{"Retry-After": "3600"}, Verbatim: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, said := w.Serve(nil).Read(ctx, "powerplatform_tenant", nil)
		if !strings.Contains(acctest.Said(said), "429") || w.Count("bap.tenant.get") != 1 {
			t.Errorf("%d requests\n%s", w.Count("bap.tenant.get"), acctest.Said(said))
		}
	})
}

func TestAccClient_X02(t *testing.T) {
	t.Parallel()
	t.Run("always", func(t *testing.T) {
		t.Parallel()
		w := acctest.New(t, mock.TenantSeed{})
		w.Fault(mock.Fault{Operation: "bap.tenant.get", Times: -1, Status: http.StatusUnauthorized, Body: mock.Doc{"error": mock.Doc{"code": "WrongAudience", "message": "not for me"}}})
		_, said := w.Serve(nil).Read(t.Context(), "powerplatform_tenant", nil)
		for _, text := range []string{"401", "WrongAudience", "not for me", "cloud"} {
			if !strings.Contains(acctest.Said(said), text) {
				t.Errorf("%q is missing in\n%s", text, acctest.Said(said))
			}
		}
		if calls, tokens := w.Count("bap.tenant.get"), w.Count("login.token"); calls != 2 || tokens != 2 {
			t.Errorf("%d calls and %d tokens, want one refresh", calls, tokens)
		}
	})
	t.Run("claims", func(t *testing.T) {
		t.Parallel()
		w := acctest.New(t, mock.TenantSeed{})
		claims := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"1"}}}`))
		w.Fault(mock.Fault{Operation: "bap.tenant.get", Status: http.StatusUnauthorized, Headers: map[string]string{
			"WWW-Authenticate": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="` + claims + `"`,
		}})
		_, said := w.Serve(nil).Read(t.Context(), "powerplatform_tenant", nil)
		if len(said) > 0 || w.Count("login.token") != 2 {
			t.Errorf("%d tokens\n%s", w.Count("login.token"), acctest.Said(said))
		}
		if keys := w.Requests("login.token")[1].Keys; !slices.Contains(keys, "claims") {
			t.Errorf("the second token request has %v, want claims", keys)
		}
	})
}

// notAdmin is a tenant whose application nobody registered.
func notAdmin() mock.TenantSeed {
	return mock.TenantSeed{Applications: []mock.Application{{ClientID: mock.DefaultClientID, ClientSecret: mock.DefaultClientSecret}}}
}

func TestAccClient_X03(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, notAdmin())
	_, said := w.Serve(nil).Read(t.Context(), "powerplatform_environments", nil)
	text := acctest.Said(said)
	if len(said) != 1 || !strings.Contains(text, "New-PowerAppManagementApp -ApplicationId "+mock.DefaultClientID) {
		t.Errorf("%d diagnostics:\n%s", len(said), text)
	}
	if strings.Contains(text, "10.0.") {
		t.Errorf("an internal address in\n%s", text)
	}
}

func TestAccClient_X04(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]any{"html": "<html><head><title>Sign in</title></head></html>", "empty": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{})
			w.Fault(mock.Fault{Operation: "bap.tenant.get", Times: -1, Status: http.StatusOK, Body: body, Headers: map[string]string{"Content-Type": "text/html"}})
			_, said := w.Serve(nil).Read(t.Context(), "powerplatform_tenant", nil)
			if text := acctest.Said(said); !strings.Contains(text, "GET https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/tenant") || !strings.Contains(text, "expected a JSON document") {
				t.Error(text)
			}
		})
	}
}

func TestAccClient_X05(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{
		Switches: map[string]string{"bap.page_size": "1"},
		Items:    map[string][]mock.Doc{"environments": {{"display_name": "One"}, {"display_name": "Two"}}},
	})
	got, said := w.Serve(nil).Read(t.Context(), "powerplatform_environment", acctest.Values{"display_name": acctest.Text("Two")})
	if len(said) > 0 || !got["display_name"].Equal(acctest.Text("Two")) {
		t.Errorf("%v\n%s", got, acctest.Said(said))
	}
	if n := w.Count("bap.environments.list"); n != 3 {
		t.Errorf("%d pages read, want 3: the default environment has one too", n)
	}
}

func TestAccClient_X06(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Script("Create", mock.Script{Stuck: true, Times: -1})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var once sync.WaitGroup
	once.Go(func() {
		for w.Count("bap.lifecycleoperations.get") < 3 {
			select {
			case <-t.Context().Done():
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
		cancel()
	})
	state, said := w.Serve(nil).Create(ctx, "powerplatform_environment", acctest.Values{
		"display_name": acctest.Text("A"), "location": acctest.Text("europe"), "environment_type": acctest.Text("Sandbox"),
	})
	once.Wait()
	if !strings.Contains(acctest.Said(said), "Interrupted") {
		t.Error(acctest.Said(said))
	}
	var id string
	if v := state["id"]; v.As(&id) != nil || id == "" {
		t.Errorf("the ID is not in state: %v", state)
	}
	if _, there := w.Collection("environments").Peek(id); !there {
		t.Errorf("state names %q, which does not exist", id)
	}
}

// Interrupted before the platform has told the ID: nobody will ever know what was made unless the provider looks.
func TestAccClient_X06_beforeTheIDIsKnown(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Fault(mock.Fault{Operation: "bap.lifecycleoperations.get", Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, said := w.Serve(nil).Create(ctx, "powerplatform_environment", acctest.Values{
		"display_name": acctest.Text("Lost"), "location": acctest.Text("europe"), "environment_type": acctest.Text("Sandbox"),
	})
	made := ""
	for _, e := range w.Collection("environments").PeekAll() {
		if p, ok := e["properties"].(mock.Doc); ok && p["displayName"] == "Lost" {
			made, _ = e["name"].(string)
		}
	}
	if made == "" || !strings.Contains(acctest.Said(said), "there is environment "+made) {
		t.Errorf("made %q, said\n%s", made, acctest.Said(said))
	}
}

func TestAccClient_X07(t *testing.T) {
	t.Parallel()
	for _, name := range cloud.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{})
			c, err := cloud.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			s := w.Serve(acctest.Values{"cloud": acctest.Text(name)})
			for _, source := range []string{"powerplatform_whoami", "powerplatform_environments"} {
				if _, said := s.Read(t.Context(), source, nil); len(said) > 0 {
					t.Error(acctest.Said(said))
				}
			}
			mine := []string{c.Authority, c.BAP, c.PowerPlatform}
			for _, e := range w.Requests() {
				if !slices.Contains(mine, e.Host) && !strings.Contains(e.Operation, "dataverse.") {
					t.Errorf("%s is no host of cloud %s", e.Host, name)
				}
			}
			for _, host := range mine {
				if !slices.ContainsFunc(w.Requests(), func(e mock.Entry) bool { return e.Host == host && e.Status == http.StatusOK }) {
					t.Errorf("%s was not asked", host)
				}
			}
		})
	}
}

func TestAccClient_X08(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"environments": {{
		"display_name": "One", "dataverse": mock.Doc{"language_code": 1033, "currency_code": "USD", "domain": "one"},
	}}}})
	s := w.Serve(nil)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			for _, source := range []string{"powerplatform_tenant", "powerplatform_whoami", "powerplatform_environments"} {
				if _, said := s.Read(t.Context(), source, nil); len(said) > 0 {
					t.Error(acctest.Said(said))
				}
			}
		})
	}
	all.Wait()
	scopes := map[string]int{}
	for _, e := range w.Requests("login.token") {
		scopes[e.Body["scope"].(string)]++
	}
	for scope, n := range scopes {
		if n != 1 {
			t.Errorf("%d token requests for %s", n, scope)
		}
	}
	if len(scopes) != 3 {
		t.Errorf("%d scopes, want BAP, Power Platform and one organisation: %v", len(scopes), scopes)
	}
}

func TestConfigurationThatIsNotKnownYetDoesNotFail(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(rtest.TestStep{Config: `
resource "terraform_data" "later" { input = "` + mock.DefaultClientSecret + `" }
provider "powerplatform" {
  tenant_id     = "` + w.ID + `"
  client_id     = "` + mock.DefaultClientID + `"
  client_secret = terraform_data.later.output
}
resource "powerplatform_tenant" "it" { tenant_id = "` + w.ID + `" }
`})
}

func TestWrongConfigurationIsOneClearError(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ block, want string }{
		"cloud":    {`cloud = "moon"`, `Invalid Attribute Value Match`},
		"tenant":   {`tenant_id = "contoso"`, `must be a UUID`},
		"two ways": {`client_id = "` + mock.DefaultClientID + "\"\n tenant_id = \"" + mock.DefaultTenantID + "\"\n use_cli = true\n use_msi = true", `use_cli`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{})
			w.Run(rtest.TestStep{Config: "provider \"powerplatform\" {\n" + c.block + "\n}\n" + tenantSource, ExpectError: acctest.Says(c.want)})
		})
	}
}

func TestRequestsSayWhoCallsUnlessToldNotTo(t *testing.T) {
	t.Parallel()
	const partner = "11111111-2222-4333-8444-555555555555"
	yes := acctest.Bool(true)
	for name, c := range map[string]struct {
		config    acctest.Values
		want, not string
	}{
		"default":          {nil, "pid-222c6c49-1b0a-5959-a213-6608f9eb8820", ""},
		"partner":          {acctest.Values{"partner_id": acctest.Text(partner)}, "pid-" + partner, "222c6c49"},
		"no partner":       {acctest.Values{"disable_terraform_partner_id": yes}, "terraform-provider-powerplatform/test", "pid-"},
		"telemetry optout": {acctest.Values{"telemetry_optout": yes}, "", "terraform"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{})
			if _, said := w.Serve(c.config).Read(t.Context(), "powerplatform_tenant", nil); len(said) > 0 {
				t.Fatal(acctest.Said(said))
			}
			seen := map[string]bool{}
			for _, e := range w.Requests("bap.tenant.get", "bap.locations.list") {
				agent := e.Header.Get("User-Agent")
				if !strings.Contains(agent, c.want) || c.not != "" && strings.Contains(agent, c.not) {
					t.Errorf("User-Agent: %q", agent)
				}
				if has := e.Header.Get("X-Correlation-Id") != ""; has != (c.not != "terraform") {
					t.Errorf("correlation ID sent: %t", has)
				}
				seen[e.Header.Get("X-Correlation-Id")] = true
			}
			if len(seen) != 1 {
				t.Errorf("one read has %d correlation IDs", len(seen))
			}
		})
	}
}

package acctest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/provider"
)

// platform serves every test of the process; its state is per tenant.
var platform = sync.OnceValue(func() *mock.Platform { return mock.New() })

// World is what one test sees: a tenant of its own on the shared mock, and the provider signed in to it.
type World struct {
	*mock.Tenant
	Platform *mock.Platform

	// Through, unless it is nil, is put around each provider that is served from now on.
	Through func(tfprotov6.ProviderServer) tfprotov6.ProviderServer

	t      testing.TB
	before map[string][]string
}

// audience is what the mock's administration API takes tokens for.
const audience = "https://service.powerapps.com/"

// New makes a tenant from seed, with a fresh ID unless it has one, and with its default environment.
func New(t testing.TB, seed mock.TenantSeed) *World {
	t.Helper()
	if seed.ID == "" {
		seed.ID = uuid.NewString()
	}
	p := platform()
	w := &World{Platform: p, t: t, before: map[string][]string{}}
	if err := p.Seed(mock.Seed{Tenants: []mock.TenantSeed{seed}}); err != nil {
		t.Fatal(err)
	}
	w.Tenant = p.Tenant(seed.ID)
	w.settle()
	w.Keep()
	t.Cleanup(w.complain)
	witness.Record(t, p, w.ID)
	return w
}

// Keep makes everything that is on the platform now something that Leftovers expects to stay.
func (w *World) Keep() {
	for _, name := range w.Collections() {
		w.before[name] = w.Collection(name).IDs()
	}
}

// settle lets the platform make what every tenant and every organization has: it does so at the first request.
func (w *World) settle() {
	w.t.Helper()
	w.touch("https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/tenant?api-version=2020-08-01", audience)
	for _, org := range w.Collection(bap.Organizations).PeekAll() {
		if at := "https://" + bap.Host(org); org["state"] == "Ready" {
			w.touch(at+"/api/data/v9.2/WhoAmI", at)
		}
	}
	w.Forget()
}

func (w *World) touch(url, audience string) {
	w.t.Helper()
	token, err := w.Token(mock.DefaultClientID, audience)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := w.Platform.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusForbidden { // a tenant may have nobody who administers
		w.t.Fatalf("%s: %s %s, %v", url, resp.Status, body, err)
	}
}

// Provider is the configuration that signs in to the tenant; with an alias if one is given.
func (w *World) Provider(alias ...string) string {
	line := ""
	for _, a := range alias {
		line = fmt.Sprintf("  alias = %q\n", a)
	}
	return fmt.Sprintf("provider \"powerplatform\" {\n%s  tenant_id     = %q\n  client_id     = %q\n  client_secret = %q\n}\n", line, w.ID, mock.DefaultClientID, mock.DefaultClientSecret)
}

// Factories serve the provider in process, connected to the mock without a socket.
func (w *World) Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"powerplatform": func() (tfprotov6.ProviderServer, error) {
			p, err := providerserver.NewProtocol6WithError(provider.New("test", w.Platform))()
			if err == nil && w.Through != nil {
				p = w.Through(p)
			}
			return p, err
		},
	}
}

// Run applies the steps with Terraform in process, destroys, and fails if anything is left that was not there before, also
// where nothing is in state or an error was expected. A step whose configuration has no provider block gets the one of
// Provider. Tests call t.Parallel: no two share a tenant.
func (w *World) Run(steps ...resource.TestStep) {
	w.t.Helper()
	if everythingWithCLI() {
		w.RunCLI(steps...)
		return
	}
	w.complete(steps)
	inProcess(w.t, w.core, steps)
	w.clean()
}

// RunCLI is Run with the program of the CLI: for what only that can tell.
func (w *World) RunCLI(steps ...resource.TestStep) {
	w.t.Helper()
	w.complete(steps)
	t, ok := w.t.(*testing.T)
	if !ok {
		w.t.Fatal("the CLI needs a test to run in")
	}
	Terraform(t)
	resource.Test(t, resource.TestCase{
		IsUnitTest:               true,
		ProtoV6ProviderFactories: w.Factories(),
		Steps:                    steps,
	})
	w.clean()
}

// everythingWithCLI reports whether the tests run the CLI wherever they could do without it: the same tests hold Terraform
// in process to what the CLI does.
func everythingWithCLI() bool { return os.Getenv("ACCTEST_CLI") != "" }

// complete gives steps a provider block where they have none.
func (w *World) complete(steps []resource.TestStep) {
	for i := range steps {
		if c := steps[i].Config; c != "" && !strings.Contains(c, `provider "powerplatform"`) {
			steps[i].Config = w.Provider() + c
		}
	}
}

// clean fails if something is left.
func (w *World) clean() {
	w.t.Helper()
	if err := w.Leftovers(); err != nil {
		w.t.Error(err)
	}
}

// Leftovers fails if a collection holds objects that New did not seed and Keep has not seen.
func (w *World) Leftovers() error {
	var left []error
	for _, name := range w.Collections() {
		if w.Platform.Remembers(name) {
			continue
		}
		for _, id := range w.Collection(name).IDs() {
			if !slices.Contains(w.before[name], id) {
				left = append(left, fmt.Errorf("%s %s is left on the platform", name, id))
			}
		}
	}
	return errors.Join(left...)
}

// Fault lets matching requests of this tenant fail.
func (w *World) Fault(f mock.Fault) {
	f.Tenant = w.ID
	w.Platform.Inject(f)
}

// Requests lists the requests of this tenant with one of the operation IDs, oldest first; all of them without any.
func (w *World) Requests(operations ...string) []mock.Entry {
	var out []mock.Entry
	for _, e := range w.Platform.Journal(w.ID) {
		if len(operations) == 0 || slices.Contains(operations, e.Operation) {
			out = append(out, e)
		}
	}
	return out
}

// Count is the number of requests that Requests lists.
func (w *World) Count(operations ...string) int { return len(w.Requests(operations...)) }

// Forget clears the journal of this tenant.
func (w *World) Forget() { w.Platform.ClearJournal(w.ID) }

// complain reports routes that the mock does not have: they mean that mock and client disagree.
func (w *World) complain() {
	for _, e := range w.Requests() {
		if e.Status == http.StatusNotImplemented && e.Operation == "" {
			w.t.Errorf("the mock has no route for %s https://%s%s", e.Method, e.Host, e.Path)
		}
	}
}

// ImportID reads the import ID of a resource from state: its key attributes, joined by slashes.
func ImportID(address string, keys ...string) resource.ImportStateIdFunc {
	return func(s *terraform.State) (string, error) {
		r, ok := s.RootModule().Resources[address]
		if !ok {
			return "", fmt.Errorf("%s is not in state", address)
		}
		parts := make([]string, len(keys))
		for i, k := range keys {
			parts[i] = r.Primary.Attributes[k]
		}
		return strings.Join(parts, "/"), nil
	}
}

package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// While some write and others replace everything there is, the store holds what the platform does.
func TestTheStoreFollowsWhileEverythingHappensAtOnce(t *testing.T) {
	t.Parallel()
	const id = "10000000-0000-4000-8000-000000000001"
	m := newMemory()
	f := newFixture(t, server.Options{})
	f.SetBaseline(server.Seed{Tenants: []server.TenantSeed{{ID: id, Items: map[string][]server.Doc{"things": {{"id": "base"}}}}}})
	f.attach(m)
	if err := f.Reset(); err != nil {
		t.Fatal(err)
	}
	token := f.request(f.Tenant(id), http.MethodGet, "https://"+host, nil).Header.Get("Authorization")
	if err := f.SaveSnapshot("s"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 60 {
				req := f.request(nil, []string{http.MethodPut, http.MethodPost}[i%2], fmt.Sprintf("https://%s/things/%d-%d", host, w, i), server.Doc{"name": i})
				req.Header.Set("Authorization", token)
				res, err := f.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				if err := res.Body.Close(); err != nil || res.StatusCode > 299 {
					t.Errorf("%d %v", res.StatusCode, err)
				}
			}
		})
	}
	for _, replace := range []func() error{f.Reset, func() error { return f.LoadSnapshot("s") }} {
		wg.Go(func() {
			for range 15 {
				if err := replace(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	other := newFixture(t, server.Options{})
	other.attach(m)
	if want, got := f.export(), other.export(); got != want {
		t.Errorf("the platform is\n%s\nthe store holds\n%s", want, got)
	}
}

func TestAResetThatCannotBeDoneChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	f.Seeder("bad", schema.Objects("bad", "Bad.", schema.Text("id", "The ID.")), func(*server.Tenant, []server.Doc) error { return fmt.Errorf("never") })
	f.busy()
	f.SetBaseline(server.Seed{Tenants: []server.TenantSeed{{Items: map[string][]server.Doc{"bad": {{}}}}}})
	before := f.export()
	if err := f.Reset(); err == nil || !strings.Contains(err.Error(), "never") {
		t.Errorf("%v", err)
	}
	if f.export() != before {
		t.Error("something has changed")
	}
}

func TestAResetInjectsTheFaultsOfTheBaseline(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.AddTenant(server.TenantSeed{})
	f.SetBaseline(server.Seed{Tenants: []server.TenantSeed{{ID: tenant.ID}}, Faults: []server.Fault{{Status: 418, Hits: 7}}})
	for range 2 {
		if err := f.Reset(); err != nil {
			t.Fatal(err)
		}
		f.expect(f.call(f.Tenant(tenant.ID), http.MethodGet, "/things", nil), 418, "", "")
		if all := f.Faults(); len(all) != 1 || all[0].Hits != 1 || len(all[0].Since) != 1 {
			t.Errorf("%+v", all)
		}
	}
}

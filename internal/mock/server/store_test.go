package server_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// memory is a store in memory. When broken is set it stores nothing until it is mended.
type memory struct {
	mu      sync.Mutex
	records map[string][]byte
	late    []server.Change
	broken  error
	writes  int
}

func (m *memory) Load(f func(key string, value []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []string
	for key := range m.records {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := f(key, m.records[key]); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Write(changes []server.Change, done func(error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writes++
	m.late = append(m.late, changes...)
	if m.broken != nil {
		done(m.broken)
		return
	}
	for _, c := range m.late {
		switch {
		case c.All:
			for key := range m.records {
				if strings.HasPrefix(key, c.Key) {
					delete(m.records, key)
				}
			}
		case c.Value == nil:
			delete(m.records, c.Key)
		default:
			m.records[c.Key] = bytes.Clone(c.Value)
		}
	}
	m.late = nil
	done(nil)
}

func (m *memory) Close() error { return nil }

func (m *memory) set(key, value string) *memory {
	m.records[key] = []byte(value)
	return m
}

func newMemory() *memory { return &memory{records: map[string][]byte{}} }

func (f fixture) attach(m *memory) bool {
	f.t.Helper()
	found, err := f.Attach(m, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	return found
}

func TestWhatWasAnsweredIsStored(t *testing.T) {
	t.Parallel()
	m := newMemory()
	f := newFixture(t, server.Options{})
	if f.attach(m) {
		t.Error("an empty store held a state")
	}
	tenant := f.busy()
	check := func(step string) {
		t.Helper()
		other := newFixture(t, server.Options{})
		if !other.attach(m) {
			t.Fatal("the store holds nothing")
		}
		drop := func(text string) string { // reads move the clock, which is not stored with reads
			lines := strings.Split(text, "\n")
			return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, "      now: ") }), "\n")
		}
		if want, got := drop(f.export()), drop(other.export()); got != want {
			t.Errorf("after %s the platform is\n%s\nand the store holds\n%s", step, want, got)
		}
	}
	check("the beginning")
	tenant.Send("GET", "/things/alpha", nil)
	check("a read that uses up a stale value")
	tenant.Send("GET", "/things", nil)
	check("a list")
	tenant.Send("GET", "/nowhere", nil)
	tenant.SetSwitch("bare", "x")
	tenant.Send("GET", "/nowhere", nil)
	check("a switch that is set beside the requests")
	tenant.Clock().Advance(2 * time.Hour)
	tenant.Send("GET", "/things/zeta", nil)
	check("the end of an operation")
	tenant.Do(func() { tenant.DisplayName, tenant.Properties["x"] = "New", "y" })
	check("a change of what is known of a tenant")
	f.tenant(server.TenantSeed{})
	check("another tenant")
	f.Inject(server.Fault{Path: "/things/zeta", Status: 418})
	tenant.Send("GET", "/things/zeta", nil)
	check("a fault that has hit")
	s, err := f.Export()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Reset(); err != nil {
		t.Fatal(err)
	}
	check("a reset")
	if err := f.Import(s); err != nil {
		t.Fatal(err)
	}
	check("an import")
	f.ClearFaults()
	f.Tenant(tenant.ID).Collection("things").Delete("zeta")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	other := newFixture(t, server.Options{})
	other.attach(m)
	if want, got := f.export(), other.export(); got != want {
		t.Errorf("closed as\n%s\nopened as\n%s", want, got)
	}
}

func TestReadsAreNotStored(t *testing.T) {
	t.Parallel()
	m := newMemory()
	f := newFixture(t, server.Options{})
	f.attach(m)
	tenant := f.tenant(server.TenantSeed{})
	tenant.Send("PUT", "/things/a", server.Doc{})
	before := m.writes
	for range 5 {
		tenant.Send("GET", "/things/a", nil)
		tenant.Send("GET", "/things", nil)
	}
	if m.writes != before {
		t.Errorf("%d writes for reads alone", m.writes-before)
	}
	tenant.Send("PUT", "/things/b", server.Doc{})
	if m.writes != before+1 {
		t.Errorf("%d writes for one", m.writes-before)
	}
}

func TestAWriteThatCannotBeStoredIsA500(t *testing.T) {
	t.Parallel()
	m := newMemory()
	f := newFixture(t, server.Options{})
	f.attach(m)
	tenant := f.tenant(server.TenantSeed{})
	tenant.Send("PUT", "/things/a", server.Doc{"name": "x"}).Want(200)
	m.broken = fmt.Errorf("no space left on device")
	a := tenant.Send("PUT", "/things/b", server.Doc{"name": "y"})
	a.Want(500, "StateNotStored")
	if why := a.Header.Get("X-Mock-Reason"); !strings.Contains(why, "no space left on device") {
		t.Errorf("x-mock-reason is %q", why)
	}
	tenant.Send("GET", "/things/a", nil).Want(200).Has(server.Doc{"name": "x"})
	m.broken = nil
	tenant.Send("PUT", "/things/c", server.Doc{}).Want(200)
	other := newFixture(t, server.Options{})
	other.attach(m)
	if got := other.Tenant(tenant.ID).Collection("things").IDs(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("stored are %v", got)
	}
}

func TestAStoreOfAnotherKindIsRefused(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]*memory{
		"of a later ppmock":         newMemory().set("format", `"ppmock-state/99"`),
		"no record of the format":   newMemory().set("tenant\x00a\x00facts", `{}`),
		"no known kind":             newMemory().set("format", `"ppmock-state/1"`).set("zebra", `{}`),
		"no record of its own":      newMemory().set("format", `"ppmock-state/1"`).set("tenant\x00a\x00clock", `{}`),
		`record "platform/faults"`:  newMemory().set("format", `"ppmock-state/1"`).set("platform\x00faults", `{`),
		"signing keys":              newMemory().set("format", `"ppmock-state/1"`).set("platform\x00signing", `["AAAA"]`),
		"does not hold together":    newMemory().set("format", `"ppmock-state/1"`).set("tenant\x00a\x00facts", `{"serial":1,"tenant":{"id":"x"}}`),
		`"tenant/a/document/c/zed"`: newMemory().set("format", `"ppmock-state/1"`).set("tenant\x00a\x00document\x00c\x00zed", `[]`),
	} {
		if _, err := newFixture(t, server.Options{}).Attach(m, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

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
	tenant := f.tenant(server.TenantSeed{ID: id})
	if err := f.SaveSnapshot("s"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 60 {
				if a := tenant.Send([]string{"PUT", "POST"}[i%2], fmt.Sprintf("/things/%d-%d", w, i), server.Doc{"name": i}); a.Status > 299 {
					t.Error(a)
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
	tenant := f.tenant(server.TenantSeed{})
	f.SetBaseline(server.Seed{Tenants: []server.TenantSeed{{ID: tenant.ID}}, Faults: []server.Fault{{Status: 418, Hits: 7}}})
	for range 2 {
		if err := f.Reset(); err != nil {
			t.Fatal(err)
		}
		tenant.Send("GET", "/things", nil).Want(418, "I'mateapot")
		if all := f.Faults(); len(all) != 1 || all[0].Hits != 1 || len(all[0].Since) != 1 {
			t.Errorf("%+v", all)
		}
	}
}

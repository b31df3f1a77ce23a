package server

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
)

// Export returns the state of the platform, each tenant as it is at one moment. What it returns is a copy.
func (p *Platform) Export() (State, error) {
	p.mu.RLock()
	baseline, order := p.baseline, make([]*Tenant, 0, len(p.order))
	for _, id := range p.order {
		order = append(order, p.tenants[id])
	}
	p.mu.RUnlock()
	s := State{Format: store.Format, Faults: p.Faults(), Tenants: []store.TenantState{}}
	if err := store.CopyValue(baseline, &s.Baseline); err != nil {
		return State{}, fmt.Errorf("baseline: %w", err)
	}
	if s.Baseline.Tenants == nil {
		s.Baseline.Tenants = []TenantSeed{}
	}
	for _, t := range order {
		s.Tenants = append(s.Tenants, t.Export())
	}
	return s, nil
}

// Import makes the platform what the state says, and nothing else: it replaces all tenants, faults and the baseline.
// Journal and snapshots stay. Where the state is not in order, Import says so and changes nothing.
func (p *Platform) Import(s State) error {
	if s.Format != store.Format {
		return store.RefuseFormat(s.Format)
	}
	tenants, err := p.build(s, Copy)
	if err != nil {
		return err
	}
	var baseline Seed
	if err := store.CopyValue(s.Baseline, &baseline); err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	for i := range baseline.Tenants {
		if err := p.check(baseline.Tenants[i]); err != nil {
			return fmt.Errorf("baseline: %w", err)
		}
	}
	faults, err := restoreFaults(s.Faults)
	if err != nil {
		return err
	}
	return p.replace(tenants, baseline, faults)
}

// restoreFaults makes faults from a state. What an injected fault may leave out, these may too.
func restoreFaults(faults []Fault) ([]*Fault, error) {
	var out []*Fault
	for i, f := range faults {
		one := new(Fault)
		err := store.CopyValue(f, one)
		if err == nil {
			probe := *one
			if probe.Check() != nil && probe.Status == 0 {
				probe.Status = http.StatusInternalServerError
			}
			err = probe.Check()
		}
		if err != nil {
			return nil, fmt.Errorf("faults[%d]: %w", i, err)
		}
		out = append(out, one)
	}
	return out, nil
}

// build makes the tenants of a state, which are not part of the platform yet. own makes a document one's own.
func (p *Platform) build(s State, own func(Doc) Doc) ([]*Tenant, error) {
	var out []*Tenant
	known := map[string]bool{}
	for i, ts := range s.Tenants {
		t, err := p.restore(ts, cmp.Or(ts.Serial, i+1), own)
		if err == nil && known[t.ID] {
			err = fmt.Errorf("tenant %s is there twice", t.ID)
		}
		if err != nil {
			return nil, fmt.Errorf("tenants[%d]: %w", i, err)
		}
		known[t.ID] = true
		out = append(out, t)
	}
	return out, nil
}

// restore makes a tenant from its state.
func (p *Platform) restore(s store.TenantState, serial int, own func(Doc) Doc) (*Tenant, error) {
	if s.Tenant.ID == "" || len(s.Tenant.Items) > 0 {
		return nil, errors.New("tenant: it needs an id and has no objects of its own; they are in its collections")
	}
	if err := p.check(s.Tenant); err != nil {
		return nil, err
	}
	t := p.newTenant(strings.ToLower(s.Tenant.ID), serial)
	return t, t.Restore(s, own)
}

// SaveSnapshot keeps the state of the platform under a name, in place of what was kept there: in memory, and in the store
// where there is one. A name has letters, digits, dots, underscores and dashes, 100 of them at most.
func (p *Platform) SaveSnapshot(name string) error {
	c, err := p.saved.Save(name, p.Export)
	if err != nil {
		return err
	}
	return p.keepSnapshot(c)
}

func (p *Platform) keepSnapshot(c Change) error {
	if p.keeper == nil {
		return nil
	}
	var stored store.Commit
	return stored.Write(p.keeper.store, []Change{c}).Wait()
}

// LoadSnapshot makes the platform what it was when the snapshot was saved.
func (p *Platform) LoadSnapshot(name string) error {
	s, err := p.saved.Load(name)
	if err != nil {
		return err
	}
	return p.Import(s)
}

// DeleteSnapshot forgets a snapshot. It says whether there was one.
func (p *Platform) DeleteSnapshot(name string) (bool, error) {
	c, ok := p.saved.Delete(name)
	if !ok {
		return false, nil
	}
	return true, p.keepSnapshot(c)
}

// Snapshots returns the names of the snapshots, sorted.
func (p *Platform) Snapshots() []string { return p.saved.Names() }

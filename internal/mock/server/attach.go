package server

import (
	"errors"
	"fmt"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
)

// adopt makes the platform what a store held.
func (p *Platform) adopt(s State) error {
	tenants, err := p.build(s, func(d Doc) Doc { return d })
	if err != nil {
		return err
	}
	faults, err := restoreFaults(s.Faults)
	if err != nil {
		return err
	}
	return p.replace(tenants, s.Baseline, faults)
}

// Attach takes what the store holds for the state of the platform, if it holds any, and keeps the state there from now
// on: what a request changes is stored before the request is answered. It says whether there was a state. Where there was
// none, fresh (which may be nil) fills the platform first. Attach a store before the platform serves, when all families are
// registered. The platform closes the store with Close, also when Attach fails.
func (p *Platform) Attach(s Store, fresh func() error) (bool, error) {
	found, err := p.attach(s, fresh)
	if err != nil {
		p.keeper = nil
		return false, errors.Join(err, s.Close())
	}
	return found, nil
}

func (p *Platform) attach(s Store, fresh func() error) (bool, error) {
	kept, err := store.Load(s)
	if err != nil {
		return false, err
	}
	found := kept.Found()
	switch {
	case found:
		if err := p.adopt(kept.State); err != nil {
			return false, fmt.Errorf("the state does not hold together: %w", err)
		}
	case fresh != nil:
		if err := fresh(); err != nil {
			return false, err
		}
	}
	if err := identity.Adopt(kept.Signing); err != nil {
		return false, err
	}
	p.saved.Restore(kept.Snapshots)
	p.keeper = &keeper{store: s}
	whole := []Change{
		{Key: store.KeyTenants, All: true}, store.Put(store.KeyFormat, store.Format), store.Put(store.KeyBaseline, p.baseline),
	}
	for _, t := range p.Tenants() {
		p.keep(t)
		if found && !kept.Earlier() {
			t.Known()
			continue
		}
		whole = append(whole, t.Everything()...)
	}
	if !found || kept.Earlier() {
		var stored store.Commit
		err = stored.Write(s, whole).Wait()
	}
	return found, errors.Join(err, p.keepPlatform())
}

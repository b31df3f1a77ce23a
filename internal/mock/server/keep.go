package server

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
)

// durable waits until what a request did, or saw, is stored. Only a request that wrote something fails when it is not.
func (p *Platform) durable(t *Tenant, wrote *store.Pending) error {
	err := p.keepPlatform()
	if t == nil {
		return err
	}
	return errors.Join(err, t.Durable(wrote))
}

func unstored(err error) Reply {
	why := "the mock could not store what this request did: " + err.Error()
	return Fail(http.StatusInternalServerError, "StateNotStored", why).With(ReasonHeader, strings.Join(strings.Fields(why), " "))
}

// keepPlatform stores what has changed of the platform itself: the faults, or what they have hit, and the keys of tokens.
func (p *Platform) keepPlatform() error {
	k := p.keeper
	k.mu.Lock()
	changes, err := k.keys()
	if faults := p.Faults(); len(faults) > 0 || len(k.faults) > 0 {
		if c := store.Put(store.KeyFaults, faults); !bytes.Equal(c.Value, k.faults) {
			k.faults = c.Value
			changes = append(changes, c)
		}
	}
	var stored *store.Pending
	if len(changes) > 0 {
		stored = k.stored.Write(k.store, changes)
	}
	k.mu.Unlock()
	if stored == nil {
		_ = k.stored.Wait() // somebody else has to complain
	}
	return errors.Join(err, stored.Wait())
}

func (p *Platform) keepBaseline() error {
	if p.keeper == nil {
		return nil
	}
	p.mu.RLock()
	c := store.Put(store.KeyBaseline, p.baseline)
	p.mu.RUnlock()
	var stored store.Commit
	stored.Write(p.keeper.store, []Change{c})
	return stored.Wait()
}

// flush stores whatever is not stored yet, after a call of the admin API.
func (p *Platform) flush() error {
	if p.keeper == nil {
		return nil
	}
	errs := []error{p.keepPlatform()}
	for _, t := range p.Tenants() {
		errs = append(errs, t.Flush())
	}
	return errors.Join(errs...)
}

// replace puts tenants, a baseline and faults in the place of all that there are, at one moment for callers and store.
// What requests that are being answered still do to the old tenants is lost, as if they had come before.
func (p *Platform) replace(tenants []*Tenant, baseline Seed, faults []*Fault) error {
	p.swap.Lock()
	defer p.swap.Unlock()
	if p.keeper == nil {
		p.place(tenants, baseline, faults)
		return nil
	}
	old := p.Tenants()
	for _, t := range slices.Concat(old, tenants) { // no request gets between the tenants and their records
		t.Lock()
	}
	changes := []Change{{Key: store.KeyTenants, All: true}, store.Put(store.KeyBaseline, baseline)}
	for _, t := range tenants {
		p.keep(t)
		changes = append(changes, t.Everything()...)
	}
	for _, t := range old {
		t.Gone()
	}
	var stored store.Commit
	stored.Write(p.keeper.store, changes)
	p.place(tenants, baseline, faults)
	for _, t := range slices.Concat(old, tenants) {
		t.Unlock()
	}
	return errors.Join(stored.Wait(), p.keepPlatform())
}

func (p *Platform) place(tenants []*Tenant, baseline Seed, faults []*Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.tenants)
	p.order, p.lastTenant, p.baseline = nil, 0, baseline
	for _, t := range tenants {
		p.tenants[t.ID] = t
		p.order = append(p.order, t.ID)
		p.lastTenant = max(p.lastTenant, t.Serial())
	}
	p.faults.Replace(faults)
}

// Close stores what is not stored yet, clocks included, and closes the store. Without a store it does nothing.
func (p *Platform) Close() error {
	if p.keeper == nil {
		return nil
	}
	err := p.flush()
	for _, t := range p.Tenants() {
		t.KeepClock()
	}
	return errors.Join(err, p.keeper.store.Close())
}

// keep lets a tenant hand what changes in it to the store, if there is one.
func (p *Platform) keep(t *Tenant) {
	if p.keeper != nil {
		t.Keep(p.keeper.store)
	}
}

// keys is the change that stores the keys of tokens, if there are any yet that the store does not know. No token leaves
// before.
func (k *keeper) keys() ([]Change, error) {
	now := identity.Changes()
	if now == k.signing {
		return nil, nil
	}
	raw, err := identity.Record()
	if err != nil {
		return nil, err
	}
	k.signing = now
	return []Change{store.Put(store.KeySigning, raw)}, nil
}

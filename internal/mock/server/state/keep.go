package state

import (
	"crypto/sha256"
	"errors"
	"reflect"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Keep hands what changes in the tenant to a store from now on; nil keeps nothing.
func (t *Tenant) Keep(s store.Store) {
	t.ledger = nil
	if s != nil {
		t.ledger = &ledger{store: s, facts: true}
	}
}

// Known says that the store knows the tenant as it is.
func (t *Tenant) Known() {
	t.ledger.take()
	t.ledger.described = t.described()
	t.ledger.described.properties = wire.Copy(t.Properties)
}

// Gone says that the tenant is no longer part of the platform: what changes in it is not kept.
func (t *Tenant) Gone() { t.ledger.close() }

// Durable waits until what a request did, or saw, is stored. Only for a request that wrote something it is an error when
// it is not.
func (t *Tenant) Durable(wrote *store.Pending) error {
	if t.ledger.dirty() { // an open route, or somebody beside the requests
		t.work.Lock()
		if more := t.keep(); more != nil {
			wrote = more
		}
		t.work.Unlock()
	}
	if wrote == nil {
		_ = t.stored.Wait() // what was seen is somebody else's to complain about
	}
	return wrote.Wait()
}

// Flush stores whatever is not stored yet.
func (t *Tenant) Flush() error { return errors.Join(t.Durable(nil), t.stored.Wait()) }

// KeepClock stores where the clock stands.
func (t *Tenant) KeepClock() { t.stored.Write(t.ledger.store, []store.Change{t.clockChange()}) }

// keep hands what has changed to the store; nil where nothing has. The tenant is locked.
func (t *Tenant) keep() *store.Pending {
	if t.ledger == nil {
		return nil
	}
	if now := t.described(); !reflect.DeepEqual(now, t.ledger.described) {
		t.ledger.fact()
	}
	changes := t.changes(t.ledger.take())
	if len(changes) == 0 {
		return nil
	}
	return t.stored.Write(t.ledger.store, append(changes, t.clockChange()))
}

// description is what anybody who has locked the tenant may change.
type description struct {
	name, location, geography, country string
	properties                         wire.Doc
}

func (t *Tenant) described() description {
	return description{t.DisplayName, t.Location, t.Geography, t.Country, t.Properties}
}

// changes are the records of what has changed. The clock goes with them: it never stands before what was written, and
// the time that passes with reads alone may be lost.
func (t *Tenant) changes(facts bool, documents map[documentRef]struct{}, operations map[*Operation]struct{}) []store.Change {
	var out []store.Change
	if facts {
		s := t.facts()
		t.ledger.described = t.described()
		t.ledger.described.properties = s.Tenant.Properties
		out = append(out, store.Put(store.FactsKey(t.ID), store.Facts{Serial: t.serial, Tenant: s.Tenant, Lags: s.Lags, Scripts: s.Scripts}))
	}
	for ref := range documents {
		out = append(out, ref.collection.change(ref.key))
	}
	for o := range operations {
		if t.operations.byID[strings.ToLower(o.ID)] != o {
			out = append(out, store.Change{Key: store.OperationKey(t.ID, o.ID)})
			continue
		}
		c := store.Put(store.OperationKey(t.ID, o.ID), o.export())
		if sum := sha256.Sum256(c.Value); sum != o.kept {
			o.kept = sum
			out = append(out, c)
		}
	}
	return out
}

func (t *Tenant) clockChange() store.Change { return store.Put(store.ClockKey(t.ID), t.clock.State()) }

func (c *Collection) change(key string) store.Change {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := store.DocumentKey(c.tenant.ID, c.name, key)
	d := c.documents[key]
	if d == nil {
		return store.Change{Key: at}
	}
	return store.Put(at, d.export())
}

// Everything is the records of the whole tenant, for one that the store does not know yet.
func (t *Tenant) Everything() []store.Change {
	t.ledger.take()
	documents, operations := map[documentRef]struct{}{}, map[*Operation]struct{}{}
	t.mu.Lock()
	for _, c := range t.collections {
		c.mu.Lock()
		for key := range c.documents {
			documents[documentRef{c, key}] = struct{}{}
		}
		c.mu.Unlock()
	}
	t.mu.Unlock()
	for _, o := range t.operations.byID {
		o.kept = [sha256.Size]byte{}
		operations[o] = struct{}{}
	}
	return append(t.changes(true, documents, operations), t.clockChange())
}

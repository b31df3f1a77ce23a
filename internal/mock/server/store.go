package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Store keeps the state of a platform, as records by key, beyond the end of the process.
type Store interface {
	// Load calls f with every record, in the order of the keys. It ends with the first error of f.
	Load(f func(key string, value []byte) error) error
	// Write takes changes over and returns at once. It calls done, once, when they are stored for good, all of them, or
	// cannot be. Changes are stored in the order of the calls. Changes that could not be stored are not lost: they are
	// stored with the next ones, if those can be.
	Write(changes []Change, done func(error))
	// Close stores what it has taken over and ends the use of the store.
	Close() error
}

// Change is what happens to a record.
type Change struct {
	// Key is the key of the record.
	Key string
	// Value is its new value; nil deletes it.
	Value []byte
	// All deletes all records whose keys begin with Key.
	All bool
}

// Keys of records. What follows a prefix is separated by zero bytes.
const (
	keyFormat    = "format"
	keyBaseline  = "platform\x00baseline"
	keyFaults    = "platform\x00faults"
	keySigning   = "platform\x00signing"
	keySnapshots = "snapshot\x00"
	keyTenants   = "tenant\x00"

	// Kinds of records of a tenant, behind its ID.
	recordFacts     = "facts"
	recordClock     = "clock"
	recordDocument  = "document"
	recordOperation = "operation"
)

// longestID is how long the ID of a document may be to be part of its key.
const longestID = 1000

func (t *Tenant) key(parts ...string) string {
	return keyTenants + t.ID + "\x00" + strings.Join(parts, "\x00")
}

func (t *Tenant) documentKey(collection, id string) string {
	if len(id) > longestID {
		sum := sha256.Sum256([]byte(id))
		id = "\x00" + hex.EncodeToString(sum[:])
	}
	return t.key(recordDocument, collection, id)
}

// keeper hands the state of a platform to its store.
type keeper struct {
	store Store

	mu      sync.Mutex // guards the fields below
	faults  []byte     // as they were stored last
	signing int64      // how often the keys of tokens had changed when they were stored last
	stored  commit     // of the last changes of the platform itself
}

// commit waits for the store.
type commit struct {
	mu   sync.Mutex
	last *pending
}

type pending struct {
	done chan struct{}
	err  error
}

// write hands changes to the store.
func (c *commit) write(s Store, changes []Change) *pending {
	w := &pending{done: make(chan struct{})}
	c.mu.Lock()
	c.last = w
	c.mu.Unlock()
	s.Write(changes, func(err error) {
		w.err = err
		close(w.done)
	})
	return w
}

// wait waits until the last changes are stored, or says why they are not.
func (c *commit) wait() error {
	c.mu.Lock()
	w := c.last
	c.mu.Unlock()
	return w.wait()
}

func (w *pending) wait() error {
	if w == nil {
		return nil
	}
	<-w.done
	return w.err
}

// durable waits until what a request did, or saw, is stored. Only a request that wrote something fails when it is not.
func (p *Platform) durable(t *Tenant, wrote *pending) error {
	err := p.keepPlatform()
	if t == nil {
		return err
	}
	if t.ledger.dirty() { // an open route, or somebody beside the requests
		t.work.Lock()
		if more := t.keep(); more != nil {
			wrote = more
		}
		t.work.Unlock()
	}
	if wrote == nil {
		_ = t.stored.wait() // what was seen is somebody else's to complain about
		return err
	}
	return errors.Join(err, wrote.wait())
}

func unstored(err error) Reply {
	why := "the mock could not store what this request did: " + err.Error()
	return Fail(http.StatusInternalServerError, "StateNotStored", why).With("X-Mock-Reason", strings.Join(strings.Fields(why), " "))
}

// keepPlatform stores what has changed of the platform itself: the faults, or what they have hit, and the keys of tokens.
func (p *Platform) keepPlatform() error {
	k := p.keeper
	k.mu.Lock()
	changes, err := k.signingChange()
	if faults := p.Faults(); len(faults) > 0 || len(k.faults) > 0 {
		if c := change(keyFaults, faults); !bytes.Equal(c.Value, k.faults) {
			k.faults = c.Value
			changes = append(changes, c)
		}
	}
	var stored *pending
	if len(changes) > 0 {
		stored = k.stored.write(k.store, changes)
	}
	k.mu.Unlock()
	if stored == nil {
		_ = k.stored.wait() // somebody else has to complain
	}
	return errors.Join(err, stored.wait())
}

func (p *Platform) keepBaseline() error {
	if p.keeper == nil {
		return nil
	}
	p.mu.RLock()
	c := change(keyBaseline, p.baseline)
	p.mu.RUnlock()
	var stored commit
	stored.write(p.keeper.store, []Change{c})
	return stored.wait()
}

// flush stores whatever is not stored yet, after a call of the admin API.
func (p *Platform) flush() error {
	if p.keeper == nil {
		return nil
	}
	errs := []error{p.durable(nil, nil)}
	for _, t := range p.Tenants() {
		errs = append(errs, p.durable(t, nil), t.stored.wait())
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
		t.work.Lock()
	}
	changes := []Change{{Key: keyTenants, All: true}, change(keyBaseline, baseline)}
	for _, t := range tenants {
		t.ledger = p.newLedger()
		changes = append(changes, t.everything()...)
	}
	for _, t := range old {
		t.ledger.close()
	}
	var stored commit
	stored.write(p.keeper.store, changes)
	p.place(tenants, baseline, faults)
	for _, t := range slices.Concat(old, tenants) {
		t.work.Unlock()
	}
	return errors.Join(stored.wait(), p.keepPlatform())
}

func (p *Platform) place(tenants []*Tenant, baseline Seed, faults []*Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.tenants)
	p.order, p.lastTenant, p.baseline = nil, 0, baseline
	for _, t := range tenants {
		p.tenants[t.ID] = t
		p.order = append(p.order, t.ID)
		p.lastTenant = max(p.lastTenant, t.serial)
	}
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.list = faults
}

// Close stores what is not stored yet, clocks included, and closes the store. Without a store it does nothing.
func (p *Platform) Close() error {
	if p.keeper == nil {
		return nil
	}
	err := p.flush()
	for _, t := range p.Tenants() {
		t.stored.write(p.keeper.store, []Change{t.clockChange()})
	}
	return errors.Join(err, p.keeper.store.Close())
}

package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// ledger notes what of a tenant has changed since it was last handed to the store. All methods work on nil, where nothing
// is kept.
type ledger struct {
	described description // as it was stored last; the tenant is locked

	mu         sync.Mutex // guards the fields below
	closed     bool       // the tenant is no longer part of the platform
	facts      bool
	documents  map[documentRef]struct{}
	operations map[*Operation]struct{}
}

type documentRef struct {
	collection *Collection
	key        string
}

// newLedger is a ledger for a new tenant, nil where nothing is kept.
func (p *Platform) newLedger() *ledger {
	if p.keeper == nil {
		return nil
	}
	return &ledger{facts: true}
}

func (l *ledger) document(c *Collection, key string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.documents == nil {
		l.documents = map[documentRef]struct{}{}
	}
	l.documents[documentRef{c, key}] = struct{}{}
}

func (l *ledger) operation(o *Operation) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.operations == nil {
		l.operations = map[*Operation]struct{}{}
	}
	l.operations[o] = struct{}{}
}

func (l *ledger) fact() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.facts = true
}

// take returns what has changed and begins anew.
func (l *ledger) take() (facts bool, documents map[documentRef]struct{}, operations map[*Operation]struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	facts, documents, operations = l.facts, l.documents, l.operations
	l.facts, l.documents, l.operations = false, nil, nil
	if l.closed {
		return false, nil, nil
	}
	return facts, documents, operations
}

// dirty says whether there is anything to take.
func (l *ledger) dirty() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.closed && (l.facts || len(l.documents) > 0 || len(l.operations) > 0)
}

func (l *ledger) close() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

// keep hands what has changed to the store; nil where nothing has. The tenant is locked.
func (t *Tenant) keep() *pending {
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
	return t.stored.write(t.platform.keeper.store, append(changes, t.clockChange()))
}

// description is what anybody who has locked the tenant may change.
type description struct {
	name, location, geography, country string
	properties                         Doc
}

func (t *Tenant) described() description {
	return description{t.DisplayName, t.Location, t.Geography, t.Country, t.Properties}
}

// changes are the records of what has changed. The clock goes with them: it never stands before what was written, and
// the time that passes with reads alone may be lost.
func (t *Tenant) changes(facts bool, documents map[documentRef]struct{}, operations map[*Operation]struct{}) []Change {
	var out []Change
	if facts {
		s := t.facts()
		t.ledger.described = t.described()
		t.ledger.described.properties = s.Tenant.Properties
		out = append(out, change(t.key(recordFacts), factsRecord{t.serial, s.Tenant, s.Lags, s.Scripts}))
	}
	for ref := range documents {
		out = append(out, ref.collection.change(ref.key))
	}
	for o := range operations {
		if t.operations.byID[strings.ToLower(o.ID)] != o {
			out = append(out, Change{Key: t.key(recordOperation, strings.ToLower(o.ID))})
			continue
		}
		c := change(t.key(recordOperation, strings.ToLower(o.ID)), o.export())
		if sum := sha256.Sum256(c.Value); sum != o.kept {
			o.kept = sum
			out = append(out, c)
		}
	}
	return out
}

// factsRecord is the record of what is known of a tenant.
type factsRecord struct {
	Serial  int                    `json:"serial"`
	Tenant  TenantSeed             `json:"tenant"`
	Lags    []Lag                  `json:"lags,omitempty"`
	Scripts map[string]ScriptState `json:"scripts,omitempty"`
}

func (t *Tenant) clockChange() Change { return change(t.key(recordClock), t.clock.state()) }

func (c *Collection) change(key string) Change {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.tenant.documentKey(c.name, key)
	d := c.documents[key]
	if d == nil {
		return Change{Key: at}
	}
	return change(at, d.export())
}

func change(key string, value any) Change { return Change{Key: key, Value: compact(value)} }

// compact is a value as JSON, which can say all that there is in a platform.
func compact(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return []byte("null")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// everything are the records of the whole tenant, for one that the store does not know yet.
func (t *Tenant) everything() []Change {
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

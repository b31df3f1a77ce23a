package state

import (
	"sync"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
)

// ledger notes what of a tenant has changed since it was last handed to the store. All methods work on nil, where nothing
// is kept.
type ledger struct {
	store     store.Store
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

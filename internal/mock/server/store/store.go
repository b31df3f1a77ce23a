package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/seed"
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
	KeyFormat   = "format"
	KeyBaseline = "platform\x00baseline"
	KeyFaults   = "platform\x00faults"
	KeySigning  = "platform\x00signing"
	// KeySnapshots comes before the name of a snapshot.
	KeySnapshots = "snapshot\x00"
	// KeyTenants comes before all keys of tenants.
	KeyTenants = "tenant\x00"

	// Kinds of records of a tenant, behind its ID.
	recordFacts     = "facts"
	recordClock     = "clock"
	recordDocument  = "document"
	recordOperation = "operation"
)

// longestID is how long the ID of a document may be to be part of its key.
const longestID = 1000

func tenantKey(tenant string, parts ...string) string {
	return KeyTenants + tenant + "\x00" + strings.Join(parts, "\x00")
}

// FactsKey is the key of what is known of a tenant.
func FactsKey(tenant string) string { return tenantKey(tenant, recordFacts) }

// ClockKey is the key of the clock of a tenant.
func ClockKey(tenant string) string { return tenantKey(tenant, recordClock) }

// OperationKey is the key of an operation of a tenant.
func OperationKey(tenant, id string) string {
	return tenantKey(tenant, recordOperation, strings.ToLower(id))
}

// DocumentKey is the key of a document of a tenant.
func DocumentKey(tenant, collection, id string) string {
	if len(id) > longestID {
		sum := sha256.Sum256([]byte(id))
		id = "\x00" + hex.EncodeToString(sum[:])
	}
	return tenantKey(tenant, recordDocument, collection, id)
}

// Facts is the record of what is known of a tenant.
type Facts struct {
	Serial  int                    `json:"serial"`
	Tenant  seed.Tenant            `json:"tenant"`
	Lags    []profile.Lag          `json:"lags,omitempty"`
	Scripts map[string]ScriptState `json:"scripts,omitempty"`
}

// Put is the change that gives a record a value, as JSON.
func Put(key string, value any) Change { return Change{Key: key, Value: compact(value)} }

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

// Commit waits for the store. Its zero value has nothing to wait for.
type Commit struct {
	mu   sync.Mutex
	last *Pending
}

// Pending is changes on their way into the store; nil is none.
type Pending struct {
	done chan struct{}
	err  error
}

// Write hands changes to the store.
func (c *Commit) Write(s Store, changes []Change) *Pending {
	w := &Pending{done: make(chan struct{})}
	c.mu.Lock()
	c.last = w
	c.mu.Unlock()
	s.Write(changes, func(err error) {
		w.err = err
		close(w.done)
	})
	return w
}

// Wait waits until the last changes are stored, or says why they are not.
func (c *Commit) Wait() error {
	c.mu.Lock()
	w := c.last
	c.mu.Unlock()
	return w.Wait()
}

// Wait waits until the changes are stored, or says why they are not.
func (w *Pending) Wait() error {
	if w == nil {
		return nil
	}
	<-w.done
	return w.err
}

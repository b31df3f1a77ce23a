package state

import (
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Collection holds the documents of one kind in a tenant, in the order in which they were added. IDs are compared
// without regard to case. What goes in and out is copied; see Copy for the form in which it comes out.
type Collection struct {
	name   string
	tenant *Tenant

	mu        sync.Mutex
	documents map[string]*document
	order     []*document // with gaps where documents are gone
	gaps      int
	serial    int // of the last document
	indexes   map[string]*index
}

type document struct {
	id      string
	serial  int    // orders the documents even where their records stand apart
	place   int    // in order
	truth   object // nil: deleted, but an overlay still shows it
	overlay map[string]*stale
}

// stale is what readers still see of a field, "" being the whole document.
type stale struct {
	value any
	there bool
	reads int
	until time.Time // on the tenant's clock; zero: reads count
}

// over says whether readers see the truth again.
func (s *stale) over(now time.Time) bool {
	return s.reads <= 0 && !now.Before(s.until)
}

// Get returns a copy of the document as readers see it. It counts as one read.
func (c *Collection) Get(id string) (wire.Doc, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.documents[strings.ToLower(id)]
	if d == nil {
		return nil, false
	}
	return c.read(d)
}

// Peek returns a copy of the true document, whatever readers see.
func (c *Collection) Peek(id string) (wire.Doc, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.documents[strings.ToLower(id)]
	if d == nil || d.truth == nil {
		return nil, false
	}
	return d.truth.thaw(), true
}

// Has says whether there is a true document of that ID. It costs less than Peek.
func (c *Collection) Has(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.documents[strings.ToLower(id)]
	return d != nil && d.truth != nil
}

// Put adds or replaces a document.
func (c *Collection) Put(id string, doc wire.Doc) {
	lags := c.tenant.lagsOf(c.name, id)
	truth := freeze(doc)
	c.mu.Lock()
	defer c.mu.Unlock()
	key := strings.ToLower(id)
	d := c.documents[key]
	if d == nil {
		d = c.add(id, c.serial+1)
	}
	old := d.truth
	d.truth = truth
	c.tenant.ledger.document(c, key)
	for _, l := range lags {
		d.remember(l, old, c.tenant.clock.Now())
	}
	c.reindex(d, old)
}

// add makes room for a document, which is to be the last one.
func (c *Collection) add(id string, serial int) *document {
	d := &document{id: id, serial: serial, place: len(c.order)}
	c.documents[strings.ToLower(id)] = d
	c.order = append(c.order, d)
	c.serial = max(c.serial, serial)
	return d
}

// Delete removes a document. It says whether there was one. A document that no reader has seen yet stays unseen.
func (c *Collection) Delete(id string) bool {
	lags := c.tenant.lagsOf(c.name, id)
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.documents[strings.ToLower(id)]
	if d == nil || d.truth == nil {
		return false
	}
	old := d.truth
	d.truth = nil
	c.reindex(d, old)
	c.tenant.ledger.document(c, strings.ToLower(id))
	maps.DeleteFunc(d.overlay, func(path string, _ *stale) bool { return path != "" })
	for _, l := range lags {
		if l.Field == "" {
			d.remember(l, old, c.tenant.clock.Now())
		}
	}
	if s, ok := d.overlay[""]; !ok || !s.there {
		c.drop(d)
	}
	return true
}

// drop forgets a document, and closes the gaps once there are more of them than documents.
func (c *Collection) drop(d *document) {
	delete(c.documents, strings.ToLower(d.id))
	c.order[d.place] = nil
	if c.gaps++; c.gaps <= len(c.documents)+16 {
		return
	}
	c.order = slices.DeleteFunc(c.order, func(d *document) bool { return d == nil })
	for i, d := range c.order {
		d.place = i
	}
	c.gaps = 0
}

// ordered are the documents in the order in which they were added.
func (c *Collection) ordered() iter.Seq[*document] {
	return func(yield func(*document) bool) {
		for _, d := range c.order {
			if d != nil && !yield(d) {
				return
			}
		}
	}
}

// All returns copies of all documents as readers see them, in the order in which they were added. It counts as one read
// of each.
func (c *Collection) All() []wire.Doc { return slices.AppendSeq([]wire.Doc{}, c.Each(0)) }

// Each is All one by one, so that only the documents that are kept take memory. The first ones that readers see are
// skipped, without being read.
func (c *Collection) Each(skip int) iter.Seq[wire.Doc] {
	return func(yield func(wire.Doc) bool) {
		c.mu.Lock()
		all := slices.Collect(c.ordered())
		c.mu.Unlock()
		for _, d := range all {
			var doc wire.Doc
			c.mu.Lock()
			ok := c.documents[strings.ToLower(d.id)] == d // it may be gone since
			switch {
			case !ok:
			case skip > 0:
				ok = false
				if d.visible(c.tenant.clock.Now()) {
					skip--
				}
			default:
				doc, ok = c.read(d)
			}
			c.mu.Unlock()
			if ok && !yield(doc) {
				return
			}
		}
	}
}

// PeekAll returns copies of all true documents in the order in which they were added.
func (c *Collection) PeekAll() []wire.Doc {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []wire.Doc{}
	for d := range c.ordered() {
		if d.truth != nil {
			out = append(out, d.truth.thaw())
		}
	}
	return out
}

// IDs returns the IDs of the true documents, as they were first put, in the order in which they were added.
func (c *Collection) IDs() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []string{}
	for d := range c.ordered() {
		if d.truth != nil {
			out = append(out, d.id)
		}
	}
	return out
}

// Len returns the number of true documents.
func (c *Collection) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for d := range c.ordered() {
		if d.truth != nil {
			n++
		}
	}
	return n
}

// remember keeps what readers saw of a field before the write, if the write changed it.
func (d *document) remember(l profile.Lag, old object, now time.Time) {
	was, there := field(old.thaw(), l.Field)
	is, exists := field(d.truth.thaw(), l.Field)
	if seen, ok := d.overlay[l.Field]; ok && !seen.over(now) {
		was, there = seen.value, seen.there
	}
	if there == exists && (l.Field == "" || reflect.DeepEqual(was, is)) {
		delete(d.overlay, l.Field)
		return
	}
	if d.overlay == nil {
		d.overlay = map[string]*stale{}
	}
	d.overlay[l.Field] = &stale{value: wire.Normal(was), there: there, reads: l.Reads}
	if l.For > 0 {
		d.overlay[l.Field].until = now.Add(l.For.Duration())
	}
}

func field(d wire.Doc, path string) (any, bool) {
	if path == "" {
		return d, d != nil
	}
	return wire.Lookup(d, path)
}

// visible says whether readers see the document.
func (d *document) visible(now time.Time) bool {
	if s, ok := d.overlay[""]; ok && !s.over(now) {
		return s.there
	}
	return d.truth != nil
}

// read returns what readers see and uses up one read of each overlay.
func (c *Collection) read(d *document) (wire.Doc, bool) {
	doc := d.truth.thaw()
	var now time.Time
	if len(d.overlay) > 0 {
		c.tenant.ledger.document(c, strings.ToLower(d.id))
		now = c.tenant.clock.Now()
		maps.DeleteFunc(d.overlay, func(_ string, s *stale) bool { return s.over(now) })
	}
	for path, s := range d.overlay {
		switch {
		case path == "" && !s.there:
			doc = nil
		case path == "":
			doc, _ = wire.Normal(s.value).(wire.Doc)
		}
	}
	for path, s := range d.overlay {
		switch {
		case path == "" || doc == nil:
		case s.there:
			wire.Assign(doc, path, wire.Normal(s.value))
		default:
			wire.Unset(doc, path)
		}
		if s.reads = max(0, s.reads-1); s.over(now) {
			delete(d.overlay, path)
		}
	}
	if d.truth == nil && len(d.overlay) == 0 {
		c.drop(d)
	}
	return doc, doc != nil
}

package state

import (
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// index finds the true documents of a collection by a key that is made of each: without key, what is before the first
// slash of the ID, in lower case.
type index struct {
	key func(d wire.Doc) string
	ids map[string][]string // in the order in which the documents got the key
}

// Where returns the IDs of the true documents for which key makes value, in the order in which they came to have it. name
// stands for key: the first call of a name goes through all documents, later ones cost nothing more than their result.
// Documents with an empty key are not found.
func (c *Collection) Where(name string, key func(d wire.Doc) string, value string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.indexes[name]
	if x == nil {
		x = &index{key: key, ids: map[string][]string{}}
		for d := range c.ordered() {
			if d.truth != nil {
				x.add(x.of(d.id, d.truth), d.id)
			}
		}
		if c.indexes == nil {
			c.indexes = map[string]*index{}
		}
		c.indexes[name] = x
	}
	return slices.Clone(x.ids[value])
}

// Under returns the IDs of the true documents that begin with a name and a slash, in the order in which they were added.
func (c *Collection) Under(name string) []string {
	return c.Where("/", nil, strings.ToLower(name))
}

// reindex takes a document whose truth was old to where it belongs now.
func (c *Collection) reindex(d *document, old object) {
	for _, x := range c.indexes {
		was, is := "", ""
		if old != nil {
			was = x.of(d.id, old)
		}
		if d.truth != nil {
			is = x.of(d.id, d.truth)
		}
		if was == is {
			continue
		}
		if rest := slices.DeleteFunc(x.ids[was], func(id string) bool { return id == d.id }); len(rest) > 0 {
			x.ids[was] = rest
		} else {
			delete(x.ids, was)
		}
		x.add(is, d.id)
	}
}

func (x *index) of(id string, truth object) string {
	if x.key != nil {
		return x.key(truth.thaw())
	}
	first, _, _ := strings.Cut(id, "/")
	return strings.ToLower(first)
}

func (x *index) add(key, id string) {
	if key != "" {
		x.ids[key] = append(x.ids[key], id)
	}
}

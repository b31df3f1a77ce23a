package fault

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/clock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/journal"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Condition is met by what a tenant holds: by the document that ID or Where finds, or, without them, by any one of the
// collection. In ID and Where, {name} stands for a parameter of the path and {host} for the host.
type Condition struct {
	// Collection is the name of the collection, "environments".
	Collection string `json:"collection"`
	// ID is the document.
	ID string `json:"id,omitempty"`
	// Where are patterns for the texts at dotted paths.
	Where map[string]string `json:"where,omitempty"`
	// Field is the dotted path that the rest is about.
	Field string `json:"field,omitempty"`
	// Equals is what stands there.
	Equals any `json:"equals,omitempty"`
	// Younger and Older compare the age of the time that stands there.
	Younger clock.Span `json:"younger,omitempty"`
	// Older is the least age.
	Older clock.Span `json:"older,omitempty"`
	// Not turns the condition round.
	Not bool `json:"not,omitempty"`
}

func (c Condition) check() error {
	switch {
	case c.Collection == "":
		return errors.New("collection is required")
	case c.Field == "" && (c.Equals != nil || c.Younger > 0 || c.Older > 0):
		return errors.New("equals, younger and older need a field")
	}
	return nil
}

// World is what conditions are about: the time in a tenant, and what it holds.
type World interface {
	// Now is what time it is.
	Now() time.Time
	// Document is a document of a collection.
	Document(collection, id string) (wire.Doc, bool)
	// Documents are all of a collection.
	Documents(collection string) []wire.Doc
}

// Meeting is a request that meets faults.
type Meeting struct {
	// Entry is the request as the journal will have it.
	Entry journal.Entry
	// World is that of the tenant; nil for a request that has none.
	World World
	// Params are the parameters of the path.
	Params map[string]string
}

// fill puts parameters into a text.
func (m Meeting) fill(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	pairs := []string{"{host}", m.Entry.Host, "{soon}", time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)}
	for name, value := range m.Params {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (c Condition) met(m Meeting) bool {
	if m.World == nil {
		return false
	}
	return c.finds(m) != c.Not
}

func (c Condition) finds(m Meeting) bool {
	if c.ID != "" {
		d, ok := m.World.Document(c.Collection, m.fill(c.ID))
		return ok && c.fits(m, d)
	}
	return slices.ContainsFunc(m.World.Documents(c.Collection), func(d wire.Doc) bool { return c.fits(m, d) })
}

func (c Condition) fits(m Meeting, d wire.Doc) bool {
	for path, pattern := range c.Where {
		if value, ok := wire.Lookup(d, path); !ok || !route.Glob(m.fill(pattern), textOf(value)) {
			return false
		}
	}
	if c.Field == "" {
		return true
	}
	value, there := wire.Lookup(d, c.Field)
	if c.Equals != nil {
		return there && reflect.DeepEqual(wire.Normal(value), wire.Normal(c.Equals))
	}
	if c.Younger == 0 && c.Older == 0 {
		return there && value != nil
	}
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	age := m.World.Now().Sub(at)
	return err == nil && (c.Younger == 0 || age < c.Younger.Duration()) && (c.Older == 0 || age >= c.Older.Duration())
}

func textOf(value any) string {
	text, _ := value.(string)
	return text
}

package record

import (
	"maps"
	"slices"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Shape is what the platform's deserializer accepts as a value of a body.
type Shape struct {
	of      *schema.Shape
	members Members // of an object
}

// Members are the members of an object by name.
type Members map[string]*Shape

// What a member may be; null counts as absent for all of them.
var (
	// Any is any value.
	Any = &Shape{of: schema.Any("", "")}
	// Text is any text.
	Text = &Shape{of: schema.Text("", "")}
	// Name is a text that is not blank.
	Name = &Shape{of: schema.Text("", "").Matching("a text that is not blank", `(?s).*\S.*`)}
	// GUID is a text that is a GUID.
	GUID = &Shape{of: schema.GUID("", "")}
	// Flag is true or false.
	Flag = &Shape{of: schema.Flag("", "")}
	// Whole is a whole number.
	Whole = &Shape{of: schema.Whole("", "")}
	// Ignored is any value, which the platform takes and does not look at: what it says itself.
	Ignored = &Shape{of: schema.Any("", "")}
)

// Object is an object with these members and no others; kind is the platform's name for it, as its refusals say it.
func Object(kind string, members Members) *Shape {
	var fields []*schema.Shape
	for _, name := range slices.Sorted(maps.Keys(members)) {
		fields = append(fields, members[name].of.Named(name, ""))
	}
	return &Shape{schema.Object("", "", fields...).Typed(kind), members}
}

// List is a list of items of one shape.
func List(item *Shape) *Shape { return &Shape{of: schema.List("", "", item.of)} }

// OneOf is one of these texts; case counts.
func OneOf(values ...string) *Shape { return &Shape{of: schema.Text("", "").Enum(values...)} }

// Required is a member that must be there.
func Required(s *Shape) *Shape { return &Shape{s.of.Named("", "").Required(), s.members} }

// Leaves are members of any value.
func Leaves(names ...string) Members {
	out := Members{}
	for _, name := range names {
		out[name] = Any
	}
	return out
}

// With are the members of both.
func (m Members) With(more Members) Members {
	out := maps.Clone(m)
	maps.Copy(out, more)
	return out
}

// Read takes the body of a request apart, or refuses it in the words of misfit. Members that are null count as absent (the
// admin center sends them), ignored ones are left out. A member that the shape does not know is left to a lenient platform.
func (s *Shape) Read(c *server.Call, misfit func(p schema.Problem) server.Reply) (body server.Doc, reply server.Reply, ok bool) {
	body = server.Prune(c.Body)
	for _, p := range s.of.Check(schema.Of(body), "").Problems {
		if p.Unknown == "" {
			return nil, misfit(*p), false
		}
		if reply, refused := c.Object("the mock does not know the member "+p.Path+" of the body", misfit(*p)); refused {
			return nil, reply, false
		}
	}
	s.leave(body)
	return body, server.Reply{}, true
}

// leave takes out of a body what is ignored.
func (s *Shape) leave(body server.Doc) {
	for name, member := range s.members {
		inner, is := body[name].(server.Doc)
		switch {
		case member == Ignored:
			delete(body, name)
		case is:
			member.leave(inner)
		}
	}
}

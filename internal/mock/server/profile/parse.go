package profile

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
)

// Shape describes a profile. One that extends another keeps what it does not say itself.
func Shape() *schema.Shape {
	where := func(fields ...*schema.Shape) []*schema.Shape {
		return append([]*schema.Shape{
			schema.Text("operation", `A pattern for the operation ID of the route, "bap.environments.*".`),
			schema.Text("host", "A pattern for the host."),
		}, fields...)
	}
	return schema.Object("", "How much like the platform the mock behaves in time.",
		schema.Text("name", "What the profile is called."),
		schema.Text("extends", "The profile that it changes; rules of this one come first.").Enum(Names()...),
		schema.Text("time", `"virtual": waiting costs nothing; "wall": time passes as on the wall, or faster.`).Enum(TimeVirtual, TimeWall),
		schema.Number("speed", "How many seconds pass in one of the wall clock, for time: wall.").Between(0.001, 1e6),
		schema.Objects("answers", "How long answers take; the first rule that matches counts.", where(
			schema.Text("method", "The HTTP method."),
			schema.Duration("takes", "The time, or the least time."),
			schema.Duration("up_to", "The most time."))...),
		schema.Objects("operations", "How long long-running operations take; the first rule that matches counts.",
			schema.Text("kind", `A pattern for the kind of operation, "Create".`).Required(),
			schema.Duration("takes", "How long.").Required()),
		LagShape(),
		schema.Objects("limits", "How many requests are too many; each limit that matches counts.", where(
			schema.Text("name", "What the limit is called.").Required(),
			schema.Texts("methods", "The HTTP methods that it is for, all when left out."),
			schema.Text("path", "A pattern for the path."),
			schema.List("per", "Who shares the limit: those that are alike in each of these.", schema.Text("", "").Enum("tenant", "caller", "host", "region", "subscription")),
			schema.Whole("requests", "How many requests a window holds; with refill, how many tokens the bucket.").Between(1, 1e9),
			schema.Duration("window", "The length of the sliding window."),
			schema.Number("refill", "How many tokens come back each second.").Between(0.001, 1e9),
			schema.Duration("execution", "How long the answers of a window may take together."),
			schema.Whole("concurrent", "How many requests may be under way.").Between(1, 1e9),
			schema.Whole("status", "The status of a refusal, 429 when left out.").Between(400, 599),
			schema.Text("code", "The code of a refusal."),
			schema.Text("message", "The message of a refusal."),
			schema.Flag("silent", "Refusals say no Retry-After."),
			schema.Text("remaining", "The header that says on every answer what is left."))...))
}

// LagShape describes writes that take a while to be seen.
func LagShape() *schema.Shape {
	return schema.Objects("lags", "Writes that take a while to be seen.",
		schema.Text("collection", `The name of the collection, "environments".`).Required(),
		schema.Text("id", "The document; every one when left out."),
		schema.Text("field", "The dotted path; the document as a whole when left out."),
		schema.Whole("reads", "How many reads see the past.").Between(0, 1<<31),
		schema.Duration("for", "How long readers see the past, on the tenant's clock."))
}

// Parse reads a profile from YAML or JSON. An error names the line and the path of what is wrong. A file that
// holds only a name is the profile of that name.
func Parse(raw []byte) (Profile, error) {
	n, err := schema.Parse(raw)
	if err != nil {
		return Profile{}, err
	}
	return from(n, "")
}

// from makes a profile of a part of a file.
func from(n *schema.Node, path string) (Profile, error) {
	if name, ok := n.Value.(string); ok {
		o, err := Named(name)
		if err != nil {
			return o, &schema.Problem{Path: path, Line: n.Line, Text: err.Error()}
		}
		return o, nil
	}
	report := Shape().Check(n, path)
	if err := report.Err(); err != nil {
		return Profile{}, err
	}
	raw, err := json.Marshal(n.Plain())
	if err != nil {
		return Profile{}, err
	}
	var o Profile
	if err = json.Unmarshal(raw, &o); err == nil {
		err = o.Check()
	}
	if err != nil {
		return Profile{}, &schema.Problem{Path: path, Line: n.Line, Text: err.Error()}
	}
	return o, nil
}

// UnmarshalJSON reads a profile, with "extends" for what it does not say, or the name of one.
func (o *Profile) UnmarshalJSON(raw []byte) error {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		named, err := Named(name)
		*o = named
		return err
	}
	type plain Profile
	var in struct {
		plain
		Extends string `json:"extends"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	*o = Profile(in.plain)
	if in.Extends == "" {
		return nil
	}
	base, err := Named(in.Extends)
	*o = o.over(base)
	return err
}

// over returns the profile with what base says where it says nothing.
func (o *Profile) over(base Profile) Profile {
	out := *o
	if out.Time == "" {
		out.Time = base.Time
	}
	if out.Speed == 0 {
		out.Speed = base.Speed
	}
	out.Answers = slices.Concat(o.Answers, base.Answers)
	out.Operations = slices.Concat(o.Operations, base.Operations)
	out.Lags = slices.Concat(base.Lags, o.Lags) // of several the last one counts
	for _, l := range base.Limits {
		if !slices.ContainsFunc(o.Limits, func(own Limit) bool { return own.Name == l.Name }) {
			out.Limits = append(slices.Clip(out.Limits), l)
		}
	}
	return out
}

// Check says what makes no sense in a profile whose single values do.
func (o *Profile) Check() error {
	for i, a := range o.Answers {
		if a.UpTo != 0 && a.UpTo < a.Takes {
			return fmt.Errorf("answers[%d]: up_to is less than takes", i)
		}
	}
	for i, l := range o.Limits {
		switch {
		case l.Requests == 0 && l.Execution == 0 && l.Concurrent == 0:
			return fmt.Errorf("limits[%d]: it needs requests, execution or concurrent", i)
		case (l.Requests > 0 && l.Refill == 0 || l.Execution > 0) && l.Window == 0:
			return fmt.Errorf("limits[%d]: it needs a window, or a refill", i)
		case l.Refill > 0 && l.Requests == 0:
			return fmt.Errorf("limits[%d]: refill needs requests, the size of the bucket", i)
		}
	}
	return nil
}

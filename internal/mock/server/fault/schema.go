package fault

import (
	"encoding/json"
	"fmt"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
)

// Shape describes a fault.
func Shape() *schema.Shape {
	headers := func() *schema.Shape {
		return schema.Table("headers", "The headers of the answer.", schema.Text("", ""))
	}
	status := func(about string) *schema.Shape { return schema.Whole("status", about).Between(0, 599) }
	body := func() *schema.Shape {
		return schema.Any("body", "The body of the answer: a text goes out as it is, anything else as JSON; an error that fits the status when left out. In texts {name} stands for a parameter of the path, {host} for the host, {soon} for the HTTP date in half a minute.")
	}
	return schema.Object("", "",
		schema.Text("name", "Whose fault it is; presets write their ID here."),
		schema.GUID("tenant", "The tenant; every tenant when left out."),
		schema.Text("operation", `A pattern for the operation ID of the route, "bap.environments.*".`),
		schema.Text("method", "The HTTP method.").Enum("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
		schema.Text("host", "A pattern for the host."),
		schema.Text("path", "A pattern for the decoded path; * crosses slashes."),
		schema.Table("query", "Patterns for query parameters, each of which must be there.", schema.Text("", "")),
		schema.Texts("keys", `Patterns for dotted keys of the request's body, "properties.*", each of which must match one.`),
		schema.Texts("without", "Patterns for dotted keys that the request's body must not have."),
		schema.Objects("when", "Conditions on what the tenant holds, each of which must be met.",
			schema.Text("collection", `The name of the collection, "environments".`).Required(),
			schema.Text("id", "The document; {name} stands for a parameter of the path, {host} for the host."),
			schema.Table("where", "Patterns for the texts at dotted paths, with the same placeholders.", schema.Text("", "")),
			schema.Text("field", "The dotted path that the rest is about; alone it demands that something stands there."),
			schema.Any("equals", "What stands there."),
			schema.Duration("younger", "The age of the time that stands there is less."),
			schema.Duration("older", "The age of the time that stands there is that, or more."),
			schema.Flag("not", "Turns the condition round.")),
		schema.Duration("after", "How long after the fault was added it begins, on the tenant's clock."),
		schema.Duration("until", "How long after the fault was added it ends, on the tenant's clock."),
		schema.Number("probability", "The share of matching requests that are hit; all when left out.").Between(0, 1),
		schema.Whole("seed", "Makes the choice by probability another one.").Between(0, 1<<53),
		schema.Text("per", "Counts skip, times and answers for each path, host or environment by itself.").Enum("path", "host", "environment"),
		schema.Whole("skip", "How many matching requests pass first.").Between(0, 1<<31),
		schema.Whole("times", "How many are hit then: 0 or left out is as many as there are answers, or 1; -1 is all.").Between(-1, 1<<31),
		status("The HTTP status of the answer."),
		headers(),
		body(),
		schema.Objects("answers", "Answers one after the other, in place of status, headers and body; the last one repeats.",
			status("The HTTP status; 0 or left out lets the request pass."), headers(), body(),
			schema.Flag("effect", "Lets the request take effect all the same.")),
		schema.Duration("delay", "How long the answer takes on the tenant's clock."),
		schema.Flag("hang", "Keeps the request waiting until the client gives up."),
		schema.Flag("cut", "Breaks the connection instead of answering."),
		schema.Flag("reset", "Resets the connection instead of answering."),
		schema.Flag("unresolved", "As if the host had no address yet; over a socket the connection is reset."),
		schema.Whole("truncate", "Breaks the connection after so many bytes of the body.").Between(0, 1<<31),
		schema.Free("patch", `Is written over the JSON object of the answer, or over each item of its "value"; null removes a key.`),
		schema.Table("omit", `Leaves the items out of a list ("value") whose texts at dotted paths match all these patterns.`, schema.Text("", "")),
		schema.Texts("drop", "Headers that the answer loses."),
		schema.Flag("effect", "Lets the request take effect; only its answer is lost."),
		schema.Flag("verbatim", "Leaves delay, and a Retry-After of this answer, to the wall clock."),
		schema.Whole("hits", "How many requests were hit so far; only shown.").Between(0, 1<<53),
		schema.Table("seen", "How many requests matched so far; only shown.", schema.Whole("", "")),
		schema.Table("since", "When the fault was added, on the clock of each tenant; only shown.", schema.Moment("", "")),
	)
}

// Parse reads faults from YAML or JSON: one fault, a list of faults, or a list under "faults". An error names the
// line and the path of what is wrong.
func Parse(raw []byte) ([]Fault, error) {
	n, err := schema.Parse(raw)
	if err != nil {
		return nil, err
	}
	shape, list, prefix := Shape(), []*schema.Node{n}, "" // one fault
	switch v := n.Value.(type) {
	case []*schema.Node:
		shape, list, prefix = schema.List("", "", shape), v, "[%d]"
	case *schema.Map:
		if inner := v.Get("faults"); inner != nil {
			shape, prefix = schema.Object("", "", schema.List("faults", "", shape)), "faults[%d]"
			list, _ = inner.Value.([]*schema.Node)
		}
	}
	report := shape.Check(n, "")
	if err := report.Err(); err != nil {
		return nil, err
	}
	out := make([]Fault, len(list))
	for i, one := range list {
		path := ""
		if prefix != "" {
			path = fmt.Sprintf(prefix, i)
		}
		text, err := json.Marshal(one.Plain())
		if err == nil {
			err = json.Unmarshal(text, &out[i])
		}
		if err == nil {
			err = out[i].Check()
		}
		if err != nil {
			report.Add(one.Line, path, "%s", err)
		}
	}
	return out, report.Err()
}

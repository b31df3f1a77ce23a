package server

import "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"

// faultShape describes a fault.
func faultShape() *schema.Shape {
	return schema.Object("", "",
		schema.GUID("tenant", "The tenant; every tenant when left out."),
		schema.Text("operation", `A pattern for the operation ID of the route, "bap.environments.*".`),
		schema.Text("method", "The HTTP method."),
		schema.Text("host", "A pattern for the host."),
		schema.Text("path", "A pattern for the decoded path; * crosses slashes."),
		schema.Table("query", "Patterns for query parameters, each of which must be there.", schema.Text("", "")),
		schema.Whole("skip", "How many matching requests pass first.").Between(0, 1<<31),
		schema.Whole("times", "How many are hit then: 0 or left out is 1, -1 is all.").Between(-1, 1<<31),
		schema.Whole("status", "The HTTP status of the answer.").Between(0, 599),
		schema.Table("headers", "The headers of the answer.", schema.Text("", "")),
		schema.Any("body", "The body of the answer: a text goes out as it is, anything else as JSON; an error that fits the status when left out."),
		schema.Flag("hang", "Keeps the request waiting until the client gives up."),
		schema.Flag("cut", "Breaks the connection instead of answering."),
		schema.Flag("effect", "Lets the request take effect; only its answer is lost."),
		schema.Flag("verbatim", "Leaves a Retry-After of this answer to the wall clock."),
		schema.Whole("hits", "How many requests the fault has hit so far; only ever shown."),
	)
}

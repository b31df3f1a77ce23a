package entity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/list/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	ls "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// ListResources are the list resources of the kinds that say what stands beside an object: what terraform query finds.
func ListResources(all []func() resource.Resource) []func() list.ListResource {
	var out []func() list.ListResource
	for _, constructor := range all {
		query := func() list.ListResource {
			if r, ok := constructor().(interface{ query() list.ListResource }); ok {
				return r.query()
			}
			return nil
		}
		if query() != nil {
			out = append(out, query)
		}
	}
	return out
}

func (e *engine[M]) query() list.ListResource {
	if e.All == nil {
		return nil
	}
	return &query[M]{e}
}

// query lists the objects of a resource: what their identity is and what they are called and, if they are asked for as a
// whole, their attributes but for secrets.
type query[M any] struct{ of *engine[M] }

var _ list.ListResourceWithConfigure = (*query[struct{}])(nil)

func (q *query[M]) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	q.of.Metadata(ctx, req, resp)
}

func (q *query[M]) Configure(ctx context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	q.of.Configure(ctx, req, resp)
}

// queryKinds are the types of attributes of a list resource that arguments have.
var queryKinds = []ls.Attribute{ls.StringAttribute{}, ls.BoolAttribute{}, ls.Int64Attribute{}, ls.ListAttribute{}}

func (q *query[M]) ListResourceConfigSchema(
	ctx context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	attributes, err := mirrorAll(q.of.args(), queryKinds, argument)
	if err != nil {
		resp.Diagnostics.AddError("Provider bug", q.of.Name+": "+err.Error())
		return
	}
	attributes["timeouts"] = enough(timeouts.AttributesWithOpts(ctx, timeouts.Opts{
		ListDescription: "Time allowed for the list, as a duration such as 90s, 30m or 2h. Default " + duration(readLimit) + ".",
	}))
	resp.Schema = ls.Schema{Attributes: attributes, MarkdownDescription: fmt.Sprintf(
		"Every `powerplatform_%s` that there is, managed by Terraform or not, for `terraform query` (Terraform 1.14 and newer). "+
			"The arguments belong in the block `config`. Secrets are not among what is listed.", q.of.Name,
	)}
}

func (q *query[M]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	stream.Results = func(push func(list.ListResult) bool) {
		said := &diag.Diagnostics{}
		open := true
		q.list(ctx, req, said, func(r list.ListResult) bool {
			open = push(r)
			return open
		})
		if open && len(*said) > 0 { // a result without an object; a warning is only one if it comes like this
			push(list.ListResult{Diagnostics: *said})
		}
	}
}

// list pushes what is found until push has enough, and says what went wrong. One error takes all rows from the user.
func (q *query[M]) list(
	ctx context.Context, req list.ListRequest, said *diag.Diagnostics, push func(list.ListResult) bool,
) {
	e, pushing := q.of, false
	defer func() {
		if bug := recover(); bug != nil {
			if pushing {
				panic(bug)
			}
			said.AddError("Provider bug", fmt.Sprintf(
				"%v. Please report this to the provider developers.\n\n%s", bug, debug.Stack()))
		}
	}()
	ctx, done := begin(ctx, said, req.Config.GetAttribute, readLimit, timeouts.Value.List)
	defer done()
	m, ok := e.given(ctx, req.Config.Raw, said)
	if !ok || unconfigured(e.client, said) {
		return
	}
	all := first(e.All(ctx, e.client, m), req.Limit)
	if req.IncludeResource {
		all = e.whole(ctx, e.client, all)
	}
	for m, err := range all {
		if err != nil {
			report(ctx, said, e.client, "list", noun(e.Name), unplaced(e.explained(ctx, "list", &m, err)))
			return
		}
		if !e.addressed(&m) {
			Warn(ctx, "Left out a "+noun(e.Name), "The platform lists one without "+strings.Join(e.Key, " or ")+".")
			continue
		}
		pushing = true
		if !push(q.found(ctx, req, &m)) {
			return
		}
		pushing = false
	}
	if err := ctx.Err(); err != nil { // what was pushed after the end has not arrived
		report(ctx, said, e.client, "list", noun(e.Name), &rest.TimeoutError{Err: err})
	}
}

// found is one result.
func (q *query[M]) found(ctx context.Context, req list.ListRequest, m *M) list.ListResult {
	r := req.NewListResult(ctx)
	q.of.identify(ctx, m, r.Identity, &r.Diagnostics)
	r.DisplayName = cmp.Or(textOf(valueOf(m, q.of.Called)), strings.Join(q.of.address(m), "/"))
	if req.IncludeResource {
		public := q.of.hide(ctx, q.of.raw(ctx, m, &r.Diagnostics), hidden.IsSensitive, &r.Diagnostics)
		r.Resource.Raw = conform(public, r.Resource.Raw.Type())
	}
	return r
}

// first yields no more than so many, and asks for no more.
func first[M any](all iter.Seq2[M, error], limit int64) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		if limit <= 0 {
			return
		}
		for m, err := range all {
			if limit--; !yield(m, err) || limit == 0 {
				return
			}
		}
	}
}

// unplaced names the arguments that are to blame in the text: Terraform shows the block of a list, but no line in it.
func unplaced(err error) error {
	all := split(err)
	for i, one := range all {
		if a, ok := errors.AsType[*attributeError](one); ok {
			all[i] = fmt.Errorf("%s: %w", a.path, a.err)
		}
	}
	return errors.Join(all...)
}

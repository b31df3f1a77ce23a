package entity_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// row is one result of a query.
type row struct {
	name             string
	identity, object values
	raw              *tfprotov6.DynamicValue
}

// rows are the results of a query, and what it says beside them.
type rows struct {
	all              []row
	errors, warnings string
}

func (r rows) names() string {
	var out []string
	for _, one := range r.all {
		out = append(out, one.name)
	}
	return strings.Join(out, " ")
}

func (s *server) listSchema() *tfprotov6.Schema {
	s.t.Helper()
	all, err := s.server.GetProviderSchema(s.ctx, &tfprotov6.GetProviderSchemaRequest{})
	s.check(err, all.Diagnostics)
	return all.ListResourceSchemas[s.name]
}

// query lists as Terraform does; each is called with every result and says whether to go on.
func (s *server) query(config values, whole bool, limit int64, each func(rows) bool) rows {
	s.t.Helper()
	lister, ok := s.server.(tfprotov6.ListResourceServer)
	if !ok {
		s.t.Fatal("the server knows no list resources")
	}
	d := s.dynamic(object(s.t, s.listSchema().ValueType()), config)
	valid, err := lister.ValidateListResourceConfig(s.ctx,
		&tfprotov6.ValidateListResourceConfigRequest{TypeName: s.name, Config: d})
	s.check(err, nil)
	if e := said(valid.Diagnostics, tfprotov6.DiagnosticSeverityError); e != "" {
		return rows{errors: e}
	}
	stream, err := lister.ListResource(s.ctx, &tfprotov6.ListResourceRequest{
		TypeName: s.name, Config: d, IncludeResource: whole, Limit: limit,
	})
	s.check(err, nil)
	var out rows
	for r := range stream.Results {
		out.errors += said(r.Diagnostics, tfprotov6.DiagnosticSeverityError)
		out.warnings += said(r.Diagnostics, tfprotov6.DiagnosticSeverityWarning)
		if r.Identity != nil {
			one := row{name: r.DisplayName, identity: s.read(r.Identity.IdentityData, s.ids), raw: r.Resource}
			if r.Resource != nil {
				one.object = s.read(r.Resource, s.kind)
			}
			out.all = append(out.all, one)
		}
		if each != nil && !each(out) {
			break
		}
	}
	return out
}

func TestAQueryNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	among(t, func(_ *platform, r *entity.Resource[thing]) {
		r.Fill = func(context.Context, *api.Client, *thing) error { return errors.New("nobody asked for the whole") }
	}, func(t *testing.T, p *platform, s *server) {
		p.put("t1", document{"name": "a"})
		p.put("t2", document{"name": ""})
		found := s.query(values{}, false, 100, nil)
		if found.errors+found.warnings != "" || found.names() != "a t2" {
			t.Errorf("%s %s %s", found.names(), found.errors, found.warnings)
		}
		for i, one := range found.all {
			if holds(t, one.identity, values{"id": fmt.Sprintf("t%d", i+1)}); one.raw != nil {
				t.Errorf("nobody asked for %v", one.object)
			}
		}
		if p.lines() != "GET /things" {
			t.Errorf("requests: %s", p.lines())
		}
	})
}

func TestAQueryHoldsWhatAReadWould(t *testing.T) {
	t.Parallel()
	among(t, func(p *platform, r *entity.Resource[thing]) {
		r.Fill = func(ctx context.Context, c *api.Client, m *thing) error { return p.resource().Read(ctx, c, m) }
	}, func(t *testing.T, p *platform, s *server) {
		p.put("t1", document{"name": "a", "mode": "fast"})
		p.put("t2", document{"name": "b"})
		p.by("GET /things", answer{status: 200, body: document{"value": []document{
			{"id": "t1", "name": "a"}, {"id": "t2", "name": "b"},
		}}})
		found := s.query(values{}, true, 100, nil)
		if found.errors+found.warnings != "" || len(found.all) != 2 {
			t.Fatalf("%d: %s %s", len(found.all), found.errors, found.warnings)
		}
		for i, one := range found.all {
			read := s.imported(fmt.Sprintf("t%d", i+1), nil).state
			if fmt.Sprint(one.object) != fmt.Sprint(read) {
				t.Errorf("listed %v\nread   %v", one.object, read)
			}
		}
	})
}

// pages makes the list come in pages of one thing.
func (p *platform) pages(n int) {
	for i := range n {
		p.put(fmt.Sprintf("t%d", i), document{"name": fmt.Sprintf("n%d", i)})
		line, body := "GET /things", document{"value": []document{p.things[fmt.Sprintf("t%d", i)]}}
		if i > 0 {
			line = fmt.Sprintf("GET /page%d", i)
		}
		if i < n-1 {
			body["nextLink"] = fmt.Sprintf("https://api.toy.example/page%d", i+1)
		}
		p.by(line, answer{status: 200, body: body})
	}
}

func TestALimitEndsThePaging(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{false, true} {
		among(t, func(p *platform, r *entity.Resource[thing]) {
			p.pages(9)
			r.Fill = func(context.Context, *api.Client, *thing) error { return nil }
		}, func(t *testing.T, p *platform, s *server) {
			found := s.query(values{}, whole, 3, nil)
			if found.names() != "n0 n1 n2" || p.lines() != "GET /things, GET /page1, GET /page2" {
				t.Errorf("%s %s after %s", found.names(), found.errors, p.lines())
			}
		})
	}
	among(t, nil, func(t *testing.T, p *platform, s *server) {
		if found := s.query(values{}, false, 0, nil); found.errors != "" || len(found.all) > 0 || p.lines() != "" {
			t.Errorf("no rows were asked for: %s %s after %s", found.names(), found.errors, p.lines())
		}
	})
}

func TestResultsStream(t *testing.T) {
	t.Parallel()
	among(t, func(p *platform, _ *entity.Resource[thing]) { p.pages(9) }, func(t *testing.T, p *platform, s *server) {
		found := s.query(values{}, false, 100, func(r rows) bool {
			if len(p.seen) != len(r.all) {
				t.Errorf("%d rows after %s", len(r.all), p.lines())
			}
			return len(r.all) < 4
		})
		if found.names() != "n0 n1 n2 n3" || len(p.seen) != 4 {
			t.Errorf("%s after %s", found.names(), p.lines())
		}
	})
}

func TestAQueryTakesItsTimeOnlyFromItsConfiguration(t *testing.T) {
	t.Parallel()
	among(t, func(p *platform, _ *entity.Resource[thing]) { p.pages(2) }, func(t *testing.T, p *platform, s *server) {
		found := s.query(values{"timeouts": values{"list": "90s"}}, false, 100, nil)
		if found.names() != "n0 n1" || p.seen[1].left != 90*time.Second {
			t.Errorf("%s with %v left", found.names(), p.seen[1].left)
		}
		s.query(values{}, false, 100, nil)
		if p.seen[2].left != 20*time.Minute {
			t.Errorf("%v by default", p.seen[2].left)
		}
		tells(t, s.query(values{"timeouts": values{"list": "-1s"}}, false, 100, nil).errors, "Invalid timeout")
	})
}

func TestAnErrorEndsAQuery(t *testing.T) {
	t.Parallel()
	among(t, func(p *platform, _ *entity.Resource[thing]) { p.pages(3) }, func(t *testing.T, p *platform, s *server) {
		p.heart["GET /page1"] = []answer{refusal(403, "Denied", "no more of them")}
		found := s.query(values{}, false, 100, nil)
		tells(t, found.errors, "Could not list toy thing", "no more of them", "data.powerplatform_whoami")
	})
}

// Results that are pushed after an interruption do not arrive: what arrived is not all.
func TestAnInterruptedQueryIsAnError(t *testing.T) {
	t.Parallel()
	among(t, func(p *platform, _ *entity.Resource[thing]) {
		p.put("t1", document{"name": "a"})
		p.put("t2", document{"name": "b"})
	}, func(t *testing.T, _ *platform, s *server) {
		ctx, stop := context.WithCancel(s.ctx)
		s.ctx = ctx
		found := s.query(values{}, false, 100, func(rows) bool { stop(); return true })
		tells(t, found.errors, "Could not list toy thing", "nterrupted")
	})
}

func TestAPanicOfAQueryIsAnError(t *testing.T) {
	t.Parallel()
	for name, adjust := range map[string]func(r *entity.Resource[thing]){
		"all": func(r *entity.Resource[thing]) {
			r.All = func(context.Context, *api.Client, *thing) iter.Seq2[thing, error] { panic("no bananas") }
		},
		"fill": func(r *entity.Resource[thing]) {
			r.Fill = func(context.Context, *api.Client, *thing) error { panic("no bananas") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			among(t, func(_ *platform, r *entity.Resource[thing]) { adjust(r) }, func(t *testing.T, p *platform, s *server) {
				p.put("t1", document{"name": "a"})
				tells(t, s.query(values{}, true, 100, nil).errors, "bug", "no bananas")
			})
		})
	}
	among(t, nil, func(t *testing.T, p *platform, s *server) {
		p.put("t1", document{"name": "a"})
		defer func() {
			if recover() != "Terraform fell over" {
				t.Error("the panic of the other side was swallowed")
			}
		}()
		s.query(values{}, false, 100, func(rows) bool { panic("Terraform fell over") })
	})
}

func TestAnObjectWithoutKeyIsLeftOutWithAWarning(t *testing.T) {
	t.Parallel()
	among(t, nil, func(t *testing.T, p *platform, s *server) {
		p.by("GET /things", answer{status: 200, body: document{"value": []document{{"name": "lost"}, {"id": "t1", "name": "a"}}}})
		found := s.query(values{}, true, 100, nil)
		if found.names() != "a" || found.errors != "" || !strings.Contains(found.warnings, "Left out a toy thing") {
			t.Errorf("%s: %s %s", found.names(), found.errors, found.warnings)
		}
	})
}

func TestAQueryWithinAParent(t *testing.T) {
	t.Parallel()
	r := children()
	r.Choose = []string{"name"}
	all := r.All
	r.All = func(ctx context.Context, c *api.Client, m *child) iter.Seq2[child, error] {
		if m.Name.ValueString() == "none" {
			return func(yield func(child, error) bool) {
				yield(child{}, entity.Atf(path.Root("name"), "nobody is called that"))
			}
		}
		return all(ctx, c, m)
	}
	drive(t, newPlatform().client(t), r.New, func(t *testing.T, s *server) {
		found := s.query(values{"place_id": "P"}, true, 100, nil)
		if found.names() != "Big Small" || found.errors != "" {
			t.Errorf("%s %s", found.names(), found.errors)
		}
		holds(t, found.all[1].identity, values{"place_id": "P", "name": "Small"})
		holds(t, found.all[1].object, values{"place_id": "P", "name": "Small", "size": 1})
		tells(t, s.query(values{}, false, 100, nil).errors, "place_id")
		none := s.query(values{"place_id": "P", "name": "none"}, false, 100, nil)
		tells(t, none.errors, "Could not list toy child", "Name: nobody is called that.")
		for _, a := range s.listSchema().Block.Attributes {
			if want := map[string]bool{"place_id": true}[a.Name]; a.Required != want || a.Optional == want {
				t.Errorf("%+v", a)
			}
		}
	})
}

func TestAQueryNeedsAConfiguredProvider(t *testing.T) {
	t.Parallel()
	drive(t, nil, newPlatform().collection().New, func(t *testing.T, s *server) {
		tells(t, s.query(values{}, false, 100, nil).errors, "not configured")
	})
}

func TestWhatHasNoAllCannotBeQueried(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	all := entity.ListResources([]func() resource.Resource{p.resource().New, p.collection().New, p.settings().New})
	if len(all) != 1 {
		t.Errorf("%d can", len(all))
	}
}

const canary = "a-canary-that-nobody-may-hear"

// vault is a model with secrets everywhere.
type vault struct {
	ID     types.String `tfsdk:"id"`
	Token  types.String `tfsdk:"token"`
	Given  types.String `tfsdk:"token_wo"`
	Inner  types.Object `tfsdk:"inner"`
	List   types.List   `tfsdk:"list"`
	Set    types.Set    `tfsdk:"set"`
	Map    types.Map    `tfsdk:"map"`
	Hidden types.Object `tfsdk:"hidden"`
}

func TestAQueryNeverTellsASecret(t *testing.T) {
	t.Parallel()
	text := func(sensitive bool) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: "Text.", Optional: true, Sensitive: sensitive}
	}
	inner := map[string]schema.Attribute{"token": text(true), "note": text(false)}
	kind := map[string]attr.Type{"token": types.StringType, "note": types.StringType}
	one := types.ObjectValueMust(kind, map[string]attr.Value{
		"token": types.StringValue(canary), "note": types.StringValue("shown"),
	})
	object := schema.NestedAttributeObject{Attributes: inner}
	many := []attr.Value{one}
	r := entity.Resource[vault]{
		Name: "toy_vault", Called: "id",
		Schema: schema.Schema{MarkdownDescription: "Vault.", Attributes: map[string]schema.Attribute{
			"id": thingSchema().Attributes["id"], "token": text(true),
			"token_wo": schema.StringAttribute{MarkdownDescription: "Text.", Optional: true, WriteOnly: true},
			"inner":    schema.SingleNestedAttribute{MarkdownDescription: "Inner.", Optional: true, Attributes: inner},
			"list":     schema.ListNestedAttribute{MarkdownDescription: "List.", Optional: true, NestedObject: object},
			"set":      schema.SetNestedAttribute{MarkdownDescription: "Set.", Optional: true, NestedObject: object},
			"map":      schema.MapNestedAttribute{MarkdownDescription: "Map.", Optional: true, NestedObject: object},
			"hidden":   schema.ObjectAttribute{MarkdownDescription: "Hidden.", Optional: true, Sensitive: true, AttributeTypes: kind},
		}},
		All: func(context.Context, *api.Client, *vault) iter.Seq2[vault, error] {
			return func(yield func(vault, error) bool) {
				yield(vault{
					ID: types.StringValue("v1"), Inner: one, Hidden: one,
					Token: types.StringValue(canary), Given: types.StringValue(canary),
					List: types.ListValueMust(one.Type(t.Context()), many), Set: types.SetValueMust(one.Type(t.Context()), many),
					Map: types.MapValueMust(one.Type(t.Context()), map[string]attr.Value{"x": one}),
				}, nil)
			}
		},
	}
	drive(t, newPlatform().client(t), r.New, func(t *testing.T, s *server) {
		found := s.query(values{}, true, 100, nil)
		if found.errors != "" || len(found.all) != 1 {
			t.Fatalf("%d: %s", len(found.all), found.errors)
		}
		if wire := string(found.all[0].raw.MsgPack); strings.Contains(wire, canary) || strings.Count(wire, "shown") != 4 {
			t.Errorf("it tells %q", wire)
		}
		note := values{"note": "shown"}
		holds(t, found.all[0].object, values{
			"id": "v1", "inner": note, "list": []any{note}, "set": []any{note}, "map": values{"x": note}, "hidden": nil,
		})
	})
}

// The time of what waits for a request of a query is that of the query.
func TestAQueryThatTakesTooLongSaysSo(t *testing.T) {
	t.Parallel()
	among(t, func(_ *platform, r *entity.Resource[thing]) {
		r.Fill = func(ctx context.Context, _ *api.Client, _ *thing) error { return rest.Wait(ctx, time.Hour) }
	}, func(t *testing.T, p *platform, s *server) {
		p.put("t1", document{"name": "a"})
		tells(t, s.query(values{"timeouts": values{"list": "1m"}}, true, 100, nil).errors, "time allowed ran out", "timeouts = { list")
	})
}

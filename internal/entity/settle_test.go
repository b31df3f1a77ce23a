package entity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

// stale is a thing before it got its new name.
var stale = answer{status: 200, body: document{"id": "t1", "name": "old", "color": "blue"}}

func TestNewValuesAreAwaited(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		p.put("t1", document{"name": "old"})
		p.by("GET /things/t1", repeat(4, stale)...)
		changed := s.apply(values{"id": "t1", "name": "old", "color": "blue"}, values{"name": "new"}, values{"id": "t1"}).ok(t)
		holds(t, changed.state, values{"name": "new"})
		if changed.warnings != "" || p.count("GET /things/t1") != 5 {
			t.Errorf("%d reads, warnings: %s", p.count("GET /things/t1"), changed.warnings)
		}
	})
}

func TestValuesThatStayStaleAreKeptAsPlanned(t *testing.T) {
	t.Parallel()
	state := values{"id": "t1", "name": "old", "color": "blue"}
	t.Run("after 10 reads", func(t *testing.T) {
		t.Parallel()
		with(t, nil, func(t *testing.T, p *platform, s *server) {
			p.by("PATCH /things/t1", answer{status: 204})
			p.by("GET /things/t1", forever(stale)...)
			began := time.Now()
			changed := s.apply(state, values{"name": "new"}, values{"id": "t1"}).ok(t)
			holds(t, changed.state, values{"id": "t1", "name": "new", "color": "blue"})
			tells(t, changed.warnings, "does not show the new values yet", "old value of name.")
			if n := p.count("GET /things/t1"); n != 10 {
				t.Errorf("%d reads", n)
			}
			if took := time.Since(began); took != 45*time.Second {
				t.Errorf("it took %v", took)
			}
			// the next refresh tells whether they were really lost
			holds(t, s.refresh(changed.state, changed.identity).ok(t).state, values{"name": "old"})
		})
	})
	for name, then := range map[string]func(cancel func()) func(){
		"at the deadline": func(func()) func() { return nil },
		"interrupted":     func(cancel func()) func() { return cancel },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with(t, nil, func(t *testing.T, p *platform, s *server) {
				ctx, cancel := context.WithCancel(s.ctx)
				defer cancel()
				s.ctx = ctx
				p.by("POST /things", answer{status: 201, body: document{"id": "t1"}})
				p.by("GET /things/t1", stale, stale)
				p.by("GET /things/t1", answer{status: 200, body: stale.body, then: then(cancel)})
				p.by("GET /things/t1", forever(stale)...)
				made := s.create(values{"name": "new", "timeouts": values{"create": "12s"}}).ok(t)
				holds(t, made.state, values{"id": "t1", "name": "new", "color": "blue"})
				tells(t, made.warnings, "old value of name.")
				if n := p.count("GET /things/t1"); n != 3 {
					t.Errorf("%d reads", n)
				}
			})
		})
	}
}

// ready makes the toy resource wait for a color.
func ready(_ *platform, r *entity.Resource[thing]) {
	r.Ready = func(m *thing) string {
		if m.Color.ValueString() == "" {
			return "it has no color"
		}
		return ""
	}
}

var colorless = answer{status: 200, body: document{"id": "t1", "name": "a", "color": ""}}

func TestReadyIsAwaited(t *testing.T) {
	t.Parallel()
	with(t, ready, func(t *testing.T, p *platform, s *server) {
		p.by("GET /things/t1", repeat(30, colorless)...)
		made := s.create(values{"name": "a"}).ok(t)
		holds(t, made.state, values{"color": "blue"})
		if n := p.count("GET /things/t1"); n != 31 || made.warnings != "" {
			t.Errorf("%d reads, warnings: %s", n, made.warnings)
		}
	})
}

func TestTheDeadlineNamesWhatIsMissingAndTheLastAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		get  []answer
		says []string
	}{
		{"not ready", forever(colorless), []string{"it has no color", "200 OK"}},
		{"not there", forever(refusal(404, "NotFound", "no thing here")), []string{"it does not show yet", "no thing here"}},
		{"not ready, then busy", append(repeat(2, colorless), forever(refusal(503, "Busy", "come back later"))...), []string{"it has no color", "come back later"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with(t, ready, func(t *testing.T, p *platform, s *server) {
				p.by("GET /things/t1", c.get...)
				began := time.Now()
				failed := s.create(values{"name": "a", "timeouts": values{"create": "1m"}})
				tells(t, failed.errors, "Could not create toy thing t1", "It is not ready: ", "the time allowed ran out; the last answer was GET https://api.toy.example/things/t1: ", `timeouts = { create = "…" }`)
				tells(t, failed.errors, c.says...)
				holds(t, failed.state, values{"id": "t1", "name": "a"})
				if took := time.Since(began); took != time.Minute {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestA404RightAfterCreateIsAwaited(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		p.by("GET /things/t1", repeat(20, refusal(404, "NotFound", "not yet"))...)
		holds(t, s.create(values{"name": "a"}).ok(t).state, values{"id": "t1", "color": "blue"})
	})
}

func TestA404AfterUpdateIsAwaitedForAWhile(t *testing.T) {
	t.Parallel()
	for n, gone := range map[int]bool{9: false, 10: true} {
		with(t, nil, func(t *testing.T, p *platform, s *server) {
			p.put("t1", document{"name": "old"})
			p.by("GET /things/t1", repeat(n, refusal(404, "NotFound", "gone"))...)
			changed := s.apply(values{"id": "t1", "name": "old", "color": "blue"}, values{"name": "new"}, values{"id": "t1"})
			if failed := strings.Contains(changed.errors, "Could not update toy thing t1"); failed != gone {
				t.Errorf("%d times 404: %s", n, changed.errors)
			}
		})
	}
}

// parts is a model with every kind of collection.
type parts struct {
	ID   types.String      `tfsdk:"id"`
	Name customtype.Folded `tfsdk:"name"`
	List types.List        `tfsdk:"list"`
	Set  types.Set         `tfsdk:"set"`
	Map  types.Map         `tfsdk:"map"`
	Tags types.Set         `tfsdk:"tags"`
}

func partsSchema() schema.Schema {
	of := schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
		"name":  schema.StringAttribute{MarkdownDescription: "Name.", Required: true},
		"stamp": schema.StringAttribute{MarkdownDescription: "Stamp.", Computed: true},
	}}
	return schema.Schema{MarkdownDescription: "Parts.", Attributes: map[string]schema.Attribute{
		"id":   thingSchema().Attributes["id"],
		"name": schema.StringAttribute{MarkdownDescription: "Name.", CustomType: customtype.FoldedType{}, Optional: true},
		"list": schema.ListNestedAttribute{MarkdownDescription: "List.", Optional: true, NestedObject: of},
		"set":  schema.SetNestedAttribute{MarkdownDescription: "Set.", Optional: true, NestedObject: of},
		"map":  schema.MapNestedAttribute{MarkdownDescription: "Map.", Optional: true, NestedObject: of},
		"tags": schema.SetAttribute{MarkdownDescription: "Tags.", Optional: true, ElementType: types.StringType},
	}}
}

func TestUnknownAndEqualValuesInCollectionsAreNotAwaited(t *testing.T) {
	t.Parallel()
	kind := map[string]attr.Type{"name": types.StringType, "stamp": types.StringType}
	made := func(names ...string) []attr.Value {
		var out []attr.Value
		for _, n := range names {
			out = append(out, types.ObjectValueMust(kind, map[string]attr.Value{"name": types.StringValue(n), "stamp": types.StringValue("stamped")}))
		}
		return out
	}
	config := values{
		"name": "NAME", "tags": []any{"a", "b"},
		"list": []any{values{"name": "a"}, values{"name": "b"}}, "set": []any{values{"name": "a"}, values{"name": "b"}},
		"map": values{"x": values{"name": "a"}},
	}
	right := func(m *parts) {
		m.Name, m.Tags = customtype.FoldedValue("name"), types.SetValueMust(types.StringType, []attr.Value{types.StringValue("b"), types.StringValue("a")})
		m.List = types.ListValueMust(types.ObjectType{AttrTypes: kind}, made("a", "b"))
		m.Set = types.SetValueMust(types.ObjectType{AttrTypes: kind}, made("b", "a"))
		m.Map = types.MapValueMust(types.ObjectType{AttrTypes: kind}, map[string]attr.Value{"x": made("a")[0]})
	}
	for _, c := range []struct {
		late string // "" for none
		read func(m *parts)
	}{
		{"", right},
		{"name", func(m *parts) { m.Name = customtype.FoldedValue("other") }},
		{"list", func(m *parts) { m.List = types.ListValueMust(types.ObjectType{AttrTypes: kind}, made("b", "a")) }},
		{"list", func(m *parts) { m.List = types.ListNull(types.ObjectType{AttrTypes: kind}) }},
		{"set", func(m *parts) { m.Set = types.SetValueMust(types.ObjectType{AttrTypes: kind}, made("a", "c")) }},
		{"set", func(m *parts) { m.Set = types.SetValueMust(types.ObjectType{AttrTypes: kind}, made("a", "b", "c")) }},
		{"map", func(m *parts) {
			m.Map = types.MapValueMust(types.ObjectType{AttrTypes: kind}, map[string]attr.Value{"y": made("a")[0]})
		}},
		{"map", func(m *parts) {
			m.Map = types.MapValueMust(types.ObjectType{AttrTypes: kind}, map[string]attr.Value{"x": made("a")[0], "y": made("b")[0]})
		}},
		{"tags", func(m *parts) { m.Tags = types.SetValueMust(types.StringType, []attr.Value{types.StringValue("a")}) }},
	} {
		r := entity.Resource[parts]{
			Name: "parts", Schema: partsSchema(),
			Create: func(_ context.Context, _ *api.Client, m *parts) error { m.ID = types.StringValue("p1"); return nil },
			Read:   func(_ context.Context, _ *api.Client, m *parts) error { right(m); c.read(m); return nil },
		}
		drive(t, newPlatform().client(t), r.New, func(t *testing.T, s *server) {
			began := time.Now()
			made := s.create(config).ok(t)
			waited := time.Since(began) > 0
			switch {
			case c.late == "" && (waited || made.warnings != ""):
				t.Errorf("waited for nothing: %s", made.warnings)
			case c.late != "":
				tells(t, made.warnings, "old value of "+c.late+".")
			default:
				holds(t, made.state, values{"name": "NAME", "list": []any{values{"name": "a", "stamp": "stamped"}, values{"name": "b", "stamp": "stamped"}}})
			}
		})
	}
}

func TestValuesThatNobodyAskedForAreNotAwaited(t *testing.T) {
	t.Parallel()
	with(t, nil, func(t *testing.T, p *platform, s *server) {
		p.put("t1", document{"name": "old", "color": "red"}) // blue when it was planned
		changed := s.apply(values{"id": "t1", "name": "old", "color": "blue"}, values{"name": "new"}, values{"id": "t1"}).ok(t)
		holds(t, changed.state, values{"name": "new", "color": "blue"})
		if changed.warnings != "" || p.count("GET /things/t1") != 1 {
			t.Errorf("%d reads, warnings: %s", p.count("GET /things/t1"), changed.warnings)
		}
		holds(t, s.refresh(changed.state, changed.identity).ok(t).state, values{"color": "red"})
	})
}

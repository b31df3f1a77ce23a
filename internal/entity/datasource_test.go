package entity_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

func (p *platform) lookup(by ...string) entity.DataSource[thing] {
	return entity.DataSource[thing]{
		Name: "toy_thing", Schema: thingSchema(), Omit: []string{"secret_wo_version"}, By: by,
		Read: func(ctx context.Context, _ *api.Client, m *thing) error {
			w, err := entity.Only(rest.List[wire](ctx, p.rest, "/things"), fmt.Sprintf("thing %q", m.Name.ValueString()), func(w wire) bool {
				return w.ID == m.ID.ValueString() || *w.Name == m.Name.ValueString()
			})
			if err == nil {
				w.flatten(m)
			}
			return err
		},
	}
}

func TestDataSource(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	drive(t, p.client(t), p.lookup("id", "name").New, func(t *testing.T, s *server) {
		p.put("t1", document{"name": "a", "mode": "fast"})
		p.put("t2", document{"name": "b"})
		p.put("t3", document{"name": "b"})
		want := values{"id": "t1", "name": "a", "color": "blue", "locked": nil, "options": values{"mode": "fast", "stamp": "stamped"}}
		holds(t, s.data(values{"id": "t1"}).ok(t).state, want)
		holds(t, s.data(values{"name": "a", "timeouts": values{"read": "1m"}}).ok(t).state, want)
		holds(t, s.data(values{"name": "a", "timeouts": values{"read": "1m"}}).ok(t).state, values{"timeouts": values{"read": "1m"}})
		if got := p.seen[1].left; got != time.Minute {
			t.Errorf("it had %v", got)
		}
		if got := p.seen[0].left; got != 20*time.Minute {
			t.Errorf("it had %v by default", got)
		}
		for config, says := range map[*values][]string{
			{"name": "c"}:             {"Could not read toy thing c", `There is no thing "c".`},
			{"name": "b"}:             {"Could not read toy thing b", `There are 2 of thing "b"`},
			{}:                        {"id", "name"},
			{"id": "t1", "name": "a"}: {"id", "name"},
		} {
			got := s.data(*config)
			tells(t, got.errors, says...)
			if got.errors == "" {
				t.Errorf("%v is %v", config, got.state)
			}
		}
	})
}

func TestDataSourceByOneAttributeRequiresIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		by                           []string
		required, optional, computed bool
	}{{[]string{"name"}, true, false, false}, {[]string{"name", "id"}, false, true, true}, {nil, false, false, true}} {
		p := newPlatform()
		drive(t, p.client(t), p.lookup(c.by...).New, func(t *testing.T, s *server) {
			for _, a := range s.attributes() {
				if a.Name == "name" && (a.Required != c.required || a.Optional != c.optional || a.Computed != c.computed) {
					t.Errorf("by %v: %+v", c.by, a)
				}
			}
		})
	}
}

// probe is a model with arguments besides the key.
type probe struct {
	ID    types.String `tfsdk:"id"`
	Port  types.Int64  `tfsdk:"port"`
	Place types.String `tfsdk:"place"`
	Found types.String `tfsdk:"found"`
}

func TestADataSourceTakesArgumentsAsItsSchemaDescribesThem(t *testing.T) {
	t.Parallel()
	d := entity.DataSource[probe]{
		Name: "toy_probe", By: []string{"id"}, Args: []string{"port", "place"},
		Schema: schema.Schema{MarkdownDescription: "Probe.", Attributes: map[string]schema.Attribute{
			"id":    schema.StringAttribute{MarkdownDescription: "ID.", Required: true},
			"port":  schema.Int64Attribute{MarkdownDescription: "Port.", Required: true, Validators: []validator.Int64{int64validator.Between(1, 9)}},
			"place": schema.StringAttribute{MarkdownDescription: "Place.", Optional: true, Computed: true, Validators: []validator.String{stringvalidator.LengthAtLeast(2)}},
			"found": schema.StringAttribute{MarkdownDescription: "Found.", Computed: true},
		}},
		Read: func(_ context.Context, _ *api.Client, m *probe) error {
			if m.Place.ValueString() == "nowhere" {
				return errors.New("there is no such place")
			}
			if m.Place.IsNull() {
				m.Place = types.StringValue("home")
			}
			m.Found = types.StringValue(fmt.Sprintf("%s:%d at %s", m.ID.ValueString(), m.Port.ValueInt64(), m.Place.ValueString()))
			return nil
		},
	}
	drive(t, newPlatform().client(t), d.New, func(t *testing.T, s *server) {
		for name, want := range map[string][3]bool{"id": {true, false, false}, "port": {true, false, false}, "place": {false, true, true}, "found": {false, false, true}} {
			if a := s.attributes()[name]; [3]bool{a.Required, a.Optional, a.Computed} != want || a.Description == "" {
				t.Errorf("%s: %+v", name, a)
			}
		}
		holds(t, s.data(values{"id": "a", "port": 7}).ok(t).state, values{"place": "home", "port": 7, "found": "a:7 at home"})
		holds(t, s.data(values{"id": "a", "port": 7, "place": "away"}).ok(t).state, values{"place": "away", "found": "a:7 at away"})
		tells(t, s.data(values{"id": "a", "port": 0}).errors, "port", "between 1 and 9")
		tells(t, s.data(values{"id": "a", "port": 7, "place": "x"}).errors, "place", "at least 2")
		tells(t, s.data(values{"id": "a", "port": 7, "place": "nowhere"}).errors, "Could not read toy probe a", "There is no such place.")
	})
}

func (s *server) attributes() map[string]*tfprotov6.SchemaAttribute {
	s.t.Helper()
	all, err := s.server.GetProviderSchema(s.ctx, &tfprotov6.GetProviderSchemaRequest{})
	s.check(err, all.Diagnostics)
	out := map[string]*tfprotov6.SchemaAttribute{}
	var add func(prefix string, attributes []*tfprotov6.SchemaAttribute)
	add = func(prefix string, attributes []*tfprotov6.SchemaAttribute) {
		for _, a := range attributes {
			out[prefix+a.Name] = a
			if a.NestedType != nil {
				add(prefix+a.Name+".", a.NestedType.Attributes)
			}
		}
	}
	add("", all.DataSourceSchemas[s.name].Block.Attributes)
	return out
}

// zoo is a model with an attribute of every kind.
type zoo struct {
	parts
	Number  types.Int64     `tfsdk:"number"`
	Share   types.Float64   `tfsdk:"share"`
	Sure    types.Bool      `tfsdk:"sure"`
	Ordered types.List      `tfsdk:"ordered"`
	Labels  types.Map       `tfsdk:"labels"`
	Owner   customtype.UUID `tfsdk:"owner"`
	Deep    types.Object    `tfsdk:"deep"`
	Secret  types.String    `tfsdk:"secret_wo"`
	Managed types.String    `tfsdk:"managed"`
}

func zooSchema() schema.Schema {
	s := partsSchema()
	thing := thingSchema()
	maps.Copy(s.Attributes, map[string]schema.Attribute{
		"number":    schema.Int64Attribute{MarkdownDescription: "Number.", Optional: true, Sensitive: true},
		"share":     schema.Float64Attribute{MarkdownDescription: "Share.", Optional: true},
		"sure":      schema.BoolAttribute{MarkdownDescription: "Sure.", Required: true},
		"ordered":   schema.ListAttribute{MarkdownDescription: "Ordered.", Optional: true, ElementType: types.StringType},
		"labels":    schema.MapAttribute{MarkdownDescription: "Labels.", Optional: true, ElementType: types.StringType},
		"owner":     schema.StringAttribute{MarkdownDescription: "Owner.", CustomType: customtype.UUIDType{}, Optional: true},
		"deep":      thing.Attributes["options"],
		"secret_wo": thing.Attributes["secret_wo"],
		"managed":   schema.StringAttribute{MarkdownDescription: "Managed.", Optional: true},
	})
	return s
}

// animal fills a zoo.
func animal(m *zoo, name string) {
	kind := map[string]attr.Type{"name": types.StringType, "stamp": types.StringType}
	one := types.ObjectValueMust(kind, map[string]attr.Value{"name": types.StringValue(name), "stamp": types.StringNull()})
	text := []attr.Value{types.StringValue(name)}
	m.ID, m.Name, m.Number, m.Share, m.Sure = types.StringValue("z1"), customtype.FoldedValue(name), types.Int64Value(7), types.Float64Value(2), types.BoolValue(true)
	m.Ordered, m.Tags = types.ListValueMust(types.StringType, text), types.SetValueMust(types.StringType, text)
	m.Labels = types.MapValueMust(types.StringType, map[string]attr.Value{"x": text[0]})
	m.List, m.Set = types.ListValueMust(types.ObjectType{AttrTypes: kind}, []attr.Value{one}), types.SetValueMust(types.ObjectType{AttrTypes: kind}, []attr.Value{one})
	m.Map = types.MapValueMust(types.ObjectType{AttrTypes: kind}, map[string]attr.Value{"x": one})
	m.Owner, m.Managed, m.Secret = customtype.UUIDNull(), types.StringValue("m"), types.StringValue("s")
	m.Deep = types.ObjectValueMust(
		map[string]attr.Type{"mode": types.StringType, "token_wo": types.StringType, "stamp": types.StringType},
		map[string]attr.Value{"mode": types.StringValue(name), "token_wo": types.StringValue("s"), "stamp": types.StringUnknown()},
	)
}

func caged(name string) values {
	one := values{"name": name}
	return values{
		"id": "z1", "name": name, "number": 7, "share": 2, "sure": true, "tags": []any{name}, "ordered": []any{name}, "labels": values{"x": name},
		"list": []any{one}, "set": []any{one}, "map": values{"x": one}, "deep": values{"mode": name},
	}
}

func TestDataSourceDerivesEveryKindOfAttribute(t *testing.T) {
	t.Parallel()
	d := entity.DataSource[zoo]{Name: "toy_zoo", Schema: zooSchema(), Omit: []string{"managed"}, Read: func(_ context.Context, _ *api.Client, m *zoo) error {
		animal(m, "ape")
		return nil
	}}
	drive(t, newPlatform().client(t), d.New, func(t *testing.T, s *server) {
		all := s.attributes()
		for _, name := range []string{"secret_wo", "deep.token_wo", "managed"} {
			if all[name] != nil {
				t.Errorf("%s has no value to read", name)
			}
		}
		for name, from := range map[string]schema.Attribute{"number": zooSchema().Attributes["number"], "deep.mode": schema.StringAttribute{MarkdownDescription: "Mode."}, "list.stamp": schema.StringAttribute{MarkdownDescription: "Stamp."}} {
			a := all[name]
			if a == nil || !a.Computed || a.Optional || a.Required || a.Description != from.GetMarkdownDescription() || a.Sensitive != from.IsSensitive() {
				t.Errorf("%s became %+v", name, a)
			}
		}
		found := s.data(values{}).ok(t).state
		holds(t, found, caged("ape"))
		if found["owner"] != nil {
			t.Errorf("owner is %v", found["owner"])
		}
	})
}

// choice is a model of arguments of every kind.
type choice struct {
	Name   types.String    `tfsdk:"name"`
	Owner  customtype.UUID `tfsdk:"owner"`
	First  types.Int64     `tfsdk:"first"`
	Share  types.Float64   `tfsdk:"share"`
	Sure   types.Bool      `tfsdk:"sure"`
	Fields []string        `tfsdk:"fields"`
	Tags   types.Set       `tfsdk:"tags"`
	Expand []expansion     `tfsdk:"expand"`
}

type expansion struct {
	Relation types.String `tfsdk:"relation"`
	First    types.Int64  `tfsdk:"first"`
}

var choices = map[string]schema.Attribute{
	"name":   schema.StringAttribute{MarkdownDescription: "Name.", Optional: true},
	"owner":  schema.StringAttribute{MarkdownDescription: "Owner.", CustomType: customtype.UUIDType{}, Optional: true},
	"first":  schema.Int64Attribute{MarkdownDescription: "First.", Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)}},
	"share":  schema.Float64Attribute{MarkdownDescription: "Share.", Optional: true},
	"sure":   schema.BoolAttribute{MarkdownDescription: "Sure.", Optional: true},
	"fields": schema.ListAttribute{MarkdownDescription: "Fields.", Optional: true, ElementType: types.StringType},
	"tags":   schema.SetAttribute{MarkdownDescription: "Tags.", Optional: true, ElementType: types.StringType},
	"expand": schema.ListNestedAttribute{
		MarkdownDescription: "Relations.", Optional: true,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"relation": schema.StringAttribute{MarkdownDescription: "Relation.", Required: true},
			"first":    schema.Int64Attribute{MarkdownDescription: "First.", Optional: true},
		}},
	},
}

func TestAListHoldsWhatItsArgumentsChoose(t *testing.T) {
	t.Parallel()
	var asked choice
	l := entity.List[zoo, choice]{
		Name: "toy_zoos", Schema: zooSchema(), Omit: []string{"managed"},
		Args: choices,
		Each: func(_ context.Context, _ *api.Client, args *choice) iter.Seq2[zoo, error] {
			asked = *args
			return func(yield func(zoo, error) bool) {
				if args.Name.ValueString() == "none" {
					return
				}
				for _, name := range []string{"ape", "bee"} {
					var m zoo
					animal(&m, name)
					if !yield(m, nil) {
						return
					}
				}
				if args.Name.ValueString() == "broken" {
					yield(zoo{}, errors.New("the cage is open"))
				}
			}
		},
	}
	drive(t, newPlatform().client(t), l.New, func(t *testing.T, s *server) {
		found := s.data(values{"owner": group, "timeouts": values{"read": "1m"}}).ok(t)
		holds(t, found.state, values{"toy_zoos": []any{caged("ape"), caged("bee")}, "owner": group, "name": nil, "timeouts": values{"read": "1m"}})
		if asked.Owner.ValueString() != group || !asked.Name.IsNull() {
			t.Errorf("asked for %v", asked)
		}
		given := values{"first": 3, "sure": true, "share": 2, "fields": []any{"a", "b"}, "tags": []any{"x"}, "expand": []any{values{"relation": "r", "first": 1}}}
		holds(t, s.data(given).ok(t).state, given)
		if want := "3 true 2.000000 [a b] [\"x\"] [{\"r\" 1}]"; fmt.Sprint(asked.First, asked.Sure, asked.Share, asked.Fields, asked.Tags, asked.Expand) != want {
			t.Errorf("asked for %v, want %s", asked, want)
		}
		tells(t, s.data(values{"first": 0}).errors, "at least 1")
		if all := s.attributes(); all["toy_zoos.deep.token_wo"] != nil || all["toy_zoos.managed"] != nil || !all["toy_zoos.deep.mode"].Computed {
			t.Errorf("attributes %v", all)
		}
		if none := s.data(values{"name": "none"}).ok(t).state["toy_zoos"]; fmt.Sprintf("%T%v", none, none) != "[]interface {}[]" {
			t.Errorf("nothing is %#v, want an empty list", none)
		}
		broken := s.data(values{"name": "broken"})
		tells(t, broken.errors, "Could not read toy zoos", "The cage is open.")
		tells(t, s.data(values{"owner": "nonsense"}).errors, "is not a UUID")
	})
}

func TestADataSourceNeedsAConfiguredProvider(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	drive(t, nil, p.lookup("id").New, func(t *testing.T, s *server) {
		tells(t, s.data(values{"id": "t1"}).errors, "not configured")
	})
	l := entity.List[thing, struct{}]{Name: "toy_things", Schema: thingSchema(), Each: func(context.Context, *api.Client, *struct{}) iter.Seq2[thing, error] { return nil }}
	drive(t, nil, l.New, func(t *testing.T, s *server) {
		tells(t, s.data(values{}).errors, "not configured")
	})
}

package entity_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

// checked is what every object of the engine can do.
type checked interface {
	Check(ctx context.Context) error
}

func check(t *testing.T, object any) string {
	t.Helper()
	c, ok := object.(checked)
	if !ok {
		t.Fatalf("%T cannot be checked", object)
	}
	if err := c.Check(t.Context()); err != nil {
		return err.Error()
	}
	return ""
}

func TestCheckFindsNothingWhereAllIsWell(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	for name, object := range map[string]any{
		"resource": p.resource().New(), "settings": p.settings().New(),
		"data source": p.lookup("id", "name").New(), "list": things().New(),
		"collection": p.collection().New(), "one": p.collection().One("One.").New(), "all": p.collection().List("toy_things", "All.").New(),
		"collections": partsResource().New(),
	} {
		if found := check(t, object); found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
}

// named is the model of an argument.
type named struct {
	Name types.String `tfsdk:"name"`
}

func things() entity.List[thing, named] {
	return entity.List[thing, named]{
		Name: "toy_things", Schema: thingSchema(), Args: map[string]schema.Attribute{"name": schema.StringAttribute{MarkdownDescription: "Name.", Optional: true}},
		Each: func(context.Context, *api.Client, *named) iter.Seq2[thing, error] { return nil },
	}
}

func partsResource() entity.Resource[parts] {
	do := func(context.Context, *api.Client, *parts) error { return nil }
	return entity.Resource[parts]{
		Name: "parts", Schema: partsSchema(), Create: do, Read: do, Delete: do, Parent: do,
		Update: func(context.Context, *api.Client, *parts, *parts) error { return nil },
	}
}

func TestCheckFindsMistakesInAResource(t *testing.T) {
	t.Parallel()
	set := func(name string, a schema.Attribute) func(*entity.Resource[thing]) {
		return func(r *entity.Resource[thing]) { r.Schema.Attributes[name] = a }
	}
	const missing = "create (apply), read, delete and parent, or all and within, are required"
	text := func(s schema.StringAttribute) schema.StringAttribute { s.MarkdownDescription = "Text."; return s }
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	for _, c := range []struct {
		name   string
		adjust func(r *entity.Resource[thing])
		says   string
	}{
		{"no create", func(r *entity.Resource[thing]) { r.Create = nil }, missing},
		{"no read", func(r *entity.Resource[thing]) { r.Read = nil }, missing},
		{"no delete", func(r *entity.Resource[thing]) { r.Delete = nil }, missing},
		{"no parent", func(r *entity.Resource[thing]) { r.Parent, r.All = nil, nil }, missing},
		{"all but not within", func(r *entity.Resource[thing]) { r.Parent, r.Within = nil, nil }, missing},
		{"called by nothing", func(r *entity.Resource[thing]) { r.Called = "" }, "called names no string attribute"},
		{"called by no text", func(r *entity.Resource[thing]) { r.Called = "locked" }, "called names no string attribute"},
		{"no description", func(r *entity.Resource[thing]) { r.Schema.MarkdownDescription = "" }, "toy_thing: no description"},
		{"attribute without description", set("color", schema.StringAttribute{Computed: true}), "attribute color has no description"},
		{"nested attribute without description", func(r *entity.Resource[thing]) {
			set("options", schema.SingleNestedAttribute{MarkdownDescription: "Options.", Optional: true, Attributes: map[string]schema.Attribute{
				"mode":     schema.StringAttribute{Required: true},
				"token_wo": text(schema.StringAttribute{Optional: true, WriteOnly: true}),
				"stamp":    text(schema.StringAttribute{Computed: true}),
			}})(r)
		}, "attribute options.mode has no description"},
		{"attribute without field", set("size", text(schema.StringAttribute{Optional: true})), "model and schema differ"},
		{"field without attribute", func(r *entity.Resource[thing]) { delete(r.Schema.Attributes, "color") }, "model and schema differ"},
		{"attribute of another type", set("color", schema.BoolAttribute{MarkdownDescription: "Color.", Optional: true}), "model and schema differ"},
		{"nested attribute without field", set("options", schema.SingleNestedAttribute{
			MarkdownDescription: "Options.", Optional: true, Attributes: map[string]schema.Attribute{"mode": text(schema.StringAttribute{Required: true})},
		}), "model and schema differ"},
		{"struct that cannot be unknown", func(r *entity.Resource[thing]) {
			o, _ := r.Schema.Attributes["options"].(schema.SingleNestedAttribute)
			o.Computed = true
			r.Schema.Attributes["options"] = o
		}, "Received unknown value"},
		{"key is no string", func(r *entity.Resource[thing]) { r.Key = []string{"id", "locked"} }, "key locked is not a string attribute"},
		{"key is no attribute", func(r *entity.Resource[thing]) { r.Key = []string{"nothing"} }, "key nothing is not a string attribute"},
		{"key can change", func(r *entity.Resource[thing]) { r.Key = []string{"name"} }, "key name must force replacement"},
		{"key becomes unknown", set("id", text(schema.StringAttribute{Computed: true})), "key id must keep its state when it is unknown"},
		{"diagnosis of everything", func(r *entity.Resource[thing]) { r.Errors = []entity.Diagnosis{{Remedy: "pray"}} }, `a diagnosis without anything to recognize it by: "pray"`},
		{"diagnosis of nothing that is there", func(r *entity.Resource[thing]) {
			r.Errors = []entity.Diagnosis{{Says: "x", At: path.Root("options").AtName("size")}}
		}, "a diagnosis blames options.size"},
		{"version without upgrade", func(r *entity.Resource[thing]) { r.Schema.Version = 1 }, "the version of the schema is the number of upgrades"},
		{"no update", func(r *entity.Resource[thing]) { r.Update = nil }, "name must force replacement, because there is no update"},
		{"ID in another case replaces", set("name", text(schema.StringAttribute{CustomType: customtype.UUIDType{}, Required: true, PlanModifiers: replace})), "name needs customtype.KeepCase before it forces replacement"},
		{"case is kept too late", set("name", text(schema.StringAttribute{CustomType: customtype.FoldedType{}, Required: true, PlanModifiers: append(replace, customtype.KeepCase())})), "name needs customtype.KeepCase"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newPlatform().collection()
			r.Parent = newPlatform().resource().Parent
			c.adjust(&r)
			tells(t, check(t, r.New()), c.says)
		})
	}
}

func TestCheckFindsWhatAnUpdateWouldChange(t *testing.T) {
	t.Parallel()
	r := newPlatform().resource()
	r.Update = nil
	found := check(t, r.New())
	for _, name := range []string{"name", "color", "secret_wo", "secret_wo_version", "options"} {
		tells(t, found, name+" must force replacement")
	}
	for _, name := range []string{"locked", "id"} {
		if strings.Contains(found, ": "+name+" must") {
			t.Errorf("%s is blamed:\n%s", name, found)
		}
	}
}

// odd is an attribute of a type that a data source does not have.
type odd struct{ schema.StringAttribute }

func TestCheckFindsMistakesInVariants(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	settings := func(adjust func(*entity.Settings[setting])) resource.Resource {
		d := p.settings()
		adjust(&d)
		return d.New()
	}
	source := func(adjust func(*entity.DataSource[thing])) datasource.DataSource {
		d := p.lookup("id")
		adjust(&d)
		return d.New()
	}
	list := func(adjust func(*entity.List[thing, named])) datasource.DataSource {
		d := things()
		adjust(&d)
		return d.New()
	}
	for _, c := range []struct {
		name   string
		object any
		says   string
	}{
		{"settings without apply", settings(func(d *entity.Settings[setting]) { d.Apply = nil }), "are required"},
		{"settings without read", settings(func(d *entity.Settings[setting]) { d.Read = nil }), "are required"},
		{"data source without read", source(func(d *entity.DataSource[thing]) { d.Read = nil }), "data source toy_thing: read is required"},
		{"data source that blames nothing that is there", source(func(d *entity.DataSource[thing]) {
			d.Errors = []entity.Diagnosis{{Says: "x", At: path.Root("size")}}
		}), "a diagnosis blames size"},
		{"data source without description", source(func(d *entity.DataSource[thing]) { d.Schema.MarkdownDescription = "" }), "no description"},
		{"data source with another model", source(func(d *entity.DataSource[thing]) { delete(d.Schema.Attributes, "color") }), "model and schema differ"},
		{"data source by a boolean", source(func(d *entity.DataSource[thing]) { d.By = []string{"locked"} }), "an object is found by strings"},
		{"data source by nothing", source(func(d *entity.DataSource[thing]) { d.By = []string{"nothing"} }), "an object is found by strings"},
		{"data source with an argument that is nothing", source(func(d *entity.DataSource[thing]) { d.Args = []string{"nothing"} }), "there is no such attribute"},
		{"attribute that cannot be derived", source(func(d *entity.DataSource[thing]) {
			d.Schema.Attributes["color"] = odd{schema.StringAttribute{MarkdownDescription: "Color.", Optional: true}}
		}), "color: there is no attribute like entity_test.odd"},
		{"list without each", list(func(d *entity.List[thing, named]) { d.Each = nil }), "each is required"},
		{"list with an argument of another type", list(func(d *entity.List[thing, named]) {
			d.Args["name"] = schema.BoolAttribute{MarkdownDescription: "Name.", Optional: true}
		}), "model and schema differ"},
		{"list with an argument that the model does not hold", list(func(d *entity.List[thing, named]) {
			d.Args["size"] = schema.Int64Attribute{MarkdownDescription: "Size.", Optional: true}
		}), "model and schema differ"},
		{"list with an argument that cannot be derived", list(func(d *entity.List[thing, named]) {
			d.Args["name"] = odd{schema.StringAttribute{MarkdownDescription: "Name.", Optional: true}}
		}), "name: there is no attribute like"},
		{"list by something undescribed", list(func(d *entity.List[thing, named]) { d.Args["name"] = schema.StringAttribute{Optional: true} }), "argument name has no description"},
		{"list with another model", list(func(d *entity.List[thing, named]) { delete(d.Schema.Attributes, "color") }), "model and schema differ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tells(t, check(t, c.object), c.says)
		})
	}
}

func TestAnObjectWithEveryKindOfAttributeForcesReplacement(t *testing.T) {
	t.Parallel()
	r := partsResource()
	r.Update = nil
	found := check(t, r.New())
	for _, name := range []string{"name", "list", "set", "map", "tags"} {
		tells(t, found, "parts: "+name+" must force replacement")
	}
	r.Schema.Attributes["name"] = schema.StringAttribute{
		MarkdownDescription: "Name.", CustomType: customtype.FoldedType{}, Optional: true,
		PlanModifiers: []planmodifier.String{customtype.KeepCase(), stringplanmodifier.RequiresReplaceIfConfigured()},
	}
	if found := check(t, r.New()); strings.Contains(found, "parts: name must") {
		t.Error(found)
	}
}

func TestTimeoutsSayTheirDefault(t *testing.T) {
	t.Parallel()
	for limit, want := range map[time.Duration]string{0: "Default 20m.", time.Hour: "Default 1h.", 90 * time.Second: "Default 1m30s."} {
		var resp resource.SchemaResponse
		entity.Resource[struct{}]{Name: "toy", Timeout: limit, Schema: schema.Schema{Attributes: map[string]schema.Attribute{}}}.New().Schema(t.Context(), resource.SchemaRequest{}, &resp)
		described, ok := resp.Schema.Attributes["timeouts"].(schema.SingleNestedAttribute)
		if !ok || !strings.Contains(described.Attributes["create"].GetDescription(), want) {
			t.Errorf("%s: %v, want %s", limit, resp.Schema.Attributes["timeouts"], want)
		}
	}
}

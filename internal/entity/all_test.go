package entity_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// collection is the toy resource as one that says what stands beside it.
func (p *platform) collection() entity.Resource[thing] {
	r := p.resource()
	r.Parent, r.Called = nil, "name"
	r.All = func(ctx context.Context, _ *api.Client, _ *thing) iter.Seq2[thing, error] {
		return entity.Models(rest.List[wire](ctx, p.rest, "/things"), func(m *thing, w wire) { w.flatten(m) })
	}
	r.Within = func(ctx context.Context, _ *api.Client, _ *thing) error {
		_, err := rest.Get[document](ctx, p.rest, "/tenant")
		return err
	}
	return r
}

// among drives the collection of a new platform, after adjust.
func among(t *testing.T, adjust func(p *platform, r *entity.Resource[thing]), f func(t *testing.T, p *platform, s *server)) {
	t.Helper()
	with(t, func(p *platform, r *entity.Resource[thing]) {
		*r = p.collection()
		if adjust != nil {
			adjust(p, r)
		}
	}, f)
}

func TestOneIsFoundByItsKeyOrAmongAll(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	d := p.collection().One("One.")
	d.Omit = []string{"secret_wo_version"}
	drive(t, p.client(t), d.New, func(t *testing.T, s *server) {
		p.put("t1", document{"name": "a", "mode": "fast"})
		p.put("t2", document{"name": "b"})
		p.put("t3", document{"name": "b"})
		want := values{"id": "t1", "name": "a", "color": "blue", "options": values{"mode": "fast", "stamp": "stamped"}}
		holds(t, s.data(values{"id": "t1"}).ok(t).state, want)
		holds(t, s.data(values{"name": "a"}).ok(t).state, want)
		if want := "GET /things/t1, GET /things"; p.lines() != want {
			t.Errorf("requests: %s, want %s", p.lines(), want)
		}
		tells(t, s.data(values{"name": "c"}).errors, "Could not read toy thing c", `There is no toy thing with name "c".`)
		tells(t, s.data(values{"name": "b"}).errors, "Could not read toy thing b", `There are 2 of toy thing with name "b"`)
		tells(t, s.data(values{"id": "t9"}).errors, "Could not read toy thing t9", "404")
		tells(t, s.data(values{}).errors, "id", "name")
	})
}

func TestOneIsReadWhereAllTellsLess(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	r := p.collection()
	r.Fill = func(context.Context, *api.Client, *thing) error { return errors.New("nobody should fill this") }
	drive(t, p.client(t), r.One("One.").New, func(t *testing.T, s *server) {
		p.put("t1", document{"name": "a"})
		holds(t, s.data(values{"name": "a"}).ok(t).state, values{"id": "t1"})
		if want := "GET /things, GET /things/t1"; p.lines() != want {
			t.Errorf("requests: %s, want %s", p.lines(), want)
		}
	})
}

// child is the model of an object that lives within another one.
type child struct {
	Place customtype.Folded `tfsdk:"place_id"`
	Name  customtype.Folded `tfsdk:"name"`
	Size  types.Int64       `tfsdk:"size"`
}

// children are a big and a small child in every place.
func children() entity.Resource[child] {
	named := func(m *child, name string, size int64) {
		m.Name, m.Size = customtype.FoldedValue(name), types.Int64Value(size)
	}
	fixed := thingSchema().Attributes["id"]
	return entity.Resource[child]{
		Name: "toy_child", Key: []string{"place_id", "name"}, Called: "name",
		Schema: schema.Schema{MarkdownDescription: "Child.", Attributes: map[string]schema.Attribute{
			"place_id": schema.StringAttribute{MarkdownDescription: "Place.", CustomType: customtype.FoldedType{}, Required: true},
			"name":     schema.StringAttribute{MarkdownDescription: "Name.", CustomType: customtype.FoldedType{}, Required: true},
			"size":     schema.Int64Attribute{MarkdownDescription: fixed.GetMarkdownDescription(), Computed: true},
		}},
		Read: func(_ context.Context, _ *api.Client, m *child) error {
			named(m, m.Name.ValueString()+" of "+m.Place.ValueString(), 7)
			return nil
		},
		All: func(_ context.Context, _ *api.Client, m *child) iter.Seq2[child, error] {
			return func(yield func(child, error) bool) {
				for i, name := range []string{"Big", "Small"} {
					o := child{Place: m.Place}
					named(&o, name, int64(i))
					if !yield(o, nil) {
						return
					}
				}
			}
		},
	}
}

func TestTheParentIsAnArgument(t *testing.T) {
	t.Parallel()
	drive(t, newPlatform().client(t), children().One("One.", "name").New, func(t *testing.T, s *server) {
		holds(t, s.data(values{"place_id": "P", "name": "small"}).ok(t).state, values{"name": "small of P", "size": 7})
		tells(t, s.data(values{"name": "small"}).errors, "place_id")
	})
	all := children().List("toy_children", "All.")
	all.Items = "rows"
	drive(t, newPlatform().client(t), all.New, func(t *testing.T, s *server) {
		found := s.data(values{"place_id": "P"}).ok(t).state
		holds(t, found, values{"place_id": "P", "rows": []any{
			values{"place_id": "P", "name": "Big", "size": 0}, values{"place_id": "P", "name": "Small", "size": 1},
		}})
		tells(t, s.data(values{}).errors, "place_id")
		if all := s.attributes(); !all["place_id"].Required || all["name"] != nil || !all["rows.name"].Computed {
			t.Errorf("attributes %v", all)
		}
	})
}

// A list that asks for more of each object asks some at a time, keeps the order and leaves out what is gone.
func TestAListIsFilled(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	r := p.collection()
	r.Fill = func(ctx context.Context, _ *api.Client, m *thing) error {
		if id := m.ID.ValueString(); id == "t1" || id == "t2" {
			if err := rest.Wait(ctx, time.Second); err != nil {
				return err
			}
		}
		w, err := rest.Get[wire](ctx, p.rest, rest.Path("/things/", m.ID.ValueString()))
		m.Color = types.StringValue("filled " + w.ID)
		return err
	}
	drive(t, p.client(t), r.List("toy_things", "All.").New, func(t *testing.T, s *server) {
		for _, id := range []string{"t1", "t2", "t3", "t4"} {
			p.put(id, document{"name": id})
		}
		p.by("GET /things/t3", refusal(404, "NotFound", "gone"))
		began := time.Now()
		all, _ := s.data(values{}).ok(t).state["toy_things"].([]any)
		var names []string
		for _, one := range all {
			if o, ok := one.(values); ok && o["color"] == "filled "+o["name"].(string) {
				names = append(names, o["name"].(string))
			}
		}
		if got := strings.Join(names, " "); got != "t1 t2 t4" || time.Since(began) != time.Second {
			t.Errorf("%s after %s", got, time.Since(began))
		}
		p.by("GET /things/t2", refusal(403, "Denied", "not yours"))
		broken := s.data(values{})
		tells(t, broken.errors, "Could not read toy things", "not yours")
		p.by("GET /things", refusal(403, "Denied", "not yours either"))
		tells(t, s.data(values{}).errors, "not yours either")
	})
}

func TestAnAbsenceCountsIfNeitherTheListNorTheParentIsHidden(t *testing.T) {
	t.Parallel()
	const gone, list, tenant = "GET /things/t1", "GET /things", "GET /tenant"
	missing := refusal(404, "NotFound", "nothing here")
	for _, c := range []struct {
		name   string
		adjust func(p *platform)
		says   string // "" if state is emptied
	}{
		{"gone", func(p *platform) { delete(p.things, "t1") }, ""},
		{"gone with its parent", func(p *platform) { delete(p.things, "t1"); p.by(tenant, missing) }, ""},
		{"still in the list", func(p *platform) { p.by(gone, missing) }, "it is still among the others of its kind"},
		{"still in the list in another case", func(p *platform) {
			p.by(gone, missing)
			p.by(list, answer{status: 200, body: document{"value": []document{{"id": "T1", "name": "a"}}}})
		}, "it is still among the others of its kind"},
		{"parent hidden", func(p *platform) { p.by(gone, missing); p.by(tenant, refusal(403, "Denied", "not you")) }, "not you"},
		{"list hidden", func(p *platform) { p.by(gone, missing); p.by(list, refusal(403, "Denied", "not you")) }, "not you"},
		{"list not there", func(p *platform) { p.by(gone, missing); p.by(list, missing) }, "cannot be listed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			among(t, nil, func(t *testing.T, p *platform, s *server) {
				made := s.create(values{"name": "a"}).ok(t)
				c.adjust(p)
				again := s.refresh(made.state, made.identity)
				if c.says == "" {
					if again.ok(t).state != nil {
						t.Errorf("state %v", again.state)
					}
					return
				}
				tells(t, again.errors, "but that is not certain", c.says)
				holds(t, again.state, made.state)
			})
		})
	}
}

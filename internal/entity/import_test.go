package entity_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

// link is a model with a key of two parts.
type link struct {
	GroupID customtype.UUID `tfsdk:"group_id"`
	Member  types.String    `tfsdk:"member"`
	Since   types.String    `tfsdk:"since"`
}

func linkSchema() schema.Schema {
	return schema.Schema{MarkdownDescription: "A link.", Attributes: map[string]schema.Attribute{
		"group_id": schema.StringAttribute{
			MarkdownDescription: "Group.", CustomType: customtype.UUIDType{}, Required: true,
			PlanModifiers: []planmodifier.String{customtype.KeepCase(), stringplanmodifier.RequiresReplace()},
		},
		"member": schema.StringAttribute{
			MarkdownDescription: "Member.", Required: true,
			Validators:    []validator.String{stringvalidator.LengthAtMost(20)},
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
		"since": schema.StringAttribute{MarkdownDescription: "Since.", Computed: true},
	}}
}

const group = "aaaaaaaa-0000-4000-8000-00000000000a"

func imports(t *testing.T, id string, identity values) (result, *link) {
	t.Helper()
	read := &link{}
	r := entity.Resource[link]{
		Name: "toy_link", Key: []string{"group_id", "member"}, Schema: linkSchema(),
		Read: func(_ context.Context, _ *api.Client, m *link) error {
			*read = *m
			m.GroupID, m.Since = customtype.UUIDValue(strings.ToLower(m.GroupID.ValueString())), types.StringValue("today")
			return nil
		},
	}
	var out result
	drive(t, newPlatform().client(t), r.New, func(_ *testing.T, s *server) { out = s.imported(id, identity) })
	return out, read
}

func TestImport(t *testing.T) {
	t.Parallel()
	upper := strings.ToUpper(group)
	for _, c := range []struct {
		name     string
		id       string
		identity values
		want     values
	}{
		{"by ID", group + "/x", nil, values{"group_id": group, "member": "x", "since": "today"}},
		{"the last part may contain slashes", group + "/x/y", nil, values{"group_id": group, "member": "x/y"}},
		{"by ID in another case", upper + "/x", nil, values{"group_id": upper, "member": "x"}},
		{"by identity", "", values{"group_id": group, "member": "x"}, values{"group_id": group, "member": "x", "since": "today"}},
		{"by identity in another case", "", values{"group_id": upper, "member": "x"}, values{"group_id": upper, "member": "x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, read := imports(t, c.id, c.identity)
			got.ok(t)
			holds(t, got.state, c.want)
			holds(t, got.identity, values{"group_id": c.want["group_id"], "member": c.want["member"]})
			if read.Member.ValueString() != c.want["member"] {
				t.Errorf("read %v", read)
			}
		})
	}
}

func TestAMalformedImportIsRefused(t *testing.T) {
	t.Parallel()
	form := "this toy link has the form group_id/member"
	for _, c := range []struct {
		name     string
		id       string
		identity values
		says     []string
	}{
		{"too few parts", group, nil, []string{"Invalid import ID", form, `got "` + group + `"`, "1 parts instead of 2"}},
		{"empty part", group + "/", nil, []string{form, "member is empty"}},
		{"malformed UUID", "nonsense/x", nil, []string{form, `"nonsense" is not a UUID`}},
		{"refused by a validator", group + "/" + strings.Repeat("x", 21), nil, []string{form, "at most 20"}},
		{"malformed UUID in an identity", "", values{"group_id": "nonsense", "member": "x"}, []string{"Invalid import identity", "group_id, member", `"nonsense" is not a UUID`}},
		{"identity without a part", "", values{"group_id": group}, []string{"Invalid import identity", "group_id, member", "member is empty"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, read := imports(t, c.id, c.identity)
			tells(t, got.errors, c.says...)
			if got.state != nil || !read.Member.IsNull() {
				t.Errorf("state %v, read %v", got.state, read)
			}
			if strings.Contains(got.errors, "Provider bug") || strings.Contains(got.errors, "provider developer") {
				t.Errorf("not the provider's fault: %s", got.errors)
			}
		})
	}
}

const official = "registry.terraform.io/microsoft/power-platform"

func TestObjectsOfTheOfficialProviderAreTakenOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, provider, kind, state string
		want                        values // nil: left alone
		says                        string
	}{
		{"same shape", official, "powerplatform_toy_thing", `{"id":"t1","name":"a","color":"red","locked":true}`, values{"id": "t1", "name": "a", "color": "red", "locked": true}, ""},
		{"another registry", "registry.opentofu.org/microsoft/power-platform", "powerplatform_toy_thing", `{"id":"t1","name":"a"}`, values{"id": "t1", "name": "a"}, ""},
		{"more attributes", official, "powerplatform_toy_thing", `{"id":"t1","name":"a","extra":{"deep":[1]},"options":{"mode":"fast","more":1}}`, values{"id": "t1", "name": "a", "options": values{"mode": "fast"}}, ""},
		{"another shape", official, "powerplatform_toy_thing", `{"id":"t1","name":"a","color":"red","options":[{"mode":"fast"}],"locked":{"by":"me"}}`, values{"id": "t1", "name": "a", "color": "red", "options": nil, "locked": nil}, ""},
		{"timeouts", official, "powerplatform_toy_thing", `{"id":"t1","name":"a","timeouts":{"create":"1h","update":null}}`, values{"id": "t1", "timeouts": values{"create": "1h"}}, ""},
		{"timeouts of another shape", official, "powerplatform_toy_thing", `{"id":"t1","name":"a","timeouts":"1h"}`, values{"id": "t1", "timeouts": nil}, ""},
		{"without key", official, "powerplatform_toy_thing", `{"name":"a"}`, nil, "does not hold id"},
		{"another type", official, "powerplatform_other", `{"id":"t1"}`, nil, "State"},
		{"another provider", "registry.terraform.io/someone/power-platform", "powerplatform_toy_thing", `{"id":"t1"}`, nil, "State"},
		{"no JSON object", official, "powerplatform_toy_thing", `7`, nil, "Could not move toy thing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with(t, nil, func(t *testing.T, _ *platform, s *server) {
				got := s.moved(c.provider, c.kind, c.state)
				if c.want == nil {
					tells(t, got.errors, c.says)
					if got.state != nil || got.errors == "" {
						t.Errorf("taken over as %v", got.state)
					}
					return
				}
				holds(t, got.ok(t).state, c.want)
				holds(t, got.identity, values{"id": "t1"})
			})
		})
	}
}

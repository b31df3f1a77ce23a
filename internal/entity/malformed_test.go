package entity_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// badge is a model whose values can be malformed; its key is in an embedded struct.
type badge struct {
	numbered
	Name  types.String    `tfsdk:"name"`
	Owner customtype.UUID `tfsdk:"owner"`
}

type numbered struct {
	ID customtype.UUID `tfsdk:"id"`
}

func badges(create, read func(m *badge) error) entity.Resource[badge] {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	do := func(f func(m *badge) error) func(context.Context, *api.Client, *badge) error {
		return func(_ context.Context, _ *api.Client, m *badge) error { return f(m) }
	}
	return entity.Resource[badge]{
		Name: "toy_badge",
		Schema: schema.Schema{MarkdownDescription: "Badge.", Attributes: map[string]schema.Attribute{
			"id":    schema.StringAttribute{MarkdownDescription: "ID.", CustomType: customtype.UUIDType{}, Computed: true, PlanModifiers: keep},
			"name":  schema.StringAttribute{MarkdownDescription: "Name.", Required: true},
			"owner": schema.StringAttribute{MarkdownDescription: "Owner.", CustomType: customtype.UUIDType{}, Computed: true},
		}},
		Create: do(create), Read: do(read), Delete: do(read), Parent: do(read),
		Update: func(context.Context, *api.Client, *badge, *badge) error { return nil },
	}
}

const badgeID = "bbbbbbbb-0000-4000-8000-00000000000b"

// made is a create that has made a badge, and then returns err.
func made(id, owner string, err error) func(m *badge) error {
	return func(m *badge) error {
		m.ID, m.Owner = customtype.UUIDValue(id), customtype.UUIDValue(owner)
		return err
	}
}

func TestWhatIsMalformedIsToldAndTheKeyStays(t *testing.T) {
	t.Parallel()
	late, lost := errors.New("second step refused"), &rest.Error{Status: 500}
	for name, c := range map[string]struct {
		create, read func(m *badge) error
		state        values // nil: nothing
		says         []string
	}{
		"no ID, and refused":      {made("", badgeID, late), nil, nil, []string{"Second step refused."}},
		"no ID, and perhaps made": {made("", badgeID, lost), nil, nil, []string{"The object may exist although nothing of it is in state", "500"}},
		"no ID, and made":         {made("", badgeID, nil), nil, nil, []string{"The object may exist although nothing of it is in state", "does not tell id"}},
		"malformed ID":            {made("b-7", badgeID, late), nil, values{"id": "b-7", "name": "a", "owner": badgeID}, []string{"Second step refused.", `"b-7" is not a UUID`}},
		"empty owner":             {made(badgeID, "", late), nil, values{"id": badgeID, "name": "a"}, []string{"Second step refused.", "Invalid UUID in owner"}},
		"malformed owner": {
			made(badgeID, "me", late), nil,
			values{"id": badgeID, "name": "a"},
			[]string{"Could not create toy badge " + badgeID, "Second step refused.", `"me" is not a UUID`},
		},
		"read with a malformed owner": {made(badgeID, badgeID, nil), made(badgeID, "me", nil), values{"id": badgeID, "name": "a"}, []string{`"me" is not a UUID`}},
		"read with a malformed ID":    {made(badgeID, badgeID, nil), made("b-7", badgeID, nil), values{"id": "b-7", "name": "a", "owner": badgeID}, []string{`"b-7" is not a UUID`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			drive(t, newPlatform().client(t), badges(c.create, c.read).New, func(t *testing.T, s *server) {
				got := s.create(values{"name": "a"})
				tells(t, got.errors, c.says...)
				if c.state == nil {
					if got.state != nil {
						t.Errorf("state is %v", got.state)
					}
					return
				}
				holds(t, got.state, c.state)
				holds(t, got.identity, values{"id": c.state["id"]})
				if c.state["owner"] == nil && got.state["owner"] != nil {
					t.Errorf("owner is %v", got.state["owner"])
				}
			})
		})
	}
}

func TestAMalformedAnswerLosesNothing(t *testing.T) {
	t.Parallel()
	before := values{"id": badgeID, "name": "a", "owner": badgeID}
	drive(t, newPlatform().client(t), badges(nil, made(badgeID, "me", nil)).New, func(t *testing.T, s *server) {
		read := s.refresh(before, values{"id": badgeID})
		tells(t, read.errors, "Invalid UUID in owner", `"me" is not a UUID`)
		holds(t, read.identity, values{"id": badgeID})
		changed := s.apply(before, values{"name": "b"}, values{"id": badgeID})
		tells(t, changed.errors, "Invalid UUID in owner")
		holds(t, changed.state, values{"id": badgeID, "name": "b"})
		if strings.Contains(read.errors+changed.errors, "Provider bug") {
			t.Errorf("%s\n%s", read.errors, changed.errors)
		}
	})
}

package entity_test

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// setting is a model of settings of an environment.
type setting struct {
	EnvironmentID types.String `tfsdk:"environment_id"`
	Level         types.String `tfsdk:"level"`
	Quota         types.String `tfsdk:"quota"`
}

func settingSchema() schema.Schema {
	return schema.Schema{MarkdownDescription: "Settings.", Attributes: map[string]schema.Attribute{
		"environment_id": schema.StringAttribute{
			MarkdownDescription: "Environment.", Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
		"level": schema.StringAttribute{MarkdownDescription: "Level.", Optional: true},
		"quota": schema.StringAttribute{MarkdownDescription: "Quota.", Optional: true},
	}}
}

type settingWire struct {
	Level *string `json:"level,omitempty"`
	Quota *string `json:"quota,omitempty"`
}

func (p *platform) settings() entity.Settings[setting] {
	at := func(m *setting) string { return rest.Path("/things/", m.EnvironmentID.ValueString()) }
	return entity.Settings[setting]{
		Name: "toy_settings", Key: []string{"environment_id"}, Schema: settingSchema(),
		Apply: func(ctx context.Context, _ *api.Client, m, prior *setting) error {
			_, err := rest.Patch[rest.None](ctx, p.rest, at(m), settingWire{field.TextIfChanged(m.Level, prior.Level), field.TextIfChanged(m.Quota, prior.Quota)})
			return err
		},
		Read: func(ctx context.Context, _ *api.Client, m *setting) error {
			w, err := rest.Get[settingWire](ctx, p.rest, at(m))
			if err == nil {
				m.Level, m.Quota = types.StringPointerValue(w.Level), types.StringPointerValue(w.Quota)
			}
			return err
		},
		Parent: func(ctx context.Context, _ *api.Client, _ *setting) error {
			_, err := rest.Get[document](ctx, p.rest, "/tenant")
			return err
		},
	}
}

func TestSettingsAreAdoptedAppliedAndLetGo(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	drive(t, p.client(t), p.settings().New, func(t *testing.T, s *server) {
		p.put("e1", document{"level": "low"})
		adopted := s.create(values{"environment_id": "e1", "level": "low"}).ok(t)
		holds(t, adopted.state, values{"level": "low"})
		holds(t, adopted.identity, values{"environment_id": "e1"})
		changed := s.apply(adopted.state, values{"environment_id": "e1", "level": "low", "quota": "5"}, adopted.identity).ok(t)
		holds(t, p.things["e1"], document{"level": "low", "quota": "5"})
		holds(t, p.seen[0].body, document{"level": "low"})
		holds(t, p.seen[2].body, document{"level": nil, "quota": "5"})
		requests := len(p.seen)
		if gone := s.apply(changed.state, nil, changed.identity).ok(t); gone.state != nil || len(p.seen) != requests {
			t.Errorf("state %v after %s", gone.state, p.lines())
		}
		holds(t, s.imported("e1", nil).ok(t).state, values{"environment_id": "e1", "quota": "5"})
	})
}

func TestSettingsThatAreRefusedAreNotInState(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	drive(t, p.client(t), p.settings().New, func(t *testing.T, s *server) {
		failed := s.create(values{"environment_id": "e1", "level": "low"})
		tells(t, failed.errors, "Could not create toy settings e1", "there is no thing e1")
		if failed.state != nil {
			t.Errorf("state is %v", failed.state)
		}
	})
}

func TestSettingsAreReleased(t *testing.T) {
	t.Parallel()
	p := newPlatform()
	d := p.settings()
	d.Release = func(ctx context.Context, _ *api.Client, m *setting) error {
		_, err := rest.Patch[rest.None](ctx, p.rest, rest.Path("/things/", m.EnvironmentID.ValueString()), document{"level": "default"})
		return err
	}
	d.Ready = func(m *setting) string {
		if m.Level.ValueString() == "pending" {
			return "its level is pending"
		}
		return ""
	}
	d.Plan = func(_ context.Context, _ *api.Client, change *entity.Change[setting]) error {
		if change.Plan.Level.ValueString() == "none" {
			return errors.New("there is no such level")
		}
		return nil
	}
	drive(t, p.client(t), d.New, func(t *testing.T, s *server) {
		p.put("e1", document{})
		p.by("GET /things/e1", answer{status: 200, body: document{"level": "pending"}})
		made := s.create(values{"environment_id": "e1", "level": "high"}).ok(t)
		if p.count("GET /things/e1") != 2 {
			t.Errorf("not awaited: %s", p.lines())
		}
		tells(t, s.plan(made.state, values{"environment_id": "e1", "level": "none"}).errors, "There is no such level.")
		s.apply(made.state, nil, made.identity).ok(t)
		holds(t, p.things["e1"], document{"level": "default"})
		delete(p.things, "e1") // with the environment
		s.apply(made.state, nil, made.identity).ok(t)
	})
}

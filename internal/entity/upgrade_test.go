package entity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

// upgraded upgrades a state of a version, then reads as Terraform does. The identity beside it is of the same version as ever.
func (s *server) upgraded(version int64, state string, identity values) result {
	s.t.Helper()
	up, err := s.server.UpgradeResourceState(s.ctx, &tfprotov6.UpgradeResourceStateRequest{
		TypeName: s.name, Version: version, RawState: &tfprotov6.RawState{JSON: []byte(state)},
	})
	s.check(err, nil)
	ids, err := s.server.GetResourceIdentitySchemas(s.ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	s.check(err, ids.Diagnostics)
	if v := ids.IdentitySchemas[s.name].Version; v != 0 {
		s.t.Errorf("the identity is of version %d", v)
	}
	if said := said(up.Diagnostics, tfprotov6.DiagnosticSeverityError); said != "" {
		return result{errors: said}
	}
	out := s.refresh(s.read(up.UpgradedState, s.kind), identity)
	out.planned = s.read(up.UpgradedState, s.kind)
	return out
}

// grown is the toy thing after two versions of its schema: its name was called label, and then its mode was flat.
func grown(_ *platform, r *entity.Resource[thing]) {
	r.Upgrades = []entity.Upgrade{
		func(state map[string]any) error {
			state["name"] = state["label"]
			delete(state, "label")
			return nil
		},
		func(state map[string]any) error {
			mode, ok := state["mode"].(string)
			if !ok && state["mode"] != nil {
				return fmt.Errorf("mode is of type %T", state["mode"])
			}
			if ok {
				state["options"] = map[string]any{"mode": mode}
			}
			return nil
		},
	}
}

func TestAStateOfAnEarlierVersionIsUpgraded(t *testing.T) {
	t.Parallel()
	id := values{"id": "t1"}
	upgraded := values{"id": "t1", "name": "a", "color": "red", "options": values{"mode": "fast"}, "timeouts": values{"create": "1h"}, "secret_wo_version": 9007199254740993}
	rest := `"id":"t1","color":"red","secret_wo_version":9007199254740993,"timeouts":{"create":"1h"}`
	for name, c := range map[string]struct {
		version int64
		state   string
		want    values // nil: refused
		says    string
	}{
		"the first":                {0, `{"label":"a","mode":"fast",` + rest + `}`, upgraded, ""},
		"the one before":           {1, `{"name":"a","mode":"fast",` + rest + `}`, upgraded, ""},
		"this one":                 {2, `{"name":"a","options":{"mode":"fast"},` + rest + `}`, upgraded, ""},
		"without what is optional": {0, `{"id":"t1","label":"a","mode":null}`, values{"id": "t1", "name": "a", "color": nil, "options": nil, "timeouts": nil}, ""},
		"one that is not known":    {3, `{"id":"t1","name":"a"}`, nil, "expecting an implementation for version 3"},
		"what an upgrade refuses":  {1, `{"id":"t1","name":"a","mode":["fast"]}`, nil, "Could not upgrade the state of toy thing\nIt is of version 1 and cannot be upgraded: mode is of type []interface {}."},
		"what does not fit":        {0, `{"id":"t1","label":["a"]}`, nil, "Could not upgrade the state of toy thing\nIt is of version 0 and cannot be upgraded"},
		"without key":              {0, `{"label":"a"}`, nil, "The source state does not hold id."},
		"no JSON object":           {0, `7`, nil, "json: cannot unmarshal number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with(t, grown, func(t *testing.T, p *platform, s *server) {
				p.put("t1", document{"name": "a", "color": "red", "mode": "fast"})
				got := s.upgraded(c.version, c.state, id)
				if c.want == nil {
					if tells(t, got.errors, c.says); got.state != nil || got.errors == "" || strings.Contains(got.errors, "panic") {
						t.Errorf("state %v, errors %s", got.state, got.errors)
					}
					return
				}
				got.ok(t)
				holds(t, got.planned, c.want)
				holds(t, got.state, values{"id": "t1", "name": "a", "color": "red", "options": values{"mode": "fast", "stamp": "stamped"}})
				holds(t, got.identity, id)
				if changes := s.plan(got.state, values{"name": "a", "options": values{"mode": "fast"}, "timeouts": got.state["timeouts"], "secret_wo_version": got.state["secret_wo_version"]}).ok(t); fmt.Sprint(changes.planned) != fmt.Sprint(got.state) {
					t.Errorf("the next plan changes %v to %v", got.state, changes.planned)
				}
			})
		})
	}
}

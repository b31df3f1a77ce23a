package state

import (
	"maps"
	"slices"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/seed"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Export is the state of the tenant at one moment.
func (t *Tenant) Export() store.TenantState {
	t.work.Lock()
	defer t.work.Unlock()
	s := t.facts()
	s.Clock = t.clock.State()
	t.mu.Lock()
	all := slices.Collect(maps.Values(t.collections))
	t.mu.Unlock()
	s.Collections = map[string][]store.DocumentState{}
	for _, c := range all {
		if documents := c.export(); len(documents) > 0 {
			s.Collections[c.name] = documents
		}
	}
	for _, o := range t.Operations() {
		one := o.export()
		one.Serial = 0
		s.Operations = append(s.Operations, one)
	}
	return s
}

// facts is what is known of a tenant besides its clock, its documents and its operations.
func (t *Tenant) facts() store.TenantState {
	s := store.TenantState{Tenant: seed.Tenant{
		ID: t.ID, DisplayName: t.DisplayName, Location: t.Location, Geography: t.Geography, Country: t.Country,
		Properties: wire.Copy(t.Properties), Applications: t.Applications(), Users: t.Users(), Profile: t.profile.Load(),
	}, Serial: t.serial}
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Tenant.Domains, s.Tenant.Switches, s.Lags = slices.Clone(t.domains), maps.Clone(t.switches), slices.Clone(t.lags)
	for kind, script := range t.scripts {
		if s.Scripts == nil {
			s.Scripts = map[string]store.ScriptState{}
		}
		s.Scripts[kind] = script.export()
	}
	return s
}

func (s *Script) export() store.ScriptState {
	out := store.ScriptState{Fail: slices.Clone(s.Fail), Code: s.Code, Times: s.Times, Stuck: s.Stuck, Effect: s.Effect, Used: s.used}
	if s.Duration != 0 {
		out.Duration = s.Duration.String()
	}
	return out
}

func script(s store.ScriptState) (*Script, error) {
	out := &Script{Fail: slices.Clone(s.Fail), Code: s.Code, Times: s.Times, Stuck: s.Stuck, Effect: s.Effect, used: s.Used}
	if s.Duration == "" {
		return out, nil
	}
	var err error
	out.Duration, err = time.ParseDuration(s.Duration)
	return out, err
}

func (c *Collection) export() []store.DocumentState {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []store.DocumentState
	for d := range c.ordered() {
		one := d.export()
		one.Serial = 0
		out = append(out, one)
	}
	return out
}

func (d *document) export() store.DocumentState {
	s := store.DocumentState{ID: d.id, Document: d.truth.thaw(), Serial: d.serial}
	for path, o := range d.overlay {
		if s.Stale == nil {
			s.Stale = map[string]store.StaleState{}
		}
		one := store.StaleState{Value: wire.Normal(o.value), Absent: !o.there, Reads: o.reads}
		if !o.until.IsZero() {
			one.Until = o.until.Format(time.RFC3339Nano)
		}
		s.Stale[path] = one
	}
	return s
}

func (o *Operation) export() store.OperationState {
	s := store.OperationState{
		ID: o.ID, Kind: o.Kind, State: o.State, Started: o.Started.Format(time.RFC3339Nano), Ready: o.Ready.Format(time.RFC3339Nano),
		Error: wire.Copy(o.Error), Links: wire.Copy(o.Links), Data: wire.Copy(o.Data), Stuck: o.stuck, Serial: o.serial,
	}
	if o.script != nil {
		s.Script = new(o.script.export())
	}
	return s
}

package server

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Import makes the platform what the state says, and nothing else: it replaces all tenants, faults and the baseline.
// Journal and snapshots stay. Where the state is not in order, Import says so and changes nothing.
func (p *Platform) Import(s State) error {
	if s.Format != StateFormat {
		return refuseFormat(s.Format)
	}
	tenants, err := p.build(s, copyDoc)
	if err != nil {
		return err
	}
	var baseline Seed
	if err := copyValue(s.Baseline, &baseline); err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	for i := range baseline.Tenants {
		if err := p.check(baseline.Tenants[i]); err != nil {
			return fmt.Errorf("baseline: %w", err)
		}
	}
	faults, err := restoreFaults(s.Faults)
	if err != nil {
		return err
	}
	return p.replace(tenants, baseline, faults)
}

// restoreFaults makes faults from a state. What an injected fault may leave out, these may too.
func restoreFaults(faults []Fault) ([]*Fault, error) {
	var out []*Fault
	for i, f := range faults {
		one := new(Fault)
		err := copyValue(f, one)
		if err == nil {
			probe := *one
			if probe.check() != nil && probe.Status == 0 {
				probe.Status = http.StatusInternalServerError
			}
			err = probe.check()
		}
		if err != nil {
			return nil, fmt.Errorf("faults[%d]: %w", i, err)
		}
		out = append(out, one)
	}
	return out, nil
}

// build makes the tenants of a state, which are not part of the platform yet. own makes a document one's own.
func (p *Platform) build(s State, own func(Doc) Doc) ([]*Tenant, error) {
	var out []*Tenant
	known := map[string]bool{}
	for i, ts := range s.Tenants {
		t, err := p.restore(ts, cmp.Or(ts.serial, i+1), own)
		if err == nil && known[t.ID] {
			err = fmt.Errorf("tenant %s is there twice", t.ID)
		}
		if err != nil {
			return nil, fmt.Errorf("tenants[%d]: %w", i, err)
		}
		known[t.ID] = true
		out = append(out, t)
	}
	return out, nil
}

// restore makes a tenant from its state.
func (p *Platform) restore(s TenantState, serial int, own func(Doc) Doc) (*Tenant, error) {
	facts := s.Tenant
	if facts.ID == "" || len(facts.Items) > 0 {
		return nil, errors.New("tenant: it needs an id and has no objects of its own; they are in its collections")
	}
	if err := p.check(facts); err != nil {
		return nil, err
	}
	t := p.newTenant(strings.ToLower(facts.ID), serial)
	t.DisplayName, t.Location, t.Geography, t.Country = facts.DisplayName, facts.Location, facts.Geography, facts.Country
	Merge(t.Properties, copyDoc(facts.Properties))
	t.domains, t.lags = slices.Clone(facts.Domains), slices.Clone(s.Lags)
	maps.Copy(t.switches, facts.Switches)
	for _, a := range facts.Applications {
		t.Register(a)
	}
	for _, u := range facts.Users {
		t.AddUser(u)
	}
	for kind, script := range s.Scripts {
		var err error
		if t.scripts[kind], err = script.script(); err != nil {
			return nil, fmt.Errorf("scripts.%s: %w", kind, err)
		}
	}
	if facts.Profile != nil {
		t.SetProfile(facts.Profile)
	}
	if err := t.clock.restore(s.Clock); err != nil {
		return nil, fmt.Errorf("clock: %w", err)
	}
	for name, documents := range s.Collections {
		c := t.Collection(name)
		for i, d := range documents {
			if err := c.restore(d, i+1); err != nil {
				return nil, fmt.Errorf("collections.%s[%d]: %w", name, i, err)
			}
		}
	}
	for i, o := range s.Operations {
		if err := t.operations.restore(o, i+1, own); err != nil {
			return nil, fmt.Errorf("operations[%d]: %w", i, err)
		}
	}
	return t, nil
}

func (c *Collection) restore(s DocumentState, serial int) error {
	key := strings.ToLower(s.ID)
	whole, seen := s.Stale[""]
	switch {
	case c.documents[key] != nil:
		return fmt.Errorf("the document %q is there twice", s.ID)
	case s.Document == nil && (!seen || whole.Absent):
		return fmt.Errorf("the document %q is neither there nor seen", s.ID)
	}
	d := c.add(s.ID, cmp.Or(s.Serial, serial))
	if s.Document != nil {
		d.truth = freeze(s.Document)
	}
	for path, o := range s.Stale {
		if o.Reads < 0 || o.Reads == 0 && o.Until == "" {
			return fmt.Errorf("stale.%s of %q: reads must be positive", path, s.ID)
		}
		var until time.Time
		if o.Until != "" {
			var err error
			if until, err = time.Parse(time.RFC3339Nano, o.Until); err != nil {
				return fmt.Errorf("stale.%s of %q: until: %w", path, s.ID, err)
			}
		}
		if d.overlay == nil {
			d.overlay = map[string]*stale{}
		}
		d.overlay[path] = &stale{value: normal(o.Value), there: !o.Absent, reads: o.Reads, until: until}
	}
	return nil
}

func (t *operationTable) restore(s OperationState, serial int, own func(Doc) Doc) error {
	o := &Operation{
		ID: s.ID, Kind: s.Kind, State: s.State, Error: own(s.Error), Links: own(s.Links), Data: own(s.Data),
		stuck: s.Stuck, serial: cmp.Or(s.Serial, serial),
	}
	var err error
	if o.Started, err = time.Parse(time.RFC3339Nano, s.Started); err != nil {
		return fmt.Errorf("started: %w", err)
	}
	if o.Ready, err = time.Parse(time.RFC3339Nano, s.Ready); err != nil {
		return fmt.Errorf("ready: %w", err)
	}
	if s.Script != nil {
		if o.script, err = s.Script.script(); err != nil {
			return fmt.Errorf("script: %w", err)
		}
		if len(o.script.Fail) == 0 {
			return errors.New("script: it needs a message in fail")
		}
	}
	key := strings.ToLower(s.ID)
	switch {
	case key == "" || t.byID[key] != nil:
		return fmt.Errorf("the id %q is missing or there twice", s.ID)
	case !slices.Contains([]string{NotStarted, Running, Succeeded, Failed}, s.State):
		return fmt.Errorf("state %q is none of NotStarted, Running, Succeeded, Failed", s.State)
	}
	if o.Links == nil {
		o.Links = Doc{}
	}
	if o.Data == nil {
		o.Data = Doc{}
	}
	t.byID[key] = o
	t.serial = max(t.serial, o.serial)
	if o.Ended() {
		t.ended = append(t.ended, o)
	} else {
		t.open = append(t.open, o)
	}
	return nil
}

// state is where the clock stands.
func (c *Clock) state() ClockState {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.start.IsZero() {
		return ClockState{Advanced: max(0, c.ahead(c.wall.Now().UTC())).String()}
	}
	return ClockState{Now: c.start.Add(c.advanced).Format(time.RFC3339Nano)}
}

// restore sets the clock. A clock that follows the wall clock never stands before what another kind of clock said.
func (c *Clock) restore(s ClockState) error {
	var now time.Time
	var advanced time.Duration
	var err error
	if s.Now != "" {
		if now, err = time.Parse(time.RFC3339Nano, s.Now); err != nil {
			return fmt.Errorf("now: %w", err)
		}
		now = now.UTC()
	}
	if s.Advanced != "" {
		if advanced, err = time.ParseDuration(s.Advanced); err != nil || advanced < 0 {
			return fmt.Errorf("advanced must be a duration such as \"1h30m\", not %q", s.Advanced)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := c.wall.Now().UTC()
	c.since = wall
	switch {
	case c.start.IsZero() && !now.IsZero():
		c.advanced = max(now.Sub(wall), 0)
	case c.start.IsZero():
		c.advanced = advanced
	case !now.IsZero():
		c.start, c.advanced = now, 0
	default:
		c.start, c.advanced = wall.Truncate(time.Millisecond).Add(advanced), 0
	}
	return nil
}

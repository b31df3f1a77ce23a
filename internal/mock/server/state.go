package server

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// StateFormat is the format of states that this package writes. It reads those of earlier versions too.
const StateFormat = "ppmock-state/1"

// State is everything in a platform but its journal, its snapshots and the keys that sign tokens, as data that JSON and
// YAML can say. It is as sorted as the platform is: equal platforms have equal states.
type State struct {
	// Format is StateFormat.
	Format string `json:"format"`
	// Baseline is what Reset returns to.
	Baseline Seed `json:"baseline"`
	// Faults are the faults, with what they have hit.
	Faults []Fault `json:"faults,omitempty"`
	// Tenants are the tenants in the order in which they were added.
	Tenants []TenantState `json:"tenants"`
}

// TenantState is everything in a tenant.
type TenantState struct {
	// Tenant is what a seed says of a tenant, without objects of families: names, applications, users, switches.
	Tenant TenantSeed `json:"tenant"`
	// Clock is where the clock of the tenant stands.
	Clock ClockState `json:"clock"`
	// Lags are the stale reads that later writes bring.
	Lags []Lag `json:"lags,omitempty"`
	// Scripts say how operations end, by their kind.
	Scripts map[string]ScriptState `json:"scripts,omitempty"`
	// Collections are the documents by collection, in the order in which they were added.
	Collections map[string][]DocumentState `json:"collections,omitempty"`
	// Operations are the operations in the order in which they began.
	Operations []OperationState `json:"operations,omitempty"`

	serial int
}

// ClockState is where a clock stands: at a time of its own, or ahead of the wall clock.
type ClockState struct {
	// Now is the time of a clock that does not follow the wall clock, in RFC 3339.
	Now string `json:"now,omitempty"`
	// Advanced is how far the clock is ahead of the wall clock, a duration such as "1h30m".
	Advanced string `json:"advanced,omitempty"`
}

// ScriptState is a Script with what is left of it.
type ScriptState struct {
	// Fail, Code, Times, Stuck and Effect are those of the Script; Duration is a duration such as "1h30m".
	Fail     []string `json:"fail,omitempty"`
	Code     string   `json:"code,omitempty"`
	Times    int      `json:"times"`
	Duration string   `json:"duration,omitempty"`
	Stuck    bool     `json:"stuck,omitempty"`
	Effect   bool     `json:"effect,omitempty"`
	// Used is how many operations it has decided.
	Used int `json:"used,omitempty"`
}

// DocumentState is a document of a collection.
type DocumentState struct {
	// ID is its ID as it was first put.
	ID string `json:"id"`
	// Document is the true document; null when it is deleted and readers still see it.
	Document Doc `json:"document"`
	// Stale is what readers still see, by dotted path, "" being the whole document.
	Stale map[string]StaleState `json:"stale,omitempty"`

	// Serial orders the documents of a collection where their records stand apart.
	Serial int `json:"serial,omitempty"`
}

// StaleState is what readers still see of a field.
type StaleState struct {
	// Value is the old value.
	Value any `json:"value,omitempty"`
	// Absent says that readers do not see the field at all.
	Absent bool `json:"absent,omitempty"`
	// Reads is for how many reads more.
	Reads int `json:"reads"`
	// Until is until when, on the tenant's clock, in RFC 3339.
	Until string `json:"until,omitempty"`
}

// OperationState is a long-running operation.
type OperationState struct {
	// ID, Kind, State, Error, Links and Data are those of the Operation; Started and Ready are its times in RFC 3339.
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	State   string `json:"state"`
	Started string `json:"started"`
	Ready   string `json:"ready"`
	Error   Doc    `json:"error,omitempty"`
	Links   Doc    `json:"links,omitempty"`
	Data    Doc    `json:"data,omitempty"`
	// Stuck makes it run forever.
	Stuck bool `json:"stuck,omitempty"`
	// Script is what decides that it fails.
	Script *ScriptState `json:"script,omitempty"`

	// Serial orders the operations of a tenant where their records stand apart.
	Serial int `json:"serial,omitempty"`
}

// Export returns the state of the platform, each tenant as it is at one moment. What it returns is a copy.
func (p *Platform) Export() (State, error) {
	p.mu.RLock()
	baseline, order := p.baseline, make([]*Tenant, 0, len(p.order))
	for _, id := range p.order {
		order = append(order, p.tenants[id])
	}
	p.mu.RUnlock()
	s := State{Format: StateFormat, Faults: p.Faults(), Tenants: []TenantState{}}
	if err := copyValue(baseline, &s.Baseline); err != nil {
		return State{}, fmt.Errorf("baseline: %w", err)
	}
	if s.Baseline.Tenants == nil {
		s.Baseline.Tenants = []TenantSeed{}
	}
	for _, t := range order {
		s.Tenants = append(s.Tenants, t.export())
	}
	return s, nil
}

// export is the state of a tenant at one moment.
func (t *Tenant) export() TenantState {
	t.work.Lock()
	defer t.work.Unlock()
	s := t.facts()
	s.Clock = t.clock.state()
	t.mu.Lock()
	all := slices.Collect(maps.Values(t.collections))
	t.mu.Unlock()
	s.Collections = map[string][]DocumentState{}
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
func (t *Tenant) facts() TenantState {
	s := TenantState{Tenant: TenantSeed{
		ID: t.ID, DisplayName: t.DisplayName, Location: t.Location, Geography: t.Geography, Country: t.Country,
		Properties: copyDoc(t.Properties), Applications: t.Applications(), Users: t.Users(), Profile: t.profile.Load(),
	}, serial: t.serial}
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Tenant.Domains, s.Tenant.Switches, s.Lags = slices.Clone(t.domains), maps.Clone(t.switches), slices.Clone(t.lags)
	for kind, script := range t.scripts {
		if s.Scripts == nil {
			s.Scripts = map[string]ScriptState{}
		}
		s.Scripts[kind] = script.export()
	}
	return s
}

func (s *Script) export() ScriptState {
	out := ScriptState{Fail: slices.Clone(s.Fail), Code: s.Code, Times: s.Times, Stuck: s.Stuck, Effect: s.Effect, Used: s.used}
	if s.Duration != 0 {
		out.Duration = s.Duration.String()
	}
	return out
}

func (s ScriptState) script() (*Script, error) {
	out := &Script{Fail: slices.Clone(s.Fail), Code: s.Code, Times: s.Times, Stuck: s.Stuck, Effect: s.Effect, used: s.Used}
	if s.Duration == "" {
		return out, nil
	}
	var err error
	out.Duration, err = time.ParseDuration(s.Duration)
	return out, err
}

func (c *Collection) export() []DocumentState {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []DocumentState
	for d := range c.ordered() {
		one := d.export()
		one.Serial = 0
		out = append(out, one)
	}
	return out
}

func (d *document) export() DocumentState {
	s := DocumentState{ID: d.id, Document: d.truth.thaw(), Serial: d.serial}
	for path, o := range d.overlay {
		if s.Stale == nil {
			s.Stale = map[string]StaleState{}
		}
		one := StaleState{Value: normal(o.value), Absent: !o.there, Reads: o.reads}
		if !o.until.IsZero() {
			one.Until = o.until.Format(time.RFC3339Nano)
		}
		s.Stale[path] = one
	}
	return s
}

func (o *Operation) export() OperationState {
	s := OperationState{
		ID: o.ID, Kind: o.Kind, State: o.State, Started: o.Started.Format(time.RFC3339Nano), Ready: o.Ready.Format(time.RFC3339Nano),
		Error: copyDoc(o.Error), Links: copyDoc(o.Links), Data: copyDoc(o.Data), Stuck: o.stuck, Serial: o.serial,
	}
	if o.script != nil {
		s.Script = new(o.script.export())
	}
	return s
}

package state

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Restore makes a new tenant what a state says. own makes a document one's own.
func (t *Tenant) Restore(s store.TenantState, own func(wire.Doc) wire.Doc) error {
	facts := s.Tenant
	t.DisplayName, t.Location, t.Geography, t.Country = facts.DisplayName, facts.Location, facts.Geography, facts.Country
	wire.Merge(t.Properties, wire.Copy(facts.Properties))
	t.domains, t.lags = slices.Clone(facts.Domains), slices.Clone(s.Lags)
	maps.Copy(t.switches, facts.Switches)
	for _, a := range facts.Applications {
		t.Register(a)
	}
	for _, u := range facts.Users {
		t.AddUser(u)
	}
	for kind, one := range s.Scripts {
		var err error
		if t.scripts[kind], err = script(one); err != nil {
			return fmt.Errorf("scripts.%s: %w", kind, err)
		}
	}
	if facts.Profile != nil {
		t.SetProfile(facts.Profile)
	}
	if err := t.clock.Restore(s.Clock); err != nil {
		return fmt.Errorf("clock: %w", err)
	}
	for name, documents := range s.Collections {
		c := t.Collection(name)
		for i, d := range documents {
			if err := c.restore(d, i+1); err != nil {
				return fmt.Errorf("collections.%s[%d]: %w", name, i, err)
			}
		}
	}
	for i, o := range s.Operations {
		if err := t.operations.restore(o, i+1, own); err != nil {
			return fmt.Errorf("operations[%d]: %w", i, err)
		}
	}
	return nil
}

func (c *Collection) restore(s store.DocumentState, serial int) error {
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
		d.overlay[path] = &stale{value: wire.Normal(o.Value), there: !o.Absent, reads: o.Reads, until: until}
	}
	return nil
}

func (t *operationTable) restore(s store.OperationState, serial int, own func(wire.Doc) wire.Doc) error {
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
		if o.script, err = script(*s.Script); err != nil {
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
		o.Links = wire.Doc{}
	}
	if o.Data == nil {
		o.Data = wire.Doc{}
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

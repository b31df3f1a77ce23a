package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Kept is what a store holds.
type Kept struct {
	// Format is the format of the records, "" where there are none.
	Format string
	// Signing is the record of the keys that sign tokens; nil for none.
	Signing []byte
	// Snapshots are the snapshots by name.
	Snapshots map[string][]byte
	// State is the state, brought to the present format.
	State State

	tenants map[string]*TenantState
	tree    map[string]wire.Doc // of tenants, where the format is an earlier one
}

// Found says whether there is a state.
func (l *Kept) Found() bool { return l.Format != "" }

// Earlier says whether the records are to be brought to the present format.
func (l *Kept) Earlier() bool { return l.Format != Format }

// Load reads what a store holds.
func Load(s Store) (*Kept, error) {
	l := &Kept{Snapshots: map[string][]byte{}, tenants: map[string]*TenantState{}, tree: map[string]wire.Doc{}}
	err := s.Load(func(key string, value []byte) error {
		if err := l.record(key, value); err != nil {
			return fmt.Errorf("record %q: %w", strings.ReplaceAll(key, "\x00", "/"), err)
		}
		return nil
	})
	if err != nil || l.Format == "" {
		return l, err
	}
	l.State.Format = Format
	if l.Earlier() {
		return l, l.upgrade()
	}
	for id, t := range l.tenants {
		if t.Serial == 0 {
			return l, fmt.Errorf("the tenant %s has no record of its own", id)
		}
		for _, documents := range t.Collections {
			slices.SortFunc(documents, func(a, b DocumentState) int { return a.Serial - b.Serial })
		}
		slices.SortFunc(t.Operations, func(a, b OperationState) int { return a.Serial - b.Serial })
		l.State.Tenants = append(l.State.Tenants, *t)
	}
	slices.SortFunc(l.State.Tenants, func(a, b TenantState) int { return a.Serial - b.Serial })
	return l, nil
}

// record takes one record; that of the format is the first.
func (l *Kept) record(key string, value []byte) error {
	name, ok := strings.CutPrefix(key, KeySnapshots)
	switch {
	case ok:
		l.Snapshots[name] = slices.Clone(value)
		return nil
	case key == KeyFormat:
		if err := json.Unmarshal(value, &l.Format); err != nil {
			return err
		}
		if l.Earlier() && upgrades[versionOf(l.Format)] == nil {
			return RefuseFormat(l.Format)
		}
		return nil
	case l.Format == "":
		return errors.New("there is no record of the format before it")
	case key == KeySigning:
		l.Signing = slices.Clone(value)
		return nil
	case key == KeyBaseline:
		return json.Unmarshal(value, &l.State.Baseline)
	case key == KeyFaults:
		return json.Unmarshal(value, &l.State.Faults)
	}
	parts := strings.SplitN(key, "\x00", 5)
	if parts[0]+"\x00" != KeyTenants || len(parts) < 3 {
		return errors.New("it is of no known kind")
	}
	if l.Earlier() {
		return l.raw(parts[1], parts[2], parts[3:], value)
	}
	t := l.tenants[parts[1]]
	if t == nil {
		t = &TenantState{Collections: map[string][]DocumentState{}}
		l.tenants[parts[1]] = t
	}
	return t.record(parts[2], parts[3:], value)
}

// record takes one record of a tenant, of a kind and with what is left of its key.
func (s *TenantState) record(kind string, rest []string, value []byte) error {
	switch kind {
	case recordFacts:
		var r Facts
		err := json.Unmarshal(value, &r)
		s.Serial, s.Tenant, s.Lags, s.Scripts = cmp.Or(r.Serial, 1), r.Tenant, r.Lags, r.Scripts
		return err
	case recordClock:
		return json.Unmarshal(value, &s.Clock)
	case recordDocument:
		if len(rest) == 0 {
			return errors.New("it names no collection")
		}
		var d DocumentState
		err := json.Unmarshal(value, &d)
		s.Collections[rest[0]] = append(s.Collections[rest[0]], d)
		return err
	case recordOperation:
		var o OperationState
		err := json.Unmarshal(value, &o)
		s.Operations = append(s.Operations, o)
		return err
	}
	return errors.New("it is of no known kind")
}

// raw puts a record of an earlier format where an export of that format has it.
func (l *Kept) raw(tenant, kind string, rest []string, value []byte) error {
	var v wire.Doc
	if err := json.Unmarshal(value, &v); err != nil {
		return err
	}
	t := l.tree[tenant]
	if t == nil {
		t = wire.Doc{}
		l.tree[tenant] = t
	}
	add := func(d wire.Doc, key string) {
		list, _ := d[key].([]any)
		d[key] = append(list, v)
	}
	switch {
	case kind == recordFacts:
		wire.Merge(t, v)
	case kind == recordClock:
		t["clock"] = v
	case kind == recordOperation:
		add(t, "operations")
	case kind == recordDocument && len(rest) > 0:
		all, ok := t["collections"].(wire.Doc)
		if !ok {
			all = wire.Doc{}
			t["collections"] = all
		}
		add(all, rest[0])
	}
	return nil
}

// upgrade makes a state of the present format from the records of an earlier one.
func (l *Kept) upgrade() error {
	raw, err := l.assemble()
	if err != nil {
		return err
	}
	l.State, err = Parse(raw)
	return err
}

// assemble puts the records of an earlier format together as an export of that format has them.
func (l *Kept) assemble() ([]byte, error) {
	order := func(list any) {
		all, _ := list.([]any)
		serial := func(v any) int {
			d, _ := v.(wire.Doc)
			n, _ := d["serial"].(float64)
			return int(n)
		}
		slices.SortFunc(all, func(a, b any) int { return serial(a) - serial(b) })
	}
	tenants := []any{}
	for _, t := range l.tree {
		order(t["operations"])
		collections, _ := t["collections"].(wire.Doc)
		for _, documents := range collections {
			order(documents)
		}
		tenants = append(tenants, t)
	}
	order(tenants)
	for _, t := range tenants {
		if d, ok := t.(wire.Doc); ok {
			delete(d, "serial")
		}
	}
	return json.Marshal(wire.Doc{"format": l.Format, "baseline": l.State.Baseline, "faults": l.State.Faults, "tenants": tenants})
}

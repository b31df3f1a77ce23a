package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// loader reads the records of a store.
type loader struct {
	format    string
	signing   []byte
	snapshots map[string][]byte
	state     State
	tenants   map[string]*TenantState
	tree      map[string]Doc // of tenants, where the format is an earlier one
}

// earlier says whether the records are to be brought to the present format.
func (l *loader) earlier() bool { return l.format != StateFormat }

// load reads the state that a store holds. Without a format it holds none.
func (p *Platform) load(s Store) (*loader, error) {
	l := &loader{snapshots: map[string][]byte{}, tenants: map[string]*TenantState{}, tree: map[string]Doc{}}
	err := s.Load(func(key string, value []byte) error {
		if err := l.record(key, value); err != nil {
			return fmt.Errorf("record %q: %w", strings.ReplaceAll(key, "\x00", "/"), err)
		}
		return nil
	})
	if err != nil || l.format == "" {
		return l, err
	}
	l.state.Format = StateFormat
	if l.earlier() {
		return l, l.upgrade()
	}
	for id, t := range l.tenants {
		if t.serial == 0 {
			return l, fmt.Errorf("the tenant %s has no record of its own", id)
		}
		for _, documents := range t.Collections {
			slices.SortFunc(documents, func(a, b DocumentState) int { return a.Serial - b.Serial })
		}
		slices.SortFunc(t.Operations, func(a, b OperationState) int { return a.Serial - b.Serial })
		l.state.Tenants = append(l.state.Tenants, *t)
	}
	slices.SortFunc(l.state.Tenants, func(a, b TenantState) int { return a.serial - b.serial })
	return l, nil
}

// record takes one record; that of the format is the first.
func (l *loader) record(key string, value []byte) error {
	name, ok := strings.CutPrefix(key, keySnapshots)
	switch {
	case ok:
		l.snapshots[name] = slices.Clone(value)
		return nil
	case key == keyFormat:
		if err := json.Unmarshal(value, &l.format); err != nil {
			return err
		}
		if l.earlier() && upgrades[versionOf(l.format)] == nil {
			return refuseFormat(l.format)
		}
		return nil
	case l.format == "":
		return errors.New("there is no record of the format before it")
	case key == keySigning:
		l.signing = slices.Clone(value)
		return nil
	case key == keyBaseline:
		return json.Unmarshal(value, &l.state.Baseline)
	case key == keyFaults:
		return json.Unmarshal(value, &l.state.Faults)
	}
	parts := strings.SplitN(key, "\x00", 5)
	if parts[0]+"\x00" != keyTenants || len(parts) < 3 {
		return errors.New("it is of no known kind")
	}
	if l.earlier() {
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
		var r factsRecord
		err := json.Unmarshal(value, &r)
		s.serial, s.Tenant, s.Lags, s.Scripts = cmp.Or(r.Serial, 1), r.Tenant, r.Lags, r.Scripts
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
func (l *loader) raw(tenant, kind string, rest []string, value []byte) error {
	var v Doc
	if err := json.Unmarshal(value, &v); err != nil {
		return err
	}
	t := l.tree[tenant]
	if t == nil {
		t = Doc{}
		l.tree[tenant] = t
	}
	add := func(d Doc, key string) {
		list, _ := d[key].([]any)
		d[key] = append(list, v)
	}
	switch {
	case kind == recordFacts:
		Merge(t, v)
	case kind == recordClock:
		t["clock"] = v
	case kind == recordOperation:
		add(t, "operations")
	case kind == recordDocument && len(rest) > 0:
		all, ok := t["collections"].(Doc)
		if !ok {
			all = Doc{}
			t["collections"] = all
		}
		add(all, rest[0])
	}
	return nil
}

// upgrade makes a state of the present format from the records of an earlier one.
func (l *loader) upgrade() error {
	raw, err := l.assemble()
	if err != nil {
		return err
	}
	l.state, err = ParseState(raw)
	return err
}

// assemble puts the records of an earlier format together as an export of that format has them.
func (l *loader) assemble() ([]byte, error) {
	order := func(list any) {
		all, _ := list.([]any)
		serial := func(v any) int {
			d, _ := v.(Doc)
			n, _ := d["serial"].(float64)
			return int(n)
		}
		slices.SortFunc(all, func(a, b any) int { return serial(a) - serial(b) })
	}
	tenants := []any{}
	for _, t := range l.tree {
		order(t["operations"])
		collections, _ := t["collections"].(Doc)
		for _, documents := range collections {
			order(documents)
		}
		tenants = append(tenants, t)
	}
	order(tenants)
	for _, t := range tenants {
		if d, ok := t.(Doc); ok {
			delete(d, "serial")
		}
	}
	return json.Marshal(Doc{"format": l.format, "baseline": l.state.Baseline, "faults": l.state.Faults, "tenants": tenants})
}

// adopt makes the platform what a store held.
func (p *Platform) adopt(s State) error {
	tenants, err := p.build(s, func(d Doc) Doc { return d })
	if err != nil {
		return err
	}
	faults, err := restoreFaults(s.Faults)
	if err != nil {
		return err
	}
	return p.replace(tenants, s.Baseline, faults)
}

// Attach takes what the store holds for the state of the platform, if it holds any, and keeps the state there from now
// on: what a request changes is stored before the request is answered. It says whether there was a state. Where there was
// none, fresh (which may be nil) fills the platform first. Attach a store before the platform serves, when all families are
// registered. The platform closes the store with Close, also when Attach fails.
func (p *Platform) Attach(s Store, fresh func() error) (bool, error) {
	found, err := p.attach(s, fresh)
	if err != nil {
		p.keeper = nil
		return false, errors.Join(err, s.Close())
	}
	return found, nil
}

func (p *Platform) attach(s Store, fresh func() error) (bool, error) {
	l, err := p.load(s)
	if err != nil {
		return false, err
	}
	found := l.format != ""
	switch {
	case found:
		if err := p.adopt(l.state); err != nil {
			return false, fmt.Errorf("the state does not hold together: %w", err)
		}
	case fresh != nil:
		if err := fresh(); err != nil {
			return false, err
		}
	}
	keys, err := parseSigningKeys(l.signing)
	if err != nil {
		return false, err
	}
	if len(keys) > 0 {
		tokenKeys.use(keys)
	}
	p.saved.restore(l.snapshots)
	p.keeper = &keeper{store: s}
	whole := []Change{{Key: keyTenants, All: true}, change(keyFormat, StateFormat), change(keyBaseline, p.baseline)}
	for _, t := range p.Tenants() {
		t.ledger = p.newLedger()
		if found && !l.earlier() {
			t.ledger.take()
			t.ledger.described = t.described()
			t.ledger.described.properties = copyDoc(t.Properties)
			continue
		}
		whole = append(whole, t.everything()...)
	}
	if !found || l.earlier() {
		var stored commit
		err = stored.write(s, whole).wait()
	}
	return found, errors.Join(err, p.keepPlatform())
}

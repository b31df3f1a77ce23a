package core

import (
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// instance is an object in state.
type instance struct {
	addr, block    string // "type.name[key]" and "type.name"
	mode           mode
	typeName, name string
	key            cty.Value // NilVal without count and for_each
	provider       string

	value    cty.Value
	version  int64 // of the schema
	private  []byte
	identity cty.Value // NilVal without one
	tainted  bool
	deps     []string // blocks, also those that these depend on
	cbd      bool
}

type state struct {
	instances map[string]*instance
	deposed   map[string][]*instance // what a replacement has not destroyed yet
	outputs   map[string]cty.Value
}

func newState() *state {
	return &state{instances: map[string]*instance{}, deposed: map[string][]*instance{}, outputs: map[string]cty.Value{}}
}

func (s *state) clone() *state {
	out := newState()
	for addr, i := range s.instances {
		one := *i
		out.instances[addr] = &one
	}
	for addr, all := range s.deposed {
		out.deposed[addr] = slices.Clone(all)
	}
	out.outputs = clone(s.outputs)
	return out
}

// managed are the addresses of what is managed, sorted.
func (s *state) managed() []string {
	var out []string
	for addr, i := range s.instances {
		if i.mode == managedMode {
			out = append(out, addr)
		}
	}
	slices.Sort(out)
	return out
}

// of are the instances of a block.
func (s *state) of(block string) []*instance {
	var out []*instance
	for _, addr := range slices.Sorted(maps.Keys(s.instances)) {
		if i := s.instances[addr]; i.block == block {
			out = append(out, i)
		}
	}
	return out
}

// forget removes an object that was set aside.
func (s *state) forget(addr string, i *instance) {
	s.deposed[addr] = slices.DeleteFunc(s.deposed[addr], func(other *instance) bool { return other == i })
	if len(s.deposed[addr]) == 0 {
		delete(s.deposed, addr)
	}
}

// move renames what moved blocks say.
func (s *state) move(pairs [][2]string) {
	for _, pair := range pairs {
		for addr, i := range maps.Clone(s.instances) {
			tail, ok := strings.CutPrefix(addr, pair[0])
			if !ok || tail != "" && tail[0] != '[' || s.instances[pair[1]+tail] != nil {
				continue
			}
			delete(s.instances, addr)
			i.addr = pair[1] + tail
			i.block, _, _ = strings.Cut(i.addr, "[")
			i.typeName, i.name, _ = strings.Cut(i.block, ".")
			s.instances[i.addr] = i
		}
	}
}

// aggregate is the value of a block: of one instance, a tuple for count, an object for for_each.
func aggregate(r *resource, all map[string]cty.Value, keys []cty.Value) cty.Value {
	switch {
	case r.count != nil:
		var out []cty.Value
		for _, key := range keys {
			out = append(out, all[r.addr()+suffix(key)])
		}
		return cty.TupleVal(out)
	case r.forEach != nil:
		out := map[string]cty.Value{}
		for _, key := range keys {
			out[key.AsString()] = all[r.addr()+suffix(key)]
		}
		return cty.ObjectVal(out)
	}
	return all[r.addr()]
}

package entity_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// values are the attributes of an object in Go: nil, string, bool, int, []any, values; left out is null.
type values map[string]any

// later is a value that is not known yet.
type later struct{}

func (s *server) value(typ tftypes.Type, v any) tftypes.Value {
	s.t.Helper()
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(typ, nil)
	case later:
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	case int:
		return tftypes.NewValue(typ, int64(v))
	case []any:
		var element tftypes.Type
		switch t := typ.(type) {
		case tftypes.List:
			element = t.ElementType
		case tftypes.Set:
			element = t.ElementType
		}
		all := []tftypes.Value{}
		for _, e := range v {
			all = append(all, s.value(element, e))
		}
		return tftypes.NewValue(typ, all)
	case values:
		out := map[string]tftypes.Value{}
		switch t := typ.(type) {
		case tftypes.Map:
			for name, e := range v {
				out[name] = s.value(t.ElementType, e)
			}
		case tftypes.Object:
			for name := range v {
				if _, has := t.AttributeTypes[name]; !has {
					s.t.Fatalf("%s has no attribute %s", s.name, name)
				}
			}
			for name, e := range t.AttributeTypes {
				out[name] = s.value(e, v[name])
			}
		}
		return tftypes.NewValue(typ, out)
	}
	return tftypes.NewValue(typ, v)
}

func (s *server) dynamic(typ tftypes.Type, v any) *tfprotov6.DynamicValue {
	s.t.Helper()
	d, err := tfprotov6.NewDynamicValue(typ, s.value(typ, v))
	if err != nil {
		s.t.Fatal(err)
	}
	return &d
}

// read is the reverse of dynamic; nil is a null object.
func (s *server) read(d *tfprotov6.DynamicValue, typ tftypes.Type) values {
	s.t.Helper()
	if d == nil {
		return nil
	}
	v, err := d.Unmarshal(typ)
	if err != nil {
		s.t.Fatal(err)
	}
	out, _ := plain(s.t, v).(values)
	return out
}

func plain(t *testing.T, v tftypes.Value) any {
	t.Helper()
	if !v.IsKnown() {
		return later{}
	}
	if v.IsNull() {
		return nil
	}
	as := func(to any) {
		if err := v.As(to); err != nil {
			t.Fatal(err)
		}
	}
	switch typ := v.Type(); {
	case typ.Is(tftypes.String):
		var s string
		as(&s)
		return s
	case typ.Is(tftypes.Bool):
		var b bool
		as(&b)
		return b
	case typ.Is(tftypes.Number):
		var n big.Float
		as(&n)
		i, _ := n.Int64()
		return int(i)
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		var all map[string]tftypes.Value
		as(&all)
		out := values{}
		for name, e := range all {
			if p := plain(t, e); p != nil {
				out[name] = p
			}
		}
		return out
	default:
		var all []tftypes.Value
		as(&all)
		out := []any{}
		for _, e := range all {
			out = append(out, plain(t, e))
		}
		if typ.Is(tftypes.Set{}) {
			slices.SortFunc(out, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
		return out
	}
}

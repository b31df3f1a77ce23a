package seed

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Parse reads a seed from YAML or JSON. An error names the line and the path of what is wrong. The keys of families are
// checked by the platform that the seed is given to, with line and path as well.
func Parse(raw []byte) (Seed, error) {
	list := schema.List("", "", schema.Free("", ""))
	return ParseAs(raw, Shape(schema.Loose(TenantShape(), list.Or(schema.Free("", "")))))
}

// ParseAs is Parse for seeds of one shape, and checks all of it at once.
func ParseAs(raw []byte, shape *schema.Shape) (Seed, error) {
	n, err := schema.Parse(raw)
	if err != nil {
		return Seed{}, err
	}
	if err := checkTenants(shape.Check(n, ""), n); err != nil {
		return Seed{}, err
	}
	return decode(n)
}

// checkTenants adds to a report that no tenant is there twice.
func checkTenants(r *schema.Report, n *schema.Node) error {
	if _, ok := n.Value.(*schema.Map); !ok {
		return r.Err()
	}
	lines := map[string]int{}
	for _, f := range r.Defined {
		if id := strings.ToLower(f.ID); f.Kind == "tenants" {
			if lines[id] > 0 {
				r.Add(f.Line, f.Path, "%q is there already, on line %d", f.ID, lines[id])
			}
			lines[id] = f.Line
		}
	}
	return r.Err()
}

// decode makes a seed of a file that was checked.
func decode(n *schema.Node) (Seed, error) {
	whole, _ := n.Plain().(wire.Doc)
	delete(whole, "$schema")
	raw, err := json.Marshal(whole)
	if err != nil {
		return Seed{}, err
	}
	var s Seed
	if err := json.Unmarshal(raw, &s); err != nil {
		return Seed{}, fmt.Errorf("line %d: %w", n.Line, err)
	}
	root, _ := n.Value.(*schema.Map)
	list := root.Get("tenants")
	if list == nil {
		return s, nil
	}
	lines := n.Lines()
	tenants, _ := list.Value.([]*schema.Node)
	for i, f := range s.Faults {
		if err := f.Check(); err != nil {
			return Seed{}, &schema.Problem{Path: fmt.Sprintf("faults[%d]", i), Line: lines[fmt.Sprintf("faults[%d]", i)], Text: err.Error()}
		}
	}
	for i := range s.Tenants {
		if o := s.Tenants[i].Profile; o != nil {
			if err := o.Check(); err != nil {
				return Seed{}, &schema.Problem{Path: fmt.Sprintf("tenants[%d].profile", i), Line: lines[fmt.Sprintf("tenants[%d].profile", i)], Text: err.Error()}
			}
		}
		s.Tenants[i].Origin = Origin{Node: tenants[i], Path: fmt.Sprintf("tenants[%d]", i), lines: lines}
	}
	return s, nil
}

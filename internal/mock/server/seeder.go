package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/seed"
)

// Seeder registers how the objects under a key of a tenant seed become state, and what they look like: a list, as
// schema.Objects makes it. When several parts fill from one key, the first describes it and the others give nil. Seeders
// run in the order in which they were registered, with the tenant locked, on objects of the right shape. What else is
// wrong with an object they say with At.
func (p *Platform) Seeder(key string, s *schema.Shape, f func(t *Tenant, items []Doc) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s != nil {
		s = s.Named(key, s.About).OrItem()
	}
	p.seeders = append(p.seeders, seeder{key, s, f})
}

// SeedShape describes a seed with the keys of all families.
func (p *Platform) SeedShape() *schema.Shape { return seed.Shape(p.tenantShape()) }

func (p *Platform) tenantShape() *schema.Shape {
	var fields []*schema.Shape
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, one := range p.seeders {
		if one.shape != nil {
			fields = append(fields, one.shape)
		}
	}
	return seed.TenantShape(fields...)
}

// ParseSeed reads a seed from YAML or JSON and checks all of it, the keys of families too. An error names the line and the
// path of what is wrong.
func (p *Platform) ParseSeed(raw []byte) (Seed, error) { return seed.ParseAs(raw, p.SeedShape()) }

// SeedSchema returns the JSON schema (draft 2020-12) of seeds, for editors.
func (p *Platform) SeedSchema() Doc {
	d := p.SeedShape().Schema()
	d["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	d["title"] = "Seed of ppmock"
	return d
}

// check finds out what is wrong with a tenant before anything is changed.
func (p *Platform) check(s TenantSeed) error {
	if s.Origin.Node != nil {
		return p.checkParsed(s)
	}
	if err := s.Check(); err != nil {
		return err
	}
	tenant := p.tenantShape()
	for _, key := range slices.Sorted(maps.Keys(s.Items)) {
		field := tenant.Field(key)
		if field == nil {
			return fmt.Errorf("tenant %s: unknown key %q%s", s.ID, key, schema.Hint(key, tenant.Names()))
		}
		items := make([]any, len(s.Items[key]))
		for i, item := range s.Items[key] {
			items[i] = Copy(item)
		}
		if err := field.CheckLax(schema.Of(items), key).Err(); err != nil {
			return fmt.Errorf("tenant %s: %w", s.ID, err)
		}
	}
	return nil
}

// checkParsed is check for a tenant of a file.
func (p *Platform) checkParsed(s TenantSeed) error {
	r := p.tenantShape().Check(s.Origin.Node, s.Origin.Path)
	there := map[string]int{}
	key := func(f schema.Finding) string { return f.Kind + "\n" + strings.ToLower(f.ID) }
	for _, f := range r.Defined {
		if line, twice := there[key(f)]; twice {
			r.Add(f.Line, f.Path, "%q is there already, on line %d", f.ID, line)
		}
		there[key(f)] = f.Line
	}
	t := p.Tenant(s.ID)
	for _, f := range r.Referred {
		known := there[key(f)] > 0 || strings.Trim(f.ID, "0-") == "" || p.hasInnate(f.Kind, s.ID, f.ID)
		if !known && t != nil {
			_, known = t.Collection(f.Kind).Peek(f.ID)
		}
		if !known {
			var ids []string
			for _, d := range r.Defined {
				if d.Kind == f.Kind {
					ids = append(ids, d.ID)
				}
			}
			what := one(f.Kind)
			if near := schema.Nearest(f.ID, ids); near != "" {
				what += "; did you mean " + near + "?"
			}
			r.Add(f.Line, f.Path, "%q is the ID of no %s", f.ID, what)
		}
	}
	return r.Err()
}

// one is what one object of a kind is called: "billing_policies" are billing policies.
func one(kind string) string {
	name, plural := strings.CutSuffix(kind, "ies")
	if plural {
		name += "y"
	}
	return strings.ReplaceAll(strings.TrimSuffix(name, "s"), "_", " ")
}

// Innate says that every tenant has an object of a kind, of this ID, whether a seed says so or not.
func (p *Platform) Innate(kind string, id func(tenant string) string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.innate[kind] = id
}

func (p *Platform) hasInnate(kind, tenant, id string) bool {
	p.mu.RLock()
	innate := p.innate[kind]
	p.mu.RUnlock()
	return tenant != "" && innate != nil && strings.EqualFold(innate(tenant), id)
}

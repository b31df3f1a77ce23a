package server

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
)

// coreFields are the keys of a tenant seed that belong to no family.
var coreFields = []string{"id", "display_name", "domains", "location", "geography", "country", "properties", "applications", "users", "switches", "profile"}

// seeder is how a key of a tenant seed becomes state.
type seeder struct {
	key   string
	shape *schema.Shape // nil: described by another one
	fill  func(t *Tenant, items []Doc) error
}

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

// At says where in the objects of a seeder an error belongs: "[2]" for the third, "dataverse.domain" for a key. An error
// can be given one position after another, the outer ones last.
func At(path string, err error) error {
	if err == nil {
		return nil
	}
	if inner, ok := errors.AsType[*misplaced](err); ok {
		if !strings.HasPrefix(inner.path, "[") {
			path += "."
		}
		return &misplaced{path + inner.path, inner.err}
	}
	return &misplaced{path, err}
}

// Each calls f for every object and says in which one an error lies.
func Each(items []Doc, f func(item Doc) error) error {
	for i, item := range items {
		if err := f(item); err != nil {
			return At(fmt.Sprintf("[%d]", i), err)
		}
	}
	return nil
}

type misplaced struct {
	path string
	err  error
}

func (m *misplaced) Error() string { return m.path + ": " + m.err.Error() }

func (m *misplaced) Unwrap() error { return m.err }

// origin is where in a file a tenant seed stands; zero for one that a program made.
type origin struct {
	node  *schema.Node
	path  string
	lines map[string]int
}

// blame says where an error of a seeder lies.
func (o origin) blame(tenant, key string, err error) error {
	path := key
	if inner, ok := errors.AsType[*misplaced](err); ok {
		if !strings.HasPrefix(inner.path, "[") {
			path += "."
		}
		path, err = path+inner.path, inner.err
	}
	if o.node == nil {
		return fmt.Errorf("tenant %s: %s: %w", tenant, path, err)
	}
	at := o.path + "." + path
	return fmt.Errorf("line %d: %s: %w", lineOf(o.lines, at), at, err)
}

// lineOf is the line of a path, or of the closest thing around it.
func lineOf(lines map[string]int, path string) int {
	for path != "" {
		if line, ok := lines[path]; ok {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return lines[""]
}

// coreTenant describes the keys of a tenant that belong to no family.
func coreTenant() []*schema.Shape {
	return []*schema.Shape{
		schema.GUID("id", "The tenant's ID; a new one when left out. A tenant that is there already is added to.").Defines("tenants"),
		schema.Text("display_name", `The name of the organisation, "Contoso" when left out.`),
		schema.Texts("domains", "Names that may stand for the ID when signing in; the first one is that of users."),
		schema.Text("location", `The home location, "unitedstates" when left out.`),
		schema.Text("geography", `How data is placed: "location" (default) or "macro_region".`).Enum(GeographyLocation, GeographyMacroRegion),
		schema.Text("country", `The two-letter country code, "US" when left out.`).Matching("a country code of two capital letters", "[A-Z]{2}"),
		schema.Free("properties", "Further properties of the tenant, as families know them."),
		schema.Objects("applications", "App registrations with their service principals; a default one, as an administrator, for a new tenant that names none.",
			schema.GUID("client_id", "The application (client) ID.").Defines("applications").Required(),
			schema.Text("client_secret", "The client secret; without one the application cannot sign in by secret."),
			schema.GUID("object_id", "The object ID of the service principal; derived from client_id when left out."),
			schema.Text("display_name", "The name; client_id when left out."),
			schema.Flag("admin", "Whether the application is registered as an admin management application of the Power Platform."),
			schema.Texts("certificates", "Certificates that the application may sign with, each as PEM or base64 DER."),
			schema.Objects("federated", "Foreign tokens that stand for the application.",
				schema.Text("issuer", "The iss claim.").Required(),
				schema.Text("subject", "The sub claim.").Required(),
				schema.Text("audience", `The aud claim, "api://AzureADTokenExchange" when left out.`)),
			schema.Text("managed_identity", "The kind of managed identity that the application is, if it is one.").Enum("", "system", "user")),
		schema.Objects("users", "People in the directory; an administrator for a new tenant that names none.",
			schema.GUID("id", "The object ID; derived when left out.").Defines("users"),
			schema.Text("user_principal_name", "The name to sign in with.").Matching("a name such as admin@contoso.onmicrosoft.com", `[^@\s]+@[^@\s]+`).Defines("user_principal_names").Required(),
			schema.Text("display_name", "The name to show; the local part of user_principal_name when left out."),
			schema.Text("password", "The password; without one the user cannot sign in with one."),
			schema.Flag("admin", "Whether the user administers the Power Platform."),
			schema.Texts("roles", "Names of directory roles.")),
		schema.Text("profile", "How the tenant behaves in time, if not as the platform does.").Enum(ProfileNames()...).Or(profileShape().Named("", "")),
		schema.Table("switches", "Choices between behaviours of the platform that are not confirmed.", schema.Text("", "")),
	}
}

// SeedShape describes a seed with the keys of all families.
func (p *Platform) SeedShape() *schema.Shape { return seedShape(p.tenantShape()) }

func seedShape(tenant *schema.Shape) *schema.Shape {
	return schema.Object("", "What a mock of the Power Platform is filled with.",
		schema.Text("$schema", "The address of this schema, for editors."),
		schema.List("tenants", "Customers with everything in them.", tenant),
		schema.List("faults", "What goes wrong, in every tenant unless a fault names one.", faultShape()))
}

func (p *Platform) tenantShape() *schema.Shape {
	fields := coreTenant()
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, one := range p.seeders {
		if one.shape != nil {
			fields = append(fields, one.shape)
		}
	}
	return schema.Object("", "", fields...)
}

// SeedSchema returns the JSON schema (draft 2020-12) of seeds, for editors.
func (p *Platform) SeedSchema() Doc {
	d := p.SeedShape().Schema()
	d["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	d["title"] = "Seed of ppmock"
	return d
}

// check finds out what is wrong with a tenant before anything is changed.
func (p *Platform) check(s TenantSeed) error {
	if s.origin.node != nil {
		return p.checkParsed(s)
	}
	if s.ID != "" {
		if _, err := uuid.Parse(s.ID); err != nil {
			return fmt.Errorf("tenant %q: the id is not a GUID", s.ID)
		}
	}
	if s.Geography != "" && s.Geography != GeographyLocation && s.Geography != GeographyMacroRegion {
		return fmt.Errorf("tenant %s: geography must be %q or %q, not %q", s.ID, GeographyLocation, GeographyMacroRegion, s.Geography)
	}
	for _, a := range s.Applications {
		if a.ClientID == "" {
			return fmt.Errorf("tenant %s: an application has no client_id", s.ID)
		}
	}
	for _, u := range s.Users {
		if err := u.check(); err != nil {
			return fmt.Errorf("tenant %s: %w", s.ID, err)
		}
	}
	if s.Profile != nil {
		if err := s.Profile.check(); err != nil {
			return fmt.Errorf("tenant %s: profile: %w", s.ID, err)
		}
	}
	tenant := p.tenantShape()
	for _, key := range slices.Sorted(maps.Keys(s.Items)) {
		field := tenant.Field(key)
		if field == nil {
			return fmt.Errorf("tenant %s: unknown key %q%s", s.ID, key, schema.Hint(key, tenant.Names()))
		}
		items := make([]any, len(s.Items[key]))
		for i, item := range s.Items[key] {
			items[i] = copyDoc(item)
		}
		if err := field.CheckLax(schema.Of(items), key).Err(); err != nil {
			return fmt.Errorf("tenant %s: %w", s.ID, err)
		}
	}
	return nil
}

// checkParsed is check for a tenant of a file.
func (p *Platform) checkParsed(s TenantSeed) error {
	r := p.tenantShape().Check(s.origin.node, s.origin.path)
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
		known := there[key(f)] > 0 || strings.Trim(f.ID, "0-") == "" || s.ID != "" && strings.EqualFold(f.ID, "Default-"+s.ID)
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
			what := strings.ReplaceAll(strings.TrimSuffix(f.Kind, "s"), "_", " ")
			what = strings.Replace(what, "billing policie", "billing policy", 1)
			if near := schema.Nearest(f.ID, ids); near != "" {
				what += "; did you mean " + near + "?"
			}
			r.Add(f.Line, f.Path, "%q is the ID of no %s", f.ID, what)
		}
	}
	return r.Err()
}

package server

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Seed is what a platform is filled with.
type Seed struct {
	// Tenants are added to those that exist; one that exists already is added to.
	Tenants []TenantSeed `json:"tenants"`
	// Faults are injected when the tenants are there, for every tenant unless they name one.
	Faults []Fault `json:"faults,omitempty"`
}

// TenantSeed is what a tenant is filled with.
type TenantSeed struct {
	// ID is the tenant's GUID; a new one when empty.
	ID string `json:"id,omitempty"`
	// DisplayName is the name of the organisation, "Contoso" when empty.
	DisplayName string `json:"display_name,omitempty"`
	// Domains are names that may stand for the ID when signing in.
	Domains []string `json:"domains,omitempty"`
	// Location is the home location, "unitedstates" when empty.
	Location string `json:"location,omitempty"`
	// Geography is the model by which data is placed: GeographyLocation (default) or GeographyMacroRegion.
	Geography string `json:"geography,omitempty"`
	// Country is the two-letter country code, "US" when empty.
	Country string `json:"country,omitempty"`
	// Properties are further properties that a family knows.
	Properties Doc `json:"properties,omitempty"`
	// Applications are the app registrations that may sign in; the default application, as an admin, for a new tenant
	// that names none.
	Applications []Application `json:"applications,omitempty"`
	// Users are the people in the directory; an administrator (DefaultUserName) for a new tenant that names none.
	Users []User `json:"users,omitempty"`
	// Switches choose between unconfirmed behaviours.
	Switches map[string]string `json:"switches,omitempty"`
	// Profile is how the tenant behaves in time, if not as the platform does.
	Profile *Profile `json:"profile,omitempty"`
	// Items are the objects by the key of their family ("environments"); in JSON they stand beside the other keys.
	Items map[string][]Doc `json:"-"`

	origin origin
}

// Application is an app registration with its service principal.
type Application struct {
	// ClientID is the application ID.
	ClientID string `json:"client_id"`
	// ClientSecret is its secret; "" means that it has none.
	ClientSecret string `json:"client_secret,omitempty"`
	// ObjectID is the object ID of the service principal; derived from ClientID when empty.
	ObjectID string `json:"object_id,omitempty"`
	// DisplayName is its name; ClientID when empty.
	DisplayName string `json:"display_name,omitempty"`
	// Admin says that it is registered as an admin management application of the Power Platform.
	Admin bool `json:"admin,omitempty"`
	// Certificates are the certificates it may sign assertions with, each PEM or base64 DER.
	Certificates []string `json:"certificates,omitempty"`
	// Federated are its federated identity credentials.
	Federated []Federation `json:"federated,omitempty"`
	// ManagedIdentity is "system" or "user" for a managed identity, else "".
	ManagedIdentity string `json:"managed_identity,omitempty"`
}

// Federation is a federated identity credential: which foreign token stands for the application.
type Federation struct {
	// Issuer is the iss claim.
	Issuer string `json:"issuer"`
	// Subject is the sub claim.
	Subject string `json:"subject"`
	// Audience is the aud claim, "api://AzureADTokenExchange" when empty.
	Audience string `json:"audience,omitempty"`
}

type tenantSeedFields TenantSeed

// UnmarshalJSON takes every key that is no field as a list of objects, or one object, of a family.
func (s *TenantSeed) UnmarshalJSON(raw []byte) error {
	var fields tenantSeedFields
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	for _, name := range coreFields {
		delete(all, name)
	}
	fields.Items = map[string][]Doc{}
	for name, value := range all {
		var list []Doc
		if err := json.Unmarshal(value, &list); err != nil {
			var one Doc
			if json.Unmarshal(value, &one) != nil || one == nil {
				return fmt.Errorf("tenant %s: %q must be a list of objects", fields.ID, name)
			}
			list = []Doc{one}
		}
		fields.Items[name] = list
	}
	*s = TenantSeed(fields)
	return nil
}

// MarshalJSON is the inverse of UnmarshalJSON.
func (s TenantSeed) MarshalJSON() ([]byte, error) {
	raw, err := json.Marshal(tenantSeedFields(s))
	if err != nil || len(s.Items) == 0 {
		return raw, err
	}
	all := map[string]any{}
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	for name, list := range s.Items {
		all[name] = list
	}
	return json.Marshal(all)
}

// Seed fills the platform. What it can see is wrong, it refuses before anything is changed; an object that its family
// refuses leaves what came before it.
func (p *Platform) Seed(s Seed) error {
	if err := p.checkSeed(s); err != nil {
		return err
	}
	for _, ts := range s.Tenants {
		if _, err := p.fill(ts); err != nil {
			return err
		}
	}
	for _, f := range s.Faults {
		p.Inject(f)
	}
	return nil
}

func (p *Platform) checkSeed(s Seed) error {
	for i := range s.Tenants {
		if err := p.check(s.Tenants[i]); err != nil {
			return err
		}
	}
	for i := range s.Faults {
		if err := s.Faults[i].check(); err != nil {
			return fmt.Errorf("faults[%d]: %w", i, err)
		}
	}
	return nil
}

// AddTenant is Seed for one tenant in a test: it returns the tenant, and panics where Seed would return an error.
func (p *Platform) AddTenant(s TenantSeed) *Tenant {
	err := p.check(s)
	if err == nil {
		var t *Tenant
		if t, err = p.fill(s); err == nil {
			return t
		}
	}
	panic("mock: " + err.Error())
}

// SetBaseline says what Reset returns to.
func (p *Platform) SetBaseline(s Seed) {
	p.mu.Lock()
	p.baseline = s
	p.mu.Unlock()
	_ = p.keepBaseline() // the store has said what is wrong
}

// Reset forgets all tenants, faults and journal entries and fills the platform with the baseline again. Nobody sees what
// is in between. Where the baseline cannot be had, Reset says so and changes nothing.
func (p *Platform) Reset() error {
	p.mu.RLock()
	baseline := p.baseline
	p.mu.RUnlock()
	tenants, err := p.stage(baseline)
	if err != nil {
		return err
	}
	p.ClearJournal("")
	faults := []*Fault{}
	for _, f := range baseline.Faults {
		f.begin(tenants)
		faults = append(faults, &f)
	}
	return p.replace(tenants, baseline, faults)
}

// stage makes the tenants of a seed, which are not part of the platform yet.
func (p *Platform) stage(s Seed) ([]*Tenant, error) {
	if err := p.checkSeed(s); err != nil {
		return nil, err
	}
	var out []*Tenant
	for _, ts := range s.Tenants {
		id := tenantID(ts)
		i := slices.IndexFunc(out, func(t *Tenant) bool { return t.ID == id })
		fresh := i < 0
		if fresh {
			i = len(out)
			out = append(out, p.newTenant(id, i+1))
		}
		if err := p.fillTenant(out[i], fresh, ts); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tenantID is the ID of the tenant that a seed fills.
func tenantID(s TenantSeed) string {
	if s.ID == "" {
		return uuid.NewString()
	}
	return strings.ToLower(s.ID)
}

func (p *Platform) fill(s TenantSeed) (*Tenant, error) {
	t, fresh := p.ensure(tenantID(s))
	return t, p.fillTenant(t, fresh, s)
}

// fillTenant fills a tenant, which is fresh or has been filled before.
func (p *Platform) fillTenant(t *Tenant, fresh bool, s TenantSeed) error {
	if fresh && len(s.Applications) == 0 {
		s.Applications = []Application{{ClientID: DefaultClientID, ClientSecret: DefaultClientSecret, DisplayName: "Terraform", Admin: true}}
	}
	if s.Profile != nil {
		t.SetProfile(s.Profile)
	}
	t.Do(func() { t.describe(s) })
	for _, a := range s.Applications {
		t.Register(a)
	}
	if fresh && len(s.Users) == 0 {
		s.Users = []User{t.defaultUser()}
	}
	for _, u := range s.Users {
		t.AddUser(u)
	}
	for name, value := range s.Switches {
		t.SetSwitch(name, value)
	}
	p.mu.RLock()
	seeders := slices.Clone(p.seeders)
	p.mu.RUnlock()
	var err error
	t.Do(func() {
		t.filling.Store(true)
		defer t.filling.Store(false)
		for _, one := range seeders {
			if one.fill == nil {
				continue
			}
			items, ok := s.Items[one.key]
			if !ok {
				continue
			}
			copies := make([]Doc, len(items))
			for i, item := range items {
				copies[i] = copyDoc(item)
			}
			if err = one.fill(t, copies); err != nil {
				err = s.origin.blame(t.ID, one.key, err)
				return
			}
		}
	})
	return err
}

// ensure returns the tenant of that ID and whether it had to be made.
func (p *Platform) ensure(id string) (*Tenant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.tenants[id]; t != nil {
		return t, false
	}
	p.lastTenant++
	t := p.newTenant(id, p.lastTenant)
	t.ledger = p.newLedger()
	p.tenants[id] = t
	p.order = append(p.order, id)
	return t, true
}

// describe takes over what the seed says and fills in defaults where nothing was said before.
func (t *Tenant) describe(s TenantSeed) {
	pick := func(field *string, said, fallback string) { *field = cmp.Or(said, *field, fallback) }
	pick(&t.DisplayName, s.DisplayName, "Contoso")
	pick(&t.Location, s.Location, "unitedstates")
	pick(&t.Geography, s.Geography, GeographyLocation)
	pick(&t.Country, s.Country, "US")
	Merge(t.Properties, copyDoc(s.Properties))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.domains = append(t.domains, s.Domains...)
	t.ledger.fact()
}

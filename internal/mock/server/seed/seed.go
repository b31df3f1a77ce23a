// Package seed is what a platform is filled with, as programs and files say it.
package seed

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Seed is what a platform is filled with.
type Seed struct {
	// Tenants are added to those that exist; one that exists already is added to.
	Tenants []Tenant `json:"tenants"`
	// Faults are injected when the tenants are there, for every tenant unless they name one.
	Faults []fault.Fault `json:"faults,omitempty"`
}

// Tenant is what a tenant is filled with.
type Tenant struct {
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
	Properties wire.Doc `json:"properties,omitempty"`
	// Applications are the app registrations that may sign in; the default application, as an admin, for a new tenant
	// that names none.
	Applications []identity.Application `json:"applications,omitempty"`
	// Users are the people in the directory; an administrator (DefaultUserName) for a new tenant that names none.
	Users []identity.User `json:"users,omitempty"`
	// Switches choose between unconfirmed behaviours.
	Switches map[string]string `json:"switches,omitempty"`
	// Profile is how the tenant behaves in time, if not as the platform does.
	Profile *profile.Profile `json:"profile,omitempty"`
	// Items are the objects by the key of their family ("environments"); in JSON they stand beside the other keys.
	Items map[string][]wire.Doc `json:"-"`

	// Origin is where in a file the seed stands; zero for one that a program made.
	Origin Origin `json:"-"`
}

// coreFields are the keys of a tenant that belong to no family.
var coreFields = []string{"id", "display_name", "domains", "location", "geography", "country", "properties", "applications", "users", "switches", "profile"}

type tenantFields Tenant

// UnmarshalJSON takes every key that is no field as a list of objects, or one object, of a family.
func (s *Tenant) UnmarshalJSON(raw []byte) error {
	var fields tenantFields
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
	fields.Items = map[string][]wire.Doc{}
	for name, value := range all {
		var list []wire.Doc
		if err := json.Unmarshal(value, &list); err != nil {
			var one wire.Doc
			if json.Unmarshal(value, &one) != nil || one == nil {
				return fmt.Errorf("tenant %s: %q must be a list of objects", fields.ID, name)
			}
			list = []wire.Doc{one}
		}
		fields.Items[name] = list
	}
	*s = Tenant(fields)
	return nil
}

// MarshalJSON is the inverse of UnmarshalJSON.
func (s Tenant) MarshalJSON() ([]byte, error) {
	raw, err := json.Marshal(tenantFields(s))
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

// The models by which a tenant places its data.
const (
	// GeographyLocation is the model in which an environment names one location.
	GeographyLocation = "location"
	// GeographyMacroRegion is the model in which an environment names a macro region.
	GeographyMacroRegion = "macro_region"
)

// Check says what is wrong with a tenant that a program made, but for the objects of families.
func (s Tenant) Check() error {
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
		if err := u.Check(); err != nil {
			return fmt.Errorf("tenant %s: %w", s.ID, err)
		}
	}
	if s.Profile != nil {
		if err := s.Profile.Check(); err != nil {
			return fmt.Errorf("tenant %s: profile: %w", s.ID, err)
		}
	}
	return nil
}

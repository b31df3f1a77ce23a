// Package store keeps the state of a platform: as records beyond the end of the process, and as text that people read.
package store

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/clock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/seed"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Format is the format of states that this package writes. It reads those of earlier versions too.
const Format = "ppmock-state/1"

// State is everything in a platform but its journal, its snapshots and the keys that sign tokens, as data that JSON and
// YAML can say. It is as sorted as the platform is: equal platforms have equal states.
type State struct {
	// Format is that constant.
	Format string `json:"format"`
	// Baseline is what Reset returns to.
	Baseline seed.Seed `json:"baseline"`
	// Faults are the faults, with what they have hit.
	Faults []fault.Fault `json:"faults,omitempty"`
	// Tenants are the tenants in the order in which they were added.
	Tenants []TenantState `json:"tenants"`
}

// TenantState is everything in a tenant.
type TenantState struct {
	// Tenant is what a seed says of a tenant, without objects of families: names, applications, users, switches.
	Tenant seed.Tenant `json:"tenant"`
	// Clock is where the clock of the tenant stands.
	Clock clock.State `json:"clock"`
	// Lags are the stale reads that later writes bring.
	Lags []profile.Lag `json:"lags,omitempty"`
	// Scripts say how operations end, by their kind.
	Scripts map[string]ScriptState `json:"scripts,omitempty"`
	// Collections are the documents by collection, in the order in which they were added.
	Collections map[string][]DocumentState `json:"collections,omitempty"`
	// Operations are the operations in the order in which they began.
	Operations []OperationState `json:"operations,omitempty"`

	// Serial orders the tenants where their records stand apart.
	Serial int `json:"-"`
}

// ScriptState is a Script with what is left of it.
type ScriptState struct {
	// Fail, Code, Times, Stuck and Effect are those of the Script; Duration is a duration such as "1h30m".
	Fail     []string `json:"fail,omitempty"`
	Code     string   `json:"code,omitempty"`
	Times    int      `json:"times"`
	Duration string   `json:"duration,omitempty"`
	Stuck    bool     `json:"stuck,omitempty"`
	Effect   bool     `json:"effect,omitempty"`
	// Used is how many operations it has decided.
	Used int `json:"used,omitempty"`
}

// DocumentState is a document of a collection.
type DocumentState struct {
	// ID is its ID as it was first put.
	ID string `json:"id"`
	// Document is the true document; null when it is deleted and readers still see it.
	Document wire.Doc `json:"document"`
	// Stale is what readers still see, by dotted path, "" being the whole document.
	Stale map[string]StaleState `json:"stale,omitempty"`

	// Serial orders the documents of a collection where their records stand apart.
	Serial int `json:"serial,omitempty"`
}

// StaleState is what readers still see of a field.
type StaleState struct {
	// Value is the old value.
	Value any `json:"value,omitempty"`
	// Absent says that readers do not see the field at all.
	Absent bool `json:"absent,omitempty"`
	// Reads is for how many reads more.
	Reads int `json:"reads"`
	// Until is until when, on the tenant's clock, in RFC 3339.
	Until string `json:"until,omitempty"`
}

// OperationState is a long-running operation.
type OperationState struct {
	// ID, Kind, State, Error, Links and Data are those of the Operation; Started and Ready are its times in RFC 3339.
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	State   string   `json:"state"`
	Started string   `json:"started"`
	Ready   string   `json:"ready"`
	Error   wire.Doc `json:"error,omitempty"`
	Links   wire.Doc `json:"links,omitempty"`
	Data    wire.Doc `json:"data,omitempty"`
	// Stuck makes it run forever.
	Stuck bool `json:"stuck,omitempty"`
	// Script is what decides that it fails.
	Script *ScriptState `json:"script,omitempty"`

	// Serial orders the operations of a tenant where their records stand apart.
	Serial int `json:"serial,omitempty"`
}

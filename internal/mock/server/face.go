package server

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/clock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/journal"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/seed"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/state"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// What families need of the rooms of the machine, under one roof.
type (
	// Doc is one JSON object exactly as it goes over the wire.
	Doc = wire.Doc
	// Reply is what a handler answers.
	Reply = wire.Reply
	// List is the body {"value": […]}, encoded item by item.
	List = wire.List
	// Span is a length of time that files write as "90s" or "1h30m".
	Span = clock.Span
	// Wall is the clock on the wall, which tests replace.
	Wall = clock.Wall
	// Entry is one request in the journal.
	Entry = journal.Entry
	// Application is an app registration with its service principal.
	Application = identity.Application
	// Federation is a federated identity credential: which foreign token stands for the application.
	Federation = identity.Federation
	// User is a person in the directory of a tenant.
	User = identity.User
	// Grant is what an access token is made from.
	Grant = identity.Grant
	// Profile says how much like the platform the mock behaves in time.
	Profile = profile.Profile
	// Lag makes readers see the past.
	Lag = profile.Lag
	// Fault makes matching requests go wrong.
	Fault = fault.Fault
	// Seed is what a platform is filled with.
	Seed = seed.Seed
	// TenantSeed is what a tenant is filled with.
	TenantSeed = seed.Tenant
	// State is everything in a platform but its journal, its snapshots and the keys that sign tokens.
	State = store.State
	// Store keeps the state of a platform, as records by key, beyond the end of the process.
	Store = store.Store
	// Change is what happens to a record.
	Change = store.Change
	// Collection holds the documents of one kind in a tenant.
	Collection = state.Collection
	// Operation is a long-running operation of a tenant.
	Operation = state.Operation
	// Script decides how operations of a kind end.
	Script = state.Script
)

// The states of an operation, spelled as the platform spells them.
const (
	NotStarted = state.NotStarted
	Running    = state.Running
	Succeeded  = state.Succeeded
	Failed     = state.Failed
)

// The models by which a tenant places its data.
const (
	GeographyLocation    = seed.GeographyLocation
	GeographyMacroRegion = seed.GeographyMacroRegion
)

// JSON is a reply with a JSON body.
func JSON(status int, body any) Reply { return wire.JSON(status, body) }

// Empty is a reply without a body.
func Empty(status int) Reply { return wire.Empty(status) }

// Fail is a refusal in the form that most APIs of the platform use: {"error":{"code","message"}}.
func Fail(status int, code, message string) Reply { return wire.Fail(status, code, message) }

// Lookup returns the value at a dotted path ("properties.displayName") of a document.
func Lookup(d Doc, path string) (any, bool) { return wire.Lookup(d, path) }

// Text returns the string at a dotted path, "" when there is none.
func Text(d Doc, path string) string { return wire.Text(d, path) }

// Assign sets the value at a dotted path, making the objects on the way.
func Assign(d Doc, path string, value any) { wire.Assign(d, path, value) }

// Unset removes the value at a dotted path, if there is one.
func Unset(d Doc, path string) { wire.Unset(d, path) }

// Merge writes patch over d: objects are merged, everything else is replaced, null included.
func Merge(d, patch Doc) { wire.Merge(d, patch) }

// Prune returns a copy of an object without the members that are null, at any depth of objects.
func Prune(d Doc) Doc { return wire.Prune(d) }

// Copy returns a deep copy in the form in which encoding/json decodes.
func Copy(d Doc) Doc { return wire.Copy(d) }

// Glob says whether text matches pattern, in which * stands for any characters.
func Glob(pattern, text string) bool { return route.Glob(pattern, text) }

// ObjectID derives the object ID of a service principal from its client ID, for applications that name none.
func ObjectID(clientID string) string { return identity.ObjectID(clientID) }

// At says where in the objects of a seeder an error belongs: "[2]" for the third, "inner.name" for a key.
func At(path string, err error) error { return seed.At(path, err) }

// Each calls f for every object of a seeder and says in which one an error lies.
func Each(items []Doc, f func(item Doc) error) error { return seed.Each(items, f) }

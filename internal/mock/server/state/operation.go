package state

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// The states of an operation, spelled as the platform spells them.
const (
	NotStarted = "NotStarted"
	Running    = "Running"
	Succeeded  = "Succeeded"
	Failed     = "Failed"
)

// Operation is a long-running operation of a tenant. Use it with the tenant locked.
type Operation struct {
	// ID is a new GUID.
	ID string
	// Kind is what the family calls it, for example "environment.create"; scripts choose operations by it.
	Kind string
	// Started and Ready are times of the tenant's clock.
	Started, Ready time.Time
	// State is NotStarted, Running, Succeeded or Failed.
	State string
	// Error is {"code","message"} of a failed operation, else nil.
	Error wire.Doc
	// Links and Data belong to the family that began the operation. They hold what JSON can say and nothing else, so that
	// an operation can be kept in a file and go on after a restart.
	Links, Data wire.Doc

	script *Script
	stuck  bool
	serial int
	kept   [sha256.Size]byte // of the record in the store
}

// Fail makes the operation end Failed. An effect may call it.
func (o *Operation) Fail(code, message string) {
	o.State, o.Error = Failed, wire.Doc{"code": code, "message": message}
}

// Ended says whether the operation has succeeded or failed.
func (o *Operation) Ended() bool { return o.State == Succeeded || o.State == Failed }

// Script decides how operations of a kind end.
type Script struct {
	// Fail are the messages with which successive operations fail; the last one repeats. Without any they succeed.
	Fail []string
	// Code is the error code of the failures, "OperationFailed" when empty.
	Code string
	// Times is how many operations the script is for: 0 is one per message (at least one), -1 is all.
	Times int
	// Duration replaces the duration of the operation when it is not 0.
	Duration time.Duration
	// Stuck makes the operation run forever.
	Stuck bool
	// Effect makes a failing operation do its work all the same.
	Effect bool

	used int
}

type operationTable struct {
	byID   map[string]*Operation
	open   []*Operation
	ended  []*Operation // the one that ended first is the first
	serial int
}

// mostEnded is how many operations of a tenant are remembered after their end. The platform forgets them too, if later.
const mostEnded = 5_000

// Script makes the next operations of a kind follow s, in place of an earlier script for that kind.
func (t *Tenant) Script(kind string, s Script) {
	s.Fail = slices.Clone(s.Fail)
	if s.Times == 0 {
		s.Times = max(1, len(s.Fail))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.scripts[kind] = &s
	t.ledger.fact()
}

// next takes one use of the script for a kind.
func (t *Tenant) next(kind string) (Script, string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.scripts[kind]
	if s == nil || (s.Times >= 0 && s.used >= s.Times) {
		return Script{}, "", false
	}
	message := ""
	if len(s.Fail) > 0 {
		message = s.Fail[min(s.used, len(s.Fail)-1)]
	}
	s.used++
	t.ledger.fact()
	return *s, message, true
}

// Begin starts an operation that ends when the tenant's clock passes d from now. Then it has the effect that is registered
// for its kind (Platform.Effect), for which data is copied into Data.
func (t *Tenant) Begin(kind string, d time.Duration, data wire.Doc) *Operation {
	now := t.clock.Now()
	d = t.Profile().Takes(kind, d)
	o := &Operation{ID: uuid.NewString(), Kind: kind, Started: now, State: NotStarted, Links: wire.Doc{}, Data: wire.Copy(data)}
	if o.Data == nil {
		o.Data = wire.Doc{}
	}
	if s, message, ok := t.next(kind); ok {
		if s.Duration != 0 {
			d = s.Duration
		}
		o.stuck = s.Stuck
		if message != "" {
			s.Fail = []string{message}
			o.script = &s
		}
	}
	o.Ready = now.Add(d)
	t.operations.serial++
	o.serial = t.operations.serial
	t.operations.byID[o.ID] = o
	t.operations.open = append(t.operations.open, o)
	t.ledger.operation(o)
	return o
}

// Operation returns an operation by its ID.
func (t *Tenant) Operation(id string) (*Operation, bool) {
	o, ok := t.operations.byID[strings.ToLower(id)]
	if ok {
		t.ledger.operation(o) // the caller may change what belongs to it
	}
	return o, ok
}

// Operations returns all operations in the order in which they began.
func (t *Tenant) Operations() []*Operation {
	var out []*Operation
	for _, o := range t.operations.byID {
		out = append(out, o)
		t.ledger.operation(o)
	}
	slices.SortFunc(out, func(a, b *Operation) int { return a.serial - b.serial })
	return out
}

// settle ends the operations that are due, the earliest first.
func (t *Tenant) settle() {
	for {
		var due *Operation
		now := t.clock.Now()
		for _, o := range t.operations.open {
			if o.State != Running {
				o.State = Running
				t.ledger.operation(o)
			}
			if !o.stuck && !o.Ready.After(now) && (due == nil || o.Ready.Before(due.Ready)) {
				due = o
			}
		}
		if due == nil {
			return
		}
		t.operations.open = slices.DeleteFunc(t.operations.open, func(o *Operation) bool { return o == due })
		t.end(due)
	}
}

// forget makes room for an operation among those that have ended.
func (t *Tenant) forget(o *Operation) {
	t.operations.ended = append(t.operations.ended, o)
	if len(t.operations.ended) <= mostEnded {
		return
	}
	oldest := t.operations.ended[0]
	t.operations.ended = t.operations.ended[1:]
	delete(t.operations.byID, strings.ToLower(oldest.ID))
	t.ledger.operation(oldest)
}

func (t *Tenant) end(o *Operation) {
	o.State = Succeeded
	t.ledger.operation(o)
	t.forget(o)
	if o.script == nil || o.script.Effect {
		t.around.Effect(o)
	}
	if o.script == nil {
		return
	}
	code := o.script.Code
	if code == "" {
		code = "OperationFailed"
	}
	o.Fail(code, o.script.Fail[0])
}

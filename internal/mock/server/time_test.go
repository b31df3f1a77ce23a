package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestPollingMovesTheVirtualClockUntilTheOperationEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	before := tenant.Clock().Now()
	a := tenant.Send("POST", "/things/a", server.Doc{"name": "x"})
	a.Want(202)
	if a.Header.Get("Retry-After") != "" || a.Header.Get("Retry-After-Ms") != "1" {
		t.Errorf("headers: %v", a.Header)
	}
	var states []string
	for range 3 {
		states = append(states, tenant.Send("GET", a.Header.Get("Location"), nil).Text("state"))
	}
	if got := strings.Join(states, " "); got != "Running Running Succeeded" {
		t.Errorf("states: %s", got)
	}
	last := tenant.Send("GET", "/things/a", nil)
	last.Want(200).Has(server.Doc{"name": "x"})
	if last.Header.Get("X-Ms-Retry-After-Ms") != "1" || last.Header.Get("Retry-After-Ms") != "" {
		t.Errorf("an answer that asks for no wait: %v", last.Header)
	}
	if moved := tenant.Clock().Now().Sub(before); moved < 81*time.Second || moved > 82*time.Second {
		t.Errorf("the clock moved by %v", moved)
	}
	if got := tenant.Requests()[0].RetryAfter; got != 20*time.Second {
		t.Errorf("journal says %v", got)
	}
}

func TestRealLatencyLeavesHeadersAndTimeAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{Latency: server.Real})
	tenant := f.tenant(server.TenantSeed{})
	a := tenant.Send("POST", "/things/a", server.Doc{})
	if a.Header.Get("Retry-After") != "20" || a.Header.Get("Retry-After-Ms") != "" {
		t.Errorf("headers: %v", a.Header)
	}
	if off := time.Until(tenant.Clock().Now()).Abs(); off > time.Minute/2 {
		t.Errorf("the clock is off by %v", off)
	}
	tenant.Send("GET", "/things/a", nil).Want(404, "ThingNotFound")
	tenant.Clock().Advance(time.Minute)
	tenant.Send("GET", "/things/a", nil).Want(200)
}

func TestOperationsEndInOrderAndMayBeginOthers(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	tenant := p.AddTenant(server.TenantSeed{})
	var order []string
	var third *server.Operation
	p.Effect("late", func(_ *server.Tenant, o *server.Operation) { order = append(order, server.Text(o.Data, "says")) })
	p.Effect("early", func(t *server.Tenant, o *server.Operation) {
		order = append(order, server.Text(o.Data, "says"))
		third = t.Begin("after", time.Hour, nil)
	})
	tenant.Do(func() {
		tenant.Begin("late", 2*time.Minute, server.Doc{"says": "late"})
		tenant.Begin("early", time.Minute, server.Doc{"says": "early"})
	})
	tenant.Clock().Advance(3 * time.Minute)
	tenant.Do(func() {
		if got := strings.Join(order, " "); got != "early late" {
			t.Errorf("order: %s", got)
		}
		if third == nil || third.Ended() {
			t.Errorf("third: %+v", third)
		}
		if got, ok := tenant.Operation(strings.ToUpper(third.ID)); !ok || got != third || len(tenant.Operations()) != 3 {
			t.Error("the operation is not found")
		}
	})
}

func TestScriptsDecideHowOperationsEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script server.Script
		states string // of three operations of a minute after two minutes
		works  int
	}{
		"one failure":            {server.Script{Fail: []string{"no capacity"}}, "Failed Succeeded Succeeded", 2},
		"a message each":         {server.Script{Fail: []string{"a", "b"}}, "Failed Failed Succeeded", 1},
		"always":                 {server.Script{Fail: []string{"a"}, Times: -1}, "Failed Failed Failed", 0},
		"fails after the effect": {server.Script{Fail: []string{"a"}, Effect: true}, "Failed Succeeded Succeeded", 3},
		"slow":                   {server.Script{Duration: time.Hour, Times: 2}, "Running Running Succeeded", 1},
		"stuck":                  {server.Script{Stuck: true}, "Running Succeeded Succeeded", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := server.New(server.Options{})
			tenant := p.AddTenant(server.TenantSeed{})
			tenant.Script("kind", c.script)
			works := 0
			p.Effect("kind", func(*server.Tenant, *server.Operation) { works++ })
			var ops []*server.Operation
			tenant.Do(func() {
				for range 3 {
					ops = append(ops, tenant.Begin("kind", time.Minute, nil))
				}
				if ops[0].State != server.NotStarted {
					t.Errorf("begins as %s", ops[0].State)
				}
			})
			tenant.Clock().Advance(2 * time.Minute)
			tenant.Do(func() {
				var states []string
				for _, o := range ops {
					states = append(states, o.State)
				}
				if got := strings.Join(states, " "); got != c.states || works != c.works {
					t.Errorf("%s with %d effects, want %s with %d", got, works, c.states, c.works)
				}
				if ops[0].State == server.Failed && (server.Text(ops[0].Error, "message") != c.script.Fail[0] || server.Text(ops[0].Error, "code") != "OperationFailed") {
					t.Errorf("error: %v", ops[0].Error)
				}
			})
		})
	}
}

func TestAnOperationMayFailItself(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	p.Effect("kind", func(_ *server.Tenant, o *server.Operation) { o.Fail("Conflict", "taken") })
	tenant := p.AddTenant(server.TenantSeed{})
	var op *server.Operation
	tenant.Do(func() { op = tenant.Begin("kind", time.Second, nil) })
	tenant.Clock().Advance(time.Second)
	tenant.Do(func() {
		if op.State != server.Failed || server.Text(op.Error, "code") != "Conflict" {
			t.Errorf("operation: %+v", op)
		}
	})
}

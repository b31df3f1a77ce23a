package server_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/preset" // has the profiles with a name
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
)

// stillWall is a clock on the wall that moves when somebody waits.
type stillWall struct {
	mu     sync.Mutex
	now    time.Time
	waited time.Duration
}

func newWall() *stillWall { return &stillWall{now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)} }

func (w *stillWall) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *stillWall) Wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now, w.waited = w.now.Add(d), w.waited+d
	return ctx.Err()
}

func paced(t *testing.T, text string) server.Profile {
	t.Helper()
	o, err := profile.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestTimePassesFasterThanOnTheWall(t *testing.T) {
	t.Parallel()
	wall := newWall()
	f := newFixture(t, server.Options{Wall: wall, Profile: paced(t, "time: wall\nspeed: 60\noperations: [{kind: thing.*, takes: 10m}]")})
	tenant := f.tenant(server.TenantSeed{})
	began := tenant.Clock().Now()
	a := tenant.Send("POST", "/things/a", server.Doc{})
	if a.Status != 202 {
		t.Fatal(a.Raw)
	}
	// The operation asks for twenty seconds, which is a third of a second here.
	a = tenant.Send("GET", a.Header.Get("Location"), nil)
	if a.Header.Get("Retry-After") != "1" || a.Header.Get("Retry-After-Ms") != "334" || a.Text("state") == "Succeeded" {
		t.Error(a.Header, a.Raw)
	}
	if entries := tenant.Requests(); entries[len(entries)-1].RetryAfter != 20*time.Second {
		t.Error("the journal says", entries[len(entries)-1].RetryAfter)
	}
	if err := wall.Wait(t.Context(), 9*time.Second); err != nil {
		t.Fatal(err)
	}
	if d := tenant.Clock().Now().Sub(began); d != 9*time.Minute {
		t.Error("the tenant's clock moved by", d)
	}
	if tenant.Send("GET", "/things/a", nil).Status != 404 {
		t.Error("the operation ended early")
	}
	if err := wall.Wait(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	if tenant.Send("GET", "/things/a", nil).Status != 200 {
		t.Error("the operation did not end")
	}
}

func TestAnswersTakeTheirTime(t *testing.T) {
	t.Parallel()
	wall := newWall()
	f := newFixture(t, server.Options{Wall: wall, Profile: paced(t, "time: wall\nspeed: 2\nanswers: [{operation: things.list, takes: 1s}, {takes: 2s, up_to: 4s}]")})
	tenant := f.tenant(server.TenantSeed{})
	tenant.Send("GET", "/things", nil)
	if wall.waited != 500*time.Millisecond {
		t.Error(wall.waited)
	}
	tenant.Send("GET", "/things/a", nil)
	if d := wall.waited - 500*time.Millisecond; d < time.Second || d > 2*time.Second {
		t.Error(d)
	}
	virtual := newFixture(t, server.Options{Profile: paced(t, "answers: [{takes: 1h}]")})
	tenant = virtual.tenant(server.TenantSeed{})
	before := tenant.Clock().Now()
	tenant.Send("GET", "/things", nil)
	if d := tenant.Clock().Now().Sub(before); d < time.Hour {
		t.Error("virtual time moved by", d)
	}
}

func TestWritesTakeAWhileToBeSeen(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{Profile: paced(t, "lags: [{collection: things, field: name, for: 1m}]")})
	tenant := f.tenant(server.TenantSeed{Items: map[string][]server.Doc{"things": {{"id": "a", "name": "old"}}}})
	things := tenant.Collection("things")
	read := func() any { d, _ := things.Get("a"); return d["name"] }
	if read() != "old" {
		t.Error("what was seeded is seen by all")
	}
	things.Put("a", server.Doc{"id": "a", "name": "new"})
	for range 100 {
		if read() != "old" {
			t.Fatal("seen early")
		}
	}
	tenant.Clock().Advance(time.Minute)
	if read() != "new" {
		t.Error("never seen")
	}
}

func TestLimitsRefuseWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	wall := newWall()
	limits := `
time: wall
limits:
  - {name: window, path: "/things/*", per: [caller], requests: 3, window: 1m, code: "0x1", message: Enough., remaining: X-Left}
  - {name: bucket, path: /things, requests: 2, refill: 0.5}
  - {name: time, path: "/things/*", execution: 90s, window: 5m, remaining: X-Seconds}
`
	f := newFixture(t, server.Options{Wall: wall, Profile: paced(t, limits)})
	tenant, other := f.tenant(server.TenantSeed{}), f.tenant(server.TenantSeed{})
	for i, left := range []string{"2", "1", "0"} {
		a := tenant.Send("GET", "/things/a", nil)
		if a.Status != 404 || a.Header.Get("X-Left") != left || a.Header.Get("X-Seconds") != "90.00" {
			t.Errorf("request %d: %d %v", i, a.Status, a.Header)
		}
	}
	for range 3 {
		a := tenant.Send("GET", "/things/a", nil)
		if a.Status != 429 || a.Header.Get("Retry-After") != "60" || a.Text("error.code") != "0x1" || a.Text("error.message") != "Enough." || a.Header.Get("X-Left") != "0" {
			t.Errorf("%d %v %s", a.Status, a.Header, a.Raw)
		}
	}
	if a := other.Send("GET", "/things/a", nil); a.Status != 404 {
		t.Error("a tenant pays for another", a.Status)
	}
	if err := wall.Wait(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if a := tenant.Send("GET", "/things/a", nil); a.Status != 404 || a.Header.Get("X-Left") != "2" {
		t.Error("the window never moves on", a.Status)
	}
	for i, want := range []int{200, 200, 429} {
		if a := tenant.Send("GET", "/things", nil); a.Status != want || want == 429 && a.Header.Get("Retry-After") != "2" {
			t.Errorf("bucket, request %d: %d %v", i, a.Status, a.Header)
		}
	}
	if err := wall.Wait(t.Context(), 2*time.Second); err != nil {
		t.Fatal(err)
	}
	if a := tenant.Send("GET", "/things", nil); a.Status != 200 {
		t.Error("the bucket is never refilled", a.Status)
	}
	f.Inject(server.Fault{Path: "/things/slow", Delay: server.Span(100 * time.Second), Times: -1})
	other.Send("GET", "/things/slow", nil)
}

func TestATenantHasAProfileOfItsOwn(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	s, err := f.ParseSeed([]byte("tenants:\n- id: 66666666-6666-4666-8666-666666666666\n  profile: throttled\n- id: 77777777-7777-4777-8777-777777777777\n  profile: {extends: throttled, limits: [{name: all, requests: 1, window: 1h}]}\n- id: 88888888-8888-4888-8888-888888888888\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Seed(s); err != nil {
		t.Fatal(err)
	}
	own, changed, plain := f.Tenant("66666666-6666-4666-8666-666666666666"), f.Tenant("77777777-7777-4777-8777-777777777777"), f.Tenant("88888888-8888-4888-8888-888888888888")
	if own.Profile().Name != "throttled" || own.Latency() != server.Real || plain.Latency() != server.Instant || len(changed.Profile().Limits) != len(own.Profile().Limits)+1 {
		t.Error(own.Profile().Name, own.Latency(), plain.Latency(), len(changed.Profile().Limits))
	}
	hasty, other := f.tenant(server.TenantSeed{ID: changed.ID}), f.tenant(server.TenantSeed{ID: plain.ID})
	for i, want := range []int{200, 429} {
		if a := hasty.Send("GET", "/things", nil); a.Status != want {
			t.Errorf("request %d: %d", i, a.Status)
		}
		other.Send("GET", "/things", nil).Want(200)
	}
}

func TestTheProfilesThatComeWithTheMockMakeSense(t *testing.T) {
	t.Parallel()
	for _, name := range profile.Names() {
		if o := paced(t, name); o.Name != name {
			t.Error(o)
		}
		if o := paced(t, "extends: "+name+"\nspeed: 60"); o.Speed != 60 {
			t.Error(o)
		}
	}
	for text, want := range map[string]string{
		"fast":                                `line 1: there is no profile "fast"; known are instant, realistic, throttled`,
		"extends: instnt":                     "line 1: extends: must be one of instant, realistic, throttled",
		"time: wall\nspeed: 0":                "line 2: speed: must be between 0.001 and 1000000, not 0",
		"limits:\n- name: x":                  "line 1: limits[0]: it needs requests, execution or concurrent",
		"limits:\n- name: x\n  requests: 1":   "line 1: limits[0]: it needs a window, or a refill",
		"limits:\n- name: x\n  per: [moon]":   "line 3: limits[0].per[0]: must be one of tenant, caller",
		"answers:\n- takes: 2s\n  up_to: 1s":  "line 1: answers[0]: up_to is less than takes",
		"operations:\n- knid: x\n  takes: 1s": "line 2: operations[0].knid: unknown key; did you mean kind?",
		"lags:\n- collection: x\n  for: -1s":  "line 3: lags[0].for: must be a duration",
	} {
		if _, err := profile.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

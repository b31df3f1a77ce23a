package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const other = "00000000-0000-4000-8000-00000000cccc"

// output is a buffer that may be read while it is written.
type output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
	lines  chan struct{}
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lines != nil {
		close(o.lines)
		o.lines = nil
	}
	return o.buffer.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}

// serving is a mock on a socket of its own.
type serving struct {
	t       *testing.T
	address string
	out     *output
	stop    func() int
}

func start(t *testing.T, args ...string) serving {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready")
	written := make(chan struct{})
	out, errs := &output{lines: written}, &output{}
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int, 1)
	go func() {
		p := program{in: strings.NewReader(""), out: out, err: errs, env: func(string) string { return "" }}
		code <- p.run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--ready-file", ready}, args...))
	}()
	select {
	case <-written:
	case c := <-code:
		cancel()
		t.Fatalf("ended with %d: %s", c, errs)
	}
	address, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	s := serving{t: t, address: strings.TrimSpace(string(address)), out: out}
	s.stop = sync.OnceValue(func() int {
		cancel()
		c := <-code
		if _, err := os.Stat(ready); !os.IsNotExist(err) {
			t.Errorf("the ready file is still there: %v", err)
		}
		return c
	})
	t.Cleanup(func() { s.stop() })
	return s
}

// command runs another command against the mock and returns its exit code and output.
func (s serving) command(input string, args ...string) (int, string) {
	s.t.Helper()
	out := &output{}
	p := program{in: strings.NewReader(input), out: out, err: out, env: func(name string) string {
		return map[string]string{hostVariable: s.address}[name]
	}}
	return p.run(s.t.Context(), args), out.String()
}

func (s serving) ok(input string, args ...string) string {
	s.t.Helper()
	code, out := s.command(input, args...)
	if code != 0 {
		s.t.Fatalf("%v: %d %s", args, code, out)
	}
	return out
}

// get asks the mock for a path of the sign-in service.
func (s serving) get(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+path, nil)
	if err != nil {
		return nil, err
	}
	req.Host = "login.microsoftonline.com"
	return http.DefaultTransport.RoundTrip(req)
}

func (s serving) status(path string) int {
	s.t.Helper()
	res, err := s.get(s.t.Context(), path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode
}

const openID = "/v2.0/.well-known/openid-configuration"

func TestServeAnswersUntilItIsStopped(t *testing.T) {
	t.Parallel()
	s := start(t)
	first, rest, _ := strings.Cut(s.out.String(), "\n")
	if first != "ppmock is ready on "+s.address || !strings.Contains(rest, "export POWER_PLATFORM_MOCK_HOST="+s.address+"\n") {
		t.Errorf("output: %s", s.out)
	}
	if got := s.status("/contoso.onmicrosoft.com" + openID); got != 200 {
		t.Errorf("discovery: %d", got)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.address); err == nil {
		t.Error("it still listens")
	}
}

func TestStopDoesNotWaitForRequestsThatHang(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.ok(`{"hang":true}`, "faults", "-")
	var wg sync.WaitGroup
	wg.Go(func() {
		if res, err := s.get(t.Context(), "/"+other+openID); err == nil {
			_ = res.Body.Close()
		}
	})
	for !strings.Contains(s.ok("", "journal"), openID) {
		if t.Context().Err() != nil {
			t.Fatal("the request never arrived")
		}
	}
	began := time.Now()
	if code := s.stop(); code != 0 || time.Since(began) > grace/2 {
		t.Errorf("ended with %d after %v", code, time.Since(began))
	}
	wg.Wait()
}

func TestSeedFileIsWhatResetReturnsTo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "seed.json")
	if err := os.WriteFile(file, []byte(`{"tenants":[{"id":"`+other+`"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--seed", file, "--latency", "real")
	s.ok(`{"tenants":[{"id":"00000000-0000-4000-8000-00000000dddd"}]}`, "seed", "-")
	for id, want := range map[string]int{other: 200, "00000000-0000-4000-8000-00000000dddd": 200} {
		if got := s.status("/" + id + openID); got != want {
			t.Errorf("%s: %d", id, got)
		}
	}
	s.ok("", "reset")
	for id, want := range map[string]int{other: 200, "00000000-0000-4000-8000-00000000dddd": 400, "00000000-0000-4000-8000-00000000aaaa": 200} {
		if got := s.status("/" + id + openID); got != want {
			t.Errorf("after reset, %s: %d", id, got)
		}
	}
}

func TestCommandsSteerAMockThatRuns(t *testing.T) {
	t.Parallel()
	s := start(t)
	if out := s.ok("", "env"); !strings.Contains(out, "export POWER_PLATFORM_MOCK_HOST="+s.address+"\n") || !strings.Contains(out, "export POWER_PLATFORM_CLIENT_SECRET=mock-secret\n") {
		t.Errorf("env: %s", out)
	}
	s.ok(`{"host":"login.*","status":503}`, "faults", "-", "--at", s.address)
	if got := s.status("/common" + openID); got != 503 {
		t.Errorf("the fault is not there: %d", got)
	}
	var faults struct{ Faults []struct{ Status, Hits int } }
	if err := json.Unmarshal([]byte(s.ok("", "faults")), &faults); err != nil || len(faults.Faults) != 1 || faults.Faults[0].Hits != 1 {
		t.Errorf("faults: %+v, %v", faults, err)
	}
	s.ok("", "faults", "--clear")
	if out := s.ok("", "faults"); strings.Contains(out, "503") {
		t.Errorf("faults: %s", out)
	}
	if out := s.ok("", "journal"); !strings.Contains(out, " 503 GET    https://login.microsoftonline.com/common"+openID+" (login.openid)\n") {
		t.Errorf("journal: %s", out)
	}
	if out := s.ok("", "journal", "--tenant", other); out != "" {
		t.Errorf("journal of another tenant: %s", out)
	}
	if out := s.ok("", "journal", "--json"); !json.Valid([]byte(out)) || !strings.Contains(out, `"operation": "login.openid"`) {
		t.Errorf("journal: %s", out)
	}
	s.ok("", "journal", "--clear")
	if out := s.ok("", "journal"); out != "" {
		t.Errorf("journal: %s", out)
	}
	if out := s.ok("", "state", "--tenant", "contoso.onmicrosoft.com"); !strings.Contains(out, `"id": "00000000-0000-4000-8000-00000000aaaa"`) {
		t.Errorf("state: %s", out)
	}
}

func TestWrongUseIsExplained(t *testing.T) {
	t.Parallel()
	s := start(t)
	busy := s.address
	for _, c := range []struct {
		input string
		args  []string
		code  int
		want  string
	}{
		{"", nil, 2, "no command"},
		{"", []string{"sevre"}, 2, `unknown command "sevre"`},
		{"", []string{"help"}, 0, "ppmock serve"},
		{"", []string{"serve", "--help"}, 0, "ppmock serve"},
		{"", []string{"version"}, 0, "dev"},
		{"", []string{"serve", "--port", "1"}, 2, "-port"},
		{"", []string{"serve", "now"}, 2, `unexpected argument "now"`},
		{"", []string{"serve", "--listen", "0.0.0.0:0"}, 1, "not on the loopback interface"},
		{"", []string{"serve", "--listen", ":8787"}, 1, "not on the loopback interface"},
		{"", []string{"serve", "--listen", "8787"}, 1, "not HOST:PORT"},
		{"", []string{"serve", "--listen", busy}, 1, "address already in use"},
		{"", []string{"serve", "--latency", "slow"}, 2, "latency must be instant or real"},
		{"", []string{"serve", "--seed", "/nonexistent/seed.json"}, 1, "no such file"},
		{`{"tenants":[{"id":"x"}]}`, []string{"serve", "--seed", "-"}, 1, "must be a GUID"},
		{`{"tenants":[`, []string{"serve", "--seed", "-"}, 1, "invalid JSON"},
		{"", []string{"seed"}, 2, "which file"},
		{`{"tenant":[]}`, []string{"seed", "-"}, 1, `line 1: tenant: unknown key`},
		{`{}`, []string{"faults", "-"}, 1, "needs a status, hang or cut"},
		{"", []string{"faults", "x", "--clear"}, 2, "exclude each other"},
		{"", []string{"state", "--tenant", "nowhere"}, 1, "there is no tenant nowhere"},
		{"", []string{"journal", "--at", "example.com:80"}, 1, "not on the loopback interface"},
		{"", []string{"journal", "--at", "127.0.0.1:1"}, 1, "no mock answers on 127.0.0.1:1"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			t.Parallel()
			s := serving{t: t, address: busy}
			code, out := s.command(c.input, c.args...)
			if code != c.code || !strings.Contains(out, c.want) {
				t.Errorf("%d %s, want %d %s", code, out, c.code, c.want)
			}
		})
	}
}

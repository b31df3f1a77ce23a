package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	other  = "00000000-0000-4000-8000-00000000cccc"
	openID = "/v2.0/.well-known/openid-configuration"
)

func TestSeedFileIsWhatResetReturnsTo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "seed.yaml")
	if err := os.WriteFile(file, []byte("tenants:\n  - id: "+other+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--seed", file)
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
	s := start(t, "--log-level", "debug", "--log-format", "json")
	s.ok("", "wait")
	s.ok("", "healthcheck")
	s.ok(`{"host":"login.*","status":503}`, "faults", "add", "-", "--at", s.address)
	if got := s.status("/common" + openID + "?sig=hush"); got != 503 {
		t.Errorf("the fault is not there: %d", got)
	}
	var faults struct{ Faults []struct{ Status, Hits int } }
	if err := json.Unmarshal([]byte(s.ok("", "faults")), &faults); err != nil || len(faults.Faults) != 1 || faults.Faults[0].Hits != 1 {
		t.Errorf("faults: %+v, %v", faults, err)
	}
	s.ok("", "faults", "clear")
	if out := s.ok("", "faults", "list"); strings.Contains(out, "503") {
		t.Errorf("faults: %s", out)
	}
	if out := s.ok("", "faults", "preset"); !strings.Contains(out, "E09  ") || !strings.Contains(out, "cannot be applied") {
		t.Errorf("presets: %s", out)
	}
	s.ok("", "faults", "preset", "E09")
	s.ok("", "faults", "preset", "E09", "--tenant", "contoso.onmicrosoft.com")
	if out := s.ok("", "faults", "list"); !strings.Contains(out, `"E09"`) {
		t.Errorf("faults: %s", out)
	}
	if code, out := s.command("", "faults", "preset", "E9"); code != 1 || !strings.Contains(out, "there is no preset") {
		t.Errorf("%d %s", code, out)
	}
	s.ok("", "faults", "clear")
	if out := s.ok("", "journal"); !strings.Contains(out, " 503 GET    https://login.microsoftonline.com/common"+openID+"?sig=%28redacted%29 (login.openid)\n") {
		t.Errorf("journal: %s", out)
	}
	if out := s.ok("", "journal", "--tenant", other); out != "" {
		t.Errorf("journal of another tenant: %s", out)
	}
	if out := s.ok("", "journal", "--json"); !json.Valid([]byte(out)) || !strings.Contains(out, `"operation": "login.openid"`) {
		t.Errorf("journal: %s", out)
	}
	if out := s.ok("", "journal", "--har"); !json.Valid([]byte(out)) || !strings.Contains(out, `"startedDateTime"`) {
		t.Errorf("archive: %s", out)
	}
	s.ok("", "journal", "--clear")
	if out := s.ok("", "journal"); out != "" {
		t.Errorf("journal: %s", out)
	}
	if out := s.ok("", "state", "--tenant", "contoso.onmicrosoft.com"); !strings.Contains(out, `"id": "00000000-0000-4000-8000-00000000aaaa"`) {
		t.Errorf("state: %s", out)
	}
	var before, after struct{ Now map[string]time.Time }
	if err := json.Unmarshal([]byte(s.ok("", "clock", "advance", "0s")), &before); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(s.ok("", "clock", "advance", "36h")), &after); err != nil {
		t.Fatal(err)
	}
	for id, at := range before.Now {
		if passed := after.Now[id].Sub(at); passed < 36*time.Hour || passed > 37*time.Hour {
			t.Errorf("%v passed in %s", passed, id)
		}
	}
	if len(before.Now) == 0 {
		t.Error("no clock was moved")
	}
	if out := s.ok("", "coverage"); !strings.Contains(out, "login.openid  ") || !strings.Contains(out, " operations are implemented.\n") {
		t.Errorf("coverage: %s", out)
	}
	if out := s.ok("", "coverage", "--json"); !json.Valid([]byte(out)) {
		t.Errorf("coverage: %s", out)
	}
	found := false
	for line := range strings.Lines(s.err.String()) {
		var entry struct{ Msg, Method, URL, Operation string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("log: %v in %s", err, line)
		}
		found = found || entry.Msg == "request" && entry.Operation == "login.openid" && entry.Method == "GET"
	}
	if !found || strings.Contains(s.err.String(), "hush") {
		t.Errorf("log: %s", s.err)
	}
}

func TestStateOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.db")
	seed := "tenants:\n  - id: " + other + "\n    display_name: Kept\n"
	s := startWith(t, seed, "--state", file, "--seed", "-")
	s.ok(`{"tenants":[{"id":"00000000-0000-4000-8000-00000000dddd"}]}`, "seed", "-")
	if code, _, errs := run(t, nil, "serve", "--state", file, "--listen", "127.0.0.1:0"); code != 1 || !strings.Contains(errs, file) {
		t.Errorf("while it is in use: %d %s", code, errs)
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.end(t)
	again := startWith(t, "tenants: []", "--state", file, "--seed", "-")
	for _, id := range []string{other, "00000000-0000-4000-8000-00000000dddd"} {
		if got := again.status("/" + id + openID); got != 200 {
			t.Errorf("%s: %d", id, got)
		}
	}
	again.ok("", "reset")
	if got := again.status("/00000000-0000-4000-8000-00000000dddd" + openID); got != 400 {
		t.Errorf("after reset: %d", got)
	}
	if !strings.Contains(again.err.String(), "the seed is not read") {
		t.Errorf("log: %s", again.err)
	}
	bad := filepath.Join(t.TempDir(), "bad.db")
	if err := os.WriteFile(bad, []byte("not a state"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := run(t, nil, "serve", "--state", bad); code != 1 || !strings.Contains(errs, bad) || strings.Count(errs, "\n") != 1 {
		t.Errorf("a file that is no state: %d %s", code, errs)
	}
}

func TestStateIsExportedImportedAndKept(t *testing.T) {
	t.Parallel()
	s := start(t)
	folder := t.TempDir()
	s.ok(`{"tenants":[{"id":"`+other+`"}]}`, "seed", "-")
	s.ok("", "snapshot", "save", "one")
	for _, name := range []string{"state.yaml", "state.json"} {
		s.ok("", "state", "export", filepath.Join(folder, name))
	}
	yaml, err := os.ReadFile(filepath.Join(folder, "state.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(folder, "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	if json.Valid(yaml) || !json.Valid(raw) || !strings.Contains(string(yaml), "format: ppmock-state/1") {
		t.Errorf("%.200s\n%.200s", yaml, raw)
	}
	if out := s.ok("", "state", "export"); out != string(yaml) {
		t.Error("two exports differ")
	}
	if out := s.ok("", "state", "export", "--format", "json", "-"); out != string(raw) {
		t.Error("two exports differ")
	}
	for name, back := range map[string]func(){
		"yaml":     func() { s.ok("", "state", "import", filepath.Join(folder, "state.yaml")) },
		"json":     func() { s.ok(string(raw), "state", "import", "-") },
		"snapshot": func() { s.ok("", "snapshot", "load", "one") },
	} {
		s.ok("", "reset")
		if got := s.status("/" + other + openID); got != 400 {
			t.Errorf("%s: after reset %d", name, got)
		}
		back()
		if got := s.status("/" + other + openID); got != 200 {
			t.Errorf("%s: %d", name, got)
		}
	}
	if out := s.ok("", "snapshot", "list"); out != "one\n" {
		t.Errorf("snapshots: %s", out)
	}
	if code, out := s.command("", "snapshot", "load", "two"); code != 1 || !strings.Contains(out, "there are one") {
		t.Errorf("%d %s", code, out)
	}
	if code, out := s.command("x: 1", "state", "import", "-"); code != 1 {
		t.Errorf("%d %s", code, out)
	}
}

func TestProfileIsThatOfANameOrAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "slow.yaml")
	if err := os.WriteFile(file, []byte("extends: realistic\nanswers:\n  - operation: login.openid\n    takes: 10m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--profile", "throttled"}, {"--profile", file, "--speed", "60000"}} {
		s := start(t, args...)
		if got := s.status("/common" + openID); got != 200 {
			t.Errorf("%q: %d", args, got)
		}
		if out := s.ok("", "journal", "--json"); args[1] == file && !strings.Contains(out, `"duration_ms"`) {
			t.Errorf("%q: %s", args, out)
		}
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
		{"", nil, 2, "expected one of"},
		{"", []string{"sevre"}, 2, `did you mean "serve"`},
		{"", []string{"help"}, 0, "127 if it is not found"},
		{"", []string{"help", "exec"}, 0, "ppmock exec -- terraform test"},
		{"", []string{"serve", "--help"}, 0, "ppmock serve --seed"},
		{"", []string{"version"}, 0, "\n"},
		{"", []string{"version", "--json"}, 0, `"version": "`},
		{"", []string{"--version"}, 0, "\n"},
		{"", []string{"serve", "--port", "1"}, 2, "--port"},
		{"", []string{"serve", "now"}, 2, "unexpected argument now"},
		{"", []string{"serve", "--listen", "0.0.0.0:0"}, 1, "not on the loopback interface"},
		{"", []string{"serve", "--listen", ":8787"}, 1, "not on the loopback interface"},
		{"", []string{"serve", "--listen", "8787"}, 1, "not HOST:PORT"},
		{"", []string{"serve", "--listen", busy}, 1, "--listen 127.0.0.1:0"},
		{"", []string{"serve", "--profile", "realistik"}, 2, `did you mean`},
		{"time: never", []string{"serve", "--profile", "-"}, 1, "profile -"},
		{"", []string{"serve", "--profile", "realistic", "--speed", "0"}, 2, "more than 0"},
		{"", []string{"serve", "--speed", "60"}, 2, "waiting costs nothing"},
		{"", []string{"serve", "--log-format", "xml"}, 2, "--log-format"},
		{"", []string{"serve", "--passthrough", "*"}, 1, "--passthrough"},
		{"", []string{"serve", "--seed", "/nonexistent/seed.json"}, 1, "no such file"},
		{`{"tenants":[{"id":"x"}]}`, []string{"serve", "--seed", "-"}, 1, "GUID"},
		{`{"tenants":[`, []string{"serve", "--seed", "-"}, 1, "seed -"},
		{"", []string{"seed"}, 2, "<file>"},
		{`{"tenant":[]}`, []string{"seed", "-"}, 1, "tenant"},
		{`{}`, []string{"faults", "add", "-"}, 1, "needs"},
		{"", []string{"faults", "x"}, 2, "unexpected argument x"},
		{"", []string{"state", "--tenant", "nowhere"}, 1, "there is no tenant nowhere"},
		{"", []string{"journal", "--at", "example.com:80"}, 1, "--i-know-it-is-a-mock"},
		{"", []string{"journal", "--at", "127.0.0.1:1"}, 1, "no mock answers on 127.0.0.1:1"},
		{"", []string{"journal", "--har", "--json"}, 2, "can't be used together"},
		{"", []string{"clock", "advance", "soon"}, 2, "soon"},
		{"", []string{"clock", "advance", "--", "-1h"}, 2, "time does not run backwards"},
		{"", []string{"wait", "--timeout", "0s"}, 2, "--timeout"},
		{"", []string{"env", "--shell", "cmd"}, 2, "--shell"},
		{"", []string{"exec"}, 2, "<command>"},
		{"", []string{"exec", "--"}, 2, "no command"},
		{"", []string{"exec", "--seed", "/nonexistent/seed.json", "--", "true"}, 1, "no such file"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			t.Parallel()
			s := serving{t: t, address: busy}
			code, out := s.command(c.input, c.args...)
			if code != c.code || !strings.Contains(out, c.want) {
				t.Errorf("%d %s, want %d %s", code, out, c.code, c.want)
			}
			if code != 0 && (strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "ppmock: ")) {
				t.Errorf("it is not one line: %s", out)
			}
		})
	}
}

// TestEveryCommandExplainsItself finds the commands in the help of the program.
func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	_, help, _ := run(t, nil, "--help")
	_, list, _ := strings.Cut(help, "Commands:\n")
	n := 0
	for line := range strings.Lines(list) {
		if !strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "     ") {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimSpace(line), "  ")
		n++
		code, out, errs := run(t, nil, append(strings.Fields(name), "--help")...)
		_, example, _ := strings.Cut(out, "Example")
		if code != 0 || errs != "" || !strings.Contains(out, "Usage: ppmock "+name) || !strings.Contains(example, "ppmock "+strings.Fields(name)[0]) &&
			!strings.Contains(example, "/ppmock\", \""+name) {
			t.Errorf("%s: %d %s%s", name, code, out, errs)
		}
	}
	if n < 20 {
		t.Errorf("only %d commands were found in:\n%s", n, help)
	}
}

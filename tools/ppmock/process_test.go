package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// asProgram is the variable that turns the test binary into ppmock.
const asProgram = "PPMOCK_TEST_IS_THE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// output is a buffer that may be read while it is written.
type output struct {
	mu    sync.Mutex
	text  strings.Builder
	grown chan struct{}
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.grown != nil {
		close(o.grown)
		o.grown = nil
	}
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await waits until the output contains a text.
func (o *output) await(t *testing.T, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		o.mu.Lock()
		if strings.Contains(o.text.String(), text) {
			o.mu.Unlock()
			return
		}
		if o.grown == nil {
			o.grown = make(chan struct{})
		}
		grown := o.grown
		o.mu.Unlock()
		select {
		case <-grown:
		case <-ctx.Done():
			t.Fatalf("it never said %q:\n%s", text, o)
		}
	}
}

// process is a ppmock that runs.
type process struct {
	cmd      *exec.Cmd
	out, err *output
	ended    chan struct{}
	code     int
}

// launch starts ppmock in a folder of its own, with a cache directory of its own.
func launch(t *testing.T, env map[string]string, input string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.CommandContext(t.Context(), self, args...), out: &output{}, err: &output{}, ended: make(chan struct{})}
	folder := t.TempDir()
	set := map[string]string{
		asProgram: "1", "HOME": folder, "XDG_CACHE_HOME": filepath.Join(folder, "cache"), "LOCALAPPDATA": folder, hostVariable: "",
		"GOCOVERDIR": os.Getenv("GOCOVERDIR"),
	}
	maps.Copy(set, env)
	for _, line := range os.Environ() {
		if name, _, _ := strings.Cut(line, "="); set[name] == "" && !strings.Contains(strings.ToUpper(name), "PROXY") {
			p.cmd.Env = append(p.cmd.Env, line)
		}
	}
	for name, value := range set {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Dir, p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr, p.cmd.WaitDelay = folder, strings.NewReader(input), p.out, p.err, 10*time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		err := p.cmd.Wait()
		var failed *exec.ExitError
		switch {
		case errors.As(err, &failed):
			p.code = failed.ExitCode()
		case err != nil:
			p.code = -2
			_, _ = fmt.Fprintln(p.err, err)
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// end waits for the process to end and returns its exit code.
func (p *process) end(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		t.Fatalf("it does not end:\n%s\n%s", p.out, p.err)
	}
	return p.code
}

// serving is a mock of its own.
type serving struct {
	*process
	t       *testing.T
	address string
	ready   string
}

func start(t *testing.T, args ...string) serving { return startWith(t, "", args...) }

func startWith(t *testing.T, input string, args ...string) serving {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready")
	p := launch(t, nil, input, append([]string{"serve", "--listen", "127.0.0.1:0", "--ready-file", ready}, args...)...)
	told := make(chan struct{})
	go func() {
		defer close(told)
		p.out.await(t, "CLIENT_SECRET")
	}()
	select {
	case <-told:
	case <-p.ended:
		t.Fatalf("it ended with %d: %s", p.code, p.err)
	}
	address, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	return serving{p, t, strings.TrimSpace(string(address)), ready}
}

// command runs another command against the mock and returns its exit code and output.
func (s serving) command(input string, args ...string) (int, string) {
	s.t.Helper()
	p := launch(s.t, map[string]string{hostVariable: s.address}, input, args...)
	code := p.end(s.t)
	return code, p.out.String() + p.err.String()
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
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
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

// run runs a command that needs no mock.
func run(t *testing.T, env map[string]string, args ...string) (code int, out, errs string) {
	t.Helper()
	p := launch(t, env, "", args...)
	code = p.end(t)
	return code, p.out.String(), p.err.String()
}

// free is an address on which nothing listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// elsewhere is the address of another server.
func elsewhere(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

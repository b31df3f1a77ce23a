//go:build clients

package clients_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/tools/clients"
)

// What the mock has from the start.
const (
	tenantID     = "00000000-0000-4000-8000-00000000aaaa"
	clientID     = "00000000-0000-4000-8000-00000000bbbb"
	clientSecret = "mock-secret"
	sandbox      = "5a4db0a0-0000-4000-8000-000000000001"
)

// landscape is a tenant as makers would find it.
const landscape = `
tenants:
  - id: ` + tenantID + `
    environments:
      - id: ` + sandbox + `
        display_name: Sandbox
        type: Sandbox
        location: europe
        dataverse:
          domain: sandbox
          currency_code: EUR
    custom_connectors:
      - environment_id: ` + sandbox + `
        display_name: Orders
        description: Orders of customers
`

// built holds the programs that the tests run: the mock, and the client that is built here.
var built = sync.OnceValues(func() (string, error) {
	ctx := context.Background()
	folder, err := clients.Folder(ctx)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "go", "build", "-o", folder+string(filepath.Separator), "../ppmock", "./signin").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return folder, nil
})

// rig is a mock that runs as a process of its own.
type rig struct {
	*testing.T
	folder  string // of programs
	address string
	ca      string // folder of the certificate authority
	home    string // of clients
}

func newRig(t *testing.T) *rig {
	t.Helper()
	folder, err := built()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{T: t, folder: folder, ca: filepath.Join(t.TempDir(), "ca"), home: t.TempDir()}
	seed := r.file("seed.yaml", landscape)
	ready := filepath.Join(t.TempDir(), "ready")
	command := exec.CommandContext(t.Context(), filepath.Join(folder, "ppmock"), "serve", "--listen", "127.0.0.1:0", "--ready-file", ready, "--seed", seed, "--ca-dir", r.ca)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	var log bytes.Buffer
	command.Stderr = &log
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 1)
	if _, err := io.ReadFull(out, first); err != nil { // it says something when it is ready
		t.Fatalf("the mock ended: %v %s", command.Wait(), log.String())
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, out)
	}()
	t.Cleanup(func() { // the context of the test has ended by now
		<-ended
		if err := command.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the mock ended with %v: %s", err, log.String())
		}
	})
	raw, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	r.address = strings.TrimSpace(string(raw))
	return r
}

// file writes a file into the home of the clients.
func (r *rig) file(name, content string) string {
	r.Helper()
	path := filepath.Join(r.home, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		r.Fatal(err)
	}
	return path
}

// environment is what a client finds in its environment, and nothing else: the proxy, and a home that is its own.
func (r *rig) environment(more ...string) []string {
	proxy := "http://" + r.address
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.home, "USERPROFILE=" + r.home, "TMPDIR=" + r.home,
		"XDG_CONFIG_HOME=" + filepath.Join(r.home, "config"), "XDG_CACHE_HOME=" + filepath.Join(r.home, "cache"), "XDG_DATA_HOME=" + filepath.Join(r.home, "data"),
		"HTTPS_PROXY=" + proxy, "HTTP_PROXY=" + proxy, "https_proxy=" + proxy, "http_proxy=" + proxy,
	}, more...)
}

// run runs a client and returns what it prints, and whether it succeeded.
func (r *rig) run(environment []string, name string, args ...string) (string, string, bool) {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	var out, errs bytes.Buffer
	command.Env, command.Dir, command.Stdout, command.Stderr = environment, r.home, &out, &errs
	err := command.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		r.Fatalf("%s: %v", name, err)
	}
	return out.String(), errs.String(), err == nil
}

func (r *rig) bundle() string      { return filepath.Join(r.ca, "bundle.pem") }
func (r *rig) certificate() string { return filepath.Join(r.ca, "ca.pem") }

// admin asks the mock itself.
func (r *rig) admin(method, path string, body any, into any) {
	r.Helper()
	var payload bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&payload).Encode(body); err != nil {
			r.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(r.Context(), method, "http://"+r.address+"/_mock/"+path, &payload)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode > 299 {
		r.Fatalf("%s: %s %s %v", path, res.Status, raw, err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			r.Fatal(err)
		}
	}
}

type entry struct {
	Operation, Method, Host, Path, Reason string
	Status                                int
}

func (r *rig) journal() []entry {
	r.Helper()
	var answer struct{ Entries []entry }
	r.admin(http.MethodGet, "journal", nil, &answer)
	return answer.Entries
}

// understood fails the test if a client asked for something that the mock did not know, or refused for its form.
func (r *rig) understood() {
	r.Helper()
	for _, e := range r.journal() {
		if e.Reason != "" && e.Operation != "proxy.telemetry" || e.Status == http.StatusNotImplemented {
			r.Errorf("%s https://%s%s: %d, %s", e.Method, e.Host, e.Path, e.Status, e.Reason)
		}
	}
}

// called says how often the clients called an operation with success.
func (r *rig) called(operation string) int {
	r.Helper()
	n := 0
	for _, e := range r.journal() {
		if e.Operation == operation && e.Status < 300 {
			n++
		}
	}
	return n
}

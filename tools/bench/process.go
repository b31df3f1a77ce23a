package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// programs are the provider and the mock, built as they are released.
type programs struct {
	folder         string
	provider, mock string
}

func build(ctx context.Context) (p programs, err error) {
	if p.folder, err = os.MkdirTemp("", "powerplatform-bench-"); err != nil {
		return p, err
	}
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	p.provider, p.mock = filepath.Join(p.folder, "terraform-provider-powerplatform"+suffix), filepath.Join(p.folder, "ppmock"+suffix)
	out, err := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", p.folder, ".", "./tools/ppmock").CombinedOutput()
	if err != nil {
		return p, errors.Join(fmt.Errorf("go build, in the root of the module: %w\n%s", err, out), p.remove())
	}
	return p, nil
}

func (p programs) remove() error { return os.RemoveAll(p.folder) }

func size(file string) (int64, error) {
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// process is a mock that runs.
type process struct {
	command *exec.Cmd
	address string        // HOST:PORT
	took    time.Duration // from start to ready
	stop    func()
}

// serve runs the mock until it is stopped.
func (p programs) serve(ctx context.Context, args ...string) (*process, error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &process{command: exec.CommandContext(ctx, p.mock, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)}
	s.stop = func() {
		cancel()
		_ = s.command.Wait() // it was killed
	}
	var said bytes.Buffer
	s.command.Stderr = &said
	out, err := s.command.StdoutPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	started := time.Now()
	if err := s.command.Start(); err != nil {
		cancel()
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	s.took = time.Since(started)
	_, s.address, _ = strings.Cut(strings.TrimSpace(line), "ready on ")
	if err != nil || s.address == "" {
		s.stop()
		return nil, fmt.Errorf("ppmock said %q: %w: %s", line, err, &said)
	}
	return s, nil
}

// memory is the resident set of the process in bytes.
func (s *process) memory(ctx context.Context) (int64, error) {
	out, err := exec.CommandContext(ctx, "ps", "-o", "rss=", "-p", strconv.Itoa(s.command.Process.Pid)).Output()
	if err != nil {
		return 0, fmt.Errorf("ps: %w", err)
	}
	kilobytes, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return kilobytes * 1024, err
}

// token signs in as the default application.
func (s *process) token(ctx context.Context, client *http.Client, scope string) (string, error) {
	answer, err := s.do(ctx, client, request{
		method: http.MethodPost, host: "login.microsoftonline.com", path: "/" + mock.DefaultTenantID + "/oauth2/v2.0/token",
		kind: "application/x-www-form-urlencoded",
		body: "grant_type=client_credentials&client_id=" + mock.DefaultClientID + "&client_secret=" + mock.DefaultClientSecret + "&scope=" + scope + "/.default",
	})
	if err != nil {
		return "", err
	}
	var said struct {
		Token string `json:"access_token"`
	}
	return said.Token, json.Unmarshal(answer.body, &said)
}

// seedOf is a seed with environments, all with Dataverse.
func seedOf(n int) mock.Seed {
	var environments []mock.Doc
	for i := range n {
		environments = append(environments, mock.Doc{
			"id": environmentID(i), "display_name": fmt.Sprintf("Environment %d", i), "type": "Sandbox",
			"dataverse": mock.Doc{"domain": fmt.Sprintf("org-%d", i), "language_code": 1033, "currency_code": "USD"},
		})
	}
	return mock.Seed{Tenants: []mock.TenantSeed{{ID: mock.DefaultTenantID, Items: map[string][]mock.Doc{"environments": environments}}}}
}

func environmentID(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

// writeSeed writes a seed to a file of the folder and returns its name.
func (p programs) writeSeed(s mock.Seed) (string, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	name := filepath.Join(p.folder, "seed.json")
	return name, os.WriteFile(name, raw, 0o600)
}

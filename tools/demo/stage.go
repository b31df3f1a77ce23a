package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest/cli"
)

// patience is how long the mock may take to start, and to end.
const patience = 20 * time.Second

// stage is where the story is told: a folder for everything, the mock that runs, and Terraform in a folder of its own.
type stage struct {
	program    cli.Terraform
	folder     string // holds all that the demo makes
	platform   platform
	terraform  *tfexec.Terraform
	scenario   string       // folder of the configuration
	spoken     bytes.Buffer // what Terraform printed in this chapter
	everything bytes.Buffer // what it printed at all
	keep       bool         // leave the mock running and the folder where it is
	process    int          // of the mock
	end        func() error // ends the mock
}

func newStage(program cli.Terraform, keep bool) (*stage, error) {
	folder, err := os.MkdirTemp("", "powerplatform-demo-")
	if err != nil {
		return nil, err
	}
	return &stage{program: program, folder: folder, keep: keep, end: func() error { return nil }}, nil
}

// close ends the mock and removes the folder, unless they are kept.
func (s *stage) close() error {
	if s.keep {
		return nil
	}
	return errors.Join(s.end(), os.RemoveAll(s.folder))
}

// leave lets the mock run on and says how to look around.
func (s *stage) leave() string {
	return fmt.Sprintf(`
The platform keeps running. To look around:

  cd %s
  export POWER_PLATFORM_MOCK_HOST=%s TF_CLI_CONFIG_FILE=%s
  terraform plan -var-file=contoso.tfvars
  terraform state list
  %s journal
  %s state

To end it: kill %d, and remove %s.
`, s.path("work"), s.platform.address, s.path("cli.tfrc"), s.executable("ppmock"), s.executable("ppmock"), s.process, s.folder)
}

// path is below the folder of the stage.
func (s *stage) path(parts ...string) string {
	return filepath.Join(append([]string{s.folder}, parts...)...)
}

// executable is a program that build made.
func (s *stage) executable(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return s.path("bin", name)
}

// root is the folder of the module.
func root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if filepath.Base(mod) != "go.mod" {
		return "", errors.New("run it inside the repository")
	}
	return filepath.Dir(mod), nil
}

// build makes the provider and the mock from the source in root.
func (s *stage) build(ctx context.Context, root string) error {
	if err := os.Mkdir(s.path("bin"), 0o750); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", s.path("bin"), ".", "./tools/ppmock")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// serve starts the mock on a free port and waits until it is ready.
func (s *stage) serve(ctx context.Context) error {
	log, err := os.Create(s.path("ppmock.log"))
	if err != nil {
		return err
	}
	// The mock outlives an interrupt: Terraform still has to end.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ready := s.path("ready")
	cmd := exec.CommandContext(own, s.executable("ppmock"), "serve", "--listen", "127.0.0.1:0", "--ready-file", ready)
	cmd.Stdout, cmd.Stderr = log, log
	if runtime.GOOS != "windows" { // where processes cannot be asked to end
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	}
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		cancel()
		return errors.Join(err, log.Close())
	}
	s.process = cmd.Process.Pid
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	s.end = func() error {
		cancel()
		<-ended
		return log.Close()
	}
	address, err := await(ctx, ready, ended)
	if err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("ppmock: %w\n%s", err, said)
	}
	s.platform = newPlatform(address)
	return nil
}

// await reads a file as soon as it is there, unless the program that is to write it ended.
func await(ctx context.Context, file string, ended <-chan struct{}) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if content, err := os.ReadFile(file); err == nil {
			return strings.TrimSpace(string(content)), nil
		}
		select {
		case <-tick.C:
		case <-ended:
			return "", errors.New("ended before it was ready")
		case <-ctx.Done():
			return "", fmt.Errorf("is not ready: %w", ctx.Err())
		}
	}
}

// prepare copies the configuration and makes Terraform use the provider that build made and the mock that serve started.
func (s *stage) prepare(scenario string) error {
	work := s.path("work")
	if err := os.Mkdir(work, 0o750); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(scenario, "*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := s.add(file); err != nil {
			return err
		}
	}
	bin := filepath.ToSlash(s.path("bin"))
	config := fmt.Sprintf(`provider_installation {
  dev_overrides {
    "registry.terraform.io/seed-55d6eeba/powerplatform" = %[1]q
    "registry.opentofu.org/seed-55d6eeba/powerplatform" = %[1]q
  }
  direct {}
}
`, bin)
	if err := os.WriteFile(s.path("cli.tfrc"), []byte(config), 0o600); err != nil {
		return err
	}
	if s.terraform, err = tfexec.NewTerraform(work, s.program.Path); err != nil {
		return err
	}
	s.listen()
	if err := s.terraform.SetEnv(environment(os.Environ(), map[string]string{
		"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": s.path("cli.tfrc"), "POWER_PLATFORM_MOCK_HOST": s.platform.address,
	})); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil
	}
	return s.terraform.SetWaitDelay(patience)
}

// environment is that of this process without what could sign in elsewhere or change what Terraform does.
func environment(have []string, set map[string]string) map[string]string {
	clean := map[string]string{}
	for _, line := range have {
		name, value, _ := strings.Cut(line, "=")
		family, _, _ := strings.Cut(strings.ToUpper(name), "_")
		switch family {
		case "", "ARM", "AZURE", "POWER", "TF": // the first is cmd.exe's
			continue
		}
		clean[name] = value
	}
	maps.Copy(clean, set)
	return clean
}

// listen keeps what Terraform prints from now on.
func (s *stage) listen() { s.terraform.SetStdout(io.MultiWriter(&s.spoken, &s.everything)) }

// add copies a file into the configuration.
func (s *stage) add(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return s.write(filepath.Base(file), string(content))
}

// write writes a file of the configuration.
func (s *stage) write(name, content string) error {
	return os.WriteFile(s.path("work", name), []byte(content), 0o600)
}

// plan plans and returns what Terraform would do; a plan without changes has none.
func (s *stage) plan(ctx context.Context, options ...tfexec.PlanOption) (*tfjson.Plan, error) {
	file := s.path("plan")
	changes, err := s.terraform.Plan(ctx, append(options, tfexec.Out(file), tfexec.VarFile("contoso.tfvars"))...)
	if err != nil {
		return nil, err
	}
	s.terraform.SetStdout(nil)
	plan, err := s.terraform.ShowPlanFile(ctx, file)
	s.listen()
	if err == nil && !changes && len(changed(plan)) > 0 {
		err = errors.New("the exit code says that the plan is empty, but it is not")
	}
	return plan, err
}

// apply applies the last plan.
func (s *stage) apply(ctx context.Context) error {
	return s.terraform.Apply(ctx, tfexec.DirOrPlan(s.path("plan")))
}

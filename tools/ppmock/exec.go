package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
)

// execCommand is ppmock exec.
type execCommand struct {
	Listen string `default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Where to listen on this machine. Default: a free port."`
	Proxy  bool   `default:"true" negatable:"" help:"Set the variables of proxies and certificates too, so that every client meets the mock, and no other host."`
	platformFlags
	Command []string `arg:"" passthrough:"" placeholder:"COMMAND" help:"The command and its arguments, after --."`
}

// Help gives the details.
func (*execCommand) Help() string {
	return `Starts a mock on a free port, runs the command with an environment that sends clients to it, stops the mock and ends with the exit
code of the command. Signals are passed on. The provider needs no proxy; other clients do, and through it they reach the
platform's hosts, those of --passthrough, and no others. With --no-proxy only the provider is sent to the mock.

Examples:

    ppmock exec -- terraform test
    ppmock exec --seed contoso.yaml --passthrough registry.terraform.io,releases.hashicorp.com,github.com -- sh -c 'terraform init && terraform apply'`
}

// What shells end with when a command cannot be run.
const (
	cannotRun = 126
	notFound  = 127
)

// Run runs the command with a mock of its own.
func (c *execCommand) Run(ctx context.Context, p program) error {
	words := c.Command
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	if len(words) == 0 {
		return usageError{errors.New("there is no command after --; see ppmock exec --help")}
	}
	if err := loopback(c.Listen); err != nil {
		return err
	}
	if c.LogLevel == "info" {
		c.LogLevel = "warn" // the output is the command's
	}
	m, err := p.start(ctx, c.Listen, c.platformFlags, loopback)
	if err != nil {
		return err
	}
	set := variables(m.address)
	if c.Proxy && m.authority != nil {
		set = append(set, proxyVariables(m.address, m.authority, p.env("NO_PROXY"))...)
	}
	err = p.child(ctx, words, merge(p.environ(), set))
	return errors.Join(err, m.stop(ctx))
}

// child runs a command in an environment and passes signals on to it.
func (p program) child(ctx context.Context, words, environ []string) error {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = environ, p.in, p.out, p.err
	signals, stop := p.notify(forwarded()...)
	defer stop()
	err := cmd.Start()
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return p.complain(notFound, fmt.Errorf("%s is not found", words[0]))
	case err != nil:
		return p.complain(cannotRun, fmt.Errorf("%s cannot be run: %w", words[0], err))
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			if !delivered(s) {
				_ = cmd.Process.Signal(s) // it may have ended by now
			}
		case err := <-done:
			var failed *exec.ExitError
			switch {
			case err == nil:
				return nil
			case errors.As(err, &failed):
				return codeError(ended(failed.ProcessState))
			}
			return err
		}
	}
}

// complain says why a command was not run and returns the exit code for it.
func (p program) complain(code int, err error) error {
	_, _ = fmt.Fprintln(p.err, "ppmock:", err)
	return codeError(code)
}

// merge sets variables in an environment.
func merge(environ []string, set []variable) []string {
	replaced := map[string]bool{}
	for _, v := range set {
		replaced[v.name] = true
	}
	var out []string
	for _, line := range environ {
		if name, _, _ := strings.Cut(line, "="); !replaced[name] {
			out = append(out, line)
		}
	}
	for _, v := range set {
		out = append(out, v.name+"="+v.value)
	}
	return out
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

// hostVariable names the environment variable that sends the provider, and the commands here, to a mock.
const hostVariable = "POWER_PLATFORM_MOCK_HOST"

// defaultAddress is where a mock listens unless told otherwise.
const defaultAddress = "127.0.0.1:8787"

const usage = `ppmock is a local Power Platform.

  ppmock serve [--listen ADDRESS] [--seed FILE] [--latency instant|real] [--ready-file FILE]
                          serve the platform until interrupted
  ppmock env              print what to export, for eval "$(ppmock env)"
  ppmock seed FILE        add tenants
  ppmock reset            forget everything but the seed it started with
  ppmock faults [FILE]    add faults, or show them; --clear removes them
  ppmock journal          show what was called; --json as JSON, --clear forgets it
  ppmock state            show what there is, as JSON
  ppmock version          print the version

FILE may be - for the standard input. --tenant ID restricts faults --clear, journal and state to one tenant. Every command
but serve takes --at HOST:PORT; the default is $` + hostVariable + `, then ` + defaultAddress + `.
`

// program is the command with its surroundings.
type program struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
}

// errUsage is an error in how the command was called.
var errUsage = errors.New("see ppmock help")

// run runs one command and returns the exit code: 1 for a failure, 2 for wrong usage.
func (p program) run(ctx context.Context, args []string) int {
	err := p.dispatch(ctx, args)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		_, _ = fmt.Fprintln(p.err, "ppmock:", err)
		return 2
	}
	_, _ = fmt.Fprintln(p.err, "ppmock:", err)
	return 1
}

func (p program) dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no command: %w", errUsage)
	}
	switch name, rest := args[0], args[1:]; name {
	case "serve":
		return p.serve(ctx, rest)
	case "env", "reset", "seed", "faults", "journal", "state":
		return p.steer(ctx, name, rest)
	case "version", "--version":
		return p.print(version + "\n")
	case "help", "-h", "--help":
		return p.print(usage)
	default:
		return fmt.Errorf("unknown command %q: %w", name, errUsage)
	}
}

// print writes to the standard output.
func (p program) print(text string) error {
	_, err := io.WriteString(p.out, text)
	return err
}

// flags is a flag set that reports errors by returning them.
func (p program) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

// parse reads flags before, between and after the arguments, and returns the arguments, of which there may be most.
func (p program) parse(f *flag.FlagSet, args []string, most int) ([]string, error) {
	var found []string
	for {
		err := f.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			return nil, errors.Join(err, p.print(usage))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", f.Name(), err, errUsage)
		}
		if f.NArg() == 0 {
			break
		}
		found, args = append(found, f.Arg(0)), f.Args()[1:]
	}
	if len(found) > most {
		return nil, fmt.Errorf("%s: unexpected argument %q: %w", f.Name(), found[most], errUsage)
	}
	return found, nil
}

// read returns the content of a file, or of the standard input for "-".
func (p program) read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(p.in)
	}
	return os.ReadFile(name)
}

// loopback refuses an address that others than this machine could reach.
func loopback(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "" {
		return fmt.Errorf("address %q is not HOST:PORT, for example %s", address, defaultAddress)
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("address %q is not on the loopback interface; the mock has no secrets to keep and stays on this machine, for example on %s", address, defaultAddress)
}

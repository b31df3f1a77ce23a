package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// hostVariable names the environment variable that sends the provider, and the commands here, to a mock.
const hostVariable = "POWER_PLATFORM_MOCK_HOST"

// defaultAddress is where a mock listens unless told otherwise.
const defaultAddress = "127.0.0.1:8787"

const description = `ppmock is a local Power Platform: a mock that signs in, keeps state, takes its time and fails as the platform does.

Commands but serve and exec steer a mock that runs: the one of --at HOST:PORT, else of $` + hostVariable + `, else
` + defaultAddress + `. FILE may be - for the standard input or output.

Exit codes:

    0   success
    1   failure; one line on the standard error says what, and what to do
    2   wrong usage
    exec passes on that of its command: 126 if it cannot be run, 127 if it is not found, 128+N if signal N ended it

"ppmock COMMAND --help" explains a command with an example.`

// commands is the command line.
type commands struct {
	Help helpFlag `short:"h" help:"Explain the command and end."`

	Serve       serveCommand       `cmd:"" help:"Serve the platform until interrupted."`
	Exec        execCommand        `cmd:"" help:"Run a command with a platform of its own."`
	Wait        waitCommand        `cmd:"" help:"Wait until a mock answers."`
	Healthcheck healthcheckCommand `cmd:"" help:"Say whether a mock answers, for containers."`
	Env         envCommand         `cmd:"" help:"Print the environment that sends clients to the mock."`
	Seed        seedCommand        `cmd:"" help:"Add tenants, and what is in them."`
	Reset       resetCommand       `cmd:"" help:"Forget everything but the seed the mock started with."`
	Faults      faultsCommand      `cmd:"" help:"Make calls go wrong."`
	Journal     journalCommand     `cmd:"" help:"Show what was called."`
	State       stateCommand       `cmd:"" help:"Show, export or import what there is."`
	Snapshot    snapshotCommand    `cmd:"" help:"Keep the state under a name, and return to it."`
	Clock       clockCommand       `cmd:"" help:"Move the virtual clock."`
	Coverage    coverageCommand    `cmd:"" help:"List the operations that the mock knows, with their sources and witnesses."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// program is the command with its surroundings.
type program struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	environ  func() []string
	// notify returns a channel of signals and a function that ends it.
	notify func(signals ...os.Signal) (<-chan os.Signal, func())
}

// errHelp ends a command that was asked to explain itself.
var errHelp = errors.New("help was asked for")

// helpFlag explains the command it stands behind.
type helpFlag bool

// IgnoreDefault keeps kong from setting the flag.
func (helpFlag) IgnoreDefault() {}

// BeforeReset prints the help before anything is required.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return errHelp
}

// usageError is an error in how the command was called.
type usageError struct{ error }

// codeError is an exit code without a message: that of a command that exec ran.
type codeError int

// Error names the code.
func (c codeError) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// run runs one command and returns the exit code.
func (p program) run(ctx context.Context, args []string) int {
	err := p.dispatch(ctx, args)
	if err == nil || errors.Is(err, errHelp) {
		return 0
	}
	if code, ok := errors.AsType[codeError](err); ok {
		return int(code)
	}
	code := 1
	if _, ok := errors.AsType[usageError](err); ok {
		code = 2
	}
	_, _ = fmt.Fprintln(p.err, "ppmock:", strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; "))
	return code
}

func (p program) dispatch(ctx context.Context, args []string) error {
	switch {
	case len(args) > 0 && args[0] == "help":
		args = append(args[1:], "--help")
	case len(args) > 0 && args[0] == "--version":
		args = []string{"version"}
	}
	parser, err := kong.New(&commands{}, kong.Name("ppmock"), kong.Description(description), kong.Writers(p.out, p.err), kong.NoDefaultHelp(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 120}), kong.Vars{"address": defaultAddress})
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	switch {
	case errors.Is(err, errHelp):
		return err
	case err != nil:
		what := "ppmock"
		if failed, ok := errors.AsType[*kong.ParseError](err); ok && failed.Context != nil && failed.Context.Selected() != nil {
			what = failed.Context.Selected().FullPath()
		}
		return usageError{fmt.Errorf("%w; see %s --help", err, what)}
	}
	if parsed.Selected().Name != "exec" {
		var stop func()
		ctx, stop = p.untilInterrupted(ctx)
		defer stop()
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return parsed.Run(p)
}

// untilInterrupted is ctx until a signal asks the process to end.
func (p program) untilInterrupted(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	if p.notify == nil {
		return ctx, cancel
	}
	signals, stop := p.notify(ending()...)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		stop()
		cancel()
	}
}

// print writes to the standard output.
func (p program) print(text string) error {
	_, err := io.WriteString(p.out, text)
	return err
}

// read returns the content of a file, or of the standard input for "-".
func (p program) read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(p.in)
	}
	return os.ReadFile(name)
}

// write puts content into a file, complete or not at all, or on the standard output for "-".
func (p program) write(name string, content []byte) error {
	if name == "-" {
		return p.print(string(content))
	}
	part := name + ".part"
	if err := os.WriteFile(part, content, 0o600); err != nil {
		return err
	}
	return os.Rename(part, name)
}

// loopback refuses an address that others than this machine could reach.
func loopback(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "" {
		return fmt.Errorf("address %q is not HOST:PORT, for example %s", address, defaultAddress)
	}
	if ip := net.ParseIP(host); strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("address %q is not on the loopback interface: the mock guards nothing, and everybody who reaches it may do everything; "+
		"if that is meant, say --i-know-it-is-a-mock", address)
}

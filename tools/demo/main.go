// Command demo tells a story with the real programs: it builds the provider and the mock, runs Terraform from the first
// plan to the last destroy, and checks every claim that it prints. It ends with 1 if one of them is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

// run tells the story and leaves nothing behind.
func run(ctx context.Context, out io.Writer) (err error) {
	started := time.Now()
	program, err := cli.Find(ctx)
	if err != nil {
		return err
	}
	name := "Terraform"
	if program.OpenTofu {
		name = "OpenTofu"
	}
	_, err = fmt.Fprintf(out, "A tenant and its first environments, from plan to destroy.\n%s %s on %s/%s, the real provider, and a platform on this machine.\n",
		name, program.Version, runtime.GOOS, runtime.GOARCH)
	if err != nil {
		return err
	}
	s, err := newStage(program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	err = (&story{stage: s, out: out, started: started, ids: map[string]string{}}).tell(ctx)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}

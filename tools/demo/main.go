// Command demo tells a story with the real programs: it builds the provider and the mock, runs Terraform from the first
// plan to the last destroy, and checks every claim that it prints. It ends with 1 if one of them is wrong.
package main

import (
	"context"
	"errors"
	"flag"
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
	keep := flag.Bool("keep", false, "leave the mock running at the end, with everything in it")
	flag.Parse()
	err := run(ctx, os.Stdout, *keep)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

// run tells the story and leaves nothing behind, unless it is to keep it.
func run(ctx context.Context, out io.Writer, keep bool) (err error) {
	started := time.Now()
	program, err := cli.Find(ctx)
	if err != nil {
		return err
	}
	name := "Terraform"
	if program.OpenTofu {
		name = "OpenTofu"
	}
	_, err = fmt.Fprintf(out, "A case-management application in a private network, its secrets in a key vault, from plan to destroy.\n%s %s on %s/%s, the real provider, and a platform on this machine.\n",
		name, program.Version, runtime.GOOS, runtime.GOARCH)
	if err != nil {
		return err
	}
	s, err := newStage(program, keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	err = (&story{stage: s, out: out, started: started}).tell(ctx)
	switch {
	case ctx.Err() != nil:
		s.keep = false
		return errors.New("interrupted")
	case err != nil:
		s.keep = false
		return err
	case keep:
		_, err = fmt.Fprint(out, s.leave())
	}
	return err
}

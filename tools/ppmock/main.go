// Command ppmock serves a local Power Platform for module authors, and steers one that runs.
package main

import (
	"context"
	"os"
	"os/signal"
)

// version is set when a release is built.
var version = "dev"

func main() {
	p := program{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, environ: os.Environ,
		notify: func(signals ...os.Signal) (<-chan os.Signal, func()) {
			c := make(chan os.Signal, 16)
			signal.Notify(c, signals...)
			return c, func() { signal.Stop(c) }
		},
	}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

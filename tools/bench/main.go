// Command bench measures the provider and the mock and prints tables. It promises nothing and judges nothing.
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
	"text/tabwriter"
	"time"
)

func main() {
	what := flag.String("only", "", "measure only the `provider` or the mock")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, *what)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, only string) error {
	parts := map[string]func(context.Context, io.Writer) error{"provider": printProvider, "mock": printMock}
	if only != "" {
		part, ok := parts[only]
		if !ok {
			return fmt.Errorf("-only takes provider or mock, not %q", only)
		}
		return part(ctx, out)
	}
	return errors.Join(printProvider(ctx, out), printMock(ctx, out))
}

func printProvider(ctx context.Context, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(table, format+"\t\n", args...) }
	line("environments\tcreate\trequests\tstart, plan\trequests\tper environment\tallocated\tdestroy\trequests")
	for _, n := range []int{1, 10, 20, 50} {
		l, err := life(ctx, n)
		if err != nil {
			return fmt.Errorf("%d environments: %w", n, err)
		}
		line("%d\t%s\t%d\t%s\t%d\t%.1f\t%.1f MB in %d k\t%s\t%d", n, short(l.create.took), l.create.requests, short(l.plan.took), l.plan.requests,
			float64(l.reads)/float64(n), float64(l.plan.bytes)/1e6, l.plan.objects/1000, short(l.destroy.took), l.destroy.requests)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nThe provider in process, %d objects at a time, on %d CPUs, against the mock in memory; allocations are those of both.\n\n",
		parallelism, runtime.NumCPU())
	return err
}

func printMock(ctx context.Context, out io.Writer) error {
	m, err := measureMock(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(table, format+"\t\n", args...) }
	megabytes := func(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }
	load := func(t throughput) string {
		return fmt.Sprintf("%.0f a second; half within %s, 99 %% within %s", t.rate(), short(t.percentile(0.5)), short(t.percentile(0.99)))
	}
	line("mock, made in process\t%s", short(m.made))
	line("ppmock, from start to ready, median of 11\t%s", short(m.started))
	line("requests, in memory\t%.0f a second", m.inMemory)
	line("terraform-provider-powerplatform, stripped\t%.1f MB", float64(m.providerSize)/1e6)
	line("ppmock, stripped\t%.1f MB", float64(m.mockSize)/1e6)
	line("ppmock with %d environments with Dataverse: from start to ready\t%s", manyEnvironments, short(m.seeding))
	line("… its memory\t%s", megabytes(m.resident))
	line("… its memory after all were listed on one page\t%s", megabytes(m.afterList))
	line("… reads of the tenant, %d clients in a second process\t%s", 2*parallelism, load(m.tenant))
	line("… reads of one environment of all\t%s", load(m.one))
	line("… mixed reads and writes, %d clients, without an error\t%s", manyClients, load(m.mixed))
	line("… its memory after %s and after %s of that\t%s, %s", short(loadTime), short(3*loadTime), megabytes(m.before), megabytes(m.after))
	if err := table.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\nOn %d CPUs, which clients and mock share.\n", runtime.NumCPU())
	return err
}

func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

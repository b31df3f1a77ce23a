// Command bench measures the provider and the mock and prints tables. It promises nothing and judges nothing.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"text/tabwriter"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
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
	if err != nil {
		return err
	}

	m, err := measureMock(ctx)
	if err != nil {
		return err
	}
	table.Init(out, 0, 0, 3, ' ', 0)
	line("mock, made in process\t%s", short(m.made))
	line("ppmock, from start to ready\t%s", short(m.started))
	line("requests per second, in memory\t%.0f", m.inMemory)
	line("requests per second, over loopback\t%.0f", m.overLoopback)
	line("terraform-provider-powerplatform, stripped\t%.1f MB", float64(m.providerSize)/1e6)
	line("ppmock, stripped\t%.1f MB", float64(m.mockSize)/1e6)
	return table.Flush()
}

func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pause is the time between two attempts to reach a mock.
const pause = 50 * time.Millisecond

// waitCommand is ppmock wait.
type waitCommand struct {
	target
	Timeout time.Duration `default:"30s" help:"How long to wait. Default: ${default}."`
}

// Help gives the details.
func (*waitCommand) Help() string {
	return `Waits until a mock answers, which may be started later.

Example:

    ppmock serve & ppmock wait --timeout 10s && terraform test`
}

// Run waits.
func (c *waitCommand) Run(ctx context.Context, p program) error {
	if c.Timeout <= 0 {
		return usageError{fmt.Errorf("--timeout must be a duration such as 30s, not %v", c.Timeout)}
	}
	to, err := p.client(c.target)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	again := time.NewTicker(pause)
	defer again.Stop()
	for {
		last := to.healthy(limited)
		if last == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-limited.Done():
			if ctx.Err() != nil {
				return errors.New("interrupted while waiting")
			}
			return fmt.Errorf("waited %v in vain: %w", c.Timeout, last)
		}
	}
}

// healthy says what is wrong with the mock, nil if nothing is.
func (c client) healthy(ctx context.Context) error {
	var health struct{ Status string }
	if err := c.read(ctx, &health, "health", nil); err != nil {
		return err
	}
	if health.Status != "ok" {
		return fmt.Errorf("the mock on %s says that it is %q", c.address, health.Status)
	}
	return nil
}

// healthcheckCommand is ppmock healthcheck.
type healthcheckCommand struct{ target }

// Help gives the details.
func (*healthcheckCommand) Help() string {
	return `Ends with 0 if a mock answers now, else with 1.

Example, in a Dockerfile:

    HEALTHCHECK CMD ["/ppmock", "healthcheck"]`
}

// Run asks once.
func (c *healthcheckCommand) Run(ctx context.Context, p program) error {
	to, err := p.client(c.target)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return to.healthy(limited)
}

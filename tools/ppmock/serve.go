package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// serveCommand is ppmock serve.
type serveCommand struct {
	Listen    string `placeholder:"HOST:PORT" help:"Where to listen; port 0 chooses a free one. Default: $$POWER_PLATFORM_MOCK_HOST, then ${address}."`
	ReadyFile string `placeholder:"FILE" help:"A file that is there, with the address in it, while the mock is ready."`
	Open      bool   `name:"i-know-it-is-a-mock" help:"Listen beyond this machine. Everybody who reaches the mock may do everything with it."`
	platformFlags
}

// Help gives the details.
func (*serveCommand) Help() string {
	return `The platform answers on one port: to the provider when ` + hostVariable + ` names the address, and as an HTTPS proxy to every other
client ("ppmock env --proxy"). When it is ready it prints the address and what to export.

Example:

    ppmock serve --seed contoso.yaml --state contoso.db --profile realistic --speed 60`
}

// Run serves the platform until ctx ends.
func (c *serveCommand) Run(ctx context.Context, p program) error {
	listen, err := p.address(target{At: c.Listen, Open: c.Open})
	if err != nil {
		return err
	}
	m, err := p.start(ctx, listen, c.platformFlags, func(address string) error {
		if c.Open {
			return nil
		}
		return loopback(address) // localhost may resolve to anything
	})
	if err != nil {
		return err
	}
	if c.ReadyFile != "" {
		if err := p.write(c.ReadyFile, []byte(m.address+"\n")); err != nil {
			return errors.Join(err, m.stop(ctx))
		}
		defer func() { _ = os.Remove(c.ReadyFile) }()
	}
	text, err := shells["sh"](variables(m.address))
	if err == nil {
		err = p.print("ppmock is ready on " + m.address + "\n" + text)
	}
	if err != nil {
		return errors.Join(err, m.stop(ctx))
	}
	select {
	case err := <-m.served:
		return errors.Join(fmt.Errorf("serving on %s: %w", m.address, err), m.stop(ctx))
	case <-ctx.Done():
	}
	return m.stop(ctx)
}

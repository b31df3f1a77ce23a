package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// grace is how long requests that are being answered may take when the mock is stopped.
const grace = 5 * time.Second

// serve serves the platform until ctx ends.
func (p program) serve(ctx context.Context, args []string) error {
	f := p.flags("serve")
	listen := f.String("listen", defaultAddress, "")
	seed := f.String("seed", "", "")
	latency := f.String("latency", "instant", "")
	ready := f.String("ready-file", "", "")
	if _, err := p.parse(f, args, 0); err != nil {
		return err
	}
	if err := loopback(*listen); err != nil {
		return err
	}
	platform, err := p.platform(*seed, *latency)
	if err != nil {
		return err
	}

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	if err := loopback(address); err != nil { // localhost may resolve to anything
		return errors.Join(err, listener.Close())
	}
	// Requests that a fault keeps waiting end with this context, so that they do not hold up the end.
	requests, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	s := &http.Server{Handler: platform, ReadHeaderTimeout: time.Minute, BaseContext: func(net.Listener) context.Context { return requests }}
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	if err := p.announce(address, *ready); err != nil {
		return errors.Join(err, s.Close())
	}
	if *ready != "" {
		defer func() { _ = os.Remove(*ready) }()
	}
	select {
	case err := <-served:
		return fmt.Errorf("serving on %s: %w", address, err)
	case <-ctx.Done():
	}
	end()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := s.Shutdown(last); err != nil {
		return errors.Join(err, s.Close())
	}
	return nil
}

// platform makes the platform with what the seed says.
func (p program) platform(seed, latency string) (*mock.Platform, error) {
	mode, ok := map[string]mock.Latency{"instant": mock.Instant, "real": mock.Real}[latency]
	if !ok {
		return nil, fmt.Errorf("latency must be instant or real, not %q: %w", latency, errUsage)
	}
	platform := mock.New(mock.WithLatency(mode))
	if seed == "" {
		return platform, nil
	}
	raw, err := p.read(seed)
	if err != nil {
		return nil, err
	}
	more, err := server.ParseSeed(raw)
	if err != nil {
		return nil, fmt.Errorf("seed %s: %w", seed, err)
	}
	all := mock.Baseline()
	all.Tenants = append(all.Tenants, more.Tenants...)
	platform.SetBaseline(all)
	if err := platform.Reset(); err != nil {
		return nil, fmt.Errorf("seed %s: %w", seed, err)
	}
	return platform, nil
}

// announce says that the mock is ready, on the output and, complete from the start, in the ready file.
func (p program) announce(address, file string) error {
	if file != "" {
		part := file + ".part"
		if err := os.WriteFile(part, []byte(address+"\n"), 0o600); err != nil {
			return err
		}
		if err := os.Rename(part, file); err != nil {
			return err
		}
	}
	return p.print("ppmock is ready on " + address + "\n" + exports(address))
}

// exports are the lines that send the provider to the mock. The credentials are among them so that those of a real tenant
// that the shell may hold are not used.
func exports(address string) string {
	return "export " + hostVariable + "=" + address + "\n" +
		"export POWER_PLATFORM_TENANT_ID=" + mock.DefaultTenantID + "\n" +
		"export POWER_PLATFORM_CLIENT_ID=" + mock.DefaultClientID + "\n" +
		"export POWER_PLATFORM_CLIENT_SECRET=" + mock.DefaultClientSecret + "\n"
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/proxy"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
)

// grace is how long requests that are being answered may take when the mock is stopped.
const grace = 5 * time.Second

// platformFlags say what a mock is like, for serve and exec.
type platformFlags struct {
	State       string   `placeholder:"FILE" help:"Keep the state in a file, so that nothing is lost however the mock ends. Default: in memory."`
	Seed        string   `placeholder:"FILE" help:"Tenants to start with, in YAML or JSON, besides the default one. A --state that is there already holds its own."`
	Profile     string   `default:"instant" placeholder:"PROFILE" help:"How the platform treats time and load: instant (waiting costs nothing), realistic (it takes its time), throttled (realistic, and few requests are too many), or a YAML file. Default: ${default}."`
	Speed       float64  `default:"1" placeholder:"N" help:"Let time pass N times as fast, with a profile that takes its time. Default: ${default}."`
	Passthrough []string `placeholder:"HOST,…" help:"Hosts that the proxy lets through, such as registry.terraform.io; * stands for anything. It refuses all others that are not the platform's."`
	Lenient     bool     `help:"Let requests pass that the platform refuses for their form, and note why in the journal."`
	CADir       string   `name:"ca-dir" placeholder:"DIR" help:"Where the certificate authority of the proxy is kept. Default: ppmock in the user's cache directory."`
	LogFormat   string   `enum:"text,json" default:"text" help:"Format of the log on the standard error: text or json."`
	LogLevel    string   `enum:"debug,info,warn,error" default:"info" help:"What is logged: debug (every request), info, warn or error."`
}

// logger writes to w what the flags ask for.
func (f platformFlags) logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: map[string]slog.Level{"debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError}[f.LogLevel]}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// machine is a mock that listens.
type machine struct {
	// address is where clients on this machine reach it.
	address string
	// served gets the error with which serving ended by itself.
	served <-chan error
	// authority is that of the proxy; nil when there is none.
	authority *proxy.Authority

	server *http.Server
	end    context.CancelFunc
	close  []func() error
}

// start makes the platform of the flags and lets it listen on an address, which check may refuse.
func (p program) start(ctx context.Context, address string, f platformFlags, check func(address string) error) (*machine, error) {
	log := f.logger(p.err)
	authority := make(chan found, 1)
	go func() { authority <- find(f.CADir) }() // both take a while
	platform, err := p.platform(f, log)
	if err != nil {
		return nil, err
	}
	m := &machine{close: []func() error{platform.Close}}
	handler, err := m.proxied(platform, <-authority, f, log)
	if err != nil {
		return nil, errors.Join(err, m.shut())
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w; another mock may be there: stop it, or say --listen 127.0.0.1:0 for a free port", err)
	}
	if err == nil {
		if err = check(listener.Addr().String()); err != nil {
			err = errors.Join(err, listener.Close())
		}
	}
	if err != nil {
		return nil, errors.Join(err, m.shut())
	}
	m.address = reachable(listener.Addr())

	// Requests that a fault keeps waiting end with this context, so that they do not hold up the end.
	var requests context.Context
	requests, m.end = context.WithCancel(context.WithoutCancel(ctx))
	m.server = &http.Server{ //nolint:gosec // Limit sets what is missing
		Handler: handler, BaseContext: func(net.Listener) context.Context { return requests },
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	platform.Limit(m.server)
	served := make(chan error, 1)
	go func() { served <- m.server.Serve(listener) }()
	m.served = served
	log.Info("serving", "address", listener.Addr().String())
	return m, nil
}

// proxied puts the proxy in front of the platform. Without a place for its authority the platform serves without it,
// unless the flags ask for something that needs it.
func (m *machine) proxied(platform *mock.Platform, authority found, f platformFlags, log *slog.Logger) (http.Handler, error) {
	if authority.err != nil {
		if f.CADir != "" || len(f.Passthrough) > 0 {
			return nil, authority.err
		}
		log.Warn("there is no proxy; --ca-dir names a directory for its certificate authority", "cause", authority.err)
		return platform, nil
	}
	m.authority = authority.Authority
	if note := m.authority.Note(); note != "" {
		log.Info(note)
	}
	forward, err := proxy.New(proxy.Options{Platform: platform, Authority: m.authority, Passthrough: f.Passthrough, Log: log})
	if err != nil {
		return nil, fmt.Errorf("--passthrough: %w", err)
	}
	m.close = append([]func() error{forward.Close}, m.close...)
	return forward, nil
}

// found is a certificate authority, or why there is none.
type found struct {
	*proxy.Authority
	err error
}

// find loads the certificate authority in a directory, or that of the user.
func find(directory string) found {
	var err error
	if directory == "" {
		if directory, err = proxy.DefaultDirectory(); err != nil {
			return found{err: err}
		}
	}
	a, err := proxy.LoadAuthority(directory)
	return found{a, err}
}

// platform makes the platform with what the seed says.
func (p program) platform(f platformFlags, log *slog.Logger) (*mock.Platform, error) {
	profile, err := p.profile(f)
	if err != nil {
		return nil, err
	}
	options := []mock.Option{mock.WithProfile(profile), mock.WithLog(log)}
	if f.Lenient {
		options = append(options, mock.WithLenient())
	}
	if f.State == "" {
		platform := mock.New(options...)
		if err := p.fill(platform, f.Seed); err != nil {
			return nil, err
		}
		return platform, nil
	}
	platform, found, err := mock.Open(mock.StateFile{
		Path: f.State, Report: func(message string) { log.Error(message) },
		Fresh: func(platform *mock.Platform) error { return p.fill(platform, f.Seed) },
	}, options...)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--state: %w", err)
	case found && f.Seed != "":
		log.Info("the state file holds a state already, the seed is not read", "state", f.State, "seed", f.Seed)
	}
	return platform, nil
}

// profile is the profile of a name or a file, at the speed of the flags.
func (p program) profile(f platformFlags) (profile.Profile, error) {
	chosen, err := profile.Named(f.Profile)
	if err != nil {
		raw, missing := p.read(f.Profile)
		switch {
		case errors.Is(missing, fs.ErrNotExist):
			return chosen, usageError{fmt.Errorf("--profile: %w, nor a file of that name", err)}
		case missing != nil:
			return chosen, fmt.Errorf("--profile: %w", missing)
		}
		if chosen, err = profile.Parse(raw); err != nil {
			return chosen, fmt.Errorf("profile %s: %w", f.Profile, err)
		}
	}
	switch {
	case !(f.Speed > 0) || math.IsInf(f.Speed, 1):
		return chosen, usageError{fmt.Errorf("--speed must be more than 0, not %v", f.Speed)}
	case f.Speed == 1:
		return chosen, nil
	case chosen.Time != profile.TimeWall:
		return chosen, usageError{fmt.Errorf("--speed needs a profile that takes its time, such as realistic; in %s waiting costs nothing", f.Profile)}
	}
	chosen.Speed = f.Speed
	return chosen, nil
}

// fill makes a platform what the baseline and a seed file say, for now and for every reset.
func (p program) fill(platform *mock.Platform, seed string) error {
	if seed == "" {
		return nil
	}
	raw, err := p.read(seed)
	if err != nil {
		return fmt.Errorf("--seed: %w", err)
	}
	more, err := platform.ParseSeed(raw)
	if err != nil {
		return fmt.Errorf("seed %s: %w", seed, err)
	}
	all := mock.Baseline()
	all.Tenants = append(all.Tenants, more.Tenants...)
	platform.SetBaseline(all)
	if err := platform.Reset(); err != nil {
		return fmt.Errorf("seed %s: %w", seed, err)
	}
	debug.FreeOSMemory() // reading a large seed takes several times what is left of it
	return nil
}

// stop ends the machine: requests that hang at once, others within the grace.
func (m *machine) stop(ctx context.Context) error {
	m.end()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := m.server.Shutdown(last)
	if err != nil {
		err = errors.Join(err, m.server.Close())
	}
	return errors.Join(err, m.shut())
}

// shut closes what stands behind the server.
func (m *machine) shut() error {
	var err error
	for _, c := range m.close {
		err = errors.Join(err, c())
	}
	m.close = nil
	return err
}

// reachable is the address by which clients on this machine reach a listener on all interfaces.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
}

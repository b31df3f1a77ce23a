// Package proxy is an HTTPS forward proxy in front of the mock platform, so that clients which know nothing of the mock
// reach it under the names of the real hosts. What is no host of the platform is refused, never forwarded, unless it is
// named.
package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Operations of the journal entries that the proxy itself writes.
const (
	// OperationTelemetry is a request to a host of Telemetry, answered and dropped.
	OperationTelemetry = "proxy.telemetry"
	// OperationRefused is a request to a host that the platform does not have.
	OperationRefused = "proxy.refused"
	// OperationPassed is a connection to a host of Options.Passthrough, or an http request to it.
	OperationPassed = "proxy.passed"
	// OperationHandshake is a connection on which TLS failed, usually because the client does not trust the authority.
	OperationHandshake = "proxy.handshake"
)

// Limits of every proxy. A client that exceeds one is cut off.
const (
	maxTunnels       = 4096             // connections at a time
	handshakeTimeout = 10 * time.Second // from CONNECT to the end of the TLS handshake
	headerTimeout    = 30 * time.Second // for the head of a request
	bodyTimeout      = time.Minute      // for the body of a request
	writeTimeout     = 30 * time.Second // for the client to take what is written at once
	idleTimeout      = 2 * time.Minute  // between requests
	dialTimeout      = 30 * time.Second // to a host that is passed through
	passedTimeout    = 10 * time.Minute // without a byte in either direction, of a connection that is passed through
)

// Options configures a proxy.
type Options struct {
	// Platform answers for its hosts.
	Platform *server.Platform
	// Authority issues the certificates of those hosts.
	Authority *Authority
	// Passthrough are hosts that are tunnelled to as they are, exact or as patterns in which * stands for any characters,
	// with or without a port. Hosts of the platform and of Telemetry never are.
	Passthrough []string
	// Log is told of what is refused and of handshakes that fail; nil for nobody.
	Log *slog.Logger
}

// Proxy is an http.Handler that serves on one port: requests in origin form go to the platform as they are, requests
// in absolute form and CONNECT by their host. Inside a tunnel it speaks HTTP/1.1 and HTTP/2 over TLS, or plain HTTP. It
// needs a server of HTTP/1.1, as connections are taken over.
type Proxy struct {
	platform    *server.Platform
	authority   *Authority
	passthrough []string
	log         *slog.Logger
	limits      limits

	inner     *http.Server
	tls       *tls.Config
	tunnels   *entrance
	work      *gate
	ctx       context.Context //nolint:containedctx // it is the life of the proxy, which connections outlive no more than it
	stop      context.CancelFunc
	transport *http.Transport // for http requests that are passed through
	dialer    net.Dialer
}

// limits are those above, for tests to shorten.
type limits struct {
	tunnels                                             int
	handshake, header, body, write, idle, dial, passing time.Duration
}

// New returns a proxy, which works until Close. An empty pattern in Passthrough, or one without a letter or digit, is an error:
// nothing is forwarded by accident.
func New(o Options) (*Proxy, error) {
	return start(o, limits{maxTunnels, handshakeTimeout, headerTimeout, bodyTimeout, writeTimeout, idleTimeout, dialTimeout, passedTimeout})
}

func start(o Options, l limits) (*Proxy, error) {
	if o.Platform == nil || o.Authority == nil {
		return nil, errors.New("a proxy needs a platform and an authority")
	}
	patterns, err := parsePatterns(o.Passthrough)
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		platform: o.Platform, authority: o.Authority, passthrough: patterns, log: o.Log, limits: l,
		tunnels: newEntrance(), work: newGate(l.tunnels), dialer: net.Dialer{Timeout: l.dial},
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.ctx, p.stop = context.WithCancel(context.Background()) //nolint:forbidigo // a proxy lives until Close, not as long as a request
	p.transport = &http.Transport{DialContext: p.dialer.DialContext, IdleConnTimeout: l.idle, ResponseHeaderTimeout: l.passing, MaxIdleConns: 32}
	p.inner = &http.Server{
		Handler: http.HandlerFunc(p.inside), ReadHeaderTimeout: l.header, IdleTimeout: l.idle,
		BaseContext: func(net.Listener) context.Context { return p.ctx },
		ConnState:   p.connState,
		ErrorLog:    slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	p.inner.MaxHeaderBytes = o.Platform.Limits().Header
	p.tls = &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	p.work.follow()
	go func() {
		defer p.work.leave()
		_ = p.inner.Serve(p.tunnels) // it ends with Close
	}()
	return p, nil
}

// Close ends all connections, requests that hang among them, and returns when nothing of the proxy runs any more.
func (p *Proxy) Close() error {
	p.work.shut()
	p.stop()
	p.tunnels.shut()
	err := p.inner.Close()
	p.transport.CloseIdleConnections()
	p.work.wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// connState counts the connections that the inner server works on.
func (p *Proxy) connState(_ net.Conn, s http.ConnState) {
	if s == http.StateClosed || s == http.StateHijacked {
		p.work.leave()
	}
}

// destination is what becomes of a request by its host.
type destination int

const (
	refused destination = iota
	telemetry
	platform
	passed
)

// of says what becomes of a request to a host and port.
func (p *Proxy) of(host, port string) destination {
	switch {
	case isTelemetry(host):
		return telemetry
	case p.platform.Knows(host):
		return platform
	case slices.ContainsFunc(p.passthrough, func(pattern string) bool { return passes(pattern, host, port) }):
		return passed
	}
	return refused
}

// ServeHTTP serves a request that came over the port of the proxy.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	case r.URL.IsAbs() && !isSelf(r):
		p.forward(w, r)
	default:
		p.platform.ServeHTTP(w, r)
	}
}

// isSelf says whether a request in absolute form is meant for the proxy itself: clients that proxy everything ask so for
// the admin API.
func isSelf(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok || r.URL.Scheme != "http" {
		return false
	}
	host, port := target(r.Host, "80")
	own, open := target(local.String(), "")
	ip := net.ParseIP(own)
	return port == open && (host == own || host == "localhost" && ip != nil && ip.IsLoopback())
}

// forward answers a request in absolute form.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request) {
	host, port := target(r.Host, map[string]string{"https": "443"}[r.URL.Scheme])
	switch p.of(host, port) {
	case platform:
		p.platform.ServeHTTP(w, r)
	case telemetry:
		p.swallow(w, r)
	case passed:
		p.relay(w, r)
	case refused:
		p.refuse(w, r, host)
	}
}

// inside answers a request that came through a tunnel.
func (p *Proxy) inside(w http.ResponseWriter, r *http.Request) {
	if !p.work.follow() { // the connection is being closed
		panic(http.ErrAbortHandler)
	}
	defer p.work.leave()
	host, port := target(r.Host, "")
	switch p.of(host, port) {
	case platform: // which has limits of its own
		p.platform.ServeHTTP(w, r)
	case telemetry:
		limitBody(w, r, p.limits.body)
		p.swallow(w, r)
	default: // a tunnel to the platform does not lead elsewhere
		limitBody(w, r, p.limits.body)
		p.refuse(w, r, host)
	}
}

package proxy

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// tunnel is a connection that was taken over from the server of the port.
type tunnel struct {
	net.Conn
	first    []byte        // what was read already
	patience time.Duration // for one write
	forget   func() bool   // ends the watch on the end of the proxy
}

// Close ends the connection.
func (t *tunnel) Close() error {
	t.forget()
	return t.Conn.Close()
}

// peek returns the first byte without consuming it.
func (t *tunnel) peek() (byte, error) {
	if len(t.first) == 0 {
		one := make([]byte, 1)
		if _, err := io.ReadFull(t.Conn, one); err != nil {
			return 0, err
		}
		t.first = one
	}
	return t.first[0], nil
}

// Read returns first what was read already.
func (t *tunnel) Read(b []byte) (int, error) {
	if len(t.first) > 0 {
		n := copy(b, t.first)
		t.first = t.first[n:]
		return n, nil
	}
	return t.Conn.Read(b)
}

// Write gives up on a client that does not take what it asked for.
func (t *tunnel) Write(b []byte) (int, error) {
	if err := t.Conn.SetWriteDeadline(time.Now().Add(t.patience)); err != nil {
		return 0, err
	}
	return t.Conn.Write(b)
}

// SetWriteDeadline leaves the deadline to Write.
func (*tunnel) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline leaves the deadline of writes to Write.
func (t *tunnel) SetDeadline(at time.Time) error { return t.SetReadDeadline(at) }

// entrance is the listener through which tunnels come to the inner server.
type entrance struct {
	conns  chan net.Conn
	closed chan struct{}
	shut   func()
}

func newEntrance() *entrance {
	e := &entrance{conns: make(chan net.Conn), closed: make(chan struct{})}
	e.shut = sync.OnceFunc(func() { close(e.closed) })
	return e
}

// hand gives a connection to the server, and says whether it took it.
func (e *entrance) hand(c net.Conn) bool {
	select {
	case e.conns <- c:
		return true
	case <-e.closed:
		return false
	}
}

// Accept waits for the next connection.
func (e *entrance) Accept() (net.Conn, error) {
	select {
	case c := <-e.conns:
		return c, nil
	case <-e.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and hand.
func (e *entrance) Close() error {
	e.shut()
	return nil
}

// Addr has no meaning: the entrance is inside the process.
func (*entrance) Addr() net.Addr { return &net.UnixAddr{Name: "ppmock", Net: "unix"} }

// gate counts what is at work and lets a limited number in at a time.
type gate struct {
	mu    sync.Mutex
	none  *sync.Cond
	most  int
	count int
	over  bool
}

func newGate(most int) *gate {
	g := &gate{most: most}
	g.none = sync.NewCond(&g.mu)
	return g
}

// enter counts one more, unless the gate is shut or there are as many as it takes.
func (g *gate) enter() bool { return g.admit(g.most) }

// follow is enter for what belongs to something that is inside already.
func (g *gate) follow() bool { return g.admit(math.MaxInt) }

func (g *gate) admit(most int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over || g.count >= most {
		return false
	}
	g.count++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count--; g.count == 0 {
		g.none.Broadcast()
	}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
}

// wait returns when all have left.
func (g *gate) wait() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.count > 0 {
		g.none.Wait()
	}
}

// limitBody ends a request whose body does not come.
func limitBody(w http.ResponseWriter, r *http.Request, patience time.Duration) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	c := http.NewResponseController(w)
	if c.SetReadDeadline(time.Now().Add(patience)) == nil {
		r.Body = &limitedBody{r.Body, c}
	}
}

type limitedBody struct {
	io.ReadCloser
	c *http.ResponseController
}

func (b *limitedBody) Read(buffer []byte) (int, error) {
	n, err := b.ReadCloser.Read(buffer)
	if errors.Is(err, io.EOF) {
		_ = b.c.SetReadDeadline(time.Time{}) // the answer may take its time
	}
	return n, err
}

// plain is a host in lower case, without brackets and closing dot.
func plain(host string) string {
	return strings.ToLower(strings.Trim(strings.TrimSuffix(host, "."), "[]"))
}

// target splits a host from its port, which is otherwise the one given.
func target(address, otherwise string) (host, port string) {
	if host, port, err := net.SplitHostPort(address); err == nil {
		return plain(host), port
	}
	if otherwise == "" {
		otherwise = "80"
	}
	return plain(address), otherwise
}

// parsePatterns checks what is to be passed through.
func parsePatterns(patterns []string) ([]string, error) {
	out := []string{}
	for _, pattern := range patterns {
		pattern = strings.ToLower(strings.TrimSpace(pattern))
		name := pattern
		if host, _, err := net.SplitHostPort(pattern); err == nil {
			name = host
		}
		if strings.Trim(name, "*.:[]") == "" || strings.ContainsAny(pattern, "/ \t@") {
			return nil, fmt.Errorf("passing %q through: it is no host and no pattern such as \"*.example.com\" or \"example.com:443\"", pattern)
		}
		out = append(out, pattern)
	}
	return out, nil
}

// passes says whether a pattern, which may end in a port, lets a host and port through.
func passes(pattern, host, port string) bool {
	if name, only, err := net.SplitHostPort(pattern); err == nil {
		return port == only && server.Glob(name, host)
	}
	if ip, err := netip.ParseAddr(strings.Trim(pattern, "[]")); err == nil {
		return ip.String() == host
	}
	return server.Glob(pattern, host)
}

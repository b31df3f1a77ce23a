package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

const openID = "https://login.microsoftonline.com/" + mock.DefaultTenantID + "/v2.0/.well-known/openid-configuration"

// normal are the limits of New.
var normal = limits{maxTunnels, handshakeTimeout, headerTimeout, bodyTimeout, writeTimeout, idleTimeout, dialTimeout, passedTimeout}

// rig is a proxy on a socket.
type rig struct {
	*testing.T
	platform  *mock.Platform
	authority *Authority
	proxy     *Proxy
	address   string
}

func newRig(t *testing.T, l limits, passthrough ...string) *rig {
	t.Helper()
	p, a := mock.New(mock.WithLimits(mock.Limits{BodyTime: l.body})), load(t, shop(t))
	proxy, err := start(Options{Platform: p, Authority: a, Passthrough: passthrough}, l)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: proxy, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve(listener)
	}()
	t.Cleanup(func() {
		if err := proxy.Close(); err != nil {
			t.Error(err)
		}
		_ = s.Close()
		<-ended
	})
	return &rig{t, p, a, proxy, listener.Addr().String()}
}

// client is an HTTP client that knows the proxy and trusts its authority.
func (r *rig) client(http2 bool) *http.Client {
	proxy := &url.URL{Scheme: "http", Host: r.address}
	transport := &http.Transport{
		Proxy: http.ProxyURL(proxy), ForceAttemptHTTP2: http2,
		TLSClientConfig: &tls.Config{RootCAs: pool(r.T, r.authority.CertificateFile())},
	}
	r.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// answer is a response that was read to its end.
type answer struct {
	status int
	proto  string
	header http.Header
	body   string
}

func wholly(res *http.Response) (answer, error) {
	raw, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Proto, res.Header, string(raw)}, err
}

func (r *rig) do(c *http.Client, method, address, body string) (answer, error) {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, address, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Metadata", "true")
	res, err := c.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	return wholly(res)
}

func (r *rig) get(c *http.Client, address string) answer {
	r.Helper()
	a, err := r.do(c, http.MethodGet, address, "")
	if err != nil {
		r.Fatal(err)
	}
	return a
}

// line is a connection over which a test speaks HTTP/1.1 itself.
type line struct {
	net.Conn
	reader *bufio.Reader
}

// ask sends the head of a request and reads the answer.
func (r *rig) ask(l line, head ...string) answer {
	r.Helper()
	if _, err := io.WriteString(l, strings.Join(head, "\r\n")+"\r\n\r\n"); err != nil {
		r.Fatal(err)
	}
	method, _, _ := strings.Cut(head[0], " ")
	res, err := http.ReadResponse(l.reader, &http.Request{Method: method})
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if method == http.MethodConnect && res.StatusCode == http.StatusOK { // what follows is the tunnel's
		return answer{status: res.StatusCode, header: res.Header}
	}
	a, err := wholly(res)
	if err != nil {
		r.Fatal(err)
	}
	return a
}

// dial opens a connection to the proxy.
func (r *rig) dial() line {
	r.Helper()
	conn, err := new(net.Dialer).DialContext(r.Context(), "tcp", r.address)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = conn.Close() })
	return line{conn, bufio.NewReader(conn)}
}

// connect opens a connection to the proxy and asks for a tunnel.
func (r *rig) connect(host string) (line, answer) {
	r.Helper()
	l := r.dial()
	return l, r.ask(l, "CONNECT "+host+" HTTP/1.1", "Host: "+host, "User-Agent: test")
}

// tunnel is connect that has to succeed.
func (r *rig) tunnel(host string) line {
	r.Helper()
	l, a := r.connect(host)
	if a.status != http.StatusOK {
		r.Fatalf("%s: %d %s", host, a.status, a.body)
	}
	return l
}

// handshake opens a tunnel and speaks TLS in it.
func (r *rig) handshake(ctx context.Context, host, name string) (*tls.Conn, error) {
	r.Helper()
	spoken := tls.Client(r.tunnel(host), &tls.Config{
		ServerName: name, InsecureSkipVerify: name == "", RootCAs: pool(r.T, r.authority.CertificateFile()), // without a name there is nothing to verify
	})
	return spoken, spoken.HandshakeContext(ctx)
}

// entries are the journal entries of the proxy itself.
func (r *rig) entries(operation string) []mock.Entry {
	var out []mock.Entry
	for _, e := range r.platform.Journal("") {
		if e.Operation == operation {
			out = append(out, e)
		}
	}
	return out
}

func code(t *testing.T, body string) string {
	t.Helper()
	var answer struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return answer.Error.Code
}

// ends waits for the other side to close a connection.
func ends(t *testing.T, conn net.Conn) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err := io.Copy(io.Discard, conn)
	if timeout, is := errors.AsType[net.Error](err); is && timeout.Timeout() {
		t.Fatal("the connection is still open")
	}
}

// until waits for something that happens in another goroutine.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !happened() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("never " + what)
		}
	}
}

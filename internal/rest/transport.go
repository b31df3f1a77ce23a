package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Network says how the provider reaches the platform.
type Network struct {
	// CACertificateFile is the path of a PEM file with certificates that are trusted besides those of the system, for
	// networks that inspect TLS. Empty means none.
	CACertificateFile string

	// MockHost is the address, host and port, of a local mock that stands in for every host of the platform. It must be
	// a loopback address. Empty means the real platform.
	MockHost string

	// proxy takes the place of the proxy settings in the environment.
	proxy func(*http.Request) (*url.URL, error)
}

// CertificateError is why a Network cannot trust what its CACertificateFile holds.
type CertificateError struct {
	// Path is the file.
	Path string
	// Err is the cause.
	Err error
}

// Error names the file and the cause.
func (e *CertificateError) Error() string {
	return fmt.Sprintf("CA certificates in %s: %v", e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *CertificateError) Unwrap() error { return e.Err }

// Transport returns the transporter of all requests. It honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY, speaks TLS 1.2 or
// newer, follows no redirect to another host and sets no time limit for a request: that is the context's. With a MockHost
// every request goes there over clear HTTP, without a proxy, and keeps its real host in the Host header. The error is a
// *CertificateError or says why the MockHost is refused.
func (n Network) Transport() (policy.Transporter, error) {
	if n.MockHost != "" {
		return mockClient(n.MockHost)
	}
	roots, err := n.roots()
	if err != nil {
		return nil, err
	}
	t := base(&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second})
	t.Proxy = n.proxyFor
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	t.ForceAttemptHTTP2 = true
	// Without a time limit per request, only a ping tells a slow answer from a connection that a firewall dropped.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second}
	return &http.Client{Transport: strict{t}, CheckRedirect: sameHost}, nil
}

// strict makes the refusal of a certificate final, for signing in too: it is not better the second time.
type strict struct{ *http.Transport }

// RoundTrip carries out one exchange.
func (s strict) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.Transport.RoundTrip(req)
	if _, refused := errors.AsType[*tls.CertificateVerificationError](err); refused {
		err = permanent{err}
	}
	return resp, err
}

func base(d *net.Dialer) *http.Transport {
	return &http.Transport{
		DialContext:           d.DialContext,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   16, // Terraform works on ten objects at once by default, most on the same host
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// roots returns the certificates of the system and of the file, nil for those of the system alone.
func (n Network) roots() (*x509.CertPool, error) {
	if n.CACertificateFile == "" {
		return nil, nil
	}
	content, err := os.ReadFile(n.CACertificateFile)
	if err != nil {
		return nil, &CertificateError{n.CACertificateFile, err}
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, &CertificateError{n.CACertificateFile, fmt.Errorf("reading the certificates of the system: %w", err)}
	}
	if !roots.AppendCertsFromPEM(content) {
		return nil, &CertificateError{n.CACertificateFile, errors.New("the file holds no PEM certificate")}
	}
	return roots, nil
}

// proxyFor finds the proxy of a request. Link-local addresses have none, whatever the environment says: the metadata
// service of Azure is reached from the machine itself or not at all.
func (n Network) proxyFor(req *http.Request) (*url.URL, error) {
	if ip, err := netip.ParseAddr(req.URL.Hostname()); err == nil && ip.IsLinkLocalUnicast() {
		return nil, nil
	}
	if n.proxy != nil {
		return n.proxy(req)
	}
	return http.ProxyFromEnvironment(req)
}

// sameHost stops at a redirect to another host or to clear HTTP; the redirect is then the answer.
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if !strings.EqualFold(req.URL.Host, first.Host) || req.URL.Scheme != first.Scheme {
		return http.ErrUseLastResponse
	}
	if len(via) >= 10 {
		return errors.New("stopped after 10 redirects")
	}
	return nil
}

// mockClient reaches the mock on the loopback interface only.
func mockClient(address string) (policy.Transporter, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "" || strings.ContainsAny(address, "/@") {
		return nil, fmt.Errorf("mock host %q is not of the form host:port, such as 127.0.0.1:8787", address)
	}
	ip, err := netip.ParseAddr(host)
	if !strings.EqualFold(host, "localhost") && (err != nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("mock host %q is not a loopback address: credentials are sent there in clear text, so only 127.0.0.0/8, [::1] and localhost are allowed", address)
	}
	t := base(&net.Dialer{Timeout: 5 * time.Second, ControlContext: loopbackOnly})
	return &http.Client{Transport: redirected{t, net.JoinHostPort(host, port)}, CheckRedirect: sameHost}, nil
}

// loopbackOnly refuses a connection to what localhost stands for, should that be anything but this machine.
func loopbackOnly(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !to.Addr().Unmap().IsLoopback() {
		return fmt.Errorf("%s is not a loopback address", address)
	}
	return nil
}

// redirected sends each request to one address, and answers as if it had come from the real host.
type redirected struct {
	to      *http.Transport
	address string
}

// RoundTrip leaves the request itself as it is.
func (r redirected) RoundTrip(req *http.Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	if out.Host == "" {
		out.Host = req.URL.Host
	}
	out.URL.Scheme, out.URL.Host = "http", r.address
	resp, err := r.to.RoundTrip(out)
	if op, refused := errors.AsType[*net.OpError](err); refused && op.Op == "dial" {
		err = fmt.Errorf("no mock of the platform listens at %s; start it with ppmock serve, or unset POWER_PLATFORM_MOCK_HOST: %w", r.address, err)
	}
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

// CloseIdleConnections closes the connections to the mock that are not in use.
func (r redirected) CloseIdleConnections() { r.to.CloseIdleConnections() }

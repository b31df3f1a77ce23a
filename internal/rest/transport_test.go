package rest

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// fetch gets a URL through the network and returns the body.
func fetch(t *testing.T, n Network, address string) (string, error) {
	t.Helper()
	transport, err := n.Transport()
	if err != nil {
		t.Fatal(err)
	}
	return fetchOver(t.Context(), transport.Do, address)
}

func fetchOver(ctx context.Context, do func(*http.Request) (*http.Response, error), address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	resp, err := do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// inspected starts a server whose certificate no system trusts, and returns it with the PEM file of its authority.
func inspected(t *testing.T, h http.HandlerFunc, options ...func(*tls.Config)) (*httptest.Server, string) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10}
	for _, o := range options {
		o(server.TLS)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return server, file
}

func hello(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello "+r.Host) }

func TestTransport_TrustsTheCAFileBesidesTheSystem(t *testing.T) {
	t.Parallel()
	server, file := inspected(t, hello)
	if body, err := fetch(t, Network{CACertificateFile: file}, server.URL); err != nil || !strings.HasPrefix(body, "hello") {
		t.Errorf("got %q, %v", body, err)
	}
	_, err := fetch(t, Network{}, server.URL)
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the file the error is %v", err)
	}
	if !errors.As(err, new(interface{ NonRetriable() })) {
		t.Errorf("whoever signs in tries again after %v", err)
	}
}

func TestTransport_RefusesAnUnusableCAFile(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{empty, empty + ".none"} {
		_, err := Network{CACertificateFile: file}.Transport()
		e, ok := errors.AsType[*CertificateError](err)
		if !ok || e.Path != file || !strings.Contains(err.Error(), file) {
			t.Errorf("error for %s is %v", file, err)
		}
	}
}

func TestTransport_RefusesOldTLS(t *testing.T) {
	t.Parallel()
	server, file := inspected(t, hello, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 })
	if _, err := fetch(t, Network{CACertificateFile: file}, server.URL); err == nil || !strings.Contains(err.Error(), "version") {
		t.Errorf("error is %v", err)
	}
}

func TestTransport_FollowsNoRedirectToAnotherHost(t *testing.T) {
	t.Parallel()
	var strayed atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Store(true) }))
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/here":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			hello(w, r)
		}
	}))
	t.Cleanup(server.Close)
	if _, err := fetch(t, Network{}, server.URL+"/away"); err != nil || strayed.Load() {
		t.Errorf("error is %v, the other host was reached: %t", err, strayed.Load())
	}
	if body, err := fetch(t, Network{}, server.URL+"/here"); err != nil || !strings.HasPrefix(body, "hello") {
		t.Errorf("a redirect on the same host gave %q, %v", body, err)
	}
	if _, err := fetch(t, Network{}, server.URL+"/loop"); err == nil {
		t.Error("a loop of redirects did not end")
	}
}

// tunnel is a proxy that leads every connection to one server and counts them.
func tunnel(t *testing.T, to string) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var count atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "only tunnels", http.StatusMethodNotAllowed)
			return
		}
		count.Add(1)
		server, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		client, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = server.Close()
			return
		}
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(server, buffered)
			_ = server.Close()
		}()
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}))
	t.Cleanup(proxy.Close)
	return proxy, &count
}

func TestTransport_GoesThroughTheProxy(t *testing.T) {
	t.Parallel()
	server, file := inspected(t, hello)
	proxy, count := tunnel(t, server.Listener.Addr().String())
	address, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	n := Network{CACertificateFile: file, proxy: http.ProxyURL(address)}
	body, err := fetch(t, n, "https://example.com/") // the name that the certificate of httptest carries
	if err != nil || body != "hello example.com" || count.Load() != 1 {
		t.Errorf("got %q, %v, over %d tunnels", body, err, count.Load())
	}
}

func TestTransport_ReachesTheMetadataServiceWithoutAProxy(t *testing.T) {
	t.Parallel()
	n := Network{proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example:3128"})}
	for address, want := range map[string]bool{
		"http://169.254.169.254/metadata/identity/oauth2/token": false,
		"http://[fe80::1]/":              false,
		"https://api.bap.microsoft.com/": true,
	} {
		got, err := n.proxyFor(httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))
		if err != nil || (got != nil) != want {
			t.Errorf("the proxy of %s is %v, %v", address, got, err)
		}
	}
}

// The environment variables of proxies are read once per process, so they are tested in a process of their own.
const childCAFile = "REST_TEST_CA_FILE"

func TestTransport_HonoursTheProxyOfTheEnvironment(t *testing.T) {
	t.Parallel()
	if file := os.Getenv(childCAFile); file != "" {
		n := Network{CACertificateFile: file}
		body, err := fetch(t, n, "https://example.com/")
		if err != nil || body != "hello example.com" {
			t.Errorf("got %q, %v", body, err)
		}
		direct := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.bap.microsoft.com/", nil)
		if address, err := n.proxyFor(direct); err != nil || address != nil {
			t.Errorf("the proxy of a host in NO_PROXY is %v, %v", address, err)
		}
		return
	}
	server, file := inspected(t, hello)
	proxy, count := tunnel(t, server.Listener.Addr().String())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestTransport_HonoursTheProxyOfTheEnvironment$")
	cmd.Env = []string{childCAFile + "=" + file, "HTTPS_PROXY=" + proxy.URL, "NO_PROXY=.microsoft.com", "GORACE=atexit_sleep_ms=0"}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if count.Load() != 1 {
		t.Errorf("the proxy was used %d times, expected once", count.Load())
	}
}

func TestTransport_KeepsTheRealHostOnTheWayToTheMock(t *testing.T) {
	t.Parallel()
	mock := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "https://"+r.Host+"/there?x=1", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, r.Method+" "+r.Host+r.URL.RequestURI())
	}))
	t.Cleanup(mock.Close)
	_, port, err := net.SplitHostPort(mock.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		transport, err := Network{MockHost: net.JoinHostPort(host, port)}.Transport()
		if err != nil {
			t.Fatal(err)
		}
		const asked = "https://europe.api.bap.microsoft.com/providers/x?api-version=2023-06-01"
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, asked, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if want := "GET europe.api.bap.microsoft.com/providers/x?api-version=2023-06-01"; string(body) != want {
			t.Errorf("the mock saw %q, expected %q", body, want)
		}
		if resp.Request.URL.String() != asked || req.URL.String() != asked {
			t.Errorf("the answer belongs to %s and the request is now %s", resp.Request.URL, req.URL)
		}
		moved, err := fetchOver(t.Context(), transport.Do, "https://api.bap.microsoft.com/moved")
		if err != nil || moved != "GET api.bap.microsoft.com/there?x=1" {
			t.Errorf("a redirect led to %q, %v", moved, err)
		}
	}
}

func TestTransport_RefusesAMockElsewhere(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"192.0.2.1:8787", "0.0.0.0:8787", "[::]:8787", "mock.example:8787", "localhost.example:8787", "127.0.0.1.example:80",
		"127.0.0.1", "localhost", "http://127.0.0.1:8787", "127.0.0.1:8787/x", "user@127.0.0.1:8787", ":8787", "127.0.0.1:",
	} {
		if _, err := (Network{MockHost: address}).Transport(); err == nil || !strings.Contains(err.Error(), address) {
			t.Errorf("error for %q is %v", address, err)
		}
	}
	for _, address := range []string{"127.0.0.1:8787", "127.8.8.8:1", "[::1]:8787", "localhost:8787", "[::ffff:127.0.0.1]:80"} {
		if _, err := (Network{MockHost: address}).Transport(); err != nil {
			t.Errorf("%q is refused: %v", address, err)
		}
	}
}

func TestLoopbackOnly_LooksAtTheAddressThatIsDialed(t *testing.T) {
	t.Parallel()
	var none syscall.RawConn
	for address, allowed := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "192.0.2.1:80": false, "x": false} {
		if err := loopbackOnly(t.Context(), "tcp", address, none); (err == nil) != allowed {
			t.Errorf("error for %s is %v", address, err)
		}
	}
}

func TestTransport_SaysThatNoMockListens(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	address := strings.TrimPrefix(closed.URL, "http://")
	closed.Close()
	if _, err := fetch(t, Network{MockHost: address}, "https://api.bap.microsoft.com"); err == nil || !strings.Contains(err.Error(), "no mock of the platform listens at "+address) {
		t.Errorf("got %v", err)
	}
}

package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

func TestHostsOfThePlatformAreAnsweredUnderTheirNames(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	for _, http2 := range []bool{false, true} {
		c := r.client(http2)
		res, body := r.get(c, openID)
		if want := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[http2]; res.Proto != want || res.StatusCode != 200 || !strings.Contains(body, mock.DefaultTenantID) {
			t.Errorf("%s %s, want %s: %s", res.Proto, res.Status, want, body)
		}
		if res, _ := r.get(c, "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments?api-version=2023-06-01"); res.StatusCode != 401 {
			t.Errorf("without a token: %s", res.Status)
		}
		if res, body := r.get(c, "https://org.crm4.dynamics.com/_mock/health"); res.StatusCode != 200 {
			t.Errorf("admin API: %s %s", res.Status, body)
		}
	}
}

func TestPortStillServesThePlatformItself(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	direct := &http.Client{Transport: &http.Transport{}}
	defer direct.CloseIdleConnections()
	if res, _ := r.get(direct, "http://"+r.address+"/_mock/health"); res.StatusCode != 200 {
		t.Errorf("direct: %s", res.Status)
	}
	_, port, _ := net.SplitHostPort(r.address)
	for _, address := range []string{r.address, "localhost:" + port} {
		// Clients that proxy everything ask the proxy for the proxy. Go never does.
		conn, reader, _ := r.dial("")
		if _, err := io.WriteString(conn, "GET http://"+address+"/_mock/health HTTP/1.1\r\nHost: "+address+"\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if res, err := http.ReadResponse(reader, nil); err != nil || res.StatusCode != 200 {
			t.Errorf("by way of itself: %+v %v", res, err)
		}
	}
}

const imds = "169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fservice.powerapps.com"

func TestInstanceMetadataIsAnsweredByAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	if res, body := r.get(r.client(true), "http://"+imds); res.StatusCode != 200 || !strings.Contains(body, "access_token") {
		t.Errorf("absolute form: %s %s", res.Status, body)
	}
	if res, body := r.get(r.client(true), "https://"+imds); res.StatusCode != 200 || !strings.Contains(body, "access_token") {
		t.Errorf("TLS to an address: %s %s", res.Status, body)
	}
	conn, reader, res := r.dial("169.254.169.254:80")
	if res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
	for range 2 { // the tunnel stays open
		if _, err := io.WriteString(conn, "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://service.powerapps.com HTTP/1.1\r\nHost: 169.254.169.254\r\nMetadata: true\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != 200 || !strings.Contains(string(body), "access_token") {
			t.Errorf("plain HTTP in a tunnel: %s %s %v", res.Status, body, err)
		}
	}
}

func TestCertificateFallsBackToTheHostOfTheTunnel(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	conn, err := r.handshake(t.Context(), "api.bap.microsoft.com:443", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.ConnectionState().PeerCertificates[0].VerifyHostname("api.bap.microsoft.com"); err != nil {
		t.Error(err)
	}
	if conn, err = r.handshake(t.Context(), "api.bap.microsoft.com:443", "org.crm4.dynamics.com"); err != nil {
		t.Errorf("by name: %v", err)
	} else if err := conn.ConnectionState().PeerCertificates[0].VerifyHostname("org.crm4.dynamics.com"); err != nil {
		t.Error(err)
	}
	if _, err = r.handshake(t.Context(), "api.bap.microsoft.com:443", "example.com"); err == nil {
		t.Error("a certificate for example.com")
	}
}

func TestOtherHostsAreRefusedByName(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	_, _, res := r.dial("www.example.com:443")
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 502 || code(t, string(body)) != "UnknownHost" || !strings.Contains(string(body), "www.example.com") || !strings.Contains(res.Header.Get(Reason), "www.example.com") {
		t.Errorf("CONNECT: %s %v %s %v", res.Status, res.Header, body, err)
	}
	for _, address := range []string{"http://other.example.com/a?client_secret=hush", "http://127.0.0.1:1/"} {
		if _, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil); err != nil {
			t.Fatal(err)
		}
		conn, reader, _ := r.dial("")
		if _, err := io.WriteString(conn, "GET "+address+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 502 || code(t, string(body)) != "UnknownHost" {
			t.Errorf("%s: %s %s %v", address, res.Status, body, err)
		}
	}
	// Inside a tunnel to the platform there is no way elsewhere either.
	conn, err := r.handshake(t.Context(), "api.bap.microsoft.com:443", "api.bap.microsoft.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: inner.example.com\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || res.StatusCode != 502 {
		t.Errorf("inside: %+v %v", res, err)
	}
	entries := r.entries(OperationRefused)
	if len(entries) != 4 || entries[0].Host != "www.example.com" || entries[0].Method != http.MethodConnect || entries[0].Status != 502 || entries[0].Reason == "" || entries[0].Header.Get("User-Agent") != "test" {
		t.Errorf("journal: %+v", entries)
	}
	if entries[1].Query.Get("client_secret") == "hush" {
		t.Error("the secret is in the journal")
	}
}

func TestTelemetryIsTakenAndDropped(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal, "*.applicationinsights.azure.com")
	for _, address := range []string{
		"https://westeurope-5.in.applicationinsights.azure.com/v2.1/track", "https://dc.services.visualstudio.com/v2/track",
		"http://mobile.events.data.microsoft.com/OneCollector/1.0",
	} {
		res, body, err := r.do(r.client(true), http.MethodPost, address, `[{"secret":"hush"}]`)
		if err != nil || res.StatusCode != 200 || body != "{}" || res.Header.Get(Reason) == "" {
			t.Errorf("%s: %+v %s %v", address, res, body, err)
		}
	}
	if entries := r.entries(OperationTelemetry); len(entries) != 3 || entries[1].Host != "dc.services.visualstudio.com" || entries[1].Body != nil {
		t.Errorf("journal: %+v", entries)
	}
}

func TestNamedHostsArePassedThrough(t *testing.T) {
	t.Parallel()
	far := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "far "+r.Host) }))
	defer far.Close()
	near := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "plain "+r.Host) }))
	defer near.Close()
	r := newRig(t, normal, far.Listener.Addr().String(), near.Listener.Addr().String(), "api.bap.microsoft.com")

	conn, _, res := r.dial(far.Listener.Addr().String())
	if res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
	client := far.Client()
	client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) { return conn, nil } //nolint:forcetypeassert // it is one
	if _, body := r.get(client, far.URL); body != "far "+far.Listener.Addr().String() {
		t.Errorf("tunnel: %s", body)
	}
	if _, _, res := r.dial("127.0.0.1:1"); res.StatusCode != 502 {
		t.Errorf("another port: %s", res.Status)
	}

	plain, reader, _ := r.dial("")
	if _, err := io.WriteString(plain, "GET "+near.URL+"/x HTTP/1.1\r\nHost: "+near.Listener.Addr().String()+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "plain "+near.Listener.Addr().String() {
		t.Errorf("absolute form: %s %v", body, err)
	}

	// A host of the platform is the mock's whatever was named.
	if res, body := r.get(r.client(true), "https://api.bap.microsoft.com/"); res.StatusCode != 501 && res.StatusCode != 401 {
		t.Errorf("platform: %s %s", res.Status, body)
	}
	if entries := r.entries(OperationPassed); len(entries) != 2 || entries[0].Method != http.MethodConnect || entries[1].Path != "/x" {
		t.Errorf("journal: %+v", entries)
	}
}

func TestHostThatCannotBeReachedIsSaidToBeSo(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal, "127.0.0.1:1")
	_, _, res := r.dial("127.0.0.1:1")
	if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != 502 || code(t, string(body)) != "ProxyFailure" {
		t.Errorf("%s %s %v", res.Status, body, err)
	}
}

func TestFaultsWorkInsideTunnels(t *testing.T) {
	t.Parallel()
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, normal)
			c := r.client(http2)
			r.get(c, openID)
			r.platform.Inject(mock.Fault{Host: "login.*", Cut: true})
			if res, _, err := r.do(c, http.MethodPost, openID, ""); err == nil {
				t.Errorf("a cut request came back: %s", res.Status)
			}
			r.platform.Inject(mock.Fault{Host: "login.*", Status: 503, Body: "later"})
			if res, body := r.get(c, openID); res.StatusCode != 503 || body != "later" {
				t.Errorf("%s %s", res.Status, body)
			}
			r.platform.Inject(mock.Fault{Host: "login.*", Hang: true})
			ctx, cancel := context.WithCancel(t.Context())
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, openID, nil)
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			wg.Go(func() {
				res, err := c.Do(req)
				if err == nil {
					_ = res.Body.Close()
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("a request that hangs came back: %v", err)
				}
			})
			until(t, "asked", func() bool { return len(r.platform.Journal("")) == 4 })
			cancel()
			wg.Wait()
			if res, _ := r.get(c, openID); res.StatusCode != 200 {
				t.Errorf("afterwards: %s", res.Status)
			}
		})
	}
}

func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	short := normal
	short.handshake, short.header, short.body, short.idle = 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	const host = "login.microsoftonline.com"
	r := newRig(t, short)
	for name, open := range map[string]func(t *testing.T) net.Conn{
		"says nothing": func(*testing.T) net.Conn {
			conn, _, _ := r.dial(host + ":443")
			return conn
		},
		"stops in the handshake": func(t *testing.T) net.Conn {
			conn, _, _ := r.dial(host + ":443")
			if _, err := conn.Write([]byte{recordTypeHandshake, 3}); err != nil {
				t.Fatal(err)
			}
			return conn
		},
		"stops in the head": func(t *testing.T) net.Conn {
			conn, err := r.handshake(t.Context(), host+":443", host)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost") // it may be cut off by now
			return conn
		},
		"stops in the body": func(t *testing.T) net.Conn {
			conn, _, _ := r.dial(host + ":80")
			if _, err := io.WriteString(conn, "POST /common/oauth2/v2.0/token HTTP/1.1\r\nHost: "+host+"\r\nContent-Length: 10\r\n\r\n{"); err != nil {
				t.Fatal(err)
			}
			return conn
		},
		"is idle": func(t *testing.T) net.Conn {
			conn, _, _ := r.dial(host + ":80")
			if _, err := io.WriteString(conn, "GET /common/v2.0/.well-known/openid-configuration HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			return conn
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ends(t, open(t))
		})
	}
}

func TestAnswerMayTakeLongerThanTheLimitsForClients(t *testing.T) {
	t.Parallel()
	short := normal
	short.header, short.body, short.idle = 30*time.Millisecond, 30*time.Millisecond, 30*time.Millisecond
	r := newRig(t, short)
	c := r.client(false)
	r.platform.Inject(mock.Fault{Host: "login.*", Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, openID, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if res, err := c.Do(req); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the proxy gave up first: %+v %v", res, err)
	}
}

func TestTunnelsAreLimited(t *testing.T) {
	t.Parallel()
	few := normal
	few.tunnels = 3 // the server inside is one
	r := newRig(t, few)
	r.dial("login.microsoftonline.com:443")
	second, _, res := r.dial("login.microsoftonline.com:443")
	if res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
	if _, _, res := r.dial("login.microsoftonline.com:443"); res.StatusCode != 503 || res.Header.Get(Reason) == "" {
		t.Errorf("one too many: %s", res.Status)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "free again", func() bool {
		_, _, res := r.dial("login.microsoftonline.com:443")
		return res.StatusCode == 200
	})
}

func TestClientWithoutTrustIsExplainedInTheJournal(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	c := r.client(true)
	c.Transport.(*http.Transport).TLSClientConfig = nil //nolint:forcetypeassert // it is one
	if _, _, err := r.do(c, http.MethodGet, openID, ""); err == nil {
		t.Fatal("it trusts the mock")
	}
	until(t, "recorded", func() bool { return len(r.entries(OperationHandshake)) > 0 })
	if e := r.entries(OperationHandshake)[0]; e.Host != "login.microsoftonline.com" || !strings.Contains(e.Reason, r.authority.CertificateFile()) {
		t.Errorf("journal: %+v", e)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	far := httptest.NewServer(http.NotFoundHandler())
	defer far.Close()
	r := newRig(t, normal, "127.0.0.1")
	silent, _, _ := r.dial("login.microsoftonline.com:443")
	passed, _, _ := r.dial(far.Listener.Addr().String())
	idle, err := r.handshake(t.Context(), "login.microsoftonline.com:443", "login.microsoftonline.com")
	if err != nil {
		t.Fatal(err)
	}
	r.platform.Inject(mock.Fault{Host: "login.*", Hang: true, Times: -1})
	var wg sync.WaitGroup
	for _, http2 := range []bool{false, true} {
		wg.Go(func() {
			if _, _, err := r.do(r.client(http2), http.MethodGet, openID, ""); err == nil {
				t.Error("a request that hangs came back")
			}
		})
	}
	until(t, "all under way", func() bool { return len(r.platform.Journal("")) == 3 }) // the tunnel that is passed is one
	if err := r.proxy.Close(); err != nil {
		t.Error(err)
	}
	if r.proxy.work.count != 0 {
		t.Errorf("%d are still at work", r.proxy.work.count)
	}
	wg.Wait()
	for _, conn := range []net.Conn{silent, passed, idle} {
		ends(t, conn)
	}
	if _, _, res := r.dial("login.microsoftonline.com:443"); res.StatusCode != 503 {
		t.Errorf("after the end: %s", res.Status)
	}
	if err := r.proxy.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestPatternsThatWouldLetEverythingThroughAreRefused(t *testing.T) {
	t.Parallel()
	a := load(t, shop(t))
	for _, pattern := range []string{"", "*", "*.*", ":443", "https://example.com/", "user@example.com"} {
		if _, err := New(Options{Platform: mock.New(), Authority: a, Passthrough: []string{pattern}}); err == nil {
			t.Errorf("%q is taken", pattern)
		}
	}
	for _, o := range []Options{{Authority: a}, {Platform: mock.New()}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	p, err := New(Options{Platform: mock.New(), Authority: a, Passthrough: []string{"registry.terraform.io", " *.hashicorp.com ", "example.com:443", "[::1]"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	for address, want := range map[string]destination{
		"registry.terraform.io:443": passed, "releases.hashicorp.com:443": passed, "example.com:443": passed, "example.com:80": refused,
		"hashicorp.com:443": refused, "evil-registry.terraform.io:443": refused, "[::1]:99": passed, "login.microsoftonline.com:443": platform,
	} {
		if got := p.of(target(address, "")); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

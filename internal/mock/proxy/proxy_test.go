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

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

func TestHostsOfThePlatformAreAnsweredUnderTheirNames(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	for _, http2 := range []bool{false, true} {
		c := r.client(http2)
		a := r.get(c, openID)
		if want := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[http2]; a.proto != want || a.status != 200 || !strings.Contains(a.body, mock.DefaultTenantID) {
			t.Errorf("%s %d, want %s: %s", a.proto, a.status, want, a.body)
		}
		if a := r.get(c, "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments?api-version=2023-06-01"); a.status != 401 {
			t.Errorf("without a token: %d", a.status)
		}
		if a := r.get(c, "https://org.crm4.dynamics.com/_mock/health"); a.status != 200 {
			t.Errorf("admin API: %d %s", a.status, a.body)
		}
	}
}

func TestPortStillServesThePlatformItself(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	direct := &http.Client{Transport: &http.Transport{}}
	defer direct.CloseIdleConnections()
	if a := r.get(direct, "http://"+r.address+"/_mock/health"); a.status != 200 {
		t.Errorf("direct: %d", a.status)
	}
	_, port, _ := net.SplitHostPort(r.address)
	for _, address := range []string{r.address, "localhost:" + port} {
		// Clients that proxy everything ask the proxy for the proxy. Go never does.
		if a := r.ask(r.dial(), "GET http://"+address+"/_mock/health HTTP/1.1", "Host: "+address); a.status != 200 {
			t.Errorf("by way of itself: %+v", a)
		}
	}
}

const imds = "169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fservice.powerapps.com"

func TestInstanceMetadataIsAnsweredByAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	if a := r.get(r.client(true), "http://"+imds); a.status != 200 || !strings.Contains(a.body, "access_token") {
		t.Errorf("absolute form: %d %s", a.status, a.body)
	}
	if a := r.get(r.client(true), "https://"+imds); a.status != 200 || !strings.Contains(a.body, "access_token") {
		t.Errorf("TLS to an address: %d %s", a.status, a.body)
	}
	l := r.tunnel("169.254.169.254:80")
	for range 2 { // the tunnel stays open
		a := r.ask(l, "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://service.powerapps.com HTTP/1.1", "Host: 169.254.169.254", "Metadata: true")
		if a.status != 200 || !strings.Contains(a.body, "access_token") {
			t.Errorf("plain HTTP in a tunnel: %d %s", a.status, a.body)
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
	_, a := r.connect("www.example.com:443")
	if a.status != 502 || code(t, a.body) != "UnknownHost" || !strings.Contains(a.body, "www.example.com") || !strings.Contains(a.header.Get(Reason), "www.example.com") {
		t.Errorf("CONNECT: %+v", a)
	}
	for _, address := range []string{"http://other.example.com/a?client_secret=hush", "http://127.0.0.1:1/"} {
		if a := r.ask(r.dial(), "GET "+address+" HTTP/1.1", "Host: x"); a.status != 502 || code(t, a.body) != "UnknownHost" {
			t.Errorf("%s: %+v", address, a)
		}
	}
	// Inside a tunnel to the platform there is no way elsewhere either.
	conn, err := r.handshake(t.Context(), "api.bap.microsoft.com:443", "api.bap.microsoft.com")
	if err != nil {
		t.Fatal(err)
	}
	if a := r.ask(line{conn, bufio.NewReader(conn)}, "GET / HTTP/1.1", "Host: inner.example.com"); a.status != 502 {
		t.Errorf("inside: %+v", a)
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
		a, err := r.do(r.client(true), http.MethodPost, address, `[{"secret":"hush"}]`)
		if err != nil || a.status != 200 || a.body != "{}" || a.header.Get(Reason) == "" {
			t.Errorf("%s: %+v %v", address, a, err)
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

	conn := r.tunnel(far.Listener.Addr().String())
	client := far.Client()
	client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) { return conn, nil }
	if a := r.get(client, far.URL); a.body != "far "+far.Listener.Addr().String() {
		t.Errorf("tunnel: %s", a.body)
	}
	if _, a := r.connect("127.0.0.1:1"); a.status != 502 {
		t.Errorf("another port: %d", a.status)
	}
	host := near.Listener.Addr().String()
	if a := r.ask(r.dial(), "GET "+near.URL+"/x HTTP/1.1", "Host: "+host); a.body != "plain "+host {
		t.Errorf("absolute form: %s", a.body)
	}
	// A host of the platform is the mock's whatever was named.
	if a := r.get(r.client(true), "https://api.bap.microsoft.com/"); a.status != 501 && a.status != 401 {
		t.Errorf("platform: %d %s", a.status, a.body)
	}
	if entries := r.entries(OperationPassed); len(entries) != 2 || entries[0].Method != http.MethodConnect || entries[1].Path != "/x" {
		t.Errorf("journal: %+v", entries)
	}
}

func TestHostThatCannotBeReachedIsSaidToBeSo(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal, "127.0.0.1:1")
	if _, a := r.connect("127.0.0.1:1"); a.status != 502 || code(t, a.body) != "ProxyFailure" {
		t.Errorf("%+v", a)
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
			if a, err := r.do(c, http.MethodPost, openID, ""); err == nil {
				t.Errorf("a cut request came back: %+v", a)
			}
			r.platform.Inject(mock.Fault{Host: "login.*", Status: 503, Body: "later"})
			if a := r.get(c, openID); a.status != 503 || a.body != "later" {
				t.Errorf("%+v", a)
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
			if a := r.get(c, openID); a.status != 200 {
				t.Errorf("afterwards: %d", a.status)
			}
		})
	}
}

func TestClientWithoutTrustIsExplainedInTheJournal(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	c := r.client(true)
	c.Transport.(*http.Transport).TLSClientConfig = nil
	if _, err := r.do(c, http.MethodGet, openID, ""); err == nil {
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
	silent, passed := r.tunnel("login.microsoftonline.com:443"), r.tunnel(far.Listener.Addr().String())
	idle, err := r.handshake(t.Context(), "login.microsoftonline.com:443", "login.microsoftonline.com")
	if err != nil {
		t.Fatal(err)
	}
	r.platform.Inject(mock.Fault{Host: "login.*", Hang: true, Times: -1})
	var wg sync.WaitGroup
	for _, http2 := range []bool{false, true} {
		wg.Go(func() {
			if _, err := r.do(r.client(http2), http.MethodGet, openID, ""); err == nil {
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
	if _, a := r.connect("login.microsoftonline.com:443"); a.status != 503 {
		t.Errorf("after the end: %d", a.status)
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

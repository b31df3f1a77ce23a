package acctest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// allowed are the hosts of the guide's first table.
func allowed(t *testing.T) []string {
	t.Helper()
	var hosts []string
	for _, row := range guide(t, "corporate-networks").section(t, "Hosts to allow").rows() {
		if len(row) == 2 {
			hosts = append(hosts, row[0]...)
		}
	}
	return hosts
}

func TestHostsOfTheGuideAreThoseOfTheClouds(t *testing.T) {
	t.Parallel()
	public, err := cloud.Lookup(cloud.Public)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{public.Authority, public.BAP, "*." + public.BAP, public.PowerPlatform, "*.environment." + public.PowerPlatform, "*.dynamics.com", public.ARM, "*." + public.ARM}; !slices.Equal(allowed(t), want) {
		t.Errorf("%q, expected %q", allowed(t), want)
	}
	var names []string
	for _, row := range guide(t, "corporate-networks").section(t, "Hosts to allow").rows() {
		if len(row) != 5 {
			continue
		}
		c, err := cloud.Lookup(row[0][0])
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, c.Name)
		if got, want := slices.Concat(row[1:]...), []string{c.Authority, c.BAP, c.PowerPlatform, c.ARM}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, expected %q", c.Name, got, want)
		}
	}
	if !slices.Equal(names, cloud.Names()) {
		t.Errorf("%q, expected %q", names, cloud.Names())
	}
}

// corporation is a network whose only way out is a proxy, which lets some hosts through and inspects TLS.
type corporation struct {
	proxy *httptest.Server
	root  string // PEM
	// ctx ends at the first host that is refused: clients are patient.
	ctx context.Context

	mu      sync.Mutex
	reached map[string]bool
	refused []string
}

func newCorporation(t *testing.T, p *mock.Platform, hosts []string) *corporation {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Corporate root"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	sign := func(c *x509.Certificate) []byte {
		der, err := x509.CreateCertificate(rand.Reader, c, authority, &key.PublicKey, key)
		if err != nil {
			t.Error(err)
		}
		return der
	}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	c := &corporation{ctx: ctx, reached: map[string]bool{}, root: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sign(authority)}))}
	inside := httptest.NewUnstartedServer(p)
	inside.TLS = &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		leaf := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{hello.ServerName}, NotAfter: authority.NotAfter}
		return &tls.Certificate{Certificate: [][]byte{sign(leaf)}, PrivateKey: key}, nil
	}}
	inside.StartTLS()
	t.Cleanup(inside.Close)
	c.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, port, _ := net.SplitHostPort(r.Host)
		may := r.Method == http.MethodConnect && port == "443" && slices.ContainsFunc(hosts, func(pattern string) bool { return matches(pattern, host) })
		c.mu.Lock()
		defer c.mu.Unlock()
		if !may {
			c.refused = append(c.refused, r.Method+" "+r.Host)
			w.WriteHeader(http.StatusForbidden)
			stop()
			return
		}
		c.reached[host] = true
		c.tunnel(t, w, inside.Listener.Addr().String())
	}))
	t.Cleanup(c.proxy.Close)
	return c
}

// matches tells whether a host is one of a pattern whose star may stand for several labels.
func matches(pattern, host string) bool {
	ok, err := path.Match(pattern, host)
	return ok && err == nil
}

// tunnel connects the client to address until either side ends.
func (*corporation) tunnel(t *testing.T, w http.ResponseWriter, address string) {
	out, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	in, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = out.Close()
		return
	}
	_, _ = io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n")
	for from, to := range map[net.Conn]net.Conn{in: out, out: in} {
		go func() {
			_, _ = io.Copy(to, from)
			_ = to.Close()
		}()
	}
}

// TestProviderReachesThePlatformFromACorporateNetwork has what the guide says and nothing else: the variables, the argument,
// and the hosts to allow, which suffice for the life of an environment and its network, and are all needed.
func TestProviderReachesThePlatformFromACorporateNetwork(t *testing.T) {
	t.Parallel()
	p := guide(t, "corporate-networks")
	const there = "00000000-0000-4000-8000-000000000003"
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{
		"environments": {{
			"id": there, "display_name": "There", "dataverse": mock.Doc{"domain": "there", "language_code": 1033, "currency_code": "USD"},
		}},
		"subscriptions": mock.Landscape()["subscriptions"],
	}})
	hosts := allowed(t)
	c := newCorporation(t, w.Platform, hosts)
	d := sit(t, nil)
	d.ctx = c.ctx
	env := p.section(t, "Proxy").only(t, "shell").exports()
	if env["HTTPS_PROXY"] == "" || env["NO_PROXY"] == "" {
		t.Fatalf("%q", env)
	}
	d.env["HTTPS_PROXY"], d.env["NO_PROXY"] = c.proxy.URL, env["NO_PROXY"]
	d.env["POWER_PLATFORM_TENANT_ID"], d.env["POWER_PLATFORM_CLIENT_ID"], d.env["POWER_PLATFORM_CLIENT_SECRET"] = w.ID, mock.DefaultClientID, mock.DefaultClientSecret
	block := p.section(t, "A proxy that inspects TLS").only(t, "terraform", "ca_certificate_file").text
	words := strings.Split(block, `"`)
	d.write(map[string]string{"root.pem": c.root, "main.tf": required + strings.Replace(block, words[3], "root.pem", 1) + `
data "powerplatform_billing_policies" "all" {}
data "powerplatform_environment" "there" {
  id = "` + there + `"
}
check "network" {
  data "powerplatform_network_usage" "there" { # which has none: a check only warns of it
    environment_id = "` + there + `"
  }
  assert {
    condition     = data.powerplatform_network_usage.there.container_reserved_ip_count > 0
    error_message = "No address is reserved."
  }
}
resource "powerplatform_subnet_delegation" "here" {
  subnet_id = "/subscriptions/` + mock.LandscapeSubscriptionID + `/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus/subnets/snet-powerplatform"
}
resource "powerplatform_environment" "team" {
  display_name     = "Team A"
  location         = "unitedstates"
  environment_type = "Sandbox"
  dataverse        = { language_code = 1033, currency_code = "USD" }
}
`})
	for _, command := range []string{"apply", "destroy"} {
		if out, err := d.try(command, "-auto-approve", "-no-color"); err != nil {
			t.Errorf("%s: %v\n%s", command, err, out)
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.refused) > 0 {
		t.Fatalf("the proxy refused %q", c.refused)
	}
	if err := w.Leftovers(); err != nil {
		t.Error(err)
	}
	for _, pattern := range hosts {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(c.reached)), func(host string) bool { return matches(pattern, host) }) {
			t.Errorf("%s was not needed", pattern)
		}
	}
}

func TestUnknownAuthorityIsCalledAsTheGuideCallsIt(t *testing.T) {
	t.Parallel()
	said := spans(guide(t, "corporate-networks").section(t, "When it does not work").text)
	if want := (x509.UnknownAuthorityError{}).Error(); !slices.Contains(said, want) {
		t.Errorf("%q is not among %q", want, said)
	}
}

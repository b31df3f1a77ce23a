package powerplatform_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerplatform"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

const (
	app    = "11111111-1111-4111-8111-111111111111"
	linked = "aaaaaaaa-0000-4000-8000-00000000000a"
	alone  = "aaaaaaaa-0000-4000-8000-00000000000b"

	networkID = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet"
	policyID  = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg/providers/Microsoft.PowerPlatform/enterprisePolicies/policy"

	public   = "aaaaaaaa0000400080000000000000.0a.environment.api.powerplatform.com"
	audience = "https://api.powerplatform.com"
)

type doc = server.Doc

type rig struct {
	*testing.T
	platform *server.Platform
	tenant   *server.Tenant
}

func newRig(t *testing.T, seed server.TenantSeed) rig {
	t.Helper()
	p := server.New(server.Options{})
	witness.Record(t, p, "")
	bap.Register(p)
	powerplatform.Register(p)
	seed.Items = map[string][]doc{
		"environments": {{"id": linked, "display_name": "Linked", "azure_region": "westus"}, {"id": alone, "display_name": "Alone"}},
		"network_hosts": {
			{"host": "SQL.contoso.example", "addresses": []any{"10.0.3.4", "10.0.3.5"}, "open_ports": []any{1433.0, 443.0}, "tls": doc{"issuer": "CN=Contoso"}},
			{"host": "old.contoso.example", "addresses": []any{"10.0.3.6"}, "open_ports": []any{443.0}, "tls": doc{"self_signed": true, "expired": true, "subject": "CN=old"}},
			{"host": "plain.contoso.example", "addresses": []any{"10.0.3.7"}, "open_ports": []any{443.0}},
		},
	}
	r := rig{t, p, p.AddTenant(seed)}
	tenant := r.tenant
	env, _ := tenant.Collection(bap.Environments).Peek(linked)
	server.Assign(env, "properties.enterprisePolicies.vNets", doc{"id": strings.ToUpper(policyID), "systemId": "/regions/unitedstates/policy", "linkStatus": "Linked"})
	tenant.Collection(bap.Environments).Put(linked, env)
	var networks []any
	for i, region := range []string{"eastus", "westus"} {
		id := networkID + "-" + region
		networks = append(networks, doc{"id": id, "subnet": doc{"name": "snet"}})
		n := doc{"id": id, "location": region, "properties": doc{}}
		sub := doc{"id": id + "/subnets/snet", "name": "snet", "properties": doc{"addressPrefix": "10.0.1.0/24"}}
		if i == 1 {
			n["properties"] = doc{"dhcpOptions": doc{"dnsServers": []any{"10.0.0.10"}}}
			sub["properties"] = doc{"addressPrefixes": []any{"10.1.1.0/27"}}
		}
		tenant.Collection("virtual_networks").Put(id, n)
		tenant.Collection("subnets").Put(id+"/subnets/snet", sub)
	}
	tenant.Collection(bap.EnterprisePolicies).Put(policyID, doc{"id": policyID, "properties": doc{"networkInjection": doc{"virtualNetworks": networks}}})
	return r
}

// send asks and fails the test unless the answer has the status; it returns the text of the answer.
func (r rig) send(method, host, audience, path string, body any, status int) string {
	r.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		r.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.Context(), method, "https://"+host+path, strings.NewReader(string(raw)))
	if err != nil {
		r.Fatal(err)
	}
	token, err := r.tenant.Token(app, audience)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := r.platform.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	if res.StatusCode != status {
		r.Fatalf("%s %s%s: %d, want %d: %s", method, host, path, res.StatusCode, status, text)
	}
	return string(text)
}

func (r rig) test(name string, body any, status int) doc {
	r.Helper()
	text := r.send(http.MethodPost, public, audience, "/plex/"+name+"?api-version=2026-02-01&region=westus", body, status)
	out := doc{}
	if strings.HasPrefix(text, "{") {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			r.Fatal(err)
		}
	}
	return out
}

// start has the container of the environment in westus started, as the first test does.
func (r rig) start() {
	r.Helper()
	for _, status := range []int{503, 502, 200} {
		r.test("resolveDns", doc{"HostName": "x"}, status)
	}
}

func (r rig) expect(got doc, want doc) {
	r.Helper()
	for name, v := range want {
		have, _ := server.Lookup(got, name)
		a, _ := json.Marshal(have)
		b, _ := json.Marshal(v)
		if string(a) != string(b) {
			r.Errorf("%s is %s, want %s", name, a, b)
		}
	}
}

func TestEveryEnvironmentHasAHostOfItsOwn(t *testing.T) {
	t.Parallel()
	for cloud, c := range map[string]struct{ host, audience string }{
		"public":  {public, audience},
		"gcc":     {"aaaaaaaa0000400080000000000000.0a.environment.api.gov.powerplatform.microsoft.us", "https://api.gov.powerplatform.microsoft.us"},
		"gcchigh": {"aaaaaaaa00004000800000000000000.a.environment.api.appsplatform.us", "https://api.appsplatform.us"},
		"china":   {"aaaaaaaa0000400080000000000000.0a.environment.api.powerplatform.partner.microsoftonline.cn", "https://api.powerplatform.partner.microsoftonline.cn"},
	} {
		t.Run(cloud, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, server.TenantSeed{})
			const path = "/plex/environmentRegion?api-version=2026-02-01"
			if got := r.send(http.MethodGet, c.host, c.audience, path, nil, http.StatusOK); strings.TrimSpace(got) != `"westus"` {
				t.Errorf("the region is %s", got)
			}
			r.send(http.MethodGet, c.host, "https://service.powerapps.com", path, nil, http.StatusUnauthorized)
			labels := strings.SplitN(c.host, ".", 3)
			id := labels[0] + labels[1]
			for _, other := range []string{id[:31-len(labels[1])] + "." + id[31-len(labels[1]):] + "." + labels[2], id + "." + labels[2], "b" + c.host[1:]} {
				r.send(http.MethodGet, other, c.audience, path, nil, http.StatusNotFound)
			}
		})
	}
}

func TestAVersionAndARoleAreNeeded(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Applications: []server.Application{{ClientID: app, ClientSecret: "s"}}})
	r.send(http.MethodGet, public, audience, "/plex/environmentRegion?api-version=2026-02-01", nil, http.StatusForbidden)
	r = newRig(t, server.TenantSeed{})
	for _, version := range []string{"", "?api-version=", "?api-version=2021-04-01"} {
		r.send(http.MethodGet, public, audience, "/plex/environmentRegion"+version, nil, http.StatusBadRequest)
	}
}

func TestTheFirstTestStartsAContainerOncePerEnvironmentAndRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	const path = "/plex/testConnection?api-version=2026-02-01&region="
	body := doc{"Destination": "sql.contoso.example", "Port": 1433}
	said := r.send(http.MethodPost, public, audience, path+"westus", body, http.StatusServiceUnavailable)
	if asked := r.platform.Journal(r.tenant.ID)[0].RetryAfter.Seconds(); asked != 30 || !strings.Contains(said, "Container Allocation Successful") {
		t.Errorf("%s, wait %v seconds", said, asked)
	}
	for _, status := range []int{502, 200, 200} {
		r.send(http.MethodPost, public, audience, path+"westus", body, status)
	}
	r.send(http.MethodPost, public, audience, path+"eastus", body, http.StatusServiceUnavailable)
	r.tenant.SetSwitch(powerplatform.SwitchRouteAnswer, "404")
	r.send(http.MethodPost, public, audience, path+"eastus", body, http.StatusNotFound)
	r.tenant.Script(powerplatform.KindContainer, server.Script{Fail: []string{"no address is free"}})
	r.tenant.Do(func() {
		env, _ := r.tenant.Collection(bap.Environments).Peek(linked)
		server.Assign(env, "properties.enterprisePolicies.vNets.systemId", "/regions/unitedstates/other")
		r.tenant.Collection(bap.Environments).Put(linked, env)
	})
	r.send(http.MethodPost, public, audience, path+"westus", body, http.StatusServiceUnavailable)
	if said := r.send(http.MethodPost, public, audience, path+"westus", body, http.StatusInternalServerError); !strings.Contains(said, "no address is free") {
		t.Error(said)
	}
}

func TestWithoutASubnetThereIsNoTest(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	unlinked := strings.Replace(public, "0a.environment", "0b.environment", 1)
	for _, c := range []struct{ host, region string }{{unlinked, "westus"}, {public, "centralus"}} {
		for _, status := range []int{400, 404} {
			r.tenant.SetSwitch(powerplatform.SwitchUnlinkedStatus, strings.TrimPrefix(strconv.Itoa(status), "400"))
			for method, path := range map[string]string{
				http.MethodGet:  "/plex/networkUsage?api-version=2024-10-01&region=" + c.region,
				http.MethodPost: "/plex/resolveDns?api-version=2026-02-01&region=" + c.region,
			} {
				if said := r.send(method, c.host, audience, path, doc{"HostName": "x"}, status); !strings.Contains(said, "Subnet information not found") {
					t.Error(said)
				}
			}
		}
	}
	for _, spoil := range []func(env doc){
		func(env doc) { server.Assign(env, "properties.enterprisePolicies.vNets.linkStatus", "Linking") },
		func(env doc) { server.Assign(env, "properties.enterprisePolicies.vNets.id", "/nothing") },
	} {
		r := newRig(t, server.TenantSeed{})
		env, _ := r.tenant.Collection(bap.Environments).Peek(linked)
		spoil(env)
		r.tenant.Collection(bap.Environments).Put(linked, env)
		r.send(http.MethodGet, public, audience, "/plex/networkUsage?api-version=2024-10-01", nil, http.StatusBadRequest)
	}
}

func TestUsageShowsTheSubnetOfTheRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	for query, want := range map[string]doc{
		"":               {"AzureRegion": "westus", "EnvironmentId": linked, "VnetId": networkID + "-westus", "SubnetName": "snet", "SubnetIpRange": "10.1.1.0/27", "DnsServers": []any{"10.0.0.10"}},
		"&region=EastUS": {"AzureRegion": "eastus", "VnetId": networkID + "-eastus", "SubnetIpRange": "10.0.1.0/24", "DnsServers": []any{"168.63.129.16"}},
	} {
		said := r.send(http.MethodGet, public, audience, "/plex/networkUsage?api-version=2024-10-01"+query, nil, http.StatusOK)
		got := doc{}
		if err := json.Unmarshal([]byte(said), &got); err != nil {
			t.Fatal(err)
		}
		r.expect(got, want)
	}
}

func TestNamesAndPortsAreThoseOfTheSeed(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.start()
	here := doc{"ContainerIpAddress": "10.1.1.4", "Success": true, "ErrorMessage": nil, "IPAddresses": []any{"10.0.3.4", "10.0.3.5"}, "DnsServers": []any{"10.0.0.10"}}
	r.expect(r.test("resolveDns", doc{"HostName": "sql.Contoso.example."}, 200), here)
	r.expect(r.test("resolveDns", doc{"HostName": "nothing.example"}, 200), doc{"Success": false, "IPAddresses": []any{}, "ErrorMessage": "No such host is known. (nothing.example)"})
	for _, c := range []struct {
		destination string
		port        int
		open        bool
	}{{"sql.contoso.example", 1433, true}, {"10.0.3.5", 1433, true}, {"sql.contoso.example", 1434, false}, {"10.9.9.9", 443, false}, {"nothing.example", 443, false}} {
		got := r.test("testConnection", doc{"Destination": c.destination, "Port": c.port}, 200)
		r.expect(got, doc{"TCPSuccess": c.open, "Destination": c.destination, "Port": c.port, "ContainerIpAddress": "10.1.1.4"})
		if why, _ := got["TCPErrorMessage"].(string); (why == "") != c.open {
			t.Errorf("%s:%d: %q", c.destination, c.port, why)
		}
	}
	for name, body := range map[string]doc{"resolveDns": {}, "testConnection": {"Port": 443}, "testTLSConnection": {"Destination": "x", "Port": 70000}} {
		r.test(name, body, http.StatusBadRequest)
	}
}

func TestHandshakesShowTheCertificateOfTheSeed(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.start()
	for destination, want := range map[string]doc{
		"sql.contoso.example": {
			"TCPConnectivity": true, "Certificate.Issuer": "CN=Contoso", "Certificate.Subject": "CN=SQL.contoso.example", "Certificate.IsExpired": false,
			"SSLWithCRL.Success": true, "SSLWithCRL.Protocols": "12288", "SSLWithCRL.CipherSuite": "4866", "SSLWithoutCRL.SslErrors": "0",
		},
		"old.contoso.example":   {"TCPConnectivity": true, "Certificate.Issuer": "CN=old", "Certificate.IsExpired": true, "Certificate.IsSelfSigned": true, "SSLWithCRL.Success": false, "SSLWithCRL.SslErrors": "4"},
		"plain.contoso.example": {"TCPConnectivity": true, "Certificate": nil, "SSLWithoutCRL.Success": false},
		"nothing.example":       {"TCPConnectivity": false, "Certificate": nil, "SSLWithCRL.Success": false, "SSLWithCRL.ExceptionMessage": "No such host is known. (nothing.example)"},
	} {
		r.expect(r.test("testTLSConnection", doc{"Destination": destination, "Port": 443}, 200), want)
	}
}

func TestSeedsRefuseWhatMeansNothing(t *testing.T) {
	t.Parallel()
	for says, host := range map[string]doc{
		"ports: unknown key":       {"host": "a", "ports": []any{1}},
		"host is required":         {"addresses": []any{"10.0.0.1"}},
		"tls.expires: unknown key": {"host": "a", "tls": doc{"expires": true}},
	} {
		p := server.New(server.Options{})
		bap.Register(p)
		powerplatform.Register(p)
		err := p.Seed(server.Seed{Tenants: []server.TenantSeed{{Items: map[string][]doc{"network_hosts": {host}}}}})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
}

func TestTwoCloudsShareTheirRoutes(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	bap.Register(p)
	powerplatform.Register(p)
	n := len(slices.DeleteFunc(p.Routes(), func(r string) bool { return !strings.HasPrefix(r, "powerplatform.plex.dns ") }))
	if want := len(bap.Clouds) - 1; n != want {
		t.Errorf("%d hosts, want %d", n, want)
	}
}

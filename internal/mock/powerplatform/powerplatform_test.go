package powerplatform_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerplatform"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	linked = "aaaaaaaa-0000-4000-8000-00000000000a"
	alone  = "aaaaaaaa-0000-4000-8000-00000000000b"

	networkID = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet"
	policyID  = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg/providers/Microsoft.PowerPlatform/enterprisePolicies/policy"

	public = "https://aaaaaaaa0000400080000000000000.0a.environment.api.powerplatform.com"
	usage  = "/plex/networkUsage?api-version=2024-10-01"
)

type doc = server.Doc

// rig is a client of an environment that is linked to the networks of two regions.
type rig struct{ mocktest.Client }

func newRig(t *testing.T, seed server.TenantSeed) rig {
	t.Helper()
	seed.Items = map[string][]doc{
		"environments": {{"id": linked, "display_name": "Linked", "azure_region": "westus"}, {"id": alone, "display_name": "Alone"}},
		"network_hosts": {
			{"host": "SQL.contoso.example", "addresses": []any{"10.0.3.4", "10.0.3.5"}, "open_ports": []any{1433.0, 443.0}, "tls": doc{"issuer": "CN=Contoso"}},
			{"host": "old.contoso.example", "addresses": []any{"10.0.3.6"}, "open_ports": []any{443.0}, "tls": doc{"self_signed": true, "expired": true, "subject": "CN=old"}},
			{"host": "plain.contoso.example", "addresses": []any{"10.0.3.7"}, "open_ports": []any{443.0}},
		},
	}
	r := rig{mocktest.New(t, seed).At(public + "?api-version=2026-02-01")}
	r.relink(func(env doc) {
		server.Assign(env, "properties.enterprisePolicies.vNets", doc{"id": strings.ToUpper(policyID), "systemId": "/regions/unitedstates/policy", "linkStatus": "Linked"})
	})
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
		r.Collection("virtual_networks").Put(id, n)
		r.Collection("subnets").Put(id+"/subnets/snet", sub)
	}
	r.Collection(bap.EnterprisePolicies).Put(policyID, doc{"id": policyID, "properties": doc{"networkInjection": doc{"virtualNetworks": networks}}})
	return r
}

// relink changes the environment.
func (r rig) relink(change func(env doc)) {
	r.Helper()
	env := r.Stored(bap.Environments, linked)
	change(env)
	r.Collection(bap.Environments).Put(linked, env)
}

// test is a test of the network in westus.
func (r rig) test(name string, body any) mocktest.Answer {
	r.Helper()
	return r.Send("POST", "/plex/"+name+"?region=westus", body)
}

// start has the container of the environment in westus started, as the first test does.
func (r rig) start() {
	r.Helper()
	for _, status := range []int{503, 502, 200} {
		r.test("resolveDns", doc{"HostName": "x"}).Want(status)
	}
}

func TestEveryEnvironmentHasAHostOfItsOwn(t *testing.T) {
	t.Parallel()
	for cloud, host := range map[string]string{
		"public":  strings.TrimPrefix(public, "https://"),
		"gcc":     "aaaaaaaa0000400080000000000000.0a.environment.api.gov.powerplatform.microsoft.us",
		"gcchigh": "aaaaaaaa00004000800000000000000.a.environment.api.appsplatform.us",
		"china":   "aaaaaaaa0000400080000000000000.0a.environment.api.powerplatform.partner.microsoftonline.cn",
	} {
		t.Run(cloud, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, server.TenantSeed{})
			const path = "/plex/environmentRegion?api-version=2026-02-01"
			if got := r.Send("GET", "https://"+host+path, nil).Want(200); strings.TrimSpace(got.Raw) != `"westus"` {
				t.Error(got)
			}
			r.Audience("https://service.powerapps.com").Send("GET", "https://"+host+path, nil).Want(401, "InvalidAuthenticationAudience")
			labels := strings.SplitN(host, ".", 3)
			id := labels[0] + labels[1]
			for _, other := range []string{id[:31-len(labels[1])] + "." + id[31-len(labels[1]):] + "." + labels[2], id + "." + labels[2], "b" + host[1:]} {
				r.Send("GET", "https://"+other+path, nil).Want(404, "EnvironmentNotFound")
			}
		})
	}
}

func TestAVersionAndARoleAreNeeded(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Applications: []server.Application{{ClientID: "11111111-1111-4111-8111-111111111111"}}})
	r.Send("GET", "/plex/environmentRegion", nil).Want(403, "Forbidden")
	r = newRig(t, server.TenantSeed{})
	for _, version := range []string{"", "?api-version=", "?api-version=2021-04-01"} {
		r.Send("GET", public+"/plex/environmentRegion"+version, nil).Want(400, "UnsupportedApiVersion")
	}
}

func TestTheFirstTestStartsAContainerOncePerEnvironmentAndRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	const at = "/plex/testConnection?region="
	body := doc{"Destination": "sql.contoso.example", "Port": 1433}
	r.Send("POST", at+"westus", body).Want(503, "", "Container Allocation Successful")
	if asked := r.Last().RetryAfter.Seconds(); asked != 30 {
		t.Errorf("wait %v seconds", asked)
	}
	r.Send("POST", at+"westus", body).Want(502)
	for range 2 {
		r.Send("POST", at+"westus", body).Want(200)
	}
	r.Send("POST", at+"eastus", body).Want(503)
	r.SetSwitch(powerplatform.SwitchRouteAnswer, "404")
	r.Send("POST", at+"eastus", body).Want(404)
	r.Script(powerplatform.KindContainer, server.Script{Fail: []string{"no address is free"}})
	r.relink(func(env doc) {
		server.Assign(env, "properties.enterprisePolicies.vNets.systemId", "/regions/unitedstates/other")
	})
	r.Send("POST", at+"westus", body).Want(503)
	r.Send("POST", at+"westus", body).Want(500, "ContainerAllocationFailed", "no address is free")
}

func TestWithoutASubnetThereIsNoTest(t *testing.T) {
	t.Parallel()
	const missing = "Subnet information not found"
	r := newRig(t, server.TenantSeed{})
	unlinked := strings.Replace(public, "0a.environment", "0b.environment", 1)
	for _, c := range []struct{ host, region string }{{unlinked, "westus"}, {public, "centralus"}} {
		for _, status := range []int{400, 404} {
			r.SetSwitch(powerplatform.SwitchUnlinkedStatus, strings.TrimPrefix(strconv.Itoa(status), "400"))
			r.Send("GET", c.host+usage+"&region="+c.region, nil).Want(status, "SubnetNotFound", missing)
			r.Send("POST", c.host+"/plex/resolveDns?api-version=2026-02-01&region="+c.region, doc{"HostName": "x"}).Want(status, "SubnetNotFound", missing)
		}
	}
	for path, value := range map[string]string{"linkStatus": "Linking", "id": "/nothing"} {
		r := newRig(t, server.TenantSeed{})
		r.relink(func(env doc) { server.Assign(env, "properties.enterprisePolicies.vNets."+path, value) })
		r.Send("GET", usage, nil).Want(400, "SubnetNotFound", missing)
	}
}

func TestUsageShowsTheSubnetOfTheRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.Send("GET", usage, nil).Want(200).Has(doc{
		"AzureRegion": "westus", "EnvironmentId": linked, "VnetId": networkID + "-westus", "SubnetName": "snet", "SubnetIpRange": "10.1.1.0/27",
		"DnsServers": []any{"10.0.0.10"},
	})
	r.Send("GET", usage+"&region=EastUS", nil).Want(200).Has(doc{
		"AzureRegion": "eastus", "VnetId": networkID + "-eastus", "SubnetIpRange": "10.0.1.0/24", "DnsServers": []any{"168.63.129.16"},
	})
}

func TestNamesAndPortsAreThoseOfTheSeed(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	r.start()
	r.test("resolveDns", doc{"HostName": "sql.Contoso.example."}).Want(200).Has(doc{
		"ContainerIpAddress": "10.1.1.4", "Success": true, "ErrorMessage": mocktest.Null, "IPAddresses": []any{"10.0.3.4", "10.0.3.5"}, "DnsServers": []any{"10.0.0.10"},
	})
	r.test("resolveDns", doc{"HostName": "nothing.example"}).Want(200).Has(doc{
		"Success": false, "IPAddresses": []any{}, "ErrorMessage": "No such host is known. (nothing.example)",
	})
	for _, c := range []struct {
		destination string
		port        int
		open        bool
	}{{"sql.contoso.example", 1433, true}, {"10.0.3.5", 1433, true}, {"sql.contoso.example", 1434, false}, {"10.9.9.9", 443, false}, {"nothing.example", 443, false}} {
		a := r.test("testConnection", doc{"Destination": c.destination, "Port": c.port}).Want(200).Has(doc{
			"TCPSuccess": c.open, "Destination": c.destination, "Port": c.port, "ContainerIpAddress": "10.1.1.4",
		})
		if (a.Text("TCPErrorMessage") == "") != c.open {
			t.Error(a)
		}
	}
	for name, body := range map[string]doc{"resolveDns": {}, "testConnection": {"Port": 443}, "testTLSConnection": {"Destination": "x", "Port": 70000}} {
		r.test(name, body).Want(400, "BadRequest")
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
		"old.contoso.example": {
			"TCPConnectivity": true, "Certificate.Issuer": "CN=old", "Certificate.IsExpired": true, "Certificate.IsSelfSigned": true,
			"SSLWithCRL.Success": false, "SSLWithCRL.SslErrors": "4",
		},
		"plain.contoso.example": {"TCPConnectivity": true, "Certificate": mocktest.Null, "SSLWithoutCRL.Success": false},
		"nothing.example": {
			"TCPConnectivity": false, "Certificate": mocktest.Null, "SSLWithCRL.Success": false,
			"SSLWithCRL.ExceptionMessage": "No such host is known. (nothing.example)",
		},
	} {
		r.test("testTLSConnection", doc{"Destination": destination, "Port": 443}).Want(200).Has(want)
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

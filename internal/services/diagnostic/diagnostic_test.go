package diagnostic_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerplatform"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

var (
	sql = acctest.Values{"destination": acctest.Text("sql.contoso.example"), "port": acctest.Number(1433)}
	dns = acctest.Values{"host_name": acctest.Text("sql.contoso.example")}
	old = acctest.Values{"destination": acctest.Text("old.contoso.example"), "port": acctest.Number(443)}
)

func TestEveryAttributeIsRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source     string
		args, want acctest.Values
	}{
		"usage": {"network_usage", nil, acctest.Values{
			"region": acctest.Text("eastus"), "virtual_network_id": acctest.Text(networkID + "eastus"), "subnet_name": acctest.Text("snet"),
			"subnet_ip_range": acctest.Text("10.0.1.0/24"), "container_reserved_ip_count": acctest.Number(1), "dns_servers": acctest.Texts("10.0.0.10"),
		}},
		"usage in the failover region": {"network_usage", acctest.Values{"region": acctest.Text("westus")}, acctest.Values{
			"region": acctest.Text("westus"), "virtual_network_id": acctest.Text(networkID + "westus"),
		}},
		"name": {"dns_resolution", dns, acctest.Values{
			"region": acctest.Text("eastus"), "success": acctest.Bool(true), "ip_addresses": acctest.Texts("10.0.3.4"), "dns_servers": acctest.Texts("10.0.0.10"),
			"error_message": acctest.Text(""), "container_ip_address": acctest.Text("10.0.1.4"),
		}},
		"unknown name": {"dns_resolution", acctest.Values{"host_name": acctest.Text("nothing.example")}, acctest.Values{
			"success": acctest.Bool(false), "ip_addresses": acctest.Texts(), "error_message": acctest.Text("No such host is known. (nothing.example)"),
		}},
		"port": {"tcp_connection", sql, acctest.Values{
			"port": acctest.Number(1433), "success": acctest.Bool(true), "error_message": acctest.Text(""), "container_ip_address": acctest.Text("10.0.1.4"),
		}},
		"address": {"tcp_connection", acctest.Values{"destination": acctest.Text("10.0.3.4"), "port": acctest.Number(443)}, acctest.Values{"success": acctest.Bool(true)}},
		"closed port": {"tcp_connection", acctest.Values{"destination": acctest.Text("sql.contoso.example"), "port": acctest.Number(22)}, acctest.Values{
			"success":       acctest.Bool(false),
			"error_message": acctest.Text("A connection attempt failed because the connected party did not properly respond after a period of time. (sql.contoso.example:22)"),
		}},
		"handshake": {"tls_connection", acctest.Values{"destination": acctest.Text("sql.contoso.example"), "port": acctest.Number(443)}, acctest.Values{
			"tcp_connectivity": acctest.Bool(true), "certificate.issuer": acctest.Text("CN=Contoso CA"), "certificate.subject": acctest.Text("CN=sql.contoso.example"),
			"certificate.signature_algorithm": acctest.Text("sha256RSA"), "certificate.expired": acctest.Bool(false), "certificate.self_signed": acctest.Bool(false),
			"with_revocation_check.success": acctest.Bool(true), "with_revocation_check.protocol": acctest.Text("TLS 1.3"),
			"with_revocation_check.cipher_suite": acctest.Text("TLS_AES_256_GCM_SHA384"), "with_revocation_check.errors": acctest.Texts(),
			"with_revocation_check.error_message": acctest.Text(""), "without_revocation_check.success": acctest.Bool(true), "container_ip_address": acctest.Text("10.0.1.4"),
		}},
		"bad certificate": {"tls_connection", old, acctest.Values{
			"tcp_connectivity": acctest.Bool(true), "certificate.expired": acctest.Bool(true), "certificate.self_signed": acctest.Bool(true),
			"with_revocation_check.success": acctest.Bool(false), "with_revocation_check.errors": acctest.Texts("the certificate or its chain is not trusted"),
			"with_revocation_check.error_message": acctest.Text("The remote certificate is invalid according to the validation procedure."),
		}},
		"no handshake": {"tls_connection", acctest.Values{"destination": acctest.Text("nothing.example"), "port": acctest.Number(443)}, acctest.Values{
			"tcp_connectivity": acctest.Bool(false), "certificate": {}, "without_revocation_check.success": acctest.Bool(false), "without_revocation_check.protocol": {},
			"without_revocation_check.cipher_suite": {}, "without_revocation_check.error_message": acctest.Text("No such host is known. (nothing.example)"),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			holds(t, read(t, w.Serve(nil), c.source, args(linked, c.args)), c.want)
		})
	}
}

func TestNumbersBecomeNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shown mock.Doc
		want  acctest.Values
	}{
		"known": {
			mock.Doc{"Success": false, "Protocols": "3072", "SslErrors": "6", "CipherSuite": "49200"},
			acctest.Values{"protocol": acctest.Text("TLS 1.2"), "cipher_suite": acctest.Text("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"), "errors": acctest.Texts("the certificate is not for this name", "the certificate or its chain is not trusted")},
		},
		"without quotes": {
			mock.Doc{"Success": true, "Protocols": 12288, "SslErrors": 0, "CipherSuite": 4865},
			acctest.Values{"success": acctest.Bool(true), "protocol": acctest.Text("TLS 1.3"), "cipher_suite": acctest.Text("TLS_AES_128_GCM_SHA256"), "errors": acctest.Texts()},
		},
		"unknown": {
			mock.Doc{"Success": true, "Protocols": "49152", "SslErrors": "9", "CipherSuite": "65279"},
			acctest.Values{"protocol": acctest.Text("49152"), "cipher_suite": acctest.Text("65279"), "errors": acctest.Texts("the server showed no certificate", "8")},
		},
		"names": {
			mock.Doc{"Success": true, "Protocols": "Tls13", "SslErrors": "None", "CipherSuite": "TLS_AES_256_GCM_SHA384"},
			acctest.Values{"protocol": acctest.Text("Tls13"), "cipher_suite": acctest.Text("TLS_AES_256_GCM_SHA384"), "errors": acctest.Texts("None")},
		},
		"nothing": {
			mock.Doc{"Success": false, "Protocols": nil},
			acctest.Values{"protocol": {}, "cipher_suite": {}, "errors": acctest.Texts(), "error_message": acctest.Text("")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			w.Fault(mock.Fault{Operation: opTLS, Status: http.StatusOK, Body: mock.Doc{"TCPConnectivity": true, "SSLWithCRL": c.shown}})
			got := acctest.Values{}
			if err := read(t, w.Serve(nil), "tls_connection", args(linked, old))["with_revocation_check"].As(&got); err != nil {
				t.Fatal(err)
			}
			holds(t, got, c.want)
		})
	}
}

// TestAContainerIsWaitedFor has the first test after a link, whose container is started, and then the second.
func TestAContainerIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"502", "503", "404"} {
		for source, c := range map[string]struct {
			operation string
			args      acctest.Values
		}{"dns_resolution": {opDNS, dns}, "tcp_connection": {opTCP, sql}, "tls_connection": {opTLS, old}} {
			t.Run(source+" "+answer, func(t *testing.T) {
				t.Parallel()
				w := world(t)
				w.SetSwitch(powerplatform.SwitchRouteAnswer, answer)
				s := w.Serve(nil)
				for range 2 {
					read(t, s, source, args(linked, c.args))
				}
				if got, want := answers(w, c.operation), "503 "+answer+" 200 200"; got != want {
					t.Errorf("answers %s, want %s", got, want)
				}
				if n := w.Count(opRegion); n != 1 {
					t.Errorf("the region was asked for %d times", n)
				}
				if asked := w.Requests(c.operation)[0].RetryAfter; asked != 30*time.Second {
					t.Errorf("the platform asked for %s", asked)
				}
				for _, e := range w.Requests(c.operation) {
					if e.Query.Get("region") != "eastus" || e.Query.Get("api-version") != "2026-02-01" {
						t.Errorf("query %v", e.Query)
					}
				}
			})
		}
	}
}

func TestTestsThatStartAtOnceShareAContainer(t *testing.T) {
	t.Parallel()
	w := world(t)
	s := w.Serve(nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, said := s.Read(t.Context(), "powerplatform_tcp_connection", args(linked, sql)); len(said) > 0 {
				t.Error(acctest.Said(said))
			}
		})
	}
	all.Wait()
	w.Do(func() {
		n := 0
		for _, o := range w.Operations() {
			if o.Kind == powerplatform.KindContainer {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d containers", n)
		}
	})
	if n := w.Count(opRegion); n != 1 {
		t.Errorf("the region was asked for %d times", n)
	}
}

func TestAContainerThatNeverStartsIsGivenUpAtTheDeadline(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Script(powerplatform.KindContainer, mock.Script{Stuck: true, Times: -1})
	limit := tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"read": tftypes.String}}, map[string]tftypes.Value{"read": acctest.Text("300ms")})
	_, said := w.Serve(nil).Read(t.Context(), "powerplatform_tcp_connection", args(linked, acctest.Values{"destination": acctest.Text("a"), "port": acctest.Number(1), "timeouts": limit}))
	tells(t, said, "503", "Container Allocation Successful", "timeouts = { read")
}

func TestAnInterruptionEndsTheWait(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Script(powerplatform.KindContainer, mock.Script{Stuck: true, Times: -1})
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, stop)
	_, said := w.Serve(nil).Read(ctx, "powerplatform_tcp_connection", args(linked, sql))
	tells(t, said, "nterrupted")
}

// TestWithoutASubnetThereIsAClearError holds whatever status the platform gives to an environment without a subnet.
func TestWithoutASubnetThereIsAClearError(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"", "404", "500", "502", "503"} {
		for source, c := range map[string]struct {
			operation string
			args      acctest.Values
		}{"network_usage": {opUsage, nil}, "dns_resolution": {opDNS, dns}, "tcp_connection": {opTCP, sql}, "tls_connection": {opTLS, old}} {
			t.Run(source+" "+status, func(t *testing.T) {
				t.Parallel()
				w := world(t)
				w.SetSwitch(powerplatform.SwitchUnlinkedStatus, status)
				s := w.Serve(nil)
				_, said := s.Read(t.Context(), "powerplatform_"+source, args(alone, c.args))
				tells(t, said, "Could not read "+strings.ReplaceAll(source, "_", " ")+" "+alone, "no delegated subnet in eastus", "powerplatform_enterprise_policy", "15 minutes", "Subnet information not found")
				elsewhere := args(linked, c.args)
				elsewhere["region"] = acctest.Text("centralus")
				_, said = s.Read(t.Context(), "powerplatform_"+source, elsewhere)
				tells(t, said, "no delegated subnet in centralus", "its policy has no subnet in that region")
				if n := w.Count(c.operation); n != 2 {
					t.Errorf("%d requests", n)
				}
			})
		}
	}
}

func TestWhatIsNoTestIsAnError(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault mock.Fault
		says  []string
	}{
		"a role that is missing":  {mock.Fault{Operation: opTCP, Status: http.StatusForbidden, Body: "no"}, []string{"403", "lacks a role"}},
		"an environment not seen": {mock.Fault{Operation: opRegion, Status: http.StatusNotFound, Body: acctest.Refusal("EnvironmentNotFound", "not here")}, []string{"EnvironmentNotFound"}},
		"a 404 without a start":   {mock.Fault{Operation: opTCP, Status: http.StatusNotFound, Body: ""}, []string{"404"}},
		"no region":               {mock.Fault{Operation: opRegion, Status: http.StatusOK, Body: `""`}, []string{"names no Azure region"}},
		"a request that is wrong": {mock.Fault{Operation: opTCP, Status: http.StatusBadRequest, Body: mock.Doc{"message": "Port is odd"}}, []string{"Port is odd"}},
		"a broken container":      {mock.Fault{Operation: opTCP, Status: http.StatusInternalServerError, Body: mock.Doc{"message": "no address is free"}}, []string{"no address is free"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			w.Fault(c.fault)
			_, said := w.Serve(nil).Read(t.Context(), "powerplatform_tcp_connection", args(linked, sql))
			tells(t, said, append(c.says, "Could not read tcp connection "+linked)...)
			if n := w.Count(opTCP); n > 1 {
				t.Errorf("%d tests", n)
			}
		})
	}
}

func TestEveryCloudIsAskedAtItsOwnHost(t *testing.T) {
	t.Parallel()
	for cloud, host := range map[string]string{
		"public":  "aaaaaaaa0000400080000000000000.a1.environment.api.powerplatform.com",
		"gcchigh": "aaaaaaaa0000400080000000000000a.1.environment.api.appsplatform.us",
		"dod":     "aaaaaaaa0000400080000000000000a.1.environment.api.appsplatform.us",
		"china":   "aaaaaaaa0000400080000000000000.a1.environment.api.powerplatform.partner.microsoftonline.cn",
	} {
		t.Run(cloud, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			holds(t, read(t, w.Serve(acctest.Values{"cloud": acctest.Text(cloud)}), "tcp_connection", args(linked, sql)), acctest.Values{"success": acctest.Bool(true)})
			for _, e := range w.Requests(opRegion, opTCP) {
				if e.Host != host {
					t.Errorf("%s was asked, want %s", e.Host, host)
				}
			}
		})
	}
}

func TestADefaultEnvironmentIsAskedAtItsOwnHost(t *testing.T) {
	t.Parallel()
	w := world(t)
	id := "Default-" + w.ID
	_, said := w.Serve(nil).Read(t.Context(), "powerplatform_network_usage", args(id, nil))
	tells(t, said, "no delegated subnet")
	plain := "default" + strings.ReplaceAll(w.ID, "-", "")
	if e := w.Requests(opUsage); len(e) != 1 || !strings.HasPrefix(e[0].Host, plain[:len(plain)-2]+"."+plain[len(plain)-2:]+".environment.") {
		t.Errorf("%v", e)
	}
}

// TestAFailedAssertionOnlyWarns names the reason in its message, which Terraform evaluates also where there is none. It has a check whose test fails, and one whose test cannot be run: neither stops the apply.
func TestAFailedAssertionOnlyWarns(t *testing.T) {
	t.Parallel()
	w := world(t)
	check := func(environment string, port string) string {
		return `
check "database" {
  data "powerplatform_tcp_connection" "it" {
    environment_id = "` + environment + `"
    destination    = "sql.contoso.example"
    port           = ` + port + `
  }
  assert {
    condition     = data.powerplatform_tcp_connection.it.success
    error_message = "The database is out of reach: ${data.powerplatform_tcp_connection.it.error_message}"
  }
}
resource "terraform_data" "it" {
  input = "` + environment + port + `"
}
`
	}
	// Terraform announces at every plan that it will look at a check again.
	w.Run(
		resource.TestStep{Config: check(linked, "1433"), Check: resource.TestCheckResourceAttr("terraform_data.it", "output", linked+"1433"), ExpectNonEmptyPlan: true},
		resource.TestStep{Config: check(linked, "22"), Check: resource.TestCheckResourceAttr("terraform_data.it", "output", linked+"22"), ExpectNonEmptyPlan: true},
		resource.TestStep{Config: check(alone, "1433"), Check: resource.TestCheckResourceAttr("terraform_data.it", "output", alone+"1433"), ExpectNonEmptyPlan: true},
	)
	if w.Count(opTCP) < 6 {
		t.Errorf("%d tests", w.Count(opTCP))
	}
}

// TestASwappedPolicyBringsItsOwnContainer is the reason why a test may wait again after a change of the network.
func TestASwappedPolicyBringsItsOwnContainer(t *testing.T) {
	t.Parallel()
	w := world(t)
	s := w.Serve(nil)
	read(t, s, "tcp_connection", args(linked, sql))
	d, _ := w.Collection(bap.Environments).Peek(linked)
	server.Assign(d, "properties.enterprisePolicies.vNets.systemId", "/regions/unitedstates/other")
	w.Collection(bap.Environments).Put(linked, d)
	read(t, s, "tcp_connection", args(linked, sql))
	if got := answers(w, opTCP); got != "503 502 200 503 502 200" {
		t.Errorf("answers %s", got)
	}
}

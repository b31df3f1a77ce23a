package powerplatform

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// seed takes what hostShape describes: what can be reached from inside a delegated subnet.
func seed(t *server.Tenant, hosts []server.Doc) error {
	for _, h := range hosts {
		t.Collection(NetworkHosts).Put(strings.ToLower(server.Text(h, "host")), h)
	}
	return nil
}

// host finds what has a name or an address.
func (c call) host(destination string) (server.Doc, bool) {
	hosts := c.Tenant.Collection(NetworkHosts)
	if _, err := netip.ParseAddr(destination); err != nil {
		return hosts.Get(strings.TrimSuffix(strings.ToLower(destination), "."))
	}
	for _, h := range hosts.All() {
		if slices.Contains(list(h, "addresses"), any(destination)) {
			return h, true
		}
	}
	return nil, false
}

func list(d server.Doc, name string) []any {
	all, _ := d[name].([]any)
	return all
}

// missing refuses a body without one of its members.
func missing(name string) server.Reply {
	return server.Fail(http.StatusBadRequest, "BadRequest", "The "+name+" field is required.")
}

func unknownHost(name string) string {
	return fmt.Sprintf("No such host is known. (%s)", name)
}

// dns resolves a name. One that does not resolve is a result and no error.
func dns(c call, s subnet) server.Reply {
	name := server.Text(c.Body, "HostName")
	if name == "" {
		return missing("HostName")
	}
	out := server.Doc{
		"Success": false, "HostName": name, "IPAddresses": []any{}, "DnsServers": s.dns, "ErrorMessage": unknownHost(name),
		"ContainerIpAddress": s.container(),
	}
	if h, ok := c.host(name); ok && len(list(h, "addresses")) > 0 {
		out["Success"], out["IPAddresses"], out["ErrorMessage"] = true, list(h, "addresses"), nil
	}
	return server.JSON(http.StatusOK, out)
}

// target reads where a connection is to go.
func (c call) target() (destination string, port float64, reply server.Reply, ok bool) {
	if destination = server.Text(c.Body, "Destination"); destination == "" {
		return "", 0, missing("Destination"), false
	}
	port, is := c.Body["Port"].(float64)
	if !is || port < 1 || port > 65535 {
		return "", 0, server.Fail(http.StatusBadRequest, "BadRequest", "The field Port must be between 1 and 65535."), false
	}
	return destination, port, server.Reply{}, true
}

// reach says why a port cannot be reached, "" if it can.
func (c call) reach(destination string, port float64) (server.Doc, string) {
	h, ok := c.host(destination)
	switch {
	case !ok:
		return nil, unknownHost(destination)
	case !slices.Contains(list(h, "open_ports"), any(port)):
		return nil, fmt.Sprintf("A connection attempt failed because the connected party did not properly respond after a period of time. (%s:%.0f)", destination, port)
	}
	return h, ""
}

func tcp(c call, s subnet) server.Reply {
	destination, port, reply, ok := c.target()
	if !ok {
		return reply
	}
	_, why := c.reach(destination, port)
	out := server.Doc{"TCPSuccess": why == "", "TCPErrorMessage": nil, "Destination": destination, "Port": port, "ContainerIpAddress": s.container()}
	if why != "" {
		out["TCPErrorMessage"] = why
	}
	return server.JSON(http.StatusOK, out)
}

// What .NET calls a certificate that it does not trust, TLS 1.3 and TLS_AES_256_GCM_SHA384. The platform writes numbers
// as text.
const (
	chainErrors = "4"
	tls13       = "12288"
	aes256      = "4866"
)

func tls(c call, s subnet) server.Reply {
	destination, port, reply, ok := c.target()
	if !ok {
		return reply
	}
	h, why := c.reach(destination, port)
	out := server.Doc{"TCPConnectivity": why == "", "Certificate": nil, "ContainerIpAddress": s.container()}
	without, with := handshake(why), handshake(why)
	if why == "" {
		shown, speaks := h["tls"].(server.Doc)
		switch {
		case !speaks:
			without = handshake("Cannot determine the frame size or a corrupted frame was received.")
			with = without
		default:
			selfSigned, expired := shown["self_signed"] == true, shown["expired"] == true
			issuer, subject := server.Text(shown, "issuer"), cmp.Or(server.Text(shown, "subject"), "CN="+server.Text(h, "host"))
			switch {
			case selfSigned:
				issuer = subject
			case issuer == "":
				issuer = "CN=Microsoft Azure RSA TLS Issuing CA 03, O=Microsoft Corporation, C=US"
			}
			algorithm := cmp.Or(server.Text(shown, "signature_algorithm"), "sha256RSA")
			out["Certificate"] = server.Doc{"Issuer": issuer, "Subject": subject, "SignatureAlgorithm": algorithm, "IsExpired": expired, "IsSelfSigned": selfSigned}
			without, with = trusted(selfSigned || expired), trusted(selfSigned || expired)
		}
	}
	out["SSLWithoutCRL"], out["SSLWithCRL"] = without, with
	return server.JSON(http.StatusOK, out)
}

// handshake is one that did not come about.
func handshake(why string) server.Doc {
	return server.Doc{"Success": false, "Protocols": "0", "SslErrors": "0", "CipherSuite": "0", "ExceptionMessage": why}
}

// trusted is a handshake that ends with a look at the certificate.
func trusted(refused bool) server.Doc {
	d := server.Doc{"Success": !refused, "Protocols": tls13, "SslErrors": "0", "CipherSuite": aes256, "ExceptionMessage": nil}
	if refused {
		d["SslErrors"] = chainErrors
		d["ExceptionMessage"] = "The remote certificate is invalid according to the validation procedure."
	}
	return d
}

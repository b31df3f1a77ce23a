package diagnostic

import (
	"context"
	"crypto/tls"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/powerplatform"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// TLS is data.powerplatform_tls_connection.
func TLS() entity.DataSource[secured] {
	return entity.DataSource[secured]{
		Name: "tls_connection", By: []string{"environment_id"}, Args: []string{"region", "destination", "port"}, Read: readTLS,
		Schema: described("How a TLS handshake with a host goes from inside the subnet that is delegated to an environment: which "+
			"certificate the host, or a firewall on the way, shows, and whether the platform trusts it. A handshake that fails is a result and no error."+patience,
			field.Attributes{
				"destination":      destination,
				"port":             port("TCP port to connect to, such as 443."),
				"tcp_connectivity": field.Shown.Bool("Whether the port can be reached at all."),
				"certificate": field.Shown.Object("The certificate that was shown; null if there was none.", field.Attributes{
					"issuer":              field.Shown.Text("Who issued it."),
					"subject":             field.Shown.Text("Whom it was issued to."),
					"signature_algorithm": field.Shown.Text("How it is signed."),
					"expired":             field.Shown.Bool("Whether it has expired."),
					"self_signed":         field.Shown.Bool("Whether it is signed by itself."),
				}),
				"without_revocation_check": attempt("The handshake that does not ask whether the certificate was revoked."),
				"with_revocation_check": attempt("The handshake that asks whether the certificate was revoked, which is what the platform does in earnest. " +
					"If only this one fails, the subnet does not reach the revocation lists of the issuer."),
				"container_ip_address": containerAddress,
			}),
	}
}

func attempt(description string) schema.SingleNestedAttribute {
	return field.Shown.Object(description, field.Attributes{
		"success":  field.Shown.Bool("Whether the handshake succeeded."),
		"protocol": field.Shown.Text("Protocol that was agreed on, such as `TLS 1.3`; null if none was."),
		"cipher_suite": field.Shown.Text(
			"Cipher suite that was agreed on, such as `TLS_AES_256_GCM_SHA384`; null if none was."),
		"errors":        field.Shown.List("What is wrong with the certificate; empty if nothing is."),
		"error_message": field.Shown.Text("What the platform says of a failure; empty if it says nothing."),
	})
}

type secured struct {
	target
	TCPConnectivity types.Bool   `tfsdk:"tcp_connectivity"`
	Certificate     *certificate `tfsdk:"certificate"`
	Without         *handshake   `tfsdk:"without_revocation_check"`
	With            *handshake   `tfsdk:"with_revocation_check"`
	Container       types.String `tfsdk:"container_ip_address"`
}

type certificate struct {
	Issuer             *string `tfsdk:"issuer"`
	Subject            *string `tfsdk:"subject"`
	SignatureAlgorithm *string `tfsdk:"signature_algorithm"`
	Expired            bool    `tfsdk:"expired"`
	SelfSigned         bool    `tfsdk:"self_signed"`
}

type handshake struct {
	Success      bool     `tfsdk:"success"`
	Protocol     *string  `tfsdk:"protocol"`
	CipherSuite  *string  `tfsdk:"cipher_suite"`
	Errors       []string `tfsdk:"errors"`
	ErrorMessage string   `tfsdk:"error_message"`
}

func readTLS(ctx context.Context, c *api.Client, m *secured) error {
	r, err := ask(ctx, c, &m.place, func(environment, region string) (powerplatform.TLSConnection, error) {
		return c.PowerPlatform.TestTLS(ctx, environment, region, m.Destination.ValueString(), m.Port.ValueInt64())
	})
	if err != nil {
		return err
	}
	m.TCPConnectivity, m.Container = types.BoolValue(r.TCPConnectivity), field.OrNull(r.ContainerIPAddress)
	if shown := r.Certificate; shown != nil {
		m.Certificate = &certificate{
			Issuer: field.OrNil(shown.Issuer), Subject: field.OrNil(shown.Subject), SignatureAlgorithm: field.OrNil(shown.SignatureAlgorithm),
			Expired: shown.IsExpired, SelfSigned: shown.IsSelfSigned,
		}
	}
	m.Without, m.With = flatten(r.WithoutRevocation), flatten(r.WithRevocation)
	return nil
}

func flatten(h powerplatform.Handshake) *handshake {
	return &handshake{
		Success: h.Success, Protocol: protocol(h.Protocols), CipherSuite: cipherSuite(h.CipherSuite),
		Errors: append([]string{}, policyErrors(h.SSLErrors)...), ErrorMessage: h.ExceptionMessage,
	}
}

// protocols are those of https://learn.microsoft.com/dotnet/api/system.security.authentication.sslprotocols.
var protocols = map[powerplatform.Number]string{
	"12": "SSL 2.0", "48": "SSL 3.0", "192": "TLS 1.0", "768": "TLS 1.1", "3072": "TLS 1.2", "12288": "TLS 1.3",
}

// protocol names a protocol; one that is not known keeps its number.
func protocol(n powerplatform.Number) *string {
	if name, ok := protocols[n]; ok {
		return &name
	}
	return some(n)
}

// cipherSuite names a cipher suite by its IANA number; one that is not known keeps the number.
func cipherSuite(n powerplatform.Number) *string {
	if id, err := strconv.ParseUint(string(n), 10, 16); err == nil {
		if name := tls.CipherSuiteName(uint16(id)); !strings.HasPrefix(name, "0x") {
			return &name
		}
	}
	return some(n)
}

// some is the number as text, nil if there is none: zero is how the platform says so.
func some(n powerplatform.Number) *string {
	if n == "0" {
		return nil
	}
	return field.OrNil(string(n))
}

// complaints are the flags of https://learn.microsoft.com/dotnet/api/system.net.security.sslpolicyerrors.
var complaints = []string{
	"the server showed no certificate", "the certificate is not for this name", "the certificate or its chain is not trusted",
}

// policyErrors says what the flags mean; a flag that is not known is its number, and what is no number is itself.
func policyErrors(n powerplatform.Number) []string {
	flags, err := strconv.ParseUint(string(n), 10, 32)
	if err != nil {
		if n == "" {
			return nil
		}
		return []string{string(n)}
	}
	var out []string
	for i, complaint := range complaints {
		if flags&(1<<i) != 0 {
			out = append(out, complaint)
		}
	}
	if rest := flags >> len(complaints) << len(complaints); rest != 0 {
		out = append(out, strconv.FormatUint(rest, 10))
	}
	return out
}

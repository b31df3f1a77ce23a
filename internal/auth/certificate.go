package auth

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// keyPair is a certificate with its chain and its private key.
type keyPair struct {
	chain []*x509.Certificate
	key   crypto.PrivateKey
}

func (p keyPair) credential(s Settings, o policy.ClientOptions) (azcore.TokenCredential, error) {
	return azidentity.NewClientCertificateCredential(s.TenantID.Text(), s.ClientID.Text(), p.chain, p.key,
		&azidentity.ClientCertificateCredentialOptions{
			ClientOptions: o, AdditionallyAllowedTenants: s.allowedTenants(), DisableInstanceDiscovery: skipDiscovery,
		})
}

// certificate reads the client certificate: PKCS#12 or PEM, base64 in the argument or as a file. The password may be empty.
func (s Settings) certificate() (keyPair, error) {
	source := s.certificateSource()
	problem := func(format string, args ...any) error {
		return &Problem{Attribute: source.attribute, Summary: "Unusable client certificate", Detail: fmt.Sprintf(format, args...)}
	}
	var content []byte
	var err error
	if source == s.ClientCertificate {
		content, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(source.Text()), ""))
		if err != nil {
			return keyPair{}, problem("The %s is not base64: %v. Encode the PKCS#12 file, for example with base64encode or filebase64.", source.source, err)
		}
	} else if content, err = os.ReadFile(source.Text()); err != nil {
		return keyPair{}, problem("Reading the file that the %s names: %v.", source.source, err)
	}
	password := []byte(s.ClientCertificatePassword.Text())
	if bytes.Contains(content, []byte("-----BEGIN ")) {
		password = nil // a PEM file is not encrypted as a whole
	}
	chain, key, err := azidentity.ParseCertificates(content, password)
	if err == nil {
		return keyPair{chain, key}, nil
	}
	switch text := err.Error(); {
	case strings.Contains(text, "password incorrect") && s.ClientCertificatePassword.IsSet():
		return keyPair{}, &Problem{
			Attribute: "client_certificate_password", Summary: "Unusable client certificate",
			Detail: fmt.Sprintf("The password in the %s does not open the certificate in the %s.", s.ClientCertificatePassword.source, source.source),
		}
	case strings.Contains(text, "password incorrect"):
		return keyPair{}, problem("The certificate in the %s needs a password: set client_certificate_password or %s.", source.source, Variables("client_certificate_password")[0])
	case strings.Contains(text, "not implemented") || strings.Contains(text, "algorithm"):
		return keyPair{}, problem("The certificate in the %s is encrypted in a way that is not supported: %v. Export it again with openssl pkcs12 -export -legacy, or use a PEM file.", source.source, err)
	}
	return keyPair{}, problem("The %s holds no certificate with a private key: %v. Expected PKCS#12 or PEM.", source.source, err)
}

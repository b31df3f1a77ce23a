package auth

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
)

func TestNew_SignsInAtTheAuthorityOfTheCloud(t *testing.T) {
	t.Parallel()
	for _, name := range cloud.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authority{}
			c, err := open(a, name, Given{TenantID: testTenant, ClientID: testClient, ClientSecret: "s3cr3t"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.requests) != 0 {
				t.Errorf("New made %d requests", len(a.requests))
			}
			for range 3 {
				if _, err := ask(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
			want, err := cloud.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, req := range a.requests {
				if req.URL.Host != want.Authority || req.URL.Scheme != "https" || !strings.HasPrefix(req.URL.Path, "/"+testTenant+"/") {
					t.Errorf("a request went to %s", req.URL)
				}
			}
			forms := a.seen(want.Authority)
			expect(t, "number of token requests", len(forms), 1)
			expect(t, "grant", forms[0].Get("grant_type"), "client_credentials")
			expect(t, "client", forms[0].Get("client_id"), testClient)
			expect(t, "secret", forms[0].Get("client_secret"), "s3cr3t")
			expect(t, "scope", strings.Fields(forms[0].Get("scope"))[0], testScope)
		})
	}
}

func TestNew_GoesBackToTheAuthorityAfterARefusal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given       Given
		environment map[string]string
		host        string
	}{
		"client secret": {Given{TenantID: testTenant, ClientID: testClient, ClientSecret: "s3cr3t"}, nil, "login.microsoftonline.com"},
		"OIDC":          {Given{TenantID: testTenant, ClientID: testClient, OIDCToken: federated(0)}, nil, "login.microsoftonline.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authority{}
			credential := signIn(t, a, c.given, c.environment)
			first, err := ask(t.Context(), credential)
			if err != nil {
				t.Fatal(err)
			}
			credential.Refuse(first)
			second, err := ask(t.Context(), credential)
			if err != nil {
				t.Fatal(err)
			}
			if first == second {
				t.Error("the refused token came back")
			}
			expect(t, "number of token requests", len(a.seen(c.host)), 2)
		})
	}
}

func TestNew_ManagedIdentity(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{"of the system": "", "assigned by the user": testClient} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authority{}
			c := signIn(t, a, Given{UseMSI: new(true), ClientID: id}, nil)
			first, err := ask(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			query := a.requests[0].URL.Query()
			expect(t, "client", query.Get("client_id"), id)
			expect(t, "resource", query.Get("resource"), "https://service.powerapps.com")
			c.Refuse(first)
			second, err := ask(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if first == second || len(a.requests) != 2 {
				t.Errorf("the refused token %q was followed by %q after %d requests", first, second, len(a.requests))
			}
		})
	}
}

func TestNew_ClientCertificate(t *testing.T) {
	t.Parallel()
	encoded := func(name string) string {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(content)
	}
	wrapped := encoded("client.pfx")
	for name, given := range map[string]Given{
		"PKCS#12 file without password":     {ClientCertificateFilePath: "testdata/client.pfx"},
		"PKCS#12 file with password":        {ClientCertificateFilePath: "testdata/client-password.pfx", ClientCertificatePassword: "open-sesame"},
		"PEM file":                          {ClientCertificateFilePath: "testdata/client.pem"},
		"PEM file with a needless password": {ClientCertificateFilePath: "testdata/client.pem", ClientCertificatePassword: "x"},
		"base64 PKCS#12":                    {ClientCertificate: encoded("client-password.pfx"), ClientCertificatePassword: "open-sesame"},
		"base64 with line breaks":           {ClientCertificate: wrapped[:76] + "\n" + wrapped[76:] + "\n"},
		"base64 PEM":                        {ClientCertificate: encoded("client.pem")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authority{}
			given.TenantID, given.ClientID = testTenant, testClient
			if _, err := ask(t.Context(), signIn(t, a, given, nil)); err != nil {
				t.Fatal(err)
			}
			form := a.seen("login.microsoftonline.com")[0]
			token, err := jwt.Parse(form.Get("client_assertion"), func(*jwt.Token) (any, error) { return publicKey(t), nil })
			if err != nil {
				t.Fatalf("the assertion is not signed by the certificate: %v", err)
			}
			subject, err := token.Claims.GetSubject()
			if err != nil || subject != testClient {
				t.Errorf("subject is %q, %v", subject, err)
			}
		})
	}
}

func publicKey(t *testing.T) *rsa.PublicKey {
	t.Helper()
	content, err := os.ReadFile("testdata/client.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate.PublicKey.(*rsa.PublicKey)
}

func TestNew_NamesTheArgumentOfAnUnusableCertificate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given     Given
		attribute string
		words     string
	}{
		"no such file":          {Given{ClientCertificateFilePath: "testdata/none.pfx"}, "client_certificate_file_path", "none.pfx"},
		"not base64":            {Given{ClientCertificate: "%%%"}, "client_certificate", "not base64"},
		"no certificate":        {Given{ClientCertificate: "AAAA"}, "client_certificate", "Expected PKCS#12 or PEM"},
		"wrong password":        {Given{ClientCertificateFilePath: "testdata/client-password.pfx", ClientCertificatePassword: "wrong"}, "client_certificate_password", "does not open"},
		"missing password":      {Given{ClientCertificateFilePath: "testdata/client-password.pfx"}, "client_certificate_file_path", "needs a password"},
		"unsupported encrypted": {Given{ClientCertificateFilePath: "testdata/client-modern.pfx", ClientCertificatePassword: "open-sesame"}, "client_certificate_file_path", "-legacy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.given.TenantID, c.given.ClientID = testTenant, testClient
			_, err := open(&authority{}, cloud.Public, c.given, nil)
			p, ok := errors.AsType[*Problem](err)
			if !ok {
				t.Fatalf("error is %v, expected a Problem", err)
			}
			expect(t, "attribute", p.Attribute, c.attribute)
			if !strings.Contains(p.Detail, c.words) || strings.Contains(p.Detail, "open-sesame") {
				t.Errorf("detail is %q", p.Detail)
			}
		})
	}
}

func TestNew_NeedsATransporterAndAMethod(t *testing.T) {
	t.Parallel()
	c, err := cloud.Lookup(cloud.Public)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Mock(), c, nil); err == nil {
		t.Error("a credential without a transporter was made")
	}
	if _, err := New(Settings{}, c, &authority{}); err == nil {
		t.Error("a credential without a method was made")
	}
	if _, err := New(Mock(), c, &authority{}); err != nil {
		t.Errorf("the mock's own settings: %v", err)
	}
}

//go:build clients

package clients_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const (
	certified = "00000000-0000-4000-8000-00000000c0de" // the application that signs in with a certificate
	requests  = "https://pipelines.actions.githubusercontent.com/mock/_apis/idtoken?api-version=2.0"
)

// selfSigned makes a certificate: the PEM of it alone, and with its key.
func selfSigned(t *testing.T) (public, both string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return public, public + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

// assertion fetches an identity token of GitHub Actions as a runner would keep it in a file.
func (r *rig) assertion() string {
	r.Helper()
	roots := x509.NewCertPool()
	raw, err := os.ReadFile(r.certificate())
	if err != nil || !roots.AppendCertsFromPEM(raw) {
		r.Fatal("no certificate", err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: r.address}), TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, requests+"&audience=api%3A%2F%2FAzureADTokenExchange", nil)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer x")
	res, err := transport.RoundTrip(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct{ Value string }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Value == "" {
		r.Fatal("no assertion", err)
	}
	return answer.Value
}

func TestIdentityLibraryOfAzureSignsInWithNothingButTheEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	public, both := selfSigned(t)
	r.admin(http.MethodPost, "seed", map[string]any{"tenants": []any{map[string]any{
		"id": tenantID, "applications": []any{map[string]any{"client_id": certified, "certificates": []string{public}, "admin": true}},
	}}}, nil)
	trust, tenant, client := "SSL_CERT_FILE="+r.bundle(), "AZURE_TENANT_ID="+tenantID, "AZURE_CLIENT_ID="+clientID
	for kind, environment := range map[string][]string{
		"secret":      {trust, tenant, client, "AZURE_CLIENT_SECRET=" + clientSecret},
		"certificate": {trust, tenant, "AZURE_CLIENT_ID=" + certified, "AZURE_CLIENT_CERTIFICATE_PATH=" + r.file("client.pem", both)},
		"file":        {trust, tenant, client, "AZURE_FEDERATED_TOKEN_FILE=" + r.file("assertion", r.assertion())},
		"github":      {trust, tenant, client, "ACTIONS_ID_TOKEN_REQUEST_URL=" + requests, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=x"},
		"identity":    {trust},
	} {
		out, errs, ok := r.run(r.environment(environment...), filepath.Join(r.folder, "signin"), kind)
		if !ok || out != "2 environments\n" {
			t.Errorf("%s: %s%s", kind, out, errs)
		}
	}
	if _, _, ok := r.run(r.environment(tenant, client, "AZURE_CLIENT_SECRET="+clientSecret), filepath.Join(r.folder, "signin"), "secret"); ok {
		t.Error("the mock is trusted by who was not told to")
	}
	if _, _, ok := r.run(r.environment(trust, tenant, client, "AZURE_CLIENT_SECRET=wrong"), filepath.Join(r.folder, "signin"), "secret"); ok {
		t.Error("a wrong secret signs in")
	}
}

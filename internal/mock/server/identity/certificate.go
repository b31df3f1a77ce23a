package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // x5t is a SHA-1 thumbprint by definition
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// certificates are the certificates of signing keys, by key.
var certificates sync.Map

// certificateOf is the certificate that holds a signing key, as those of the sign-in service do: clients that look for x5c
// and x5t find them. One key always has the same.
func certificateOf(key *rsa.PrivateKey) (*x509.Certificate, error) {
	if known, ok := certificates.Load(key); ok {
		if certificate, ok := known.(*x509.Certificate); ok {
			return certificate, nil
		}
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "accounts.accesscontrol.windows.net"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2049, 12, 31, 0, 0, 0, 0, time.UTC),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("signing certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("signing certificate: %w", err)
	}
	certificates.Store(key, certificate)
	return certificate, nil
}

// keyID is the kid of a key: the thumbprint (x5t) of its certificate.
func keyID(key *rsa.PrivateKey) (string, error) {
	certificate, err := certificateOf(key)
	if err != nil {
		return "", err
	}
	sum := sha1.Sum(certificate.Raw) //nolint:gosec // see above
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// Keys returns the public keys of the mock's tokens as a JSON Web Key Set, the one that signs first, with the
// certificates that hold them.
func Keys() (wire.Doc, error) {
	keys, err := signingKeys()
	if err != nil {
		return nil, err
	}
	set := []any{}
	for _, key := range keys {
		certificate, err := certificateOf(key)
		if err != nil {
			return nil, err
		}
		id, err := keyID(key)
		if err != nil {
			return nil, err
		}
		set = append(set, wire.Doc{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "x5t": id,
			"n":   base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
			"e":   base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
			"x5c": []any{base64.StdEncoding.EncodeToString(certificate.Raw)},
		})
	}
	return wire.Doc{"keys": set}, nil
}

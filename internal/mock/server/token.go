package server

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // x5t is a SHA-1 thumbprint by definition
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// TokenLifetime is how long an access token is valid, on the wall clock.
const TokenLifetime = time.Hour

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

// SigningKeys returns the public keys of the mock's tokens as a JSON Web Key Set, the one that signs first, with the
// certificates that hold them.
func SigningKeys() (Doc, error) {
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
		set = append(set, Doc{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "x5t": id,
			"n":   base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
			"e":   base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
			"x5c": []any{base64.StdEncoding.EncodeToString(certificate.Raw)},
		})
	}
	return Doc{"keys": set}, nil
}

// Sign returns a JWT with the claims, signed with the key of the mock (RS256).
func Sign(claims map[string]any) (string, error) {
	key, err := signingKey()
	if err != nil {
		return "", err
	}
	id, err := keyID(key)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	token.Header["kid"] = id
	if claims["ver"] == "1.0" {
		token.Header["x5t"] = id
	}
	return token.SignedString(key)
}

// Verify returns the claims of a JWT that Sign made. The error is jwt.ErrTokenExpired for one whose time is over.
func Verify(text string) (map[string]any, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(text, claims, func(token *jwt.Token) (any, error) {
		keys, err := signingKeys()
		if err != nil {
			return nil, err
		}
		for _, key := range keys[1:] {
			if id, err := keyID(key); err == nil && token.Header["kid"] == id {
				return &key.PublicKey, nil
			}
		}
		return &keys[0].PublicKey, nil
	}, jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithExpirationRequired())
	return claims, err
}

// ObjectID derives the object ID of a service principal from its client ID, for applications that name none.
func ObjectID(clientID string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(strings.ToLower(clientID))).String()
}

// audienceRule says which audiences the hosts of a pattern accept.
type audienceRule struct {
	host      string
	audiences []string
}

// Audience registers the audiences that a host accepts: scopes without "/.default". A trailing slash does not matter.
// A host that none is registered for accepts "https://" and its own name, as Dataverse organisations do.
func (p *Platform) Audience(host string, audiences ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.audience = append(p.audience, audienceRule{strings.ToLower(host), audiences})
}

// refuseAudience says why a host does not accept an audience, or nothing.
func (p *Platform) refuseAudience(host, audience string) string {
	var accepted []string
	p.mu.RLock()
	for _, rule := range p.audience {
		if Glob(rule.host, host) {
			accepted = append(accepted, rule.audiences...)
		}
	}
	p.mu.RUnlock()
	if len(accepted) == 0 {
		accepted = []string{"https://" + host}
	}
	for _, a := range accepted {
		if strings.EqualFold(strings.TrimRight(a, "/"), strings.TrimRight(audience, "/")) {
			return ""
		}
	}
	return fmt.Sprintf("The access token has been obtained for wrong audience or resource '%s'. It should exactly match with one of the allowed audiences '%s'.", audience, strings.Join(accepted, "','"))
}

package login

import (
	"crypto/sha1" //nolint:gosec // x5t is a SHA-1 thumbprint by definition
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

// assertionType is the client_assertion_type of a JWT, see RFC 7523.
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// ExchangeAudience is the audience of federated assertions unless a credential names another.
const ExchangeAudience = "api://AzureADTokenExchange"

// checkAssertion accepts a JWT that the application signed with one of its certificates, or a token of a foreign issuer
// that one of its federated identity credentials names.
func (a authority) checkAssertion(c *server.Call, t *server.Tenant, app server.Application, text string) (server.Reply, bool) {
	claims := jwt.MapClaims{}
	token, _, err := jwt.NewParser().ParseUnverified(text, claims)
	if err != nil {
		return refuse(c, http.StatusBadRequest, "invalid_request", 50027, "JWT token is invalid or malformed."), true
	}
	if issuer, _ := claims.GetIssuer(); strings.EqualFold(issuer, app.ClientID) {
		return a.checkCertificate(c, t, app, token, text)
	}
	return checkFederation(c, app, claims, text)
}

func (a authority) checkCertificate(c *server.Call, t *server.Tenant, app server.Application, token *jwt.Token, text string) (server.Reply, bool) {
	signature := func(reason, thumbprint string) (server.Reply, bool) {
		return refuse(c, http.StatusUnauthorized, "invalid_client", 700027, fmt.Sprintf("The certificate with identifier used to sign the client assertion is not registered on application. "+
			"[Reason - %s, Thumbprint of key used by client: '%s', Client app ID: %s.]", reason, thumbprint, app.ClientID)), true
	}
	certificate, thumbprint := find(app, token.Header)
	switch {
	case certificate == nil:
		return signature("The key was not found.", thumbprint)
	case now().After(certificate.NotAfter):
		return signature("The key used is expired.", thumbprint)
	}
	claims := jwt.MapClaims{}
	methods := jwt.WithValidMethods([]string{jwt.SigningMethodPS256.Alg(), jwt.SigningMethodRS256.Alg()})
	_, err := jwt.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return certificate.PublicKey, nil }, methods, jwt.WithExpirationRequired(), jwt.WithLeeway(5*time.Minute))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return outOfTime(c, claims), true
	case err != nil:
		return signature("The provided signature value did not match the expected signature value.", thumbprint)
	}
	if subject, _ := claims.GetSubject(); !strings.EqualFold(subject, app.ClientID) {
		return refuse(c, http.StatusUnauthorized, "invalid_client", 700021, "Client assertion application identifier doesn't match 'client_id' parameter."), true
	}
	audiences, _ := claims.GetAudience()
	if !slices.ContainsFunc(audiences, func(aud string) bool { return a.isOwn(c, t, aud) }) {
		return refuse(c, http.StatusUnauthorized, "invalid_client", 700023, "Client assertion audience claim does not match Realm issuer."), true
	}
	return server.Reply{}, false
}

// isOwn says whether an audience is the token endpoint or the issuer of the tenant at this authority.
func (a authority) isOwn(c *server.Call, t *server.Tenant, audience string) bool {
	for _, host := range append([]string{a.host}, a.aliases...) {
		for _, name := range []string{c.Params["tenant"], t.ID} {
			base := "https://" + host + "/" + name
			if strings.EqualFold(audience, base+"/oauth2/v2.0/token") || strings.EqualFold(audience, base+"/v2.0") {
				return true
			}
		}
	}
	return false
}

// find returns the certificate that the header of an assertion names, and its thumbprint as the client wrote it.
func find(app server.Application, header map[string]any) (*x509.Certificate, string) {
	wanted, name := []byte(nil), ""
	for _, key := range []string{"x5t#S256", "x5t"} {
		if text, ok := header[key].(string); ok {
			wanted, name = decodeBase64(text), key
			break
		}
	}
	for _, text := range app.Certificates {
		certificate, err := parseCertificate(text)
		if err != nil || wanted == nil {
			continue
		}
		small, large := sha1.Sum(certificate.Raw), sha256.Sum256(certificate.Raw) //nolint:gosec // see above
		if name == "x5t" && string(small[:]) == string(wanted) || name != "x5t" && string(large[:]) == string(wanted) {
			return certificate, strings.ToUpper(hex.EncodeToString(wanted))
		}
	}
	return nil, strings.ToUpper(hex.EncodeToString(wanted))
}

func decodeBase64(text string) []byte {
	text = strings.NewReplacer("-", "+", "_", "/", "=", "", "\n", "", "\r", "", " ", "").Replace(text)
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}

// parseCertificate reads a certificate in PEM or as base64 of its DER.
func parseCertificate(text string) (*x509.Certificate, error) {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return x509.ParseCertificate(block.Bytes)
	}
	return x509.ParseCertificate(decodeBase64(text))
}

// checkFederation accepts an assertion of an issuer that the mock signs for.
func checkFederation(c *server.Call, app server.Application, claims jwt.MapClaims, text string) (server.Reply, bool) {
	_, err := identity.Verify(text)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return outOfTime(c, claims), true
	case err != nil:
		return refuse(c, http.StatusUnauthorized, "invalid_client", 700027, "Client assertion failed signature validation."), true
	}
	issuer, _ := claims.GetIssuer()
	subject, _ := claims.GetSubject()
	audiences, _ := claims.GetAudience()
	code, what := 70021, fmt.Sprintf(". Assertion Issuer: '%s'. Assertion Subject: '%s'. Assertion Audience: '%s'", issuer, subject, strings.Join(audiences, "','"))
	for _, f := range app.Federated {
		if f.Audience == "" {
			f.Audience = ExchangeAudience
		}
		switch {
		case f.Issuer != issuer:
			if code == 70021 {
				code, what = 700211, " issuer '"+issuer+"'"
			}
		case f.Subject != subject: // the case of a subject matters
			if code != 700212 {
				code, what = 700213, " subject '"+subject+"'"
			}
		case !slices.Contains(audiences, f.Audience):
			code, what = 700212, " audience '"+strings.Join(audiences, "','")+"'"
		default:
			return server.Reply{}, false
		}
	}
	return refuse(c, http.StatusUnauthorized, "invalid_client", code, "No matching federated identity record found for presented assertion"+what+
		". Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"), true
}

func outOfTime(c *server.Call, claims jwt.MapClaims) server.Reply {
	const layout = "2006-01-02T15:04:05.0000000Z"
	at := func(d *jwt.NumericDate, err error) string {
		if err != nil || d == nil {
			return time.Unix(0, 0).UTC().Format(layout)
		}
		return d.UTC().Format(layout)
	}
	return refuse(c, http.StatusUnauthorized, "invalid_client", 700024, fmt.Sprintf("Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s. "+
		"Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
		now().UTC().Format(layout), at(claims.GetNotBefore()), at(claims.GetExpirationTime())))
}

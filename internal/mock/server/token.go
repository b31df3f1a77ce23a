package server

import (
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// TokenLifetime is how long an access token is valid, on the wall clock.
const TokenLifetime = time.Hour

func keyID(key *rsa.PublicKey) string {
	sum := sha256.Sum256(key.N.Bytes())
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// SigningKeys returns the public keys of the mock's tokens as a JSON Web Key Set, the one that signs first.
func SigningKeys() (Doc, error) {
	keys, err := signingKeys()
	if err != nil {
		return nil, err
	}
	set := []any{}
	for _, key := range keys {
		set = append(set, Doc{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID(&key.PublicKey),
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
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
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	token.Header["kid"] = keyID(&key.PublicKey)
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
			if token.Header["kid"] == keyID(&key.PublicKey) {
				return &key.PublicKey, nil
			}
		}
		return &keys[0].PublicKey, nil
	}, jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithExpirationRequired())
	return claims, err
}

// Token returns an access token for an application of the tenant, valid for TokenLifetime. The application need not be
// registered: then its object ID is derived from its client ID.
func (t *Tenant) Token(clientID, audience string) (string, error) {
	app, ok := t.Application(clientID)
	if !ok {
		app = Application{ObjectID: ObjectID(clientID)}
	}
	now := time.Now()
	claims := map[string]any{
		"iss": "https://sts.windows.net/" + t.ID + "/", "aud": audience, "tid": t.ID, "oid": app.ObjectID, "sub": app.ObjectID,
		"appid": clientID, "app_displayname": cmp.Or(app.DisplayName, clientID), "appidacr": "1", "idtyp": "app", "ver": "1.0", "uti": uuid.NewString(),
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(TokenLifetime).Unix(),
	}
	if isGraph(audience) && t.Switch(SwitchGraphTokenType) != "on" {
		delete(claims, "idtyp")
	}
	return Sign(claims)
}

// SwitchGraphTokenType "on" puts the claim idtyp into the tokens that Microsoft Graph takes, as it does into all others.
// By it clients tell an application from a user, and some refuse to work for an application: CLI for Microsoft 365 does in
// all its commands for the Power Platform. The claim is an optional one that resources ask for, see
// https://learn.microsoft.com/entra/identity-platform/optional-claims-reference.
const SwitchGraphTokenType = "login.graph_token_type"

// isGraph reports whether an audience is Microsoft Graph in any cloud.
func isGraph(audience string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(audience, "https://"), "/")
	return audience == "00000003-0000-0000-c000-000000000000" || slices.ContainsFunc([]string{"graph.", "dod-graph.", "microsoftgraph."}, func(prefix string) bool {
		return strings.HasPrefix(host, prefix)
	})
}

// ObjectID derives the object ID of a service principal from its client ID, for applications that name none.
func ObjectID(clientID string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(strings.ToLower(clientID))).String()
}

// caller reads the bearer token. The second result says why it is refused, if it is.
func (p *Platform) caller(r *http.Request) (Caller, string) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || text == "" {
		return Caller{}, "Authentication failed. The 'Authorization' header is missing or has an invalid format."
	}
	claims, err := p.verified.verify(text)
	str := func(name string) string { s, _ := claims[name].(string); return s }
	c := Caller{TenantID: str("tid"), ObjectID: str("oid"), AppID: str("appid"), Audience: str("aud")}
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return c, "The access token expiry UTC time is earlier than current UTC time."
	case err != nil:
		return Caller{}, "The access token is invalid."
	}
	return c, ""
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

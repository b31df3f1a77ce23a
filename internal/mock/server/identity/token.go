package identity

import (
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Lifetime is how long an access token is valid, on the wall clock.
const Lifetime = time.Hour

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

// mostRemembered bounds how many tokens are remembered.
const mostRemembered = 1024

// Verifier remembers the claims of tokens whose signature was checked, because a client sends one token many times. What
// time it is is checked on every call.
type Verifier struct {
	mu     sync.Mutex
	claims map[string]jwt.MapClaims
}

// Verify is the function of that name.
func (v *Verifier) Verify(text string) (map[string]any, error) {
	v.mu.Lock()
	claims, known := v.claims[text]
	v.mu.Unlock()
	if known {
		return claims, jwt.NewValidator(jwt.WithExpirationRequired()).Validate(claims)
	}
	checked, err := Verify(text)
	if err != nil {
		return checked, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.claims == nil || len(v.claims) >= mostRemembered {
		v.claims = map[string]jwt.MapClaims{}
	}
	v.claims[text] = checked
	return checked, nil
}

package server

import (
	"sync"

	"github.com/golang-jwt/jwt/v5"
)

// mostVerified bounds how many tokens are remembered.
const mostVerified = 1024

// verified remembers the claims of tokens whose signature was checked, because a client sends one token many times. What
// time it is is checked on every call.
type verified struct {
	mu     sync.Mutex
	claims map[string]jwt.MapClaims
}

func (v *verified) verify(text string) (map[string]any, error) {
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
	if v.claims == nil || len(v.claims) >= mostVerified {
		v.claims = map[string]jwt.MapClaims{}
	}
	v.claims[text] = checked
	return checked, nil
}

package identity

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestRememberedTokensExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		token, err := Sign(map[string]any{"tid": "t", "exp": time.Now().Add(time.Hour).Unix()})
		if err != nil {
			t.Fatal(err)
		}
		var v Verifier
		for range 2 {
			if claims, err := v.Verify(token); err != nil || claims["tid"] != "t" {
				t.Fatal(claims, err)
			}
		}
		<-time.After(2 * time.Hour)
		if _, err := v.Verify(token); !errors.Is(err, jwt.ErrTokenExpired) {
			t.Errorf("a token that was known is still taken after its time: %v", err)
		}
	})
}

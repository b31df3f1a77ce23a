package server

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
		var v verified
		for range 2 {
			if claims, err := v.verify(token); err != nil || claims["tid"] != "t" {
				t.Fatal(claims, err)
			}
		}
		<-time.After(2 * time.Hour)
		if _, err := v.verify(token); !errors.Is(err, jwt.ErrTokenExpired) {
			t.Errorf("a token that was known is still taken after its time: %v", err)
		}
	})
}

func TestRoutesCanBeAddedAfterTheFirstCall(t *testing.T) {
	t.Parallel()
	p := New(Options{})
	h := func(*Call) Reply { return Empty(200) }
	p.Route("api.example", "GET", "/{any}", "x.any", h)
	if r, _, _ := p.find("api.example", "GET", "/a"); r == nil || r.operation != "x.any" {
		t.Fatal(r)
	}
	p.Route("api.example", "GET", "/a", "x.a", h)
	p.Route("*.example", "GET", "/b/c", "x.c", h)
	for path, want := range map[string]string{"/a": "x.a", "/b": "x.any", "/b/c": "x.c"} {
		if r, _, _ := p.find("api.example", "GET", path); r == nil || r.operation != want {
			t.Errorf("%s: %v, want %s", path, r, want)
		}
	}
}

package server_test

import (
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestOffersAreFoundUnderTheirKeyOnThePlatformThatGotThem(t *testing.T) {
	t.Parallel()
	type key struct{}
	p := server.New(server.Options{})
	if p.Offered(key{}) != nil {
		t.Error("something is there before anybody offered it")
	}
	p.Offer(key{}, "first")
	p.Offer(key{}, "second")
	if err := p.Reset(); err != nil {
		t.Fatal(err)
	}
	if p.Offered(key{}) != "second" || p.Offered(struct{ key }{}) != nil || server.New(server.Options{}).Offered(key{}) != nil {
		t.Error("an offer is not where it belongs")
	}
}

package rest

import (
	"context"
	"testing"
)

func TestHostsKeepOneClientForEachHost(t *testing.T) {
	t.Parallel()
	var h Hosts
	if h.At(Endpoint{Host: "A.example"}) != h.At(Endpoint{Host: "a.example"}) || h.At(Endpoint{Host: "a.example"}) == h.At(Endpoint{Host: "b.example"}) {
		t.Error("hosts and clients do not correspond")
	}
}

// A link from one organisation to another, though in the same domain, gets no token.
func TestHostsTrustNoOtherOfTheFamily(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{reply(200, `{"value":[{}],"nextLink":"https://theirs.crm.example/next"}`)}, func(ctx context.Context, _ *Client, s *script) {
		h := Hosts{Options: Options{Transport: s}}
		var last error
		for _, err := range List[thing](ctx, h.At(Endpoint{Host: "ours.crm.example"}), "/things") {
			last = err
		}
		if last == nil || len(s.seen) != 1 {
			t.Errorf("%v after %s", last, s.lines())
		}
	})
}

package rest

import (
	"context"
	"net/http"
	"testing"
)

func TestAReceiptTellsWhetherAnOperationCanBeFollowed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []answer
		blind   bool
	}{
		"no address": {[]answer{reply(http.StatusAccepted, "")}, true},
		"address": {[]answer{
			reply(http.StatusAccepted, "", "Operation-Location", "https://europe.api.bap.microsoft.com/op"),
			reply(http.StatusOK, `{"state":{"id":"Succeeded"}}`),
		}, false},
		"done": {[]answer{reply(http.StatusNoContent, "")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, bap, Options{}, c.answers, func(ctx context.Context, client *Client, _ *script) {
				var r Receipt
				if _, err := Post[None](ctx, client, "/x", None{}, r.Option()); err != nil {
					t.Error(err)
				}
				if r.Blind() != c.blind {
					t.Errorf("blind: %t", r.Blind())
				}
			})
		})
	}
	if new(Receipt).Blind() {
		t.Error("a receipt of nothing is blind")
	}
}

func TestAReceiptHoldsTheHeadersOfASuccess(t *testing.T) {
	t.Parallel()
	answers := []answer{reply(http.StatusNoContent, "", "OData-EntityId", "https://api.bap.microsoft.com/x(1)"), reply(http.StatusBadRequest, "", "OData-EntityId", "no")}
	perform(t, bap, Options{}, answers, func(ctx context.Context, client *Client, _ *script) {
		var made, refused Receipt
		if _, err := Post[None](ctx, client, "/x", None{}, made.Option()); err != nil || made.Header("odata-entityid") != "https://api.bap.microsoft.com/x(1)" {
			t.Errorf("%q, %v", made.Header("odata-entityid"), err)
		}
		if _, err := Post[None](ctx, client, "/x", None{}, refused.Option()); err == nil || refused.Header("OData-EntityId")+new(Receipt).Header("OData-EntityId") != "" {
			t.Errorf("%q, %v", refused.Header("OData-EntityId"), err)
		}
	})
}

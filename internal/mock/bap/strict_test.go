package bap_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestTheFormOfARequestIsRefusedUnlessThePlatformIsLenient(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, at string
		body       any
		code       string
		reason     string
	}{
		"a version that nobody sends": {"GET", "/tenant?api-version=2001-01-01", nil, "InvalidApiVersionParameter", "2001-01-01"},
		"no version":                  {"GET", "/tenant?api-version=", nil, "MissingApiVersionParameter", "api-version is missing"},
		"an unknown member":           {"POST", "/validateEnvironmentDetails", doc{"domainName": "free", "environmentLocation": "europe", "colour": "red"}, "InvalidRequestContent", "colour"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, lenient := range []bool{false, true} {
				p := server.New(server.Options{Lenient: lenient})
				bap.Register(p)
				r := rig{mocktest.On(t, p, server.TenantSeed{})}.in(bap.Clouds[0])
				a := r.Send(c.method, c.at, c.body)
				switch got := a.Header.Get(server.ReasonHeader); {
				case lenient && (a.Status >= 400 || got != ""):
					t.Errorf("lenient: %d %s", a.Status, a.Raw)
				case !lenient && (a.Code() != c.code || !strings.Contains(got, c.reason)):
					t.Errorf("strict: %d %s because %q", a.Status, a.Raw, got)
				}
				if said := r.Last().Reason; !strings.Contains(said, c.reason) {
					t.Errorf("the journal says %q", said)
				}
			}
		})
	}
}

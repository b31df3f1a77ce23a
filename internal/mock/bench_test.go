package mock_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// BenchmarkNew makes a whole platform, as every start of ppmock and every test does.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		mock.New()
	}
}

// BenchmarkDo reads one environment of few and of many, in memory.
func BenchmarkDo(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("of %d", n), func(b *testing.B) {
			platform := mock.New()
			var environments []mock.Doc
			for i := range n {
				environments = append(environments, mock.Doc{"id": fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "display_name": fmt.Sprintf("Environment %d", i), "type": "Sandbox"})
			}
			seed := mock.Seed{Tenants: []mock.TenantSeed{{ID: mock.DefaultTenantID, Items: map[string][]mock.Doc{"environments": environments}}}}
			if err := platform.Seed(seed); err != nil {
				b.Fatal(err)
			}
			token, err := platform.Tenant(mock.DefaultTenantID).Token(mock.DefaultClientID, "https://service.powerapps.com/")
			if err != nil {
				b.Fatal(err)
			}
			for name, path := range map[string]string{"one": "/00000000-0000-4000-8000-000000000000", "all": ""} {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"+path+"?api-version=2023-06-01", nil)
						if err != nil {
							b.Fatal(err)
						}
						req.Header.Set("Authorization", "Bearer "+token)
						res, err := platform.Do(req)
						if err != nil {
							b.Fatal(err)
						}
						if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
							b.Fatal(res.Status, err)
						}
					}
				})
			}
		})
	}
}

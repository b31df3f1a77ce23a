package mock_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
)

// many is a seed of n environments in the default tenant.
func many(n int) mock.Seed {
	var all []mock.Doc
	for i := range n {
		all = append(all, mock.Doc{"id": fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "display_name": fmt.Sprintf("Environment %d", i), "type": "Sandbox"})
	}
	return mock.Seed{Tenants: []mock.TenantSeed{{ID: mock.DefaultTenantID, Items: map[string][]mock.Doc{"environments": all}}}}
}

// opened is a platform on a state file, or on none where there is no file.
func opened(b *testing.B, file *mock.StateFile) *mock.Platform {
	b.Helper()
	if file == nil {
		return mock.New()
	}
	file.Path = filepath.Join(b.TempDir(), "state")
	p, _, err := mock.Open(*file)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = p.Close() })
	return p
}

// BenchmarkState writes and reads resource groups, by some callers at once, with a state file and without one.
func BenchmarkState(b *testing.B) {
	for name, file := range map[string]*mock.StateFile{"none": nil, "synced": {}, "unsynced": {Unsynced: true}} {
		for _, callers := range []int{1, 32} {
			for _, method := range []string{http.MethodPut, http.MethodGet} {
				b.Run(fmt.Sprintf("%s/%s/%d callers", method, name, callers), func(b *testing.B) {
					platform := opened(b, file)
					token, err := platform.Tenant(mock.DefaultTenantID).Token(mock.DefaultClientID, "https://management.azure.com/")
					if err != nil {
						b.Fatal(err)
					}
					var last atomic.Int64
					b.SetParallelism(callers)
					b.ResetTimer()
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							group := fmt.Sprintf("g%d", last.Add(1)%1000)
							if method == http.MethodGet {
								group = "rg-network"
							}
							req, err := http.NewRequestWithContext(b.Context(), method, "https://management.azure.com"+groupPath+group+"?api-version=2021-04-01", strings.NewReader(`{"location":"eastus"}`))
							if err != nil {
								b.Fatal(err)
							}
							req.Header.Set("Authorization", "Bearer "+token)
							req.Header.Set("Content-Type", "application/json")
							res, err := platform.Do(req)
							if err != nil {
								b.Fatal(err)
							}
							if err := res.Body.Close(); err != nil || res.StatusCode > http.StatusCreated {
								b.Fatal(res.Status, err)
							}
						}
					})
				})
			}
		}
	}
}

// BenchmarkLargeState exports, imports and opens ten thousand environments.
func BenchmarkLargeState(b *testing.B) {
	file := mock.StateFile{Unsynced: true}
	platform := opened(b, &file)
	if err := platform.Seed(many(10_000)); err != nil {
		b.Fatal(err)
	}
	state, err := platform.Export()
	if err != nil {
		b.Fatal(err)
	}
	asJSON, errJSON := state.JSON()
	asYAML, errYAML := state.YAML()
	if errJSON != nil || errYAML != nil {
		b.Fatal(errJSON, errYAML)
	}
	for name, write := range map[string]func(server.State) ([]byte, error){"JSON": server.State.JSON, "YAML": server.State.YAML} {
		b.Run("export "+name, func(b *testing.B) {
			for b.Loop() {
				state, err := platform.Export()
				if err != nil {
					b.Fatal(err)
				}
				raw, err := write(state)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(raw)))
			}
		})
	}
	for name, raw := range map[string][]byte{"JSON": asJSON, "YAML": asYAML} {
		b.Run("import "+name, func(b *testing.B) {
			other := mock.New()
			for b.Loop() {
				state, err := store.Parse(raw)
				if err != nil {
					b.Fatal(err)
				}
				if err := other.Import(state); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	if err := platform.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			p, _, err := mock.Open(file)
			if err != nil {
				b.Fatal(err)
			}
			if err := p.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open fresh", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			p, _, err := mock.Open(mock.StateFile{Path: filepath.Join(b.TempDir(), fmt.Sprint(i))})
			if err != nil {
				b.Fatal(err)
			}
			if err := p.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

package mock_test

import (
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// BenchmarkNew makes a whole platform, as every start of ppmock and every test does.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		mock.New()
	}
}

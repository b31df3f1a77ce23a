package entity_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

func TestRemedy(t *testing.T) {
	t.Parallel()
	if got := entity.Remedy(t.Context(), nil, &rest.Error{Status: http.StatusForbidden}); !strings.Contains(got, "lacks a role") {
		t.Errorf("says %q", got)
	}
	for _, err := range []error{context.Canceled, &rest.Error{Status: http.StatusConflict}, &rest.Error{Status: http.StatusForbidden, Operation: "Failed"}} {
		if got := entity.Remedy(t.Context(), nil, err); got != "" {
			t.Errorf("%v: the cause is not known, yet says %q", err, got)
		}
	}
}

func TestKeyAttributes(t *testing.T) {
	t.Parallel()
	r := entity.Resource[link]{Key: []string{"group_id", "member"}}
	keyed, ok := r.New().(interface{ KeyAttributes() []string })
	if !ok || !slices.Equal(keyed.KeyAttributes(), r.Key) {
		t.Errorf("the key of a resource is not told")
	}
}

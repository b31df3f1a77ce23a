package bap

import (
	"context"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/apitest"
)

func TestAnEnvironmentIsGoneOnceTheListSaysSoToo(t *testing.T) {
	t.Parallel()
	const missing, other = `{"error":{"code":"EnvironmentNotFound"}}`, `{"name":"bbbbbbbb-0000-4000-8000-00000000000b"}`
	here := `{"name":"` + env + `"}`
	for name, c := range map[string]struct {
		answers []answer
		shown   string
		fails   bool
	}{
		"it shows":         {[]answer{{Status: 200, Body: here}}, env, false},
		"it may be hidden": {[]answer{{Status: 403}}, "", true},
		"it is gone":       {[]answer{{Status: 404, Body: missing}, {Status: 200, Body: `{"value":[` + other + `]}`}}, "", false},
		"it is listed":     {[]answer{{Status: 404, Body: missing}, {Status: 200, Body: `{"value":[` + other + `,` + here + `]}`}}, "", true},
		"nothing is seen":  {[]answer{{Status: 404, Body: missing}, {Status: 200, Body: `{"value":[]}`}}, "", true},
		"no list":          {[]answer{{Status: 404, Body: missing}, {Status: 403}}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, c.answers, func(ctx context.Context, client *Client, _ *apitest.Script) {
				if e, err := client.EnvironmentOrGone(ctx, env); e.Name != c.shown || (err != nil) != c.fails {
					t.Errorf("%q, %v", e.Name, err)
				}
			})
		})
	}
}

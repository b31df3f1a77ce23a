package bap

import (
	"context"
	"testing"
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
		"it shows":         {[]answer{{status: 200, body: here}}, env, false},
		"it may be hidden": {[]answer{{status: 403}}, "", true},
		"it is gone":       {[]answer{{status: 404, body: missing}, {status: 200, body: `{"value":[` + other + `]}`}}, "", false},
		"it is listed":     {[]answer{{status: 404, body: missing}, {status: 200, body: `{"value":[` + other + `,` + here + `]}`}}, "", true},
		"nothing is seen":  {[]answer{{status: 404, body: missing}, {status: 200, body: `{"value":[]}`}}, "", true},
		"no list":          {[]answer{{status: 404, body: missing}, {status: 403}}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, c.answers, func(ctx context.Context, client *Client, _ *desk) {
				if e, err := client.EnvironmentOrGone(ctx, env); e.Name != c.shown || (err != nil) != c.fails {
					t.Errorf("%q, %v", e.Name, err)
				}
			})
		})
	}
}

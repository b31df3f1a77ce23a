package rest

import (
	"context"
	"net/url"
	"strings"
	"testing"
)

func TestPathEscapesEverySecondPart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		parts []string
		want  string
	}{
		{[]string{"/environments"}, "/environments"},
		{[]string{"/environments/", "00000000-0000-0000-0000-000000000001"}, "/environments/00000000-0000-0000-0000-000000000001"},
		{[]string{"/environments/", "a/b", "/link"}, "/environments/a%2Fb/link"},
		{[]string{"/x/", "a b?c#d%e"}, "/x/a%20b%3Fc%23d%25e"},
		{[]string{"/accounts(", "1", ")/", "né"}, "/accounts(1)/n%C3%A9"},
		{[]string{"/x/", "%2e%2e"}, "/x/%252e%252e"},
		{[]string{"/x/", "..."}, "/x/..."},
	} {
		if got := Path(tc.parts...); got != tc.want {
			t.Errorf("Path(%q) = %q, want %q", tc.parts, got, tc.want)
		}
	}
}

func TestPathArrivesEscaped(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{reply(200, `{}`)}, func(ctx context.Context, c *Client, s *script) {
		if _, err := Get[thing](ctx, c, Path("/x/", "a/b?c", "/y")); err != nil {
			t.Error(err)
		}
		if want := "GET https://api.bap.microsoft.com/x/a%2Fb%3Fc/y?api-version=2023-06-01"; s.seen[0].line != want {
			t.Errorf("sent %s, want %s", s.seen[0].line, want)
		}
	})
}

func TestPathRefusesWhatAddressesAnotherObject(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", ".", ".."} {
		for name, path := range map[string]string{
			"alone":  Path("/environments/", value),
			"before": Path("/environments/", value) + "?$select=x",
			"after":  "/providers" + Path("/environments/", value, "/link"),
		} {
			perform(t, bap, Options{}, nil, func(ctx context.Context, c *Client, _ *script) {
				err := Delete(ctx, c, path, nil)
				if err == nil || !strings.Contains(err.Error(), `no usable value ("`+value+`") after /environments/`) {
					t.Errorf("%s, value %q: %v", name, value, err)
				}
				if IsAmbiguous(err) || IsNotFound(err) {
					t.Errorf("%s, value %q: a request that was never sent is neither ambiguous nor an absence", name, value)
				}
			})
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"", ".", "..", "a/b", "../../x", "?", "#", "%", "\x00", "é", "a\\b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		path := Path("/a/", value, "/z")
		if value == "" || value == "." || value == ".." {
			if !strings.HasPrefix(path, refusal) {
				t.Errorf("%q is not refused", value)
			}
			return
		}
		u, err := url.Parse("https://host" + path)
		if err != nil {
			t.Fatal(err)
		}
		if u.Host != "host" || u.RawQuery != "" || u.Fragment != "" || u.Path != "/a/"+value+"/z" {
			t.Errorf("%q became %q", value, path)
		}
		if n := strings.Count(u.EscapedPath(), "/"); n != 3 {
			t.Errorf("%q has %d segments", path, n)
		}
	})
}

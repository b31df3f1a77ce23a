package auth

import (
	"encoding/base64"
	"strings"
	"testing"
)

func unsigned(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

func TestClaims_SaysWhoTheTokenSpeaksFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claims string
		want   Identity
	}{
		"an application, version 1": {`{"tid":"t","oid":"o","appid":"a","idtyp":"app"}`, Identity{"t", "o", "a", "", true}},
		"an application, version 2": {`{"tid":"t","oid":"o","azp":"a"}`, Identity{"t", "o", "a", "", true}},
		"a user":                    {`{"tid":"t","oid":"o","appid":"a","upn":"u@x","unique_name":"n","scp":"s"}`, Identity{"t", "o", "a", "u@x", false}},
		"a guest":                   {`{"tid":"t","oid":"o","appid":"a","unique_name":"live.com#u@x"}`, Identity{"t", "o", "a", "live.com#u@x", false}},
		"a user without a name":     {`{"tid":"t","oid":"o","idtyp":"user"}`, Identity{"t", "o", "", "", false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Claims(unsigned(c.claims))
			if err != nil {
				t.Fatal(err)
			}
			expect(t, "identity", got, c.want)
		})
	}
}

func TestClaims_RefusesWhatIsNoTokenWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"", "opaque-secret", "a.opaque-secret!.c", "opaque-secret.e30", unsigned(`{"tid":5}`), unsigned(`[]`), unsigned(`{`)} {
		if _, err := Claims(token); err == nil || strings.Contains(err.Error(), "opaque-secret") {
			t.Errorf("error for %q is %v", token, err)
		}
	}
}

func FuzzClaims(f *testing.F) {
	for _, token := range []string{"", "a.b.c", "..", unsigned(`{"tid":"t","oid":"o","upn":"u"}`), unsigned(`{"tid":null}`), unsigned(`{"upn":["x"]}`)} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		id, err := Claims(token)
		if err != nil && id != (Identity{}) {
			t.Errorf("an error came with the identity %v", id)
		}
		describe(token)
	})
}

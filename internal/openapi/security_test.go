package openapi

import (
	"reflect"
	"testing"
)

func TestSecurityIsWhatTheDefinitionSays(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Security{
		"one.json":     {},
		"weather.yaml": {Schemes: []Scheme{{Name: "api_key", Type: "apiKey", In: "header", Parameter: "X-Api-Key"}}, Requirements: []string{"api_key"}},
		"basic.yaml":   {Schemes: []Scheme{{Name: "basic_auth", Type: "basic"}}, Requirements: []string{"basic_auth"}, Exempt: []string{"Health"}},
		"cases.json": {Schemes: []Scheme{{
			Name: "oauth2", Type: "oauth2", Flow: "accessCode", AuthorizationURL: "https://login.microsoftonline.com/common/oauth2/authorize",
			TokenURL: "https://login.microsoftonline.com/common/oauth2/token", Scopes: []string{"user_impersonation"},
		}}, Requirements: []string{"oauth2"}},
	} {
		d := parse(t, read(t, "testdata/valid/"+name))
		got := d.Security()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v\nwant %+v", name, got, want)
		}
		written := parse(t, d.WithSecurity(want.Schemes...).JSON())
		if again := written.Security(); !reflect.DeepEqual(again, want) {
			t.Errorf("%s: written as %+v", name, again)
		}
		if all := Errors(Check(written, Options{})); len(all) > 0 {
			t.Errorf("%s: %v", name, all)
		}
	}
}

func TestTheFirstSchemeCounts(t *testing.T) {
	t.Parallel()
	s := parse(t, read(t, "testdata/broken/security.yaml")).Security()
	if len(s.Schemes) != 3 || s.First().Name != "key" {
		t.Error(s)
	}
	if (Security{}).First() != nil {
		t.Error("there is none")
	}
}

func TestSecurityOfTheAuthorIsReplaced(t *testing.T) {
	t.Parallel()
	d := parse(t, read(t, "testdata/valid/basic.yaml")).WithSecurity()
	if s := d.Security(); len(s.Schemes)+len(s.Requirements) != 0 {
		t.Error(s)
	}
}

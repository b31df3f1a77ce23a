package dataverse

import (
	"net/url"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// FuzzFilter: no text makes the parsers panic, and what is understood can be asked of any row.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"schemaname eq 'new_a'", "not (type ge 100000001 and contains(displayname,'O''Neill')) or _ownerid_value eq 00000000-0000-0000-0000-000000000000",
		"createdon lt 2026-01-01T00:00:00Z", "createdby/fullname ne null", "((((isrequired eq true))))", "type desc,schemaname",
		"createdby($select=fullname;$expand=systemuserroles_association($filter=name eq ';)'))", "importsequencenumber eq -1.5e3", "'", "(", "eq eq eq",
	} {
		f.Add(seed)
	}
	t := tableNamed("environmentvariabledefinition")
	org := doc{"organizationid": "o", "environment": "e", "currency": "EUR"}
	platform := server.New(server.Options{})
	s := newStore(platform, platform.AddTenant(server.TenantSeed{}), org, "")
	s.furnish()
	row := doc{"schemaname": "new_a", "type": 100000000.0, "createdon": "2026-01-01T00:00:00Z", "isrequired": true, "_createdby_value": "x", "displayname": nil}
	f.Fuzz(func(test *testing.T, text string) {
		if c, err := parseFilter(text, t); err == nil {
			c(s, row)
		}
		for _, option := range []string{"$filter", "$orderby", "$expand", "$select"} {
			q, err := parseQuery(url.Values{option: {text}}, t)
			if err == nil {
				q.chosen(s, []doc{row, {"schemaname": nil}})
			}
		}
		if k, r := t.key(text); r == nil && k.id == "" && len(k.alternate) == 0 {
			test.Errorf("%q is an empty key", text)
		}
	})
}

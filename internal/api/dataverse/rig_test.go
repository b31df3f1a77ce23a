package dataverse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/apitest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	host = "sales.crm4.dynamics.com"
	root = "https://" + host + "/api/data/v9.2/"
	id   = "88888888-8888-4888-8888-88888888888a"
	to   = "99999999-9999-4999-8999-999999999999"
)

var org = dataverse.Org{URL: "https://" + host + "/"}

// mirror is a client of an organisation in the mock.
func mirror(t *testing.T, switches map[string]string) (*dataverse.Client, mocktest.Client) {
	t.Helper()
	c := mocktest.New(t, mock.TenantSeed{Switches: switches, Items: map[string][]mock.Doc{"environments": {
		{"display_name": "Sales", "location": "europe", "dataverse": mock.Doc{"domain": "sales"}},
	}}})
	return dataverse.New(apitest.SignedIn(c)), c
}

// byHeart is a client of an organisation that answers as the documentation says: status, headers and body as on the wire.
func byHeart(t *testing.T, answers ...string) (*dataverse.Client, *apitest.Script) {
	t.Helper()
	s := apitest.Learn(t)
	for _, text := range answers {
		head, body, _ := strings.Cut(text, "\n\n")
		lines := strings.Split(head, "\n")
		a := apitest.Answer{Body: body}
		if _, err := fmt.Sscan(lines[0], &a.Status); err != nil {
			t.Fatal(err)
		}
		for _, l := range lines[1:] {
			name, value, _ := strings.Cut(l, ": ")
			a.Header = append(a.Header, name, value)
		}
		s.Answers = append(s.Answers, a)
	}
	return dataverse.New(rest.Options{Transport: s}), s
}

// asked is what was asked: method and address, headers of interest, body.
func asked(s *apitest.Script) string {
	var all []string
	for _, r := range s.Seen {
		line := r.Call
		for _, name := range []string{"If-Match", "Mscrm.solutionuniquename"} {
			if v := r.Header.Get(name); v != "" {
				line += " " + name + "=" + v
			}
		}
		if r.Header.Get("OData-Version") != "4.0" || r.Header.Get("OData-MaxVersion") != "4.0" {
			line += " without a version of OData"
		}
		if r.Body != "" {
			line += " " + r.Body
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

package dataverse_test

import (
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	app  = "11111111-1111-4111-8111-111111111111" // not registered
	host = "sales.crm4.dynamics.com"
	v    = "/api/data/v9.2/"
)

type (
	doc     = server.Doc
	headers = map[string]string
)

// rig is a client of an organization.
type rig struct{ mocktest.Client }

// shared is a platform without the hub and the vaults, which have a say in connectors and secrets.
var shared = mocktest.Shared(bap.Register, dataverse.Register)

func newRig(t *testing.T, switches map[string]string) rig {
	t.Helper()
	return rigOn(t, shared(), switches)
}

// alone is newRig on a platform of its own: other tests neither take the names of hosts nor bring a hub.
func alone(t *testing.T, switches map[string]string) rig {
	t.Helper()
	return rigOn(t, mocktest.Shared(bap.Register, dataverse.Register)(), switches)
}

func rigOn(t *testing.T, p *server.Platform, switches map[string]string) rig {
	t.Helper()
	return rig{mocktest.On(t, p, server.TenantSeed{Switches: switches, Items: map[string][]doc{"environments": {
		{"display_name": "Sales", "location": "europe", "dataverse": doc{
			"domain": "sales", "currency_code": "CHF", "language_code": 1031, "organization_id": "55555555-5555-4555-8555-555555555555",
		}},
	}}}).As(app).At("https://" + host + v)}
}

// with is the client with more headers.
func (r rig) with(h headers) rig {
	for name, value := range h {
		r.Client = r.With(name, value)
	}
	return r
}

// into is the client that writes into a solution.
func (r rig) into(solution string) rig { return rig{r.With("MSCRM.SolutionUniqueName", solution)} }

// made creates a row and returns its ID.
func (r rig) made(set string, body doc) string {
	r.Helper()
	at := r.Send("POST", set, body).Want(204).Header.Get("OData-EntityId")
	_, id, _ := strings.Cut(at, "(")
	return strings.TrimSuffix(id, ")")
}

func (r rig) rows(path string) []doc {
	r.Helper()
	return r.row(path).List("value")
}

// query lists rows; the values of the options are encoded here.
func (r rig) query(set string, options ...string) []doc {
	r.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(options); i += 2 {
		values.Set(options[i], options[i+1])
	}
	return r.rows(set + "?" + values.Encode())
}

func (r rig) row(path string) mocktest.Answer {
	r.Helper()
	return r.Send("GET", path, nil).Want(200)
}

// environment is the name of the one environment with Dataverse.
func (r rig) environment() string {
	r.Helper()
	names := r.Collection(bap.Organizations).IDs()
	if len(names) != 1 {
		r.Fatalf("organizations: %v", names)
	}
	return names[0]
}

func (r rig) variable(name string, more doc) string {
	r.Helper()
	body := doc{"schemaname": name, "displayname": name, "type": 100000000}
	maps.Copy(body, more)
	return r.made("environmentvariabledefinitions", body)
}

func (r rig) publisher() string {
	r.Helper()
	const name, prefix = "contoso", "con"
	return r.made("publishers", doc{
		"uniquename": name, "friendlyname": name, "customizationprefix": prefix, "customizationoptionvalueprefix": 20000,
	})
}

func (r rig) solution(publisher string) string {
	r.Helper()
	const name = "app"
	return r.made("solutions", doc{
		"uniquename": name, "friendlyname": name, "version": "1.0.0.0", "publisherid@odata.bind": "/publishers(" + publisher + ")",
	})
}

func names(rows []doc, column string) string {
	var out []string
	for _, row := range rows {
		out = append(out, server.Text(row, column))
	}
	return strings.Join(out, " ")
}

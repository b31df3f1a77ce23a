package bap_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	prefix = "/providers/Microsoft.BusinessAppPlatform"
	admin  = "/scopes/admin/environments"
	app    = server.DefaultClientID
	user   = "22222222-2222-4222-8222-222222222222"
	group  = "33333333-3333-4333-8333-333333333333"
	policy = "44444444-4444-4444-8444-444444444444"
	zero   = "00000000-0000-0000-0000-000000000000"
)

type doc = server.Doc

// rig is a client of the API of environments.
type rig struct{ mocktest.Client }

func newRig(t *testing.T, seed server.TenantSeed) rig {
	t.Helper()
	return rig{mocktest.New(t, seed)}.in(bap.Clouds[0])
}

// in is the client in a national cloud.
func (r rig) in(c bap.Cloud) rig {
	return rig{r.At("https://" + c.BAP + prefix + "?api-version=2021-04-01")}
}

// linkedMetadata is a request for Dataverse.
func linkedMetadata(domain string) doc {
	return doc{"baseLanguage": 1033, "domainName": domain, "currency": doc{"code": "EUR"}}
}

// definition is a create request for Europe, with Dataverse when a domain is given.
func definition(domain string) doc {
	p := doc{"displayName": "Sales", "environmentSku": "Sandbox", "billingPolicy": doc{"id": ""}}
	if domain != "" {
		p["databaseType"], p["linkedEnvironmentMetadata"] = "CommonDataService", linkedMetadata(domain)
	}
	return doc{"location": "europe", "properties": p}
}

// made creates an environment and returns its name.
func (r rig) made(body doc) string {
	r.Helper()
	op := r.Send("POST", "/environments", body).Want(202).Follow("Location").Has(doc{"state.id": "Succeeded"})
	return made(op)
}

// made is the name of the environment that an operation makes.
func made(op mocktest.Answer) string {
	path := op.Text("links.environment.path")
	return path[strings.LastIndex(path, "/")+1:]
}

// read is an environment with everything that can be expanded.
func (r rig) read(name string) mocktest.Answer {
	r.Helper()
	return r.Send("GET", admin+"/"+name+"?$expand=permissions,properties.capacity,properties/billingPolicy,properties/copilotPolicies", nil).Want(200)
}

package dataverse

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Refusal is why the Web API does not do something. A zero Status is 400, an empty Code the general one of business rules.
type Refusal struct {
	Status  int
	Code    string
	Message string
}

// general is the code of errors without one of their own: IsvAborted.
const general = "0x80040265"

func (r *Refusal) reply() server.Reply {
	status, code := r.Status, r.Code
	if status == 0 {
		status = 400
	}
	if code == "" {
		code = general
	}
	return refuse(status, code, r.Message)
}

// SecretUse is who wants to use which secret, and from where.
type SecretUse struct {
	// Environment is the name of the environment.
	Environment string
	// Reference is what the environment variable holds: the ARM ID of the secret, or its URI.
	Reference string
	// Caller is the object ID of who saves the variable or asks for the secret.
	Caller string
}

// Vault is what the platform asks of Azure Key Vault. Functions run with the tenant locked.
type Vault struct {
	// Check says why a reference cannot be saved, nil if it can.
	Check func(t *server.Tenant, use SecretUse) *Refusal
	// Secret reads the secret behind a reference.
	Secret func(t *server.Tenant, use SecretUse) (string, *Refusal)
}

// Hub is what Dataverse tells the API hub of its connectors. Functions run with the tenant locked.
type Hub struct {
	// Check says why a connector cannot be saved by a caller, an object ID; nil if it can. A nil Check lets all pass.
	Check func(t *server.Tenant, environment string, connector server.Doc, caller string) *Refusal
	// Saved takes over a connector some time after it was made or changed and returns the name under which the API hub
	// knows it (connectorinternalid). If it returns false, the connector stays as it is, as the platform does when the hub
	// refuses one, without a word.
	Saved func(t *server.Tenant, environment string, connector server.Doc) (string, bool)
	// Deleted forgets a connector; nil does nothing.
	Deleted func(t *server.Tenant, environment string, connector server.Doc)
}

type (
	vaultKey struct{}
	hubKey   struct{}
)

// UseVault connects Dataverse to a mirror of Azure Key Vault. Without one every reference can be saved and no secret
// can be read.
func UseVault(p *server.Platform, v Vault) { p.Offer(vaultKey{}, v) }

// UseHub connects Dataverse to a mirror of the API hub. Without one connectors get names all the same.
func UseHub(p *server.Platform, h Hub) { p.Offer(hubKey{}, h) }

func (s *store) vault() Vault {
	v, _ := s.platform.Offered(vaultKey{}).(Vault)
	return v
}

func (s *store) hub() Hub {
	h, _ := s.platform.Offered(hubKey{}).(Hub)
	return h
}

// Variable is an environment variable with its effective value: that of the value row, else the default. For a secret it
// is the reference. Call it with the tenant locked.
func Variable(p *server.Platform, t *server.Tenant, environment, schemaName string) (value string, secret, ok bool) {
	s, ok := storeOf(p, t, environment)
	if !ok {
		return "", false, false
	}
	definition, ok := s.first(tableNamed("environmentvariabledefinition"), doc{"schemaname": schemaName})
	if !ok {
		return "", false, false
	}
	value, _ = s.effective(definition).(string)
	return value, definition["type"] == float64(typeSecret), true
}

// Rows are the true rows of an entity set in an environment, oldest first; none where there is no organization. Call it
// with the tenant locked.
func Rows(p *server.Platform, t *server.Tenant, environment, set string) []server.Doc {
	s, ok := storeOf(p, t, environment)
	table := tableOf(set)
	if !ok || table == nil {
		return nil
	}
	return s.truth(table)
}

// storeOf is the rows of the organization of an environment, as the system itself works on them.
func storeOf(p *server.Platform, t *server.Tenant, environment string) (*store, bool) {
	org, ok := t.Collection(bap.Organizations).Peek(environment)
	if !ok {
		return nil, false
	}
	s := newStore(p, t, org, "SYSTEM")
	s.furnish()
	return s, true
}

package dataverse

import (
	"regexp"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// reference is where a text takes the value of an environment variable.
var reference = regexp.MustCompile(`@environmentVariables\(\s*"([^"]*)"\s*\)`)

// Resolve replaces the references to environment variables in a text, @environmentVariables("schema_name"), by their
// effective values; those of secrets are read from the vault, for a caller who is named by its object ID. The refusal
// names the variable that is not there, has no value, or may not be read. Call it with the tenant locked.
func Resolve(p *server.Platform, t *server.Tenant, environment, text, caller string) (string, *Refusal) {
	if !strings.Contains(text, "@environmentVariables(") {
		return text, nil
	}
	var refusal *Refusal
	out := reference.ReplaceAllStringFunc(text, func(match string) string {
		name := reference.FindStringSubmatch(match)[1]
		value, secret, ok := Variable(p, t, environment, name)
		switch {
		case !ok:
			refusal = argument("The environment variable '" + name + "' could not be found.")
		case value == "":
			refusal = argument("The environment variable '" + name + "' has no value.")
		case secret:
			read, r := secretOf(p, t, SecretUse{Environment: environment, Reference: value, Caller: caller})
			if r != nil {
				refusal = r
			}
			return read
		}
		return value
	})
	if refusal != nil {
		return "", refusal
	}
	return out, nil
}

// secretOf reads a secret; without a mirror of the vault nobody may.
func secretOf(p *server.Platform, t *server.Tenant, use SecretUse) (string, *Refusal) {
	v, _ := p.Offered(vaultKey{}).(Vault)
	if v.Secret == nil {
		return "", &Refusal{Message: "User is not authorized to read secrets from '" + use.Reference + "' resource."}
	}
	return v.Secret(t, use)
}

// Share is what somebody may do with a row that was shared.
type Share struct {
	// Principal is the object ID of a user, or of the group behind a team; Kind is the entity, "systemuser" or "team".
	Principal, Kind string
	// Access are the rights, for example "ReadAccess,WriteAccess".
	Access string
}

// Shares are the shares of a row. Call it with the tenant locked.
func Shares(p *server.Platform, t *server.Tenant, environment, id string) []Share {
	s, ok := storeOf(p, t, environment)
	if !ok {
		return nil
	}
	var out []Share
	for _, share := range s.sharesOf(id) {
		kind := server.Text(share, "table")
		who, _ := s.peek(tableNamed(kind), server.Text(share, "principal"))
		out = append(out, Share{Principal: server.Text(who, "azureactivedirectoryobjectid"), Kind: kind, Access: server.Text(share, "mask")})
	}
	return out
}

// ObjectID is the object ID of a user of an organization, "" if there is no such user. Call it with the tenant locked.
func ObjectID(p *server.Platform, t *server.Tenant, environment, user string) string {
	s, ok := storeOf(p, t, environment)
	if !ok {
		return ""
	}
	row, _ := s.peek(tableNamed("systemuser"), user)
	return server.Text(row, "azureactivedirectoryobjectid")
}

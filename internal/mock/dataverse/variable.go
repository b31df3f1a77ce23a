package dataverse

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

var (
	secretID   = regexp.MustCompile(`(?i)^/subscriptions/([0-9a-f-]{36})/resourcegroups/(.+?)/providers/Microsoft\.KeyVault/(.+?)/secrets/(.+)$`)
	secretURI  = regexp.MustCompile(`(?i)^https://[a-z0-9-]+\.vault\.[a-z.]+/secrets/[0-9a-z-]+(/[0-9a-f]{32})?$`)
	schemaForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{1,7}_[A-Za-z0-9_]+$`)
)

// definition applies the rules of environment variables. Values of the other types are not checked:
// https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables
func (ch *change) definition() *Refusal {
	name := server.Text(ch.row, "schemaname")
	switch {
	case strings.TrimSpace(name) == "":
		return ch.missing("schemaname")
	case ch.tenant.Switch(SwitchSchemaPrefix) == "enforce" && ch.old == nil && !ch.prefixed(name):
		return argument("The schema name '" + name + "' does not begin with the prefix of a publisher.")
	case ch.row["type"] != float64(typeSecret):
		return nil
	}
	if ch.sent["defaultvalue"] || ch.sent["type"] {
		return ch.mayUse(ch.row["defaultvalue"])
	}
	return nil
}

func (ch *change) prefixed(name string) bool {
	prefix, _, _ := strings.Cut(name, "_")
	_, known := ch.first(tableNamed("publisher"), doc{"customizationprefix": prefix})
	return known && schemaForm.MatchString(name)
}

// value applies the rules of values: there is one for each definition, and a name is given to a row without one.
func (ch *change) value() *Refusal {
	definitions := tableNamed("environmentvariabledefinition")
	id := server.Text(ch.row, "_environmentvariabledefinitionid_value")
	if id == "" {
		return ch.missing("environmentvariabledefinitionid")
	}
	definition, ok := ch.peek(definitions, id)
	if !ok {
		return &Refusal{http.StatusNotFound, codeMissing, "Entity 'environmentvariabledefinition' With Id = " + id + " Does Not Exist"}
	}
	if ch.taken(doc{"_environmentvariabledefinitionid_value": id}) {
		return duplicate
	}
	if ch.row["schemaname"] == nil {
		ch.row["schemaname"] = uuid.NewString()
	}
	if definition["type"] == float64(typeSecret) && (ch.sent["value"] || ch.old == nil) {
		return ch.mayUse(ch.row["value"])
	}
	return nil
}

// mayUse checks a reference to a secret: its form, and whether the vault lets the caller and Dataverse read it.
func (ch *change) mayUse(reference any) *Refusal {
	text, _ := reference.(string)
	if text == "" {
		return nil
	}
	uri := secretURI.MatchString(text) && ch.tenant.Switch(SwitchSecretURI) != "refuse"
	if !secretID.MatchString(text) && !uri {
		return &Refusal{http.StatusBadRequest, general, "The value provided as a secret reference does not match a valid secret reference format"}
	}
	check := ch.vault().Check
	if check == nil || ch.seeding {
		return nil
	}
	r := check(ch.tenant, SecretUse{Environment: ch.env, Reference: text, Caller: ch.caller})
	if status, err := strconv.Atoi(ch.tenant.Switch(SwitchSecretStatus)); r != nil && r.Status == 0 && err == nil {
		return &Refusal{Status: status, Code: r.Code, Message: r.Message}
	}
	return r
}

// effective is the value that a definition has: that of its value row, else its default; nil for none.
func (s *store) effective(definition doc) any {
	value, ok := s.first(tableNamed("environmentvariablevalue"), doc{"_environmentvariabledefinitionid_value": definition["environmentvariabledefinitionid"]})
	if ok && value["value"] != nil {
		return value["value"]
	}
	return definition["defaultvalue"]
}

// variable is the definition of that schema name.
func (c call) variable(name string) (doc, *Refusal) {
	definition, ok := c.store.first(tableNamed("environmentvariabledefinition"), doc{"schemaname": name})
	if !ok {
		return nil, &Refusal{http.StatusNotFound, codeMissing, "Environment Variable Definition with schema name '" + name + "' Does Not Exist"}
	}
	return definition, nil
}

// variableValue is the function RetrieveEnvironmentVariableValue.
func (c call) variableValue(arguments map[string]any) server.Reply {
	name, _ := arguments["DefinitionSchemaName"].(string)
	definition, r := c.variable(name)
	if r != nil {
		return r.reply()
	}
	return server.JSON(http.StatusOK, doc{
		"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.RetrieveEnvironmentVariableValueResponse", "Value": c.store.effective(definition),
	})
}

// variableSecret is the action RetrieveEnvironmentVariableSecretValue:
// https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-azure-key-vault-secrets
func (c call) variableSecret() server.Reply {
	definition, r := c.variable(server.Text(c.body, "EnvironmentVariableName"))
	if r != nil {
		return r.reply()
	}
	reference, _ := c.store.effective(definition).(string)
	read := c.store.vault().Secret
	switch {
	case definition["type"] != float64(typeSecret):
		return argument("The environment variable '" + server.Text(definition, "schemaname") + "' is not of type Secret.").reply()
	case reference == "":
		return argument("The environment variable '" + server.Text(definition, "schemaname") + "' has no value.").reply()
	case read == nil:
		return (&Refusal{Message: "User is not authorized to read secrets from '" + reference + "' resource."}).reply()
	}
	secret, r := read(c.Tenant, SecretUse{Environment: c.store.env, Reference: reference, Caller: c.Caller.ObjectID})
	if r != nil {
		return r.reply()
	}
	return server.JSON(http.StatusOK, doc{
		"@odata.context":                 c.base + "$metadata#Microsoft.Dynamics.CRM.RetrieveEnvironmentVariableSecretValueResponse",
		"EnvironmentVariableSecretValue": secret,
	})
}

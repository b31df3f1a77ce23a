package customtype

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var environmentID = regexp.MustCompile(`^(?i)(Default-)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`)

// EnvironmentID checks the ID of an environment: a UUID, which for a tenant's default environment is the tenant's own
// with Default- before it.
func EnvironmentID() validator.String {
	return stringvalidator.RegexMatches(environmentID, "must be the ID of an environment: a UUID, or Default- and the tenant's ID for the default environment")
}

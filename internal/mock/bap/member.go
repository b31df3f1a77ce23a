package bap

import (
	"math"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/record"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// The members of the bodies are those observed in microsoft/terraform-provider-power-platform.
var (
	reference = record.Object("EnvironmentReference", record.Leaves("id"))
	state     = record.Object("StateReference", record.Leaves("id"))

	linkedCreate = record.Object("LinkedEnvironmentMetadata",
		record.Leaves("baseLanguage", "domainName", "securityGroupId", "templates").With(record.Members{
			"currency":         record.Object("Currency", record.Leaves("code")),
			"templateMetadata": record.Object("TemplateMetadata", record.Leaves("PostProvisioningPackages")),
		}))

	createShape = record.Object("EnvironmentDefinition", record.Leaves("location", "macroRegion").With(record.Members{
		"properties": record.Object("EnvironmentProperties", record.Leaves(
			"displayName", "description", "environmentSku", "databaseType", "azureRegion", "bingChatEnabled", "m365Enabled",
			"usedBy", // has an error of its own
		).With(record.Members{
			"billingPolicy": reference, "updateCadence": state, "parentEnvironmentGroup": reference,
			"cluster":                   record.Object("Cluster", record.Leaves("category")),
			"linkedEnvironmentMetadata": linkedCreate,
		})),
	}))

	provisionShape = linkedCreate

	patchShape = record.Object("EnvironmentDefinition", record.Members{
		"properties": record.Object("EnvironmentProperties", record.Leaves(
			"displayName", "description", "environmentSku", "bingChatEnabled", "m365Enabled",
		).With(record.Members{
			"billingPolicy": reference, "updateCadence": state, "parentEnvironmentGroup": reference,
			"linkedEnvironmentMetadata": record.Object("LinkedEnvironmentMetadata",
				record.Leaves("domainName", "securityGroupId", "backgroundOperationsState")),
			"linkedAppMetadata": record.Object("LinkedAppMetadata", record.Leaves("id", "type", "url")),
			"copilotPolicies":   record.Object("CopilotPolicies", record.Leaves(crossGeo, crossBoundary)),
			"states":            record.Object("EnvironmentStates", record.Members{"runtime": state, "disasterRecovery": state}),
		})),
	})

	validateShape = record.Object("EnvironmentDetails", record.Leaves("domainName", "environmentLocation", "environmentName"))
	skuShape      = record.Object("ModifySkuRequest", record.Leaves("environmentSku"))
)

const (
	crossGeo      = "crossGeoCopilotDataMovementEnabled"
	crossBoundary = "crossBoundaryCopilotDataMovementEnabled"
)

// read takes the body of a call apart, see record.Shape.Read.
func (c call) read(s *record.Shape) (Doc, server.Reply, bool) { return s.Read(c.Call, misfit) }

// misfit is the refusal of a body, or of a query parameter, that is not as it must be.
func misfit(p schema.Problem) server.Reply {
	const unreadable = "The request content was invalid and could not be deserialized: "
	switch {
	case strings.HasPrefix(p.Path, "$"):
		return bad("InvalidQueryParameter", "The query parameter %s %s.", p.Path, p.Text)
	case p.Unknown != "":
		return bad("InvalidRequestContent", unreadable+"'Could not find member '%s' on object of type '%s'. Path '%s'.'.",
			p.Unknown, p.Type, p.Path)
	case p.Missing != "":
		return bad("InvalidRequestContent", "The property '%s' is required.", p.Missing)
	}
	return bad("InvalidRequestContent", unreadable+"the value of '%s' %s.", p.Path, p.Text)
}

func child(d Doc, path string) Doc {
	v, _ := server.Lookup(d, path)
	inner, _ := v.(Doc)
	return inner
}

// whole is the value as an integer; bodies and seeds hold numbers as encoding/json decodes them.
func whole(v any) (int, bool) {
	n, ok := v.(float64)
	return int(n), ok && n == math.Trunc(n)
}

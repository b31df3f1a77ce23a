package bap

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// shape is what the platform's deserializer accepts as an object of a type; a nil member takes any value.
type shape struct {
	name    string
	members map[string]*shape
}

func object(name string, members map[string]*shape) *shape { return &shape{name, members} }

// leaves are members without members.
func leaves(names ...string) map[string]*shape {
	out := map[string]*shape{}
	for _, n := range names {
		out[n] = nil
	}
	return out
}

func (s *shape) with(more map[string]*shape) *shape {
	members := maps.Clone(s.members)
	maps.Copy(members, more)
	return object(s.name, members)
}

// The members of the bodies are those observed in microsoft/terraform-provider-power-platform.
var (
	reference = object("EnvironmentReference", leaves("id"))
	state     = object("StateReference", leaves("id"))

	linkedCreate = object("LinkedEnvironmentMetadata", leaves("baseLanguage", "domainName", "securityGroupId", "templates")).
			with(map[string]*shape{
			"currency":         object("Currency", leaves("code")),
			"templateMetadata": object("TemplateMetadata", leaves("PostProvisioningPackages")),
		})

	createShape = object("EnvironmentDefinition", leaves("location", "macroRegion")).with(map[string]*shape{
		"properties": object("EnvironmentProperties", leaves(
			"displayName", "description", "environmentSku", "databaseType", "azureRegion", "bingChatEnabled", "m365Enabled",
		)).with(map[string]*shape{
			"billingPolicy": reference, "updateCadence": state, "parentEnvironmentGroup": reference,
			"cluster":                   object("Cluster", leaves("category")),
			"usedBy":                    nil, // has an error of its own
			"linkedEnvironmentMetadata": linkedCreate,
		}),
	})

	provisionShape = linkedCreate

	patchShape = object("EnvironmentDefinition", map[string]*shape{
		"properties": object("EnvironmentProperties", leaves(
			"displayName", "description", "environmentSku", "bingChatEnabled", "m365Enabled",
		)).with(map[string]*shape{
			"billingPolicy": reference, "updateCadence": state, "parentEnvironmentGroup": reference,
			"linkedEnvironmentMetadata": object("LinkedEnvironmentMetadata",
				leaves("domainName", "securityGroupId", "backgroundOperationsState")),
			"linkedAppMetadata": object("LinkedAppMetadata", leaves("id", "type", "url")),
			"copilotPolicies":   object("CopilotPolicies", leaves(crossGeo, crossBoundary)),
			"states": object("EnvironmentStates", map[string]*shape{
				"runtime": state, "disasterRecovery": state,
			}),
		}),
	})

	validateShape = object("EnvironmentDetails", leaves("domainName", "environmentLocation", "environmentName"))
	skuShape      = object("ModifySkuRequest", leaves("environmentSku"))
)

const (
	crossGeo      = "crossGeoCopilotDataMovementEnabled"
	crossBoundary = "crossBoundaryCopilotDataMovementEnabled"
)

// read takes a body apart: members that are null count as absent (the admin center sends them), unknown ones are refused,
// or taken by a lenient platform.
func (s *shape) read(c call) (Doc, server.Reply, bool) {
	body := prune(c.Body)
	path, kind, found := s.stranger(body, "")
	if !found {
		return body, server.Reply{}, true
	}
	member := path[strings.LastIndex(path, ".")+1:]
	reply, refused := c.Object("the mock does not know the member "+path+" of the body", bad("InvalidRequestContent",
		"The request content was invalid and could not be deserialized: 'Could not find member '%s' on object of type '%s'. Path '%s'.'.",
		member, kind, path))
	return body, reply, !refused
}

// stranger finds the first member that the type does not have, in order of names.
func (s *shape) stranger(d Doc, at string) (path, kind string, found bool) {
	for _, name := range slices.Sorted(maps.Keys(d)) {
		member, known := s.members[name]
		path := strings.TrimPrefix(at+"."+name, ".")
		if !known {
			return path, s.name, true
		}
		if inner, ok := d[name].(Doc); ok && member != nil {
			if path, kind, found := member.stranger(inner, path); found {
				return path, kind, true
			}
		}
	}
	return "", "", false
}

func prune(d Doc) Doc {
	out := Doc{}
	for k, v := range d {
		switch v := v.(type) {
		case nil:
		case Doc:
			out[k] = prune(v)
		default:
			out[k] = v
		}
	}
	return out
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

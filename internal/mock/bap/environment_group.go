package bap

import (
	"net/http"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/record"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// groups are environment groups. The members of the body and the codes of the refusals were observed in
// microsoft/terraform-provider-power-platform.
var groups = record.Kind{
	Collection: EnvironmentGroups, Path: "/environmentGroups", Operation: "environmentgroups", PageSize: SwitchPageSize,
	Missing: noGroup, Misfit: misfit, Seed: groupShape(),
	Create: &record.Write{Body: group},
	Update: &record.Write{Body: group},
	Delete: &record.Write{Status: http.StatusOK, Rules: []record.Rule{
		record.Unused(Environments, "properties.parentEnvironmentGroup.id", busyGroup("EnvironmentsInEnvironmentGroup")),
		record.Unused(RuleAssignments, "resourceId", busyGroup("PolicyAssignedToEnvironmentGroup")),
	}},
	Complete: func(c *server.Call, d Doc) {
		if by := (call{Call: c}).principal(); d["createdTime"] == nil {
			d["createdTime"], d["createdBy"] = stamp(c.Tenant.Clock().Now()), Doc{"id": by["id"], "type": by["type"]}
		}
	},
}

var group = record.Object("EnvironmentGroup", record.Members{
	"displayName": record.Required(record.Name), "description": record.Text, "parentGroupId": record.Text,
	"id": record.Ignored, "createdBy": record.Ignored,
})

func noGroup(id string) server.Reply {
	return refuse(http.StatusNotFound, "EnvironmentGroupNotFound", "The environment group '%s' could not be found.", id)
}

func busyGroup(code string) func(id string) server.Reply {
	return func(id string) server.Reply {
		return refuse(http.StatusConflict, code, "The environment group '%s' is in use.", id)
	}
}

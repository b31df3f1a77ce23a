package bap_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const groups = "/environmentGroups"

// newGroup makes a group.
func (r rig) newGroup(name string) mocktest.Answer {
	r.Helper()
	return r.Send("POST", groups, doc{"displayName": name, "description": "Books", "createdBy": doc{}}).Want(201)
}

func TestEnvironmentGroupsLive(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environment_groups": {{"id": group, "display_name": "Seeded"}}}})
	made := r.newGroup("Finance").Has(doc{"displayName": "Finance", "description": "Books", "createdBy.type": "ServicePrincipal"})
	id := made.Text("id")
	if made.Text("createdTime") == "" || id == group || len(id) != 36 {
		t.Errorf("created: %s", made.Raw)
	}
	r.Send("GET", groups+"/"+strings.ToUpper(id), nil).Want(200).Has(made.Body)

	r.Send("PUT", groups+"/"+id, doc{"id": group, "displayName": "Money", "createdBy": doc{}}).Want(200)
	r.Send("GET", groups+"/"+id, nil).Want(200).Has(doc{
		"id": id, "displayName": "Money", "description": nil, "createdTime": made.Text("createdTime"), "createdBy": made.Body["createdBy"],
	})

	r.Send("GET", groups, nil).Want(200).Has(doc{"value.#.id": []string{group, id}, "nextLink": nil})
	r.SetSwitch(bap.SwitchPageSize, "1")
	page := r.Send("GET", groups, nil).Want(200).Has(doc{"value.#.id": []string{group}})
	r.Send("GET", page.Text("nextLink"), nil).Want(200).Has(doc{"value.#.id": []string{id}, "nextLink": nil})

	if a := r.Send("DELETE", groups+"/"+id, nil).Want(200); a.Raw != "" {
		t.Errorf("delete: %s", a.Raw)
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		r.Send(method, groups+"/"+id, doc{"displayName": "Money"}).Want(404, "EnvironmentGroupNotFound")
	}
}

func TestEnvironmentGroupsAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := r.newGroup("Finance").Text("id")
	for says, body := range map[string]doc{
		"Could not find member 'parent' on object of type 'EnvironmentGroup'. Path 'parent'.": {"displayName": "A", "parent": "x"},
		"The property 'displayName' is required.":                                             {"description": "B", "displayName": nil},
		"the value of 'displayName' must be a text that is not blank":                         {"displayName": " "},
		"the value of 'description' must be a text, not 5":                                    {"displayName": "A", "description": 5},
	} {
		r.Send("POST", groups, body).Want(400, "InvalidRequestContent", says)
		r.Send("PUT", groups+"/"+id, body).Want(400, "InvalidRequestContent", says)
	}
	r.Send("GET", groups+"?$top=few", nil).Want(400, "InvalidQueryParameter")
	r.Send("GET", groups+"/"+id, nil).Want(200).Has(doc{"displayName": "Finance", "description": "Books"})
}

func TestEnvironmentGroupsInUseStay(t *testing.T) {
	t.Parallel()
	const ruled = "33333333-3333-4333-8333-33333333333a"
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{
		"environment_groups":            {{"id": group, "display_name": "Finance"}, {"id": ruled, "display_name": "Ruled"}},
		"rule_based_policy_assignments": {{"policy_id": policy, "environment_group_id": strings.ToUpper(ruled)}},
		"environments":                  {{"id": user, "display_name": "Books", "environment_group_id": strings.ToUpper(group)}},
	}})
	r.Send("DELETE", groups+"/"+group, nil).Want(409, "EnvironmentsInEnvironmentGroup")
	r.Send("DELETE", groups+"/"+ruled, nil).Want(409, "PolicyAssignedToEnvironmentGroup")
	r.Send("GET", groups+"/"+group, nil).Want(200)

	r.Send("PATCH", admin+"/"+user, doc{"properties": doc{"parentEnvironmentGroup": doc{"id": zero}}}).Follow("Location")
	r.Send("DELETE", groups+"/"+group, nil).Want(200)
	r.Collection(bap.RuleAssignments).Delete(policy + "/" + ruled)
	r.Send("DELETE", groups+"/"+ruled, nil).Want(200)
}

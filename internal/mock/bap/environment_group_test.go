package bap_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const groups = "/environmentGroups"

// newGroup makes a group and returns it.
func (r rig) newGroup(name string) doc {
	r.Helper()
	return r.want(r.send("POST", groups, doc{"displayName": name, "description": "Books", "createdBy": doc{}}), 201, "").body
}

func TestEnvironmentGroupsLive(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{"environment_groups": {{"id": group, "display_name": "Seeded"}}}})
	made := r.newGroup("Finance")
	id := server.Text(made, "id")
	r.has(made, doc{"displayName": "Finance", "description": "Books", "createdBy.type": "ServicePrincipal"})
	if server.Text(made, "createdTime") == "" || id == group || len(id) != 36 {
		t.Errorf("created: %v", made)
	}
	r.has(r.want(r.send("GET", groups+"/"+strings.ToUpper(id), nil), 200, "").body, made)

	changed := doc{"id": group, "displayName": "Money", "createdBy": doc{}}
	r.want(r.send("PUT", groups+"/"+id, changed), 200, "")
	r.has(r.want(r.send("GET", groups+"/"+id, nil), 200, "").body, doc{
		"id": id, "displayName": "Money", "description": nil, "createdTime": made["createdTime"], "createdBy": made["createdBy"],
	})

	all := r.want(r.send("GET", groups, nil), 200, "").body["value"].([]any) //nolint:forcetypeassert // a list has it
	if len(all) != 2 {
		t.Fatalf("list: %v", all)
	}
	r.tenant.SetSwitch(bap.SwitchPageSize, "1")
	page := r.want(r.send("GET", groups, nil), 200, "").body
	r.has(page, doc{"value": all[:1]})
	page = r.want(r.send("GET", server.Text(page, "nextLink"), nil), 200, "").body
	r.has(page, doc{"value": all[1:], "nextLink": nil})

	if a := r.want(r.send("DELETE", groups+"/"+id, nil), 200, ""); a.raw != "" {
		t.Errorf("delete: %s", a.raw)
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		r.want(r.send(method, groups+"/"+id, doc{"displayName": "Money"}), 404, "EnvironmentGroupNotFound")
	}
}

func TestEnvironmentGroupsAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, server.TenantSeed{})
	id := server.Text(r.newGroup("Finance"), "id")
	for says, body := range map[string]doc{
		"Could not find member 'parent' on object of type 'EnvironmentGroup'. Path 'parent'.": {"displayName": "A", "parent": "x"},
		"The property 'displayName' is required.":                                             {"description": "B", "displayName": nil},
		"the value of 'displayName' must be a text that is not blank":                         {"displayName": " "},
		"the value of 'description' must be a text, not 5":                                    {"displayName": "A", "description": 5},
	} {
		for method, at := range map[string]string{"POST": groups, "PUT": groups + "/" + id} {
			a := r.want(r.send(method, at, body), http.StatusBadRequest, "InvalidRequestContent")
			if !strings.Contains(server.Text(a.body, "error.message"), says) {
				t.Errorf("%s: %s, want %s", method, a.raw, says)
			}
		}
	}
	r.want(r.send("GET", groups+"?$top=few", nil), http.StatusBadRequest, "InvalidQueryParameter")
	r.has(r.want(r.send("GET", groups+"/"+id, nil), 200, "").body, doc{"displayName": "Finance", "description": "Books"})
}

func TestEnvironmentGroupsInUseStay(t *testing.T) {
	t.Parallel()
	const ruled = "33333333-3333-4333-8333-33333333333a"
	r := newRig(t, server.TenantSeed{Items: map[string][]doc{
		"environment_groups":            {{"id": group, "display_name": "Finance"}, {"id": ruled, "display_name": "Ruled"}},
		"rule_based_policy_assignments": {{"policy_id": policy, "environment_group_id": strings.ToUpper(ruled)}},
		"environments":                  {{"id": user, "display_name": "Books", "environment_group_id": strings.ToUpper(group)}},
	}})
	r.want(r.send("DELETE", groups+"/"+group, nil), http.StatusConflict, "EnvironmentsInEnvironmentGroup")
	r.want(r.send("DELETE", groups+"/"+ruled, nil), http.StatusConflict, "PolicyAssignedToEnvironmentGroup")
	r.want(r.send("GET", groups+"/"+group, nil), 200, "")

	leave := doc{"properties": doc{"parentEnvironmentGroup": doc{"id": zero}}}
	r.follow(r.send("PATCH", admin+"/"+user, leave), "Location")
	r.want(r.send("DELETE", groups+"/"+group, nil), 200, "")
	r.tenant.Collection(bap.RuleAssignments).Delete(policy + "/" + ruled)
	r.want(r.send("DELETE", groups+"/"+ruled, nil), 200, "")
}

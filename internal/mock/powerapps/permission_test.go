package powerapps_test

import (
	"maps"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// roles are the role assignments of a connector, by principal and type.
func (r rig) roles(path string) map[string]string {
	r.Helper()
	out := map[string]string{}
	for _, d := range r.Send("GET", path, nil).Want(200).List("value") {
		out[server.Text(d, "properties.principal.type")+" "+server.Text(d, "name")] = server.Text(d, "properties.roleName")
	}
	return out
}

func give(id, kind, role string) doc {
	principal := doc{"id": id}
	if kind != "" {
		principal["type"] = kind
	}
	return doc{"put": []any{doc{"properties": doc{"roleName": role, "principal": principal}}}}
}

func take(id string) doc { return doc{"delete": []any{doc{"id": "/any/permissions/" + id}}} }

func TestConnectorIsShared(t *testing.T) {
	t.Parallel()
	group, application := "44444444-4444-4444-8444-444444444444", server.ObjectID(other)
	for title, path := range map[string]func(name, verb string) string{
		"by its owner": func(name, verb string) string { return "/apis/" + name + "/" + verb + in(env) },
		"by an administrator": func(name, verb string) string {
			return "/scopes/admin/environments/" + env + "/apis/" + name + "/" + verb
		},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil, nil)
			name := r.made(env, nil)
			for _, b := range []doc{
				give(user, "User", "CanView"), give(group, "Group", "CanEdit"), give(application, "", "CanViewWithShare"),
				give(r.ID, "", "CanView"), give(user, "", "CanEdit"),
			} {
				r.Send("POST", path(name, "modifyPermissions"), b).Want(200)
			}
			want := map[string]string{
				"ServicePrincipal " + server.ObjectID(app): "Owner", "User " + user: "CanEdit", "Group " + group: "CanEdit",
				"ServicePrincipal " + application: "CanViewWithShare", "Tenant " + r.ID: "CanView",
			}
			if got := r.roles(path(name, "permissions")); !maps.Equal(got, want) {
				t.Errorf("roles %v, want %v", got, want)
			}
			r.Send("POST", path(name, "modifyPermissions"), take(user)).Want(200)
			delete(want, "User "+user)
			if got := r.roles(path(name, "permissions")); !maps.Equal(got, want) {
				t.Errorf("roles %v, want %v", got, want)
			}
		})
	}
}

func TestSharingIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	name, owner := r.made(env, nil), server.ObjectID(app)
	for title, c := range map[string]struct {
		body doc
		code string
	}{
		"unknown role":         {give(user, "", "CanDo"), "InvalidRoleName"},
		"another owner":        {give(user, "", "Owner"), "InvalidRoleName"},
		"the owner's own role": {give(owner, "", "CanView"), "OwnerRoleAssignmentCannotBeChanged"},
		"owner taken away":     {take(owner), "OwnerRoleAssignmentCannotBeDeleted"},
		"tenant as editor":     {give(r.ID, "", "CanEdit"), "InvalidRoleName"},
		"unknown type":         {give(user, "Robot", "CanView"), "InvalidPrincipalType"},
		"nobody":               {give("", "", "CanView"), "InvalidRequestContent"},
		"nothing":              {doc{}, "InvalidRequestContent"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			r.For(t).Send("POST", "/apis/"+name+"/modifyPermissions"+in(env), c.body).Want(400, c.code)
		})
	}
}

func TestConnectorsOfOthersMayBeHidden(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{powerapps.SwitchVisibility: "roles"}, map[string][]doc{
		"custom_connectors": {{"environment_id": env, "display_name": "Old", "name": "shared_old", "owner": user}},
	})
	r.Send("GET", "/apis/shared_old"+in(env), nil).Want(404, "ApiResourceNotFound")
	r.Send("POST", "/scopes/admin/environments/"+env+"/apis/shared_old/modifyPermissions", give(server.ObjectID(app), "", "CanView")).Want(200)
	r.read(env, "shared_old")
	r.Send("PATCH", "/apis/shared_old"+in(env), body(env, nil)).Want(403, "ApiAuthorizationFailed")
}

package login

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// now is the wall clock: the clocks of those who hold tokens are real.
var now = time.Now

func aadsts(code int) string { return "AADSTS" + strconv.Itoa(code) }

var guid = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// own are scopes that ask for nothing of a resource.
var own = []string{"openid", "profile", "email", "offline_access"}

func (x *exchange) unknownResource(t *server.Tenant, resource string) server.Reply {
	return refuse(x.Call, http.StatusBadRequest, "invalid_resource", 500011, "The resource principal named "+resource+" was not found in the tenant named "+t.ID+
		". This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "+
		"You might have sent your authentication request to the wrong tenant.")
}

func (x *exchange) manyResources(scope string) server.Reply {
	return refuse(x.Call, http.StatusBadRequest, "invalid_request", 28000, "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope "+scope+" is not valid.")
}

// audience is the audience of an application's token: the scope without "/.default", or the resource.
func (x *exchange) audience(t *server.Tenant) (string, server.Reply, bool) {
	scope := x.field("scope")
	var resources []string
	for one := range strings.FieldsSeq(scope) {
		if x.v1 || slices.Contains(own, one) {
			continue
		}
		resource, ok := strings.CutSuffix(one, "/.default")
		if !ok && (!guid.MatchString(one) || t.Switch(SwitchRawScope) == "refuse") {
			return "", refuse(x.Call, http.StatusBadRequest, "invalid_scope", 1002012, "The provided value for scope "+scope+
				" is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."), true
		}
		resources = append(resources, resource)
	}
	if x.v1 {
		resources = []string{x.field("resource")}
	}
	switch {
	case len(resources) == 0:
		return "", refuse(x.Call, http.StatusBadRequest, "invalid_scope", 70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid."), true
	case len(slices.Compact(slices.Clone(resources))) > 1:
		return "", x.manyResources(scope), true
	case !x.knows(resources[0]):
		return "", x.unknownResource(t, resources[0]), true
	}
	return resources[0], server.Reply{}, false
}

// delegated is the audience of a person's token, and the permissions that were asked for by name. Permissions without a
// resource are those of Microsoft Graph.
func (x *exchange) delegated(t *server.Tenant, asked string) (audience, scopes string, reply server.Reply, refused bool) {
	graph := x.resources[slices.IndexFunc(x.resources, func(r string) bool { return strings.Contains(r, "graph") })]
	if x.v1 {
		if asked == "" {
			asked = graph
		}
		if !x.knows(asked) {
			return "", "", x.unknownResource(t, asked), true
		}
		return asked, "", server.Reply{}, false
	}
	var names []string
	for one := range strings.FieldsSeq(asked) {
		if slices.Contains(own, one) {
			continue
		}
		resource, name := graph, one
		if at := strings.LastIndex(one, "/"); at > 0 {
			resource, name = one[:at], one[at+1:]
		} else if guid.MatchString(one) {
			resource, name = one, ".default"
		}
		if audience != "" && audience != resource {
			return "", "", x.manyResources(asked), true
		}
		if audience = resource; name != ".default" {
			names = append(names, name)
		}
	}
	if audience == "" {
		audience = graph
	}
	if !x.knows(audience) {
		return "", "", x.unknownResource(t, audience), true
	}
	if len(names) == 0 && audience == graph {
		names = []string{"User.Read"}
	}
	return audience, strings.Join(names, " "), server.Reply{}, false
}

// knows says whether a resource exists in the cloud of the authority.
func (a authority) knows(resource string) bool {
	name := strings.ToLower(strings.TrimRight(resource, "/"))
	if slices.Contains(everywhere, name) || slices.Contains(a.resources, name) {
		return true
	}
	host, ok := strings.CutPrefix(name, "https://")
	return ok && !strings.Contains(host, "/") && slices.ContainsFunc(a.dynamics, func(p string) bool { return server.Glob(p, host) })
}

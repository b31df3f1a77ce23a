// Package arm mirrors Azure Resource Manager as far as private networking needs it: subscriptions, resource groups,
// virtual networks with subnets and peerings, enterprise policies, resource providers, key vaults and role assignments.
package arm

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Doc is a JSON object as it goes over the wire.
type Doc = server.Doc

// Names of the collections of a tenant that this family keeps; stale overlays (server.Lag) and tests use them. The key
// of a document is its ID.
const (
	// Subscriptions holds subscriptions.
	Subscriptions = "subscriptions"
	// ResourceGroups holds resource groups.
	ResourceGroups = "resource_groups"
	// VirtualNetworks holds virtual networks without their subnets and peerings, which are added when one is read.
	VirtualNetworks = "virtual_networks"
	// Subnets holds subnets with their service association links.
	Subnets = "subnets"
	// Peerings holds each direction of a peering; what depends on the networks is worked out when one is read.
	Peerings = "virtual_network_peerings"
	// KeyVaults holds key vaults.
	KeyVaults = "key_vaults"
	// Keys holds the keys of vaults with their versions.
	Keys = "keys"
	// RoleAssignments holds role assignments.
	RoleAssignments = "role_assignments"
)

// Switches of a tenant. They stand for facts that are not confirmed and for states of a tenant that a test wants to see.
const (
	// SwitchAnswers names the protocol of all long-running operations: "Azure-AsyncOperation", "Location",
	// "provisioningState" (no header: the resource itself says when it is done) or "sync" (nothing runs long); "" is what
	// the specification of each operation says.
	SwitchAnswers = "arm.answers"
	// SwitchBusy is the answer to a write while another one runs: "429" gives AnotherOperationInProgress that status,
	// "RetryableError" is 429 with that code; "" is 409 AnotherOperationInProgress.
	SwitchBusy = "arm.busy"
	// SwitchAccess "none" gives nobody a role: 403 on everything in a subscription. "read" gives everybody the role
	// Reader, "hidden" hides subscriptions: 404 SubscriptionNotFound.
	SwitchAccess = "arm.access"
	// SwitchServiceLinkDelay is how many seconds PowerPlatformServiceLink stays on a subnet after its policy is gone.
	SwitchServiceLinkDelay = "arm.service_link_delay"
	// SwitchETags "own" changes the ETag of what was written and of its network alone; else a write changes the ETag of
	// everything in the network.
	SwitchETags = "arm.etags"
	// SwitchAddressPrefixes "list" answers addressPrefixes for every subnet, "single" addressPrefix where there is one;
	// "" is what was written.
	SwitchAddressPrefixes = "arm.address_prefixes"
	// SwitchPeeringRevival "on" lets a write bring a Disconnected peering back; else it has to be deleted first.
	SwitchPeeringRevival = "arm.peering_revival"
)

// API versions that the resource types of this family answer.
var (
	resourceVersions = []string{
		"2018-05-01", "2019-05-01", "2019-10-01", "2020-01-01", "2020-06-01", "2020-10-01", "2021-01-01", "2021-04-01",
		"2022-09-01", "2022-12-01", "2023-07-01", "2024-03-01", "2024-07-01", "2024-11-01", "2025-04-01",
	}
	networkVersions = []string{
		"2022-07-01", "2022-09-01", "2022-11-01", "2023-02-01", "2023-04-01", "2023-05-01", "2023-06-01", "2023-09-01", "2023-11-01",
		"2024-01-01", "2024-03-01", "2024-05-01", "2024-07-01", "2024-10-01", "2025-01-01", "2025-03-01", "2025-05-01", "2025-07-01",
	}
)

// Register adds the routes and seeds of this family to the hosts of every cloud. It needs package bap.
func Register(p *server.Platform) {
	for domain, cloud := range bap.Hosts(func(c bap.Cloud) string { return c.ARM }) {
		regional := "*." + domain
		for _, host := range []string{domain, regional} {
			p.Audience(host, cloud.ARMAudiences...)
			p.Challenge(host, challenge(cloud))
		}
		r := newRouter(p, domain, cloud)
		r.subscriptions()
		r.networks()
		r.policies()
		r.providers()
		r.vaults()
		r.roles()
		newRouter(p, regional, cloud).operations()
	}
	p.Remember(principals)
	effects(p)
	facts(p)
	p.Seeder(Subscriptions, subscriptionShape(), seed)
	p.Seeder(RoleAssignments, assignmentShape(), seedAssignments)
}

// router adds the routes of one host.
type router struct {
	server.Router
	cloud bap.Cloud
}

func newRouter(p *server.Platform, host string, cloud bap.Cloud) router {
	return router{server.Router{Platform: p, Host: host, Operation: "arm."}, cloud}
}

// call is a request together with the cloud whose host it came to.
type call struct {
	*server.Call
	cloud bap.Cloud
}

// route adds an operation. The handler runs when the API version is one of versions (nil: any), and
// when the subscription ({subscription}) and the resource group ({group}) that the path names exist.
func (r router) route(method, path, operation string, versions []string, h func(c call) server.Reply) {
	r.Route(method, path, operation, func(sc *server.Call) server.Reply {
		c := call{Call: sc, cloud: r.cloud}
		sweep(c.Tenant)
		if reply, ok := c.refuseVersion(path, versions); ok {
			if reply, ok = c.Object("the mock knows this resource type with other api-versions than "+strconv.Quote(c.Query.Get("api-version")), reply); ok {
				return reply
			}
		}
		if reply, ok := c.refuseScope(); ok {
			return reply
		}
		return h(c)
	})
}

// refuse is an error in the envelope of Resource Manager.
func refuse(status int, code, format string, args ...any) server.Reply {
	return server.Fail(status, code, fmt.Sprintf(format, args...))
}

func bad(code, format string, args ...any) server.Reply {
	return refuse(http.StatusBadRequest, code, format, args...)
}

var versionForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(-[a-z]+)?$`)

func (c call) refuseVersion(path string, versions []string) (server.Reply, bool) {
	version := c.Query.Get("api-version")
	switch {
	case version == "":
		return bad("MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests."), true
	case !versionForm.MatchString(version):
		return bad("InvalidApiVersionParameter", "The api-version '%s' is invalid. The supported versions are '%s'.",
			version, strings.Join(versions, ",")), true
	case versions == nil || slices.Contains(versions, version):
		return server.Reply{}, false
	}
	namespace, kind := typeOf(path)
	if namespace == resources {
		return bad("InvalidApiVersionParameter", "The api-version '%s' is invalid. The supported versions are '%s'.",
			version, strings.Join(versions, ",")), true
	}
	return bad("NoRegisteredProviderFound",
		"No registered resource provider found for location '' and API version '%s' for type '%s'. The supported api-versions are '%s'. The supported locations are '%s'.",
		version, kind, strings.Join(versions, ", "), strings.Join(regions, ", ")), true
}

const (
	resources = "Microsoft.Resources"
	network   = "Microsoft.Network"
)

// typeOf splits a path into the namespace and the type of what it addresses.
func typeOf(path string) (namespace, kind string) {
	namespace, rest := resources, strings.Trim(path, "/")
	if i := strings.LastIndex(strings.ToLower(path), "/providers/"); i >= 0 {
		rest = path[i+len("/providers/"):]
		if namespace, rest, _ = strings.Cut(rest, "/"); rest == "" {
			return resources, "providers"
		}
	}
	var kinds []string
	for i, part := range strings.Split(rest, "/") {
		if i%2 == 0 {
			kinds = append(kinds, part)
		}
	}
	return namespace, strings.Join(kinds, "/")
}

// refuseScope is the answer where the subscription or the group of the path is not there for the caller.
func (c call) refuseScope() (server.Reply, bool) {
	subscription, named := c.Params["subscription"]
	if !named {
		return server.Reply{}, false
	}
	all := c.Tenant.Collection(Subscriptions)
	access := c.Tenant.Switch(SwitchAccess)
	if !all.Has(subscriptionID(subscription)) {
		if owner := ownerOf(c.Platform, subscription); owner != nil {
			return c.foreign(owner), true
		}
	}
	if !all.Has(subscriptionID(subscription)) || access == "hidden" {
		return refuse(http.StatusNotFound, "SubscriptionNotFound", "The subscription '%s' could not be found.", subscription), true
	}
	if access == "none" || (access == "read" && c.Request.Method != http.MethodGet) {
		return c.unauthorized(), true
	}
	if group, named := c.Params["group"]; named {
		if !c.Tenant.Collection(ResourceGroups).Has(subscriptionID(subscription) + "/resourceGroups/" + group) {
			return noGroup(group), true
		}
	}
	return server.Reply{}, false
}

func noGroup(name string) server.Reply {
	return refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", name)
}

// unauthorized is the answer to a caller whose roles do not cover what it asks for.
func (c call) unauthorized() server.Reply {
	verb := map[string]string{http.MethodGet: "read", http.MethodPost: "action", http.MethodDelete: "delete"}[c.Request.Method]
	if verb == "" {
		verb = "write"
	}
	namespace, kind := typeOf(c.Request.URL.Path)
	return refuse(http.StatusForbidden, "AuthorizationFailed",
		"The client '%s' with object id '%s' does not have authorization to perform action '%s/%s/%s' over scope '%s' or the scope is invalid. If access was recently granted, please refresh your credentials.",
		c.Caller.AppID, c.Caller.ObjectID, namespace, kind, verb, strings.TrimRight(c.Request.URL.Path, "/"))
}

func subscriptionID(id string) string { return "/subscriptions/" + strings.ToLower(id) }

// groupID is the ID of the resource group of the path, spelled as it was created.
func (c call) groupID() string {
	id := subscriptionID(c.Params["subscription"]) + "/resourceGroups/" + c.Params["group"]
	return stored(c.Tenant, ResourceGroups, id)
}

// stored is an ID spelled as in the document that has it, or as it was given.
func stored(t *server.Tenant, collection, id string) string {
	if d, ok := t.Collection(collection).Peek(id); ok {
		return server.Text(d, "id")
	}
	return id
}

// below returns the IDs in a collection that lie below another ID.
func below(t *server.Tenant, collection, id string) []string {
	return slices.DeleteFunc(t.Collection(collection).IDs(), func(other string) bool { return !within(other, id) })
}

// shown are the documents of a collection below an ID, as readers see them and as show answers them.
func shown(t *server.Tenant, collection, id string, show func(t *server.Tenant, d Doc) Doc) []any {
	value := []any{}
	for _, one := range below(t, collection, id) {
		if d, ok := t.Collection(collection).Get(one); ok {
			value = append(value, show(t, d))
		}
	}
	return value
}

// bare answers a document as it is.
func bare(_ *server.Tenant, d Doc) Doc { return d }

// Where the resources of providers are.
const (
	inSubscription = "/subscriptions/{subscription}/providers/"
	inGroup        = "/subscriptions/{subscription}/resourceGroups/{group}/providers/"
)

// lists adds the operations that list the resources of a kind in a resource group and in a subscription.
func (r router) lists(kind, operation string, versions []string, collection string, show func(t *server.Tenant, d Doc) Doc) {
	list := func(path, operation string, scope func(c call) string) {
		r.route("GET", path+kind, operation, versions, func(c call) server.Reply {
			return server.JSON(http.StatusOK, Doc{"value": shown(c.Tenant, collection, scope(c), show)})
		})
	}
	list(inGroup, operation+".list", call.groupID)
	list(inSubscription, operation+".listall", func(c call) string { return subscriptionID(c.Params["subscription"]) })
}

// within reports whether an ID lies below another one.
func within(id, above string) bool {
	return len(id) > len(above) && id[len(above)] == '/' && strings.EqualFold(id[:len(above)], above)
}

// nameOf is the last segment of an ID.
func nameOf(id string) string { return id[strings.LastIndex(id, "/")+1:] }

// parentOf is the ID of the resource in which a child resource lies.
func parentOf(id string) string {
	parts := strings.Split(id, "/")
	return strings.Join(parts[:max(len(parts)-2, 0)], "/")
}

// notFound is the answer for a resource that is not in its group.
func (c call) notFound(kind, name string) server.Reply {
	return refuse(http.StatusNotFound, "ResourceNotFound",
		"The Resource '%s/%s' under resource group '%s' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
		kind, name, c.Params["group"])
}

func child(d Doc, name string) Doc {
	inner, _ := d[name].(Doc)
	return inner
}

func items(value any) []any {
	list, _ := value.([]any)
	return list
}

// listed are the strings of a list.
func listed(value any) []string {
	var out []string
	for _, one := range items(value) {
		if text, ok := one.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

package arm

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	networkKind = "virtualNetworks"
	networkPath = inGroup + network + "/" + networkKind
)

// networks adds the routes of Microsoft.Network:
// https://learn.microsoft.com/rest/api/virtualnetwork/virtual-networks
func (r router) networks() {
	r.lists(network+"/"+networkKind, "virtualnetworks", networkVersions, VirtualNetworks, viewNetwork)
	r.route("GET", networkPath+"/{network}", "virtualnetworks.get", networkVersions, getNetwork)
	r.route("PUT", networkPath+"/{network}", "virtualnetworks.put", networkVersions, putNetwork)
	r.route("PATCH", networkPath+"/{network}", "virtualnetworks.patch", networkVersions, patchNetwork)
	r.route("DELETE", networkPath+"/{network}", "virtualnetworks.delete", networkVersions, deleteNetwork)
	r.route("GET", inSubscription+network+"/locations/{location}/availableDelegations", "delegations.list", networkVersions, listDelegations)
	r.subnets()
	r.peerings()
}

// network is the ID of the virtual network of the path with its true document; nil when there is none.
func (c call) network() (string, Doc) {
	id := c.groupID() + "/providers/" + network + "/virtualNetworks/" + c.Params["network"]
	d, ok := c.Tenant.Collection(VirtualNetworks).Peek(id)
	if !ok {
		return id, nil
	}
	return server.Text(d, "id"), d
}

// viewNetwork is a network as it is answered, with its subnets and peerings.
func viewNetwork(t *server.Tenant, d Doc) Doc {
	id := server.Text(d, "id")
	server.Assign(d, "properties.provisioningState", state(t, id, d))
	server.Assign(d, "properties.subnets", shown(t, Subnets, id, viewSubnet))
	server.Assign(d, "properties.virtualNetworkPeerings", shown(t, Peerings, id, viewPeering))
	return d
}

// inNetwork hands the ID of the network of the path, which must be there, to a handler.
func inNetwork(h func(c call, id string) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		id, d := c.network()
		if d == nil {
			return c.notFound(network+"/"+networkKind, c.Params["network"])
		}
		return h(c, id)
	}
}

func getNetwork(c call) server.Reply {
	id, _ := c.network()
	d, ok := c.Tenant.Collection(VirtualNetworks).Get(id)
	if !ok {
		return c.notFound(network+"/"+networkKind, c.Params["network"])
	}
	look(c.Tenant, id)
	return server.JSON(http.StatusOK, viewNetwork(c.Tenant, d))
}

var resourceName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$`)

func refuseName(name string) (server.Reply, bool) {
	if resourceName.MatchString(name) {
		return server.Reply{}, false
	}
	return bad("InvalidResourceName",
		"Resource name %s is invalid. The name can be up to 80 characters long. It must begin with a word character, and it must end with a word character or with '_'. The name may contain word characters or '.', '-', '_'.", name), true
}

// refuseUnregistered is the answer where the subscription of the path has not registered a namespace.
func (c call) refuseUnregistered(namespace string) (server.Reply, bool) {
	if registered(c.Tenant, subscriptionID(c.Params["subscription"]), namespace) {
		return server.Reply{}, false
	}
	return refuse(http.StatusConflict, "MissingSubscriptionRegistration",
		"The subscription is not registered to use namespace '%s'. See https://aka.ms/rps-not-found for how to register subscriptions.", namespace), true
}

// refuseStale is the answer to a write whose If-Match or If-None-Match does not hold for a document (nil: none).
func (c call) refuseStale(id string, d Doc) (server.Reply, bool) {
	match, none := c.Request.Header.Get("If-Match"), c.Request.Header.Get("If-None-Match")
	etag := server.Text(d, "etag")
	switch {
	case match != "" && (d == nil || (match != "*" && match != etag)):
	case none != "" && d != nil && (none == "*" || none == etag):
	default:
		return server.Reply{}, false
	}
	return server.JSON(http.StatusPreconditionFailed, Doc{"error": Doc{
		"code": "PreconditionFailed", "message": "Precondition failed.", "details": []any{Doc{
			"code":    "PreconditionFailedEtagMismatch",
			"message": "Etag provided in if-match header " + match + none + " does not match etag " + etag + " of resource " + id + " in NRP data store.",
		}},
	}}), true
}

// refuseWrite puts the checks together that every write to a virtual network begins with.
func (c call) refuseWrite(id string, old Doc, networks ...string) (server.Reply, bool) {
	if c.Request.Method == http.MethodPut {
		if reply, ok := c.refuseUnregistered(network); ok {
			return reply, true
		}
		if reply, ok := refuseName(nameOf(id)); ok {
			return reply, true
		}
	}
	if reply, ok := c.refuseStale(id, old); ok {
		return reply, true
	}
	return c.busy(networks...)
}

// prefixes reads address prefixes, refusing those that are none.
func prefixes(id string, values []any) ([]netip.Prefix, *server.Reply) {
	var out []netip.Prefix
	for _, value := range values {
		text, _ := value.(string)
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil:
			reply := bad("InvalidCIDRNotation", "The address prefix %s in resource %s has an invalid CIDR notation.", text, id)
			return nil, &reply
		case p != p.Masked():
			reply := bad("InvalidCIDRNotation",
				"The address prefix %s in resource %s has an invalid CIDR notation. For the given prefix length, the address prefix should be %s.", text, id, p.Masked())
			return nil, &reply
		}
		out = append(out, p)
	}
	return out, nil
}

// space are the address prefixes of a network.
func space(d Doc) []any {
	list, _ := server.Lookup(d, "properties.addressSpace.addressPrefixes")
	return items(list)
}

func anyOverlap(a, b []netip.Prefix) bool {
	return slices.ContainsFunc(a, func(x netip.Prefix) bool { return slices.ContainsFunc(b, x.Overlaps) })
}

// putNetwork creates or replaces a network. Without the key subnets, or virtualNetworkPeerings, it keeps those that
// there are; with it, those that the list leaves out are deleted.
func putNetwork(c call) server.Reply {
	t := c.Tenant
	id, old := c.network()
	if reply, ok := c.refuseWrite(id, old, id); ok {
		return reply
	}
	location := server.Text(c.Body, "location")
	if reply, ok := c.refuseRegion(network+"/"+networkKind, id, location, old); ok {
		return reply
	}
	d := newNetwork(id, location, c.Body, old)
	plan := replacement{call: c, network: d}
	if reply := plan.read(id); reply != nil {
		return *reply
	}
	if reply, ok := c.busy(plan.remotes...); ok {
		return reply
	}
	t.Collection(VirtualNetworks).Put(id, d)
	undo := plan.apply()
	touch(t, id, plan.written...)
	status := http.StatusOK
	if old == nil {
		status = http.StatusCreated
	}
	return c.start(work{
		kind: KindNetworkPut, resource: id, region: region(location), holds: append([]string{id}, plan.remotes...), state: "Updating",
		took: networkTime, status: status, via: viaAsync,
		data: Doc{"old": old, "written": plan.written, "undo": undo},
	})
}

// newNetwork is the document of a network as a request describes it. What Azure alone decides stays as it is.
func newNetwork(id, location string, body, old Doc) Doc {
	d := Doc{"id": id, "name": nameOf(id), "type": network + "/" + networkKind, "location": region(location), "etag": newETag()}
	if tags := child(body, "tags"); tags != nil {
		d["tags"] = tags
	}
	properties := server.Copy(child(body, "properties"))
	if properties == nil {
		properties = Doc{}
	}
	delete(properties, "subnets")
	delete(properties, "virtualNetworkPeerings")
	properties["provisioningState"] = server.Succeeded
	properties["resourceGuid"] = uuid.NewString()
	if guid := server.Text(old, "properties.resourceGuid"); guid != "" {
		properties["resourceGuid"] = guid
	}
	if properties["enableDdosProtection"] == nil {
		properties["enableDdosProtection"] = false
	}
	d["properties"] = properties
	return d
}

// restore takes back a write: the resource is Failed, with the content that it had before, if it had any. Service
// association links are not part of the write.
func restore(t *server.Tenant, collection, id string, old Doc) {
	now, ok := t.Collection(collection).Peek(id)
	switch {
	case old == nil && !ok:
		return
	case old == nil:
		old = now
	default:
		server.Unset(old, serviceLinks)
		if held := links(now); len(held) > 0 {
			server.Assign(old, serviceLinks, held)
		}
	}
	server.Assign(old, "properties.provisioningState", server.Failed)
	t.Collection(collection).Put(id, old)
}

func patchNetwork(c call) server.Reply {
	id, d := c.network()
	if d == nil {
		return c.notFound(network+"/"+networkKind, c.Params["network"])
	}
	if reply, ok := c.refuseWrite(id, d, id); ok {
		return reply
	}
	d["tags"] = Doc{}
	if tags := child(c.Body, "tags"); tags != nil {
		d["tags"] = tags
	}
	c.Tenant.Collection(VirtualNetworks).Put(id, d)
	touch(c.Tenant, id)
	d, _ = c.Tenant.Collection(VirtualNetworks).Peek(id)
	return server.JSON(http.StatusOK, viewNetwork(c.Tenant, d))
}

func deleteNetwork(c call) server.Reply {
	t := c.Tenant
	id, d := c.network()
	if d == nil {
		return server.Empty(http.StatusNoContent)
	}
	if op, entry, ok := running(t, changing, id); ok && entry["state"] == "Deleting" {
		return again(op)
	}
	remotes := remotesOf(t, id)
	if reply, ok := c.refuseWrite(id, d, append([]string{id}, remotes...)...); ok {
		return reply
	}
	for _, subnet := range below(t, Subnets, id) {
		if reply, ok := refuseUsed(t, subnet); ok {
			return reply
		}
	}
	return c.start(work{
		kind: KindNetworkDelete, resource: id, region: server.Text(d, "location"), holds: append([]string{id}, remotes...), state: "Deleting",
		took: networkTime, status: http.StatusAccepted, via: viaLocation,
		data: Doc{"old": d},
	})
}

func dropNetwork(t *server.Tenant, id string) {
	for _, peering := range below(t, Peerings, id) {
		dropPeering(t, peering)
	}
	for _, subnet := range below(t, Subnets, id) {
		t.Collection(Subnets).Delete(subnet)
	}
	t.Collection(VirtualNetworks).Delete(id)
}

// listDelegations lists some of the services that a subnet can be delegated to.
func listDelegations(c call) server.Reply {
	value := []any{}
	for _, service := range []string{
		enterprisePolicies, "Microsoft.ContainerInstance/containerGroups", "Microsoft.Web/serverFarms", "Microsoft.Sql/managedInstances",
		"Microsoft.DBforPostgreSQL/flexibleServers",
	} {
		name := strings.ReplaceAll(service, "/", ".")
		value = append(value, Doc{
			"name": name, "type": network + "/availableDelegations", "serviceName": service, "actions": []any{joinAction},
			"id": subscriptionID(c.Params["subscription"]) + "/providers/" + network + "/availableDelegations/" + name,
		})
	}
	return server.JSON(http.StatusOK, Doc{"value": value})
}

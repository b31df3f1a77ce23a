package arm

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	subnetKind = networkKind + "/subnets"
	joinAction = network + "/virtualNetworks/subnets/join/action"
)

// readOnly are the members of a subnet that Azure alone writes.
var readOnly = []string{"serviceAssociationLinks", "resourceNavigationLinks", "ipConfigurations", "ipConfigurationProfiles", "privateEndpoints", "purpose"}

// subnets adds the routes of subnets: https://learn.microsoft.com/rest/api/virtualnetwork/subnets
func (r router) subnets() {
	const path = networkPath + "/{network}/subnets"
	r.route("GET", path, "subnets.list", networkVersions, inNetwork(listSubnets))
	r.route("GET", path+"/{subnet}", "subnets.get", networkVersions, readSubnet(func(_ call, d Doc) server.Reply {
		return server.JSON(http.StatusOK, d)
	}))
	r.route("GET", path+"/{subnet}/ServiceAssociationLinks", "subnets.links", networkVersions, readSubnet(func(_ call, d Doc) server.Reply {
		return server.JSON(http.StatusOK, Doc{"value": append([]any{}, links(d)...)})
	}))
	r.route("PUT", path+"/{subnet}", "subnets.put", networkVersions, putSubnet)
	r.route("DELETE", path+"/{subnet}", "subnets.delete", networkVersions, deleteSubnet)
}

// viewSubnet is a subnet as it is answered.
func viewSubnet(t *server.Tenant, d Doc) Doc {
	properties := child(d, "properties")
	properties["provisioningState"] = state(t, server.Text(d, "id"), d)
	for _, value := range items(properties["delegations"]) {
		if delegation, ok := value.(Doc); ok {
			delegation["etag"] = d["etag"]
		}
	}
	written := ranges(d)
	switch form := t.Switch(SwitchAddressPrefixes); {
	case form == "list":
		delete(properties, "addressPrefix")
		properties["addressPrefixes"] = written
	case form == "single" && len(written) == 1:
		delete(properties, "addressPrefixes")
		properties["addressPrefix"] = written[0]
	}
	return d
}

// ranges are the address prefixes of a subnet, in whichever form it has them.
func ranges(subnet Doc) []any {
	properties := child(subnet, "properties")
	if list := items(properties["addressPrefixes"]); len(list) > 0 {
		return list
	}
	if one, ok := properties["addressPrefix"].(string); ok && one != "" {
		return []any{one}
	}
	return nil
}

func listSubnets(c call, id string) server.Reply {
	return server.JSON(http.StatusOK, Doc{"value": shown(c.Tenant, Subnets, id, viewSubnet)})
}

func readSubnet(h func(c call, d Doc) server.Reply) func(c call) server.Reply {
	return inNetwork(func(c call, id string) server.Reply {
		s, ok := c.Tenant.Collection(Subnets).Get(id + "/subnets/" + c.Params["subnet"])
		if !ok {
			return missing(id + "/subnets/" + c.Params["subnet"])
		}
		look(c.Tenant, server.Text(s, "id"))
		return h(c, viewSubnet(c.Tenant, s))
	})
}

// missing is the answer of Microsoft.Network for a part of a network that is not there.
func missing(id string) server.Reply {
	return refuse(http.StatusNotFound, "NotFound", "Resource %s not found.", id)
}

// noParent is the answer to a write below a network that is not there.
func noParent(kind, networkID string) server.Reply {
	return refuse(http.StatusNotFound, "ParentResourceNotFound",
		"Failed to perform 'write' on resource(s) of type '%s', because the parent resource '%s' could not be found.", kind, networkID)
}

// userOf is the ID of what uses a subnet, "" when nothing does.
func userOf(subnet Doc) string {
	properties := child(subnet, "properties")
	for _, name := range readOnly {
		for _, value := range items(properties[name]) {
			if d, ok := value.(Doc); ok {
				return server.Text(d, "id")
			}
		}
	}
	return ""
}

// refuseUsed is the answer to a delete of a subnet that is in use.
func refuseUsed(t *server.Tenant, id string) (server.Reply, bool) {
	d, _ := subnetDoc(t, id)
	user := userOf(d)
	if user == "" {
		return server.Reply{}, false
	}
	return bad("InUseSubnetCannotBeDeleted",
		"Subnet %s is in use by %s and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.",
		nameOf(id), user), true
}

// draftSubnet is the document of a subnet as a request describes it: members that the mirror does not know stay as they
// came, members that the request leaves out are gone, and those that Azure alone writes stay as they are.
func draftSubnet(id string, body, old Doc) (Doc, *server.Reply) {
	properties := server.Copy(child(body, "properties"))
	if properties == nil {
		properties = Doc{}
	}
	was := child(old, "properties")
	for _, name := range readOnly {
		delete(properties, name)
		if value, ok := was[name]; ok {
			properties[name] = value
		}
	}
	properties["provisioningState"] = server.Succeeded
	for name, value := range map[string]any{
		"delegations": []any{}, "privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled",
	} {
		if properties[name] == nil {
			properties[name] = value
		}
	}
	if old != nil {
		before, set := was["defaultOutboundAccess"]
		now, given := properties["defaultOutboundAccess"]
		if given && (now == nil || now == true) != (before == nil || before == true) {
			reply := bad("DefaultOutboundAccessCannotBeChanged", "The property defaultOutboundAccess of subnet %s can only be set when the subnet is created.", id)
			return nil, &reply
		}
		if set {
			properties["defaultOutboundAccess"] = before
		}
	}
	for _, value := range items(properties["delegations"]) {
		if reply := fillDelegation(id, value); reply != nil {
			return nil, reply
		}
	}
	d := Doc{"id": id, "name": nameOf(id), "type": network + "/" + subnetKind, "etag": newETag(), "properties": properties}
	return d, refuseLoss(id, d, old)
}

func fillDelegation(subnetID string, value any) *server.Reply {
	d, _ := value.(Doc)
	name, service := server.Text(d, "name"), server.Text(d, "properties.serviceName")
	if name == "" || service == "" {
		reply := bad("InvalidRequestFormat", "Cannot parse the request. A delegation of subnet %s has no name or no serviceName.", subnetID)
		return &reply
	}
	d["id"] = subnetID + "/delegations/" + url.PathEscape(name)
	d["type"] = network + "/" + subnetKind + "/delegations"
	d["properties"] = Doc{"serviceName": service, "actions": []any{joinAction}, "provisioningState": server.Succeeded}
	return nil
}

// refuseLoss refuses to take from a subnet what its users need: the delegation and the addresses.
func refuseLoss(id string, d, old Doc) *server.Reply {
	for _, value := range links(old) {
		link, _ := value.(Doc)
		kind := server.Text(link, "properties.linkedResourceType")
		if kind != "" && !delegated(d, kind) {
			reply := bad("SubnetMissingRequiredDelegation",
				"Subnet %s requires any of the following delegation(s) [%s] to reference service association link %s. Those delegations are either missing or getting deleted from subnet.",
				id, kind, server.Text(link, "id"))
			return &reply
		}
	}
	if userOf(old) == "" {
		return nil
	}
	for _, prefix := range ranges(old) {
		if !slices.Contains(ranges(d), prefix) {
			reply := bad("InUsePrefixCannotBeDeleted", "IpPrefix %s on Subnet %s has active allocations and cannot be deleted.", prefix, nameOf(id))
			return &reply
		}
	}
	return nil
}

// fits checks that a subnet lies in its network and beside the other subnets.
func fits(subnet Doc, networkName string, spaces []netip.Prefix, siblings []Doc) *server.Reply {
	id := server.Text(subnet, "id")
	own, reply := prefixes(id, ranges(subnet))
	if reply != nil {
		return reply
	}
	if len(own) == 0 && len(items(child(subnet, "properties")["ipamPoolPrefixAllocations"])) == 0 {
		reply := bad("NoAddressPrefixOrPoolProvided", "Either addressPrefix, addressPrefixes or ipamPoolPrefixAllocations has to be provided for resource %s.", id)
		return &reply
	}
	for _, p := range own {
		inside := slices.ContainsFunc(spaces, func(s netip.Prefix) bool { return s.Bits() <= p.Bits() && s.Contains(p.Addr()) })
		if !inside && userOf(subnet) != "" {
			reply := bad("InUsePrefixCannotBeDeleted", "IpPrefix %s on Subnet %s has active allocations and cannot be deleted.", p, nameOf(id))
			return &reply
		}
		if !inside {
			reply := bad("NetcfgInvalidSubnet", "Subnet '%s' is not valid in virtual network '%s'.", nameOf(id), networkName)
			return &reply
		}
	}
	for _, other := range siblings {
		taken, _ := prefixes(id, ranges(other))
		if anyOverlap(own, taken) {
			reply := bad("NetcfgSubnetRangesOverlap",
				"Subnet '%s' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '%s'.", nameOf(id), networkName)
			return &reply
		}
	}
	return nil
}

func putSubnet(c call) server.Reply {
	t := c.Tenant
	networkID, holder := c.network()
	if holder == nil {
		return noParent(subnetKind, networkID)
	}
	id := stored(t, Subnets, networkID+"/subnets/"+c.Params["subnet"])
	old, _ := subnetDoc(t, id)
	if reply, ok := c.refuseWrite(id, old, networkID); ok {
		return reply
	}
	d, reply := draftSubnet(id, c.Body, old)
	if reply != nil {
		return *reply
	}
	var siblings []Doc
	for _, other := range below(t, Subnets, networkID) {
		if s, ok := subnetDoc(t, other); ok && !strings.EqualFold(other, id) {
			siblings = append(siblings, s)
		}
	}
	spaces, _ := prefixes(networkID, space(holder))
	if reply := fits(d, nameOf(networkID), spaces, siblings); reply != nil {
		return *reply
	}
	t.Collection(Subnets).Put(id, d)
	touch(t, networkID, id)
	status := http.StatusOK
	if old == nil {
		status = http.StatusCreated
	}
	return c.start(work{
		kind: KindSubnetPut, resource: id, region: server.Text(holder, "location"), holds: []string{networkID}, state: "Updating",
		took: networkTime, status: status, via: viaAsync,
		data: Doc{"old": old},
	})
}

func deleteSubnet(c call) server.Reply {
	t := c.Tenant
	networkID, holder := c.network()
	id := networkID + "/subnets/" + c.Params["subnet"]
	d, ok := subnetDoc(t, id)
	if !ok {
		return server.Empty(http.StatusNoContent)
	}
	id = server.Text(d, "id")
	if op, entry, ok := running(t, changing, id); ok && entry["state"] == "Deleting" {
		return again(op)
	}
	if reply, ok := c.refuseWrite(id, d, networkID); ok {
		return reply
	}
	if reply, ok := refuseUsed(t, id); ok {
		return reply
	}
	return c.start(work{
		kind: KindSubnetDelete, resource: id, region: server.Text(holder, "location"), holds: []string{networkID}, state: "Deleting",
		took: networkTime, status: http.StatusAccepted, via: viaLocation,
		data: Doc{"old": d},
	})
}

package arm

import (
	"net/http"
	"net/netip"
	"reflect"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

const (
	peeringKind = networkKind + "/virtualNetworkPeerings"
	remoteID    = "properties.remoteVirtualNetwork.id"
)

// The states of a peering and how well both sides know each other's address space:
// https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering
const (
	initiated    = "Initiated"
	connected    = "Connected"
	disconnected = "Disconnected"

	inSync      = "FullyInSync"
	localStale  = "LocalNotInSync"
	remoteStale = "RemoteNotInSync"
	bothStale   = "LocalAndRemoteNotInSync"
)

// peerings adds the routes of peerings: https://learn.microsoft.com/rest/api/virtualnetwork/virtual-network-peerings
func (r router) peerings() {
	const path = networkPath + "/{network}/virtualNetworkPeerings"
	r.route("GET", path, "peerings.list", networkVersions, inNetwork(listPeerings))
	r.route("GET", path+"/{peering}", "peerings.get", networkVersions, inNetwork(getPeering))
	r.route("PUT", path+"/{peering}", "peerings.put", networkVersions, putPeering)
	r.route("DELETE", path+"/{peering}", "peerings.delete", networkVersions, deletePeering)
}

// viewPeering is a peering as it is answered: localAddressSpace and remoteAddressSpace are what it knows of the
// networks, localVirtualNetworkAddressSpace and remoteVirtualNetworkAddressSpace what they are.
func viewPeering(t *server.Tenant, d Doc) Doc {
	id, properties := server.Text(d, "id"), child(d, "properties")
	properties["provisioningState"] = state(t, id, d)
	fresh := func(networkID, known, current string) bool {
		n, ok := t.Collection(VirtualNetworks).Peek(networkID)
		if !ok {
			properties[current] = properties[known]
			return true
		}
		properties[current] = Doc{"addressPrefixes": space(n)}
		return reflect.DeepEqual(server.Copy(child(properties, known)), server.Copy(child(properties, current)))
	}
	local := fresh(parentOf(id), "localAddressSpace", "localVirtualNetworkAddressSpace")
	remote := fresh(server.Text(d, remoteID), "remoteAddressSpace", "remoteVirtualNetworkAddressSpace")
	switch {
	case local && remote:
		properties["peeringSyncLevel"] = inSync
	case remote:
		properties["peeringSyncLevel"] = localStale
	case local:
		properties["peeringSyncLevel"] = remoteStale
	default:
		properties["peeringSyncLevel"] = bothStale
	}
	return d
}

func listPeerings(c call, id string) server.Reply {
	return server.JSON(http.StatusOK, Doc{"value": shown(c.Tenant, Peerings, id, viewPeering)})
}

func getPeering(c call, id string) server.Reply {
	id += "/virtualNetworkPeerings/" + c.Params["peering"]
	p, ok := c.Tenant.Collection(Peerings).Get(id)
	if !ok {
		return missing(id)
	}
	look(c.Tenant, id)
	return server.JSON(http.StatusOK, viewPeering(c.Tenant, p))
}

// reverse is the other direction of a peering, if there is one.
func reverse(t *server.Tenant, peering Doc) (Doc, bool) {
	here := parentOf(server.Text(peering, "id"))
	for _, id := range below(t, Peerings, server.Text(peering, remoteID)) {
		if d, ok := t.Collection(Peerings).Peek(id); ok && strings.EqualFold(server.Text(d, remoteID), here) {
			return d, true
		}
	}
	return nil, false
}

// remotesOf are the networks that those of a network's peerings lead to.
func remotesOf(t *server.Tenant, networkID string) []string {
	var out []string
	for _, id := range below(t, Peerings, networkID) {
		d, _ := t.Collection(Peerings).Peek(id)
		out = append(out, server.Text(d, remoteID))
	}
	return out
}

// draftPeering is the document of a peering as a request describes it; holder is the network that it belongs to. sync
// makes both directions learn the present address spaces.
func draftPeering(t *server.Tenant, id string, body, old, holder Doc, sync bool) (Doc, *server.Reply) {
	remote, ok := t.Collection(VirtualNetworks).Peek(server.Text(body, remoteID))
	if !ok {
		reply := bad("InvalidResourceReference",
			"Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.",
			server.Text(body, remoteID), id)
		return nil, &reply
	}
	there := server.Text(remote, "id")
	properties := server.Copy(child(body, "properties"))
	for name, value := range map[string]any{
		"allowVirtualNetworkAccess": true, "allowForwardedTraffic": false, "allowGatewayTransit": false, "useRemoteGateways": false,
		"doNotVerifyRemoteGateways": false, "peerCompleteVnets": true,
	} {
		if properties[name] == nil {
			properties[name] = value
		}
	}
	properties["remoteVirtualNetwork"] = Doc{"id": there}
	properties["peeringState"], properties["provisioningState"] = initiated, server.Succeeded
	properties["resourceGuid"] = uuid.NewString()
	properties["localAddressSpace"] = Doc{"addressPrefixes": space(holder)}
	properties["remoteAddressSpace"] = Doc{"addressPrefixes": space(remote)}
	for _, name := range []string{"peeringSyncLevel", "localVirtualNetworkAddressSpace", "remoteVirtualNetworkAddressSpace"} {
		delete(properties, name)
	}
	d := Doc{"id": id, "name": nameOf(id), "type": network + "/" + peeringKind, "etag": newETag(), "properties": properties}
	if old != nil {
		if !strings.EqualFold(server.Text(old, remoteID), there) {
			reply := bad("ChangingRemoteVirtualNetworkNotAllowed", "Changing the remote virtual network of peering %s is not allowed.", id)
			return nil, &reply
		}
		kept := []string{"resourceGuid", "peeringState"}
		if !sync {
			kept = append(kept, "localAddressSpace", "remoteAddressSpace")
		}
		for _, name := range kept {
			properties[name] = child(old, "properties")[name]
		}
	}
	return d, refusePeering(t, d, holder, remote)
}

// refusePeering checks a peering against the other peerings of both networks.
func refusePeering(t *server.Tenant, d, holder, remote Doc) *server.Reply {
	id, here, there := server.Text(d, "id"), server.Text(holder, "id"), server.Text(remote, "id")
	refusal := func(code, format string, args ...any) *server.Reply {
		reply := bad(code, "Cannot create or update peering "+id+". "+format, args...)
		return &reply
	}
	for _, other := range below(t, Peerings, here) {
		p, _ := t.Collection(Peerings).Peek(other)
		if !strings.EqualFold(other, id) && strings.EqualFold(server.Text(p, remoteID), there) {
			return refusal("AnotherPeeringAlreadyReferencesRemoteVnet",
				"A virtual network cannot have more than one peering referencing the same remote virtual network. Peering %s already references remote virtual network %s.", other, there)
		}
	}
	own, reply := prefixes(here, space(holder))
	if reply != nil {
		return reply
	}
	if shared := overlap(own, remote); shared != "" {
		return refusal("VnetAddressSpacesOverlap",
			"Virtual networks %s and %s cannot be peered because their address spaces overlap. Overlapping address prefixes: %s", here, there, shared)
	}
	far, _ := prefixes(there, space(remote))
	for _, other := range remotesOf(t, here) {
		n, ok := t.Collection(VirtualNetworks).Peek(other)
		if !ok || strings.EqualFold(other, there) {
			continue
		}
		if shared := overlap(far, n); shared != "" {
			return refusal("VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
				"Virtual network %s cannot be peered with %s because the address space of the latter overlaps with that of virtual network %s, which is already peered. Overlapping address prefixes: %s",
				here, there, other, shared)
		}
	}
	if back, ok := reverse(t, d); ok && server.Text(back, "properties.peeringState") == disconnected {
		return refusal("RemotePeeringIsDisconnected",
			"Remote peering %s referencing parent virtual network %s is in Disconnected state. Update or re-create the remote peering to get it back to Initiated state. Peering gets Disconnected when remote vnet or remote peering is deleted and re-created.",
			server.Text(back, "id"), here)
	}
	return nil
}

// overlap names the first two address prefixes that overlap, "" when none do.
func overlap(own []netip.Prefix, n Doc) string {
	others, _ := prefixes(server.Text(n, "id"), space(n))
	for _, a := range own {
		for _, b := range others {
			if a.Overlaps(b) {
				return a.String() + ", " + b.String()
			}
		}
	}
	return ""
}

// overlapsPeered refuses a new address space of a network that overlaps the network at the other end of a peering.
func overlapsPeered(t *server.Tenant, holder, peering Doc, spaces []netip.Prefix) *server.Reply {
	n, ok := t.Collection(VirtualNetworks).Peek(server.Text(peering, remoteID))
	if !ok {
		return nil
	}
	if shared := overlap(spaces, n); shared != "" {
		reply := bad("VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
			"Address space of the virtual network %s overlaps with address space of another virtual network already peered with it: %s. Overlapping address prefixes: %s",
			server.Text(holder, "id"), server.Text(n, "id"), shared)
		return &reply
	}
	return nil
}

// same reports whether a request describes a peering as it is.
func same(old, body Doc) bool {
	if !strings.EqualFold(server.Text(old, remoteID), server.Text(body, remoteID)) {
		return false
	}
	for _, name := range []string{"allowVirtualNetworkAccess", "allowForwardedTraffic", "allowGatewayTransit", "useRemoteGateways"} {
		if now, given := child(body, "properties")[name]; given && !reflect.DeepEqual(now, child(old, "properties")[name]) {
			return false
		}
	}
	return true
}

// connect is what the end of a write does to both directions of a peering. Other resources are left alone.
func connect(t *server.Tenant, id string) {
	d, ok := t.Collection(Peerings).Peek(id)
	if !ok {
		return
	}
	back, there := reverse(t, d)
	switch now := server.Text(d, "properties.peeringState"); {
	case now == disconnected && t.Switch(SwitchPeeringRevival) != "on":
		return
	case there && server.Text(back, "properties.peeringState") != disconnected:
		enter(t, d, connected)
		enter(t, back, connected)
	case now == disconnected:
		enter(t, d, initiated)
	}
}

// enter puts a peering in a state.
func enter(t *server.Tenant, peering Doc, next string) {
	if server.Text(peering, "properties.peeringState") == next {
		return
	}
	id := server.Text(peering, "id")
	server.Assign(peering, "properties.peeringState", next)
	t.Collection(Peerings).Put(id, peering)
	touch(t, parentOf(id), id)
}

// dropPeering deletes one direction of a peering; the other one is disconnected from then on.
func dropPeering(t *server.Tenant, id string) {
	d, ok := t.Collection(Peerings).Peek(id)
	if !ok {
		return
	}
	back, there := reverse(t, d)
	t.Collection(Peerings).Delete(id)
	touch(t, parentOf(id))
	if there {
		enter(t, back, disconnected)
	}
}

func putPeering(c call) server.Reply {
	t := c.Tenant
	networkID, holder := c.network()
	if holder == nil {
		return noParent(peeringKind, networkID)
	}
	id := stored(t, Peerings, networkID+"/virtualNetworkPeerings/"+c.Params["peering"])
	old, _ := t.Collection(Peerings).Peek(id)
	holds := []string{networkID, server.Text(c.Body, remoteID)}
	if reply, ok := c.refuseWrite(id, old, holds...); ok {
		return reply
	}
	if reply, ok := c.refuseForeign(id, server.Text(c.Body, remoteID)); ok {
		return reply
	}
	sync := strings.EqualFold(c.Query.Get("syncRemoteAddressSpace"), "true")
	d, reply := draftPeering(t, id, c.Body, old, holder, sync)
	if reply != nil {
		return *reply
	}
	t.Collection(Peerings).Put(id, d)
	touch(t, networkID, id)
	status := http.StatusOK
	if old == nil {
		status = http.StatusCreated
	}
	return c.start(work{
		kind: KindPeeringPut, resource: id, region: server.Text(holder, "location"), holds: holds, state: "Updating",
		took: networkTime, status: status, via: viaAsync,
		data: Doc{"old": old, "new": d, "sync": sync},
	})
}

// refuseForeign is the answer to a reference into a subscription of another tenant by a caller who shows no token of that
// tenant: https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant
func (c call) refuseForeign(id, remote string) (server.Reply, bool) {
	parts := strings.Split(remote, "/")
	if len(parts) < 3 {
		return server.Reply{}, false
	}
	s, ok := c.Tenant.Collection(Subscriptions).Peek(subscriptionID(parts[2]))
	owner := server.Text(s, "tenantId")
	if !ok || strings.EqualFold(owner, c.Caller.TenantID) {
		return server.Reply{}, false
	}
	for text := range strings.SplitSeq(strings.ReplaceAll(c.Request.Header.Get("X-Ms-Authorization-Auxiliary"), ";", ","), ",") {
		claims, err := identity.Verify(strings.TrimPrefix(strings.TrimSpace(text), "Bearer "))
		if tenant, _ := claims["tid"].(string); err == nil && strings.EqualFold(tenant, owner) {
			return server.Reply{}, false
		}
	}
	return refuse(http.StatusForbidden, "LinkedAuthorizationFailed",
		"The client '%s' with object id '%s' has permission to perform action '%s/write' on scope '%s'; however, the current tenant '%s' is not authorized to access linked subscription '%s'.",
		c.Caller.AppID, c.Caller.ObjectID, network+"/"+peeringKind, id, c.Caller.TenantID, strings.ToLower(parts[2])), true
}

// learn makes the other direction of a peering know the address spaces that this one knows.
func learn(t *server.Tenant, peering Doc) {
	back, ok := reverse(t, peering)
	if !ok {
		return
	}
	properties := child(peering, "properties")
	server.Assign(back, "properties.localAddressSpace", properties["remoteAddressSpace"])
	server.Assign(back, "properties.remoteAddressSpace", properties["localAddressSpace"])
	t.Collection(Peerings).Put(server.Text(back, "id"), back)
}

func deletePeering(c call) server.Reply {
	t := c.Tenant
	networkID, holder := c.network()
	id := networkID + "/virtualNetworkPeerings/" + c.Params["peering"]
	d, ok := t.Collection(Peerings).Peek(id)
	if !ok {
		return server.Empty(http.StatusNoContent)
	}
	id = server.Text(d, "id")
	if op, entry, ok := running(t, changing, id); ok && entry["state"] == "Deleting" {
		return again(op)
	}
	holds := []string{networkID, server.Text(d, remoteID)}
	if reply, ok := c.refuseWrite(id, d, holds...); ok {
		return reply
	}
	return c.start(work{
		kind: KindPeeringDelete, resource: id, region: server.Text(holder, "location"), holds: holds, state: "Deleting",
		took: networkTime, status: http.StatusAccepted, via: viaLocation,
		data: Doc{"old": d},
	})
}

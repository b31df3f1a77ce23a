package arm

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	enterprisePolicies = "Microsoft.PowerPlatform/enterprisePolicies"
	serviceLink        = "PowerPlatformServiceLink"
	serviceLinks       = "properties.serviceAssociationLinks"
)

// subnetDoc is the true document of a subnet.
func subnetDoc(t *server.Tenant, subnetID string) (Doc, bool) {
	return t.Collection(Subnets).Peek(subnetID)
}

// delegated reports whether a subnet is delegated to a service, such as Microsoft.PowerPlatform/enterprisePolicies.
func delegated(subnet Doc, service string) bool {
	properties := child(subnet, "properties")
	return slices.ContainsFunc(items(properties["delegations"]), func(value any) bool {
		d, _ := value.(Doc)
		return strings.EqualFold(server.Text(d, "properties.serviceName"), service)
	})
}

// regionOf is the Azure region of the virtual network of a subnet, "" when there is none.
func regionOf(t *server.Tenant, subnetID string) string {
	d, _ := t.Collection(VirtualNetworks).Peek(parentOf(subnetID))
	return server.Text(d, "location")
}

// policyOf is the ID of the enterprise policy that a subnet serves, "" when it serves none.
func policyOf(subnet Doc) string { return server.Text(linkOf(subnet), "properties.link") }

// linkOf is PowerPlatformServiceLink of a subnet, nil when there is none.
func linkOf(subnet Doc) Doc {
	for _, value := range links(subnet) {
		if link, _ := value.(Doc); server.Text(link, "name") == serviceLink {
			return link
		}
	}
	return nil
}

// links are the service association links of a subnet.
func links(subnet Doc) []any { return items(child(subnet, "properties")["serviceAssociationLinks"]) }

// attach puts PowerPlatformServiceLink on a subnet, for a policy. What it says besides its name and type is assumed.
func attach(t *server.Tenant, subnetID, policyID string) {
	d, ok := subnetDoc(t, subnetID)
	if !ok {
		return
	}
	detached := unlinked(d)
	id := server.Text(d, "id") + "/serviceAssociationLinks/" + serviceLink
	server.Assign(d, serviceLinks, append(detached, Doc{
		"name": serviceLink, "id": id, "type": network + "/virtualNetworks/subnets/serviceAssociationLinks", "etag": newETag(),
		"properties": Doc{
			"linkedResourceType": enterprisePolicies, "link": policyID, "allowDelete": false,
			"locations": []any{regionOf(t, subnetID)}, "provisioningState": server.Succeeded,
		},
	}))
	t.Collection(Subnets).Put(subnetID, d)
	touch(t, parentOf(subnetID), subnetID)
}

// detach takes the link of a policy off a subnet, at once or as late as SwitchServiceLinkDelay says.
func detach(t *server.Tenant, subnetID, policyID string) {
	was, _ := subnetDoc(t, subnetID)
	etag := server.Text(linkOf(was), "etag")
	if seconds, err := strconv.Atoi(t.Switch(SwitchServiceLinkDelay)); err == nil && seconds > 0 {
		t.Begin(KindServiceLink, time.Duration(seconds)*time.Second, Doc{"subnet": subnetID, "policy": policyID, "etag": etag})
		return
	}
	unlink(t, subnetID, policyID, etag)
}

// unlink takes the link of a policy off a subnet, unless a policy of the same name has taken its place.
func unlink(t *server.Tenant, subnetID, policyID, etag string) {
	d, ok := subnetDoc(t, subnetID)
	if !ok || !strings.EqualFold(policyOf(d), policyID) || server.Text(linkOf(d), "etag") != etag {
		return
	}
	rest := unlinked(d)
	server.Unset(d, serviceLinks)
	if len(rest) > 0 {
		server.Assign(d, serviceLinks, rest)
	}
	t.Collection(Subnets).Put(subnetID, d)
	touch(t, parentOf(subnetID), subnetID)
}

// unlinked are the service association links of a subnet without PowerPlatformServiceLink.
func unlinked(subnet Doc) []any {
	return slices.DeleteFunc(slices.Clone(links(subnet)), func(value any) bool {
		link, _ := value.(Doc)
		return server.Text(link, "name") == serviceLink
	})
}

func newETag() string { return `W/"` + uuid.NewString() + `"` }

// touch gives a virtual network a new ETag, and everything in it, or, where SwitchETags says so, only what was written.
func touch(t *server.Tenant, networkID string, written ...string) {
	etag := newETag()
	set := func(collection, id string) {
		if d, ok := t.Collection(collection).Peek(id); ok {
			d["etag"] = etag
			t.Collection(collection).Put(id, d)
		}
	}
	set(VirtualNetworks, networkID)
	for _, collection := range []string{Subnets, Peerings} {
		for _, id := range below(t, collection, networkID) {
			if t.Switch(SwitchETags) != "own" || slices.ContainsFunc(written, func(w string) bool { return strings.EqualFold(w, id) }) {
				set(collection, id)
			}
		}
	}
}

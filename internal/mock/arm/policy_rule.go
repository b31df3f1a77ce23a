package arm

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

var policyKinds = []string{"NetworkInjection", "Encryption", "Identity", "Lockbox", "PrivateEndpoint"}

// refusePlace is the answer to a policy whose location is no geography, or another one than it is in already.
func (c call) refusePlace(id, location string, old Doc) (server.Reply, bool) {
	if location == "" {
		return bad("LocationRequired", "The location property is required for this definition."), true
	}
	if _, ok := geographyOf(location); !ok {
		return bad("LocationNotAvailableForResourceType",
			"The provided location '%s' is not available for resource type '%s'. List of available regions for the resource type is '%s'.",
			location, enterprisePolicies, strings.Join(policyLocations(), ",")), true
	}
	if at := server.Text(old, "location"); old != nil && at != region(location) {
		return refuse(http.StatusConflict, "InvalidResourceLocation",
			"The resource '%s' already exists in location '%s' in resource group '%s'. A resource with the same name cannot be created in location '%s'. Please select a new resource name.",
			nameOf(id), at, c.Params["group"], region(location)), true
	}
	return server.Reply{}, false
}

// unreadable is what the service says of a body that it cannot read: observed by users of it.
func unreadable() (server.Reply, bool) {
	return bad("InputValidationError", "Failed to create or update the enterprise policy, request body is null."), true
}

func invalid(format string, args ...any) (server.Reply, bool) {
	return bad("InputValidationError", format, args...), true
}

// optional is an object that may be null or absent; ok is false for anything else.
func optional(d Doc, name string) (inner Doc, ok bool) {
	value := d[name]
	if value == nil {
		return nil, true
	}
	inner, ok = value.(Doc)
	return inner, ok
}

// refusePolicy is the answer to a body that says nothing valid.
func (c call) refusePolicy(id string, old, body Doc) (server.Reply, bool) {
	kind := server.Text(body, "kind")
	properties, ok := optional(body, "properties")
	identity, is := optional(body, "identity")
	if !ok || !is {
		return unreadable()
	}
	for _, k := range policyKinds {
		member := policyMember(k)
		switch value, ok := optional(properties, member); {
		case !ok:
			return unreadable()
		case value != nil && member != "" && k != kind:
			return invalid("The property '%s' is not for enterprise policies of kind '%s'.", member, kind)
		}
	}
	switch {
	case !slices.Contains(policyKinds, kind):
		return invalid("The kind '%s' of the enterprise policy is not valid. It must be one of %s.", kind, strings.Join(policyKinds, ", "))
	case old != nil && server.Text(old, "kind") != kind:
		return invalid("The kind of an enterprise policy cannot be changed from %s to %s.", server.Text(old, "kind"), kind)
	case identity != nil && !slices.Contains([]string{"SystemAssigned", "None"}, server.Text(identity, "type")):
		return invalid("The identity type '%s' is not valid. It must be SystemAssigned or None.", server.Text(identity, "type"))
	case kind == "NetworkInjection":
		return c.refuseNetworks(id, old, body, properties)
	case kind == "Encryption":
		encryption := child(properties, "encryption")
		key := child(child(encryption, "keyVault"), "key")
		version, isText := cmp.Or(key["version"], any("")).(string)
		if server.Text(encryption, "keyVault.id") == "" || server.Text(key, "name") == "" || !isText {
			return unreadable()
		}
		if state := server.Text(encryption, "state"); !slices.Contains([]string{"Enabled", "Disabled", "NotConfigured"}, state) {
			return invalid("The encryption state '%s' is not valid.", state)
		}
		if strings.Contains(version, "/") {
			return invalid("The key version '%s' is not valid.", version)
		}
	}
	return server.Reply{}, false
}

// refuseNetworks is the answer to networks that cannot serve the geography of the policy.
func (c call) refuseNetworks(id string, old, body, properties Doc) (server.Reply, bool) {
	injection := child(properties, "networkInjection")
	list, ok := injection["virtualNetworks"].([]any)
	if injection != nil && !ok {
		return unreadable()
	}
	for _, v := range list {
		n, _ := v.(Doc)
		if server.Text(n, "id") == "" || server.Text(n, "subnet.name") == "" {
			return unreadable()
		}
	}
	g, _ := geographyOf(server.Text(body, "location"))
	name, subnets := nameOf(id), subnetsOf(body)
	switch {
	case len(subnets) < 1:
		return invalid("There should be at least 1 vnets configured for Subnet Injection Enterprise Policy with name %s.", name)
	case len(subnets) < 2 && g.paired(): // the wording is the service's
		return invalid("There should be at least 2 vnets configured for Subnet Injection Enterprise Policy with name %s.", name)
	case len(subnets) > 2, len(subnets) > 1 && !g.paired() && c.Tenant.Switch(SwitchSecondNetwork) != "accept":
		return invalid("There are too many vnets configured for Subnet Injection Enterprise Policy with name %s.", name)
	}
	var at []string
	for _, subnet := range subnets {
		if reply, is := c.refuseSubnet(id, subnet, old != nil); is {
			return reply, true
		}
		at = append(at, regionOf(c.Tenant, subnet))
	}
	if !g.paired() {
		at = at[:1]
	}
	if !g.serves(at...) {
		return invalid("The regions %s of the vnets are not supported for Subnet Injection Enterprise Policy with name %s in the location %s. Supported are: %s.",
			strings.Join(at, ", "), name, g.name, g.pairs)
	}
	return server.Reply{}, false
}

// refuseSubnet is the answer to a subnet that a policy cannot use.
func (c call) refuseSubnet(id, subnet string, exists bool) (server.Reply, bool) {
	d, ok := subnetDoc(c.Tenant, subnet)
	if !ok {
		return bad("InvalidResourceReference",
			"Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists.", subnet, id), true
	}
	if mine, its := tenantOf(c.Tenant, id), tenantOf(c.Tenant, subnet); mine != its {
		return refuse(http.StatusForbidden, "LinkedAuthorizationFailed",
			"The subnet %s is in the tenant %s, but the enterprise policy %s is in the tenant %s.", subnet, its, id, mine), true
	}
	if !delegated(d, enterprisePolicies) {
		return bad("SubnetMissingRequiredDelegation",
			"The subnet %s is missing the required delegation to %s.", subnet, enterprisePolicies), true
	}
	if user := policyOf(d); user != "" && (!exists || !strings.EqualFold(user, id)) {
		return bad(cmp.Or(c.Tenant.Switch(SwitchSubnetInUse), "SubnetAlreadyInUse"),
			"The subnet %s is already used by the enterprise policy %s.", subnet, user), true
	}
	return server.Reply{}, false
}

// tenantOf is the tenant that the subscription of a resource belongs to.
func tenantOf(t *server.Tenant, id string) string {
	parts := strings.Split(id, "/")
	if len(parts) < 3 {
		return ""
	}
	d, _ := t.Collection(Subscriptions).Peek(subscriptionID(parts[2]))
	return server.Text(d, "tenantId")
}

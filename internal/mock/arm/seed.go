package arm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// docs reads a list of objects under a key.
func docs(d Doc, key string) ([]Doc, error) {
	var out []Doc
	list, ok := d[key].([]any)
	if !ok && d[key] != nil {
		return nil, fmt.Errorf("%s must be a list", key)
	}
	for _, value := range list {
		one, ok := value.(Doc)
		if !ok {
			return nil, fmt.Errorf("%s must be a list of objects", key)
		}
		out = append(out, one)
	}
	return out, nil
}

// texts reads a list of strings under a key.
func texts(d Doc, key string) ([]string, error) {
	var out []string
	list, ok := d[key].([]any)
	if !ok && d[key] != nil {
		return nil, fmt.Errorf("%s must be a list", key)
	}
	for _, value := range list {
		one, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("%s must be a list of strings", key)
		}
		out = append(out, one)
	}
	return out, nil
}

// each seeds the objects under a key and says which one makes no sense.
func each(d Doc, key string, f func(one Doc) error) error {
	list, err := docs(d, key)
	if err != nil {
		return err
	}
	if err := server.Each(list, f); err != nil {
		return server.At(key, err)
	}
	return nil
}

// seed takes what subscriptionShape describes.
func seed(t *server.Tenant, subscriptions []Doc) error {
	return server.Each(subscriptions, func(s Doc) error { return seedSubscription(t, s) })
}

func seedSubscription(t *server.Tenant, s Doc) error {
	guid := strings.ToLower(cmp.Or(server.Text(s, "id"), uuid.NewString()))
	if _, err := uuid.Parse(guid); err != nil {
		return server.At("id", errors.New("the id is not a GUID"))
	}
	id := subscriptionID(guid)
	t.Collection(Subscriptions).Put(id, Doc{
		"id": id, "subscriptionId": guid, "tenantId": strings.ToLower(cmp.Or(server.Text(s, "tenant_id"), t.ID)),
		"displayName": cmp.Or(server.Text(s, "display_name"), guid), "state": cmp.Or(server.Text(s, "state"), "Enabled"),
		"subscriptionPolicies": Doc{"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
		"authorizationSource":  "RoleBased", "managedByTenants": []any{},
	})
	namespaces, err := texts(s, "registered")
	if err != nil {
		return err
	}
	if s["registered"] == nil {
		namespaces = []string{network}
	}
	features, err := texts(s, "features")
	if err != nil {
		return err
	}
	if err := seedProviders(t, id, namespaces, features); err != nil {
		return err
	}
	// Peerings, and policies, may lead to what a later group holds.
	for _, f := range []func(group string, g Doc) error{
		func(group string, g Doc) error { return seedGroup(t, group, g) },
		func(group string, g Doc) error { return seedPeerings(t, group, g) },
		func(group string, g Doc) error {
			return each(g, "key_vaults", func(v Doc) error { return seedVault(t, group, v) })
		},
		func(group string, g Doc) error {
			return each(g, "enterprise_policies", func(p Doc) error { return seedPolicy(t, group, p) })
		},
	} {
		if err := each(s, "resource_groups", func(g Doc) error { return f(id+"/resourceGroups/"+server.Text(g, "name"), g) }); err != nil {
			return err
		}
	}
	return nil
}

// seedGroup takes a resource group with its virtual networks.
func seedGroup(t *server.Tenant, id string, g Doc) error {
	location := cmp.Or(server.Text(g, "location"), "eastus")
	switch {
	case server.Text(g, "name") == "":
		return server.At("name", errors.New("must not be empty"))
	case !slices.Contains(regions, region(location)):
		return server.At("location", fmt.Errorf("unknown location %q%s", location, schema.Hint(location, regions)))
	}
	t.Collection(ResourceGroups).Put(id, newGroup(id, location, child(g, "tags")))
	return each(g, "virtual_networks", func(n Doc) error { return seedNetwork(t, id, location, n) })
}

// problem is what a refusal says, as an error.
func problem(reply *server.Reply) error {
	body, _ := reply.Body.(Doc)
	return errors.New(server.Text(body, "error.message"))
}

// seedNetwork takes a virtual network with its subnets.
func seedNetwork(t *server.Tenant, group, location string, n Doc) error {
	id, location := networkID(group, n), cmp.Or(server.Text(n, "location"), location)
	spaces, reply := prefixes(id, items(n["address_prefixes"]))
	switch {
	case !resourceName.MatchString(server.Text(n, "name")):
		return server.At("name", errors.New("name is not valid"))
	case !slices.Contains(regions, region(location)):
		return server.At("location", fmt.Errorf("unknown location %q%s", location, schema.Hint(location, regions)))
	case reply != nil:
		return problem(reply)
	case len(spaces) == 0:
		return errors.New("address_prefixes is required")
	}
	properties := Doc{"addressSpace": Doc{"addressPrefixes": n["address_prefixes"]}}
	if n["dns_servers"] != nil {
		properties["dhcpOptions"] = Doc{"dnsServers": n["dns_servers"]}
	}
	body := Doc{"properties": properties}
	if tags := child(n, "tags"); tags != nil {
		body["tags"] = tags
	}
	t.Collection(VirtualNetworks).Put(id, newNetwork(id, location, body, nil))
	var siblings []Doc
	return each(n, "subnets", func(s Doc) error {
		d, err := seedSubnet(id, s)
		if err != nil {
			return err
		}
		if reply := fits(d, nameOf(id), spaces, siblings); reply != nil {
			return problem(reply)
		}
		siblings = append(siblings, d)
		t.Collection(Subnets).Put(server.Text(d, "id"), d)
		touch(t, id)
		return nil
	})
}

func networkID(group string, n Doc) string {
	return group + "/providers/" + network + "/virtualNetworks/" + server.Text(n, "name")
}

// seedSubnet makes a subnet.
func seedSubnet(networkID string, s Doc) (Doc, error) {
	if !resourceName.MatchString(server.Text(s, "name")) {
		return nil, server.At("name", errors.New("name is not valid"))
	}
	services, err := texts(s, "delegations")
	if err != nil {
		return nil, err
	}
	properties := server.Copy(child(s, "properties"))
	if properties == nil {
		properties = Doc{}
	}
	if len(services) > 0 {
		var delegations []any
		for _, service := range services {
			delegations = append(delegations, Doc{"name": service, "properties": Doc{"serviceName": service}})
		}
		properties["delegations"] = delegations
	}
	switch list := items(s["address_prefixes"]); len(list) {
	case 0:
	case 1:
		properties["addressPrefix"] = list[0]
	default:
		properties["addressPrefixes"] = list
	}
	id := networkID + "/subnets/" + server.Text(s, "name")
	d, reply := draftSubnet(id, Doc{"properties": properties}, nil)
	if reply != nil {
		return nil, problem(reply)
	}
	for _, name := range readOnly { // a seed may say what uses a subnet
		if value, ok := properties[name]; ok {
			server.Assign(d, "properties."+name, value)
		}
	}
	return d, nil
}

// seedPeerings takes, of every network, peerings: name, remote (ID of the other network), properties (members as Azure
// writes them). Both directions have to be given for a peering to be Connected.
func seedPeerings(t *server.Tenant, group string, g Doc) error {
	return each(g, "virtual_networks", func(n Doc) error {
		return each(n, "peerings", func(p Doc) error {
			at := networkID(group, n)
			holder, _ := t.Collection(VirtualNetworks).Peek(at)
			properties := server.Copy(child(p, "properties"))
			if properties == nil {
				properties = Doc{}
			}
			properties["remoteVirtualNetwork"] = Doc{"id": server.Text(p, "remote")}
			id := at + "/virtualNetworkPeerings/" + server.Text(p, "name")
			if !resourceName.MatchString(server.Text(p, "name")) {
				return server.At("name", errors.New("name is not valid"))
			}
			d, reply := draftPeering(t, id, Doc{"properties": properties}, nil, holder, true)
			if reply != nil {
				return problem(reply)
			}
			t.Collection(Peerings).Put(id, d)
			connect(t, id)
			if said := server.Text(child(p, "properties"), "peeringState"); said != "" {
				d, _ = t.Collection(Peerings).Peek(id)
				enter(t, d, said)
			}
			touch(t, at, id)
			return nil
		})
	})
}

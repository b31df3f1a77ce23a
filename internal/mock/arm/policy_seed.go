package arm

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// seedPolicy takes an enterprise policy of a resource group (its ID). Subnets are seeded already; that they are
// delegated and make a pair is not checked.
func seedPolicy(t *server.Tenant, group string, p Doc) error {
	name, kind := server.Text(p, "name"), cmp.Or(server.Text(p, "kind"), "NetworkInjection")
	g, ok := geographyOf(server.Text(p, "location"))
	if !ok || name == "" || !slices.Contains(policyKinds, kind) {
		return fmt.Errorf("a name, a kind and a location that is a geography are needed, not %q, %q and %q", name, kind, server.Text(p, "location"))
	}
	id := group + "/providers/" + enterprisePolicies + "/" + name
	d := Doc{
		"id": id, "name": name, "type": enterprisePolicies, "kind": kind, "location": g.name,
		"properties": Doc{
			"systemId":     cmp.Or(server.Text(p, "system_id"), "/regions/"+g.name+"/providers/"+enterprisePolicies+"/"+uuid.NewString()),
			"healthStatus": "Undetermined",
		},
	}
	if tags := child(p, "tags"); tags != nil {
		d["tags"] = tags
	}
	switch kind {
	case "NetworkInjection":
		networks := []any{}
		for _, s := range items(p["subnet_ids"]) {
			subnet, _ := s.(string)
			if _, ok := subnetDoc(t, subnet); !ok {
				return server.At("subnet_ids", fmt.Errorf("there is no subnet %q", subnet))
			}
			networks = append(networks, Doc{"id": parentOf(subnet), "subnet": Doc{"name": nameOf(subnet)}})
			attach(t, subnet, id)
		}
		server.Assign(d, "properties.networkInjection.virtualNetworks", networks)
	case "Encryption":
		key := Doc{"name": p["key_name"]}
		if v := server.Text(p, "key_version"); v != "" {
			key["version"] = v
		}
		server.Assign(d, "properties.encryption", Doc{"state": "Enabled", "keyVault": Doc{"id": p["key_vault_id"], "key": key}})
	}
	if kind != "NetworkInjection" {
		d["identity"] = policyIdentity(t, Doc{"type": "SystemAssigned"}, Doc{"principalId": server.Text(p, "principal_id")})
	}
	t.Collection(bap.EnterprisePolicies).Put(id, d)
	return nil
}

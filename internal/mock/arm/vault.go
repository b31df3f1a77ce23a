package arm

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	keyVault = "Microsoft.KeyVault"
	vaults   = keyVault + "/vaults"
)

var vaultVersions = []string{"2019-09-01", "2021-06-01-preview", "2021-10-01", "2022-07-01", "2023-02-01", "2023-07-01", "2024-11-01"}

// vaults adds the routes of key vaults and of the control plane of their keys:
// https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults
func (r router) vaults() {
	const (
		one = inGroup + vaults + "/{name}"
		key = one + "/keys/{key}"
	)
	r.lists(vaults, "vaults", vaultVersions, KeyVaults, r.viewVault)
	r.route("GET", one, "vaults.get", vaultVersions, getVault)
	r.route("PUT", one, "vaults.put", vaultVersions, putVault)
	r.route("DELETE", one, "vaults.delete", vaultVersions, deleteVault)
	r.route("GET", one+"/keys", "keys.list", vaultVersions, listKeys(""))
	r.route("GET", key, "keys.get", vaultVersions, inVault(getKey))
	r.route("PUT", key, "keys.put", vaultVersions, putKey)
	r.route("GET", key+"/versions", "keys.versions", vaultVersions, listKeys("/versions"))
	r.route("GET", key+"/versions/{version}", "keys.version", vaultVersions, inVault(getKey))
	r.secrets()
}

// vaultID is the ID of the vault of the path, spelled as it was created.
func (c call) vaultID() string {
	return stored(c.Tenant, KeyVaults, c.groupID()+"/providers/"+vaults+"/"+c.Params["name"])
}

// viewVault is a vault as the cloud shows it.
func (r router) viewVault(_ *server.Tenant, d Doc) Doc {
	server.Assign(d, "properties.vaultUri", "https://"+strings.ToLower(server.Text(d, "name"))+"."+r.cloud.Vault+"/")
	return d
}

// vault is a vault as the cloud of the call shows it.
func (c call) vault(d Doc) Doc { return router{cloud: c.cloud}.viewVault(c.Tenant, d) }

// inVault lets a handler answer where the vault of the path is there.
func inVault(h func(c call) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		if !c.Tenant.Collection(KeyVaults).Has(c.vaultID()) {
			return c.notFound(vaults, c.Params["name"])
		}
		return h(c)
	}
}

func getVault(c call) server.Reply {
	d, ok := c.Tenant.Collection(KeyVaults).Get(c.vaultID())
	if !ok {
		return c.notFound(vaults, c.Params["name"])
	}
	return server.JSON(http.StatusOK, c.vault(d))
}

var vaultName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$`)

// putVault creates or updates. What keeps deleted keys cannot be turned off again:
// https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview.
func putVault(c call) server.Reply {
	t, id := c.Tenant, c.vaultID()
	old, exists := t.Collection(KeyVaults).Peek(id)
	if reply, is := c.refuseUnregistered(keyVault); is {
		return reply
	}
	if !vaultName.MatchString(nameOf(id)) {
		return bad("VaultNameNotValid", "The vault name '%s' is invalid. A vault's name must be between 3-24 alphanumeric characters.", nameOf(id))
	}
	if reply, is := c.refuseRegion(vaults, id, server.Text(c.Body, "location"), old); is {
		return reply
	}
	said := child(c.Body, "properties")
	for _, name := range []string{"enablePurgeProtection", "enableSoftDelete"} {
		if v, sent := said[name]; sent && v == false && (name == "enablePurgeProtection" || child(old, "properties")[name] == true) {
			return bad("BadRequest", "The property \"%s\" cannot be set to false.", name)
		}
	}
	if server.Text(said, "sku.name") == "" || !strings.EqualFold(server.Text(said, "tenantId"), t.ID) {
		return bad("BadRequest", "The properties \"sku\" and \"tenantId\" are required; the tenant must be that of the subscription.")
	}
	properties := vaultProperties(nameOf(id), t.ID)
	maps.Copy(properties, child(old, "properties"))
	maps.Copy(properties, said)
	properties["provisioningState"] = server.Succeeded
	d := Doc{"id": id, "name": nameOf(id), "type": vaults, "location": region(server.Text(c.Body, "location")), "properties": properties}
	if tags := child(c.Body, "tags"); tags != nil {
		d["tags"] = tags
	}
	t.Collection(KeyVaults).Put(id, d)
	if exists {
		return server.JSON(http.StatusOK, c.vault(d))
	}
	return server.JSON(http.StatusCreated, c.vault(d))
}

// vaultProperties are those of a vault of which nothing is said.
func vaultProperties(name, tenant string) Doc {
	return Doc{
		"tenantId": tenant, "sku": Doc{"family": "A", "name": "standard"}, "accessPolicies": []any{}, "enableSoftDelete": true,
		"softDeleteRetentionInDays": 90, "enableRbacAuthorization": false, "enabledForDeployment": false, "publicNetworkAccess": "Enabled",
		"vaultUri": "https://" + strings.ToLower(name) + ".vault.azure.net/", "provisioningState": server.Succeeded,
	}
}

func deleteVault(c call) server.Reply {
	t, id := c.Tenant, c.vaultID()
	if !t.Collection(KeyVaults).Has(id) {
		return server.Empty(http.StatusNoContent)
	}
	for _, collection := range []string{Keys, Secrets, RoleAssignments} {
		for _, inner := range below(t, collection, id) {
			t.Collection(collection).Delete(inner)
		}
	}
	t.Collection(KeyVaults).Delete(id)
	return server.Empty(http.StatusOK)
}

// keyPath is the ID of the key of the path, or of its version where the path names one.
func (c call) keyPath() string {
	id := c.vaultID() + "/keys/" + c.Params["key"]
	if v := c.Params["version"]; v != "" {
		id += "/versions/" + v
	}
	return id
}

func getKey(c call) server.Reply {
	d, ok := c.Tenant.Collection(Keys).Get(c.keyPath())
	if !ok {
		return refuse(http.StatusNotFound, "KeyNotFound", "A key with (name/id) %s was not found in this key vault.", c.Params["key"])
	}
	return server.JSON(http.StatusOK, d)
}

// listKeys lists the keys of a vault or, with "/versions", the versions of a key.
func listKeys(what string) func(c call) server.Reply {
	return func(c call) server.Reply {
		parent := c.vaultID() + "/keys"
		if what != "" {
			parent = c.keyPath() + what
		}
		value := []any{}
		for _, id := range below(c.Tenant, Keys, parent) {
			if strings.Contains(id[len(parent)+1:], "/") {
				continue
			}
			if d, ok := c.Tenant.Collection(Keys).Get(id); ok {
				value = append(value, d)
			}
		}
		return server.JSON(http.StatusOK, Doc{"value": value})
	}
}

// putKey makes the first version of a key; a key that exists is answered as it is.
func putKey(c call) server.Reply {
	t, vaultID := c.Tenant, c.vaultID()
	vault, ok := t.Collection(KeyVaults).Peek(vaultID)
	if !ok {
		return c.notFound(vaults, c.Params["name"])
	}
	if d, ok := t.Collection(Keys).Get(c.keyPath()); ok {
		return server.JSON(http.StatusOK, d)
	}
	said := child(c.Body, "properties")
	kty := server.Text(said, "kty")
	switch {
	case !slices.Contains([]string{"RSA", "RSA-HSM", "EC", "EC-HSM"}, kty):
		return bad("BadRequest", "The key type '%s' is not valid.", kty)
	case strings.HasSuffix(kty, "-HSM") && server.Text(vault, "properties.sku.name") != "premium":
		return bad("BadRequest", "The key type '%s' needs a vault of the SKU premium.", kty)
	}
	size, _ := said["keySize"].(float64)
	return server.JSON(http.StatusOK, newKey(t, vault, c.Params["key"], kty, size, child(said, "attributes")))
}

// newKey adds a version to a key of a vault, and returns the key.
func newKey(t *server.Tenant, vault Doc, name, kty string, size float64, attributes Doc) Doc {
	id, version := server.Text(vault, "id")+"/keys/"+name, strings.ReplaceAll(uuid.NewString(), "-", "")
	now := t.Clock().Now().Unix()
	all := Doc{"enabled": true, "created": now, "updated": now, "recoveryLevel": "Recoverable+Purgeable", "exportable": false}
	maps.Copy(all, attributes)
	uri := server.Text(vault, "properties.vaultUri") + "keys/" + name
	properties := Doc{"kty": kty, "attributes": all, "keyOps": []any{}, "keyUri": uri, "keyUriWithVersion": uri + "/" + version}
	if strings.HasPrefix(kty, "RSA") {
		properties["keySize"] = cmp.Or(size, 2048)
		properties["keyOps"] = []any{"encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"}
	} else {
		properties["curveName"] = "P-256"
	}
	d := Doc{"id": id, "name": name, "type": vaults + "/keys", "location": vault["location"], "properties": properties}
	t.Collection(Keys).Put(id, d)
	v := server.Copy(d)
	v["id"], v["name"], v["type"] = id+"/versions/"+version, version, vaults+"/keys/versions"
	t.Collection(Keys).Put(id+"/versions/"+version, v)
	return d
}

// seedVault takes a key vault of a resource group (its ID).
func seedVault(t *server.Tenant, group string, v Doc) error {
	name := server.Text(v, "name")
	if !vaultName.MatchString(name) {
		return server.At("name", fmt.Errorf("%q is no name of a key vault", name))
	}
	properties := vaultProperties(name, t.ID)
	properties["enableRbacAuthorization"] = v["rbac"] == true
	properties["enableSoftDelete"] = v["soft_delete"] != false
	if v["purge_protection"] == true {
		properties["enablePurgeProtection"] = true
	}
	access := []any{}
	if err := each(v, "access_policies", func(entry Doc) error {
		principal, err := principalID(t, server.Text(entry, "object_id"))
		if err != nil {
			return server.At("object_id", err)
		}
		access = append(access, Doc{"tenantId": t.ID, "objectId": principal, "permissions": Doc{"keys": items(entry["keys"]), "secrets": items(entry["secrets"])}})
		return nil
	}); err != nil {
		return err
	}
	properties["accessPolicies"] = access
	if err := seedFirewall(properties, v); err != nil {
		return err
	}
	id := group + "/providers/" + vaults + "/" + name
	d := Doc{"id": id, "name": name, "type": vaults, "location": region(cmp.Or(server.Text(v, "location"), "eastus")), "properties": properties}
	t.Collection(KeyVaults).Put(id, d)
	for _, k := range items(v["keys"]) {
		key, _ := k.(Doc)
		seedKey(t, d, key)
	}
	return each(v, "secrets", func(s Doc) error { return seedSecret(t, id, s) })
}

func seedKey(t *server.Tenant, vault, key Doc) {
	attributes := Doc{"enabled": key["enabled"] != false}
	for name, attribute := range map[string]string{"expires": "exp", "not_before": "nbf"} {
		if at, ok := key[name]; ok {
			attributes[attribute] = at
		}
	}
	size, _ := key["size"].(float64)
	versions, _ := key["versions"].(float64)
	for range int(max(versions, 1)) {
		newKey(t, vault, server.Text(key, "name"), cmp.Or(server.Text(key, "type"), "RSA"), size, attributes)
	}
}

package arm

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Secrets holds the secrets of vaults, deleted ones too; the key is the ID of the secret in Resource Manager. A document
// has name, versions (oldest first, each with version, value, contentType, attributes, tags) and, while it is deleted,
// deleted (deletedDate and scheduledPurgeDate, Unix times).
const Secrets = "secrets"

// SecretName is what a secret may be called.
var SecretName = regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)

// Vault returns the key vault of the tenant that has a name, which is the first label of its host.
func Vault(t *server.Tenant, name string) (Doc, bool) {
	for _, id := range t.Collection(KeyVaults).IDs() {
		if strings.EqualFold(nameOf(id), name) {
			return t.Collection(KeyVaults).Peek(id)
		}
	}
	return nil, false
}

// AddSecretVersion puts a new version of a secret into a vault (its ID) and returns it. more holds contentType, tags and
// attributes.
func AddSecretVersion(t *server.Tenant, vaultID, name, value string, more Doc) Doc {
	id := vaultID + "/secrets/" + name
	d, ok := t.Collection(Secrets).Peek(id)
	if !ok {
		d = Doc{"id": id, "name": name}
	}
	list := items(d["versions"])
	now := t.Clock().Now().Unix()
	if len(list) > 0 { // whole seconds, so that the newest is known
		last, _ := list[len(list)-1].(Doc)
		if before, _ := child(last, "attributes")["created"].(float64); now <= int64(before) {
			now = int64(before) + 1
		}
	}
	attributes := Doc{"enabled": true, "recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90}
	vault, _ := t.Collection(KeyVaults).Peek(vaultID)
	if child(vault, "properties")["enablePurgeProtection"] == true {
		attributes["recoveryLevel"] = "Recoverable"
	}
	maps.Copy(attributes, child(more, "attributes"))
	attributes["created"], attributes["updated"] = now, now
	version := Doc{"version": strings.ReplaceAll(uuid.NewString(), "-", ""), "value": value, "attributes": attributes}
	for _, name := range []string{"contentType", "tags"} {
		if v := more[name]; v != nil {
			version[name] = v
		}
	}
	d["versions"] = append(list, version)
	t.Collection(Secrets).Put(id, d)
	return server.Copy(version)
}

// secrets adds the control plane of secrets, which never shows a value:
// https://learn.microsoft.com/rest/api/keyvault/keyvault/secrets
func (r router) secrets() {
	const all = inGroup + vaults + "/{name}/secrets"
	r.route("GET", all, "secrets.list", vaultVersions, inVault(func(c call) server.Reply {
		value := []any{}
		for _, id := range below(c.Tenant, Secrets, c.vaultID()+"/secrets") {
			if d, ok := c.Tenant.Collection(Secrets).Get(id); ok && d["deleted"] == nil {
				value = append(value, c.secret(d))
			}
		}
		return server.JSON(http.StatusOK, Doc{"value": value})
	}))
	r.route("GET", all+"/{secret}", "secrets.get", vaultVersions, inVault(func(c call) server.Reply {
		d, ok := c.Tenant.Collection(Secrets).Get(c.vaultID() + "/secrets/" + c.Params["secret"])
		if !ok || d["deleted"] != nil {
			return refuse(http.StatusNotFound, "SecretNotFound", "A secret with (name/id) %s was not found in this key vault.", c.Params["secret"])
		}
		return server.JSON(http.StatusOK, c.secret(d))
	}))
}

// secret is the newest version of a secret as Resource Manager shows it.
func (c call) secret(d Doc) Doc {
	list := items(d["versions"])
	if len(list) == 0 {
		list = []any{Doc{}}
	}
	newest, _ := list[len(list)-1].(Doc)
	uri := "https://" + strings.ToLower(nameOf(c.vaultID())) + "." + c.cloud.Vault + "/secrets/" + server.Text(d, "name")
	out := Doc{
		"id": d["id"], "name": d["name"], "type": vaults + "/secrets",
		"properties": Doc{"attributes": newest["attributes"], "secretUri": uri, "secretUriWithVersion": uri + "/" + server.Text(newest, "version")},
	}
	if kind := newest["contentType"]; kind != nil {
		server.Assign(out, "properties.contentType", kind)
	}
	if newest["tags"] != nil {
		out["tags"] = newest["tags"]
	}
	return out
}

// seedSecret takes name, value, enabled, expires and not_before (Unix times or RFC 3339), content_type, tags.
func seedSecret(t *server.Tenant, vaultID string, s Doc) error {
	value, ok := s["value"].(string)
	if !ok || !SecretName.MatchString(server.Text(s, "name")) {
		return errors.New("a name of letters, digits and dashes, and a value are needed")
	}
	attributes := Doc{"enabled": s["enabled"] != false}
	for name, attribute := range map[string]string{"expires": "exp", "not_before": "nbf"} {
		switch at := s[name].(type) {
		case nil:
		case float64:
			attributes[attribute] = at
		case string:
			when, err := time.Parse(time.RFC3339, at)
			if err != nil {
				return server.At(name, err)
			}
			attributes[attribute] = when.Unix()
		default:
			return fmt.Errorf("%s must be a Unix time or a text as in RFC 3339", name)
		}
	}
	AddSecretVersion(t, vaultID, server.Text(s, "name"), value, Doc{"attributes": attributes, "contentType": s["content_type"], "tags": s["tags"]})
	return nil
}

// seedFirewall takes network_acls (default_action, bypass, ip_rules), public_network_access and private_endpoints (IDs of
// approved ones) of a vault.
func seedFirewall(properties, v Doc) error {
	if acls, ok := v["network_acls"].(Doc); ok {
		rules := []any{}
		for _, address := range items(acls["ip_rules"]) {
			rules = append(rules, Doc{"value": address})
		}
		properties["networkAcls"] = Doc{
			"defaultAction": cmp.Or(server.Text(acls, "default_action"), "Allow"), "bypass": cmp.Or(server.Text(acls, "bypass"), "AzureServices"),
			"ipRules": rules, "virtualNetworkRules": []any{},
		}
	}
	properties["publicNetworkAccess"] = cmp.Or(server.Text(v, "public_network_access"), "Enabled")
	endpoints, err := texts(v, "private_endpoints")
	if err != nil || len(endpoints) == 0 {
		return err
	}
	connections := []any{}
	for _, id := range endpoints {
		connections = append(connections, Doc{"properties": Doc{
			"privateEndpoint": Doc{"id": id}, "privateLinkServiceConnectionState": Doc{"status": "Approved"}, "provisioningState": server.Succeeded,
		}})
	}
	properties["privateEndpointConnections"] = connections
	return nil
}

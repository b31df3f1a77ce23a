package keyvault

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// The longest value of a secret and how many items a page holds:
// https://learn.microsoft.com/azure/key-vault/secrets/about-secrets
const (
	maxValue = 25 << 10
	pageSize = 25
)

// secretID is the ID of the secret of the path in Resource Manager.
func (c call) secretID() string { return c.id + "/secrets/" + c.name }

// secret is the document of the secret of the path, deleted ones left out.
func (c call) secret() (Doc, bool) {
	d, ok := c.Tenant.Collection(arm.Secrets).Get(c.secretID())
	return d, ok && d["deleted"] == nil
}

// version picks a version of a secret, the newest for "".
func version(d Doc, name string) (Doc, bool) {
	all := list(d["versions"])
	for _, one := range slices.Backward(all) {
		v, _ := one.(Doc)
		if name == "" || strings.EqualFold(server.Text(v, "version"), name) {
			return v, true
		}
	}
	return nil, false
}

func (c call) missing(what string) server.Reply {
	return refuse(http.StatusNotFound, "SecretNotFound", "",
		"A secret with (name/id) %s was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182", what)
}

// uri is the address of a secret, or of a version of it.
func (c call) uri(name, version string) string {
	return strings.TrimSuffix("https://"+c.Host+"/secrets/"+name+"/"+version, "/")
}

// item is a version without its value, as lists show it.
func (c call) item(uri string, v Doc) Doc {
	out := Doc{"id": uri, "attributes": v["attributes"]}
	for _, name := range []string{"contentType", "tags"} {
		if v[name] != nil {
			out[name] = v[name]
		}
	}
	return out
}

// versioned hands a secret and its version that the path names, or else the newest, to a handler.
func versioned(h func(c call, d, v Doc) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		d, ok := c.secret()
		if !ok {
			return c.missing(c.name)
		}
		v, ok := version(d, c.Params["version"])
		if !ok {
			return c.missing(c.name + "/" + c.Params["version"])
		}
		return h(c, d, v)
	}
}

func getSecret(c call, _, v Doc) server.Reply {
	if inner := unreadable(c.Tenant, v); inner != "" {
		return refuse(http.StatusForbidden, "Forbidden", inner, "Operation get is not allowed on %s secret.",
			map[string]string{"SecretDisabled": "a disabled", "SecretExpired": "an expired", "SecretNotYetValid": "a not yet valid"}[inner])
	}
	out := c.item(c.uri(c.name, server.Text(v, "version")), v)
	out["value"] = v["value"]
	return server.JSON(http.StatusOK, out)
}

// unreadable is why a version cannot be read, "" if it can.
func unreadable(t *server.Tenant, v Doc) string {
	at := func(name string) (float64, bool) {
		value, _ := server.Lookup(v, "attributes."+name)
		seconds, ok := value.(float64)
		return seconds, ok
	}
	now := float64(t.Clock().Now().Unix())
	enabled, _ := server.Lookup(v, "attributes.enabled")
	expires, ends := at("exp")
	begins, waits := at("nbf")
	switch {
	case enabled == false:
		return "SecretDisabled"
	case t.Switch(SwitchValidity) != "enforce":
		return ""
	case ends && expires <= now:
		return "SecretExpired"
	case waits && begins > now:
		return "SecretNotYetValid"
	}
	return ""
}

// page is a part of a list, with a link to the next.
func (c call) page(items []any) server.Reply {
	size := pageSize
	for _, text := range []string{c.Tenant.Switch(SwitchPageSize), c.Query.Get("maxresults")} {
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			size = min(n, 25)
		}
	}
	from, err := strconv.Atoi(c.Query.Get("$skiptoken"))
	if err != nil || from < 0 {
		from = 0
	}
	to := min(from+size, len(items))
	out := Doc{"value": items[min(from, to):to], "nextLink": nil}
	if to < len(items) {
		query := url.Values{"api-version": {c.Query.Get("api-version")}, "$skiptoken": {strconv.Itoa(to)}, "maxresults": {strconv.Itoa(size)}}
		out["nextLink"] = "https://" + c.Host + ":443" + c.Request.URL.Path + "?" + query.Encode()
	}
	return server.JSON(http.StatusOK, out)
}

func listSecrets(c call) server.Reply {
	items := []any{}
	for _, d := range c.stored() {
		if v, ok := version(d, ""); ok && d["deleted"] == nil {
			items = append(items, c.item(c.uri(server.Text(d, "name"), ""), v))
		}
	}
	return c.page(items)
}

// stored are the secrets of the vault, deleted ones too.
func (c call) stored() []Doc {
	return slices.DeleteFunc(c.Tenant.Collection(arm.Secrets).All(), func(d Doc) bool {
		return !strings.HasPrefix(strings.ToLower(server.Text(d, "id")), strings.ToLower(c.id)+"/")
	})
}

func listVersions(c call) server.Reply {
	d, ok := c.secret()
	if !ok && c.Tenant.Switch(SwitchVersions) == "404" {
		return c.missing(c.name)
	}
	items := []any{}
	if ok {
		for _, one := range list(d["versions"]) {
			v, _ := one.(Doc)
			items = append(items, c.item(c.uri(c.name, server.Text(v, "version")), v))
		}
	}
	slices.SortFunc(items, func(a, b any) int { // in no order that means something
		one, _ := a.(Doc)
		two, _ := b.(Doc)
		return strings.Compare(server.Text(one, "id"), server.Text(two, "id"))
	})
	return c.page(items)
}

func putSecret(c call) server.Reply {
	value, ok := c.Body["value"].(string)
	switch old, exists := c.Tenant.Collection(arm.Secrets).Peek(c.secretID()); {
	case exists && old["deleted"] != nil:
		return refuse(http.StatusConflict, "Conflict", "ObjectIsDeletedButRecoverable",
			"Secret %s is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.", c.name)
	case !ok:
		return refuse(http.StatusBadRequest, "BadParameter", "", "The parameter value is required.")
	case len(value) > maxValue:
		return refuse(http.StatusBadRequest, "BadParameter", "", "The secret value exceeds the maximum size of %d bytes.", maxValue)
	}
	v := arm.AddSecretVersion(c.Tenant, c.id, c.name, value, c.Body)
	out := c.item(c.uri(c.name, server.Text(v, "version")), v)
	out["value"] = value
	return server.JSON(http.StatusOK, out)
}

// patchSecret changes what is said about a version, the newest unless the path names one. It never shows the value.
func patchSecret(c call, d, v Doc) server.Reply {
	for _, name := range []string{"contentType", "tags"} {
		if said, sent := c.Body[name]; sent {
			v[name] = said
		}
	}
	said, _ := c.Body["attributes"].(Doc)
	for _, name := range []string{"enabled", "nbf", "exp"} {
		if value, sent := said[name]; sent {
			server.Assign(v, "attributes."+name, value)
		}
	}
	server.Assign(v, "attributes.updated", c.Tenant.Clock().Now().Unix())
	c.Tenant.Collection(arm.Secrets).Put(c.secretID(), d) // v is part of d
	return server.JSON(http.StatusOK, c.item(c.uri(c.name, server.Text(v, "version")), v))
}

// retention is how long a deleted secret can be recovered, in seconds.
func (c call) retention() int64 {
	days, _ := server.Lookup(c.vault, "properties.softDeleteRetentionInDays")
	n, ok := days.(float64)
	if !ok {
		n = 90
	}
	return int64(n) * 24 * 60 * 60
}

func deleteSecret(c call) server.Reply {
	d, ok := c.secret()
	if !ok {
		return c.missing(c.name)
	}
	now := c.Tenant.Clock().Now().Unix()
	d["deleted"] = Doc{"deletedDate": now, "scheduledPurgeDate": now + c.retention()}
	if soft, _ := server.Lookup(c.vault, "properties.enableSoftDelete"); soft == false {
		c.Tenant.Collection(arm.Secrets).Delete(c.secretID())
	} else {
		c.Tenant.Collection(arm.Secrets).Put(c.secretID(), d)
	}
	return server.JSON(http.StatusOK, c.deleted(d))
}

// deleted is a deleted secret without its value.
func (c call) deleted(d Doc) Doc {
	v, _ := version(d, "")
	name := server.Text(d, "name")
	out := c.item(c.uri(name, server.Text(v, "version")), v)
	out["recoveryId"] = fmt.Sprintf("https://%s/deletedsecrets/%s", c.Host, name)
	for _, at := range []string{"deletedDate", "scheduledPurgeDate"} {
		out[at], _ = server.Lookup(d, "deleted."+at)
	}
	return out
}

func listDeleted(c call) server.Reply {
	items := []any{}
	for _, d := range c.stored() {
		if d["deleted"] != nil {
			items = append(items, c.deleted(d))
		}
	}
	return c.page(items)
}

// gone is the deleted secret of the path.
func (c call) gone() (Doc, server.Reply, bool) {
	d, ok := c.Tenant.Collection(arm.Secrets).Get(c.secretID())
	if !ok || d["deleted"] == nil {
		return nil, refuse(http.StatusNotFound, "SecretNotFound", "", "Deleted Secret not found: %s", c.name), false
	}
	return d, server.Reply{}, true
}

func getDeleted(c call) server.Reply {
	d, reply, ok := c.gone()
	if !ok {
		return reply
	}
	return server.JSON(http.StatusOK, c.deleted(d))
}

func recoverSecret(c call) server.Reply {
	d, reply, ok := c.gone()
	if !ok {
		return reply
	}
	delete(d, "deleted")
	c.Tenant.Collection(arm.Secrets).Put(c.secretID(), d)
	v, _ := version(d, "")
	return server.JSON(http.StatusOK, c.item(c.uri(c.name, server.Text(v, "version")), v))
}

func purgeSecret(c call) server.Reply {
	if _, reply, ok := c.gone(); !ok {
		return reply
	}
	if on, _ := server.Lookup(c.vault, "properties.enablePurgeProtection"); on == true {
		return refuse(http.StatusForbidden, "Forbidden", "ForbiddenByPolicy", "Operation \"purge\" is not allowed because purge protection is enabled for this vault.")
	}
	c.Tenant.Collection(arm.Secrets).Delete(c.secretID())
	return server.Empty(http.StatusNoContent)
}

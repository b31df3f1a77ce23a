// Package keyvault mirrors the data plane of Azure Key Vault, as far as secrets go, and what Dataverse asks of it:
// https://learn.microsoft.com/rest/api/keyvault/secrets
package keyvault

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Doc is a JSON object as it goes over the wire.
type Doc = server.Doc

// Switches of a tenant. They stand for facts that are not confirmed and for states that a test wants to see.
const (
	// SwitchClientAddress is the address that calls to vaults come from, ClientAddress by default.
	SwitchClientAddress = "keyvault.client_address"
	// SwitchPageSize is the number of items on a page of a list, 25 by default.
	SwitchPageSize = "keyvault.page_size"
	// SwitchVersions "404" answers SecretNotFound for the versions of a secret that is not there; else an empty list.
	SwitchVersions = "keyvault.versions"
	// SwitchValidity "enforce" refuses to read a secret outside the time in which it is valid. By default that time is a
	// remark: https://learn.microsoft.com/azure/key-vault/secrets/about-secrets.
	SwitchValidity = "keyvault.validity"
	// SwitchRefusal is the text of every reference that Dataverse does not take: "unauthorized" or "unverified"; by default
	// it depends on the cause.
	SwitchRefusal = "keyvault.refusal"
	// SwitchPolicies "accept" lets the access policies of a vault without RBAC count when Dataverse checks a reference;
	// else it goes by roles alone.
	SwitchPolicies = "keyvault.policies"
	// SwitchPrivate "refuse" keeps Dataverse from reaching a vault through the network of an environment.
	SwitchPrivate = "keyvault.private"
	// SwitchPlatformAddress is the address that Dataverse calls vaults from, PlatformAddress by default.
	SwitchPlatformAddress = "keyvault.platform_address"
)

// Addresses for documentation (RFC 5737) stand for the real ones.
const (
	// ClientAddress is where calls to vaults come from.
	ClientAddress = "203.0.113.10"
	// PlatformAddress is where Dataverse calls vaults from.
	PlatformAddress = "198.51.100.20"
)

// authorities are the hosts that sign in for the vaults of a cloud.
var authorities = map[string]string{
	"public": "login.microsoftonline.com", "gcchigh": "login.microsoftonline.us", "china": "login.chinacloudapi.cn",
	"ex": "login.microsoftonline.eaglex.ic.gov", "rx": "login.microsoftonline.microsoft.scloud",
}

var versions = []string{"7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"}

// Register adds the routes of this family to the vaults of every cloud, and lets Dataverse ask them. It needs packages
// arm, bap and dataverse.
func Register(p *server.Platform) {
	for domain, cloud := range bap.Hosts(func(c bap.Cloud) string { return c.Vault }) {
		host := "*." + domain
		p.Audience(host, "https://"+domain)
		p.Challenge(host, challenge(cloud))
		r := router{server.Router{Platform: p, Host: host, Operation: "keyvault."}, cloud}
		r.route("GET", "/secrets", "secrets.list", "", listSecrets)
		r.route("GET", "/secrets/{name}", "secrets.get", actionGet, versioned(getSecret))
		r.route("GET", "/secrets/{name}/versions", "secrets.versions", actionList, listVersions)
		r.route("GET", "/secrets/{name}/{version}", "secrets.get", actionGet, versioned(getSecret))
		r.route("PUT", "/secrets/{name}", "secrets.put", actionSet, putSecret)
		r.route("PATCH", "/secrets/{name}", "secrets.patch", actionUpdate, versioned(patchSecret))
		r.route("PATCH", "/secrets/{name}/{version}", "secrets.patch", actionUpdate, versioned(patchSecret))
		r.route("DELETE", "/secrets/{name}", "secrets.delete", actionDelete, deleteSecret)
		r.route("GET", "/deletedsecrets", "deletedsecrets.list", "", listDeleted)
		r.route("GET", "/deletedsecrets/{name}", "deletedsecrets.get", actionList, getDeleted)
		r.route("POST", "/deletedsecrets/{name}/recover", "deletedsecrets.recover", actionRecover, recoverSecret)
		r.route("DELETE", "/deletedsecrets/{name}", "deletedsecrets.purge", actionPurge, purgeSecret)
	}
	p.Know("keyvault.", server.Facts{"*": {
		Source: "https://learn.microsoft.com/rest/api/keyvault/secrets", Confidence: server.Documented, APIVersions: versions,
	}})
	dataverse.UseVault(p, dataverse.Vault{Check: check, Secret: secret})
}

// What callers do with a secret: the action on data of Azure RBAC, and the permission of an access policy after it.
const (
	prefix        = "Microsoft.KeyVault/vaults/secrets/"
	actionGet     = "getSecret/action get"
	actionList    = "readMetadata/action list"
	actionSet     = "setSecret/action set"
	actionUpdate  = "update/action set"
	actionDelete  = "delete delete"
	actionRecover = "recover/action recover"
	actionPurge   = "purge/action purge"
)

type router struct {
	server.Router
	cloud bap.Cloud
}

// call is a request to a vault that exists and lets the caller in.
type call struct {
	*server.Call
	vault Doc
	id    string // of the vault in Resource Manager
	name  string // of the secret
}

// route adds an operation for callers who may do action ("" stands for that of lists).
func (r router) route(method, path, operation, action string, h func(c call) server.Reply) {
	if action == "" {
		action = actionList
	}
	r.Route(method, path, operation, func(sc *server.Call) server.Reply {
		name := strings.TrimSuffix(sc.Host, "."+r.cloud.Vault)
		vault, ok := arm.Vault(sc.Tenant, name)
		if !ok {
			if owner := ownerOf(sc.Platform, name); owner != nil {
				sc.Tenant = owner
				return challenge(r.cloud)(sc, fmt.Sprintf("AKV10032: Invalid issuer. Expected one of https://sts.windows.net/%s/, found https://sts.windows.net/%s/.", owner.ID, sc.Caller.TenantID))
			}
			// The name of a vault that does not exist does not resolve; the mirror answers for all names.
			return refuse(http.StatusNotFound, "VaultNotFound", "", "The vault '%s' does not exist.", name)
		}
		c := call{Call: sc, vault: vault, id: server.Text(vault, "id"), name: sc.Params["name"]}
		if version := c.Query.Get("api-version"); !slices.Contains(versions, version) {
			if reply, refused := sc.Object("the mock knows vaults with other api-versions than "+strconv.Quote(version),
				refuse(http.StatusBadRequest, "BadParameter", "", "The api-version '%s' is not supported; supported are %s.", version, strings.Join(versions, ", "))); refused {
				return reply
			}
		}
		if reply, refused := c.refuseAddress(); refused {
			return reply
		}
		if reply, refused := c.refuseCaller(action); refused {
			return reply
		}
		if c.name != "" && !arm.SecretName.MatchString(c.name) {
			return refuse(http.StatusBadRequest, "BadParameter", "", "The request URI contains an invalid name: %s", c.name)
		}
		return h(c)
	})
}

// refuse is an error in the envelope of Key Vault.
func refuse(status int, code, inner, format string, args ...any) server.Reply {
	d := Doc{"code": code, "message": fmt.Sprintf(format, args...)}
	if inner != "" {
		d["innererror"] = Doc{"code": inner}
	}
	return server.JSON(status, Doc{"error": d})
}

// ownerOf is the tenant that a vault belongs to.
func ownerOf(p *server.Platform, vault string) *server.Tenant {
	for _, t := range p.Tenants() {
		if _, ok := arm.Vault(t, vault); ok {
			return t
		}
	}
	return nil
}

// challenge tells a caller without a token where to get one:
// https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses
func challenge(cloud bap.Cloud) func(c *server.Call, why string) server.Reply {
	authority, ok := authorities[cloud.Name]
	if !ok {
		authority = authorities["public"]
	}
	return func(c *server.Call, why string) server.Reply {
		name := strings.TrimSuffix(c.Host, "."+cloud.Vault)
		tenant := c.Tenant
		if tenant == nil {
			tenant = ownerOf(c.Platform, name)
		} else if _, ok := arm.Vault(tenant, name); !ok {
			tenant = ownerOf(c.Platform, name)
		}
		if tenant == nil {
			return refuse(http.StatusNotFound, "VaultNotFound", "", "The vault '%s' does not exist.", name)
		}
		if c.Request.Header.Get("Authorization") == "" {
			why = "AKV10000: Request is missing a Bearer or PoP token."
		}
		return refuse(http.StatusUnauthorized, "Unauthorized", "", "%s", why).
			With("WWW-Authenticate", `Bearer authorization="https://`+authority+"/"+tenant.ID+`", resource="https://`+cloud.Vault+`"`)
	}
}

// who is the caller as the messages of Key Vault name it.
func (c call) who() string {
	return fmt.Sprintf("appid=%s;oid=%s;iss=https://sts.windows.net/%s/", c.Caller.AppID, c.Caller.ObjectID, c.Caller.TenantID)
}

// where is the vault as the messages of Key Vault name it.
func (c call) where() string {
	return server.Text(c.vault, "name") + ";location=" + server.Text(c.vault, "location")
}

// refuseAddress is the answer of the firewall.
func (c call) refuseAddress() (server.Reply, bool) {
	address := c.Tenant.Switch(SwitchClientAddress)
	if address == "" {
		address = ClientAddress
	}
	switch admits(c.vault, address) {
	case closed:
		return refuse(http.StatusForbidden, "Forbidden", "ForbiddenByConnection",
			"Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: %s\r\nVault: %s", c.who(), c.where()), true
	case filtered:
		return refuse(http.StatusForbidden, "Forbidden", "ForbiddenByFirewall",
			"Client address is not authorized and caller is not a trusted service.\r\nClient address: %s\r\nCaller: %s\r\nVault: %s", address, c.who(), c.where()), true
	}
	return server.Reply{}, false
}

// What the firewall of a vault does with an address.
const (
	open     = ""
	filtered = "filtered" // let through neither by the default nor by a rule
	closed   = "closed"   // no public network at all
)

func admits(vault Doc, address string) string {
	if strings.EqualFold(server.Text(vault, "properties.publicNetworkAccess"), "Disabled") {
		return closed
	}
	if !strings.EqualFold(server.Text(vault, "properties.networkAcls.defaultAction"), "Deny") {
		return open
	}
	at, err := netip.ParseAddr(address)
	rules, _ := server.Lookup(vault, "properties.networkAcls.ipRules")
	for _, rule := range list(rules) {
		d, _ := rule.(Doc)
		value := server.Text(d, "value")
		if one, bad := netip.ParseAddr(value); bad == nil && err == nil && one == at {
			return open
		}
		if network, bad := netip.ParsePrefix(value); bad == nil && err == nil && network.Contains(at) {
			return open
		}
	}
	return filtered
}

func list(value any) []any {
	all, _ := value.([]any)
	return all
}

// refuseCaller is the answer to a caller whose roles, or access policies, do not allow an action.
func (c call) refuseCaller(action string) (server.Reply, bool) {
	data, permission, _ := strings.Cut(action, " ")
	resource := c.id
	if c.name != "" {
		resource += "/secrets/" + c.name
	}
	if !byRole(c.vault) {
		if !policy(c.vault, c.Caller.ObjectID, permission) {
			return refuse(http.StatusForbidden, "Forbidden", "AccessDenied",
				"The user, group or application '%s' does not have secrets %s permission on key vault '%s'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
				c.who(), permission, c.where()), true
		}
		return server.Reply{}, false
	}
	if arm.Allowed(c.Tenant, c.Caller.ObjectID, resource, prefix+data) != arm.Granted {
		return refuse(http.StatusForbidden, "Forbidden", "ForbiddenByRbac",
			"Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: %s\r\nAction: '%s'\r\nResource: '%s'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: null \r\nVault: %s\r\n",
			c.who(), prefix+data, strings.ToLower(resource), c.where()), true
	}
	return server.Reply{}, false
}

// byRole reports whether a vault goes by roles; else it goes by access policies.
func byRole(vault Doc) bool {
	on, _ := server.Lookup(vault, "properties.enableRbacAuthorization")
	return on == true
}

// policy reports whether an access policy of a vault gives a principal a permission on secrets.
func policy(vault Doc, principal, permission string) bool {
	policies, _ := server.Lookup(vault, "properties.accessPolicies")
	return slices.ContainsFunc(list(policies), func(p any) bool {
		d, _ := p.(Doc)
		given, _ := server.Lookup(d, "permissions.secrets")
		return strings.EqualFold(server.Text(d, "objectId"), principal) && slices.ContainsFunc(list(given), func(v any) bool {
			text, _ := v.(string)
			return strings.EqualFold(text, permission) || strings.EqualFold(text, "all")
		})
	})
}

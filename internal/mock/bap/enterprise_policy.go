package bap

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Collections of Azure Resource Manager that linking a policy looks into. Documents are as Azure Resource Manager shows
// them, by the resource ID.
const (
	// EnterprisePolicies holds the policies that environments can be linked to.
	EnterprisePolicies = "enterprise_policies"
	// KeyVaults holds the vaults whose keys may encrypt environments.
	KeyVaults = "key_vaults"
	// Keys holds the keys of the vaults, and each of their versions.
	Keys = "keys"
	// RoleAssignments holds who may do what in Azure.
	RoleAssignments = "role_assignments"

	released = "released_policies" // when a policy last lost an environment, by its resource ID
)

// bond is one kind of policy: what it is called in an environment, in its operations, and how long these take.
type bond struct {
	kind, member      string
	first, again, off string
	takes             time.Duration
	pace              int // seconds between two looks, as the platform asks for
}

// The kinds of operations were observed in the lists of what an environment allows.
var bonds = []bond{
	{"NetworkInjection", "vNets", KindNewNetwork, KindSwapNetwork, KindRevertNetwork, networkTime, pace},
	{"Encryption", "customerManagedKeys", KindNewKey, KindRotateKey, KindRevertKey, encryptionTime, encryptionPace},
	{"Identity", "identity", KindNewIdentity, KindSwapIdentity, KindRevertIdentity, identityTime, pace},
}

// field is where the record of an environment keeps its link.
func (b bond) field() string { return "properties.enterprisePolicies." + b.member }

// refusalTime is how long an operation runs that finds out that it cannot be done.
const refusalTime = time.Minute

// enterprisePolicies adds the routes that link environments to policies. They exist outside scopes/admin only, and
// nothing can be read from them: observed by users of the API.
func (r router) enterprisePolicies() {
	const path = "/environments/{id}/enterprisePolicies/{kind}"
	r.route("POST", path+"/link", "enterprisepolicies.link", bonded(linkPolicy))
	r.route("POST", path+"/unlink", "enterprisepolicies.unlink", bonded(unlinkPolicy))
	for _, at := range []struct{ method, path string }{
		{"GET", path}, {"POST", "/scopes/admin" + path + "/link"}, {"POST", "/scopes/admin" + path + "/unlink"},
	} {
		r.route(at.method, at.path, "enterprisepolicies.nowhere", func(call) server.Reply { return server.Empty(http.StatusNotFound) })
	}
}

// bonded hands a handler the environment and the kind of policy in the path, and the system ID in the body, which may
// be spelled systemId and SystemId.
func bonded(h func(c call, b bond, env Doc, systemID string) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		i := slices.IndexFunc(bonds, func(b bond) bool { return strings.EqualFold(b.kind, c.Params["kind"]) })
		if i < 0 {
			return server.Empty(http.StatusNotFound)
		}
		env, ok := c.Tenant.Collection(Environments).Peek(c.Params["id"])
		if !ok {
			return notFound(c.Params["id"])
		}
		systemID := ""
		for name, value := range c.Body {
			if !strings.EqualFold(name, "systemId") {
				return bad("InvalidRequestContent", "The request content was invalid and could not be deserialized: 'Could not find member '%s' on object of type 'EnterprisePolicyReference'. Path '%s'.'", name, name)
			}
			systemID = text(value)
		}
		if systemID == "" {
			return bad("InvalidRequestContent", "The request content was invalid: the property 'SystemId' is required.")
		}
		if c.Tenant.Switch(SwitchProtectionKeys) == "missing" {
			return refuse(http.StatusForbidden, "EnvironmentAccess",
				"UserMissingRequiredPermission: The user with object id '%s' in tenant '%s' does not have the permission 'ManageProtectionKeys' on the environment '%s'.",
				c.Caller.ObjectID, c.Tenant.ID, server.Text(env, "name"))
		}
		return h(c, bonds[i], env, systemID)
	}
}

// linkPolicy links an environment to a policy, or swaps the one that is linked, also for itself.
func linkPolicy(c call, b bond, env Doc, systemID string) server.Reply {
	name := server.Text(env, "name")
	if reply, is := busy(c, name); is {
		return reply
	}
	before := bondOf(env, b)
	kind := b.first
	if before != nil {
		kind = b.again
	}
	if reply, is := c.disallowed(env, kind); is {
		return reply
	}
	policy, ok := policyOf(c.Tenant, systemID)
	if !ok {
		return refuse(http.StatusNotFound, "EnterprisePolicyNotFound", "The enterprise policy '%s' could not be found.", systemID)
	}
	if is := server.Text(policy, "kind"); !strings.EqualFold(is, b.kind) {
		return bad("InvalidLifecycleOperationRequest", "%s cannot be performed because the enterprise policy '%s' is of kind %s.", kind, systemID, is)
	}
	reason := ""
	if here, there := server.Text(env, "location"), server.Text(policy, "location"); place(here) != place(there) {
		reason = kind + " cannot be performed because the location '" + there + "' of the enterprise policy does not match the location '" + here + "' of the environment."
		if c.Tenant.Switch(SwitchLocationMismatch) != "operation" {
			return bad("InvalidLifecycleOperationRequest", "%s", reason)
		}
	}
	if reason == "" {
		reason = c.unfit(b, env, policy)
	}
	systemID = server.Text(policy, "properties.systemId")
	after := Doc{
		"policyId": systemID[strings.LastIndex(systemID, "/")+1:], "location": policy["location"], "id": policy["id"],
		"systemId": systemID, "linkStatus": "Linked",
	}
	during := server.Copy(after)
	if before != nil && c.Tenant.Switch(SwitchSwapRecord) != "new" {
		during = server.Copy(before)
	}
	during["linkStatus"] = c.word(0, "Linking")
	return c.bind(b, kind, env, during, after, reason)
}

// unlinkPolicy takes an environment off its policy.
func unlinkPolicy(c call, b bond, env Doc, systemID string) server.Reply {
	name := server.Text(env, "name")
	if reply, is := busy(c, name); is {
		return reply
	}
	before := bondOf(env, b)
	switch {
	case before == nil && c.Tenant.Switch(SwitchUnlinkNothing) == "accept":
		return c.bind(b, b.off, env, nil, nil, "")
	case before == nil:
		return bad("InvalidLifecycleOperationRequest", "%s cannot be performed because no enterprise policy of kind %s is linked to the environment.", b.off, b.kind)
	case !strings.EqualFold(server.Text(before, "systemId"), systemID) && c.Tenant.Switch(SwitchUnlinkOther) != "accept":
		return bad("InvalidLifecycleOperationRequest", "%s cannot be performed because the enterprise policy '%s' is not linked to the environment.", b.off, systemID)
	}
	if reply, is := c.disallowed(env, b.off); is {
		return reply
	}
	during := server.Copy(before)
	during["linkStatus"] = c.word(1, "Unlinking")
	return c.bind(b, b.off, env, during, nil, "")
}

// bind begins the operation that takes a link from what it is to during and then to after; with a reason it fails, and
// the link is again what it was.
func (c call) bind(b bond, kind string, env, during, after Doc, reason string) server.Reply {
	d := b.takes
	data := Doc{"bond": b.kind, "policy": server.Text(after, "id")}
	if reason != "" {
		d, data["reason"] = refusalTime, reason
	}
	if before := bondOf(env, b); before != nil {
		data["before"] = before
	}
	if after != nil {
		data["after"] = after
	}
	op := c.begin(kind, env, d, data)
	rebind(c.Tenant, server.Text(env, "name"), b, during)
	reply := server.Empty(http.StatusAccepted)
	switch header := c.Tenant.Switch(SwitchLinkHeader); header {
	case "none":
	case "Location":
		reply = c.accepted(header, op)
	default:
		reply = c.accepted("Operation-Location", op)
	}
	return reply.With("Retry-After", "5").With("X-Ms-Destination-Geo", server.Text(env, "location"))
}

// rebound is the effect of an operation on a link.
func rebound(t *server.Tenant, name string, op *server.Operation) {
	i := slices.IndexFunc(bonds, func(b bond) bool { return b.kind == op.Data["bond"] })
	if i < 0 {
		return
	}
	b, before, after := bonds[i], child(op.Data, "before"), child(op.Data, "after")
	if reason := server.Text(op.Data, "reason"); reason != "" {
		rebind(t, name, b, before)
		op.Fail("EnterprisePolicyOperationFailed", reason)
		return
	}
	rebind(t, name, b, after)
	if b.kind == "Encryption" {
		manage(t, name, after != nil)
	}
	if old := server.Text(before, "id"); !strings.EqualFold(old, server.Text(after, "id")) {
		release(t, old)
	}
}

// bondOf is the link of an environment to a policy of a kind, nil where there is none.
func bondOf(env Doc, b bond) Doc { return child(env, b.field()) }

// rebind records a link, or that there is none; with none at all the record has no enterprisePolicies.
func rebind(t *server.Tenant, name string, b bond, to Doc) {
	env, ok := t.Collection(Environments).Peek(name)
	if !ok {
		return
	}
	if to != nil {
		server.Assign(env, b.field(), to)
	} else {
		server.Unset(env, b.field())
	}
	if len(child(env, "properties.enterprisePolicies")) == 0 {
		server.Unset(env, "properties.enterprisePolicies")
	}
	modified(t, env)
	t.Collection(Environments).Put(name, env)
}

// unbind takes back what an operation on a link began that failed without effect.
func unbind(t *server.Tenant, op *server.Operation) {
	for _, b := range bonds {
		if b.kind == op.Data["bond"] {
			rebind(t, server.Text(op.Data, "environment"), b, child(op.Data, "before"))
		}
	}
}

// manage records who manages the key of an environment.
func manage(t *server.Tenant, name string, customer bool) {
	env, ok := t.Collection(Environments).Peek(name)
	if !ok {
		return
	}
	by := "Microsoft"
	if customer {
		by = t.Switch(SwitchKeyManagedBy)
		if by == "" {
			by = "Customer"
		}
	}
	server.Assign(env, "properties.protectionStatus.keyManagedBy", by)
	t.Collection(Environments).Put(name, env)
}

// word is the link status of a kind while an operation runs.
func (c call) word(i int, usual string) string {
	words := strings.Split(c.Tenant.Switch(SwitchLinkWords), ",")
	if i < len(words) && words[i] != "" {
		return words[i]
	}
	return usual
}

// disallowed is the refusal of what the record of the environment says may not be done.
func (c call) disallowed(env Doc, kind string) (server.Reply, bool) {
	list, _ := enforcement(c.Tenant, child(env, "properties"))["disallowedOperations"].([]any)
	for _, o := range list {
		if o, ok := o.(Doc); ok && server.Text(o, "type.id") == kind {
			return bad("InvalidLifecycleOperationRequest", "%s", server.Text(o, "reason.message")), true
		}
	}
	return server.Reply{}, false
}

// policyOf finds a policy by its system ID.
func policyOf(t *server.Tenant, systemID string) (Doc, bool) {
	all := t.Collection(EnterprisePolicies).PeekAll()
	i := slices.IndexFunc(all, func(d Doc) bool { return strings.EqualFold(server.Text(d, "properties.systemId"), systemID) })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

// place is one name for all names of a geography. Environments and policies name some of them differently.
func place(location string) string {
	location = strings.ToLower(strings.ReplaceAll(location, " ", ""))
	switch location {
	case "uk":
		return "unitedkingdom"
	case "brazil":
		return "southamerica"
	case "uae":
		return "unitedarabemirates"
	case "unitedstateseuap", "unitedstatesfirstrelease":
		return "unitedstates"
	}
	return location
}

// unfit is why the platform finds out that a policy does not suit an environment, "" if it does.
func (c call) unfit(b bond, env, policy Doc) string {
	switch b.kind {
	case "NetworkInjection":
		return c.foreign(env, policy)
	case "Encryption":
		return locked(c.Tenant, policy)
	}
	return ""
}

// foreign is why a network policy serves environments of another cluster. Environments of an early release cycle cannot
// share one with the others: https://learn.microsoft.com/power-platform/admin/vnet-support-overview.
func (c call) foreign(env, policy Doc) string {
	if c.Tenant.Switch(SwitchPolicyClusters) == "any" {
		return ""
	}
	for _, name := range PolicyEnvironments(c.Tenant, server.Text(policy, "id")) {
		other, ok := c.Tenant.Collection(Environments).Peek(name)
		if ok && cluster(other) != cluster(env) {
			return "The subnet of the enterprise policy '" + server.Text(policy, "name") + "' is used by other cluster " + cluster(other) + "."
		}
	}
	return ""
}

// cluster is where an environment lives.
func cluster(env Doc) string {
	return server.Text(env, "properties.cluster.category") + "/" + server.Text(env, "properties.cluster.uriSuffix")
}

// PolicyEnvironments returns the names of the environments that are linked to the policy with this resource ID, or are
// about to be, or are about not to be.
func PolicyEnvironments(t *server.Tenant, id string) []string {
	sweep(t)
	var out []string
	for _, env := range t.Collection(Environments).PeekAll() {
		name := server.Text(env, "name")
		is := slices.ContainsFunc(bonds, func(b bond) bool { return strings.EqualFold(server.Text(bondOf(env, b), "id"), id) })
		if d, ok := t.Collection(active).Peek(name); ok && !is {
			op, ok := t.Operation(server.Text(d, "operation"))
			is = ok && (strings.EqualFold(server.Text(op.Data, "policy"), id) || strings.EqualFold(server.Text(op.Data, "before.id"), id))
		}
		if is {
			out = append(out, name)
		}
	}
	return out
}

// PolicyReleased returns when the policy with this resource ID last lost an environment.
func PolicyReleased(t *server.Tenant, id string) (time.Time, bool) {
	d, ok := t.Collection(released).Peek(id)
	if !ok {
		return time.Time{}, false
	}
	at, err := time.Parse(timestamp, server.Text(d, "time"))
	return at, err == nil
}

func release(t *server.Tenant, id string) {
	if id != "" {
		t.Collection(released).Put(id, Doc{"time": stamp(t.Clock().Now())})
	}
}

// releaseAll is what the deletion of an environment does to its policies.
func releaseAll(t *server.Tenant, env Doc) {
	for _, b := range bonds {
		release(t, server.Text(bondOf(env, b), "id"))
	}
}

// paceOf is how long the platform asks to wait between two looks at an operation, in seconds.
func paceOf(op *server.Operation) int {
	for _, b := range bonds {
		if b.kind == op.Data["bond"] {
			return b.pace
		}
	}
	return pace
}

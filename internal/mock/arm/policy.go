package arm

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Switches of enterprise policies.
const (
	// SwitchPolicyAnswer "async" makes writes of enterprise policies long-running operations; the specification has none.
	SwitchPolicyAnswer = "arm.policy_answer"
	// SwitchLinkCountDelay is how many seconds a policy that lost its last environment still counts as linked.
	SwitchLinkCountDelay = "arm.link_count_delay"
	// SwitchSecondNetwork "accept" takes a second network in a geography of one region; else 400.
	SwitchSecondNetwork = "arm.second_network"
	// SwitchSubnetInUse is the error code for a subnet that serves another policy, "SubnetAlreadyInUse" by default.
	SwitchSubnetInUse = "arm.subnet_in_use"
	// SwitchPolicyFeature "required" refuses policies in subscriptions without the feature enterprisePoliciesPreview.
	SwitchPolicyFeature = "arm.policy_feature"
	// SwitchPrincipalDelay is for how many seconds the directory does not know the identity of a new policy.
	SwitchPrincipalDelay = "arm.principal_delay"
)

const (
	// KindPolicyPut creates or replaces an enterprise policy, where that runs long.
	KindPolicyPut = "arm.enterprisepolicies.put"
	// KindPolicyDelete deletes an enterprise policy, where that runs long.
	KindPolicyDelete = "arm.enterprisepolicies.delete"

	powerPlatform = "Microsoft.PowerPlatform"
	policyTime    = 15 * time.Second

	principals = "arm_principals" // when the identities of policies came to be, by their object ID
)

// The documentation has the first, Microsoft's own module uses the second.
var policyVersions = []string{"2020-10-30-preview", "2020-10-30"}

// policies adds the routes of enterprise policies:
// https://github.com/Azure/azure-rest-api-specs/tree/main/specification/powerplatform/resource-manager.
func (r router) policies() {
	const one = inGroup + enterprisePolicies + "/{name}"
	r.lists(enterprisePolicies, "enterprisepolicies", policyVersions, bap.EnterprisePolicies, bare)
	r.route("GET", one, "enterprisepolicies.get", policyVersions, getPolicy)
	r.route("PUT", one, "enterprisepolicies.put", policyVersions, putPolicy)
	r.route("PATCH", one, "enterprisepolicies.patch", policyVersions, patchPolicy)
	r.route("DELETE", one, "enterprisepolicies.delete", policyVersions, deletePolicy)
}

// policyID is the ID of the policy of the path, spelled as it was created.
func (c call) policyID() string {
	return stored(c.Tenant, bap.EnterprisePolicies, c.groupID()+"/providers/"+enterprisePolicies+"/"+c.Params["name"])
}

func getPolicy(c call) server.Reply {
	d, ok := c.Tenant.Collection(bap.EnterprisePolicies).Get(c.policyID())
	if !ok {
		return c.notFound(enterprisePolicies, c.Params["name"])
	}
	return server.JSON(http.StatusOK, d)
}

func putPolicy(c call) server.Reply {
	id := c.policyID()
	old, _ := c.Tenant.Collection(bap.EnterprisePolicies).Peek(id)
	return writePolicy(c, id, old, c.Body)
}

func patchPolicy(c call) server.Reply {
	id := c.policyID()
	old, ok := c.Tenant.Collection(bap.EnterprisePolicies).Peek(id)
	if !ok {
		return c.notFound(enterprisePolicies, c.Params["name"])
	}
	body := server.Copy(old)
	server.Merge(body, c.Body)
	return writePolicy(c, id, old, body)
}

// writePolicy makes a policy what the body says; old is nil where there is none yet.
func writePolicy(c call, id string, old, body Doc) server.Reply {
	t := c.Tenant
	if reply, is := c.refuseUnregistered(powerPlatform); is {
		return reply
	}
	if t.Switch(SwitchPolicyFeature) == "required" && featureState(t, subscriptionID(c.Params["subscription"]), powerPlatform, previewFeature) != registeredState {
		return bad("SubscriptionNotRegisteredForFeature",
			"Subscription %s is not registered with the feature %s/%s required to carry out the requested operation.", c.Params["subscription"], powerPlatform, previewFeature)
	}
	if reply, is := c.refusePlace(id, server.Text(body, "location"), old); is {
		return reply
	}
	if old != nil && linkCount(t, id) > 0 {
		return quartz("EnterprisePolicyUpdateNotAllowed",
			"Enterprise Policy update not allowed for Enterprise Policy with name "+nameOf(id)+" as it is linked with "+strconv.Itoa(linkCount(t, id))+" environment(s).")
	}
	if reply, is := c.refusePolicy(id, old, body); is {
		return reply
	}
	before, after := subnetsOf(old), subnetsOf(body)
	if reply, is := c.busy(networksOf(append(slices.Clone(before), after...))...); is {
		return reply
	}
	storePolicy(t, id, c.newPolicy(id, old, body), before, after)
	status := http.StatusOK
	if old == nil {
		status = http.StatusCreated
	}
	if t.Switch(SwitchPolicyAnswer) != "async" {
		return server.JSON(status, policyNow(t, id))
	}
	return c.start(work{
		kind: KindPolicyPut, resource: id, region: "eastus", holds: networksOf(after), state: "Updating", took: policyTime, status: status,
		via: viaAsync, data: Doc{"old": old, "before": before, "after": after},
	})
}

// storePolicy writes a policy, nil to delete it, whose subnets were those of from and are those of to.
func storePolicy(t *server.Tenant, id string, d Doc, from, to []string) {
	for _, subnet := range from {
		if !holds(to, subnet) {
			detach(t, subnet, id)
		}
	}
	for _, subnet := range to {
		if !holds(from, subnet) {
			attach(t, subnet, id)
		}
	}
	if d == nil {
		t.Collection(bap.EnterprisePolicies).Delete(id)
		return
	}
	t.Collection(bap.EnterprisePolicies).Put(id, d)
}

// newPolicy is the document of a policy that passed all checks.
func (c call) newPolicy(id string, old, body Doc) Doc {
	now := stamp(c.Tenant.Clock().Now())
	kind, location := server.Text(body, "kind"), region(server.Text(body, "location"))
	properties := Doc{
		"systemId": "/regions/" + location + "/providers/" + enterprisePolicies + "/" + uuid.NewString(), "healthStatus": "Undetermined",
	}
	by := Doc{"createdBy": c.Caller.AppID, "createdByType": "Application", "createdAt": now}
	if old != nil {
		properties["systemId"] = child(old, "properties")["systemId"]
		by = child(old, "systemData")
	}
	by["lastModifiedBy"], by["lastModifiedByType"], by["lastModifiedAt"] = c.Caller.AppID, "Application", now
	if member := policyMember(kind); member != "" {
		if said := child(child(body, "properties"), member); said != nil {
			properties[member] = said
		}
	}
	d := Doc{
		"id": id, "name": nameOf(id), "type": enterprisePolicies, "location": location, "kind": kind, "properties": properties, "systemData": by,
	}
	if tags := child(body, "tags"); tags != nil {
		d["tags"] = tags
	}
	if identity := child(body, "identity"); identity != nil {
		d["identity"] = policyIdentity(c.Tenant, identity, child(old, "identity"))
	}
	return d
}

// policyMember is the property that holds what a kind of policy is about, "" if it has none.
func policyMember(kind string) string {
	return map[string]string{"NetworkInjection": "networkInjection", "Encryption": "encryption", "Lockbox": "lockbox"}[kind]
}

// policyIdentity is the identity of a policy. Both names of the principal's ID are in use: the specification has one,
// clients read the other.
func policyIdentity(t *server.Tenant, said, old Doc) Doc {
	if server.Text(said, "type") != "SystemAssigned" {
		return Doc{"type": "None"}
	}
	principal := server.Text(old, "principalId")
	if principal == "" {
		principal = uuid.NewString()
		t.Collection(principals).Put(principal, Doc{"created": stamp(t.Clock().Now())})
	}
	return Doc{"type": "SystemAssigned", "principalId": principal, "systemAssignedIdentityPrincipalId": principal, "tenantId": t.ID}
}

// linkCount is how many environments a policy counts as linked to.
func linkCount(t *server.Tenant, id string) int {
	if n := len(bap.PolicyEnvironments(t, id)); n > 0 {
		return n
	}
	seconds, err := strconv.Atoi(t.Switch(SwitchLinkCountDelay))
	at, was := bap.PolicyReleased(t, id)
	if err == nil && was && t.Clock().Now().Before(at.Add(time.Duration(seconds)*time.Second)) {
		return 1
	}
	return 0
}

// quartz is a refusal in the envelope of the service behind the resource provider, as users of it report.
func quartz(code, message string) server.Reply {
	return server.JSON(http.StatusBadRequest, Doc{"error": Doc{"namespace": "Quartz.EnterprisePolicy", "code": code, "message": message}})
}

func deletePolicy(c call) server.Reply {
	t, id := c.Tenant, c.policyID()
	d, ok := t.Collection(bap.EnterprisePolicies).Peek(id)
	if !ok {
		return server.Empty(http.StatusNoContent)
	}
	if n := linkCount(t, id); n > 0 {
		return quartz("EnterprisePolicyDeleteNotAllowed",
			"Enterprise Policy Deletion not allowed for Enterprise Policy with name "+nameOf(id)+" as it is linked with "+strconv.Itoa(n)+" environment(s).")
	}
	networks := networksOf(subnetsOf(d))
	if reply, is := c.busy(networks...); is {
		return reply
	}
	if t.Switch(SwitchPolicyAnswer) == "async" {
		return c.start(work{
			kind: KindPolicyDelete, resource: id, region: "eastus", holds: networks, state: "Deleting", took: policyTime,
			status: http.StatusAccepted, via: viaAsync,
		})
	}
	dropPolicy(t, id)
	return server.Empty(http.StatusOK)
}

// dropPolicy deletes a policy and takes its links off the subnets.
func dropPolicy(t *server.Tenant, id string) {
	d, _ := t.Collection(bap.EnterprisePolicies).Peek(id)
	for _, subnet := range subnetsOf(d) {
		detach(t, subnet, id)
	}
	t.Collection(bap.EnterprisePolicies).Delete(id)
}

// releasePolicies deletes the enterprise policies below an ID (of a resource group that is being deleted) and detaches
// them from their subnets. It deletes none and returns the ID of one that is linked, where there is one.
func releasePolicies(t *server.Tenant, id string) (blocked string) {
	all := below(t, bap.EnterprisePolicies, id)
	for _, policy := range all {
		if linkCount(t, policy) > 0 {
			return policy
		}
	}
	for _, policy := range all {
		dropPolicy(t, policy)
	}
	return ""
}

// subnetsOf are the IDs of the subnets of a policy.
func subnetsOf(policy Doc) []string {
	value, _ := server.Lookup(policy, "properties.networkInjection.virtualNetworks")
	var out []string
	for _, v := range items(value) {
		n, _ := v.(Doc)
		out = append(out, server.Text(n, "id")+"/subnets/"+server.Text(n, "subnet.name"))
	}
	return out
}

func networksOf(subnets []string) []string {
	var out []string
	for _, s := range subnets {
		if n := parentOf(s); !holds(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func holds(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(other string) bool { return strings.EqualFold(id, other) })
}

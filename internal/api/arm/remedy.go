package arm

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Remedy says what can be done about an error of Azure Resource Manager, "" if its cause is not known. It is false for an
// error of another API, whose words may mean something else. What an operation says in the end are the same codes.
func Remedy(e *rest.Error) (string, bool) {
	if !said(e) {
		return "", false
	}
	return cure(e), true
}

// said reports whether Azure Resource Manager said it: its resources lie below subscriptions.
func said(e *rest.Error) bool {
	_, address, _ := strings.Cut(e.Route, " ")
	u, err := url.Parse(address)
	return err == nil && (strings.HasPrefix(strings.ToLower(u.Path), "/subscriptions/") || u.Path == "/subscriptions" || u.Path == "/tenants")
}

const (
	rights = "A role in Azure is needed here; one in Power Platform does not count. A role that was granted a moment ago may take some minutes."
	inUse  = "An enterprise policy still uses the subnet. Unlink its environments (powerplatform_enterprise_policy), then delete the policy (powerplatform_network_injection_policy); " +
		"the subnet is free a little later. In one configuration Terraform does this in the right order if the policy refers to the delegation or to the region pair."
)

// remedies are the codes of Azure Resource Manager that have a known cure:
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors, and for those of
// enterprise policies https://learn.microsoft.com/power-platform/admin/vnet-support-setup-configure.
var remedies = map[string]string{
	"LinkedAuthorizationFailed": "The identity that the provider is signed in as may change this object but not refer to the other one that the message names. " +
		"For a subnet that takes Microsoft.Network/virtualNetworks/subnets/join/action, which the role Network Contributor on its virtual network holds. " + rights,
	"SubscriptionNotFound": "Azure says this of a subscription that does not exist, that belongs to another tenant, or in which the identity has no role at all. " +
		"Check the ID of the subscription and the tenant that the provider is signed in to, and grant the identity a role such as Reader.",
	"InvalidAuthenticationTokenTenant": "The subscription belongs to another tenant than the one that the provider is signed in to. Virtual networks, enterprise policy and environment must be in one tenant.",
	"RequestDisallowedByPolicy":        "An Azure Policy of your organization forbids this; the message names it. Its owners can exempt the scope, or the configuration can follow it. A role does not help.",
	"ScopeLocked":                      "A lock of Azure protects this object or what contains it. Whoever owns the lock must remove it first.",
	"AnotherOperationInProgress":       "Another write to the same virtual network was still running. This provider sends its own one after the other, so it was somebody else's: apply again when that is done.",
	"SubnetMissingRequiredDelegation": "A subnet that an enterprise policy uses must be delegated to Microsoft.PowerPlatform/enterprisePolicies, for as long as it uses it. " +
		"powerplatform_subnet_delegation delegates it. To take the delegation away, unlink the environments and delete the policy first.",
	"InUseSubnetCannotBeDeleted": inUse,
	"EnterprisePolicyUpdateNotAllowed": "The platform changes no policy while environments are linked to it. Create another policy and swap the links to it: " +
		"with lifecycle { create_before_destroy = true } on the policy, and a link that refers to it, one apply does both without an environment being unlinked.",
	"EnterprisePolicyDeleteNotAllowed": "Environments are still linked to the policy, or were until a moment ago. Remove their powerplatform_enterprise_policy first; links that this configuration does not manage are listed in linked_environment_ids of the policy.",
}

func cure(e *rest.Error) string {
	for code, say := range remedies {
		if rest.HasCode(e, code) {
			return say
		}
	}
	switch {
	case rest.HasCode(e, "MissingSubscriptionRegistration", "SubscriptionNotRegistered"):
		return unregistered(e)
	case e.Operation != "":
	case e.Status == http.StatusUnauthorized:
		return "Azure refused the token, also after it was renewed. The usual cause is the wrong cloud, or a token of another tenant."
	case e.Status == http.StatusForbidden:
		return "The identity that the provider is signed in as lacks " + roleFor(e) + ". " + rights
	}
	return ""
}

// unregistered is for a subscription that does not take a kind of resources yet.
func unregistered(e *rest.Error) string {
	if strings.Contains(strings.ToLower(e.Message), "microsoft.powerplatform") {
		return "Register the resource provider in the subscription, once: add a powerplatform_resource_provider_registration for it, on which the object depends, " +
			"or run az provider register --namespace Microsoft.PowerPlatform."
	}
	return "Register the resource provider that the message names in the subscription, once: az provider register --namespace <namespace>."
}

// roleFor names the role that covers what the message says was not allowed.
func roleFor(e *rest.Error) string {
	message := strings.ToLower(e.Message)
	read := strings.Contains(message, "/read'")
	switch {
	case strings.Contains(message, "microsoft.network/") && read:
		return "a role that may read the virtual network, such as Reader or Network Contributor"
	case strings.Contains(message, "microsoft.network/"):
		return "the role Network Contributor on the virtual network, or one with the action that the message names"
	case strings.Contains(message, "microsoft.powerplatform/") && !read:
		return "the role Contributor on the resource group, or one with the action that the message names"
	}
	return "a role in Azure with the action that the message names, on the scope that it names"
}

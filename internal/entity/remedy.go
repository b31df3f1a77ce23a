package entity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// remedies are the causes that can be told from an answer, most specific first. Those of a failed sign-in come with its
// error.
var remedies = []struct {
	when func(e *rest.Error) bool
	say  func(ctx context.Context, c *api.Client) string
}{
	{
		func(e *rest.Error) bool {
			return e.Status == http.StatusForbidden && strings.Contains(e.Message, "does not have permission to access the path")
		},
		func(ctx context.Context, c *api.Client) string {
			app := "<client id>"
			if c != nil && c.Caller != nil {
				if caller, err := c.Caller(ctx); err == nil && caller.ApplicationID != "" {
					app = caller.ApplicationID
				}
			}
			return "The application " + app + " is not registered as an admin management application of the tenant. A Power Platform administrator (a user, not an application) registers it once with\n\n" +
				"  New-PowerAppManagementApp -ApplicationId " + app + "\n\n" +
				"(module Microsoft.PowerApps.Administration.PowerShell), or grants it a Power Platform role such as Power Platform Contributor instead. See https://learn.microsoft.com/power-platform/admin/powerplatform-api-create-service-principal."
		},
	},
	{
		func(e *rest.Error) bool { return e.Status == http.StatusUnauthorized },
		always("The API refused the token, also after it was renewed. The usual cause is the wrong cloud, or a token of another tenant."),
	},
	{
		func(e *rest.Error) bool { return e.Status == http.StatusForbidden },
		always("The identity that the provider is signed in as lacks a role for this. data.powerplatform_whoami shows who that is and which abilities are missing."),
	},
}

func always(s string) func(context.Context, *api.Client) string {
	return func(context.Context, *api.Client) string { return s }
}

func remedy(ctx context.Context, c *api.Client, verb string, err error) string {
	var advice []string
	if _, ok := errors.AsType[*hiddenError](err); ok {
		advice = append(advice, "Nothing was removed from state. Check that the identity still has its role (an elevation may have lapsed) and that it is signed in to the right tenant.")
	}
	if t, ok := errors.AsType[*rest.TimeoutError](err); ok {
		if verb == "plan" {
			verb = "read" // whose time it is given
		}
		if errors.Is(t.Err, context.DeadlineExceeded) {
			advice = append(advice, fmt.Sprintf("If the platform is only slow, allow more time with timeouts = { %s = \"…\" }.", verb))
			if verb == "read" {
				advice = append(advice, "A refresh takes the time that state knows: terraform apply -refresh=false brings the new one there.")
			}
		}
	}
	if e, ok := errors.AsType[*rest.Error](err); ok {
		advice = append(advice, cure(ctx, c, e)...)
	}
	return strings.Join(advice, "\n\n")
}

// cure is what the table has against an answer: nothing or one text.
func cure(ctx context.Context, c *api.Client, e *rest.Error) []string {
	if azure(e) { // what an operation of Azure says in the end are the same codes
		if say := azureRemedy(e); say != "" {
			return []string{say}
		}
		return nil
	}
	for _, r := range remedies {
		if e.Operation == "" && r.when(e) {
			return []string{r.say(ctx, c)}
		}
	}
	return nil
}

// azure reports whether Azure Resource Manager said it: its resources lie below subscriptions.
func azure(e *rest.Error) bool {
	_, address, _ := strings.Cut(e.Route, " ")
	u, err := url.Parse(address)
	return err == nil && (strings.HasPrefix(strings.ToLower(u.Path), "/subscriptions/") || u.Path == "/subscriptions" || u.Path == "/tenants")
}

const (
	rights = "A role in Azure is needed here; one in Power Platform does not count. A role that was granted a moment ago may take some minutes."
	inUse  = "An enterprise policy still uses the subnet. Unlink its environments (powerplatform_enterprise_policy), then delete the policy (powerplatform_network_injection_policy); " +
		"the subnet is free a little later. In one configuration Terraform does this in the right order if the policy refers to the delegation or to the region pair."
)

// azureRemedies are the codes of Azure Resource Manager that have a known cure:
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors, and for those of
// enterprise policies https://learn.microsoft.com/power-platform/admin/vnet-support-setup-configure.
var azureRemedies = map[string]string{
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

func azureRemedy(e *rest.Error) string {
	for code, say := range azureRemedies {
		if strings.EqualFold(code, e.Code) {
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
	said := strings.ToLower(e.Message)
	read := strings.Contains(said, "/read'")
	switch {
	case strings.Contains(said, "microsoft.network/") && read:
		return "a role that may read the virtual network, such as Reader or Network Contributor"
	case strings.Contains(said, "microsoft.network/"):
		return "the role Network Contributor on the virtual network, or one with the action that the message names"
	case strings.Contains(said, "microsoft.powerplatform/") && !read:
		return "the role Contributor on the resource group, or one with the action that the message names"
	}
	return "a role in Azure with the action that the message names, on the scope that it names"
}

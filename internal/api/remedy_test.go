package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const azureGroup = "https://management.azure.com/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg"

func TestAzuresCodesHaveTheirOwnRemedies(t *testing.T) {
	t.Parallel()
	forbidden := func(action string) rest.Error {
		return rest.Error{Status: 403, Code: "AuthorizationFailed", Message: "The client 'x' with object id 'y' does not have authorization to perform action '" + action + "' over scope 'z'."}
	}
	for name, c := range map[string]struct {
		err  rest.Error
		says []string
	}{
		"write to a subnet":    {forbidden("Microsoft.Network/virtualNetworks/subnets/write"), []string{"the role Network Contributor on the virtual network", "one in Power Platform does not count"}},
		"read of a subnet":     {forbidden("Microsoft.Network/virtualNetworks/subnets/read"), []string{"such as Reader or Network Contributor"}},
		"write to a policy":    {forbidden("Microsoft.PowerPlatform/enterprisePolicies/write"), []string{"the role Contributor on the resource group"}},
		"read of a vault":      {forbidden("Microsoft.KeyVault/vaults/read"), []string{"the action that the message names"}},
		"subnet of a policy":   {rest.Error{Status: 403, Code: "LinkedAuthorizationFailed"}, []string{"Microsoft.Network/virtualNetworks/subnets/join/action", "Network Contributor"}},
		"no subscription":      {rest.Error{Status: 404, Code: "SubscriptionNotFound"}, []string{"belongs to another tenant", "no role at all"}},
		"other tenant":         {rest.Error{Status: 401, Code: "InvalidAuthenticationTokenTenant"}, []string{"must be in one tenant"}},
		"refused token":        {rest.Error{Status: 401, Code: "InvalidAuthenticationToken"}, []string{"Azure refused the token"}},
		"not registered":       {rest.Error{Status: 409, Code: "MissingSubscriptionRegistration", Message: "The subscription is not registered to use namespace 'Microsoft.PowerPlatform'."}, []string{"powerplatform_resource_provider_registration", "az provider register --namespace Microsoft.PowerPlatform"}},
		"another one":          {rest.Error{Status: 409, Code: "missingsubscriptionregistration", Message: "… namespace 'Microsoft.Network'."}, []string{"az provider register"}},
		"busy":                 {rest.Error{Status: 409, Code: "AnotherOperationInProgress"}, []string{"Another write to the same virtual network"}},
		"in use":               {rest.Error{Status: 400, Code: "SubnetMissingRequiredDelegation"}, []string{"powerplatform_subnet_delegation delegates it", "unlink the environments and delete the policy first"}},
		"in use, later":        {rest.Error{Status: 200, Operation: "Failed", Code: "InUseSubnetCannotBeDeleted"}, []string{"An enterprise policy still uses the subnet"}},
		"linked, to change":    {rest.Error{Status: 400, Code: "EnterprisePolicyUpdateNotAllowed"}, []string{"create_before_destroy = true"}},
		"linked, to delete":    {rest.Error{Status: 400, Code: "EnterprisePolicyDeleteNotAllowed"}, []string{"linked_environment_ids"}},
		"forbidden by policy":  {rest.Error{Status: 403, Code: "RequestDisallowedByPolicy"}, []string{"Azure Policy of your organization"}},
		"locked":               {rest.Error{Status: 409, Code: "ScopeLocked"}, []string{"A lock of Azure"}},
		"some other 403":       {rest.Error{Status: 403}, []string{"a role in Azure"}},
		"an error of its kind": {rest.Error{Status: 400, Code: "NetcfgInvalidSubnet"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.err.Route = "PUT " + azureGroup + "/providers/x/y"
			got := (&api.Client{}).Remedy(t.Context(), fmt.Errorf("put it: %w", &c.err))
			for _, say := range c.says {
				if !strings.Contains(got, say) {
					t.Errorf("%q is missing:\n%s", say, got)
				}
			}
			for _, other := range []string{"powerplatform_whoami", "New-PowerAppManagementApp", "The API refused"} {
				if strings.Contains(got, other) {
					t.Errorf("%q is for Power Platform:\n%s", other, got)
				}
			}
			if c.says == nil && got != "" {
				t.Errorf("advice where there is none:\n%s", got)
			}
		})
	}
}

// The same words of Power Platform mean something else.
func TestCodesOfAzureCountForAzureOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/environments", "https://x.crm.dynamics.com/api/data/v9.2/subscriptions"} {
		err := &rest.Error{Route: "GET " + address, Status: 403, Code: "AuthorizationFailed", Message: "Microsoft.Network/x/read'"}
		if got := (&api.Client{}).Remedy(t.Context(), err); !strings.Contains(got, "powerplatform_whoami") {
			t.Errorf("%s: %s", address, got)
		}
	}
}

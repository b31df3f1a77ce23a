package customtype_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

const (
	azureSubscription = "/subscriptions/00000000-0000-4000-8000-00000000cccc"
	azureNetwork      = azureSubscription + "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v"
	azureSubnet       = azureNetwork + "/subnets/s"
)

func TestResourceID_takesTheTypeInAnyCase(t *testing.T) {
	t.Parallel()
	for id, kind := range map[string]string{
		azureSubnet:                              "Microsoft.Network/virtualNetworks/subnets",
		strings.ToLower(azureSubnet):             "Microsoft.Network/virtualNetworks/subnets",
		azureNetwork:                             "Microsoft.Network/virtualNetworks",
		azureSubscription + "/resourceGroups/rg": "Microsoft.Resources/resourceGroups",
		azureSubscription:                        "Microsoft.Resources/subscriptions",
	} {
		if problem := check(t, types.StringValue(id), kind); problem != "" {
			t.Errorf("%s: %s", id, problem)
		}
	}
	for _, v := range []types.String{types.StringNull(), types.StringUnknown()} {
		if problem := check(t, v, "a/b"); problem != "" {
			t.Errorf("%s: %s", v, problem)
		}
	}
}

func TestResourceID_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"":                     "does not begin with a slash",
		"eastus":               "does not begin with a slash",
		azureSubnet + "/":      "trailing slash",
		azureSubnet + " ":      "blanks",
		azureNetwork + "//x/y": "a part of it is empty",
		azureNetwork:           "is the ID of a Microsoft.Network/virtualNetworks, not of a Microsoft.Network/virtualNetworks/subnets",
		azureSubnet + "/x":     "is not the ID of an Azure resource",
		strings.Replace(azureSubnet, "00000000-0000-4000-8000-00000000cccc", "production", 1): `the subscription "production" is not a UUID`,
	} {
		if problem := check(t, types.StringValue(id), "Microsoft.Network/virtualNetworks/subnets"); !strings.Contains(problem, want) {
			t.Errorf("%q: %q does not say %q", id, problem, want)
		}
	}
}

func check(t *testing.T, v types.String, kinds ...string) string {
	t.Helper()
	var resp validator.StringResponse
	customtype.ResourceID(kinds...).ValidateString(t.Context(), validator.StringRequest{Path: path.Root("it"), ConfigValue: v}, &resp)
	if !resp.Diagnostics.HasError() {
		return ""
	}
	return resp.Diagnostics.Errors()[0].Detail()
}

func FuzzParseResourceID(f *testing.F) {
	for _, id := range []string{azureSubnet, azureSubnet + "/", "", "/", "//", "/subscriptions", "/providers/a/b/c"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		parsed, err := customtype.ParseResourceID(id)
		if err == nil && !strings.EqualFold(parsed.String(), id) {
			t.Errorf("%q became %q", id, parsed)
		}
	})
}

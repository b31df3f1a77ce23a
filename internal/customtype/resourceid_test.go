package customtype_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

const (
	azureSubscription = "/subscriptions/00000000-0000-4000-8000-00000000cccc"
	azureNetwork      = azureSubscription + "/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v"
	azureSubnet       = azureNetwork + "/subnets/s"
)

func TestParseResourceID_takesTheTypeInAnyCase(t *testing.T) {
	t.Parallel()
	for id, kind := range map[string]string{
		azureSubnet:                              "Microsoft.Network/virtualNetworks/subnets",
		strings.ToLower(azureSubnet):             "Microsoft.Network/virtualNetworks/subnets",
		azureNetwork:                             "Microsoft.Network/virtualNetworks",
		azureSubscription + "/resourceGroups/rg": "Microsoft.Resources/resourceGroups",
		azureSubscription:                        "Microsoft.Resources/subscriptions",
	} {
		if problem := check(id, kind); problem != "" {
			t.Errorf("%s: %s", id, problem)
		}
		if problem := check(id, "a/b", kind) + check(id); problem != "" {
			t.Errorf("%s: %s", id, problem)
		}
	}
}

func TestParseResourceID_saysWhatIsWrong(t *testing.T) {
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
		if problem := check(id, "Microsoft.Network/virtualNetworks/subnets"); !strings.Contains(problem, want) {
			t.Errorf("%q: %q does not say %q", id, problem, want)
		}
	}
}

func check(id string, kinds ...string) string {
	if _, err := customtype.ParseResourceID(id, kinds...); err != nil {
		return err.Error()
	}
	return ""
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

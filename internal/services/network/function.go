package network

import (
	"fmt"
	"math/bits"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
)

var locationParameter = function.StringParameter{
	Name:                "location",
	MarkdownDescription: "Location of environments, such as `unitedkingdom`, or of enterprise policies, such as `uk`. An Azure region is not a location.",
}

type locationArgs struct {
	Location string `tfsdk:"location"`
}

func (a locationArgs) geography() (geography.Geography, error) {
	g, err := geography.Lookup(a.Location)
	if err != nil {
		return g, entity.At(path.Root("location"), err)
	}
	return g, nil
}

type pairResult struct {
	Location       string     `tfsdk:"location"`
	PolicyLocation string     `tfsdk:"policy_location"`
	PrimaryRegion  string     `tfsdk:"primary_region"`
	FailoverRegion *string    `tfsdk:"failover_region"`
	Pairs          [][]string `tfsdk:"pairs"`
}

// RegionPair is provider::powerplatform::region_pair.
func RegionPair() entity.Function[locationArgs, pairResult] {
	return entity.Function[locationArgs, pairResult]{
		Name:    "region_pair",
		Summary: "Azure regions that serve a location",
		Description: "Returns the Azure regions in which [private networking](https://learn.microsoft.com/power-platform/admin/vnet-support-overview) " +
			"needs a delegated subnet for environments of a location, as an object:\n\n" +
			"* `location`: the location, as `powerplatform_environment` takes it\n" +
			"* `policy_location`: the location, as an enterprise policy takes it\n" +
			"* `primary_region`: the recommended region of the first virtual network\n" +
			"* `failover_region`: the recommended region of the second one; null where one region serves the location\n" +
			"* `pairs`: every choice that the platform takes, the recommended first, each a list of one or two regions\n\n" +
			"Where there is more than one choice, as in the United States, take the pair that holds the Azure region of the environments.",
		Parameters: []function.Parameter{locationParameter},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"location": types.StringType, "policy_location": types.StringType, "primary_region": types.StringType, "failover_region": types.StringType,
			"pairs": types.ListType{ElemType: types.ListType{ElemType: types.StringType}},
		}},
		Run: func(a locationArgs) (pairResult, error) {
			g, err := a.geography()
			if err != nil {
				return pairResult{}, err
			}
			return pairResult{g.Location, g.PolicyLocation, g.Pairs[0][0], failover(g.Pairs[0]), g.Pairs}, nil
		},
	}
}

// PolicyLocation is provider::powerplatform::policy_location.
func PolicyLocation() entity.Function[locationArgs, string] {
	return entity.Function[locationArgs, string]{
		Name:    "policy_location",
		Summary: "Location of an enterprise policy",
		Description: "Returns the location that an enterprise policy must have to serve environments of a location. Mostly it is the same, but not everywhere: " +
			"environments in `unitedkingdom` take policies in `uk`, those in `southamerica` take `brazil`, those in `unitedarabemirates` take `uae`.",
		Parameters: []function.Parameter{locationParameter},
		Return:     function.StringReturn{},
		Run: func(a locationArgs) (string, error) {
			g, err := a.geography()
			return g.PolicyLocation, err
		},
	}
}

// The documented rule for the size of a delegated subnet, with its upper figures:
// https://learn.microsoft.com/power-platform/admin/vnet-support-overview#estimating-subnet-size-for-power-platform-environments
const (
	addressesOfProduction = 30 // per environment
	addressesOfOther      = 10 // per environment
	addressesOfAzure      = 5  // that Azure keeps in every subnet
)

// largestPrefix is that of the largest private network, 10.0.0.0/8. No subnet can hold more.
const largestPrefix = 8

type sizeArgs struct {
	Production int64 `tfsdk:"production_environments"`
	Other      int64 `tfsdk:"other_environments"`
}

// SubnetPrefixLength is provider::powerplatform::subnet_prefix_length.
func SubnetPrefixLength() entity.Function[sizeArgs, int64] {
	return entity.Function[sizeArgs, int64]{
		Name:    "subnet_prefix_length",
		Summary: "Size of a delegated subnet",
		Description: fmt.Sprintf("Returns the prefix length of the smallest subnet that has addresses for so many environments, by the "+
			"[documented rule](https://learn.microsoft.com/power-platform/admin/vnet-support-overview) with its upper figures: %d addresses for each production environment, "+
			"%d for each other one, and the %d that Azure keeps. Both subnets of a pair need this size. "+
			"It cannot be changed while environments use the subnet, so count those that are still to come.", addressesOfProduction, addressesOfOther, addressesOfAzure),
		Parameters: []function.Parameter{
			function.Int64Parameter{Name: "production_environments", MarkdownDescription: "How many environments of the types `Production` and `Default` will use the subnet."},
			function.Int64Parameter{Name: "other_environments", MarkdownDescription: "How many environments of the types `Sandbox` and `Developer` will use the subnet."},
		},
		Return: function.Int64Return{},
		Run:    prefixLength,
	}
}

func prefixLength(a sizeArgs) (int64, error) {
	const room = 1<<(32-largestPrefix) - addressesOfAzure
	left := int64(room)
	for _, kind := range []struct {
		argument    string
		count, each int64
	}{{"production_environments", a.Production, addressesOfProduction}, {"other_environments", a.Other, addressesOfOther}} {
		blame := path.Root(kind.argument)
		switch {
		case kind.count < 0:
			return 0, entity.Atf(blame, "%d is negative", kind.count)
		case kind.count > left/kind.each:
			return 0, entity.Atf(blame, "%d addresses for each of %d environments are more than a /%d subnet has room for", kind.each, kind.count, largestPrefix)
		}
		left -= kind.count * kind.each
	}
	if left == room {
		return 0, entity.Atf(path.Root("production_environments"), "no environment is to use the subnet: both numbers are 0")
	}
	addresses := uint64(room - left + addressesOfAzure)
	return int64(32 - bits.Len64(addresses-1)), nil
}

type idArgs struct {
	ID string `tfsdk:"id"`
}

type idResult struct {
	SubscriptionID    *string           `tfsdk:"subscription_id"`
	ResourceGroupName *string           `tfsdk:"resource_group_name"`
	ResourceProvider  string            `tfsdk:"resource_provider"`
	ResourceType      string            `tfsdk:"resource_type"`
	Name              string            `tfsdk:"name"`
	ParentID          *string           `tfsdk:"parent_id"`
	Parts             map[string]string `tfsdk:"parts"`
}

// ParseResourceID is provider::powerplatform::parse_resource_id.
func ParseResourceID() entity.Function[idArgs, idResult] {
	return entity.Function[idArgs, idResult]{
		Name:    "parse_resource_id",
		Summary: "Parts of the ID of an Azure resource",
		Description: "Takes the ID of an Azure resource apart, such as that of a subnet, a virtual network, a key vault or an enterprise policy. " +
			"What is no such ID, or has a trailing slash, is an error. Returns an object:\n\n" +
			"* `subscription_id`, `resource_group_name`: where the resource is; null for what is in none\n" +
			"* `resource_provider`: such as `Microsoft.Network`\n" +
			"* `resource_type`: such as `Microsoft.Network/virtualNetworks/subnets`\n" +
			"* `name`: name of the resource\n" +
			"* `parent_id`: ID of what holds it: of the virtual network for a subnet, of the resource group for a virtual network; null for a subscription\n" +
			"* `parts`: names by type, such as `parts.virtualNetworks`; types are spelt as in the ID, but for `subscriptions` and `resourceGroups`",
		Parameters: []function.Parameter{function.StringParameter{Name: "id", MarkdownDescription: "ID of an Azure resource."}},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"subscription_id": types.StringType, "resource_group_name": types.StringType, "resource_provider": types.StringType, "resource_type": types.StringType,
			"name": types.StringType, "parent_id": types.StringType, "parts": types.MapType{ElemType: types.StringType},
		}},
		Run: parseID,
	}
}

func parseID(a idArgs) (idResult, error) {
	id, err := customtype.ParseResourceID(a.ID)
	if err != nil {
		return idResult{}, entity.At(path.Root("id"), err)
	}
	out := idResult{
		SubscriptionID: field.OrNil(id.SubscriptionID), ResourceGroupName: field.OrNil(id.ResourceGroupName),
		ResourceProvider: id.ResourceType.Namespace, ResourceType: id.ResourceType.String(), Name: id.Name, Parts: map[string]string{},
	}
	if id.Parent.Parent != nil {
		out.ParentID = new(id.Parent.String())
	}
	for part := id; part.Parent != nil; part = part.Parent {
		kinds := part.ResourceType.Types
		if kind := kinds[len(kinds)-1]; out.Parts[kind] == "" { // the innermost of two with one name
			out.Parts[kind] = part.Name
		}
	}
	return out, nil
}

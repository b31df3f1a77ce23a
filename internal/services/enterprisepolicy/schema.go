package enterprisepolicy

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
)

// azureName is the form of a name in Azure Resource Manager.
var azureName = regexp.MustCompile(`^[^<>%&:\\?/#\s]*[^<>%&:\\?/#\s.]$`)

// schema describes a policy of this kind.
func (k kind[M]) schema() schema.Schema {
	all := field.Attributes{
		"id": field.Shown.Folded(
			"Azure resource ID of the policy. `powerplatform_enterprise_policy` takes it as `policy_id`.",
			field.ResourceID(arm.ServiceName)),
		"name": field.Fixed.Folded("Name of the policy, unique in its resource group.", field.Matches(azureName,
			"must be the name of an Azure resource: not empty, without blanks and any of <>%&:\\?/#, and without a period "+
				"at its end")),
		"resource_group_id": field.Fixed.Folded(
			"Azure resource ID of the resource group: `/subscriptions/{id}/resourceGroups/{name}`. "+
				"The subscription must have registered the resource provider `Microsoft.PowerPlatform`, see "+
				"`powerplatform_resource_provider_registration`.", field.ResourceID("Microsoft.Resources/resourceGroups")),
		"location": field.Fixed.Folded(
			"Location of the environments that the policy is for, such as `europe`: a geography, not an Azure region. "+
				"Some are called otherwise than in environments (`uk`, `brazil`, `uae`); "+
				"`provider::powerplatform::policy_location` and `policy_location` of `powerplatform_failover_region_pair` "+
				"tell.", place),
		"tags": field.Kept.Map(
			"Tags of the Azure resource. Without this argument those that it has stay as they are; `{}` removes all.",
			mapvalidator.SizeAtMost(50), mapvalidator.KeysAre(field.Length(1, 512)),
			mapvalidator.ValueStringsAre(field.Length(0, 256))),
		"system_id": field.Shown.Folded(
			"ID by which the platform knows the policy: " +
				"`/regions/{location}/providers/Microsoft.PowerPlatform/enterprisePolicies/{id}`."),
		"policy_id": field.Shown.UUID("The UUID at the end of `system_id`."),
		"health_status": field.Shown.Text(
			"Health as the platform sees it: `Undetermined`, `Healthy`, `Warning` or `Unhealthy`. " +
				"Policies that work may stay `Undetermined` for good."),
		"linked_environment_ids": field.Shown.Set(
			"IDs of the environments that are linked to the policy, as of the last refresh. " +
				"Null if the identity may not list environments."),
	}
	if k.identity != nil {
		all["principal_id"] = field.Shown.UUID("Object ID of the policy's managed identity in Entra.")
		all["tenant_id"] = field.Shown.UUID("Entra tenant of the identity.")
	}
	maps.Copy(all, k.attributes)
	return schema.Schema{MarkdownDescription: k.description, Attributes: all}
}

// linkedOnly ends the description of each kind.
const linkedOnly = " A policy that is linked to an environment can be neither changed nor deleted. To change one, give it a new `name` and `lifecycle { create_before_destroy = true }`: " +
	"the environments are swapped to the new policy in place, in the same apply."

// place checks the location of a policy. It refuses Azure regions and display names, and doubts what is not known or known
// by another name: the platform adds locations by itself.
var place = field.Check("must be a geography, not an Azure region", func(location string) error {
	g, err := geography.Lookup(location)
	switch normal := geography.Normal(location); {
	case location == "" || geography.IsRegion(location):
		return err
	case strings.ContainsFunc(location, unicode.IsSpace):
		return fmt.Errorf("%q is written %s", location, normal)
	case err != nil:
		return field.Doubt(err.Error())
	case normal == g.Location && normal != g.PolicyLocation:
		return field.Doubt(fmt.Sprintf("enterprise policies for environments in %s are usually in %q",
			g.Location, g.PolicyLocation))
	}
	return nil
})

package enterprisepolicy

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
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
			customtype.ResourceID(arm.ServiceName)),
		"name": field.Fixed.Folded("Name of the policy, unique in its resource group.", field.Matches(azureName,
			"must be the name of an Azure resource: not empty, without blanks and any of <>%&:\\?/#, and without a period "+
				"at its end")),
		"resource_group_id": field.Fixed.Folded(
			"Azure resource ID of the resource group: `/subscriptions/{id}/resourceGroups/{name}`. "+
				"The subscription must have registered the resource provider `Microsoft.PowerPlatform`, see "+
				"`powerplatform_resource_provider_registration`.", customtype.ResourceID("Microsoft.Resources/resourceGroups")),
		"location": field.Fixed.Folded(
			"Location of the environments that the policy is for, such as `europe`: a geography, not an Azure region. "+
				"Some are called otherwise than in environments (`uk`, `brazil`, `uae`); "+
				"`provider::powerplatform::policy_location` and `policy_location` of `powerplatform_failover_region_pair` "+
				"tell.", place{}),
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

// place checks the location of a policy.
type place struct{}

// Description says what is checked.
func (place) Description(context.Context) string { return "must be a geography, not an Azure region" }

// MarkdownDescription says the same.
func (p place) MarkdownDescription(ctx context.Context) string { return p.Description(ctx) }

// ValidateString refuses Azure regions and display names, and warns of what is not known or known by another name: the
// platform adds locations by itself.
func (place) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	location := req.ConfigValue.ValueString()
	g, err := geography.Lookup(location)
	switch normal := geography.Normal(location); {
	case location == "" || geography.IsRegion(location):
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid location of an enterprise policy", upper(err.Error())+".")
	case strings.ContainsFunc(location, unicode.IsSpace):
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid location of an enterprise policy", fmt.Sprintf("%q is written %s.", location, normal))
	case err != nil:
		resp.Diagnostics.AddAttributeWarning(req.Path, "Unknown location of an enterprise policy", upper(err.Error())+". It is sent to the platform as it is, which may refuse it.")
	case normal == g.Location && normal != g.PolicyLocation:
		resp.Diagnostics.AddAttributeWarning(req.Path, "Another name of the location",
			fmt.Sprintf("Enterprise policies for environments in %s are usually in %q. %q is sent to the platform as it is, which may refuse it.", g.Location, g.PolicyLocation, location))
	}
}

package bap

import "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"

// groupShape describes the key environment_groups of a seed.
func groupShape() *schema.Shape {
	return schema.Objects(EnvironmentGroups, "Environment groups.",
		schema.GUID("id", "The ID; a new one when left out.").Defines(EnvironmentGroups),
		schema.Text("display_name", "The name."),
		schema.Text("description", "The description."))
}

// assignmentShape describes the key rule_based_policy_assignments of a seed.
func assignmentShape() *schema.Shape {
	return schema.Objects(RuleAssignments, "Which rule-based policies, of which the mock knows no more, are assigned to groups.",
		schema.GUID("policy_id", "The policy.").Required(),
		schema.GUID("environment_group_id", "The environment group.").Required().Refers(EnvironmentGroups))
}

// environmentShape describes the key environments of a seed: what a configuration would say about an environment, in its
// own words.
func environmentShape() *schema.Shape {
	var clouds []string
	for _, c := range Clouds {
		clouds = append(clouds, c.Name)
	}
	return schema.Objects(Environments, "Environments. The default environment of the tenant is there anyway.",
		schema.GUID("id", "The name by which APIs know it; a new one when left out.").Defines(Environments),
		schema.Text("cloud", `The cloud of the tenant, "public" when left out.`).Enum(clouds...),
		schema.Text("display_name", "The display name.").Required(),
		schema.Text("description", "The description."),
		schema.Text("location", "The location; the home location of the tenant when left out."),
		schema.Text("macro_region", "The macro region, for tenants that place data by macro region."),
		schema.Text("azure_region", "The Azure region; the first one of the location when left out."),
		schema.Text("type", `The type, "Sandbox" when left out.`).Enum("Sandbox", "Production", "Trial", "Developer", "Teams", "SubscriptionBasedTrial"),
		schema.Text("cadence", `How often it is updated, "Moderate" when left out.`).Enum("Frequent", "Moderate"),
		schema.Text("release_cycle", `"Early" for an environment that gets updates first.`).Enum("Early", "Standard"),
		schema.Moment("created_time", "When it was made; a year ago when left out."),
		schema.GUID("billing_policy_id", "The billing policy that pays for it.").Refers(BillingPolicies),
		schema.GUID("environment_group_id", "The environment group it belongs to.").Refers(EnvironmentGroups),
		schema.GUID("owner_id", "The object ID of the owner of a developer environment."),
		schema.Flag("managed", "Whether it is a managed environment."),
		schema.Flag("administration_mode", "Whether only administrators may use it."),
		schema.Flag("allow_bing_search", "Whether copilots may search the web with Bing."),
		schema.Flag("allow_microsoft_365_services", "Whether copilots may use Microsoft 365 services."),
		schema.Flag("allow_moving_data_across_regions", "Whether copilots may move data across regions."),
		schema.Object("dataverse", "Its Dataverse, which knows every caller; none when left out.",
			schema.Text("domain", "The first label of the address; a generated one when left out."),
			schema.Whole("language_code", "The base language, 1033 (English) when left out."),
			schema.Text("currency_code", "The currency; that of the location when left out."),
			schema.GUID("security_group_id", "The security group whose members have access."),
			schema.Text("unique_name", "The unique name of the organization; a generated one when left out."),
			schema.GUID("organization_id", "The ID of the organization; a new one when left out."),
			schema.Flag("background_operation_enabled", "Whether background operations run, true when left out."),
			schema.Texts("templates", "Dynamics 365 templates.")))
}

package arm

import "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"

// subscriptionShape describes the key subscriptions of a seed.
func subscriptionShape() *schema.Shape {
	return schema.Objects(Subscriptions, "Azure subscriptions with what they hold.",
		schema.GUID("id", "The ID; a new one when left out.").Defines(Subscriptions),
		schema.Text("display_name", "The name; the ID when left out."),
		schema.GUID("tenant_id", "The tenant that it belongs to, if not the one it is seen in."),
		schema.Text("state", `"Enabled" when left out.`).Enum("Enabled", "Disabled", "Warned", "PastDue", "Deleted"),
		schema.Texts("registered", "Resource providers that are registered; Microsoft.Network when left out."),
		schema.Texts("features", `Preview features that are registered, each "namespace/feature".`),
		schema.Objects("resource_groups", "Resource groups.",
			schema.Text("name", "The name.").Required(),
			schema.Text("location", `The Azure region, "eastus" when left out.`),
			tagsShape(),
			networkShape(), vaultShape(), policyShape()))
}

func tagsShape() *schema.Shape { return schema.Table("tags", "Tags.", schema.Text("", "")) }

func networkShape() *schema.Shape {
	return schema.Objects("virtual_networks", "Virtual networks.",
		schema.Text("name", "The name.").Required(),
		schema.Text("location", "The Azure region; that of the resource group when left out."),
		schema.Texts("address_prefixes", `The address space, each "10.0.0.0/16".`).Required(),
		schema.Texts("dns_servers", "Addresses of DNS servers."),
		tagsShape(),
		schema.Objects("subnets", "Subnets.",
			schema.Text("name", "The name.").Required(),
			schema.Texts("address_prefixes", `The address space, each "10.0.1.0/24".`),
			schema.Texts("delegations", `Services that it is delegated to, such as "Microsoft.PowerPlatform/enterprisePolicies".`),
			schema.Free("properties", "Members as Azure writes them; the other keys are written over them.")),
		schema.Objects("peerings", "Peerings; both directions have to be given for one to be connected.",
			schema.Text("name", "The name.").Required(),
			schema.Text("remote", "The ID of the other network.").Required(),
			schema.Free("properties", "Members as Azure writes them.")))
}

func vaultShape() *schema.Shape {
	moment := func(name, about string) *schema.Shape { return schema.Number(name, about).Or(schema.Moment("", "")) }
	return schema.Objects("key_vaults", "Key vaults.",
		schema.Text("name", "The name, unique in the world.").Defines("key_vault_names").Required(),
		schema.Text("location", `The Azure region, "eastus" when left out.`),
		schema.Flag("soft_delete", "Whether what is deleted can be recovered, true when left out."),
		schema.Flag("purge_protection", "Whether nobody can purge what is deleted."),
		schema.Flag("rbac", "Whether roles rather than access policies say who may do what."),
		schema.Objects("access_policies", "Who may do what, without rbac.",
			schema.Text("object_id", `An object ID, the client ID of an application of the tenant, "terraform" or "dataverse".`).Required(),
			schema.Texts("keys", "Permissions for keys."),
			schema.Texts("secrets", "Permissions for secrets.")),
		schema.Objects("keys", "Keys.",
			schema.Text("name", "The name.").Required(),
			schema.Text("type", `"RSA" when left out.`).Enum("RSA", "RSA-HSM", "EC", "EC-HSM"),
			schema.Whole("size", "The size in bits."),
			schema.Flag("enabled", "Whether it can be used, true when left out."),
			moment("expires", "When it expires, as Unix time."),
			moment("not_before", "From when it can be used, as Unix time."),
			schema.Whole("versions", "How many versions it has, 1 when left out.").Between(0, 100)),
		schema.Objects("secrets", "Secrets.",
			schema.Text("name", "The name: letters, digits and dashes.").Matching("a name of letters, digits and dashes", "[0-9a-zA-Z-]{1,127}").Required(),
			schema.Text("value", "The value.").Required(),
			schema.Flag("enabled", "Whether it can be read, true when left out."),
			moment("expires", "When it expires: a Unix time, or as in RFC 3339."),
			moment("not_before", "From when it can be read: a Unix time, or as in RFC 3339."),
			schema.Text("content_type", "The content type."),
			tagsShape()),
		schema.Object("network_acls", "The firewall.",
			schema.Text("default_action", `"Allow" when left out.`).Enum("Allow", "Deny"),
			schema.Text("bypass", `"AzureServices" when left out.`).Enum("AzureServices", "None"),
			schema.Texts("ip_rules", "Addresses that may come in.")),
		schema.Text("public_network_access", `"Enabled" when left out.`).Enum("Enabled", "Disabled"),
		schema.Texts("private_endpoints", "IDs of approved private endpoints."))
}

func policyShape() *schema.Shape {
	return schema.Objects("enterprise_policies", "Enterprise policies. Whether their subnets are delegated and make a pair is not checked.",
		schema.Text("name", "The name.").Required(),
		schema.Text("kind", `"NetworkInjection" when left out.`).Enum(policyKinds...),
		schema.Text("location", `The geography, such as "unitedstates".`).Required(),
		tagsShape(),
		schema.Text("system_id", "The ID by which environments name it; a new one when left out."),
		schema.Text("principal_id", "The object ID of its managed identity."),
		schema.Texts("subnet_ids", "IDs of the subnets, for NetworkInjection."),
		schema.Text("key_vault_id", "The ID of the key vault, for Encryption."),
		schema.Text("key_name", "The name of the key, for Encryption."),
		schema.Text("key_version", "The version of the key; the newest when left out."))
}

// assignmentShape describes the key role_assignments of a seed.
func assignmentShape() *schema.Shape {
	return schema.Objects(RoleAssignments, "Role assignments in Azure. They are a day old, so they have an effect.",
		schema.Text("scope", `The ID of what is there, "/" for everything.`).Required(),
		schema.Text("principal", `An object ID, the client ID of an application of the tenant, "terraform" or "dataverse".`).Required(),
		schema.Text("role", "The name of a built-in role, or its ID.").Required())
}

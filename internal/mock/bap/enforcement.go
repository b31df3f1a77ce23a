package bap

import (
	"slices"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// always are operations that the record of any environment allows.
var always = []string{"Edit", "Enable", "Disable"}

// linked are operations that need Dataverse.
var linked = []string{
	"Move", "Backup", "Convert", "Copy", "Recover", "Reset", "Restore", "UpdateProtectionStatus", "NewCustomerManagedKey",
	"NewNetworkInjection", "SwapNetworkInjection", "RevertNetworkInjection", "NewIdentity", "SwapIdentity", "RevertIdentity",
	"PrepareTenantToTenant", "MigrateTenantToTenant",
}

// enforcement is lifecycleOperationsEnforcement: what may be done to an environment and why the rest may not. The form,
// the messages and the cases were observed in microsoft/terraform-provider-power-platform.
func enforcement(properties Doc) Doc {
	allowed, disallowed := []any{}, []any{}
	allow := func(kinds ...string) {
		for _, k := range kinds {
			allowed = append(allowed, Doc{"type": Doc{"id": k}})
		}
	}
	deny := func(reason string, why string, kinds ...string) {
		for _, k := range kinds {
			r := Doc{"type": reason}
			if why != "" {
				r["message"] = k + why
			}
			disallowed = append(disallowed, Doc{"type": Doc{"id": k}, "reason": r})
		}
	}
	const (
		noDatabase = " cannot be performed because there is no linked CDS instance or the CDS instance version is not supported."
		governed   = " cannot be performed on Power Platform environment because of the governance configuration."
	)
	sku := server.Text(properties, "environmentSku")
	wrongType := " cannot be performed on environment of type " + sku + "."
	managed := server.Text(properties, "governanceConfiguration.protectionLevel") == "Standard"

	allow(always...)
	if child(properties, "linkedEnvironmentMetadata") == nil {
		allow("Provision")
		deny("CdsLink", noDatabase, linked...)
	} else {
		deny("CdsLink", noDatabase, "Provision", "Unlock")
		for _, kind := range linked {
			switch {
			case slices.Contains(forbidden(kind), sku):
				deny("EnvironmentSkuType", wrongType, kind)
			case kind == "NewNetworkInjection" && !managed:
				deny("GovernanceConfig", governed, kind)
			default:
				allow(kind)
			}
		}
	}
	if sku == "Default" {
		deny("EnvironmentSkuType", wrongType, "Delete")
	} else {
		allow("Delete")
	}
	deny("EnvironmentSkuType", wrongType, "Promote")
	if sku == "Production" {
		allow("ForceFailover")
	} else {
		deny("EnvironmentSkuType", wrongType, "ForceFailover")
	}
	deny("EnvironmentCmkLinked", "", "RotateCustomerManagedKey", "RevertToMicrosoftKey")
	if managed {
		allow("DisableGovernanceConfiguration", "UpdateGovernanceConfiguration")
		deny("GovernanceConfig", governed, "EnableGovernanceConfiguration")
	} else {
		allow("EnableGovernanceConfiguration")
		deny("GovernanceConfig", governed, "DisableGovernanceConfiguration", "UpdateGovernanceConfiguration")
	}
	return Doc{"allowedOperations": allowed, "disallowedOperations": disallowed}
}

// forbidden are the types of environment that an operation is not for.
func forbidden(kind string) []string {
	switch kind {
	case "Convert":
		return []string{"Default", "Developer"}
	case "Reset":
		return []string{"Default", "Production"}
	case "Move", "PrepareTenantToTenant", "MigrateTenantToTenant":
		return []string{"Default", "Developer", "Trial"}
	case "NewNetworkInjection", "SwapNetworkInjection", "RevertNetworkInjection":
		return []string{"Trial"}
	}
	return nil
}

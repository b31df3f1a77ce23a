package bap

import (
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// always are operations that the record of any environment allows.
var always = []string{"Edit", "Enable", "Disable"}

// linked are operations that need Dataverse.
var linked = []string{
	"Move", "Backup", "Convert", "Copy", "Recover", "Reset", "Restore", "UpdateProtectionStatus", KindNewKey,
	KindNewNetwork, KindSwapNetwork, KindRevertNetwork, KindNewIdentity, KindSwapIdentity, KindRevertIdentity,
	"PrepareTenantToTenant", "MigrateTenantToTenant",
}

// Why an operation may not be done, after its name.
const (
	noDatabase = " cannot be performed because there is no linked CDS instance or the CDS instance version is not supported."
	governed   = " cannot be performed on Power Platform environment because of the governance configuration."
	attached   = " cannot be performed because an enterprise policy is linked to the environment."
	detached   = " cannot be performed because no enterprise policy is linked to the environment."
)

// permissions is lifecycleOperationsEnforcement in the making.
type permissions struct{ allowed, disallowed []any }

func (p *permissions) allow(kinds ...string) {
	for _, k := range kinds {
		p.allowed = append(p.allowed, Doc{"type": Doc{"id": k}})
	}
}

func (p *permissions) deny(reason, why string, kinds ...string) {
	for _, k := range kinds {
		r := Doc{"type": reason}
		if why != "" {
			r["message"] = k + why
		}
		p.disallowed = append(p.disallowed, Doc{"type": Doc{"id": k}, "reason": r})
	}
}

// enforcement is lifecycleOperationsEnforcement: what may be done to an environment and why the rest may not. The form,
// the messages and the cases were observed in microsoft/terraform-provider-power-platform; what is said of linked
// policies, but for the unlinked key, is assumed.
func enforcement(t *server.Tenant, properties Doc) Doc {
	p := permissions{[]any{}, []any{}}
	sku := server.Text(properties, "environmentSku")
	wrongType := " cannot be performed on environment of type " + sku + "."
	managed := server.Text(properties, "governanceConfiguration.protectionLevel") == "Standard"

	p.allow(always...)
	if child(properties, "linkedEnvironmentMetadata") == nil {
		p.allow("Provision")
		p.deny("CdsLink", noDatabase, linked...)
	} else {
		p.deny("CdsLink", noDatabase, "Provision", "Unlock")
		for _, kind := range linked {
			reason, why := bound(t, properties, kind)
			switch {
			case slices.Contains(forbidden(kind), sku):
				p.deny("EnvironmentSkuType", wrongType, kind)
			case !managed && needsManagement(t, kind):
				p.deny("GovernanceConfig", governed, kind)
			case reason != "":
				p.deny(reason, why, kind)
			default:
				p.allow(kind)
			}
		}
	}
	if sku == "Default" {
		p.deny("EnvironmentSkuType", wrongType, "Delete")
	} else {
		p.allow("Delete")
	}
	p.deny("EnvironmentSkuType", wrongType, "Promote")
	if sku == "Production" {
		p.allow("ForceFailover")
	} else {
		p.deny("EnvironmentSkuType", wrongType, "ForceFailover")
	}
	if child(properties, "enterprisePolicies.customerManagedKeys") != nil {
		p.allow(KindRotateKey, KindRevertKey)
	} else {
		p.deny("EnvironmentCmkLinked", "", KindRotateKey, KindRevertKey)
	}
	switch {
	case !managed:
		p.allow(KindGovern)
		p.deny("GovernanceConfig", governed, KindUngovern, KindRegovern)
	case child(properties, "enterprisePolicies.vNets") != nil && t.Switch(SwitchUngovernLinked) != "accept":
		p.allow(KindRegovern)
		p.deny("GovernanceConfig", governed, KindGovern)
		p.deny("EnvironmentVnetLinked", attached, KindUngovern)
	default:
		p.allow(KindUngovern, KindRegovern)
		p.deny("GovernanceConfig", governed, KindGovern)
	}
	return Doc{"allowedOperations": p.allowed, "disallowedOperations": p.disallowed}
}

// bound is why what is linked, or that nothing is, forbids an operation on links. The record says so of keys only.
func bound(t *server.Tenant, properties Doc, kind string) (reason, why string) {
	for _, b := range bonds {
		if b.kind != "Encryption" && t.Switch(SwitchLinkEnforcement) != "strict" {
			continue
		}
		reason = map[string]string{
			"Encryption": "EnvironmentCmkLinked", "NetworkInjection": "EnvironmentVnetLinked", "Identity": "EnvironmentIdentityLinked",
		}[b.kind]
		is := child(properties, "enterprisePolicies."+b.member) != nil
		switch {
		case kind == b.first && is:
			return reason, attached
		case (kind == b.again || kind == b.off) && !is:
			return reason, detached
		}
	}
	return "", ""
}

// needsManagement reports whether only managed environments can be linked by an operation.
func needsManagement(t *server.Tenant, kind string) bool {
	kinds := t.Switch(SwitchManagedPolicies)
	if kinds == "" {
		kinds = "NetworkInjection"
	}
	return slices.ContainsFunc(bonds, func(b bond) bool {
		return b.first == kind && slices.Contains(strings.Split(kinds, ","), b.kind)
	})
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
	case KindNewNetwork, KindSwapNetwork, KindRevertNetwork:
		return []string{"Trial"}
	}
	return nil
}

package enterprisepolicy

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

type identity struct {
	common
	identified
}

// Identity is powerplatform_identity_policy.
func Identity() entity.Resource[identity] {
	return kind[identity]{
		name: "identity_policy", kind: arm.Identity,
		description: "Gives environments a managed identity: an enterprise policy of kind Identity, with which [Dataverse](https://learn.microsoft.com/power-platform/admin/set-up-managed-identity) reaches Azure resources without a secret. " +
			"Grant the identity its roles by `principal_id`; `powerplatform_enterprise_policy` links environments to it." + linkedOnly,
		base:     func(m *identity) *common { return &m.common },
		identity: func(m *identity) *identified { return &m.identified },
	}.resource()
}

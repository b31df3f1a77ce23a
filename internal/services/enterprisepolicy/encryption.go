package enterprisepolicy

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

type encryption struct {
	common
	identified
	key
}

// key is a key by its vault.
type key struct {
	KeyVaultID customtype.Folded `tfsdk:"key_vault_id"`
	KeyName    customtype.Folded `tfsdk:"key_name"`
	KeyVersion customtype.Folded `tfsdk:"key_version"`
}

// Encryption is powerplatform_encryption_policy.
func Encryption() entity.Resource[encryption] {
	return kind[encryption]{
		name: "encryption_policy", kind: arm.Encryption,
		description: "Encrypts environments with a [key of your own](https://learn.microsoft.com/power-platform/admin/customer-managed-key) in Azure Key Vault: an enterprise policy of kind Encryption. " +
			"The key vault must have soft delete and purge protection and belong to the same tenant; the key must be RSA with at least 2048 bits, enabled and not expired. Plan and apply check that as far as the caller may read it. " +
			"Before an environment is linked, the policy's identity (`principal_id`) needs the role Key Vault Crypto Service Encryption User on the vault, or an access policy with get, wrapKey and unwrapKey on keys." + linkedOnly +
			" So does a rotation to another key or version; keep the old key for 30 days after it.",
		attributes: field.Attributes{
			"key_vault_id": field.Required.Folded("Azure resource ID of the key vault.", field.ResourceID("Microsoft.KeyVault/vaults")),
			"key_name":     field.Required.Folded("Name of the key.", keyPart),
			"key_version": field.Optional.Folded(
				"Version of the key. Without it, the newest at the time when an environment is linked.", keyPart),
		},
		base:     func(m *encryption) *common { return &m.common },
		identity: func(m *encryption) *identified { return &m.identified },
		expand:   func(m *encryption, p *arm.Policy) { m.key.expand(p) },
		flatten:  func(m *encryption, p arm.Policy) { m.key.flatten(p) },
		differs:  func(m, prior *encryption) []string { return m.key.differs(prior.key) },
		check:    checkKey,
	}.resource()
}

var keyPart = stringvalidator.RegexMatches(azureName, "must be the name or version alone, not a URL")

func (k key) expand(p *arm.Policy) {
	e := &arm.PolicyEncryption{State: "Enabled", KeyVault: arm.PolicyKeyVault{ID: k.KeyVaultID.ValueString()}}
	e.KeyVault.Key.Name, e.KeyVault.Key.Version = k.KeyName.ValueString(), k.KeyVersion.ValueString()
	p.Properties.Encryption = e
}

func (k *key) flatten(p arm.Policy) {
	k.KeyVaultID, k.KeyName, k.KeyVersion = customtype.FoldedNull(), customtype.FoldedNull(), customtype.FoldedNull()
	e := p.Properties.Encryption
	if e == nil {
		return
	}
	k.KeyVaultID, k.KeyName = customtype.FoldedValue(e.KeyVault.ID), customtype.FoldedValue(e.KeyVault.Key.Name)
	if v := e.KeyVault.Key.Version; v != "" {
		k.KeyVersion = customtype.FoldedValue(v)
	}
}

// differs are the arguments whose known value is another one than before.
func (k key) differs(prior key) []string {
	var names []string
	for _, a := range []struct {
		name        string
		now, before customtype.Folded
	}{
		{"key_vault_id", k.KeyVaultID, prior.KeyVaultID}, {"key_name", k.KeyName, prior.KeyName}, {"key_version", k.KeyVersion, prior.KeyVersion},
	} {
		if !a.now.IsUnknown() && !strings.EqualFold(a.now.ValueString(), a.before.ValueString()) {
			names = append(names, a.name)
		}
	}
	return names
}

// checkKey fails if the key cannot encrypt environments. What is not there yet may be made by the same apply, so it is a
// warning until the policy is written; so is what the caller may not read.
func checkKey(ctx context.Context, c *api.Client, m *encryption, last bool) error {
	if m.KeyVaultID.IsUnknown() || m.KeyName.IsUnknown() || m.KeyVersion.IsUnknown() {
		return nil
	}
	_, all := inspectKey(ctx, c, m.KeyVaultID.ValueString(), m.KeyName.ValueString(), m.KeyVersion.ValueString())
	if ctx.Err() != nil {
		return &rest.TimeoutError{Last: "about the key vault", Err: ctx.Err()}
	}
	var problems []error
	for _, f := range all {
		switch {
		case f.doubt:
			entity.Warn(ctx, "Could not check the key", field.Sentence(f.text))
		case f.absent && !last:
			entity.Warn(ctx, "The key is not there yet", field.Sentence(f.text)+" It must be there when the policy is made.")
		default:
			problems = append(problems, entity.At(path.Root(f.argument), errors.New(f.text)))
		}
	}
	return errors.Join(problems...)
}

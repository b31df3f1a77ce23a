package variable

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// secretType is the Azure type of what a secret variable refers to.
const secretType = "Microsoft.KeyVault/vaults/secrets"

// reference are the parts of the Azure resource ID of a secret.
type reference struct{ subscription, group, vault, name string }

// parseReference reads the ID of a secret, in any case.
func parseReference(id string) (reference, bool) {
	parsed, err := customtype.ParseResourceID(id)
	if err != nil || !strings.EqualFold(parsed.ResourceType.String(), secretType) || parsed.Parent == nil {
		return reference{}, false
	}
	return reference{strings.ToLower(parsed.SubscriptionID), parsed.ResourceGroupName, parsed.Parent.Name, parsed.Name}, true
}

// vaultID is the Azure resource ID of the vault.
func (r reference) vaultID() string {
	return fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.KeyVault/vaults/%s", r.subscription, r.group, r.vault)
}

// String is the text that the platform keeps of a secret: the ID in the spelling of the documentation, without a version.
// https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-azure-key-vault-secrets
func (r reference) String() string { return r.vaultID() + "/secrets/" + r.name }

// secret is a reference to a secret as configurations give it: whole or in parts. State holds both.
type secret struct {
	SecretID       customtype.Folded `tfsdk:"secret_id"`
	SubscriptionID customtype.UUID   `tfsdk:"subscription_id"`
	ResourceGroup  customtype.Folded `tfsdk:"resource_group_name"`
	KeyVault       customtype.Folded `tfsdk:"key_vault_name"`
	SecretName     customtype.Folded `tfsdk:"secret_name"`
}

// secretOf shows the text that the platform keeps. One that is no ID of a secret is shown as it is.
func secretOf(text string) *secret {
	s := &secret{SecretID: customtype.FoldedValue(text)}
	s.SubscriptionID.StringValue, s.ResourceGroup.StringValue = types.StringNull(), types.StringNull()
	s.KeyVault.StringValue, s.SecretName.StringValue = types.StringNull(), types.StringNull()
	if r, ok := parseReference(text); ok {
		s.SubscriptionID, s.ResourceGroup = customtype.UUIDValue(r.subscription), customtype.FoldedValue(r.group)
		s.KeyVault, s.SecretName = customtype.FoldedValue(r.vault), customtype.FoldedValue(r.name)
	}
	return s
}

// parts are the arguments that name a secret without its ID.
func (s *secret) parts() map[string]types.String {
	return map[string]types.String{
		"subscription_id": s.SubscriptionID.StringValue, "resource_group_name": s.ResourceGroup.StringValue,
		"key_vault_name": s.KeyVault.StringValue, "secret_name": s.SecretName.StringValue,
	}
}

// unknown reports whether something that the text needs is not known yet.
func (s *secret) unknown() bool {
	if s == nil {
		return false
	}
	if field.Given(s.SecretID) {
		return false
	}
	for _, part := range s.parts() {
		if part.IsUnknown() {
			return true
		}
	}
	return s.SecretID.IsUnknown() && s.SecretName.IsNull()
}

// text is what the platform keeps; "" for none.
func (s *secret) text() string {
	if s == nil || s.unknown() {
		return ""
	}
	if id := s.SecretID.ValueString(); id != "" {
		if r, ok := parseReference(id); ok {
			return r.String()
		}
		return id
	}
	return reference{strings.ToLower(s.SubscriptionID.ValueString()), s.ResourceGroup.ValueString(), s.KeyVault.ValueString(), s.SecretName.ValueString()}.String()
}

// complete fills in what was not configured; what was stays as it is written.
func (s *secret) complete() {
	if s == nil || s.unknown() {
		return
	}
	whole := secretOf(s.text())
	for _, part := range []struct{ mine, its *customtype.Folded }{{&s.SecretID, &whole.SecretID}, {&s.ResourceGroup, &whole.ResourceGroup}, {&s.KeyVault, &whole.KeyVault}, {&s.SecretName, &whole.SecretName}} {
		if !field.Given(part.mine) {
			*part.mine = *part.its
		}
	}
	if !field.Given(s.SubscriptionID) {
		s.SubscriptionID = whole.SubscriptionID
	}
}

// planSecret is what is planned for a configured reference: what state holds if that means the same secret.
func planSecret(config, prior *secret) *secret {
	if config == nil {
		return nil
	}
	if config.unknown() {
		planned := *config
		unknown := types.StringUnknown()
		for _, part := range []*types.String{&planned.SecretID.StringValue, &planned.SubscriptionID.StringValue, &planned.ResourceGroup.StringValue, &planned.KeyVault.StringValue, &planned.SecretName.StringValue} {
			if part.IsNull() {
				*part = unknown
			}
		}
		return &planned
	}
	if prior != nil && strings.EqualFold(prior.text(), config.text()) {
		return prior
	}
	planned := *config
	planned.complete()
	return &planned
}

// showSecret keeps the spelling of a reference that means what the platform keeps.
func showSecret(known *secret, text string) *secret {
	if text == "" {
		return nil
	}
	if known != nil && strings.EqualFold(known.text(), text) {
		known.complete()
		return known
	}
	return secretOf(text)
}

// The names of resource groups, vaults and secrets:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
var (
	groupName  = regexp.MustCompile(`^[^/?#%\\\s][^/?#%\\]{0,89}$`)
	vaultName  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$`)
	secretName = regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)
)

// check reports a reference that is neither whole nor in all its parts.
func (s *secret) check(at path.Path) error {
	if s == nil {
		return nil
	}
	var given, missing []string
	for _, name := range []string{"subscription_id", "resource_group_name", "key_vault_name", "secret_name"} {
		if part := s.parts()[name]; part.IsNull() {
			missing = append(missing, name)
		} else {
			given = append(given, name)
		}
	}
	switch {
	case !s.SecretID.IsNull() && len(given) > 0:
		return entity.Atf(at.AtName(given[0]), "give secret_id, which names the secret alone, or subscription_id, resource_group_name, key_vault_name and secret_name")
	case s.SecretID.IsNull() && len(missing) > 0:
		return entity.Atf(at, "give secret_id, the Azure resource ID of the secret, or all of subscription_id, resource_group_name, key_vault_name and secret_name (%s missing)", missingText(missing))
	}
	return nil
}

func missingText(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " are"
}

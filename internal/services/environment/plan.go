package environment

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

// plan decides what a change means, and checks against the platform what is about to be created.
func plan(ctx context.Context, c *api.Client, change *entity.Change[model]) error {
	now, before := change.Plan, change.Prior
	if change.Config.ReleaseCycle.ValueString() == cycleEarly && c.Cloud.FirstRelease == "" {
		return entity.Atf(path.Root("release_cycle"), "the cloud %s has no environments that get new features first; leave release_cycle out", c.Cloud.Name)
	}
	if now.EnvironmentType.ValueString() == typeDefault && (before == nil || before.EnvironmentType.ValueString() != typeDefault) {
		return entity.Atf(path.Root("environment_type"), "a default environment comes with its tenant, and nothing else can become one; import it")
	}
	if err := checkAI(change.Config, before); err != nil {
		return err
	}
	if before == nil {
		return checkAll(ctx, c, change.Config)
	}
	replaced := planDatabase(ctx, change)
	moved := !now.Location.Equal(before.Location) || !now.MacroRegion.Equal(before.MacroRegion) || !now.AzureRegion.Equal(before.AzureRegion)
	switch added := now.stored() != nil && before.stored() == nil; {
	case replaced || moved:
		return checkAll(ctx, c, change.Config)
	case added: // the place is what it is, even if the tenant has got another geography model since
		asking, done := within(ctx, adviceLimit)
		defer done()
		return checkDatabase(asking, c, now)
	}
	return nil
}

// chosenOnce are the arguments inside dataverse that cannot be changed.
var chosenOnce = []string{"language_code", "currency_code", "templates", "template_metadata"}

// planDatabase plans what a change inside dataverse means, and reports whether it replaces the environment. What is not
// configured stays as it is, null too.
func planDatabase(ctx context.Context, change *entity.Change[model]) (replaced bool) {
	switch {
	case change.Prior.Dataverse.IsNull():
		return false
	case change.Config.Dataverse.IsNull():
		change.Replace(path.Root("dataverse"))
		change.Plan.Dataverse = types.ObjectNull(dataverseTypes)
		return true
	case change.Plan.Dataverse.IsUnknown():
		return false
	}
	written, before, now := change.Config.Dataverse.Attributes(), change.Prior.Dataverse.Attributes(), change.Plan.Dataverse.Attributes()
	for name, v := range now {
		if v.IsUnknown() && written[name].IsNull() {
			now[name] = before[name]
		}
	}
	for _, name := range chosenOnce {
		if now[name].IsUnknown() && !before[name].IsNull() || differ(ctx, now[name], before[name]) {
			change.Replace(inDataverse(name))
			replaced = true
		}
	}
	if now["domain"].IsUnknown() || differ(ctx, now["domain"], before["domain"]) {
		now["url"] = types.StringUnknown()
		if !now["linked_app_url"].IsNull() {
			now["linked_app_url"] = types.StringUnknown()
		}
	}
	change.Plan.Dataverse = types.ObjectValueMust(dataverseTypes, now)
	return replaced
}

// differ reports whether a value that is known takes the place of another.
func differ(ctx context.Context, now, before attr.Value) bool {
	if before.IsNull() || now.IsNull() || now.IsUnknown() {
		return false
	}
	loose, ok := now.(basetypes.StringValuableWithSemanticEquals)
	other, ok2 := before.(basetypes.StringValuable)
	if ok && ok2 {
		same, _ := loose.StringSemanticEquals(ctx, other)
		return !same
	}
	return !now.Equal(before)
}

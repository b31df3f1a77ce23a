package environment

import (
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

var inDataverse = path.Root("dataverse").AtName

// validate checks what needs no platform.
func validate(m *model) error {
	var problems []error
	problem := func(p path.Path, text string) { problems = append(problems, entity.At(p, errors.New(text))) }
	d := m.stored()
	developer := m.EnvironmentType.ValueString() == typeDeveloper
	if !m.EnvironmentType.IsUnknown() {
		switch {
		case m.OwnerID.Set() && !developer:
			problem(path.Root("owner_id"), "only Developer environments have an owner")
		case developer && m.OwnerID.IsNull():
			problem(path.Root("environment_type"), "a Developer environment needs owner_id, the Entra object ID of the user it is for")
		}
		if developer && d != nil && d.SecurityGroupID.Set() {
			problem(inDataverse("security_group_id"), "a Developer environment has no security group")
		}
	}
	if m.Dataverse.IsNull() {
		if m.OwnerID.Set() {
			problem(path.Root("owner_id"), "a Developer environment with an owner needs dataverse")
		}
		if m.EnvironmentGroupID.Set() {
			problem(path.Root("environment_group_id"), "an environment in a group needs dataverse")
		}
		if !m.WaitFor.IsUnknown() && len(m.WaitFor.Elements()) > 0 {
			problem(path.Root("wait_for"), "without dataverse there is nothing to wait for")
		}
	}
	if d != nil && d.BackgroundOperationEnabled.Equal(types.BoolValue(false)) && m.waits(gateBackground) {
		problem(path.Root("wait_for"), "background operations that are switched off would be waited for in vain")
	}
	return errors.Join(problems...)
}

// inBoundary are the locations inside the EU Data Boundary, the only ones that have flex routing.
// https://learn.microsoft.com/power-platform/admin/geographical-availability-copilot
var inBoundary = []string{"europe", "france", "germany", "italy", "norway", "poland", "sweden", "switzerland"}

// checkAI copies the platform's rules for generative AI; with a macro region only the service knows the location. What is
// as it was is not judged: an environment that was imported may have been made under other rules.
func checkAI(m, prior *model) error {
	still := func(now, before types.Bool) bool { return now.IsNull() || now.Equal(before) }
	if prior != nil && strings.EqualFold(m.Location.ValueString(), prior.Location.ValueString()) && still(m.AllowBingSearch, prior.AllowBingSearch) &&
		still(m.AllowMicrosoft365, prior.AllowMicrosoft365) && still(m.AllowFlexRouting, prior.AllowFlexRouting) && still(m.AllowMovingData, prior.AllowMovingData) {
		return nil
	}
	location := strings.ToLower(m.Location.ValueString())
	if location == "" {
		return nil
	}
	var problems []error
	if field.Given(m.AllowFlexRouting) && !slices.Contains(inBoundary, location) {
		problems = append(problems, entity.Atf(path.Root("allow_flex_routing"), "flex routing exists only inside the EU Data Boundary (%s); leave it out in %s", strings.Join(inBoundary, ", "), location))
	}
	moving := m.AllowMovingData
	if location == "unitedstates" {
		if moving.ValueBool() {
			problems = append(problems, entity.Atf(path.Root("allow_moving_data_across_regions"), "in unitedstates generative AI needs no other region; leave it out"))
		}
		return errors.Join(problems...)
	}
	if (m.AllowBingSearch.ValueBool() || m.AllowMicrosoft365.ValueBool() || m.AllowFlexRouting.ValueBool()) && !moving.IsUnknown() && !moving.ValueBool() {
		problems = append(problems, entity.Atf(path.Root("allow_moving_data_across_regions"), "generative AI outside the United States needs allow_moving_data_across_regions = true"))
	}
	return errors.Join(problems...)
}

package environment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
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
	return errors.Join(append(problems, validateAI(m)...)...)
}

// inBoundary are the locations inside the EU Data Boundary, the only ones that have flex routing.
// https://learn.microsoft.com/power-platform/admin/geographical-availability-copilot
var inBoundary = []string{"europe", "france", "germany", "italy", "norway", "poland", "sweden", "switzerland"}

// validateAI copies the platform's rules for generative AI; with a macro region only the service knows the location.
func validateAI(m *model) []error {
	location := strings.ToLower(m.Location.ValueString())
	if location == "" {
		return nil
	}
	var problems []error
	if !m.AllowFlexRouting.IsNull() && !slices.Contains(inBoundary, location) {
		problems = append(problems, entity.Atf(path.Root("allow_flex_routing"), "flex routing exists only inside the EU Data Boundary (%s); leave it out in %s", strings.Join(inBoundary, ", "), location))
	}
	moving := m.AllowMovingData
	if location == "unitedstates" {
		if moving.ValueBool() {
			problems = append(problems, entity.Atf(path.Root("allow_moving_data_across_regions"), "in unitedstates generative AI needs no other region; leave it out"))
		}
		return problems
	}
	if (m.AllowBingSearch.ValueBool() || m.AllowMicrosoft365.ValueBool() || m.AllowFlexRouting.ValueBool()) && !moving.IsUnknown() && !moving.ValueBool() {
		problems = append(problems, entity.Atf(path.Root("allow_moving_data_across_regions"), "generative AI outside the United States needs allow_moving_data_across_regions = true"))
	}
	return problems
}

// plan decides what a change means, and checks against the platform what is about to be created.
func plan(ctx context.Context, c *api.Client, change *entity.Change[model]) error {
	now, before := change.Plan, change.Prior
	if before == nil {
		if now.EnvironmentType.ValueString() == typeDefault {
			return entity.Atf(path.Root("environment_type"), "a default environment comes with its tenant and cannot be created; import it")
		}
		return checkGeography(ctx, c, change.Config)
	}
	replaced := planDatabase(change)
	moved := !now.Location.Equal(before.Location) || !now.MacroRegion.Equal(before.MacroRegion) || !now.AzureRegion.Equal(before.AzureRegion)
	added := now.stored() != nil && before.stored() == nil
	if !replaced && !moved && !added {
		return nil
	}
	return checkGeography(ctx, c, change.Config)
}

// planDatabase plans what a change inside dataverse means, and reports whether it replaces the environment.
func planDatabase(change *entity.Change[model]) (replaced bool) {
	before, now := change.Prior.stored(), change.Plan.stored()
	if before == nil {
		return false
	}
	if change.Config.Dataverse.IsNull() {
		change.Replace(path.Root("dataverse"))
		change.Plan.Dataverse = types.ObjectNull(dataverseTypes)
		return true
	}
	if now == nil {
		return false
	}
	keepDatabase(change)
	now = change.Plan.stored()
	differ := func(name string, now, before interface {
		IsNull() bool
		IsUnknown() bool
	}, equal bool,
	) {
		if !before.IsNull() && !now.IsUnknown() && !equal {
			change.Replace(inDataverse(name))
			replaced = true
		}
	}
	differ("language_code", now.LanguageCode, before.LanguageCode, now.LanguageCode.Equal(before.LanguageCode))
	differ("currency_code", now.CurrencyCode, before.CurrencyCode, now.CurrencyCode.Equal(before.CurrencyCode))
	if !now.Templates.IsNull() {
		differ("templates", now.Templates, before.Templates, now.Templates.Equal(before.Templates))
	}
	if !now.TemplateMetadata.IsNull() {
		same, _ := now.TemplateMetadata.StringSemanticEquals(inMemory, before.TemplateMetadata)
		differ("template_metadata", now.TemplateMetadata, before.TemplateMetadata, same)
	}
	if !strings.EqualFold(now.Domain.ValueString(), before.Domain.ValueString()) && !now.Domain.IsUnknown() {
		now.URL = types.StringUnknown()
		if !now.LinkedAppURL.IsNull() {
			now.LinkedAppURL = types.StringUnknown()
		}
		change.Plan.setDatabase(now)
	}
	return replaced
}

// keepDatabase plans what is not configured to stay as it is, null too.
func keepDatabase(change *entity.Change[model]) {
	written, before, now := change.Config.Dataverse.Attributes(), change.Prior.Dataverse.Attributes(), change.Plan.Dataverse.Attributes()
	for name, v := range now {
		if v.IsUnknown() && written[name].IsNull() {
			now[name] = before[name]
		}
	}
	change.Plan.Dataverse = types.ObjectValueMust(dataverseTypes, now)
}

// checkGeography checks location, language and currency against the platform's own lists. The lists are advice: where
// one cannot be read, the platform decides when the environment is created.
func checkGeography(ctx context.Context, c *api.Client, m *model) error {
	geography, err := c.BAP.Locations(ctx)
	if err != nil {
		return fatal(err)
	}
	segment, err := checkLocation(geography, m)
	if err != nil || segment == "" {
		return err
	}
	d := m.stored()
	if d == nil {
		return nil
	}
	return errors.Join(checkLanguage(ctx, c, segment, d), checkCurrency(ctx, c, segment, d))
}

// fatal passes on the errors that stop everything, such as a refused token; others leave the decision to the platform.
func fatal(err error) error {
	if e, ok := errors.AsType[*rest.Error](err); ok && e.Status != 401 && e.Status != 403 {
		return nil
	}
	return err
}

// checkLocation returns where to look languages and currencies up: the location or the macro region, "" if not known.
func checkLocation(g bap.Locations, m *model) (string, error) {
	var locations, regions []string
	for _, l := range g.Value {
		locations = append(locations, l.Name)
	}
	for _, r := range g.MacroRegions {
		regions = append(regions, r.ID)
	}
	location, region := m.Location.ValueString(), m.MacroRegion.ValueString()
	switch {
	case m.Location.IsUnknown() || m.MacroRegion.IsUnknown():
		return "", nil
	case g.MacroRegionMode() && location != "":
		return "", entity.Atf(path.Root("location"), "this tenant provisions by macro region: configure macro_region instead, as one of: %s", strings.Join(regions, ", "))
	case !g.MacroRegionMode() && region != "":
		return "", entity.Atf(path.Root("macro_region"), "this tenant provisions by location: configure location instead, as one of: %s", strings.Join(locations, ", "))
	case region != "":
		return region, at("macro_region", entity.OneOf(region, "macro region", regions))
	}
	if err := entity.OneOf(location, "location", locations); err != nil {
		return "", at("location", err)
	}
	for _, l := range g.Value {
		if azure := m.AzureRegion.ValueString(); strings.EqualFold(l.Name, location) && azure != "" && len(l.Properties.AzureRegions) > 0 {
			return location, at("azure_region", entity.OneOf(azure, "Azure region of "+location, l.Properties.AzureRegions))
		}
	}
	return location, nil
}

func at(name string, err error) error {
	if err == nil {
		return nil
	}
	return entity.At(path.Root(name), err)
}

func checkLanguage(ctx context.Context, c *api.Client, segment string, d *database) error {
	if d.LanguageCode.IsNull() || d.LanguageCode.IsUnknown() {
		return nil
	}
	all, err := c.BAP.Languages(ctx, segment)
	if err != nil || len(all) == 0 {
		return fatal(err)
	}
	var codes []string
	for _, l := range all {
		codes = append(codes, l.Name)
	}
	if err := entity.OneOf(strconv.FormatInt(d.LanguageCode.ValueInt64(), 10), "language", codes); err != nil {
		return entity.At(inDataverse("language_code"), err)
	}
	return nil
}

func checkCurrency(ctx context.Context, c *api.Client, segment string, d *database) error {
	if d.CurrencyCode.ValueString() == "" {
		return nil
	}
	all, err := c.BAP.Currencies(ctx, segment)
	if err != nil || len(all) == 0 {
		return fatal(err)
	}
	var codes []string
	for _, l := range all {
		codes = append(codes, l.Name)
	}
	if err := entity.OneOf(d.CurrencyCode.ValueString(), "currency", codes); err != nil {
		return entity.At(inDataverse("currency_code"), err)
	}
	return nil
}

// checkDomain asks for the domain right before it is used. At plan time it would refuse a replacement, whose old
// environment still holds the domain. There is no form of the question for a macro region.
func checkDomain(ctx context.Context, c *api.Client, m *model) error {
	d := m.stored()
	if d == nil || d.Domain.ValueString() == "" || m.Location.ValueString() == "" {
		return nil
	}
	return blame(c.BAP.ValidateDomain(ctx, d.Domain.ValueString(), m.Location.ValueString()))
}

// culprits are the arguments that refusals of the platform are about.
var culprits = []struct {
	codes []string
	at    path.Path
	hint  string
}{
	{[]string{"DomainNameAlreadyInUse", "InvalidDomainName"}, inDataverse("domain"), ""},
	{[]string{"MacroRegionRequired"}, path.Root("location"), "this tenant provisions by macro region: configure macro_region instead"},
	{[]string{"InvalidMacroRegion"}, path.Root("macro_region"), ""},
	{[]string{"UsedByInvalidInRequest"}, path.Root("owner_id"), ""},
}

// blame points at the argument that a refusal is about, where its code tells.
func blame(err error) error {
	for _, c := range culprits {
		switch {
		case !rest.HasCode(err, c.codes...):
		case c.hint == "":
			return entity.At(c.at, err)
		default:
			return entity.At(c.at, fmt.Errorf("%s: %w", c.hint, err))
		}
	}
	return err
}

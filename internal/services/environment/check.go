package environment

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// checkAll checks the place, the language and the currency of an environment against the platform's own lists. The lists
// are advice: where one cannot be read, the platform decides when the environment is created.
func checkAll(ctx context.Context, c *api.Client, m *model) error {
	if m.Location.IsUnknown() || m.MacroRegion.IsUnknown() {
		return nil
	}
	ctx, done := within(ctx, adviceLimit)
	defer done()
	geography, err := c.BAP.Locations(ctx)
	if err != nil {
		return fatal(err)
	}
	if err := checkPlace(geography, m); err != nil {
		return err
	}
	return checkDatabase(ctx, c, m)
}

// adviceLimit is how long the lists are asked for.
const adviceLimit = time.Minute

// fatal passes on the errors that stop everything, such as a refused token; others leave the decision to the platform.
func fatal(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if e, ok := errors.AsType[*rest.Error](err); ok && e.Status != http.StatusUnauthorized && e.Status != http.StatusForbidden {
		return nil
	}
	return err
}

// checkPlace checks location or macro region, whichever the tenant provisions by, and the Azure region.
func checkPlace(g bap.Locations, m *model) error {
	var locations, regions []string
	azure := map[string][]string{}
	for _, l := range g.Value {
		locations = append(locations, l.Name)
		azure[strings.ToLower(l.Name)] = l.Properties.AzureRegions
	}
	for _, r := range g.MacroRegions {
		regions = append(regions, r.ID)
	}
	location, region := m.Location.ValueString(), m.MacroRegion.ValueString()
	switch {
	case g.MacroRegionMode() && location != "":
		return entity.Atf(path.Root("location"), "%s, as one of: %s", byMacroRegion, strings.Join(regions, ", "))
	case !g.MacroRegionMode() && region != "":
		return entity.Atf(path.Root("macro_region"), "this tenant provisions by location: configure location instead, as one of: %s", strings.Join(locations, ", "))
	case region != "":
		return listed(path.Root("macro_region"), region, "macro region", regions)
	}
	if err := listed(path.Root("location"), location, "location", locations); err != nil {
		return err
	}
	if m.AzureRegion.ValueString() == "" {
		return nil
	}
	return listed(path.Root("azure_region"), m.AzureRegion.ValueString(), "Azure region of "+location, azure[strings.ToLower(location)])
}

const byMacroRegion = "this tenant provisions by macro region: configure macro_region instead"

// checkDatabase checks language and currency, which the platform lists by macro region where the tenant has them.
func checkDatabase(ctx context.Context, c *api.Client, m *model) error {
	d, place := m.stored(), cmp.Or(m.MacroRegion.ValueString(), m.Location.ValueString())
	if d == nil || place == "" {
		return nil
	}
	var problems []error
	if !d.LanguageCode.IsUnknown() {
		all, err := c.BAP.Languages(ctx, place)
		code := strconv.FormatInt(d.LanguageCode.ValueInt64(), 10)
		problems = append(problems, offered(all, err, func(l bap.Language) string { return l.Name }, "language", code))
	}
	if !d.CurrencyCode.IsUnknown() {
		all, err := c.BAP.Currencies(ctx, place)
		code := d.CurrencyCode.ValueString()
		problems = append(problems, offered(all, err, func(l bap.Currency) string { return l.Name }, "currency", code))
	}
	return errors.Join(problems...)
}

// offered blames the code of a language or a currency that a place does not offer.
func offered[T any](all []T, err error, name func(T) string, what, code string) error {
	if err != nil {
		return fatal(err)
	}
	codes := make([]string, len(all))
	for i, one := range all {
		codes[i] = name(one)
	}
	return listed(inDataverse(what+"_code"), code, what, codes)
}

// listed blames a value that is not in a list; an empty one says nothing.
func listed(at path.Path, value, what string, valid []string) error {
	err := entity.OneOf(value, what, valid)
	if err == nil || len(valid) == 0 {
		return nil
	}
	return entity.At(at, err)
}

// checkDomain asks for the domain right before it is used. At plan time it would refuse a replacement, whose old
// environment still holds the domain. There is no form of the question for a macro region.
func checkDomain(ctx context.Context, c *api.Client, m *model) error {
	d := m.stored()
	if d == nil || d.Domain.ValueString() == "" || m.Location.ValueString() == "" {
		return nil
	}
	return owned(ctx, c, m, d.Domain.ValueString(), c.BAP.ValidateDomain(ctx, d.Domain.ValueString(), m.Location.ValueString()))
}

// owned names the environment of this tenant that has a domain already: a run that was killed may have made it. While it
// is in the making it shows no domain, but its name.
func owned(ctx context.Context, c *api.Client, m *model, domain string, err error) error {
	if !rest.HasCode(err, "DomainNameAlreadyInUse", "InvalidDomainName") {
		return err
	}
	for e, problem := range c.BAP.Environments(ctx) {
		if problem != nil {
			break
		}
		l := e.Properties.LinkedEnvironmentMetadata
		if l != nil && strings.EqualFold(field.Deref(l.DomainName), domain) || l == nil && unfinished(e) && field.Deref(e.Properties.DisplayName) == m.DisplayName.ValueString() {
			return entity.Exists("environment", e.Name, err)
		}
	}
	return err
}

// refusals are the arguments that refusals of the platform are about.
var refusals = []entity.Diagnosis{
	{
		Codes: []string{"InputValidationError"}, Says: "is not managed", At: path.Root("environment_group_id"),
		Remedy: "the group takes managed environments only. Make it one with powerplatform_managed_environment first, and set environment_group_id in a later apply; " +
			"the group governs it from then on, so take powerplatform_managed_environment out of the configuration again (with a removed block that does not destroy)",
	},
	{Codes: []string{"DomainNameAlreadyInUse", "InvalidDomainName"}, At: inDataverse("domain")},
	{Codes: []string{"MacroRegionRequired"}, At: path.Root("location"), Remedy: byMacroRegion},
	{Codes: []string{"InvalidMacroRegion"}, At: path.Root("macro_region")},
	{Codes: []string{"UsedByInvalidInRequest"}, At: path.Root("owner_id")},
	{Codes: []string{"BillingPolicyNotFound"}, At: path.Root("billing_policy_id")},
	{Codes: []string{"EnvironmentGroupNotFound"}, At: path.Root("environment_group_id")},
}

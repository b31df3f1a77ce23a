// Package managedenvironment turns environments into managed environments.
package managedenvironment

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Resource is powerplatform_managed_environment.
func Resource() entity.Resource[model] {
	r := entity.Settings[model]{
		Name: "managed_environment", Key: []string{"environment_id"}, Schema: managedSchema,
		Apply: apply, Read: read, Release: release, Plan: plan,
		Parent: parent,
		Errors: []entity.Diagnosis{{Is: rest.IsNotFound, At: environmentID}, {Is: bap.BlockedByGroup, At: environmentID}},
	}.Resource()
	r.All, r.Fill, r.Called = all, read, "environment_id"
	return r
}

// all is which environments are managed. The list does not tell their settings.
func all(ctx context.Context, c *api.Client, _ *model) iter.Seq2[model, error] {
	return func(yield func(model, error) bool) {
		for e, err := range c.BAP.Environments(ctx) {
			if (err != nil || e.Managed()) && !yield(model{EnvironmentID: customtype.FoldedValue(e.Name)}, err) {
				return
			}
		}
	}
}

// parent reads the environment once more: it must be gone, from the list too, or show that it is not managed.
func parent(ctx context.Context, c *api.Client, m *model) error {
	e, err := c.BAP.EnvironmentOrGone(ctx, m.EnvironmentID.ValueString())
	if err == nil && e.Managed() {
		return errors.New("a second look shows the environment, and that it is managed")
	}
	return err
}

type model struct {
	ID                   customtype.Folded `tfsdk:"id"`
	EnvironmentID        customtype.Folded `tfsdk:"environment_id"`
	ProtectionLevel      types.String      `tfsdk:"protection_level"`
	InsightsDisabled     types.Bool        `tfsdk:"is_usage_insights_disabled"`
	GroupSharingDisabled types.Bool        `tfsdk:"is_group_sharing_disabled"`
	LimitSharingMode     customtype.Folded `tfsdk:"limit_sharing_mode"`
	MaxLimitUserSharing  types.Int64       `tfsdk:"max_limit_user_sharing"`
	CheckerMode          customtype.Folded `tfsdk:"solution_checker_mode"`
	SuppressEmails       types.Bool        `tfsdk:"suppress_validation_emails"`
	RuleOverrides        types.Set         `tfsdk:"solution_checker_rule_overrides"`
	FlowSharingDisabled  types.Bool        `tfsdk:"power_automate_is_sharing_disabled"`
	CopilotEditors       types.Bool        `tfsdk:"copilot_allow_grant_editor_permissions_when_shared"`
	CopilotSharingMode   customtype.Folded `tfsdk:"copilot_limit_sharing_mode"`
	CopilotMaxLimit      types.Int64       `tfsdk:"copilot_max_limit_user_sharing"`
}

var environmentID = path.Root("environment_id")

// plan finds the group that governs an environment before anything is changed. Without a change nothing is read.
func plan(ctx context.Context, c *api.Client, change *entity.Change[model]) error {
	m, prior := change.Plan, change.Prior
	if m.EnvironmentID.IsUnknown() {
		return nil
	}
	if prior != nil && len(m.changed(prior)) == 0 {
		if same, _ := m.EnvironmentID.StringSemanticEquals(ctx, prior.EnvironmentID); same {
			return nil
		}
	}
	e, err := c.BAP.Environment(ctx, m.EnvironmentID.ValueString())
	switch {
	case rest.IsNotFound(err): // an error would stand in the way of a destroy too
		entity.Warn(ctx, "The environment is not there", fmt.Sprintf("The apply fails unless environment %s is there by then. The platform says: %v", m.EnvironmentID.ValueString(), err))
		return nil
	case err != nil:
		return err
	}
	return ungrouped(ctx, c, e)
}

// ungrouped fails if a group governs the environment.
func ungrouped(ctx context.Context, c *api.Client, e bap.Environment) error {
	if e.Group() == "" {
		return nil
	}
	return entity.Atf(environmentID, "%s, which governs it: the platform takes no settings for a single member. "+
		"Remove this resource and set the rules of the group, or take the environment out of the group (environment_group_id = \"%s\" on powerplatform_environment)",
		membership(ctx, c, e), customtype.ZeroUUID)
}

// membership names the group of an environment.
func membership(ctx context.Context, c *api.Client, e bap.Environment) string {
	name := ""
	if g, err := c.BAP.EnvironmentGroup(ctx, e.Group()); err == nil {
		name = fmt.Sprintf("%q ", g.DisplayName)
	}
	return fmt.Sprintf("environment %s belongs to the environment group %s(%s)", e.Name, name, e.Group())
}

func apply(ctx context.Context, c *api.Client, m, prior *model) error {
	id := m.EnvironmentID.ValueString()
	e, err := c.BAP.Environment(ctx, id)
	if err != nil {
		return err
	}
	if err := ungrouped(ctx, c, e); err != nil {
		return err
	}
	wanted := m.wanted(prior, e.Managed())
	settled := func(e bap.Environment) bool { return e.Managed() && shows(e.Extended(), wanted) }
	if settled(e) {
		return nil
	}
	for refused := map[string]bool{}; ; {
		err := c.BAP.Govern(ctx, id, bap.Governance{
			ProtectionLevel: bap.ProtectionStandard,
			Settings:        &bap.GovernanceSettings{ExtendedSettings: expand(e.Extended(), wanted, refused)},
		}, settled)
		name := bap.RefusedMember(err)
		if name == "" || refused[name] {
			return err
		}
		// The platform has retired a setting. That matters to those who configure it; for others it is left out.
		if at, configured := m.asks(prior, name, wanted); configured {
			return entity.At(path.Root(at), fmt.Errorf("the platform no longer knows the setting %s; leave %s out: %w", name, at, err))
		}
		delete(wanted, name)
		refused[name] = true
	}
}

// asks is the attribute of a setting, and whether somebody asks for it.
func (m *model) asks(prior *model, wire string, wanted map[string]string) (string, bool) {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.wire == wire })
	if i < 0 {
		return "", false
	}
	_, sent := wanted[wire]
	_, changed := m.changed(prior)[wire]
	return settings[i].attribute, sent && changed
}

func read(ctx context.Context, c *api.Client, m *model) error {
	e, err := c.BAP.Environment(ctx, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	if !e.Managed() {
		return entity.ErrNotFound
	}
	if e.Group() != "" {
		entity.Warn(ctx, "Environment "+e.Name+" is governed by its group", "The "+membership(ctx, c, e)+". Its settings cannot be changed here, and a destroy leaves it managed.")
	}
	m.flatten(e)
	return nil
}

// flatten fills the model. Where a group governs an environment it shows no settings: those that are known stay.
func (m *model) flatten(e bap.Environment) {
	m.ID, m.EnvironmentID = customtype.FoldedValue(e.Name), customtype.FoldedValue(e.Name)
	m.ProtectionLevel = types.StringValue(e.Properties.GovernanceConfiguration.ProtectionLevel)
	for _, s := range settings {
		if _, has := s.text(m); has && e.Extended() == nil && e.Group() != "" {
			continue
		}
		s.put(m, s.shown(e.Extended()))
	}
}

func release(ctx context.Context, c *api.Client, m *model) error {
	id := m.EnvironmentID.ValueString()
	e, err := c.BAP.Environment(ctx, id)
	switch {
	case err != nil:
		return err
	case !e.Managed():
		return nil
	case e.Group() != "":
		entity.Warn(ctx, "Environment "+e.Name+" stays managed", "The "+membership(ctx, c, e)+", which keeps its members managed. It was removed from state only.")
		return nil
	}
	return c.BAP.Govern(ctx, id, bap.Governance{ProtectionLevel: bap.ProtectionBasic}, func(e bap.Environment) bool { return !e.Managed() })
}

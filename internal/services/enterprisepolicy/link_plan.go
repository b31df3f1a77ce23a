package enterprisepolicy

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// planLink says before an apply what will stand in its way, as far as it is known. What the same apply may put right is
// a warning. A plan that neither links nor swaps asks nothing.
func planLink(ctx context.Context, c *api.Client, change *entity.Change[link]) error {
	m, prior := change.Plan, change.Prior
	fresh := prior == nil || !strings.EqualFold(m.EnvironmentID.ValueString(), prior.environment()) || m.kind() != prior.kind()
	if !fresh && !changes(change.Config.SystemID, prior.SystemID) && !changes(change.Config.PolicyID, prior.PolicyID) {
		return nil
	}
	p, err := m.foreseen(ctx, c)
	if err != nil || m.EnvironmentID.IsUnknown() || m.PolicyType.IsUnknown() {
		return err
	}
	e, err := c.BAP.Environment(ctx, m.environment())
	switch {
	case rest.IsNotFound(err): // an error would stand in the way of a destroy too
		entity.Warn(ctx, "The environment is not there", "The apply fails unless environment "+m.environment()+" is there by then. The platform says: "+field.Sentence(err.Error()))
		return nil
	case err != nil:
		return err
	}
	if p.systemID != "" && e.LinkedTo(m.kind(), p.systemID) {
		return nil
	}
	if other, is := e.LinkedPolicy(m.kind()); is && fresh && !change.Replaced {
		entity.Warn(ctx, "The environment is linked already", field.Sentence(taken(e, m.kind(), other))+" The apply fails unless the link is undone before.")
		return nil
	}
	switch o := obstacleTo(e, m.kind()); {
	case o == nil || e.Busy() && !o.lasting:
	case o.lasting:
		return entity.At(atEnvironment, o)
	default:
		entity.Warn(ctx, "The environment cannot be linked as it is", field.Sentence(o.Error()))
	}
	if far := elsewhere(e, p.location); far != "" {
		entity.Warn(ctx, "Policy and environment are in different geographies", field.Sentence(far)+" The platform may refuse to link them.")
	}
	return nil
}

// foreseen is what is known of the policy before an apply. One that cannot be seen in Azure may be made, or become
// readable, by the same apply.
func (m *link) foreseen(ctx context.Context, c *api.Client) (policy, error) {
	switch {
	case field.Given(m.SystemID):
		return policy{systemID: m.SystemID.ValueString(), location: locationOf(m.SystemID.ValueString())}, nil
	case !field.Given(m.PolicyID):
		return policy{}, nil
	}
	p, err := c.ARM.Policy(ctx, m.PolicyID.ValueString())
	refused, ok := errors.AsType[*rest.Error](err)
	switch {
	case ok && (refused.Status == http.StatusForbidden || rest.IsNotFound(err)):
		return policy{}, nil
	case err != nil:
		return policy{}, err
	}
	found := policy{p.Properties.SystemID, p.Location, &p}
	if m.PolicyType.IsUnknown() {
		return found, nil
	}
	return found, m.fits(p)
}

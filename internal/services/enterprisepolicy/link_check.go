package enterprisepolicy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// policy is what an environment is to be linked to.
type policy struct {
	systemID string
	location string
	azure    *arm.Policy // nil where only the system ID is known
}

// wanted is the policy that the plan names. One that is named by its ID in Azure is read there; Azure may show its
// system ID late.
func (m *link) wanted(ctx context.Context, c *api.Client) (policy, error) {
	if !m.byPolicyID() {
		return policy{systemID: m.SystemID.ValueString(), location: locationOf(m.SystemID.ValueString())}, nil
	}
	var p arm.Policy
	err := rest.Until(ctx, systemIDEvery, func(ctx context.Context) (done bool, err error) {
		p, err = c.ARM.Policy(ctx, m.PolicyID.ValueString())
		return p.Properties.SystemID != "", err
	})
	switch {
	case rest.IsNotFound(err):
		return policy{}, entity.At(atPolicyID, err)
	case err != nil:
		return policy{}, err
	}
	return policy{p.Properties.SystemID, p.Location, &p}, m.fits(p)
}

// systemIDEvery is the pause between looks for a system ID where Azure names none.
const systemIDEvery = 5 * time.Second

// fits fails if a policy is of another kind.
func (m *link) fits(p arm.Policy) error {
	if strings.EqualFold(p.Kind, m.kind()) {
		return nil
	}
	return entity.Atf(atPolicyID, "the enterprise policy is of kind %s, but policy_type is %s", p.Kind, m.kind())
}

// locationOf is the location in a system ID, "" if there is none.
func locationOf(systemID string) string {
	parts := strings.Split(systemID, "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

// taken says that an environment has another policy, and what can be done about it.
func taken(e bap.Environment, kind string, other bap.EnterprisePolicy) string {
	return fmt.Sprintf("environment %s is linked to another enterprise policy of type %s already: %s. To swap that one for this one in place, import the link first with%sTo keep it, remove this resource",
		e.Name, kind, cmp.Or(other.ID, other.SystemID), entity.Import("enterprise_policy", e.Name+"/"+kind))
}

// obstacle is why an environment cannot be linked as it is.
type obstacle struct {
	why, remedy string
	lasting     bool // nothing in a configuration can change it
}

func (o *obstacle) Error() string { return strings.TrimSuffix(o.why, ".") + ". " + o.remedy }

// obstacleTo reads from the record of an environment why it cannot be linked to a policy of a kind, nil if it can. What
// the record forbids is refused before it is asked for, because the platform's refusal names no remedy.
func obstacleTo(e bap.Environment, kind string) *obstacle {
	_, linked := e.LinkedPolicy(kind)
	operation := bap.LinkOperation(kind, linked)
	reason, no := e.Disallows(operation)
	why := cmp.Or(reason.Message, fmt.Sprintf("%s cannot be performed on environment %s (%s)", operation, e.Name, reason.Type))
	switch {
	case no && reason.Type == bap.ReasonGovernance:
		return &obstacle{why, makeManaged, false}
	case no && reason.Type == bap.ReasonType:
		return &obstacle{why, "Environments of this type cannot be linked to an enterprise policy; use one of another environment_type.", true}
	case no && reason.Type == bap.ReasonDatabase:
		return &obstacle{why, "The environment needs Dataverse: give powerplatform_environment a dataverse block.", false}
	case no:
		return &obstacle{why, "The platform lists the operation among those that the environment does not allow now.", false}
	case !linked && kind != bap.Identity && !e.Managed():
		return &obstacle{fmt.Sprintf("environment %s is not a managed environment, which the policy type %s needs", e.Name, kind), makeManaged, false}
	}
	return nil
}

const makeManaged = "Make it a managed environment with powerplatform_managed_environment, and take environment_id from that resource so that it is done first."

// ready fails if it is known that the environment cannot be linked to the policy, and warns of what could not be found out.
func (m *link) ready(ctx context.Context, c *api.Client, e bap.Environment, p policy) error {
	if o := obstacleTo(e, m.kind()); o != nil {
		return entity.At(atEnvironment, o)
	}
	if m.kind() != bap.Encryption || p.azure == nil {
		return nil
	}
	missing, unknown := keyProblems(ctx, c, *p.azure)
	var all []error
	for _, problem := range missing {
		all = append(all, entity.At(atPolicyID, errors.New(problem)))
	}
	if len(all) == 0 && len(unknown) > 0 {
		entity.Warn(ctx, "The key of the policy could not be checked", field.Sentence(strings.Join(unknown, "\n\n")))
	}
	return errors.Join(all...)
}

// elsewhere says that the policy is for another geography than the environment is in, "" if it is not or that is not
// known.
func elsewhere(e bap.Environment, location string) string {
	if location == "" || e.Location == "" || geography.Same(e.Location, location) {
		return ""
	}
	return fmt.Sprintf("the enterprise policy is for the location %s, but environment %s is in %s", location, e.Name, e.Location)
}

// establish links, and adds to an error what is known of its cause.
func (m *link) establish(ctx context.Context, c *api.Client, e bap.Environment, p policy) error {
	err := c.BAP.Link(ctx, m.environment(), m.kind(), p.systemID)
	far := elsewhere(e, p.location)
	refused, ok := errors.AsType[*rest.Error](err)
	switch {
	case ok && far != "" && (refused.Operation != "" || refused.Status < http.StatusInternalServerError):
		return entity.At(m.attribute(), fmt.Errorf("%s: %w", far, err))
	case rest.IsNotFound(err):
		return entity.At(m.attribute(), fmt.Errorf("the environment was there a moment ago, so it may be the policy that the platform does not find; the identity of the provider needs the role Reader on it: %w", err))
	}
	return err
}

// outcome is what an attempt to link has come to: a link that may be in the making is Incomplete, so that the next
// apply waits for it and does not begin with undoing it; one that surely is not, is Refused.
func (m *link) outcome(ctx context.Context, c *api.Client, p policy, err error) error {
	if _, untaken := errors.AsType[*bap.BusyError](err); untaken {
		return entity.Refused(err)
	}
	if !rest.IsUncertain(err) {
		return err
	}
	ctx, cancel := rest.LastLook(ctx)
	defer cancel()
	failed := rest.IsOperationFailed(err)
	e, unseen := c.BAP.Environment(ctx, m.environment())
	shown := e.LinkedTo(m.kind(), p.systemID)
	switch {
	case unseen == nil && !shown && (failed || !e.Busy()):
		return entity.Refused(err)
	case failed:
		return err
	}
	return entity.Incomplete(err)
}

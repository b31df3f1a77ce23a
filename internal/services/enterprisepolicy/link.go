package enterprisepolicy

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Link is powerplatform_enterprise_policy, the link of an environment to an enterprise policy.
func Link() entity.Resource[link] {
	return entity.Resource[link]{
		Name: "enterprise_policy", Key: []string{"environment_id", "policy_type"}, Schema: linkSchema,
		Create: createLink, Read: readLink, Update: updateLink, Delete: deleteLink, Parent: parentOfLink,
		All: linksOf, Called: "policy_type",
		Ready: linkLacks, Plan: planLink, Resumes: true,
		Validators: []resource.ConfigValidator{resourcevalidator.ExactlyOneOf(path.MatchRoot("system_id"), path.MatchRoot("policy_id"))},
		Timeout:    linkTime, TimeoutFor: timeForLink,
		Errors: []entity.Diagnosis{{Is: rest.IsNotFound, At: atEnvironment}},
	}
}

const (
	linkTime    = time.Hour
	encryptTime = 96 * time.Hour // https://learn.microsoft.com/power-platform/admin/customer-managed-key
)

func timeForLink(m *link) time.Duration {
	if m.PolicyType.ValueString() == bap.Encryption {
		return encryptTime
	}
	return linkTime
}

type link struct {
	ID            customtype.Folded `tfsdk:"id"`
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
	PolicyType    types.String      `tfsdk:"policy_type"`
	SystemID      customtype.Folded `tfsdk:"system_id"`
	PolicyID      customtype.Folded `tfsdk:"policy_id"`
	LinkStatus    types.String      `tfsdk:"link_status"`
}

var (
	atEnvironment = path.Root("environment_id")
	atSystemID    = path.Root("system_id")
	atPolicyID    = path.Root("policy_id")
)

func (m *link) environment() string { return m.EnvironmentID.ValueString() }
func (m *link) kind() string        { return m.PolicyType.ValueString() }

// byPolicyID reports whether the configuration names the policy by its ID in Azure.
func (m *link) byPolicyID() bool { return !field.Given(m.SystemID) }

func (m *link) attribute() path.Path {
	if m.byPolicyID() {
		return atPolicyID
	}
	return atSystemID
}

// createLink links an environment. What shows the wanted policy already is adopted, what an interrupted run has begun
// is waited for; another policy is somebody's, and not replaced silently.
func createLink(ctx context.Context, c *api.Client, m *link) error {
	p, err := m.wanted(ctx, c)
	if err != nil {
		return entity.Refused(err) // nothing was sent, whatever the error leaves open
	}
	e, err := c.BAP.IdleEnvironment(ctx, m.environment())
	switch {
	case rest.IsTimeout(err) && e.LinkedTo(m.kind(), p.systemID):
		return entity.Incomplete(err)
	case err != nil:
		return entity.Refused(err)
	case e.LinkedTo(m.kind(), p.systemID):
		return nil
	}
	if other, is := e.LinkedPolicy(m.kind()); is {
		return entity.At(m.attribute(), errors.New(taken(e, m.kind(), other)))
	}
	if err := m.ready(ctx, c, e, p); err != nil {
		return err
	}
	return m.outcome(ctx, c, p, m.establish(ctx, c, e, p))
}

// updateLink swaps the policy in place: the environment is never without one. Where it shows the wanted one already,
// only the wait for it is left.
func updateLink(ctx context.Context, c *api.Client, m, _ *link) error {
	p, err := m.wanted(ctx, c)
	if err != nil {
		return err
	}
	e, err := c.BAP.IdleEnvironment(ctx, m.environment())
	if err != nil {
		return err
	}
	if e.LinkedTo(m.kind(), p.systemID) {
		return nil
	}
	if err := m.ready(ctx, c, e, p); err != nil {
		return err
	}
	return m.establish(ctx, c, e, p)
}

// deleteLink takes an environment off the policy that it shows, and waits until it shows none.
func deleteLink(ctx context.Context, c *api.Client, m *link) error {
	e, err := c.BAP.IdleEnvironment(ctx, m.environment())
	if err != nil {
		return err
	}
	linked, is := e.LinkedPolicy(m.kind())
	if !is {
		return nil
	}
	return c.BAP.Unlink(ctx, m.environment(), m.kind(), linked.SystemID)
}

func readLink(ctx context.Context, c *api.Client, m *link) error {
	e, err := c.BAP.Environment(ctx, m.environment())
	if err != nil {
		return err
	}
	linked, is := e.LinkedPolicy(m.kind())
	if !is {
		return entity.ErrNotFound
	}
	m.flatten(e, linked)
	return nil
}

// linksOf yields the links of the environment of m.
func linksOf(ctx context.Context, c *api.Client, m *link) iter.Seq2[link, error] {
	return func(yield func(link, error) bool) {
		e, err := c.BAP.Environment(ctx, m.environment())
		if err != nil {
			yield(link{}, err)
			return
		}
		for _, kind := range bap.PolicyKinds {
			one := link{PolicyType: types.StringValue(kind)}
			if linked, is := e.LinkedPolicy(kind); is {
				if one.flatten(e, linked); !yield(one, nil) {
					return
				}
			}
		}
	}
}

func (m *link) flatten(e bap.Environment, p bap.EnterprisePolicy) {
	m.ID, m.EnvironmentID = customtype.FoldedValue(e.Name+"/"+m.kind()), customtype.FoldedValue(e.Name)
	same := m.SystemID.IsUnknown() || strings.EqualFold(m.SystemID.ValueString(), p.SystemID)
	switch {
	case p.ID != "":
		m.PolicyID = customtype.FoldedValue(p.ID)
	case !same || m.PolicyID.IsUnknown():
		m.PolicyID = customtype.FoldedNull()
	}
	m.SystemID = customtype.FoldedValue(p.SystemID)
	m.LinkStatus = types.StringValue(p.LinkStatus)
}

// linkLacks is what a link still lacks: only one status means that it is in effect.
func linkLacks(m *link) string {
	switch s := m.LinkStatus.ValueString(); {
	case s == "":
		return "it has no link_status yet"
	case !strings.EqualFold(s, bap.Linked):
		return "its link_status is " + s
	}
	return ""
}

// parentOfLink reads the environment once more: it must be gone, from the list too, or show no policy of this type.
func parentOfLink(ctx context.Context, c *api.Client, m *link) error {
	e, err := c.BAP.EnvironmentOrGone(ctx, m.environment())
	if _, is := e.LinkedPolicy(m.kind()); err == nil && is {
		return errors.New("a second look shows the environment, and that it is linked")
	}
	return err
}

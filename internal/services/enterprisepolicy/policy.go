// Package enterprisepolicy manages enterprise policies, which are Azure resources, and links environments to them.
package enterprisepolicy

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// common is what policies of all kinds have.
type common struct {
	ID                   customtype.Folded `tfsdk:"id"`
	Name                 customtype.Folded `tfsdk:"name"`
	ResourceGroupID      customtype.Folded `tfsdk:"resource_group_id"`
	Location             customtype.Folded `tfsdk:"location"`
	Tags                 types.Map         `tfsdk:"tags"`
	SystemID             customtype.Folded `tfsdk:"system_id"`
	PolicyID             customtype.UUID   `tfsdk:"policy_id"`
	HealthStatus         types.String      `tfsdk:"health_status"`
	LinkedEnvironmentIDs types.Set         `tfsdk:"linked_environment_ids"`
}

// identified is what policies have that act with an identity of their own.
type identified struct {
	PrincipalID customtype.UUID `tfsdk:"principal_id"`
	TenantID    customtype.UUID `tfsdk:"tenant_id"`
}

// kind is one kind of policy: what tells it from the others.
type kind[M any] struct {
	name, kind  string // of the resource, and in Azure
	description string
	attributes  field.Attributes

	base     func(m *M) *common
	identity func(m *M) *identified // nil: it has none
	expand   func(m *M, p *arm.Policy)
	flatten  func(m *M, p arm.Policy)
	differs  func(m, prior *M) []string // arguments of its own that an update changes
	validate func(m *M) error

	// check looks at what the policy names, before it is planned or, with last, before it is written.
	check func(ctx context.Context, c *api.Client, m *M, last bool) error
	// explain finds out why the platform refused what was written. Optional.
	explain func(ctx context.Context, c *api.Client, verb string, m *M, refused error) error
	// released waits until what the policy held is free again.
	released func(ctx context.Context, c *api.Client, m *M) error
}

func (k kind[M]) resource() entity.Resource[M] {
	return entity.Resource[M]{
		Name: k.name, Schema: k.schema(), Validate: k.validate,
		All: k.all, Fill: k.linkedTo, Choose: []string{"resource_group_id"}, Called: "name",
		Create: k.create, Read: k.read, Update: k.update, Delete: k.remove, Plan: k.plan, Ready: k.lacks, Resumes: true,
		Errors: refusals, Explain: k.explain,
		Parent: func(ctx context.Context, c *api.Client, m *M) error {
			return c.ARM.Sees(ctx, k.base(m).ID.ValueString())
		},
	}
}

var (
	nameAt          = path.Root("name")
	resourceGroupAt = path.Root("resource_group_id")
	locationAt      = path.Root("location")
)

// create makes a policy. A policy that is there already is never taken over: it may serve somebody else's environments.
func (k kind[M]) create(ctx context.Context, c *api.Client, m *M) error {
	id := arm.PolicyID(k.base(m).ResourceGroupID.ValueString(), k.base(m).Name.ValueString())
	switch there, err := c.ARM.Policy(ctx, id); {
	case err == nil:
		return entity.At(nameAt, entity.Exists(k.name, there.ID, nil))
	case !rest.IsNotFound(err) || rest.HasCode(err, groupGone...):
		return err
	}
	if err := k.checked(ctx, c, m, true); err != nil {
		return err
	}
	_, err := c.ARM.PutPolicy(ctx, id, k.wire(m))
	if rest.HasCode(err, "MissingSubscriptionRegistration") && registers(ctx, c, id) {
		_, err = c.ARM.PutPolicy(ctx, id, k.wire(m))
	}
	if err == nil || rest.IsUncertain(err) {
		k.base(m).ID = customtype.FoldedValue(id)
	}
	return err
}

// registerEvery is the pause between looks at a registration where Azure names none.
const registerEvery = 10 * time.Second

// registers waits for a resource provider that somebody is registering, such as the same apply, and reports whether it
// is registered then.
func registers(ctx context.Context, c *api.Client, id string) bool {
	state := ""
	err := rest.Until(rest.Begin(ctx), registerEvery, func(ctx context.Context) (bool, error) {
		p, err := c.ARM.Provider(ctx, strings.Split(id, "/")[2], arm.PowerPlatform)
		state = p.RegistrationState
		return !strings.EqualFold(state, arm.Registering), err
	})
	return err == nil && strings.EqualFold(state, arm.Registered)
}

func (k kind[M]) checked(ctx context.Context, c *api.Client, m *M, last bool) error {
	if k.check == nil {
		return nil
	}
	return k.check(ctx, c, m, last)
}

// groupGone are the codes of a 404 that says more than that there is no policy.
var groupGone = []string{"ResourceGroupNotFound", "SubscriptionNotFound"}

// refusals are what is known of the errors of Azure, beside its own remedies.
var refusals = []entity.Diagnosis{
	{Codes: groupGone, At: resourceGroupAt},
	{Codes: []string{"LocationNotAvailableForResourceType", "InvalidResourceLocation"}, At: locationAt},
	{
		Codes:  []string{"SubscriptionNotRegisteredForFeature"},
		Remedy: "the subscription needs a preview feature: set preview_feature_enabled = true on powerplatform_resource_provider_registration",
	},
	{Codes: []string{"MissingSubscriptionRegistration"}},
}

func (k kind[M]) wire(m *M) arm.Policy {
	b := k.base(m)
	p := arm.Policy{Kind: k.kind, Location: b.Location.ValueString(), Tags: field.StringMap(b.Tags)}
	if k.identity != nil {
		p.Identity = &arm.PolicyIdentity{Type: "SystemAssigned"}
	}
	if k.expand != nil {
		k.expand(m, &p)
	}
	return p
}

func (k kind[M]) read(ctx context.Context, c *api.Client, m *M) error {
	p, err := c.ARM.Policy(ctx, k.base(m).ID.ValueString())
	if err != nil {
		return err
	}
	if !strings.EqualFold(p.Kind, k.kind) {
		return fmt.Errorf("the policy is of kind %s, not %s", p.Kind, k.kind)
	}
	k.shown(m, p)
	return k.linkedTo(ctx, c, m)
}

// all yields the policies of the kind in the resource group of m, or else in the subscription of the provider.
func (k kind[M]) all(ctx context.Context, c *api.Client, m *M) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		for p, err := range policies(ctx, c, k.base(m).ResourceGroupID.ValueString(), "") {
			if err == nil && !strings.EqualFold(p.Kind, k.kind) {
				continue
			}
			var one M
			if err == nil {
				k.shown(&one, p)
			}
			if !yield(one, err) {
				return
			}
		}
	}
}

// shown fills what the policy itself shows.
func (k kind[M]) shown(m *M, p arm.Policy) {
	k.base(m).flatten(p)
	if k.identity != nil {
		k.identity(m).flatten(p)
	}
	if k.flatten != nil {
		k.flatten(m, p)
	}
}

// linkedTo fills which environments show a link to the policy.
func (k kind[M]) linkedTo(ctx context.Context, c *api.Client, m *M) error {
	linked, err := environmentsOf(ctx, c, k.base(m).SystemID.ValueString())
	if isForbidden(err) {
		entity.Warn(ctx, "Could not read which environments are linked to "+k.base(m).Name.ValueString(), err.Error())
		k.base(m).LinkedEnvironmentIDs = types.SetNull(types.StringType)
		return nil
	}
	k.base(m).LinkedEnvironmentIDs = field.SetOf(linked)
	return err
}

func isForbidden(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Operation == "" && e.Status == http.StatusForbidden
}

// environmentsOf are the environments that show a link to a policy, in order.
func environmentsOf(ctx context.Context, c *api.Client, systemID string) ([]string, error) {
	if systemID == "" {
		return nil, nil // nothing can be linked to it yet
	}
	ids, err := c.BAP.EnvironmentsLinkedTo(ctx, systemID)
	slices.Sort(ids)
	return ids, err
}

func (b *common) flatten(p arm.Policy) {
	b.ID, b.Name, b.Location = customtype.FoldedValue(p.ID), customtype.FoldedValue(p.Name), customtype.FoldedValue(p.Location)
	b.ResourceGroupID = customtype.FoldedValue(groupOf(p.ID))
	b.Tags = field.MapOf(p.Tags)
	b.SystemID, b.PolicyID = customtype.FoldedNull(), customtype.UUIDNull()
	if s := p.Properties.SystemID; s != "" {
		b.SystemID, b.PolicyID = customtype.FoldedValue(s), customtype.UUIDValue(lastOf(s))
	}
	b.HealthStatus = types.StringNull()
	if s := p.Properties.HealthStatus; s != "" {
		b.HealthStatus = types.StringValue(s)
	}
}

func (i *identified) flatten(p arm.Policy) {
	i.PrincipalID, i.TenantID = customtype.UUIDNull(), customtype.UUIDNull()
	if id := p.Principal(); id != "" {
		i.PrincipalID = customtype.UUIDValue(id)
	}
	if p.Identity != nil && p.Identity.TenantID != "" {
		i.TenantID = customtype.UUIDValue(p.Identity.TenantID)
	}
}

// groupOf is the ID of the resource group of a resource.
func groupOf(id string) string {
	parts := strings.Split(id, "/")
	return strings.Join(parts[:min(len(parts), 5)], "/")
}

// lastOf is the last part of an ID.
func lastOf(id string) string { return id[strings.LastIndex(id, "/")+1:] }

// lacks is what the policy needs before anything can be linked to it. Its health is none of it: that may stay
// undetermined for good.
func (k kind[M]) lacks(m *M) string {
	switch {
	case k.base(m).SystemID.ValueString() == "":
		return "the policy has no system ID yet"
	case k.identity != nil && k.identity(m).PrincipalID.ValueString() == "":
		return "the identity of the policy does not show yet"
	}
	return ""
}

// changed are the arguments that an update changes.
func (k kind[M]) changed(m, prior *M) []string {
	var names []string
	if k.differs != nil {
		names = k.differs(m, prior)
	}
	if now := k.base(m).Tags; !now.IsUnknown() && !maps.Equal(field.StringMap(now), field.StringMap(k.base(prior).Tags)) {
		names = append(names, "tags")
	}
	return names
}

func (k kind[M]) update(ctx context.Context, c *api.Client, m, prior *M) error {
	changed := k.changed(m, prior)
	if len(changed) == 0 {
		return nil
	}
	if !slices.Equal(changed, []string{"tags"}) {
		if err := k.checked(ctx, c, m, true); err != nil {
			return err
		}
	}
	_, err := c.ARM.PutPolicy(ctx, k.base(prior).ID.ValueString(), k.wire(m))
	if rest.HasCode(err, "EnterprisePolicyUpdateNotAllowed") {
		return fmt.Errorf("%s: %w", k.frozen(k.linked(ctx, c, prior)), err)
	}
	return err
}

// linked are the environments that show a link to the policy, or showed one at the last refresh if nobody may look now.
func (k kind[M]) linked(ctx context.Context, c *api.Client, prior *M) []string {
	ids, err := environmentsOf(ctx, c, k.base(prior).SystemID.ValueString())
	if err != nil {
		return field.Strings(k.base(prior).LinkedEnvironmentIDs)
	}
	return ids
}

// frozen says that a linked policy cannot be changed, and how to get there all the same.
func (k kind[M]) frozen(environments []string) string {
	return "the policy is linked to " + list(environments) + ", and the platform changes no policy that is linked, not even its tags. " +
		"Make a new one and swap: give the policy a new name" + k.other() + " and lifecycle { create_before_destroy = true }. " +
		"Environments that powerplatform_enterprise_policy links by its policy_id or system_id are then swapped to the new policy in place, in the same apply, and the old one is deleted after that. " +
		"Or unlink the environments first, in an apply of its own"
}

// other is what a new policy cannot share with the old one.
func (k kind[M]) other() string {
	if k.kind == arm.NetworkInjection {
		return ", other subnets (a subnet serves one policy only)"
	}
	return ""
}

func list(environments []string) string {
	switch len(environments) {
	case 0:
		return "an environment that this identity cannot see"
	case 1:
		return "the environment " + environments[0]
	}
	return fmt.Sprintf("%d environments (%s)", len(environments), strings.Join(environments, ", "))
}

func (k kind[M]) plan(ctx context.Context, c *api.Client, change *entity.Change[M]) error {
	if change.Prior == nil {
		return k.checked(ctx, c, change.Plan, false)
	}
	now, before := k.base(change.Plan), k.base(change.Prior)
	if changes(now.Name, before.Name) || changes(now.ResourceGroupID, before.ResourceGroupID) || changes(now.Location, before.Location) {
		// Terraform plans the new policy in a call of its own, without what there was before.
		if linked := field.Strings(before.LinkedEnvironmentIDs); len(linked) > 0 {
			entity.Warn(ctx, "Replacing a linked policy needs create_before_destroy",
				fmt.Sprintf("The policy %s is linked to %s, and the platform deletes no policy that is linked. "+
					"With lifecycle { create_before_destroy = true } the new policy%s is made first, the environments are swapped to it in place, and the old one is deleted last. "+
					"Without it the old policy is deleted first, which fails unless all its environments are unlinked in the same apply.",
					before.Name.ValueString(), list(linked), strings.Replace(k.other(), ", ", " with ", 1)))
		}
		return nil
	}
	changed := k.changed(change.Plan, change.Prior)
	if len(changed) == 0 {
		return nil
	}
	if linked := k.linked(ctx, c, change.Prior); len(linked) > 0 {
		var problems []error
		for _, name := range changed {
			problems = append(problems, entity.At(path.Root(name), errors.New(k.frozen(linked))))
		}
		return errors.Join(problems...)
	}
	if slices.Equal(changed, []string{"tags"}) {
		return nil
	}
	return k.checked(ctx, c, change.Plan, false)
}

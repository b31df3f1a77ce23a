// Package environment manages environments.
package environment

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

var pathMacroRegion = path.MatchRoot("macro_region")

// Resource is powerplatform_environment.
func Resource() entity.Resource[model] {
	return entity.Resource[model]{
		Name:   "environment",
		Schema: environmentSchema,
		Create: create, Read: read, Update: update, Delete: remove, Parent: parent,
		All: all, Fill: listCurrency, Called: "display_name",
		Ready: missing, Validate: validate, Plan: plan,
		Validators: []resource.ConfigValidator{resourcevalidator.ExactlyOneOf(path.MatchRoot("location"), pathMacroRegion)},
		Timeout:    time.Hour, Errors: refusals,
	}
}

func create(ctx context.Context, c *api.Client, m *model) error {
	m.wanted, m.region = m.stored(), m.AzureRegion.ValueString()
	if err := checkDomain(ctx, c, m); err != nil {
		return entity.Refused(err) // however it ended, nothing was asked for yet
	}
	tenantID := ""
	if m.OwnerID.Set() {
		t, err := c.BAP.KnownTenant(ctx)
		if err != nil {
			return err
		}
		tenantID = t.TenantID
	}
	began := time.Now()
	err := c.BAP.CreateEnvironment(ctx, m.expand(c.Cloud, tenantID), func(id string) { m.ID = customtype.FoldedValue(id) })
	if unsure := rest.IsUncertain(err) && !rest.IsOperationFailed(err); unsure && !m.hasID() {
		looking, done := rest.LastLook(ctx)
		defer done()
		err = m.find(looking, c, began, err)
	} else if unsure && ctx.Err() == nil {
		err = nil // the read-back tells
	}
	if err != nil {
		return err
	}
	later := m.afterwards()
	if later == (bap.EnvironmentProperties{}) {
		return nil
	}
	return entity.Incomplete(c.BAP.UpdateEnvironment(ctx, m.ID.ValueString(), later))
}

func (m *model) hasID() bool { return m.ID.ValueString() != "" }

const (
	findEvery = 10 * time.Second
	findReads = 4
)

// clockSkew is how much older than our request a record may look that our request made.
const clockSkew = 5 * time.Minute

// find settles a create whose outcome is unknown. A domain is unique, so a new environment with it is ours; the platform
// shows it once the database is there. Until then the only one in the making that the caller began under its name is
// ours as well. Without a domain there is no proof, and the candidates are named instead.
func (m *model) find(ctx context.Context, c *api.Client, began time.Time, cause error) error {
	domain := ""
	if d := m.stored(); d != nil {
		domain = d.Domain.ValueString()
	}
	var candidates []string
	looks := 0
	err := rest.Until(ctx, findEvery, func(ctx context.Context) (bool, error) {
		candidates = nil
		var making []bap.Environment
		for e, err := range c.BAP.Environments(ctx) {
			if err != nil {
				return false, errors.Join(cause, err)
			}
			p := e.Properties
			if made, err := time.Parse(time.RFC3339, p.CreatedTime); err != nil || made.Before(began.Add(-clockSkew)) {
				continue
			}
			if l := p.LinkedEnvironmentMetadata; domain != "" && l != nil && strings.EqualFold(field.Deref(l.DomainName), domain) {
				m.ID = customtype.FoldedValue(e.Name)
				return true, nil
			}
			if field.Deref(p.DisplayName) == m.DisplayName.ValueString() {
				candidates = append(candidates, e.Name)
				if domain != "" && unfinished(e) {
					making = append(making, e)
				}
			}
		}
		if len(making) == 1 && begun(ctx, c, making[0]) {
			m.ID = customtype.FoldedValue(making[0].Name)
			return true, nil
		}
		looks++
		return len(making) == 0 && (len(candidates) > 0 || looks == findReads), nil
	})
	switch {
	case m.hasID():
		return nil
	case err != nil && len(candidates) == 0:
		return errors.Join(cause, err)
	}
	return entity.Lost("environment", candidates, cause)
}

// begun reports whether it was the caller who created an environment.
func begun(ctx context.Context, c *api.Client, e bap.Environment) bool {
	by := e.Properties.CreatedBy
	if by == nil || c.Caller == nil {
		return false
	}
	who, err := c.Caller(ctx)
	return err == nil && who.ObjectID != "" && strings.EqualFold(by.ID, who.ObjectID)
}

// unfinished reports whether the database of an environment is still to show.
func unfinished(e bap.Environment) bool {
	p := e.Properties
	return p.LinkedEnvironmentMetadata == nil && (p.ProvisioningState != "Succeeded" || p.DatabaseType == databaseType)
}

func read(ctx context.Context, c *api.Client, m *model) error {
	e, err := c.BAP.Environment(ctx, m.ID.ValueString())
	if err != nil {
		return err
	}
	paid := m.BillingPolicyID
	m.flatten(e, c.Cloud)
	if paid.Set() && !m.BillingPolicyID.Set() {
		m.confirmBilling(ctx, c, paid)
	}
	if got := m.AzureRegion.ValueString(); m.region != "" && got != "" && !strings.EqualFold(m.region, got) {
		return entity.Atf(path.Root("azure_region"), "the environment was created, but the platform placed it in %s instead of %s; configure %s, or leave azure_region out", got, m.region, got)
	}
	return m.readCurrency(ctx, c)
}

// confirmBilling keeps a billing policy that the record does not show: the record is late, the licensing service knows.
// An environment must not fail because that service does.
func (m *model) confirmBilling(ctx context.Context, c *api.Client, policy customtype.UUID) {
	pays, err := c.Licensing.Pays(ctx, policy.ValueString(), m.ID.ValueString())
	switch {
	case pays:
		m.BillingPolicyID = policy
	case err != nil && !rest.IsNotFound(err):
		m.BillingPolicyID = policy
		entity.Warn(ctx, "Could not confirm the billing policy of environment "+m.ID.ValueString(),
			"The environment shows none, and the licensing service could not be asked. State keeps "+policy.ValueString()+". "+err.Error())
	}
}

// readCurrency asks the organisation for what the record does not tell. After a create it is known.
func (m *model) readCurrency(ctx context.Context, c *api.Client) error {
	d := m.stored()
	if d == nil || d.CurrencyCode.ValueString() != "" {
		return nil
	}
	limit, org := currencyLimit, m.organisation()
	if time.Since(org.Created) > newFor {
		limit = oldLimit
	}
	asking, done := within(ctx, limit)
	defer done()
	code, err := c.Dataverse.BaseCurrency(asking, org)
	if err != nil {
		entity.Warn(ctx, "Could not read the currency of environment "+m.ID.ValueString(), err.Error())
		return nil
	}
	d.CurrencyCode = types.StringValue(code)
	m.setDatabase(d)
	return nil
}

// currencyLimit is how long an organisation that may just have been made is asked: it does not know its callers at once.
// One that is older than newFor either answers soon or not at all.
const (
	currencyLimit = 10 * time.Minute
	oldLimit      = 15 * time.Second
	newFor        = time.Hour
)

// within bounds what is nice to know, so that it leaves time for what is necessary: half of the time that ctx has, or
// limit if that is less.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/2)
	}
	return context.WithTimeout(ctx, limit)
}

func (m *model) organisation() dataverse.Org {
	made, err := time.Parse(time.RFC3339, m.record.Properties.CreatedTime)
	if err != nil {
		made = time.Time{}
	}
	return dataverse.Org{URL: m.record.Properties.LinkedEnvironmentMetadata.InstanceURL, Created: made}
}

// missing names what an environment lacks after an apply.
func missing(m *model) string {
	p := m.record.Properties
	background := p.LinkedEnvironmentMetadata != nil && field.Deref(p.LinkedEnvironmentMetadata.BackgroundOperationsState) == "Enabled"
	switch state := p.ProvisioningState; {
	case running(p):
		return "a lifecycle operation is still running"
	case state == "Creating" || state == "LinkedDatabaseProvisioning":
		return "its provisioning is not over: " + state
	case m.wanted != nil && m.waits(gateDataverse) && p.LinkedEnvironmentMetadata == nil:
		return "its Dataverse organisation does not show"
	case m.waits(gateBackground) && !background && !m.switchedOff():
		return "background operations are not enabled"
	}
	return ""
}

func running(p bap.EnvironmentProperties) bool {
	return p.States != nil && field.Deref(id(p.States.Management)) == "Running"
}

func (m *model) waits(gate string) bool {
	if !field.Given(m.WaitFor) {
		return gate == gateDataverse
	}
	return slices.ContainsFunc(m.WaitFor.Elements(), types.StringValue(gate).Equal)
}

func update(ctx context.Context, c *api.Client, m, prior *model) error {
	m.wanted = m.stored()
	id := m.ID.ValueString()
	if sku := field.TextIfChanged(m.EnvironmentType, prior.EnvironmentType); sku != nil {
		err := settled(ctx, c, id, c.BAP.ChangeEnvironmentSKU(ctx, id, *sku), func(p bap.EnvironmentProperties) bool {
			return field.Deref(p.EnvironmentSKU) == *sku || running(p)
		})
		if err != nil {
			return err
		}
	}
	if m.wanted != nil && prior.stored() == nil {
		if err := addDataverse(ctx, c, m); err != nil {
			return err
		}
	}
	if err := changeBilling(ctx, c, m, prior); err != nil {
		return err
	}
	p := m.changes(prior)
	if p == (bap.EnvironmentProperties{}) {
		return nil
	}
	if err := c.BAP.UpdateEnvironment(ctx, id, p); err != nil && !rest.IsOperationGone(err) {
		return err
	}
	return nil
}

// addDataverse provisions a database. If the outcome is unknown, the record tells whether it has begun.
func addDataverse(ctx context.Context, c *api.Client, m *model) error {
	if err := checkDomain(ctx, c, m); err != nil {
		return entity.Refused(err) // however it ended, nothing was asked for yet
	}
	err := c.BAP.AddDataverse(ctx, m.ID.ValueString(), m.wanted.expand())
	return settled(ctx, c, m.ID.ValueString(), err, func(p bap.EnvironmentProperties) bool {
		return p.LinkedEnvironmentMetadata != nil || p.ProvisioningState == "LinkedDatabaseProvisioning"
	})
}

// settled decides by the record what a request has done whose outcome is not known.
func settled(ctx context.Context, c *api.Client, id string, err error, begun func(bap.EnvironmentProperties) bool) error {
	if !rest.IsAmbiguous(err) && !rest.IsOperationGone(err) {
		return err
	}
	e, failed := c.BAP.Environment(ctx, id)
	switch {
	case failed != nil:
		return errors.Join(err, failed)
	case begun(e.Properties):
		return nil
	}
	return err
}

func changeBilling(ctx context.Context, c *api.Client, m, prior *model) error {
	policy := field.TextIfChanged(m.BillingPolicyID, prior.BillingPolicyID)
	if policy == nil {
		return nil
	}
	if prior.BillingPolicyID.Set() {
		if err := c.Licensing.RemoveBillingPolicyEnvironment(ctx, prior.BillingPolicyID.ValueString(), m.ID.ValueString()); err != nil && !rest.IsNotFound(err) {
			return err
		}
	}
	if !m.BillingPolicyID.Set() {
		return nil
	}
	return c.Licensing.AddBillingPolicyEnvironment(ctx, *policy, m.ID.ValueString())
}

func remove(ctx context.Context, c *api.Client, m *model) error {
	if m.EnvironmentType.ValueString() == typeDefault && m.DeletionPolicy.ValueString() != policyAbandon {
		return errors.New("a default environment cannot be deleted; set deletion_policy = \"abandon\" and apply, then it can be let go of")
	}
	if m.DeletionPolicy.ValueString() == policyAbandon {
		entity.Warn(ctx, "Environment "+m.ID.ValueString()+" was not deleted", "Its deletion_policy is \"abandon\": it was removed from state and goes on to exist.")
		return nil
	}
	return c.BAP.DeleteEnvironment(ctx, m.ID.ValueString())
}

// parent looks for the environment in the list, a second and independent read.
func parent(ctx context.Context, c *api.Client, m *model) error {
	return c.BAP.NoLonger(ctx, m.ID.ValueString())
}

// switchedOff reports whether background operations are planned to be off.
func (m *model) switchedOff() bool {
	return m.wanted != nil && m.wanted.BackgroundOperationEnabled.Equal(types.BoolValue(false))
}

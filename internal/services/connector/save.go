package connector

import (
	"context"
	"errors"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

// createCustom makes the row, and what else a connector has.
func createCustom(ctx context.Context, c *api.Client, m *custom) error {
	o, err := organisation(ctx, c, m.environment())
	if err != nil {
		return err
	}
	body, err := m.columns()
	if err != nil {
		return err
	}
	if err := m.free(ctx, c, o); err != nil {
		return err
	}
	body = row.Changed(body, nil)
	icon := body["iconblob"]
	delete(body, "iconblob") // it can be set only once the row is there
	body["name"], body["connectortype"] = escape(m.Name.ValueString()), 1
	in := dataverse.InSolution(m.SolutionName.ValueString())
	id, err := row.Create(ctx, c, o, connectors, body, in, patience())
	if id == "" {
		return err
	}
	m.ConnectorID = customtype.UUIDValue(id)
	if err != nil {
		return err
	}
	if icon != nil {
		if err := dataverse.Update(ctx, c.Dataverse, o, connectors, id, row.Columns{"iconblob": icon}, patience()); err != nil {
			return entity.Incomplete(err)
		}
	}
	err = m.arrive(ctx, c, o)
	if conflict, ok := errors.AsType[*conflictError](err); ok {
		return m.giveUp(ctx, c, o, conflict)
	}
	if err != nil {
		return err
	}
	return m.sendSecrets(ctx, c, nil)
}

// giveUp deletes a new connector that the API hub does not take over.
func (m *custom) giveUp(ctx context.Context, c *api.Client, o dataverse.Org, conflict error) error {
	if err := dataverse.Delete(ctx, c.Dataverse, o, connectors, m.row()); err != nil {
		return errors.Join(conflict, err)
	}
	return entity.Refused(conflict)
}

// free refuses a name that is taken, which Dataverse itself does not.
func (m *custom) free(ctx context.Context, c *api.Client, o dataverse.Org) error {
	other, err := dataverse.First[connectorRow](ctx, c.Dataverse, o, connectors, dataverse.Query{
		Select: "connectorid", Filter: "name eq " + dataverse.Quote(escape(m.Name.ValueString())),
	})
	if errors.Is(err, rest.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return entity.At(atName, entity.Exists("custom_connector", m.environment()+"/"+other.ID, nil))
}

// updateCustom saves the columns that changed. If only a trigger did, it saves again those that refer to environment
// variables.
func updateCustom(ctx context.Context, c *api.Client, m, prior *custom) error {
	o, err := organisation(ctx, c, m.environment())
	if err != nil {
		return err
	}
	change, err := m.changed(prior)
	if err != nil {
		return err
	}
	again := !m.SaveTriggers.IsUnknown() && !m.SaveTriggers.Equal(prior.SaveTriggers) && len(m.SaveTriggers.Elements()) > 0
	moved := field.Given(m.SolutionName) && !m.SolutionName.Equal(prior.SolutionName)
	lost := !field.Given(prior.InternalID) || !field.Given(prior.PrimaryRuntimeURL)
	if len(change) == 0 && (again || moved || lost) {
		if change, err = m.referring(); err != nil {
			return err
		}
	}
	if len(change) > 0 {
		if err := m.save(ctx, c, o, change, prior); err != nil {
			return err
		}
	}
	return m.sendSecrets(ctx, c, prior)
}

// save writes columns and waits until the API hub has them.
func (m *custom) save(ctx context.Context, c *api.Client, o dataverse.Org, change row.Columns, prior *custom) error {
	before := ""
	if field.Given(prior.InternalID) {
		hub, err := c.PowerApps.Connector(ctx, m.environment(), prior.InternalID.ValueString())
		if err != nil && !rest.IsNotFound(err) {
			return err
		}
		before = hub.Properties.ChangedTime
	}
	if err := dataverse.Update(ctx, c.Dataverse, o, connectors, m.row(), change, dataverse.InSolution(m.SolutionName.ValueString()), patience()); err != nil {
		return err
	}
	if before == "" {
		m.InternalID = prior.InternalID
		return m.arrive(ctx, c, o)
	}
	err := m.follow(ctx, c, prior.InternalID.ValueString(), before)
	if conflict, ok := errors.AsType[*conflictError](err); ok {
		return m.takeBack(ctx, c, o, change, prior, conflict)
	}
	return err
}

// takeBack undoes a save that the API hub does not take over: Dataverse and hub would differ for good, and no plan would
// show it.
func (m *custom) takeBack(ctx context.Context, c *api.Client, o dataverse.Org, change row.Columns, prior *custom, conflict error) error {
	before, err := prior.columns()
	if err != nil {
		return conflict
	}
	for name := range change {
		change[name] = before[name]
	}
	if err := dataverse.Update(ctx, c.Dataverse, o, connectors, m.row(), change, patience()); err != nil {
		return errors.Join(conflict, err)
	}
	return conflict
}

// deleteCustom deletes the row and waits until the API hub has forgotten the connector, and with it all connections.
func deleteCustom(ctx context.Context, c *api.Client, m *custom) error {
	o, err := c.Org(ctx, m.environment())
	if err != nil {
		if _, none := errors.AsType[*api.NoDataverseError](err); none {
			return entity.ErrNotFound
		}
		return err
	}
	if err := dataverse.Delete(ctx, c.Dataverse, o, connectors, m.row()); err != nil {
		return err
	}
	return m.vanish(ctx, c)
}

func (m *custom) vanish(ctx context.Context, c *api.Client) error {
	if !field.Given(m.InternalID) {
		return nil
	}
	return rest.Until(ctx, every, func(ctx context.Context) (bool, error) {
		_, err := c.PowerApps.Connector(ctx, m.environment(), m.InternalID.ValueString())
		if rest.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
}

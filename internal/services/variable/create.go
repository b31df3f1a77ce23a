package variable

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

func create(ctx context.Context, c *api.Client, m *model) error {
	org, err := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return entity.Refused(err)
	}
	m.Secret.complete()
	m.Default.complete()
	id, err := define(ctx, c, org, m)
	if id != "" {
		m.ID = customtype.UUIDValue(id)
	}
	if err != nil || m.wire() == "" {
		return err
	}
	// The definition is there: an error would taint it, and the next apply would make it anew.
	return entity.Incomplete(m.save(ctx, c, m.wire(), atValue, atSecret, func() error { return setValue(ctx, c, org, id, "", m.wire()) }))
}

// save carries out a write, with the care that a secret needs, and blames the argument whose value is refused.
func (m *model) save(ctx context.Context, c *api.Client, text string, plainAt, secretAt path.Path, write func() error) error {
	if text == "" {
		return write()
	}
	at := plainAt
	if m.secrets() {
		at = secretAt
		inner := write
		write = func() error { return saveSecret(ctx, c, m.EnvironmentID.ValueString(), text, inner) }
	}
	err := write()
	if err == nil || rest.IsUncertain(err) {
		return err
	}
	return entity.At(at, err)
}

// columns are those that the configuration decides and that can change.
func (m *model) columns() row.Columns {
	out := row.Expand(m, "")
	out["defaultvalue"] = row.OrNone(m.wireDefault())
	return out
}

// define makes the definition and returns its ID.
func define(ctx context.Context, c *api.Client, org dataverse.Org, m *model) (id string, err error) {
	body := row.Changed(m.columns(), nil)
	body["schemaname"], body["type"] = m.SchemaName.ValueString(), codeOf(m.kind())
	if m.secrets() {
		body["secretstore"] = 0 // Azure Key Vault
	}
	err = m.save(ctx, c, m.wireDefault(), atDefaultValue, atDefault, func() (err error) {
		id, err = dataverse.Create(ctx, c.Dataverse, org, definitions, body,
			dataverse.InSolution(m.Solution.ValueString()), patient())
		return err
	})
	return row.Settle(ctx, id, err, func(ctx context.Context) (string, error) {
		if err != nil {
			id, problem := takeOver(ctx, c, org, m, !dataverse.IsDuplicate(err), err)
			return id, entity.Refused(problem)
		}
		d, unseen := find(ctx, c, org, m.SchemaName.ValueString())
		if unseen != nil {
			unseen = fmt.Errorf("the platform took the definition without naming its ID, and does not show it: %w", unseen)
		}
		return d.ID, unseen
	})
}

// patient does not wait, while a new organisation gets to know the caller, for a secret that is refused in the same way.
func patient() dataverse.Option {
	return rest.NoRetry(func(e *rest.Error) bool { return refusedSecret(e) })
}

// takeOver continues with a definition that is there already, if it is what an interrupted run left behind: made by the
// same identity, of the same type and without a value although it is to have one. sent says that this run may have made it.
func takeOver(ctx context.Context, c *api.Client, org dataverse.Org, m *model, sent bool, cause error) (string, error) {
	importID := m.EnvironmentID.ValueString() + "/" + m.SchemaName.ValueString()
	d, err := find(ctx, c, org, m.SchemaName.ValueString())
	if err != nil {
		return "", cause
	}
	if d.Managed {
		return "", entity.At(atSchemaName, fmt.Errorf("a managed solution brought this variable, so its definition cannot be managed here; set its value with powerplatform_environment_variable_value: %w", cause))
	}
	who, err := c.Dataverse.WhoAmI(ctx, org)
	if err != nil {
		return "", entity.Exists("environment_variable", importID, errors.Join(cause, err))
	}
	_, value := d.value()
	if !sent && m.wire() == "" || value != "" || d.Type != codeOf(m.kind()) || !strings.EqualFold(d.CreatedBy, who.UserID) {
		return "", entity.Exists("environment_variable", importID, cause)
	}
	shown := *m
	shown.flatten(d)
	if change := row.Changed(m.columns(), shown.columns()); len(change) > 0 {
		err = m.save(ctx, c, m.wireDefault(), atDefaultValue, atDefault, func() error {
			return dataverse.Update(ctx, c.Dataverse, org, definitions, d.ID, change, answered())
		})
	}
	if err == nil && m.Solution.ValueString() != "" {
		err = addTo(ctx, c, org, m.Solution.ValueString(), d.ID)
	}
	if err == nil && !sent {
		entity.Warn(ctx, "Took over environment variable "+importID, "Its definition was there already, of the same type, made by the same identity and without a value: an interrupted run left it behind.")
	}
	return d.ID, err
}

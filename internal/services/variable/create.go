package variable

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// organisation finds where the rows of an environment are.
func organisation(ctx context.Context, c *api.Client, environmentID string) (dataverse.Org, error) {
	org, err := c.Org(ctx, environmentID)
	if _, none := errors.AsType[*api.NoDataverseError](err); none || rest.IsNotFound(err) {
		return org, entity.At(atEnvironment, err)
	}
	return org, err
}

func create(ctx context.Context, c *api.Client, m *model) error {
	org, err := organisation(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return entity.Refused(err)
	}
	m.Secret.complete()
	m.Default.complete()
	id, err := define(ctx, c, org, m)
	if err != nil {
		return err
	}
	m.ID = customtype.UUIDValue(id)
	if m.wire() == "" {
		return nil
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

// columns are what the platform is told of a definition that prior does not hold yet; everything if prior is nil.
func (m *model) columns(prior *model) map[string]any {
	out := map[string]any{}
	if prior == nil {
		prior = &model{}
		out["schemaname"], out["type"] = m.SchemaName.ValueString(), codeOf(m.kind())
		if m.secrets() {
			out["secretstore"] = 0 // Azure Key Vault
		}
	}
	for name, text := range map[string][2]string{
		"displayname":  {m.DisplayName.ValueString(), prior.DisplayName.ValueString()},
		"description":  {m.Description.ValueString(), prior.Description.ValueString()},
		"defaultvalue": {m.wireDefault(), prior.wireDefault()},
	} {
		switch now, before := text[0], text[1]; now {
		case before:
		case "":
			out[name] = nil
		default:
			out[name] = now
		}
	}
	return out
}

// define makes the definition and returns its ID.
func define(ctx context.Context, c *api.Client, org dataverse.Org, m *model) (string, error) {
	var id string
	err := m.save(ctx, c, m.wireDefault(), atDefaultValue, atDefault, func() (err error) {
		id, err = dataverse.Create(ctx, c.Dataverse, org, definitions, m.columns(nil), dataverse.InSolution(m.Solution.ValueString()), patient(org))
		return err
	})
	switch {
	case err == nil && id == "": // the answer did not say
		d, err := find(ctx, c, org, m.SchemaName.ValueString())
		if err != nil {
			return "", fmt.Errorf("the platform took the definition without naming its ID, and does not show it: %w", err)
		}
		return d.ID, nil
	case dataverse.IsDuplicate(err):
		id, err = takeOver(ctx, c, org, m, false, err)
		return id, entity.Refused(err)
	case err != nil && (ctx.Err() != nil || rest.IsAmbiguous(err)):
		look, done := rest.LastLook(ctx)
		defer done()
		id, problem := takeOver(look, c, org, m, true, err)
		if problem == nil && ctx.Err() != nil {
			m.ID = customtype.UUIDValue(id)
			return id, entity.Incomplete(err)
		}
		return id, entity.Refused(problem)
	}
	return id, err
}

// patient waits for a new organisation to know the caller, and not for a secret that is refused in the same way. That the
// refusal of strangers passes was observed in microsoft/terraform-provider-power-platform.
func patient(org dataverse.Org) dataverse.Option {
	return rest.RetryOn(func(e *rest.Error) bool {
		return e.Status == http.StatusForbidden && !refusedSecret(e) && !org.Created.IsZero() && time.Since(org.Created) < time.Hour
	})
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
	_, row := d.value()
	if !sent && m.wire() == "" || row != "" || d.Type != codeOf(m.kind()) || !strings.EqualFold(d.CreatedBy, who.UserID) {
		return "", entity.Exists("environment_variable", importID, cause)
	}
	shown := *m
	shown.flatten(d)
	if change := m.columns(&shown); len(change) > 0 {
		err = m.save(ctx, c, m.wireDefault(), atDefaultValue, atDefault, func() error {
			return dataverse.Update(ctx, c.Dataverse, org, definitions, d.ID, change, known())
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

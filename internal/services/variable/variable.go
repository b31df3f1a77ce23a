// Package variable manages environment variables: definitions, values, and secrets that they refer to.
package variable

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

// Resource is powerplatform_environment_variable.
func Resource() entity.Resource[model] {
	return entity.Resource[model]{
		Name: "environment_variable", Key: []string{"environment_id", "schema_name"}, Schema: variableSchema,
		All: own, Called: "schema_name",
		Validate: validate, Plan: plan, Create: create, Read: read, Update: update, Delete: remove,
		Errors: refusals, Explain: explainInUse,
		Parent: func(ctx context.Context, c *api.Client, m *model) error {
			return row.Absent(ctx, c, m.EnvironmentID.ValueString(), "a second look shows the definition under its ID",
				row.ByID(ctx, c, definitions, m.ID.ValueString()))
		},
	}
}

type model struct {
	ID            customtype.UUID   `tfsdk:"id"`
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
	SchemaName    customtype.Folded `tfsdk:"schema_name"`
	DisplayName   types.String      `tfsdk:"display_name" column:"displayname"`
	Description   types.String      `tfsdk:"description" column:"description"`
	Type          types.String      `tfsdk:"type"`
	DefaultValue  types.String      `tfsdk:"default_value"`
	Value         types.String      `tfsdk:"value"`
	Default       *secret           `tfsdk:"default_key_vault_secret"`
	Secret        *secret           `tfsdk:"key_vault_secret"`
	Solution      types.String      `tfsdk:"solution_unique_name"`
	ValueID       customtype.UUID   `tfsdk:"value_id"`
	Reference     types.String      `tfsdk:"reference"`
	Revision      types.String      `tfsdk:"revision"`
}

var (
	atSchemaName   = path.Root("schema_name")
	atValue        = path.Root("value")
	atDefaultValue = path.Root("default_value")
	atSecret       = path.Root("key_vault_secret")
	atDefault      = path.Root("default_key_vault_secret")
)

func (m *model) kind() string {
	if m.Type.ValueString() == "" {
		return kindString
	}
	return m.Type.ValueString()
}

// secrets reports whether the variable refers to secrets.
func (m *model) secrets() bool { return m.kind() == kindSecret }

// wire is what the platform keeps as the value, wireDefault as the default value; "" for none.
func (m *model) wire() string        { return wire(m.kind(), m.Value, m.Secret) }
func (m *model) wireDefault() string { return wire(m.kind(), m.DefaultValue, m.Default) }

func wire(kind string, plain types.String, s *secret) string {
	if kind == kindSecret {
		return s.text()
	}
	text, err := stored(kind, plain.ValueString())
	if err != nil { // it was checked, unless there is none
		return plain.ValueString()
	}
	return text
}

// settled reports whether the values are known.
func (m *model) settled() bool {
	return !m.Type.IsUnknown() && !m.Value.IsUnknown() && !m.DefaultValue.IsUnknown() && !m.Secret.unknown() && !m.Default.unknown()
}

// means is the meaning of the value that applies.
func (m *model) means() string {
	if text := m.wire(); text != "" {
		return meaning(m.kind(), text)
	}
	return meaning(m.kind(), m.wireDefault())
}

// revisionOf is the fingerprint of a reference and of what it evaluates to.
func revisionOf(reference, means string) string {
	sum := sha256.Sum256([]byte(reference + "\x00" + means))
	return hex.EncodeToString(sum[:8])
}

func validate(m *model) error {
	if m.Type.IsUnknown() {
		return nil
	}
	var problems []error
	for _, v := range []struct {
		plain types.String
		s     *secret
		at    path.Path
		sAt   path.Path
	}{{m.Value, m.Secret, atValue, atSecret}, {m.DefaultValue, m.Default, atDefaultValue, atDefault}} {
		switch {
		case m.secrets() && !v.plain.IsNull():
			problems = append(problems, entity.Atf(v.at, "a variable of type Secret refers to a secret in Azure Key Vault: give %s instead. A secret never belongs into the configuration", v.sAt))
		case !m.secrets() && v.s != nil:
			problems = append(problems, entity.Atf(v.sAt, "only a variable of type Secret refers to Azure Key Vault, and this one is of type %s; give %s, or set type = \"Secret\"", m.kind(), v.at))
		case !v.plain.IsNull() && !v.plain.IsUnknown():
			if _, err := stored(m.kind(), v.plain.ValueString()); err != nil {
				problems = append(problems, entity.At(v.at, err))
			}
		}
		problems = append(problems, v.s.check(v.sAt))
	}
	return errors.Join(problems...)
}

// plan keeps what means the same, and says what a change will do to what is computed.
func plan(_ context.Context, _ *api.Client, change *entity.Change[model]) error {
	m, prior := change.Plan, change.Prior
	known := prior
	if known == nil {
		known = &model{}
	}
	m.Secret, m.Default = planSecret(change.Config.Secret, known.Secret), planSecret(change.Config.Default, known.Default)
	m.Reference = types.StringUnknown()
	if !m.SchemaName.IsUnknown() {
		m.Reference = types.StringValue(openapi.Reference(m.SchemaName.ValueString()))
	}
	if strings.EqualFold(m.Reference.ValueString(), known.Reference.ValueString()) { // spelt as the platform does
		m.Reference = known.Reference
	}
	m.Revision = types.StringUnknown()
	if prior == nil {
		if m.settled() && m.wire() == "" {
			m.ValueID = customtype.UUIDNull()
		}
		return nil
	}
	keepMeaning(m.kind(), &m.Value, prior.Value)
	keepMeaning(m.kind(), &m.DefaultValue, prior.DefaultValue)
	switch {
	case !m.settled():
	case m.wire() == "":
		m.ValueID = customtype.UUIDNull()
	case prior.ValueID.ValueString() != "":
		m.ValueID = prior.ValueID
	}
	if m.settled() && m.means() == prior.means() && m.Reference.Equal(prior.Reference) {
		m.Revision = prior.Revision
	}
	return nil
}

// keepMeaning plans the text in state where the configuration means the same.
func keepMeaning(kind string, planned *types.String, prior types.String) {
	if !planned.IsNull() && !planned.IsUnknown() && !prior.IsNull() && meaning(kind, planned.ValueString()) == meaning(kind, prior.ValueString()) {
		*planned = prior
	}
}

// own yields the variables of the environment of m whose definitions no managed solution brought.
func own(ctx context.Context, c *api.Client, m *model) iter.Seq2[model, error] {
	return entity.Models(all(ctx, c, m.EnvironmentID.ValueString(), "ismanaged eq false"), func(one *model, d definition) {
		one.EnvironmentID = m.EnvironmentID
		one.flatten(d)
	})
}

func read(ctx context.Context, c *api.Client, m *model) error {
	org, err := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	d, err := find(ctx, c, org, m.SchemaName.ValueString())
	if err != nil {
		return err
	}
	m.flatten(d)
	return nil
}

// flatten fills the model and keeps what means what the platform shows.
func (m *model) flatten(d definition) {
	if m.ID.ValueString() == "" || !strings.EqualFold(m.SchemaName.ValueString(), d.SchemaName) { // else the spelling is the configuration's
		m.SchemaName = customtype.FoldedValue(d.SchemaName)
	}
	m.ID, m.DisplayName, m.Description, m.Type = customtype.UUIDValue(d.ID), types.StringValue(d.DisplayName), field.OrNull(d.Description), types.StringValue(kindOf(d.Type))
	value, row := d.value()
	m.ValueID = customtype.UUIDNull()
	if row != "" {
		m.ValueID = customtype.UUIDValue(row)
	}
	if m.secrets() {
		m.Value, m.DefaultValue = types.StringNull(), types.StringNull()
		m.Secret, m.Default = showSecret(m.Secret, value), showSecret(m.Default, d.DefaultValue)
	} else {
		m.Secret, m.Default = nil, nil
		m.Value, m.DefaultValue = show(m.kind(), m.Value, value), show(m.kind(), m.DefaultValue, d.DefaultValue)
	}
	if reference := openapi.Reference(d.SchemaName); !strings.EqualFold(m.Reference.ValueString(), reference) {
		m.Reference = types.StringValue(reference)
	}
	m.Revision = types.StringValue(revisionOf(m.Reference.ValueString(), meaning(m.kind(), d.effective())))
}

// show keeps the text that is known if the platform's means the same.
func show(kind string, known types.String, text string) types.String {
	switch {
	case text == "":
		return types.StringNull()
	case known.ValueString() != "" && meaning(kind, known.ValueString()) == meaning(kind, text):
		return known
	}
	return types.StringValue(text)
}

func update(ctx context.Context, c *api.Client, m, prior *model) error {
	org, err := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	m.Secret.complete()
	m.Default.complete()
	id := prior.ID.ValueString()
	if change := row.Changed(m.columns(), prior.columns()); len(change) > 0 {
		text := ""
		if _, sent := change["defaultvalue"]; sent {
			text = m.wireDefault()
		}
		if err := m.save(ctx, c, text, atDefaultValue, atDefault, func() error {
			return dataverse.Update(ctx, c.Dataverse, org, definitions, id, change, patient())
		}); err != nil {
			return err
		}
	}
	if err := move(ctx, c, org, id, m.Solution.ValueString(), prior.Solution.ValueString()); err != nil {
		return err
	}
	now, value := m.wire(), prior.ValueID.ValueString()
	switch {
	case now == "" && value != "":
		return removeValue(ctx, c, org, value)
	case now != "" && (value == "" || meaning(m.kind(), now) != meaning(m.kind(), prior.wire())):
		return m.save(ctx, c, now, atValue, atSecret, func() error { return setValue(ctx, c, org, id, value, now) })
	}
	return nil
}

// move puts a definition into a solution and takes it out of the one that held it.
func move(ctx context.Context, c *api.Client, org dataverse.Org, id, to, from string) error {
	if to == "" || strings.EqualFold(to, from) {
		return nil
	}
	if err := addTo(ctx, c, org, to, id); err != nil {
		return entity.At(path.Root("solution_unique_name"), err)
	}
	if from == "" {
		return nil
	}
	_, err := dataverse.Action[rest.None](ctx, c.Dataverse, org, "RemoveSolutionComponent", map[string]any{
		"SolutionComponent": map[string]any{"solutioncomponentid": id, "@odata.type": "Microsoft.Dynamics.CRM.solutioncomponent"},
		"ComponentType":     definitionComponent, "SolutionUniqueName": from,
	})
	if rest.IsNotFound(err) {
		return nil
	}
	return err
}

func addTo(ctx context.Context, c *api.Client, org dataverse.Org, solution, id string) error {
	_, err := dataverse.Action[rest.None](ctx, c.Dataverse, org, "AddSolutionComponent", map[string]any{
		"ComponentId": id, "ComponentType": definitionComponent, "SolutionUniqueName": solution, "AddRequiredComponents": false, "DoNotIncludeSubcomponents": false,
	})
	return err
}

func remove(ctx context.Context, c *api.Client, m *model) error {
	org, err := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	return dataverse.Delete(ctx, c.Dataverse, org, definitions, m.ID.ValueString())
}

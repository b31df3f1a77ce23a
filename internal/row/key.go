package row

import (
	"context"
	"maps"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework-validators/helpers/validatordiag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// Key addresses a row. The model of a Table embeds it.
type Key struct {
	ID            customtype.Folded `tfsdk:"id"`
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
}

func (k *Key) key() *Key           { return k }
func (k *Key) environment() string { return k.EnvironmentID.ValueString() }

func keyOf[M any](m *M) *Key {
	if k, ok := any(m).(interface{ key() *Key }); ok {
		return k.key()
	}
	panic("the model of a table embeds row.Key")
}

// schema is that of the table with the attributes of Key.
func (t Table[M]) schema() schema.Schema {
	s := t.Schema
	s.Attributes = maps.Clone(s.Attributes)
	id := "ID of the " + strings.ReplaceAll(t.Name, "_", " ") + "."
	checks := idOr{}
	if unique, ok := s.Attributes[t.Unique].(schema.StringAttribute); ok {
		id, checks.name = id+" An import takes `"+t.Unique+"` as well.", unique.Validators
	}
	s.Attributes["id"] = field.Shown.Folded(id, checks)
	s.Attributes["environment_id"] = field.EnvironmentID(field.WithDataverse)
	return s
}

// idOr checks what an import takes for the ID.
type idOr struct{ name []validator.String }

// Description says what is checked.
func (v idOr) Description(context.Context) string {
	if v.name == nil {
		return "must be an ID"
	}
	return "must be an ID or a unique name"
}

// MarkdownDescription says the same.
func (v idOr) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString checks an ID.
func (v idOr) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || isID(req.ConfigValue.ValueString()) {
		return
	}
	wrong := v.name == nil
	for _, check := range v.name {
		tried := &validator.StringResponse{}
		check.ValidateString(ctx, req, tried)
		wrong = wrong || tried.Diagnostics.HasError()
	}
	if wrong {
		resp.Diagnostics.Append(validatordiag.InvalidAttributeValueMatchDiagnostic(
			req.Path, v.Description(ctx), req.ConfigValue.ValueString()))
	}
}

// isID tells an ID from a name.
func isID(text string) bool {
	return len(text) == len(uuid.UUID{}.String()) && uuid.Validate(text) == nil
}

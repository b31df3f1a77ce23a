// Package solution manages solutions and their publishers: what components of Dataverse are collected in, and whose they
// are.
package solution

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	ds "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// The entity sets of this package.
const (
	publishers = "publishers"
	solutions  = "solutions"
)

// key addresses a row of an environment.
type key struct {
	ID            customtype.Folded `tfsdk:"id"`
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
}

// nameRule says what unique names are made of.
const nameRule = "must have letters, digits and underscores only, and not begin with a digit"

var byEnvironment = []string{"environment_id", "id"}

// keyed are the attributes of key.
func keyed(what string, more map[string]schema.Attribute) map[string]schema.Attribute {
	more["id"] = field.Shown.Folded(
		"ID of the "+what+". An import takes the unique name as well.",
		field.Matches(idOrName, "must be an ID or a unique name"))
	more["environment_id"] = field.EnvironmentID(field.WithDataverse)
	return more
}

// inEnvironment is the argument of the lists.
var inEnvironment = map[string]ds.Attribute{"environment_id": ds.StringAttribute{
	MarkdownDescription: "ID of the environment, which must have Dataverse.", CustomType: customtype.FoldedType{}, Required: true,
	Validators: []validator.String{customtype.EnvironmentID()},
}}

// org finds the organisation of the environment and blames the argument if there is none.
func (k key) org(ctx context.Context, c *api.Client) (dataverse.Org, error) {
	o, err := c.Org(ctx, k.EnvironmentID.ValueString())
	if _, none := errors.AsType[*api.NoDataverseError](err); none {
		return o, entity.At(path.Root("environment_id"), err)
	}
	return o, err
}

// orgToMake is org for an object that does not exist yet: an environment that is not there is the fault of the argument.
func (k key) orgToMake(ctx context.Context, c *api.Client) (dataverse.Org, error) {
	o, err := k.org(ctx, c)
	if rest.IsNotFound(err) {
		return o, entity.At(path.Root("environment_id"), err)
	}
	return o, err
}

// environment takes the second look after a 404: the environment must show, or be gone for sure.
func (k key) environment(ctx context.Context, c *api.Client) error {
	_, err := c.BAP.EnvironmentOrGone(ctx, k.EnvironmentID.ValueString())
	return err
}

// get reads the row that the key names, by its ID or, in an import, by its unique name.
func get[R any](ctx context.Context, c *api.Client, k key, set string, q dataverse.Query) (R, error) {
	o, err := k.org(ctx, c)
	if err != nil {
		return *new(R), err
	}
	id := k.ID.ValueString()
	if uuid.Validate(id) == nil {
		return dataverse.Get[R](ctx, c.Dataverse, o, set, id, q)
	}
	q.Filter = "uniquename eq " + dataverse.Quote(id)
	row, ok, err := dataverse.Find[R](ctx, c.Dataverse, o, set, q)
	if err == nil && !ok {
		err = entity.ErrNotFound
	}
	return row, err
}

// making is a row that is to be created.
type making struct {
	typeName, set, idColumn string
	row                     map[string]any
}

// found is what tells a row that was made just now from one that was there before.
type found map[string]any

func (f found) text(column string) string {
	s, _ := f[column].(string)
	return s
}

// create makes a row and puts its ID into the key. A unique name belongs to one row: if the answer is lost, or names no
// ID, the row of that name which is new and has what was asked for is ours.
func create(ctx context.Context, c *api.Client, k *key, what making) error {
	o, err := k.orgToMake(ctx, c)
	if err != nil {
		return err
	}
	began := time.Now()
	id, err := dataverse.Create(ctx, c.Dataverse, o, what.set, what.row)
	if id != "" {
		k.ID = customtype.FoldedValue(id)
		return nil
	}
	if err != nil && !rest.IsUncertain(err) && !dataverse.IsDuplicate(err) {
		return err
	}
	cause := err
	looking, done := rest.LastLook(ctx)
	defer done()
	name, _ := what.row["uniquename"].(string)
	row, ok, err := dataverse.Find[found](looking, c.Dataverse, o, what.set, dataverse.Query{Filter: "uniquename eq " + dataverse.Quote(name)})
	switch {
	case err != nil && cause == nil:
		return err
	case cause == nil && !ok:
		return errors.New("the platform made it without naming its ID, and does not show it under its unique name " + name)
	case err != nil || !ok:
		return cause
	case cause == nil || !dataverse.IsDuplicate(cause) && row.ours(what.row, began):
		k.ID = customtype.FoldedValue(row.text(what.idColumn))
		if rest.IsTimeout(cause) {
			return entity.Incomplete(cause)
		}
		return nil
	}
	return entity.Refused(entity.At(path.Root(nameAttribute[what.set]), exists(what.typeName, k.EnvironmentID.ValueString(), row.text(what.idColumn), row, cause)))
}

var nameAttribute = map[string]string{publishers: "uniquename", solutions: "unique_name"}

// exists says how to go on with what has the unique name already.
func exists(typeName, environmentID, id string, row found, cause error) error {
	if row["ismanaged"] == true {
		return errors.Join(errors.New("a managed solution with this unique name is installed; choose another one: an unmanaged solution cannot have the name of a managed one"), cause)
	}
	return entity.Exists(typeName, environmentID+"/"+id, cause)
}

// clockSkew is how much older than our request a row may look that our request made.
const clockSkew = 5 * time.Minute

// ours reports whether a row is new and has what was asked for.
func (f found) ours(asked map[string]any, began time.Time) bool {
	made, err := time.Parse(time.RFC3339, f.text("createdon"))
	if err != nil || made.Before(began.Add(-clockSkew)) {
		return false
	}
	for column, value := range asked {
		if text, ok := value.(string); ok && !strings.Contains(column, "@") && !strings.EqualFold(text, f.text(column)) {
			return false
		}
	}
	return true
}

// text is what state shows for an optional text, where the platform does not tell nothing from "".
func text(written types.String, shown *string) types.String {
	if shown == nil || *shown == "" {
		if written.ValueString() == "" && !written.IsNull() && !written.IsUnknown() {
			return written
		}
		return types.StringNull()
	}
	return types.StringValue(*shown)
}

// column is what is sent for an optional text: null for none.
func column(v types.String) any {
	if v.ValueString() == "" {
		return nil
	}
	return v.ValueString()
}

// changes are the columns that differ from what was before.
func changes(now, before map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range now {
		if value != before[name] {
			out[name] = value
		}
	}
	return out
}

package row

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"reflect"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Table is a kind of objects that are rows of an entity set. Its methods are the functions of an entity.Resource, for
// objects that need more than one of them does to call.
type Table[M any] struct {
	Name   string        // type name without the provider prefix
	Set    string        // entity set, such as publishers
	Schema schema.Schema // without the key; what a column of the model is tagged with is read and written
	// Unique is the attribute whose value no two rows of an environment share: an import takes it in place of the ID, and
	// what a create made whose answer was lost is found by it. Without one, the ID is chosen before the row is made.
	Unique string
	// Called is the attribute by which people call a row; default: Unique.
	Called string
	// Query says which rows the others of their kind are, and in which order; and what is read beyond the columns of the
	// model: names in Select, or Everything.
	Query dataverse.Query

	// Prepare completes a model before it is written. Optional.
	Prepare func(ctx context.Context, c *api.Client, o dataverse.Org, m *M) error
	// Expand adds columns that are no single attribute to those that the model writes. Optional.
	Expand func(m *M, row Columns)
	// Flatten fills what is no single column, and refuses a row that cannot be managed. Optional.
	Flatten func(m *M, row Columns) error
	// Taken says why a row that has the unique value already cannot be imported, nil if it can. Optional.
	Taken func(row Columns) error
}

// Everything selects all columns.
const Everything = "*"

// Resource is the table as the engine sees it.
func (t Table[M]) Resource() entity.Resource[M] {
	r := entity.Resource[M]{
		Name: t.Name, Key: []string{"environment_id", "id"}, Schema: t.schema(),
		Create: t.Create, Read: t.Read, Update: t.Update, Delete: t.Delete, Parent: t.Parent,
		All: t.All, Called: cmp.Or(t.Called, t.Unique),
	}
	if slices.ContainsFunc(columnsOf(reflect.TypeFor[M]()), func(c column) bool { return c.use == many }) {
		r.Fill = t.Read
	}
	return r
}

// Create makes the row. One that is there already is to be imported.
func (t Table[M]) Create(ctx context.Context, c *api.Client, m *M) error {
	k := keyOf(m)
	o, row, err := t.columns(ctx, c, m)
	if err != nil {
		return err
	}
	row = Changed(row, nil)
	began, id := time.Now(), ""
	if t.Unique == "" {
		if id, err = Create(ctx, c, o, t.Set, row); id == "" && rest.IsUncertain(err) {
			err = entity.Lost(t.Name, nil, err) // it was looked for by its ID
		}
	} else {
		id, err = dataverse.Create(ctx, c.Dataverse, o, t.Set, row)
		id, err = Settle(ctx, id, err, func(ctx context.Context) (string, error) {
			return t.lost(ctx, c, o, m, func(found Columns) bool { return found.ours(row, began) }, err)
		})
	}
	if id == "" {
		return err
	}
	k.ID = customtype.FoldedValue(id)
	return errors.Join(err, entity.Incomplete(t.associate(ctx, c, o, id, m, new(M))))
}

// lost finds what a create made that returned cause and no ID. A unique value belongs to one row: the row that has it
// is ours if it is new and has what was asked for.
func (t Table[M]) lost(
	ctx context.Context, c *api.Client, o dataverse.Org, m *M, ours func(Columns) bool, cause error,
) (string, error) {
	column, name := t.unique(m)
	row, err := dataverse.First[Columns](ctx, c.Dataverse, o, t.Set, named(column, name))
	id := row.Text(dataverse.PrimaryKey(t.Set))
	switch {
	case cause == nil && rest.IsNotFound(err):
		return "", errors.New("the platform made it without naming its ID, " +
			"and does not show it under its unique name " + name)
	case cause == nil:
		return id, err
	case err != nil && dataverse.IsDuplicate(cause):
		return "", cause
	case err != nil:
		return "", entity.Lost(t.Name, nil, cause)
	case !dataverse.IsDuplicate(cause) && ours(row):
		return id, nil
	}
	taken := entity.Exists(t.Name, keyOf(m).environment()+"/"+id, cause)
	if t.Taken != nil {
		if why := t.Taken(row); why != nil {
			taken = errors.Join(why, cause)
		}
	}
	return "", entity.Refused(entity.At(path.Root(t.Unique), taken))
}

func named(column, name string) dataverse.Query {
	return dataverse.Query{Filter: column + " eq " + dataverse.Quote(name)}
}

// unique is the column of the unique attribute, and its value in m.
func (t Table[M]) unique(m *M) (column, text string) {
	model := reflect.ValueOf(m).Elem()
	for _, c := range columnsOf(model.Type()) {
		if c.attribute == t.Unique {
			text, _ := value(c.of(model)).(string)
			return c.name, text
		}
	}
	return "", ""
}

// Read fills the model from the row that the key names, by its ID or, in an import, by its unique value.
func (t Table[M]) Read(ctx context.Context, c *api.Client, m *M) error {
	k := keyOf(m)
	o, err := Org(ctx, c, k.environment())
	if err != nil {
		return err
	}
	var row Columns
	q := t.query(true)
	if id := k.ID.ValueString(); isID(id) || t.Unique == "" {
		row, err = dataverse.Get[Columns](ctx, c.Dataverse, o, t.Set, id, q)
	} else {
		column, _ := t.unique(m)
		q.Filter = named(column, id).Filter
		row, err = dataverse.First[Columns](ctx, c.Dataverse, o, t.Set, q)
	}
	if err != nil {
		return err
	}
	return t.flatten(m, row)
}

// Update changes the columns that differ, and then the associations.
func (t Table[M]) Update(ctx context.Context, c *api.Client, m, prior *M) error {
	o, row, err := t.columns(ctx, c, m)
	if err != nil {
		return err
	}
	id := keyOf(m).ID.ValueString()
	if row = Changed(row, t.expand(prior)); len(row) > 0 {
		if err := dataverse.Update(ctx, c.Dataverse, o, t.Set, id, row); err != nil {
			return err
		}
	}
	return t.associate(ctx, c, o, id, m, prior)
}

// Delete removes the row.
func (t Table[M]) Delete(ctx context.Context, c *api.Client, m *M) error {
	k := keyOf(m)
	o, err := Org(ctx, c, k.environment())
	if err != nil {
		return err
	}
	return dataverse.Delete(ctx, c.Dataverse, o, t.Set, k.ID.ValueString())
}

// Parent takes the second look: the environment must show, or be gone for sure.
func (t Table[M]) Parent(ctx context.Context, c *api.Client, m *M) error {
	_, err := c.BAP.EnvironmentOrGone(ctx, keyOf(m).environment())
	return err
}

// All yields the rows of the environment of m that Query chooses. Associations are not among what a list tells.
func (t Table[M]) All(ctx context.Context, c *api.Client, m *M) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		environment := keyOf(m).EnvironmentID
		o, err := Org(ctx, c, environment.ValueString())
		if err != nil {
			yield(*new(M), err)
			return
		}
		for row, err := range dataverse.List[Columns](ctx, c.Dataverse, o, t.Set, t.query(false)) {
			var one M
			keyOf(&one).EnvironmentID = environment
			if err == nil {
				err = t.flatten(&one, row)
			}
			if !yield(one, err) || err != nil {
				return
			}
		}
	}
}

// columns are what is to be written, in the organisation in which it is.
func (t Table[M]) columns(ctx context.Context, c *api.Client, m *M) (dataverse.Org, Columns, error) {
	o, err := Org(ctx, c, keyOf(m).environment())
	if err == nil && t.Prepare != nil {
		err = t.Prepare(ctx, c, o, m)
	}
	return o, t.expand(m), err
}

func (t Table[M]) expand(m *M) Columns {
	row := Expand(m, "")
	if t.Expand != nil {
		t.Expand(m, row)
	}
	return row
}

func (t Table[M]) flatten(m *M, row Columns) error {
	keyOf(m).ID = customtype.FoldedValue(row.Text(dataverse.PrimaryKey(t.Set)))
	Flatten(m, row, "")
	if t.Flatten == nil {
		return nil
	}
	return t.Flatten(m, row)
}

// query reads one row, or several.
func (t Table[M]) query(one bool) dataverse.Query {
	q := query[M](t.Query, one)
	if one {
		q.Filter, q.OrderBy = "", ""
	}
	if t.Query.Select == Everything {
		q.Select = ""
	}
	return q
}

// List is the data source of All.
func (t Table[M]) List(name, description string) entity.List[M, M] {
	return t.Resource().List(name, description)
}

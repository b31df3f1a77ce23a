// Package row is what all objects have in common that are rows of Dataverse: an environment and an ID for a key, the
// organisation of the environment, a create whose answer may be lost, changes column by column, associations, and what
// proves that a row is gone. A plain one is a Table: a schema, a model with column tags, and a declaration.
package row

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Columns are values of a row by their names on the wire; nil is no value.
type Columns map[string]any

// Text is the text in a column, "" if it holds none.
func (c Columns) Text(name string) string {
	s, _ := c[name].(string)
	return s
}

// OrNone is what is sent for a text: none for an empty one.
func OrNone(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// Changed are the columns of now whose values differ from those before. What neither has is left out, so that without
// any before it is the body of a create.
func Changed(now, before Columns) Columns {
	out := Columns{}
	for name, value := range now {
		same := value == before[name]
		if strings.HasSuffix(name, bind) {
			same = strings.EqualFold(now.Text(name), before.Text(name))
		}
		if !same {
			out[name] = value
		}
	}
	return out
}

// bind ends the name under which a lookup is written.
const bind = "@odata.bind"

// Environment is the attribute that is to blame where there are no rows.
var Environment = path.Root("environment_id")

// Org is the organisation of an environment. That there is none, or no environment, is the fault of its ID.
func Org(ctx context.Context, c *api.Client, environmentID string) (dataverse.Org, error) {
	o, err := c.Org(ctx, environmentID)
	if none(err) || rest.IsNotFound(err) {
		err = entity.At(Environment, err)
	}
	return o, err
}

// none reports whether an environment has no Dataverse.
func none(err error) bool {
	_, is := errors.AsType[*api.NoDataverseError](err)
	return is
}

// Absent takes the second look at a row that does not show: its environment must be gone for sure, or have no
// Dataverse, or look, by another route than the first one, must not find the row either. If look does, seen says so.
func Absent(
	ctx context.Context, c *api.Client, environmentID, seen string, look func(o dataverse.Org) error,
) error {
	e, err := c.BAP.EnvironmentOrGone(ctx, environmentID)
	if err != nil || e.Name == "" {
		return err
	}
	o, err := c.Org(ctx, environmentID)
	switch {
	case none(err):
		return nil
	case err != nil:
		return err
	}
	if err = look(o); err == nil {
		return errors.New(seen)
	}
	return err
}

// ByID looks for a row under its ID. Without an ID there is none.
func ByID(ctx context.Context, c *api.Client, set, id string) func(o dataverse.Org) error {
	return func(o dataverse.Org) error {
		if id == "" {
			return rest.ErrNotFound
		}
		q := dataverse.Query{Select: dataverse.PrimaryKey(set)}
		_, err := dataverse.Get[Columns](ctx, c.Dataverse, o, set, id, q)
		return err
	}
}

// ByQuery is ByID on another route: a query over the entity set.
func ByQuery(ctx context.Context, c *api.Client, set, id string) func(o dataverse.Org) error {
	return func(o dataverse.Org) error {
		if id == "" {
			return rest.ErrNotFound
		}
		key := dataverse.PrimaryKey(set)
		_, err := dataverse.First[Columns](ctx, c.Dataverse, o, set, dataverse.Query{Select: key, Filter: key + " eq " + id})
		return err
	}
}

// Create makes a row and returns its ID. It chooses the ID, so that a row whose answer is lost, or that the platform
// takes for a duplicate of what it was sent before, is found by it.
func Create(
	ctx context.Context, c *api.Client, o dataverse.Org, set string, body Columns, opts ...dataverse.Option,
) (string, error) {
	id := uuid.NewString()
	body[dataverse.PrimaryKey(set)] = id
	_, err := dataverse.Create(ctx, c.Dataverse, o, set, body, opts...)
	if err == nil {
		return id, nil
	}
	return Settle(ctx, "", err, func(ctx context.Context) (string, error) {
		switch unseen := ByID(ctx, c, set, id)(o); {
		case unseen == nil:
			return id, nil
		case rest.IsNotFound(unseen):
			return "", err
		default:
			return "", errors.Join(err, unseen)
		}
	})
}

// Settle is what a create has come to that returned id and err. Where it is not certain whether there is a row now, or
// which, look decides: it returns the ID of the row that is ours, or what is to be said. There is time for that even
// when that of the operation is over; the row is then Incomplete.
func Settle(
	ctx context.Context, id string, err error, look func(ctx context.Context) (string, error),
) (string, error) {
	if id != "" || err != nil && !rest.IsUncertain(err) && !dataverse.IsDuplicate(err) {
		return id, err
	}
	looking, done := rest.LastLook(ctx)
	defer done()
	id, problem := look(looking)
	if problem == nil && rest.IsTimeout(err) {
		problem = entity.Incomplete(err)
	}
	return id, problem
}

// clockSkew is how much older than our request a row may look that our request made.
const clockSkew = 5 * time.Minute

// ours reports whether a row is new and has what was asked for.
func (c Columns) ours(asked Columns, began time.Time) bool {
	made, err := time.Parse(time.RFC3339, c.Text("createdon"))
	if err != nil || made.Before(began.Add(-clockSkew)) {
		return false
	}
	for name, value := range asked {
		if text, ok := value.(string); ok && !strings.Contains(name, "@") && !strings.EqualFold(text, c.Text(name)) {
			return false
		}
	}
	return true
}

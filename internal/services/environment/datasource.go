package environment

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/sync/errgroup"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// managed are the arguments that only say how Terraform treats an environment.
var managed = []string{"wait_for", "deletion_policy"}

// DataSource is data.powerplatform_environment.
func DataSource() entity.DataSource[model] {
	one := environmentSchema
	one.MarkdownDescription = "One environment, found by its ID or by its display name, which must then be unique."
	return entity.DataSource[model]{Name: "environment", Schema: one, Omit: managed, By: []string{"id", "display_name"}, Read: find}
}

// List is data.powerplatform_environments.
func List() entity.List[model] {
	all := environmentSchema
	all.MarkdownDescription = "Every environment that the identity of the provider may administer. The currency is left out where it is no member of the organisation."
	return entity.List[model]{Name: "environments", Schema: all, Omit: managed, Each: each}
}

func find(ctx context.Context, c *api.Client, m *model) error {
	if m.ID.IsNull() {
		name := m.DisplayName.ValueString()
		e, err := entity.Only(c.BAP.Environments(ctx), fmt.Sprintf("environment with display name %q", name),
			func(e bap.Environment) bool { return field.Deref(e.Properties.DisplayName) == name })
		if err != nil {
			return err
		}
		m.flatten(e, c.Cloud)
		return m.readCurrency(ctx, c)
	}
	return read(ctx, c, m)
}

const (
	lookups   = 8           // how many organisations are asked for their currency at a time
	listLimit = time.Minute // how long one of them is asked
)

func each(ctx context.Context, c *api.Client, _ entity.Args) iter.Seq2[model, error] {
	return func(yield func(model, error) bool) {
		records, err := entity.All(c.BAP.Environments(ctx))
		if err != nil {
			yield(model{}, err)
			return
		}
		all := make([]model, len(records))
		var g errgroup.Group
		g.SetLimit(lookups)
		for i, e := range records {
			all[i].flatten(e, c.Cloud)
			g.Go(func() error { return all[i].listCurrency(ctx, c) })
		}
		if err := g.Wait(); err != nil {
			yield(model{}, err)
			return
		}
		for _, m := range all {
			if !yield(m, nil) {
				return
			}
		}
	}
}

// listCurrency is readCurrency for a list: organisations that do not answer, or not to the caller, are normal there, so it
// leaves the currency out instead of waiting for long or warning.
func (m *model) listCurrency(ctx context.Context, c *api.Client) error {
	d := m.stored()
	if d == nil {
		return nil
	}
	asking, done := within(ctx, listLimit)
	defer done()
	code, err := c.Dataverse.BaseCurrency(asking, dataverse.Org{URL: d.URL.ValueString()})
	if err != nil {
		return ctx.Err()
	}
	d.CurrencyCode = types.StringValue(code)
	m.setDatabase(d)
	return nil
}

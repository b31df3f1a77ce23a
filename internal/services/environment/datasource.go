package environment

import (
	"context"
	"iter"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

// managed are the arguments that only say how Terraform treats an environment.
var managed = []string{"wait_for", "deletion_policy"}

// DataSource is data.powerplatform_environment.
func DataSource() entity.DataSource[model] {
	d := Resource().One("One environment, found by its ID or by its display name, which must then be unique.")
	d.Omit = managed
	return d
}

// List is data.powerplatform_environments.
func List() entity.List[model, model] {
	l := Resource().List("environments", "Every environment that the identity of the provider may administer. "+
		"The currency is left out where it is no member of the organisation.")
	l.Omit = managed
	return l
}

// all is what the list of environments tells of them, which is everything but the currency.
func all(ctx context.Context, c *api.Client, _ *model) iter.Seq2[model, error] {
	return entity.Models(c.BAP.Environments(ctx), func(m *model, e bap.Environment) { m.flatten(e, c.Cloud) })
}

// listLimit is how long an organisation is asked for its currency while environments are listed.
const listLimit = time.Minute

// listCurrency is readCurrency for a list: organisations that do not answer, or not to the caller, are normal there, so it
// leaves the currency out instead of waiting for long or warning.
func listCurrency(ctx context.Context, c *api.Client, m *model) error {
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

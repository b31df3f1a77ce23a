package tenant

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

var whoamiSchema = schema.Schema{
	MarkdownDescription: "Who the provider is signed in as, and which of its abilities that identity lacks. It asks the platform instead of guessing, so it can be used as a preflight check of a pipeline.",
	Attributes: field.Attributes{
		"tenant_id":           field.Shown.Text("ID of the tenant that the provider is signed in to."),
		"cloud":               field.Shown.Text("Cloud that the provider talks to."),
		"object_id":           field.Shown.Text("Entra object ID of the user or service principal."),
		"application_id":      field.Shown.Text("Client ID of the application."),
		"user_principal_name": field.Shown.Text("User principal name; null for an application."),
		"kind":                field.Shown.Text("`user` or `application`."),
		"missing_abilities": field.Shown.Objects(
			"Abilities that the identity lacks; empty if nothing is missing.", field.Attributes{
				"ability": field.Shown.Text("`read_tenant`, `administer_environments` or `read_billing_policies`."),
				"reason":  field.Shown.Text("What the platform answered."),
				"remedy":  field.Shown.Text("What to do about it."),
			}),
	},
}

// Whoami is data.powerplatform_whoami.
func Whoami() entity.DataSource[whoami] {
	return entity.DataSource[whoami]{Name: "whoami", Schema: whoamiSchema, Read: readWhoami}
}

type whoami struct {
	TenantID          types.String `tfsdk:"tenant_id"`
	Cloud             types.String `tfsdk:"cloud"`
	ObjectID          types.String `tfsdk:"object_id"`
	ApplicationID     types.String `tfsdk:"application_id"`
	UserPrincipalName types.String `tfsdk:"user_principal_name"`
	Kind              types.String `tfsdk:"kind"`
	MissingAbilities  []missing    `tfsdk:"missing_abilities"`
}

type missing struct {
	Ability string `tfsdk:"ability"`
	Reason  string `tfsdk:"reason"`
	Remedy  string `tfsdk:"remedy"`
}

// abilities are what the provider needs of an identity, each with the cheapest request that shows it.
var abilities = []struct {
	name  string
	probe func(ctx context.Context, c *api.Client) error
}{
	{"read_tenant", func(ctx context.Context, c *api.Client) error {
		_, err := c.BAP.KnownTenant(ctx)
		return err
	}},
	{"administer_environments", func(ctx context.Context, c *api.Client) error { return c.BAP.SeesEnvironments(ctx) }},
	{"read_billing_policies", func(ctx context.Context, c *api.Client) error {
		for _, err := range c.Licensing.BillingPolicies(ctx) {
			return err
		}
		return nil
	}},
}

func readWhoami(ctx context.Context, c *api.Client, m *whoami) error {
	caller, err := c.Caller(ctx)
	if err != nil {
		return err
	}
	m.TenantID = types.StringValue(caller.TenantID)
	m.Cloud = types.StringValue(c.Cloud.Name)
	m.ObjectID = types.StringValue(caller.ObjectID)
	m.ApplicationID = types.StringValue(caller.ApplicationID)
	m.UserPrincipalName, m.Kind = types.StringNull(), types.StringValue("application")
	if caller.UserPrincipalName != "" {
		m.UserPrincipalName, m.Kind = types.StringValue(caller.UserPrincipalName), types.StringValue("user")
	}
	m.MissingAbilities = []missing{}
	for _, a := range abilities {
		err := a.probe(ctx, c)
		if err == nil {
			continue
		}
		if !refused(err) {
			return err
		}
		m.MissingAbilities = append(m.MissingAbilities, missing{a.name, err.Error(), cmp.Or(entity.Remedy(ctx, c, err),
			"Give the identity a Power Platform administrator role, or renew it if it was elevated for a time.")})
	}
	return nil
}

// refused tells a missing right from a platform that does not answer.
func refused(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && (e.Status == http.StatusForbidden || e.Status == http.StatusUnauthorized || e.Status == http.StatusNotFound) || errors.Is(err, bap.ErrNothingVisible)
}

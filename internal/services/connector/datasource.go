package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// found is a connector of either kind.
type found struct {
	ID                customtype.Folded `tfsdk:"id"`
	EnvironmentID     customtype.Folded `tfsdk:"environment_id"`
	Name              types.String      `tfsdk:"name"`
	DisplayName       types.String      `tfsdk:"display_name"`
	InternalID        types.String      `tfsdk:"internal_id"`
	ConnectorID       customtype.UUID   `tfsdk:"connector_id"`
	Description       types.String      `tfsdk:"description"`
	Definition        definition        `tfsdk:"openapi_definition"`
	Host              types.String      `tfsdk:"host"`
	BaseURL           types.String      `tfsdk:"base_url"`
	IconBrandColor    types.String      `tfsdk:"icon_brand_color"`
	Capabilities      types.Set         `tfsdk:"capabilities"`
	RedirectURL       types.String      `tfsdk:"redirect_url"`
	PrimaryRuntimeURL types.String      `tfsdk:"primary_runtime_url"`
	Publisher         types.String      `tfsdk:"publisher"`
	Tier              types.String      `tfsdk:"tier"`
	CreatedTime       types.String      `tfsdk:"created_time"`
	ChangedTime       types.String      `tfsdk:"changed_time"`
}

// DataSource is data.powerplatform_custom_connector.
func DataSource() entity.DataSource[found] {
	return entity.DataSource[found]{
		Name: "custom_connector", Schema: foundSchema, By: []string{"name", "display_name", "internal_id"}, Args: []string{"environment_id"}, Read: find,
	}
}

var foundSchema = schema.Schema{
	MarkdownDescription: "A custom connector of either kind, solution-aware or classic, as the API hub runs it: references to environment variables show as their values.",
	Attributes: field.Attributes{
		"id":             field.Shown.Folded("The import ID of the resource for it."),
		"environment_id": field.EnvironmentID(),
		"name": field.Shown.Text(
			"Name in the environment of a solution-aware connector, such as `contoso_caseapi`; " +
				"null for a classic one."),
		"display_name": field.Shown.Text("Name that makers see."),
		"internal_id":  field.Shown.Text("Name in the API hub, `shared_…`."),
		"connector_id": field.Shown.UUID(
			"ID in Dataverse of a solution-aware connector; null for a classic one."),
		"description":        field.Shown.Text("What makers see beside the name."),
		"openapi_definition": field.Shown.Typed("Definition of the API as JSON, Swagger 2.0.", definitionType{}),
		"host":               field.Shown.Text("Host of the API."),
		"base_url":           field.Shown.Text("Path below which the API is."),
		"icon_brand_color":   field.Shown.Text("Colour behind the icon."),
		"capabilities":       field.Shown.Set("What the connector can do beyond calling its API."),
		"redirect_url": field.Shown.Text(
			"Where providers send users back to after they have signed in; null for a connector without OAuth."),
		"primary_runtime_url": field.Shown.Text("Address at which the platform runs the connector."),
		"publisher":           field.Shown.Text("Who has made it, as makers see it."),
		"tier":                field.Shown.Text("Licence that its use takes, such as `Standard` or `Premium`."),
		"created_time":        field.Shown.Text("When it was made, RFC 3339."),
		"changed_time":        field.Shown.Text("When the API hub last took over a change of it, RFC 3339."),
	},
}

// find looks the connector up in the hub. The name of a solution-aware one is known to Dataverse only.
func find(ctx context.Context, c *api.Client, m *found) error {
	hub, err := m.look(ctx, c)
	if err != nil {
		return err
	}
	text, err := c.PowerApps.OriginalDefinition(ctx, hub)
	if err != nil {
		return err
	}
	if err := m.flatten(hub, string(text)); err != nil {
		return err
	}
	id := hub.Properties.XRMConnectorID
	if id == "" {
		m.Name, m.ConnectorID, m.ID = types.StringNull(), customtype.UUIDNull(), customtype.FoldedValue(m.EnvironmentID.ValueString()+"/"+hub.Name)
		return nil
	}
	m.ConnectorID, m.ID = customtype.UUIDValue(id), customtype.FoldedValue(m.EnvironmentID.ValueString()+"/"+id)
	if field.Given(m.Name) {
		return nil
	}
	o, err := c.Org(ctx, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	r, err := dataverse.Get[connectorRow](ctx, c.Dataverse, o, connectors, id, dataverse.Query{Select: "connectorid,name"})
	m.Name = types.StringValue(unescape(r.Name))
	return err
}

func (m *found) look(ctx context.Context, c *api.Client) (powerapps.Connector, error) {
	environment := m.EnvironmentID.ValueString()
	switch {
	case field.Given(m.InternalID):
		return c.PowerApps.Connector(ctx, environment, m.InternalID.ValueString())
	case field.Given(m.Name):
		o, err := organisation(ctx, c, environment)
		if err != nil {
			return powerapps.Connector{}, err
		}
		r, err := dataverse.First[connectorRow](ctx, c.Dataverse, o, connectors, dataverse.Query{
			Select: "connectorid,connectorinternalid", Filter: "name eq " + dataverse.Quote(escape(m.Name.ValueString())),
		})
		switch {
		case errors.Is(err, rest.ErrNotFound):
			return powerapps.Connector{}, fmt.Errorf("there is no solution-aware connector %q; classic ones have no name, only a display_name", m.Name.ValueString())
		case err != nil:
			return powerapps.Connector{}, err
		case r.InternalID == "":
			return powerapps.Connector{}, fmt.Errorf("the API hub has not taken over the connector %q yet", m.Name.ValueString())
		}
		return c.PowerApps.Connector(ctx, environment, r.InternalID)
	}
	listed, err := entity.Only(c.PowerApps.CustomConnectors(ctx, environment), fmt.Sprintf("custom connector %q", m.DisplayName.ValueString()), func(other powerapps.Connector) bool {
		return strings.EqualFold(other.Properties.DisplayName, m.DisplayName.ValueString())
	})
	if err != nil {
		return listed, err
	}
	return c.PowerApps.Connector(ctx, environment, listed.Name)
}

func (m *found) flatten(hub powerapps.Connector, text string) error {
	p := hub.Properties
	m.DisplayName, m.InternalID, m.Description = types.StringValue(p.DisplayName), types.StringValue(hub.Name), types.StringValue(p.Description)
	m.IconBrandColor, m.Capabilities = types.StringValue(p.IconBrandColor), field.SetOf(p.Capabilities)
	m.RedirectURL, m.PrimaryRuntimeURL = field.OrNull(p.RedirectURL()), field.OrNull(p.PrimaryRuntimeURL)
	m.Publisher, m.Tier, m.CreatedTime, m.ChangedTime = field.OrNull(p.Publisher), field.OrNull(p.Tier), field.OrNull(p.CreatedTime), field.OrNull(p.ChangedTime)
	d, err := openapi.Parse(text)
	if err != nil {
		return fmt.Errorf("the definition of the connector: %w", err)
	}
	m.Definition, m.Host, m.BaseURL = definitionValue(text), field.OrNull(d.Host()), types.StringValue(d.BasePath())
	return nil
}

package connector

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// Classic is powerplatform_classic_custom_connector, a connector of an environment that the API hub alone knows.
func Classic() entity.Resource[classic] {
	return entity.Resource[classic]{
		Name: "classic_custom_connector", Key: []string{"environment_id", "internal_id"}, Schema: classicSchema,
		All: allClassic, Fill: readClassic, Called: "display_name",
		Create: createClassic, Read: readClassic, Update: updateClassic, Delete: deleteClassic, Parent: parentOfClassic,
		Plan: planClassic, Validate: func(m *classic) error { return m.validate(false) }, Errors: refusals,
		Ready: func(m *classic) string {
			if !field.Given(m.PrimaryRuntimeURL) {
				return "the API hub shows no address at which it runs"
			}
			return ""
		},
	}
}

type classic struct {
	ID                customtype.Folded `tfsdk:"id"`
	EnvironmentID     customtype.Folded `tfsdk:"environment_id"`
	InternalID        types.String      `tfsdk:"internal_id"`
	RedirectURL       types.String      `tfsdk:"redirect_url"`
	PrimaryRuntimeURL types.String      `tfsdk:"primary_runtime_url"`
	content
}

var classicSchema = schema.Schema{
	MarkdownDescription: "A custom connector of an environment, which no solution holds: a private API as makers see it, and how it is signed in to. It needs no Dataverse. " +
		"Where there is Dataverse, `powerplatform_custom_connector` is the better choice: it can be part of a solution and refer to environment variables, which the platform does not put into this kind of connector.\n\n" +
		"Destroying a connector destroys all its connections. After an import, `icon`, `custom_code` and `client_secret_version` show as a change, because the platform does not tell them; applying it sends them.",
	Attributes: contentAttributes(false, field.Attributes{
		"display_name": field.Fixed.Text(
			"Name that makers see, up to 200 characters. The platform does not change it.", field.Length(1, 200)),
	}),
}

func (m *classic) environment() string { return m.EnvironmentID.ValueString() }
func (m *classic) name() string        { return m.InternalID.ValueString() }

func planClassic(ctx context.Context, _ *api.Client, change *entity.Change[classic]) error {
	m, prior := change.Plan, change.Prior
	if prior == nil {
		m.plan(ctx, &change.Config.content, nil, false)
		return nil
	}
	m.plan(ctx, &change.Config.content, &prior.content, false)
	if (len(m.clients()) > 0) != (len(prior.clients()) > 0) {
		m.RedirectURL = types.StringUnknown()
	}
	return nil
}

// defaultIcon is what the hub shows for a connector without an icon, and takes to forget one.
const (
	defaultIcon  = "https://az787822.vo.msecnd.net/defaulticons/api-dedicated.png"
	defaultIcons = "/defaulticons/"
)

// settings is the connector as the hub gets it, with the icon, the code and the secrets that are new. Of prior and what the
// hub shows both are nil for a new connector.
func (m *classic) settings(ctx context.Context, c *api.Client, prior *content, hub *powerapps.Connector) (powerapps.ConnectorSettings, error) {
	d, err := m.compose()
	if err != nil {
		return powerapps.ConnectorSettings{}, err
	}
	parameters, sets := m.connection(d)
	s := powerapps.ConnectorSettings{
		DisplayName: m.DisplayName.ValueString(), Description: m.Description.ValueString(), Definition: json.RawMessage(d.JSON()),
		BackendService: powerapps.BackendService{ServiceURL: d.ServiceURL()}, IconBrandColor: m.IconBrandColor.ValueString(), Capabilities: m.chosen(),
		ConnectionParameters: json.RawMessage(encoded(parameters)),
	}
	if sets != nil {
		s.ConnectionParameterSets = json.RawMessage(encoded(sets))
	}
	if policies := m.policies(); policies != "" {
		s.PolicyTemplateInstances = json.RawMessage(policies)
	}
	if hub != nil {
		s.Publisher, s.ScriptOperations = hub.Properties.Publisher, hub.Properties.ScriptOperations
	}
	if prior == nil {
		prior = &content{}
		err = withSecrets(&s, m.secrets(nil))
	} else {
		err = withSecrets(&s, m.secrets(prior))
	}
	if err != nil {
		return s, err
	}
	return s, m.upload(ctx, c, &s, prior, hub)
}

// upload brings icon and code to the hub where they are new.
func (m *classic) upload(ctx context.Context, c *api.Client, s *powerapps.ConnectorSettings, prior *content, hub *powerapps.Connector) error {
	who := ""
	if field.Given(m.Icon) || field.Given(m.CustomCode) {
		caller, err := c.Caller(ctx)
		if err != nil {
			return err
		}
		who = caller.ObjectID
	}
	switch {
	case field.Given(m.Icon) && !m.Icon.Equal(prior.Icon):
		icon, kind, err := m.iconBytes()
		if err != nil {
			return err
		}
		if s.IconURI, err = c.PowerApps.UploadIcon(ctx, who, m.environment(), kind, icon); err != nil {
			return err
		}
	case !field.Given(m.Icon) && field.Given(prior.Icon):
		s.IconURI = defaultIcon
	}
	switch {
	case !field.Given(m.CustomCode):
		s.ScriptOperations = nil // the platform refuses operations without a script
	case hub != nil && m.CustomCode.Equal(prior.CustomCode):
		s.ScriptDefinitionURL = hub.Properties.ScriptDefinitionURL
	default:
		address, err := c.PowerApps.UploadScript(ctx, who, m.environment(), []byte(m.CustomCode.ValueString()))
		if err != nil {
			return err
		}
		s.ScriptDefinitionURL = address
	}
	return nil
}

func createClassic(ctx context.Context, c *api.Client, m *classic) error {
	for other, err := range c.PowerApps.CustomConnectors(ctx, m.environment()) {
		if err != nil {
			return err
		}
		if other.Properties.XRMConnectorID == "" && strings.EqualFold(other.Properties.DisplayName, m.DisplayName.ValueString()) {
			return entity.At(path.Root("display_name"), entity.Exists("classic_custom_connector", m.environment()+"/"+other.Name, nil))
		}
	}
	s, err := m.settings(ctx, c, nil, nil)
	if err != nil {
		return err
	}
	made, err := c.PowerApps.CreateConnector(ctx, m.environment(), s)
	if lost, ok := errors.AsType[*powerapps.LostConnectorError](err); ok {
		for i, name := range lost.Names {
			lost.Names[i] = m.environment() + "/" + name
		}
		return entity.Lost("classic_custom_connector", lost.Names, lost.Err)
	}
	if err != nil {
		return err
	}
	m.InternalID = types.StringValue(made.Name)
	return nil
}

// allClassic yields the connectors of the environment of m that no solution holds.
func allClassic(ctx context.Context, c *api.Client, m *classic) iter.Seq2[classic, error] {
	return func(yield func(classic, error) bool) {
		for hub, err := range c.PowerApps.CustomConnectors(ctx, m.environment()) {
			if err == nil && hub.Properties.XRMConnectorID != "" {
				continue
			}
			one := classic{EnvironmentID: m.EnvironmentID, InternalID: types.StringValue(hub.Name)}
			one.DisplayName = types.StringValue(hub.Properties.DisplayName)
			if !yield(one, err) {
				return
			}
		}
	}
}

func readClassic(ctx context.Context, c *api.Client, m *classic) error {
	hub, err := c.PowerApps.Connector(ctx, m.environment(), m.name())
	if err != nil {
		return err
	}
	p := hub.Properties
	switch {
	case p.XRMConnectorID != "":
		return entityAt(path.Root("internal_id"), "the connector is solution-aware. It is a powerplatform_custom_connector; import it with%s", entity.Import("custom_connector", m.environment()+"/"+p.XRMConnectorID))
	case !p.IsCustomAPI:
		return entityAt(path.Root("internal_id"), "%s comes with the platform and cannot be managed", m.name())
	}
	definition, err := c.PowerApps.OriginalDefinition(ctx, hub)
	if err != nil {
		return err
	}
	m.ID, m.InternalID = customtype.FoldedValue(m.environment()+"/"+hub.Name), types.StringValue(hub.Name)
	m.DisplayName, m.Description = types.StringValue(p.DisplayName), types.StringValue(p.Description)
	m.IconBrandColor, m.Capabilities = types.StringValue(p.IconBrandColor), field.SetOf(p.Capabilities)
	m.RedirectURL, m.PrimaryRuntimeURL = field.OrNull(p.RedirectURL()), field.OrNull(p.PrimaryRuntimeURL)
	if p.ScriptDefinitionURL == "" {
		m.CustomCode = types.StringNull()
	}
	if p.IconURI == "" || strings.Contains(p.IconURI, defaultIcons) {
		m.Icon = types.StringNull()
	}
	m.showPolicies(string(p.PolicyTemplateInstances))
	m.authenticate(decoded(string(p.ConnectionParameters)), decoded(string(p.ConnectionParameterSets)), m.define(string(definition)))
	return nil
}

func updateClassic(ctx context.Context, c *api.Client, m, prior *classic) error {
	hub, err := c.PowerApps.Connector(ctx, m.environment(), m.name())
	if err != nil {
		return err
	}
	s, err := m.settings(ctx, c, &prior.content, &hub)
	if err != nil {
		return err
	}
	return c.PowerApps.UpdateConnector(ctx, m.environment(), m.name(), s)
}

func deleteClassic(ctx context.Context, c *api.Client, m *classic) error {
	return c.PowerApps.DeleteConnector(ctx, m.environment(), m.name())
}

// parentOfClassic takes a second look: the environment must show, or be gone for sure, and the list must not have the
// connector.
func parentOfClassic(ctx context.Context, c *api.Client, m *classic) error {
	e, err := c.BAP.EnvironmentOrGone(ctx, m.environment())
	if err != nil || e.Name == "" {
		return err
	}
	for other, err := range c.PowerApps.CustomConnectors(ctx, m.environment()) {
		if err != nil {
			return err
		}
		if other.Name == m.name() {
			return errors.New("the list of connectors still shows it")
		}
	}
	return nil
}

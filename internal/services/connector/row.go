package connector

import (
	"context"
	"iter"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

// The table of connectors:
// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/connector
const (
	connectors      = "connectors"
	firstCapability = 118690000

	columnDefinition = "openapidefinition"
	columnParameters = "connectionparameters"
	columnSets       = "connectionparametersets"
)

// connectorRow is a connector in Dataverse. Columns without a value are "".
type connectorRow struct {
	ID             string `json:"connectorid"`
	Name           string `json:"name"`
	DisplayName    string `json:"displayname"`
	Description    string `json:"description"`
	Definition     string `json:"openapidefinition"`
	Parameters     string `json:"connectionparameters"`
	ParameterSets  string `json:"connectionparametersets"`
	Policies       string `json:"policytemplateinstances"`
	Code           string `json:"customcodeblobcontent"`
	Capabilities   string `json:"capabilities"`
	Icon           string `json:"iconblob"`
	IconBrandColor string `json:"iconbrandcolor"`
	InternalID     string `json:"connectorinternalid"`
	Modified       string `json:"modifiedon"`
}

const rowColumns = "connectorid,name,displayname,description,openapidefinition,connectionparameters,connectionparametersets," +
	"policytemplateinstances,customcodeblobcontent,capabilities,iconblob,iconbrandcolor,connectorinternalid"

// columns are those that a configuration decides, with null for what it has not.
func (m *custom) columns() (row.Columns, error) {
	d, err := m.compose()
	if err != nil {
		return nil, err
	}
	parameters, sets := m.connection(d)
	out := row.Columns{
		"displayname": m.DisplayName.ValueString(), "description": row.OrNone(m.Description.ValueString()), columnDefinition: d.JSON(),
		columnParameters: encoded(parameters), columnSets: nil, "policytemplateinstances": row.OrNone(m.policies()), "customcodeblobcontent": row.OrNone(m.CustomCode.ValueString()),
		"capabilities": row.OrNone(numbers(m.chosen())), "iconbrandcolor": m.IconBrandColor.ValueString(), "iconblob": row.OrNone(m.Icon.ValueString()),
	}
	if sets != nil {
		out[columnSets] = encoded(sets)
	}
	return out, nil
}

// numbers are capabilities as the column lists them.
func numbers(names []string) string {
	var out []string
	for _, name := range names {
		out = append(out, strconv.Itoa(firstCapability+slices.Index(capabilities, name)))
	}
	return strings.Join(out, ",")
}

func words(numbers string) []string {
	var out []string
	for part := range strings.SplitSeq(numbers, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(part)); err == nil && n >= firstCapability && n < firstCapability+len(capabilities) {
			out = append(out, capabilities[n-firstCapability])
		}
	}
	return out
}

// changed are the columns of m that differ from those of prior. Definitions are compared by meaning.
func (m *custom) changed(prior *custom) (row.Columns, error) {
	now, err := m.columns()
	if err != nil {
		return nil, err
	}
	before, err := prior.columns()
	if err != nil { // what the platform showed was no definition
		return now, nil //nolint:nilerr // everything is saved again
	}
	change := row.Changed(now, before)
	if m.composed(&prior.content) {
		delete(change, columnDefinition)
	}
	return change, nil
}

// referring are the columns that refer to environment variables, to save again what has not changed; some column if none
// does.
func (m *custom) referring() (row.Columns, error) {
	all, err := m.columns()
	if err != nil {
		return nil, err
	}
	out := row.Columns{}
	for _, name := range []string{columnDefinition, columnParameters, columnSets} {
		if text := all.Text(name); len(openapi.FindReferences(text)) > 0 {
			out[name] = text
		}
	}
	if len(out) == 0 {
		out["displayname"] = all["displayname"]
	}
	return out, nil
}

// allCustom yields the connectors of the environment of m.
func allCustom(ctx context.Context, c *api.Client, m *custom) iter.Seq2[custom, error] {
	return func(yield func(custom, error) bool) {
		o, err := organisation(ctx, c, m.environment())
		if err != nil {
			yield(custom{}, err)
			return
		}
		q := dataverse.Query{Select: "connectorid,displayname", OrderBy: "displayname"}
		for r, err := range dataverse.List[connectorRow](ctx, c.Dataverse, o, connectors, q) {
			one := custom{EnvironmentID: m.EnvironmentID, ConnectorID: customtype.UUIDValue(r.ID), SaveTriggers: types.MapNull(types.StringType)}
			one.DisplayName = types.StringValue(r.DisplayName)
			if !yield(one, err) {
				return
			}
		}
	}
}

func readCustom(ctx context.Context, c *api.Client, m *custom) error {
	o, err := organisation(ctx, c, m.environment())
	if err != nil {
		return err
	}
	r, err := dataverse.Get[connectorRow](ctx, c.Dataverse, o, connectors, m.row(), dataverse.Query{Select: rowColumns})
	if err != nil {
		return err
	}
	imported := m.Name.IsNull()
	m.flatten(r)
	if imported {
		if m.SolutionName, err = solutionOf(ctx, c, o, r.ID); err != nil {
			return err
		}
		if len(m.variables()) > 0 {
			m.SaveTriggers = field.MapOf(nil) // which an import could not know
		}
	}
	return m.readHub(ctx, c)
}

// flatten fills the model from the row.
func (m *custom) flatten(r connectorRow) {
	m.ID, m.ConnectorID = customtype.FoldedValue(m.environment()+"/"+r.ID), customtype.UUIDValue(r.ID)
	if escape(m.Name.ValueString()) != r.Name {
		m.Name = types.StringValue(unescape(r.Name))
	}
	m.InternalID = field.OrNull(r.InternalID)
	m.DisplayName, m.Description = types.StringValue(r.DisplayName), types.StringValue(r.Description)
	m.IconBrandColor, m.CustomCode = types.StringValue(r.IconBrandColor), field.OrNull(r.Code)
	m.Capabilities = field.SetOf(words(r.Capabilities))
	if r.Icon == "" || m.Icon.IsNull() {
		m.Icon = field.OrNull(r.Icon)
	}
	m.showPolicies(r.Policies)
	m.authenticate(decoded(r.Parameters), decoded(r.ParameterSets), m.define(r.Definition))
	if m.SolutionName.IsUnknown() {
		m.SolutionName = types.StringNull()
	}
	if m.SaveTriggers.IsUnknown() {
		m.SaveTriggers = types.MapNull(types.StringType)
	}
}

// readHub fills what only the API hub knows: nothing, as long as it does not have the connector.
func (m *custom) readHub(ctx context.Context, c *api.Client) error {
	m.RedirectURL, m.PrimaryRuntimeURL = types.StringNull(), types.StringNull()
	if !field.Given(m.InternalID) {
		return nil
	}
	hub, err := c.PowerApps.Connector(ctx, m.environment(), m.InternalID.ValueString())
	if rest.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	m.RedirectURL, m.PrimaryRuntimeURL = field.OrNull(hub.Properties.RedirectURL()), field.OrNull(hub.Properties.PrimaryRuntimeURL)
	return nil
}

// variables are the schema names of the environment variables that the connector refers to.
func (m *custom) variables() []string {
	all, err := m.columns()
	if err != nil {
		return nil
	}
	var out []string
	for _, name := range []string{columnDefinition, columnParameters, columnSets} {
		for _, found := range openapi.FindReferences(all.Text(name)) {
			if !slices.Contains(out, found) {
				out = append(out, found)
			}
		}
	}
	return out
}

// stale reports whether a variable that the connector refers to was changed after the connector was saved.
func (m *custom) stale(ctx context.Context, c *api.Client) (bool, error) {
	names := m.variables()
	if len(names) == 0 {
		return false, nil
	}
	o, err := c.Org(ctx, m.environment())
	if err != nil {
		return false, err
	}
	r, err := dataverse.Get[connectorRow](ctx, c.Dataverse, o, connectors, m.row(), dataverse.Query{Select: "connectorid,modifiedon"})
	if err != nil {
		return false, err
	}
	saved, err := time.Parse(time.RFC3339, r.Modified)
	if err != nil {
		return true, nil
	}
	var clauses []string
	for _, name := range names {
		clauses = append(clauses, "schemaname eq "+dataverse.Quote(name))
	}
	type changed struct {
		Modified string `json:"modifiedon"`
	}
	type variable struct {
		changed

		Values []changed `json:"environmentvariabledefinition_environmentvariablevalue"`
	}
	query := dataverse.Query{
		Select: "schemaname,modifiedon", Filter: strings.Join(clauses, " or "),
		Expand: "environmentvariabledefinition_environmentvariablevalue($select=modifiedon)",
	}
	for v, err := range dataverse.List[variable](ctx, c.Dataverse, o, "environmentvariabledefinitions", query) {
		if err != nil {
			return false, err
		}
		for _, one := range append(v.Values, v.changed) {
			if at, err := time.Parse(time.RFC3339, one.Modified); err != nil || at.After(saved) {
				return true, nil
			}
		}
	}
	return false, nil
}

// solutionOf is the unmanaged solution that a row is in, beside those that hold everything; null if it is in none or in
// several.
func solutionOf(ctx context.Context, c *api.Client, o dataverse.Org, id string) (types.String, error) {
	type component struct {
		Solution struct {
			Name    string `json:"uniquename"`
			Managed bool   `json:"ismanaged"`
		} `json:"solutionid"`
	}
	found := map[string]bool{}
	query := dataverse.Query{Select: "objectid", Filter: "objectid eq " + id, Expand: "solutionid($select=uniquename,ismanaged)"}
	for one, err := range dataverse.List[component](ctx, c.Dataverse, o, "solutioncomponents", query) {
		if err != nil {
			return types.StringNull(), err
		}
		if s := one.Solution; s.Name != "" && s.Name != "Default" && s.Name != "Active" && !s.Managed {
			found[s.Name] = true
		}
	}
	if len(found) != 1 {
		return types.StringNull(), nil
	}
	return types.StringValue(slices.Collect(maps.Keys(found))[0]), nil
}

// maxPassing is how often a save is sent again for what fails beneath the API hub.
const maxPassing = 4

var inner = regexp.MustCompile(`\b50[0234]\b|InternalServerError|BadGateway|ServiceUnavailable|GatewayTimeout`)

// patience sends a save again, a few times, where Dataverse passes on that the API hub or what that rests on has failed.
// Observed in https://github.com/microsoft/PowerPlatformConnectors/issues/3891.
func patience() dataverse.Option {
	left := maxPassing
	return rest.RetryOn(func(e *rest.Error) bool {
		if e.Status < http.StatusBadRequest || !strings.Contains(e.Code+e.Message, "ApiHubsRequestFailed") && !strings.Contains(e.Message, "API Hub failed") || !inner.MatchString(e.Message) || left == 0 {
			return false
		}
		left--
		return true
	})
}

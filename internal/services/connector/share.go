package connector

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Share is powerplatform_custom_connector_share, what one principal may do with a connector.
func Share() entity.Resource[share] {
	return entity.Resource[share]{
		Name: "custom_connector_share", Key: []string{"environment_id", "connector_id", "principal_id"}, Schema: shareSchema,
		Create: createShare, Read: readShare, Update: func(ctx context.Context, c *api.Client, m, _ *share) error { return m.ways(c).give(ctx, m, true) },
		Delete: func(ctx context.Context, c *api.Client, m *share) error { return m.ways(c).take(ctx, m) }, Parent: parentOfShare, Validate: validateShare,
	}
}

type share struct {
	ID            customtype.Folded `tfsdk:"id"`
	EnvironmentID customtype.Folded `tfsdk:"environment_id"`
	ConnectorID   customtype.Folded `tfsdk:"connector_id"`
	PrincipalID   customtype.UUID   `tfsdk:"principal_id"`
	PrincipalType types.String      `tfsdk:"principal_type"`
	Role          types.String      `tfsdk:"role"`
}

const (
	user             = "user"
	group            = "group"
	servicePrincipal = "service_principal"
	wholeTenant      = "tenant"

	canView          = "can_view"
	canViewWithShare = "can_view_with_share"
	canEdit          = "can_edit"
	owner            = "owner"
)

var (
	rowID       = regexp.MustCompile(`(?i)^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`)
	connectorID = regexp.MustCompile(`(?i)^([0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|shared_[a-z0-9.-]+)$`)
	atPrincipal = path.Root("principal_id")
)

var shareSchema = schema.Schema{
	MarkdownDescription: "What one user, group or application may do with a custom connector, or for a classic one everybody in the tenant. " +
		"The role of whoever made the connector, the owner, can be neither given nor taken.\n\n" +
		"A solution-aware connector is shared in Dataverse, which knows users, applications and group teams of its environment only. A share that somebody took back is given again; one whose connector is gone is forgotten.",
	Attributes: field.Attributes{
		"id":             field.Shown.Folded("The import ID."),
		"environment_id": field.EnvironmentID(),
		"connector_id": field.Fixed.Folded(
			"The connector: `connector_id` of a `powerplatform_custom_connector`, or `internal_id` of a "+
				"`powerplatform_classic_custom_connector`.",
			field.Matches(connectorID, "must be the connector_id of a solution-aware connector or the internal_id of a "+
				"classic one")),
		"principal_id": field.Fixed.UUID(
			"Object ID of the user, the group or the service principal in Entra; for the whole tenant its ID."),
		"principal_type": field.Fixed.Text(
			"`user`, `group`, `service_principal`, or, for a classic connector, `tenant`.",
			field.OneOf(user, group, servicePrincipal, wholeTenant)),
		"role": field.Required.Text(
			"`can_view` to use the connector, `can_view_with_share` to share it with others too, `can_edit` to "+
				"change it. Default: none; a tenant can have `can_view` only.",
			field.OneOf(canView, canViewWithShare, canEdit)),
	},
}

// ways are how a kind of connectors is shared.
type ways interface {
	// role is what the principal of a share may do and of which type it is; the role is "" for none.
	role(ctx context.Context, m *share) (role, kind string, err error)
	// give gives the role; change says that it takes the place of another one.
	give(ctx context.Context, m *share, change bool) error
	take(ctx context.Context, m *share) error
	// connector fails if the connector cannot be read.
	connector(ctx context.Context, m *share) error
}

// inSolution reports whether the connector is a row in Dataverse.
func (m *share) inSolution() bool { return rowID.MatchString(m.ConnectorID.ValueString()) }

func (m *share) ways(c *api.Client) ways {
	if m.inSolution() {
		return inDataverse{c}
	}
	return inHub{c}
}

func validateShare(m *share) error {
	if m.PrincipalType.ValueString() != wholeTenant {
		return nil
	}
	var all []error
	if m.inSolution() {
		all = append(all, entityAt(path.Root("principal_type"), "Dataverse shares rows with users and teams, not with a tenant. Share the connector with a group that everybody is in, or make it a powerplatform_classic_custom_connector"))
	}
	if field.Given(m.Role) && m.Role.ValueString() != canView {
		all = append(all, entityAt(path.Root("role"), "a whole tenant can have can_view only"))
	}
	return errors.Join(all...)
}

// createShare gives a role to a principal who has none. One who has it already is taken over.
func createShare(ctx context.Context, c *api.Client, m *share) error {
	has, _, err := m.ways(c).role(ctx, m)
	switch {
	case err != nil:
		return entity.Refused(err)
	case has == m.Role.ValueString():
		return nil
	case has == owner:
		return entityAt(atPrincipal, "the principal is the owner of the connector and needs no share")
	case has != "":
		return entity.At(atPrincipal, entity.Exists("custom_connector_share", m.importID(), fmt.Errorf("the principal has the role %s", has)))
	}
	return m.ways(c).give(ctx, m, false)
}

func (m *share) importID() string {
	return m.EnvironmentID.ValueString() + "/" + m.ConnectorID.ValueString() + "/" + m.PrincipalID.ValueString()
}

func readShare(ctx context.Context, c *api.Client, m *share) error {
	role, kind, err := m.ways(c).role(ctx, m)
	if err != nil {
		return err
	}
	if role == "" || role == owner {
		return entity.ErrNotFound
	}
	m.ID, m.Role, m.PrincipalType = customtype.FoldedValue(m.importID()), types.StringValue(role), types.StringValue(kind)
	return nil
}

// parentOfShare looks at the connector, and if that is gone too, at its environment.
func parentOfShare(ctx context.Context, c *api.Client, m *share) error {
	err := m.ways(c).connector(ctx, m)
	if !rest.IsNotFound(err) {
		return err
	}
	id := m.ConnectorID.ValueString()
	if m.inSolution() {
		return gone(ctx, c, m.EnvironmentID.ValueString(), id)
	}
	return parentOfClassic(ctx, c, &classic{EnvironmentID: m.EnvironmentID, InternalID: types.StringValue(id)})
}

// roles are the words of the hub for roles, types those for principals.
var (
	roles      = map[string]string{canView: powerapps.CanView, canViewWithShare: powerapps.CanViewWithShare, canEdit: powerapps.CanEdit, owner: powerapps.Owner}
	principals = map[string]string{user: powerapps.User, group: powerapps.Group, servicePrincipal: powerapps.ServicePrincipal, wholeTenant: powerapps.Tenant}
)

func word(of map[string]string, said string) string {
	for mine, theirs := range of {
		if strings.EqualFold(theirs, said) {
			return mine
		}
	}
	return ""
}

// inHub shares classic connectors.
type inHub struct{ c *api.Client }

func (h inHub) role(ctx context.Context, m *share) (string, string, error) {
	for p, err := range h.c.PowerApps.Permissions(ctx, m.EnvironmentID.ValueString(), m.ConnectorID.ValueString()) {
		if err != nil {
			return "", "", err
		}
		if strings.EqualFold(p.Properties.Principal.ID, m.PrincipalID.ValueString()) {
			return word(roles, p.Properties.RoleName), word(principals, p.Properties.Principal.Type), nil
		}
	}
	return "", "", nil
}

func (h inHub) give(ctx context.Context, m *share, _ bool) error {
	g := powerapps.Grant{Role: roles[m.Role.ValueString()], Principal: powerapps.Principal{ID: m.PrincipalID.ValueString(), Type: principals[m.PrincipalType.ValueString()]}}
	return h.c.PowerApps.ModifyPermissions(ctx, m.EnvironmentID.ValueString(), m.ConnectorID.ValueString(), []powerapps.Grant{g}, nil)
}

func (h inHub) take(ctx context.Context, m *share) error {
	return h.c.PowerApps.ModifyPermissions(ctx, m.EnvironmentID.ValueString(), m.ConnectorID.ValueString(), nil, []string{m.PrincipalID.ValueString()})
}

func (h inHub) connector(ctx context.Context, m *share) error {
	_, err := h.c.PowerApps.Connector(ctx, m.EnvironmentID.ValueString(), m.ConnectorID.ValueString())
	return err
}

// inDataverse shares solution-aware connectors.
type inDataverse struct{ c *api.Client }

// rights are what a role amounts to on a row.
var rights = map[string]string{canView: "ReadAccess", canViewWithShare: "ReadAccess,ShareAccess", canEdit: "ReadAccess,WriteAccess,ShareAccess"}

// roleOf is the role that rights on a row come closest to.
func roleOf(mask string) string {
	switch {
	case strings.Contains(mask, "WriteAccess"):
		return canEdit
	case strings.Contains(mask, "ShareAccess"):
		return canViewWithShare
	case strings.Contains(mask, "ReadAccess"):
		return canView
	}
	return ""
}

// target is the row as actions take it.
func target(m *share) object {
	return object{"@odata.type": "Microsoft.Dynamics.CRM.connector", "connectorid": m.ConnectorID.ValueString()}
}

// who is the row of the principal of a share; the second result is the type of the principal.
func (d inDataverse) who(ctx context.Context, o dataverse.Org, m *share) (object, string, error) {
	id := m.PrincipalID.ValueString()
	type person struct {
		ID          string `json:"systemuserid"`
		Application string `json:"applicationid"`
	}
	if kind := m.PrincipalType.ValueString(); kind != group {
		p, found, err := dataverse.Find[person](ctx, d.c.Dataverse, o, "systemusers", dataverse.Query{Select: "systemuserid,applicationid", Filter: "azureactivedirectoryobjectid eq " + id})
		if err != nil || found {
			if kind = user; p.Application != "" {
				kind = servicePrincipal
			}
			return object{"@odata.type": "Microsoft.Dynamics.CRM.systemuser", "systemuserid": p.ID}, kind, err
		}
	}
	type team struct {
		ID string `json:"teamid"`
	}
	t, found, err := dataverse.Find[team](ctx, d.c.Dataverse, o, "teams", dataverse.Query{Select: "teamid", Filter: "azureactivedirectoryobjectid eq " + id})
	if err != nil || !found {
		return nil, "", err
	}
	return object{"@odata.type": "Microsoft.Dynamics.CRM.team", "teamid": t.ID}, group, nil
}

func (d inDataverse) role(ctx context.Context, m *share) (string, string, error) {
	o, err := organisation(ctx, d.c, m.EnvironmentID.ValueString())
	if err != nil {
		return "", "", err
	}
	who, kind, err := d.who(ctx, o, m)
	if err != nil || who == nil {
		return "", "", err
	}
	shared, err := dataverse.Function[struct {
		Accesses []struct {
			Mask      string         `json:"AccessMask"`
			Principal map[string]any `json:"Principal"`
		} `json:"PrincipalAccesses"`
	}](ctx, d.c.Dataverse, o, "RetrieveSharedPrincipalsAndAccess(Target=@t)", "@t", "{'@odata.id':'connectors("+m.ConnectorID.ValueString()+")'}")
	if err != nil {
		return "", "", err
	}
	for _, access := range shared.Accesses {
		for _, key := range []string{"systemuserid", "teamid"} {
			if id := textAt(who, key); id != "" && strings.EqualFold(textAt(access.Principal, key), id) {
				return roleOf(access.Mask), kind, nil
			}
		}
	}
	return "", "", nil
}

func (d inDataverse) give(ctx context.Context, m *share, change bool) error {
	o, err := organisation(ctx, d.c, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	who, _, err := d.who(ctx, o, m)
	switch {
	case err != nil:
		return err
	case who == nil && m.PrincipalType.ValueString() == group:
		return entityAt(atPrincipal, "Dataverse of the environment has no team for this group. Make a team of type Microsoft Entra security group for it in the Power Platform admin center")
	case who == nil:
		return entityAt(atPrincipal, "Dataverse of the environment does not know this %s. Add it to the environment in the Power Platform admin center, as a user or as an application user", strings.ReplaceAll(m.PrincipalType.ValueString(), "_", " "))
	}
	action := "GrantAccess" // adds rights to those that are there
	if change {
		action = "ModifyAccess"
	}
	_, err = dataverse.Action[rest.None](ctx, d.c.Dataverse, o, action, object{
		"Target": target(m), "PrincipalAccess": object{"Principal": who, "AccessMask": rights[m.Role.ValueString()]},
	})
	return err
}

func (d inDataverse) take(ctx context.Context, m *share) error {
	o, err := organisation(ctx, d.c, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	who, _, err := d.who(ctx, o, m)
	if err != nil || who == nil {
		return err
	}
	_, err = dataverse.Action[rest.None](ctx, d.c.Dataverse, o, "RevokeAccess", object{"Target": target(m), "Revokee": who})
	return err
}

func (d inDataverse) connector(ctx context.Context, m *share) error {
	o, err := d.c.Org(ctx, m.EnvironmentID.ValueString())
	if err != nil {
		return err
	}
	_, err = dataverse.Get[connectorRow](ctx, d.c.Dataverse, o, connectors, m.ConnectorID.ValueString(), dataverse.Query{Select: "connectorid"})
	return err
}

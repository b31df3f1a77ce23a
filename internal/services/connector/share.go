package connector

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

// Share is powerplatform_custom_connector_share, what one principal may do with a connector.
func Share() entity.Resource[share] {
	return entity.Resource[share]{
		Name: "custom_connector_share", Key: []string{"environment_id", "connector_id", "principal_id"}, Schema: shareSchema,
		Create: createShare, Read: readShare, Update: func(ctx context.Context, c *api.Client, m, _ *share) error { return m.ways(c).give(ctx, m, true) },
		Delete: func(ctx context.Context, c *api.Client, m *share) error { return m.ways(c).take(ctx, m) }, Parent: parentOfShare, Validate: validateShare,
		All: func(ctx context.Context, c *api.Client, m *share) iter.Seq2[share, error] {
			return m.ways(c).all(ctx, m)
		}, Called: "principal_id",
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
	// all yields the shares of the connector of m.
	all(ctx context.Context, m *share) iter.Seq2[share, error]
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
	m.flatten(role, kind)
	return nil
}

func (m *share) flatten(role, kind string) {
	m.ID, m.Role, m.PrincipalType = customtype.FoldedValue(m.importID()), types.StringValue(role), types.StringValue(kind)
}

// with is a share of the same connector with a principal, by its object ID.
func (m *share) with(principal, role, kind string) share {
	one := share{EnvironmentID: m.EnvironmentID, ConnectorID: m.ConnectorID, PrincipalID: customtype.UUIDValue(principal)}
	one.flatten(role, kind)
	return one
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

func (h inHub) all(ctx context.Context, m *share) iter.Seq2[share, error] {
	return func(yield func(share, error) bool) {
		for p, err := range h.c.PowerApps.Permissions(ctx, m.EnvironmentID.ValueString(), m.ConnectorID.ValueString()) {
			role, who := word(roles, p.Properties.RoleName), p.Properties.Principal
			if err == nil && (role == "" || role == owner) {
				continue
			}
			if !yield(m.with(who.ID, role, word(principals, who.Type)), err) {
				return
			}
		}
	}
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
		p, err := dataverse.First[person](ctx, d.c.Dataverse, o, "systemusers", dataverse.Query{Select: "systemuserid,applicationid", Filter: "azureactivedirectoryobjectid eq " + id})
		if !errors.Is(err, rest.ErrNotFound) {
			if kind = user; p.Application != "" {
				kind = servicePrincipal
			}
			return object{"@odata.type": "Microsoft.Dynamics.CRM.systemuser", "systemuserid": p.ID}, kind, err
		}
	}
	type team struct {
		ID string `json:"teamid"`
	}
	t, err := dataverse.First[team](ctx, d.c.Dataverse, o, "teams", dataverse.Query{Select: "teamid", Filter: "azureactivedirectoryobjectid eq " + id})
	if errors.Is(err, rest.ErrNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	return object{"@odata.type": "Microsoft.Dynamics.CRM.team", "teamid": t.ID}, group, nil
}

// access is what a principal may do with a row. The principal is a row too.
type access struct {
	Mask      string         `json:"AccessMask"`
	Principal map[string]any `json:"Principal"`
}

// shared is with whom the connector is shared.
func (d inDataverse) shared(ctx context.Context, o dataverse.Org, m *share) ([]access, error) {
	all, err := dataverse.Function[struct {
		Accesses []access `json:"PrincipalAccesses"`
	}](ctx, d.c.Dataverse, o, "RetrieveSharedPrincipalsAndAccess(Target=@t)", "@t", "{'@odata.id':'connectors("+m.ConnectorID.ValueString()+")'}")
	return all.Accesses, err
}

// all asks for the object ID of each principal: the row with whom a connector is shared does not tell it.
func (d inDataverse) all(ctx context.Context, m *share) iter.Seq2[share, error] {
	return func(yield func(share, error) bool) {
		o, err := organisation(ctx, d.c, m.EnvironmentID.ValueString())
		var shared []access
		if err == nil {
			shared, err = d.shared(ctx, o, m)
		}
		for _, access := range shared {
			role := roleOf(access.Mask)
			id, kind, problem := d.principal(ctx, o, access)
			if problem == nil && (role == "" || id == "") { // others are no principals of the directory
				continue
			}
			if !yield(m.with(id, role, kind), problem) || problem != nil {
				return
			}
		}
		if err != nil {
			yield(share{}, err)
		}
	}
}

// principal is the object ID and the type of a principal; the ID is "" if the directory does not know it.
func (d inDataverse) principal(ctx context.Context, o dataverse.Org, a access) (id, kind string, err error) {
	set, key, columns := "systemusers", textAt(a.Principal, "systemuserid"), objectID+",applicationid"
	if key == "" {
		set, key, columns = "teams", textAt(a.Principal, "teamid"), objectID
	}
	r, err := dataverse.Get[row.Columns](ctx, d.c.Dataverse, o, set, key, dataverse.Query{Select: columns})
	switch {
	case set == "teams":
		kind = group
	case r.Text("applicationid") != "":
		kind = servicePrincipal
	default:
		kind = user
	}
	return r.Text(objectID), kind, err
}

// objectID is the column with the ID of a principal in Entra.
const objectID = "azureactivedirectoryobjectid"

func (d inDataverse) role(ctx context.Context, m *share) (string, string, error) {
	o, err := organisation(ctx, d.c, m.EnvironmentID.ValueString())
	if err != nil {
		return "", "", err
	}
	who, kind, err := d.who(ctx, o, m)
	if err != nil || who == nil {
		return "", "", err
	}
	shared, err := d.shared(ctx, o, m)
	if err != nil {
		return "", "", err
	}
	for _, access := range shared {
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

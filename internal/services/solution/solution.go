package solution

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

var (
	solutionName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	versionForm  = regexp.MustCompile(`^\d+(\.\d+){1,3}$`)
)

// Unmanaged is powerplatform_unmanaged_solution.
func Unmanaged() entity.Resource[unmanaged] {
	return entity.Resource[unmanaged]{
		Name: "unmanaged_solution", Key: byEnvironment, Schema: unmanagedSchema,
		Create: createSolution, Read: readSolution, Update: updateSolution, Delete: deleteSolution,
		Parent: func(ctx context.Context, c *api.Client, m *unmanaged) error { return m.environment(ctx, c) },
		Plan:   planSolution,
		Validators: []resource.ConfigValidator{
			resourcevalidator.ExactlyOneOf(path.MatchRoot("publisher_id"), path.MatchRoot("publisher_unique_name")),
		},
	}
}

var unmanagedSchema = schema.Schema{
	MarkdownDescription: "An [unmanaged solution](https://learn.microsoft.com/power-platform/alm/solution-concepts-alm#managed-and-unmanaged-solutions): the container in which components are developed. " +
		"Resources with `solution_unique_name` put their components into it.\n\n" +
		"A destroy removes the container only. **Its components stay in the environment**, unless resources of their own delete them. " +
		"A managed solution cannot be made this way: it is imported from a file.",
	Attributes: keyed("solution", field.Attributes{
		"unique_name": field.Fixed.Text(
			"Unique name: letters, digits and underscores.",
			field.Length(1, 65), field.Matches(solutionName, nameRule)),
		"display_name": field.Required.Text("Name for people.", field.Length(1, 256)),
		"publisher_id": field.Filled.UUID(
			"ID of the publisher, as in `powerplatform_publisher.id`. Exactly one of `publisher_id` and " +
				"`publisher_unique_name` is needed."),
		"publisher_unique_name": field.Filled.Folded(
			"Unique name of a publisher that is there already, in place of its ID.",
			field.Matches(publisherName, "must be the unique name of a publisher")),
		"version": field.Kept.Text(
			"Version: two to four numbers with dots between them. Where it is left out, a new solution begins with "+
				"`"+firstVersion+"`, and a version that others set stays.",
			field.Matches(versionForm, "must have two to four numbers with dots between them, such as 1.0.0.0")),
		"description": field.Optional.Text("Description.", field.Length(0, 2000)),
	}),
}

const firstVersion = "1.0.0.0"

type unmanaged struct {
	key
	UniqueName    types.String      `tfsdk:"unique_name"`
	DisplayName   types.String      `tfsdk:"display_name"`
	PublisherID   customtype.UUID   `tfsdk:"publisher_id"`
	PublisherName customtype.Folded `tfsdk:"publisher_unique_name"`
	Version       types.String      `tfsdk:"version"`
	Description   types.String      `tfsdk:"description"`
}

// solutionRow is a solution on the wire.
type solutionRow struct {
	ID           string  `json:"solutionid"`
	UniqueName   string  `json:"uniquename"`
	FriendlyName string  `json:"friendlyname"`
	Version      string  `json:"version"`
	Description  *string `json:"description"`
	Managed      bool    `json:"ismanaged"`
	PublisherID  string  `json:"_publisherid_value"`
	Publisher    struct {
		UniqueName string `json:"uniquename"`
	} `json:"publisherid"`
	Created   *string `json:"createdon"`
	Modified  *string `json:"modifiedon"`
	Installed *string `json:"installedon"`
}

// planSolution fills in what follows from the configuration. The two names of the publisher follow from one another, so
// both stay as long as the configured one does.
func planSolution(ctx context.Context, _ *api.Client, change *entity.Change[unmanaged]) error {
	m, prior := change.Plan, change.Prior
	if prior == nil {
		if change.Config.Version.IsNull() {
			m.Version = types.StringValue(firstVersion)
		}
		return nil
	}
	if sameID, _ := m.PublisherID.StringSemanticEquals(ctx, prior.PublisherID); !change.Config.PublisherID.IsNull() && sameID {
		m.PublisherName = prior.PublisherName
	}
	if sameName, _ := m.PublisherName.StringSemanticEquals(ctx, prior.PublisherName); !change.Config.PublisherName.IsNull() && sameName {
		m.PublisherID = prior.PublisherID
	}
	return nil
}

var publisherPath = path.Root("publisher_unique_name")

// publisher finds the ID of the publisher.
func (m *unmanaged) publisher(ctx context.Context, c *api.Client, o dataverse.Org) (string, error) {
	if id := m.PublisherID.ValueString(); id != "" {
		return id, nil
	}
	name := m.PublisherName.ValueString()
	p, ok, err := dataverse.Find[publisherColumns](ctx, c.Dataverse, o, publishers, dataverse.Query{
		Select: "publisherid", Filter: "uniquename eq " + dataverse.Quote(name),
	})
	if err == nil && !ok {
		err = entity.Atf(publisherPath, "there is no publisher with the unique name %s in the environment", name)
	}
	return p.ID, err
}

func createSolution(ctx context.Context, c *api.Client, m *unmanaged) error {
	o, err := m.orgToMake(ctx, c)
	if err != nil {
		return err
	}
	publisherID, err := m.publisher(ctx, c, o)
	if err != nil {
		return err
	}
	if m.Version.ValueString() == "" {
		m.Version = types.StringValue(firstVersion)
	}
	row := map[string]any{
		"uniquename": m.UniqueName.ValueString(), "friendlyname": m.DisplayName.ValueString(), "version": m.Version.ValueString(),
		"publisherid@odata.bind": dataverse.Bind(publishers, publisherID),
	}
	if text := column(m.Description); text != nil {
		row["description"] = text
	}
	return create(ctx, c, &m.key, making{"unmanaged_solution", solutions, "solutionid", row})
}

func readSolution(ctx context.Context, c *api.Client, m *unmanaged) error {
	row, err := get[solutionRow](ctx, c, m.key, solutions, dataverse.Query{
		Select: "uniquename,friendlyname,version,description,ismanaged,_publisherid_value", Expand: "publisherid($select=uniquename)",
	})
	switch {
	case err != nil:
		return err
	case row.Managed:
		return fmt.Errorf("the solution %s is managed: it changes and goes as a whole, with the file that it was imported from", row.UniqueName)
	}
	m.ID = customtype.FoldedValue(row.ID)
	m.UniqueName, m.DisplayName, m.Version = types.StringValue(row.UniqueName), types.StringValue(row.FriendlyName), types.StringValue(row.Version)
	m.PublisherID, m.PublisherName = customtype.UUIDValue(row.PublisherID), customtype.FoldedValue(row.Publisher.UniqueName)
	m.Description = text(m.Description, row.Description)
	return nil
}

func updateSolution(ctx context.Context, c *api.Client, m, prior *unmanaged) error {
	columns := func(m *unmanaged) map[string]any {
		return map[string]any{"friendlyname": m.DisplayName.ValueString(), "version": m.Version.ValueString(), "description": column(m.Description)}
	}
	row := changes(columns(m), columns(prior))
	o, err := m.org(ctx, c)
	if err != nil {
		return err
	}
	id, err := m.publisher(ctx, c, o)
	if err != nil {
		return err
	}
	if !strings.EqualFold(id, prior.PublisherID.ValueString()) {
		row["publisherid@odata.bind"] = dataverse.Bind(publishers, id)
	}
	if len(row) == 0 {
		return nil
	}
	return dataverse.Update(ctx, c.Dataverse, o, solutions, m.ID.ValueString(), row)
}

func deleteSolution(ctx context.Context, c *api.Client, m *unmanaged) error {
	o, err := m.org(ctx, c)
	if err != nil {
		return err
	}
	return dataverse.Delete(ctx, c.Dataverse, o, solutions, m.ID.ValueString())
}

// Solutions is data.powerplatform_solutions.
func Solutions() entity.List[item] {
	return entity.List[item]{Name: "solutions", Schema: itemSchema, Args: inEnvironment, Each: eachSolution}
}

type item struct {
	key
	DisplayName types.String    `tfsdk:"display_name"`
	Name        types.String    `tfsdk:"name"`
	Version     types.String    `tfsdk:"version"`
	IsManaged   types.Bool      `tfsdk:"is_managed"`
	PublisherID customtype.UUID `tfsdk:"publisher_id"`
	Description types.String    `tfsdk:"description"`
	Created     types.String    `tfsdk:"created_time"`
	Modified    types.String    `tfsdk:"modified_time"`
	Installed   types.String    `tfsdk:"install_time"`
}

var itemSchema = schema.Schema{
	MarkdownDescription: "The solutions that an environment shows to its makers, managed and unmanaged, the newest first.",
	Attributes: field.Attributes{
		"id":             field.Shown.Folded("ID of the solution."),
		"environment_id": field.Shown.Folded("ID of the environment."),
		"display_name":   field.Shown.Text("Name for people."),
		"name":           field.Shown.Text("Unique name."),
		"version":        field.Shown.Text("Version."),
		"is_managed":     field.Shown.Bool("Whether the solution is managed."),
		"publisher_id":   field.Shown.UUID("ID of the publisher."),
		"description":    field.Shown.Text("Description; null if there is none."),
		"created_time":   field.Shown.Text("When the solution was created."),
		"modified_time":  field.Shown.Text("When the solution was last changed."),
		"install_time":   field.Shown.Text("When the solution was installed."),
	},
}

func eachSolution(ctx context.Context, c *api.Client, args entity.Args) iter.Seq2[item, error] {
	q := dataverse.Query{
		Select: "uniquename,friendlyname,version,description,ismanaged,_publisherid_value,createdon,modifiedon,installedon",
		Filter: "isvisible eq true", OrderBy: "createdon desc",
	}
	return each(ctx, c, args, solutions, q, func(k key, row solutionRow) item {
		k.ID = customtype.FoldedValue(row.ID)
		return item{
			key: k, DisplayName: types.StringValue(row.FriendlyName), Name: types.StringValue(row.UniqueName), Version: types.StringValue(row.Version),
			IsManaged: types.BoolValue(row.Managed), PublisherID: customtype.UUIDOrNone(customtype.UUIDNull(), row.PublisherID),
			Description: types.StringPointerValue(row.Description), Created: types.StringPointerValue(row.Created),
			Modified: types.StringPointerValue(row.Modified), Installed: types.StringPointerValue(row.Installed),
		}
	})
}

package solution

import (
	"context"
	"errors"
	"fmt"
	"regexp"

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
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

var (
	solutionName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	versionForm  = regexp.MustCompile(`^\d+(\.\d+){1,3}$`)
)

const solutions = "solutions"

// unmanagedSolutions is the table of solutions, without those that were imported from a file as managed ones.
var unmanagedSolutions = row.Table[unmanaged]{
	Name: "unmanaged_solution", Set: solutions, Schema: unmanagedSchema, Unique: "unique_name",
	Query:   dataverse.Query{Select: "ismanaged", Filter: "ismanaged eq false and isvisible eq true"},
	Prepare: prepareSolution, Flatten: refuseManaged, Taken: takenByManaged,
}

// Unmanaged is powerplatform_unmanaged_solution.
func Unmanaged() entity.Resource[unmanaged] {
	r := unmanagedSolutions.Resource()
	r.Plan = planSolution
	r.Validators = []resource.ConfigValidator{resourcevalidator.ExactlyOneOf(path.MatchRoot("publisher_id"), path.MatchRoot("publisher_unique_name"))}
	return r
}

var unmanagedSchema = schema.Schema{
	MarkdownDescription: "An [unmanaged solution](https://learn.microsoft.com/power-platform/alm/solution-concepts-alm#managed-and-unmanaged-solutions): the container in which components are developed. " +
		"Resources with `solution_unique_name` put their components into it.\n\n" +
		"A destroy removes the container only. **Its components stay in the environment**, unless resources of their own delete them. " +
		"A managed solution cannot be made this way: it is imported from a file.",
	Attributes: field.Attributes{
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
	},
}

const firstVersion = "1.0.0.0"

type unmanaged struct {
	row.Key
	UniqueName    types.String      `tfsdk:"unique_name" column:"uniquename"`
	DisplayName   types.String      `tfsdk:"display_name" column:"friendlyname"`
	PublisherID   customtype.UUID   `tfsdk:"publisher_id" column:"publisherid,lookup=publishers"`
	PublisherName customtype.Folded `tfsdk:"publisher_unique_name" column:"publisherid/uniquename"`
	Version       types.String      `tfsdk:"version" column:"version"`
	Description   types.String      `tfsdk:"description" column:"description"`
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

// prepareSolution finds the ID of the publisher, and fills in the version that no plan could.
func prepareSolution(ctx context.Context, c *api.Client, o dataverse.Org, m *unmanaged) error {
	if m.Version.ValueString() == "" {
		m.Version = types.StringValue(firstVersion)
	}
	if m.PublisherID.ValueString() != "" {
		return nil
	}
	name := m.PublisherName.ValueString()
	p, err := dataverse.First[row.Columns](ctx, c.Dataverse, o, publishers.Set, dataverse.Query{
		Select: "publisherid", Filter: "uniquename eq " + dataverse.Quote(name),
	})
	if rest.IsNotFound(err) {
		return entity.Atf(path.Root("publisher_unique_name"), "there is no publisher with the unique name %s in the environment", name)
	}
	m.PublisherID = customtype.UUIDValue(p.Text("publisherid"))
	return err
}

func refuseManaged(_ *unmanaged, r row.Columns) error {
	if r["ismanaged"] == true {
		return fmt.Errorf("the solution %s is managed: it changes and goes as a whole, with the file that it was imported from", r.Text("uniquename"))
	}
	return nil
}

func takenByManaged(r row.Columns) error {
	if r["ismanaged"] == true {
		return errors.New("a managed solution with this unique name is installed; choose another one: an unmanaged solution cannot have the name of a managed one")
	}
	return nil
}

// Solutions is data.powerplatform_solutions.
func Solutions() entity.List[item, item] {
	return row.Table[item]{
		Name: "solution", Set: solutions, Schema: itemSchema, Query: dataverse.Query{Filter: "isvisible eq true", OrderBy: "createdon desc"},
	}.List("solutions", "The solutions that an environment shows to its makers, managed and unmanaged, the newest first.")
}

type item struct {
	row.Key
	DisplayName types.String    `tfsdk:"display_name" column:"friendlyname"`
	Name        types.String    `tfsdk:"name" column:"uniquename"`
	Version     types.String    `tfsdk:"version" column:"version"`
	IsManaged   types.Bool      `tfsdk:"is_managed" column:"ismanaged"`
	PublisherID customtype.UUID `tfsdk:"publisher_id" column:"publisherid,lookup=publishers"`
	Description types.String    `tfsdk:"description" column:"description"`
	Created     types.String    `tfsdk:"created_time" column:"createdon"`
	Modified    types.String    `tfsdk:"modified_time" column:"modifiedon"`
	Installed   types.String    `tfsdk:"install_time" column:"installedon"`
}

var itemSchema = schema.Schema{
	Attributes: field.Attributes{
		"display_name":  field.Shown.Text("Name for people."),
		"name":          field.Shown.Text("Unique name."),
		"version":       field.Shown.Text("Version."),
		"is_managed":    field.Shown.Bool("Whether the solution is managed."),
		"publisher_id":  field.Shown.UUID("ID of the publisher."),
		"description":   field.Shown.Text("Description; null if there is none."),
		"created_time":  field.Shown.Text("When the solution was created."),
		"modified_time": field.Shown.Text("When the solution was last changed."),
		"install_time":  field.Shown.Text("When the solution was installed."),
	},
}

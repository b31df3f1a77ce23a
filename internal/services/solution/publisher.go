package solution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

var (
	publisherName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]+$`)
	prefixForm    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{1,7}$`)
	reservedForm  = regexp.MustCompile(`(?i)^mscrm`)
	idOrName      = regexp.MustCompile(`^([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[A-Za-z_][A-Za-z0-9_]*)$`)
)

// Publisher is powerplatform_publisher.
func Publisher() entity.Resource[publisher] {
	return entity.Resource[publisher]{
		Name: "publisher", Key: byEnvironment, Schema: publisherSchema,
		Create: createPublisher, Read: readPublisher, Update: updatePublisher, Delete: deletePublisher,
		Parent:   func(ctx context.Context, c *api.Client, m *publisher) error { return m.environment(ctx, c) },
		Validate: validatePublisher, Plan: planPublisher,
	}
}

// Publishers is data.powerplatform_publishers.
func Publishers() entity.List[publisher] {
	list := publisherSchema
	list.MarkdownDescription = "The publishers of an environment, with those that the platform and installed solutions brought."
	return entity.List[publisher]{Name: "publishers", Schema: list, Args: inEnvironment, Each: eachPublisher}
}

var publisherSchema = schema.Schema{
	MarkdownDescription: "A [publisher](https://learn.microsoft.com/power-platform/alm/solution-concepts-alm#solution-publisher): who owns the components of solutions. " +
		"Its prefix begins the names of all that is made in its solutions, so it is chosen once for an organisation and used in every environment. " +
		"A publisher cannot be deleted while there are solutions of it.",
	Attributes: keyed("publisher", field.Attributes{
		"uniquename": field.Fixed.Text(
			"Unique name: letters, digits and underscores.",
			field.Length(2, 256), field.Matches(publisherName, nameRule)),
		"friendly_name": schema.StringAttribute{ // another case is a change, unless it is the platform that has it
			MarkdownDescription: "Name for people.", CustomType: customtype.FoldedType{}, Required: true,
			Validators: []validator.String{field.Length(1, 256)},
		},
		"customization_prefix": field.Required.Text(
			"Prefix of the names of components, without the underscore that follows it: "+
				"2 to 8 letters and digits, beginning with a letter, but not with `mscrm`. "+
				"A change holds for what is made afterwards.",
			field.Matches(prefixForm, "must be 2 to 8 letters and digits that begin with a letter"), notReserved{}),
		"customization_option_value_prefix": field.Kept.Number(
			"First digits of the values of choices, from `10000` to `99999`. "+
				"Default: a number that follows from the prefix when the publisher is created.",
			int64validator.Between(10000, 99999)),
		"description":            field.Optional.Text("Description.", field.Length(0, 2000)),
		"email_address":          field.Optional.Text("Mail address for questions.", field.Length(0, 100)),
		"supporting_website_url": field.Optional.Text("Address of a website for questions.", field.Length(0, 200)),
		"is_read_only":           field.Shown.Bool("Whether the publisher came with a managed solution and cannot be changed."),
		"address": field.Optional.Objects(
			"Up to two addresses. One that is left out is emptied.", addressAttributes(), listvalidator.SizeAtMost(2)),
	}),
}

// notReserved refuses prefixes that the platform keeps for itself.
type notReserved struct{}

func (notReserved) Description(context.Context) string               { return "must not begin with mscrm" }
func (v notReserved) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notReserved) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if reservedForm.MatchString(req.ConfigValue.ValueString()) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid prefix", fmt.Sprintf("The prefix %s: the platform keeps that for itself, got %q.", v.Description(ctx), req.ConfigValue.ValueString()))
	}
}

type publisher struct {
	key
	UniqueName        types.String      `tfsdk:"uniquename"`
	FriendlyName      customtype.Folded `tfsdk:"friendly_name"`
	Prefix            types.String      `tfsdk:"customization_prefix"`
	OptionValuePrefix types.Int64       `tfsdk:"customization_option_value_prefix"`
	Description       types.String      `tfsdk:"description"`
	Email             types.String      `tfsdk:"email_address"`
	Website           types.String      `tfsdk:"supporting_website_url"`
	ReadOnly          types.Bool        `tfsdk:"is_read_only"`
	Address           []address         `tfsdk:"address"`
}

// publisherRow is a publisher on the wire. The columns of its addresses are in all.
type publisherRow struct {
	publisherColumns
	all map[string]any
}

type publisherColumns struct {
	ID                string  `json:"publisherid"`
	UniqueName        string  `json:"uniquename"`
	FriendlyName      string  `json:"friendlyname"`
	Prefix            string  `json:"customizationprefix"`
	OptionValuePrefix int64   `json:"customizationoptionvalueprefix"`
	Description       *string `json:"description"`
	Email             *string `json:"emailaddress"`
	Website           *string `json:"supportingwebsiteurl"`
	ReadOnly          bool    `json:"isreadonly"`
}

// UnmarshalJSON reads the row twice.
func (r *publisherRow) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &r.publisherColumns); err != nil {
		return err
	}
	return json.Unmarshal(raw, &r.all)
}

func validatePublisher(m *publisher) error {
	if len(m.Address) == 2 && !m.Address[0].Slot.IsUnknown() && m.Address[0].Slot.Equal(m.Address[1].Slot) {
		return entity.Atf(addressPath, "both addresses have the slot %d; there are the slots 1 and 2", m.Address[0].Slot.ValueInt64())
	}
	return nil
}

// planPublisher fills in what follows from the configuration and from what was there.
func planPublisher(_ context.Context, _ *api.Client, change *entity.Change[publisher]) error {
	m := change.Plan
	if m.OptionValuePrefix.IsUnknown() && change.Config.OptionValuePrefix.IsNull() && !m.Prefix.IsUnknown() {
		m.OptionValuePrefix = types.Int64Value(derived(m.Prefix.ValueString()))
	}
	if change.Prior != nil {
		for i, a := range m.Address {
			if at := slices.IndexFunc(change.Prior.Address, a.inSlot); at >= 0 {
				m.Address[i].AddressID = change.Prior.Address[at].AddressID
			}
		}
	}
	return nil
}

// derived is the option value prefix that goes with a customization prefix. Two configurations that leave it out must not
// disagree, whichever provider made the publisher: the number is that of microsoft/terraform-provider-power-platform.
func derived(prefix string) int64 {
	var h int32
	for _, r := range strings.ToUpper(prefix) {
		h = h*31 + r
	}
	return max(int64(h), -int64(h))%90000 + 10000
}

func (m *publisher) row() map[string]any {
	if m.OptionValuePrefix.IsUnknown() {
		m.OptionValuePrefix = types.Int64Value(derived(m.Prefix.ValueString()))
	}
	row := map[string]any{
		"uniquename": m.UniqueName.ValueString(), "friendlyname": m.FriendlyName.ValueString(),
		"customizationprefix": m.Prefix.ValueString(), "customizationoptionvalueprefix": m.OptionValuePrefix.ValueInt64(),
		"description": column(m.Description), "emailaddress": column(m.Email), "supportingwebsiteurl": column(m.Website),
	}
	for _, a := range m.Address {
		a.expand(row)
	}
	return row
}

func createPublisher(ctx context.Context, c *api.Client, m *publisher) error {
	row := m.row()
	for name, value := range row {
		if value == nil {
			delete(row, name)
		}
	}
	return create(ctx, c, &m.key, making{"publisher", publishers, "publisherid", row})
}

func readPublisher(ctx context.Context, c *api.Client, m *publisher) error {
	row, err := get[publisherRow](ctx, c, m.key, publishers, dataverse.Query{})
	if err == nil {
		m.flatten(row)
	}
	return err
}

func (m *publisher) flatten(row publisherRow) {
	m.ID = customtype.FoldedValue(row.ID)
	m.UniqueName, m.FriendlyName = types.StringValue(row.UniqueName), customtype.FoldedValue(row.FriendlyName)
	m.Prefix, m.OptionValuePrefix = types.StringValue(row.Prefix), types.Int64Value(row.OptionValuePrefix)
	m.Description, m.Email, m.Website = text(m.Description, row.Description), text(m.Email, row.Email), text(m.Website, row.Website)
	m.ReadOnly = types.BoolValue(row.ReadOnly)
	m.Address = flattenAddresses(m.Address, row.all)
}

func updatePublisher(ctx context.Context, c *api.Client, m, prior *publisher) error {
	before := prior.row()
	now := m.row()
	for name := range before { // an address that is left out
		if _, ok := now[name]; !ok {
			now[name] = nil
		}
	}
	row := changes(now, before)
	if len(row) == 0 {
		return nil
	}
	o, err := m.org(ctx, c)
	if err != nil {
		return err
	}
	return dataverse.Update(ctx, c.Dataverse, o, publishers, m.ID.ValueString(), row)
}

func deletePublisher(ctx context.Context, c *api.Client, m *publisher) error {
	o, err := m.org(ctx, c)
	if err != nil {
		return err
	}
	err = dataverse.Delete(ctx, c.Dataverse, o, publishers, m.ID.ValueString())
	if err == nil || rest.IsNotFound(err) {
		return err
	}
	if e, refused := errors.AsType[*rest.Error](err); !refused || e.Status < 400 || e.Status >= 500 {
		return err
	}
	var names []string
	for s, problem := range dataverse.List[solutionRow](ctx, c.Dataverse, o, solutions, dataverse.Query{
		Select: "uniquename,friendlyname", Filter: "_publisherid_value eq " + m.ID.ValueString(), OrderBy: "uniquename",
	}) {
		if problem != nil {
			return errors.Join(err, problem)
		}
		names = append(names, fmt.Sprintf("%q (%s)", s.FriendlyName, s.UniqueName))
	}
	if len(names) == 0 {
		return err
	}
	return fmt.Errorf("it is the publisher of %s: delete these solutions, or give them another publisher, first: %w", strings.Join(names, ", "), err)
}

func eachPublisher(ctx context.Context, c *api.Client, args entity.Args) iter.Seq2[publisher, error] {
	return each(ctx, c, args, publishers, dataverse.Query{OrderBy: "uniquename"}, func(k key, row publisherRow) publisher {
		m := publisher{key: k}
		m.flatten(row)
		return m
	})
}

// each lists rows of an environment as models.
func each[R, M any](ctx context.Context, c *api.Client, args entity.Args, set string, q dataverse.Query, flatten func(key, R) M) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		k := key{EnvironmentID: customtype.FoldedValue(args["environment_id"])}
		o, err := k.orgToMake(ctx, c)
		if err != nil {
			yield(*new(M), err)
			return
		}
		for row, err := range dataverse.List[R](ctx, c.Dataverse, o, set, q) {
			if err != nil {
				yield(*new(M), err)
				return
			}
			if !yield(flatten(k, row), nil) {
				return
			}
		}
	}
}

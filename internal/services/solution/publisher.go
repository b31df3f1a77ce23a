// Package solution manages solutions and their publishers: what components of Dataverse are collected in, and whose they
// are.
package solution

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

var (
	publisherName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]+$`)
	prefixForm    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{1,7}$`)
	reservedForm  = regexp.MustCompile(`(?i)^mscrm`)
)

// nameRule says what unique names are made of.
const nameRule = "must have letters, digits and underscores only, and not begin with a digit"

// publishers is the table of publishers.
var publishers = row.Table[publisher]{
	Name: "publisher", Set: "publishers", Schema: publisherSchema, Unique: "uniquename",
	Query:   dataverse.Query{Select: row.Everything, OrderBy: "uniquename"}, // of the addresses, that is most
	Prepare: preparePublisher, Expand: (*publisher).expandAddresses, Flatten: (*publisher).flattenAddresses,
}

// Publisher is powerplatform_publisher.
func Publisher() entity.Resource[publisher] {
	r := publishers.Resource()
	r.Validate, r.Plan, r.Explain = validatePublisher, planPublisher, explainPublisher
	return r
}

// Publishers is data.powerplatform_publishers.
func Publishers() entity.List[publisher, publisher] {
	return publishers.List("publishers", "The publishers of an environment, with those that the platform and installed solutions brought.")
}

var publisherSchema = schema.Schema{
	MarkdownDescription: "A [publisher](https://learn.microsoft.com/power-platform/alm/solution-concepts-alm#solution-publisher): who owns the components of solutions. " +
		"Its prefix begins the names of all that is made in its solutions, so it is chosen once for an organisation and used in every environment. " +
		"A publisher cannot be deleted while there are solutions of it.",
	Attributes: field.Attributes{
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
			field.Matches(prefixForm, "must be 2 to 8 letters and digits that begin with a letter"), notReserved),
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
	},
}

// notReserved refuses prefixes that the platform keeps for itself.
var notReserved = field.Check("must not begin with mscrm", func(prefix string) error {
	if reservedForm.MatchString(prefix) {
		return fmt.Errorf("the prefix must not begin with mscrm: the platform keeps that for itself, got %q", prefix)
	}
	return nil
})

type publisher struct {
	row.Key
	UniqueName        types.String      `tfsdk:"uniquename" column:"uniquename"`
	FriendlyName      customtype.Folded `tfsdk:"friendly_name" column:"friendlyname"`
	Prefix            types.String      `tfsdk:"customization_prefix" column:"customizationprefix"`
	OptionValuePrefix types.Int64       `tfsdk:"customization_option_value_prefix" column:"customizationoptionvalueprefix"`
	Description       types.String      `tfsdk:"description" column:"description"`
	Email             types.String      `tfsdk:"email_address" column:"emailaddress"`
	Website           types.String      `tfsdk:"supporting_website_url" column:"supportingwebsiteurl"`
	ReadOnly          types.Bool        `tfsdk:"is_read_only" column:"isreadonly,read"`
	Address           []address         `tfsdk:"address"`
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

// preparePublisher fills in what no plan could.
func preparePublisher(_ context.Context, _ *api.Client, _ dataverse.Org, m *publisher) error {
	if m.OptionValuePrefix.IsUnknown() {
		m.OptionValuePrefix = types.Int64Value(derived(m.Prefix.ValueString()))
	}
	return nil
}

// explainPublisher says which solutions a publisher has that cannot be deleted.
func explainPublisher(ctx context.Context, c *api.Client, verb string, m *publisher, refused error) error {
	if verb != "delete" {
		return refused
	}
	o, problem := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if problem != nil {
		return refused
	}
	var names []string
	for s, problem := range dataverse.List[row.Columns](ctx, c.Dataverse, o, solutions, dataverse.Query{
		Select: "uniquename,friendlyname", Filter: "_publisherid_value eq " + m.ID.ValueString(), OrderBy: "uniquename",
	}) {
		if problem != nil {
			return errors.Join(refused, problem)
		}
		names = append(names, fmt.Sprintf("%q (%s)", s.Text("friendlyname"), s.Text("uniquename")))
	}
	if len(names) == 0 {
		return refused
	}
	return fmt.Errorf("it is the publisher of %s: delete these solutions, or give them another publisher, first: %w", strings.Join(names, ", "), refused)
}

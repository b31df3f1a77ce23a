package solution

import (
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

var addressPath = path.Root("address")

// address is one of the two addresses of a publisher.
type address struct {
	Slot               types.Int64     `tfsdk:"slot"`
	AddressID          customtype.UUID `tfsdk:"address_id"`
	AddressTypeCode    types.Int64     `tfsdk:"address_type_code"`
	City               types.String    `tfsdk:"city"`
	Country            types.String    `tfsdk:"country"`
	County             types.String    `tfsdk:"county"`
	Fax                types.String    `tfsdk:"fax"`
	Latitude           types.Float64   `tfsdk:"latitude"`
	Line1              types.String    `tfsdk:"line1"`
	Line2              types.String    `tfsdk:"line2"`
	Line3              types.String    `tfsdk:"line3"`
	Longitude          types.Float64   `tfsdk:"longitude"`
	Name               types.String    `tfsdk:"name"`
	PostOfficeBox      types.String    `tfsdk:"post_office_box"`
	PostalCode         types.String    `tfsdk:"postal_code"`
	ShippingMethodCode types.Int64     `tfsdk:"shipping_method_code"`
	StateOrProvince    types.String    `tfsdk:"state_or_province"`
	Telephone1         types.String    `tfsdk:"telephone1"`
	Telephone2         types.String    `tfsdk:"telephone2"`
	Telephone3         types.String    `tfsdk:"telephone3"`
	UPSZone            types.String    `tfsdk:"ups_zone"`
	UTCOffset          types.Int64     `tfsdk:"utc_offset"`
}

func (a address) inSlot(other address) bool { return a.Slot.Equal(other.Slot) }

// The columns of an address, each with its attribute. The columns of a publisher carry the slot before these names.
var (
	addressTexts = []struct {
		attribute, column, description string
		of                             func(*address) *types.String
	}{
		{"city", "city", "City.", func(a *address) *types.String { return &a.City }},
		{"country", "country", "Country or region.", func(a *address) *types.String { return &a.Country }},
		{"county", "county", "County.", func(a *address) *types.String { return &a.County }},
		{"fax", "fax", "Fax number.", func(a *address) *types.String { return &a.Fax }},
		{"line1", "line1", "First line of the street.", func(a *address) *types.String { return &a.Line1 }},
		{"line2", "line2", "Second line of the street.", func(a *address) *types.String { return &a.Line2 }},
		{"line3", "line3", "Third line of the street.", func(a *address) *types.String { return &a.Line3 }},
		{"name", "name", "Name of the address.", func(a *address) *types.String { return &a.Name }},
		{"post_office_box", "postofficebox", "Post office box.", func(a *address) *types.String { return &a.PostOfficeBox }},
		{"postal_code", "postalcode", "Postal code.", func(a *address) *types.String { return &a.PostalCode }},
		{"state_or_province", "stateorprovince", "State or province.", func(a *address) *types.String { return &a.StateOrProvince }},
		{"telephone1", "telephone1", "Telephone number.", func(a *address) *types.String { return &a.Telephone1 }},
		{"telephone2", "telephone2", "Second telephone number.", func(a *address) *types.String { return &a.Telephone2 }},
		{"telephone3", "telephone3", "Third telephone number.", func(a *address) *types.String { return &a.Telephone3 }},
		{"ups_zone", "upszone", "Zone of the parcel service UPS.", func(a *address) *types.String { return &a.UPSZone }},
	}
	addressNumbers = []struct {
		attribute, column, description string
		idle                           float64 // what the platform fills in by itself, if not 0
		check                          validator.Int64
		of                             func(*address) *types.Int64
	}{
		{"address_type_code", "addresstypecode", "Type of the address. The platform knows `1` only.", 1, int64validator.AtLeast(0), func(a *address) *types.Int64 { return &a.AddressTypeCode }},
		{"shipping_method_code", "shippingmethodcode", "Method of shipment. The platform knows `1` only.", 1, int64validator.AtLeast(0), func(a *address) *types.Int64 { return &a.ShippingMethodCode }},
		{"utc_offset", "utcoffset", "Difference to UTC in minutes.", 0, int64validator.Between(-1500, 1500), func(a *address) *types.Int64 { return &a.UTCOffset }},
	}
	addressDegrees = []struct {
		attribute, description string
		limit                  float64
		of                     func(*address) *types.Float64
	}{
		{"latitude", "Latitude in degrees.", 90, func(a *address) *types.Float64 { return &a.Latitude }},
		{"longitude", "Longitude in degrees.", 180, func(a *address) *types.Float64 { return &a.Longitude }},
	}
)

func addressAttributes() map[string]schema.Attribute {
	out := field.Attributes{
		"slot":       field.Required.Number("Which of the two addresses it is: `1` or `2`.", int64validator.OneOf(1, 2)),
		"address_id": field.Computed.UUID("ID of the address."),
	}
	for _, f := range addressTexts {
		out[f.attribute] = field.Optional.Text(f.description)
	}
	for _, f := range addressNumbers {
		out[f.attribute] = field.Optional.Number(f.description, f.check)
	}
	for _, f := range addressDegrees {
		out[f.attribute] = schema.Float64Attribute{
			MarkdownDescription: f.description, Optional: true, Validators: []validator.Float64{float64validator.Between(-f.limit, f.limit)},
		}
	}
	return out
}

func (a address) prefix() string { return "address" + strconv.FormatInt(a.Slot.ValueInt64(), 10) + "_" }

// expand adds the columns of an address to a row.
func (a address) expand(row map[string]any) {
	for _, f := range addressTexts {
		row[a.prefix()+f.column] = column(*f.of(&a))
	}
	for _, f := range addressNumbers {
		row[a.prefix()+f.column] = nil
		if v := f.of(&a); !v.IsNull() {
			row[a.prefix()+f.column] = v.ValueInt64()
		}
	}
	for _, f := range addressDegrees {
		row[a.prefix()+f.attribute] = nil
		if v := f.of(&a); !v.IsNull() {
			row[a.prefix()+f.attribute] = v.ValueFloat64()
		}
	}
}

// flattenAddresses fills the addresses that are configured, in their order, and adds those that hold something. The
// platform keeps both addresses of every publisher; one that holds nothing is not shown.
func flattenAddresses(written []address, row map[string]any) []address {
	var out []address
	if written != nil {
		out = []address{}
	}
	for _, a := range written {
		shown, _ := a.flatten(row)
		out = append(out, shown)
	}
	for slot := range int64(2) {
		a := address{Slot: types.Int64Value(slot + 1)}
		if slices.ContainsFunc(written, a.inSlot) {
			continue
		}
		if shown, holds := a.flatten(row); holds {
			out = append(out, shown)
		}
	}
	return out
}

// flatten is the address as the row shows it, and whether it holds anything.
func (a address) flatten(row map[string]any) (address, bool) {
	holds := false
	for _, f := range addressTexts {
		var shown *string
		if v, ok := row[a.prefix()+f.column].(string); ok {
			shown = &v
		}
		*f.of(&a) = text(*f.of(&a), shown)
		holds = holds || f.of(&a).ValueString() != ""
	}
	for _, f := range addressNumbers {
		v, ok := row[a.prefix()+f.column].(float64)
		switch at := f.of(&a); {
		case !ok, f.idle != 0 && v == f.idle && at.IsNull():
			*at = types.Int64Null()
		default:
			*at = types.Int64Value(int64(v))
			holds = true
		}
	}
	for _, f := range addressDegrees {
		*f.of(&a) = types.Float64Null()
		if v, ok := row[a.prefix()+f.attribute].(float64); ok {
			*f.of(&a) = types.Float64Value(v)
			holds = true
		}
	}
	id, _ := row[a.prefix()+"addressid"].(string)
	a.AddressID = customtype.UUIDOrNone(customtype.UUIDNull(), id)
	return a, holds
}

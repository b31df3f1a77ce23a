package solution

import (
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

var addressPath = path.Root("address")

// address is one of the two addresses of a publisher, whose columns have the slot before these names.
type address struct {
	Slot               types.Int64     `tfsdk:"slot"`
	AddressID          customtype.UUID `tfsdk:"address_id" column:"addressid,read"`
	AddressTypeCode    types.Int64     `tfsdk:"address_type_code" column:"addresstypecode"`
	City               types.String    `tfsdk:"city" column:"city"`
	Country            types.String    `tfsdk:"country" column:"country"`
	County             types.String    `tfsdk:"county" column:"county"`
	Fax                types.String    `tfsdk:"fax" column:"fax"`
	Latitude           types.Float64   `tfsdk:"latitude" column:"latitude"`
	Line1              types.String    `tfsdk:"line1" column:"line1"`
	Line2              types.String    `tfsdk:"line2" column:"line2"`
	Line3              types.String    `tfsdk:"line3" column:"line3"`
	Longitude          types.Float64   `tfsdk:"longitude" column:"longitude"`
	Name               types.String    `tfsdk:"name" column:"name"`
	PostOfficeBox      types.String    `tfsdk:"post_office_box" column:"postofficebox"`
	PostalCode         types.String    `tfsdk:"postal_code" column:"postalcode"`
	ShippingMethodCode types.Int64     `tfsdk:"shipping_method_code" column:"shippingmethodcode"`
	StateOrProvince    types.String    `tfsdk:"state_or_province" column:"stateorprovince"`
	Telephone1         types.String    `tfsdk:"telephone1" column:"telephone1"`
	Telephone2         types.String    `tfsdk:"telephone2" column:"telephone2"`
	Telephone3         types.String    `tfsdk:"telephone3" column:"telephone3"`
	UPSZone            types.String    `tfsdk:"ups_zone" column:"upszone"`
	UTCOffset          types.Int64     `tfsdk:"utc_offset" column:"utcoffset"`
}

func (a address) inSlot(other address) bool { return a.Slot.Equal(other.Slot) }

func addressAttributes() field.Attributes {
	return field.Attributes{
		"slot":                 field.Required.Number("Which of the two addresses it is: `1` or `2`.", int64validator.OneOf(1, 2)),
		"address_id":           field.Computed.UUID("ID of the address."),
		"address_type_code":    field.Optional.Number("Type of the address. The platform knows `1` only.", int64validator.AtLeast(0)),
		"city":                 field.Optional.Text("City."),
		"country":              field.Optional.Text("Country or region."),
		"county":               field.Optional.Text("County."),
		"fax":                  field.Optional.Text("Fax number."),
		"latitude":             field.Optional.Decimal("Latitude in degrees.", float64validator.Between(-90, 90)),
		"line1":                field.Optional.Text("First line of the street."),
		"line2":                field.Optional.Text("Second line of the street."),
		"line3":                field.Optional.Text("Third line of the street."),
		"longitude":            field.Optional.Decimal("Longitude in degrees.", float64validator.Between(-180, 180)),
		"name":                 field.Optional.Text("Name of the address."),
		"post_office_box":      field.Optional.Text("Post office box."),
		"postal_code":          field.Optional.Text("Postal code."),
		"shipping_method_code": field.Optional.Number("Method of shipment. The platform knows `1` only.", int64validator.AtLeast(0)),
		"state_or_province":    field.Optional.Text("State or province."),
		"telephone1":           field.Optional.Text("Telephone number."),
		"telephone2":           field.Optional.Text("Second telephone number."),
		"telephone3":           field.Optional.Text("Third telephone number."),
		"ups_zone":             field.Optional.Text("Zone of the parcel service UPS."),
		"utc_offset":           field.Optional.Number("Difference to UTC in minutes.", int64validator.Between(-1500, 1500)),
	}
}

func (a address) prefix() string { return "address" + strconv.FormatInt(a.Slot.ValueInt64(), 10) + "_" }

// slots are the addresses of a publisher that has none.
var slots = []address{{Slot: types.Int64Value(1)}, {Slot: types.Int64Value(2)}}

// expandAddresses adds the columns of both addresses to a row: one that is left out is emptied.
func (m *publisher) expandAddresses(r row.Columns) {
	for _, a := range slices.Concat(slots, m.Address) {
		maps.Copy(r, row.Expand(&a, a.prefix()))
	}
}

// flattenAddresses fills the addresses that are configured, in their order, and adds those that hold something. The
// platform keeps both addresses of every publisher; one that holds nothing is not shown.
func (m *publisher) flattenAddresses(r row.Columns) error {
	m.Address = slices.Clone(m.Address) // it may belong to another model
	for i := range m.Address {
		m.Address[i] = m.Address[i].flatten(r)
	}
	for _, empty := range slots {
		if slices.ContainsFunc(m.Address, empty.inSlot) {
			continue
		}
		a := empty.flatten(r)
		if empty.AddressID = a.AddressID; a != empty {
			m.Address = append(m.Address, a)
		}
	}
	return nil
}

// idle is what the platform fills in for the codes of an address by itself.
var idle = types.Int64Value(1)

// flatten is the address as the row shows it.
func (a address) flatten(r row.Columns) address {
	written := a
	row.Flatten(&a, r, a.prefix())
	if written.AddressTypeCode.IsNull() && a.AddressTypeCode.Equal(idle) {
		a.AddressTypeCode = types.Int64Null()
	}
	if written.ShippingMethodCode.IsNull() && a.ShippingMethodCode.Equal(idle) {
		a.ShippingMethodCode = types.Int64Null()
	}
	return a
}

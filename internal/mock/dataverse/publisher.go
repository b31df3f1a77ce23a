package dataverse

import (
	"strconv"

	"github.com/google/uuid"
)

// addresses are the columns of the two addresses of a publisher:
// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/publisher
func addresses() []column {
	var out []column
	for slot := range 2 {
		add := func(k kind, names ...string) {
			for _, name := range names {
				c := column{name: addressColumn(slot, name), kind: k, access: both}
				if k == choice {
					c.options, c.fallback = []option{{1, "Default Value"}}, 1
				}
				out = append(out, c)
			}
		}
		add(guid, "addressid")
		add(choice, "addresstypecode", "shippingmethodcode")
		add(text, "city", "country", "county", "fax", "line1", "line2", "line3", "name", "postalcode", "postofficebox",
			"stateorprovince", "telephone1", "telephone2", "telephone3", "upszone")
		add(decimal, "latitude", "longitude")
		add(whole, "utcoffset")
	}
	return out
}

func addressColumn(slot int, name string) string {
	return "address" + strconv.Itoa(slot+1) + "_" + name
}

// addressed gives a publisher its two addresses, which are there even if nothing is known of them. Observed in
// microsoft/terraform-provider-power-platform.
func (ch *change) addressed() {
	for slot := range 2 {
		if name := addressColumn(slot, "addressid"); ch.row[name] == nil {
			ch.row[name] = uuid.NewString()
		}
	}
}

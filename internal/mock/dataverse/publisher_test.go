package dataverse_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestPublisherHasTwoAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.made("publishers", doc{
		"uniquename": "contoso", "friendlyname": "Contoso", "customizationprefix": "con", "customizationoptionvalueprefix": 20000,
		"address2_city": "Bern", "address2_utcoffset": 60, "address2_latitude": 46.9,
	})
	path := "publishers(" + id + ")"
	row := r.row(path)
	for _, name := range []string{"address1_addressid", "address2_addressid"} {
		if uuid.Validate(server.Text(row, name)) != nil {
			t.Errorf("%s is %v", name, row[name])
		}
	}
	if row["address1_addresstypecode"] != 1.0 || row["address1_city"] != nil || row["address2_city"] != "Bern" || row["address2_utcoffset"] != 60.0 || row["address2_latitude"] != 46.9 {
		t.Error(row)
	}
	r.send("PATCH", path, nil, doc{"address2_city": nil, "address1_shippingmethodcode": nil}, 204, "")
	after := r.row(path)
	if after["address2_city"] != nil || after["address1_shippingmethodcode"] != nil || after["address1_addressid"] != row["address1_addressid"] {
		t.Error(after)
	}
	r.send("PATCH", path, nil, doc{"address1_addresstypecode": 2}, 400, "0x80044331")
}

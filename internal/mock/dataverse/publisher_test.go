package dataverse_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
)

func TestPublisherHasTwoAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	id := r.made("publishers", doc{
		"uniquename": "contoso", "friendlyname": "Contoso", "customizationprefix": "con", "customizationoptionvalueprefix": 20000,
		"address2_city": "Bern", "address2_utcoffset": 60, "address2_latitude": 46.9,
	})
	path := "publishers(" + id + ")"
	row := r.row(path).Has(doc{
		"address1_addresstypecode": 1, "address1_city": mocktest.Null, "address2_city": "Bern", "address2_utcoffset": 60, "address2_latitude": 46.9,
	})
	for _, name := range []string{"address1_addressid", "address2_addressid"} {
		if uuid.Validate(row.Text(name)) != nil {
			t.Errorf("%s is %v", name, row.Get(name))
		}
	}
	r.Send("PATCH", path, doc{"address2_city": nil, "address1_shippingmethodcode": nil}).Want(204)
	r.row(path).Has(doc{
		"address2_city": mocktest.Null, "address1_shippingmethodcode": mocktest.Null, "address1_addressid": row.Text("address1_addressid"),
	})
	r.Send("PATCH", path, doc{"address1_addresstypecode": 2}).Want(400, "0x80044331")
}

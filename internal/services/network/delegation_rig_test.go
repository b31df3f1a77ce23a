package network_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
)

const (
	snetType = "powerplatform_subnet_delegation"
	snetAddr = snetType + ".it"

	landscape = "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/"
	eastNet   = landscape + "vnet-eastus"
	eastSnet  = eastNet + "/subnets/snet-powerplatform" // with much that the network team has configured
	nextSnet  = eastNet + "/subnets/snet-powerplatform-next"
	takenSnet = eastNet + "/subnets/snet-delegated"
	westSnet  = landscape + "vnet-westus/subnets/snet-powerplatform"

	platformService = "Microsoft.PowerPlatform/enterprisePolicies"

	opGetSubnet = "arm.subnets.get"
	opPutSubnet = "arm.subnets.put"
	opPollAzure = "arm.operations.get"
)

// snetWorld has the networks of Contoso.
func snetWorld(t *testing.T) *acctest.World {
	t.Helper()
	return acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"subscriptions": mock.Landscape()["subscriptions"]}})
}

// delegationOf is a resource block for a subnet with further arguments, one a line.
func delegationOf(id string, lines ...string) string {
	return acctest.Block(snetType, "it", append([]string{fmt.Sprintf("subnet_id = %q", id)}, lines...)...)
}

// laterDelegation has a subnet that is not known while planning.
func laterDelegation(id string) string {
	return fmt.Sprintf("resource \"terraform_data\" \"id\" { input = %q }\n", id) +
		strings.Replace(delegationOf("?"), `"?"`, "terraform_data.id.output", 1)
}

// change changes the properties of a subnet behind Terraform's back.
func change(w *acctest.World, id string, f func(properties mock.Doc)) func() {
	return func() {
		w.Change(arm.Subnets, id, func(d mock.Doc) {
			f(d["properties"].(mock.Doc))
			d["etag"] = fmt.Sprintf(`W/"changed %d"`, time.Now().UnixNano())
		})
	}
}

// delegations says to which services a subnet is delegated, as name=service.
func delegations(w *acctest.World, id string) string {
	d, _ := w.Collection(arm.Subnets).Peek(id)
	properties, _ := d["properties"].(mock.Doc)
	all, _ := properties["delegations"].([]any)
	var out []string
	for _, value := range all {
		one := value.(mock.Doc)
		out = append(out, fmt.Sprintf("%s=%s", one["name"], one["properties"].(mock.Doc)["serviceName"]))
	}
	return strings.Join(out, " ")
}

// hold lets a policy hold a subnet, and release takes that back.
func hold(w *acctest.World, id, policy string) func() {
	return change(w, id, func(p mock.Doc) {
		p["serviceAssociationLinks"] = []any{mock.Doc{
			"id": id + "/serviceAssociationLinks/PowerPlatformServiceLink", "name": "PowerPlatformServiceLink",
			"properties": mock.Doc{"linkedResourceType": platformService, "link": policy, "allowDelete": false},
		}}
	})
}

func release(w *acctest.World, id string) func() {
	return change(w, id, func(p mock.Doc) { delete(p, "serviceAssociationLinks") })
}

// rest is the subnet in the east as JSON without its delegations and what every write changes.
func rest(t *testing.T, w *acctest.World) string {
	t.Helper()
	d, ok := w.Collection(arm.Subnets).Peek(eastSnet)
	if !ok {
		t.Fatalf("%s is gone", eastSnet)
	}
	delete(d, "etag")
	delete(d["properties"].(mock.Doc), "delegations")
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// conflicts fails if Azure has refused a request because another one was going on.
func conflicts(t *testing.T, w *acctest.World) {
	t.Helper()
	for _, e := range w.Requests() {
		if e.Status == 409 || e.Status == 429 {
			t.Errorf("%s %s was answered %d", e.Method, e.Path, e.Status)
		}
	}
}

// struck is closed when a fault of this tenant has hit a request.
func struck(t *testing.T, w *acctest.World) <-chan struct{} {
	t.Helper()
	done := make(chan struct{})
	hit := func() bool {
		return slices.ContainsFunc(w.Platform.Faults(), func(f mock.Fault) bool { return f.Tenant == w.ID && f.Hits > 0 })
	}
	go func() {
		defer close(done)
		look := time.NewTicker(time.Millisecond)
		defer look.Stop()
		for !hit() {
			select {
			case <-look.C:
			case <-t.Context().Done():
				return
			}
		}
	}()
	return done
}

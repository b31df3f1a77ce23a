package diagnostic_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	linked = "aaaaaaaa-0000-4000-8000-0000000000a1"
	alone  = "aaaaaaaa-0000-4000-8000-0000000000a2"

	group     = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg/providers/"
	networkID = group + "Microsoft.Network/virtualNetworks/vnet-"
	policyID  = group + "Microsoft.PowerPlatform/enterprisePolicies/policy"

	opRegion, opUsage, opDNS, opTCP, opTLS = "powerplatform.plex.region", "powerplatform.plex.usage", "powerplatform.plex.dns", "powerplatform.plex.tcp", "powerplatform.plex.tls"
)

// world has an environment that is linked to a policy with networks in eastus, where it runs, and westus, one that is
// linked to nothing, and hosts that can be reached from the networks.
func world(t *testing.T) *acctest.World {
	t.Helper()
	w := acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{
		"environments": {
			{"id": linked, "display_name": "Linked", "azure_region": "eastus", "location": "unitedstates"},
			{"id": alone, "display_name": "Alone", "location": "unitedstates"},
		},
		"network_hosts": {
			{"host": "sql.contoso.example", "addresses": []any{"10.0.3.4"}, "open_ports": []any{443, 1433}, "tls": mock.Doc{"issuer": "CN=Contoso CA"}},
			{"host": "old.contoso.example", "addresses": []any{"10.0.3.5"}, "open_ports": []any{443}, "tls": mock.Doc{"self_signed": true, "expired": true}},
		},
	}})
	var networks []any
	for _, region := range []string{"eastus", "westus"} {
		id := networkID + region
		networks = append(networks, mock.Doc{"id": id, "subnet": mock.Doc{"name": "snet"}})
		w.Collection("virtual_networks").Put(id, mock.Doc{"id": id, "location": region, "properties": mock.Doc{"dhcpOptions": mock.Doc{"dnsServers": []any{"10.0.0.10"}}}})
		w.Collection("subnets").Put(id+"/subnets/snet", mock.Doc{"id": id + "/subnets/snet", "name": "snet", "properties": mock.Doc{"addressPrefix": "10.0.1.0/24"}})
	}
	w.Collection(bap.EnterprisePolicies).Put(policyID, mock.Doc{"id": policyID, "properties": mock.Doc{"networkInjection": mock.Doc{"virtualNetworks": networks}}})
	d, ok := w.Collection(bap.Environments).Peek(linked)
	if !ok {
		t.Fatal("there is no environment")
	}
	server.Assign(d, "properties.enterprisePolicies.vNets", mock.Doc{"id": policyID, "systemId": "/regions/unitedstates/policy", "linkStatus": "Linked"})
	w.Collection(bap.Environments).Put(linked, d)
	w.Keep()
	return w
}

func args(environment string, more acctest.Values) acctest.Values {
	out := acctest.Values{"environment_id": acctest.Text(environment)}
	maps.Copy(out, more)
	return out
}

// read fails the test unless the data source can be read without a word.
func read(t *testing.T, s *acctest.Server, name string, a acctest.Values) acctest.Values {
	t.Helper()
	got, said := s.Read(t.Context(), "powerplatform_"+name, a)
	if len(said) > 0 {
		t.Fatal(acctest.Said(said))
	}
	return got
}

// holds compares attributes; "a.b" is b in the object a, and a zero Value is null.
func holds(t *testing.T, got acctest.Values, want acctest.Values) {
	t.Helper()
	for name, v := range want {
		at := got
		parts := strings.Split(name, ".")
		for _, part := range parts[:len(parts)-1] {
			inner := acctest.Values{}
			if err := at[part].As(&inner); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			at = inner
		}
		have, there := at[parts[len(parts)-1]]
		if v.Type() == nil {
			if there && !have.IsNull() {
				t.Errorf("%s is %s, want null", name, have)
			}
			continue
		}
		if !there || !have.Equal(v) {
			t.Errorf("%s is %s, want %s", name, have, v)
		}
	}
}

// tells fails the test unless there is one error and it says all of these.
func tells(t *testing.T, said []*tfprotov6.Diagnostic, words ...string) {
	t.Helper()
	if len(said) != 1 {
		t.Errorf("%d diagnostics: %s", len(said), acctest.Said(said))
	}
	acctest.Tells(t, acctest.Said(said), words...)
}

// answers are the statuses of the requests of these operations.
func answers(w *acctest.World, operations ...string) string {
	var all []string
	for _, e := range w.Requests(operations...) {
		all = append(all, fmt.Sprint(e.Status))
	}
	return strings.Join(all, " ")
}

package variable_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/keyvault"
)

const sourceType = "powerplatform_key_vault_secret_access"

// What the checks are called, in their order.
var checkNames = []string{"resource provider", "key vault", "secret", "role of the caller", "role of Dataverse", "network"}

// closed lets nobody through the firewall of the vault.
func closed(w *acctest.World) { vault(w, func(p mock.Doc) { p["publicNetworkAccess"] = "Disabled" }) }

// linked gives the environment private networking.
func linked(w *acctest.World) {
	c := w.Collection(bap.Environments)
	d, _ := c.Peek(testEnv)
	d["properties"].(mock.Doc)["enterprisePolicies"] = mock.Doc{"vNets": mock.Doc{"id": "/x", "systemId": "/regions/unitedstates/providers/Microsoft.PowerPlatform/enterprisePolicies/x", "linkStatus": "Linked"}}
	c.Put(testEnv, d)
}

func endpoint(w *acctest.World) {
	vault(w, func(p mock.Doc) {
		p["privateEndpointConnections"] = []any{mock.Doc{"properties": mock.Doc{"privateEndpoint": mock.Doc{"id": "/pe"}, "privateLinkServiceConnectionState": mock.Doc{"status": "Approved"}}}}
	})
}

func deny(w *acctest.World, operation string) {
	w.Fault(mock.Fault{Operation: operation, Times: -1, Status: 403, Body: acctest.Refusal("AuthorizationFailed", "The client does not have authorization.")})
}

var causes = []struct {
	name    string
	secret  string // "" for the usual one
	spoil   func(w *acctest.World)
	want    string // the statuses by their first letters, in the order of the checks
	says    []string
	refuses bool // the platform refuses the variable
}{
	{"nothing is wrong", "", func(*acctest.World) {}, "pppppp", nil, false},
	{"not registered", "", func(w *acctest.World) {
		id := "/subscriptions/" + mock.LandscapeSubscriptionID + "/providers/Microsoft.PowerPlatform"
		w.Collection("resource_providers").Put(id, mock.Doc{"id": id, "registrationState": "NotRegistered"})
	}, "fppppp", []string{"is not registered in the subscription " + mock.LandscapeSubscriptionID, "az provider register --namespace Microsoft.PowerPlatform"}, true},
	{"being registered", "", func(w *acctest.World) {
		id := "/subscriptions/" + mock.LandscapeSubscriptionID + "/providers/Microsoft.PowerPlatform"
		w.Collection("resource_providers").Put(id, mock.Doc{"id": id, "registrationState": "Registering"})
	}, "uppppp", nil, true},
	{"no vault", strings.Replace(secretID, "kv-contoso", "kv-elsewhere", 1), func(*acctest.World) {}, "pfuuuu", []string{"here is no key vault"}, true},
	{"no secret", mock.LandscapeKeyVaultID + "/secrets/no-such", func(*acctest.World) {}, "ppfppp", []string{`holds no secret "no-such"`, "az keyvault secret set --vault-name kv-contoso --name no-such"}, true},
	{"disabled secret", mock.LandscapeKeyVaultID + "/secrets/off", func(w *acctest.World) {
		w.Do(func() {
			arm.AddSecretVersion(w.Tenant, mock.LandscapeKeyVaultID, "off", canary, mock.Doc{"attributes": mock.Doc{"enabled": false}})
		})
	}, "ppfppp", []string{"is disabled", "--enabled true"}, true},
	{"expired secret", mock.LandscapeKeyVaultID + "/secrets/old", func(w *acctest.World) {
		w.Do(func() {
			arm.AddSecretVersion(w.Tenant, mock.LandscapeKeyVaultID, "old", canary, mock.Doc{"attributes": mock.Doc{"exp": 1000}})
		})
	}, "pppppp", nil, false},
	{"no role of the caller", "", func(w *acctest.World) { revoke(w, callerPrincipal(w)) }, "pppfpp", []string{
		"lacks the role Key Vault Secrets User", `az role assignment create --role "Key Vault Secrets User" --assignee-object-id OID --assignee-principal-type ServicePrincipal --scope ` + mock.LandscapeKeyVaultID,
	}, true},
	{"no role of Dataverse", "", func(w *acctest.World) { revoke(w, dataversePrincipal(w)) }, "ppppfp", []string{"Dataverse (application 00000007-0000-0000-c000-000000000000", "--assignee-object-id DID"}, true},
	{"a vault with access policies", "", func(w *acctest.World) {
		vault(w, func(p mock.Doc) { p["enableRbacAuthorization"] = false })
		revoke(w, dataversePrincipal(w))
	}, "ppppfp", []string{"goes by access policies, but the platform asks for the role"}, true},
	{"a vault of another tenant", "", func(w *acctest.World) {
		vault(w, func(p mock.Doc) { p["tenantId"] = "99999999-0000-4000-8000-000000000999" })
	}, "pfpppp", []string{"must be in one tenant"}, false},
	{"closed firewall", "", closed, "pppppf", []string{"is closed to Power Platform", "powerplatform_enterprise_policy"}, true},
	{"closed firewall and private networking", "", func(w *acctest.World) { closed(w); linked(w) }, "pppppf", []string{"has no private endpoint"}, true},
	{"private endpoint", "", func(w *acctest.World) { closed(w); linked(w); endpoint(w) }, "pppppp", nil, false},
	{"firewall with rules", "", func(w *acctest.World) {
		vault(w, func(p mock.Doc) {
			p["networkAcls"] = mock.Doc{"defaultAction": "Deny", "bypass": "AzureServices", "ipRules": []any{mock.Doc{"value": keyvault.ClientAddress}}}
		})
	}, "pppppu", nil, true},
	{"nothing may be read in Azure", "", func(w *acctest.World) { deny(w, "arm.*"); w.SetSwitch(graph.SwitchAccess, "none") }, "uuppuu", nil, false},
	{"nothing may be read at all", "", func(w *acctest.World) {
		deny(w, "arm.*")
		closed(w)
		w.SetSwitch(graph.SwitchAccess, "none")
	}, "uuuuuu", nil, true},
	{"no role, and roles may not be read", "", func(w *acctest.World) { deny(w, "arm.roleassignments.*"); revoke(w, callerPrincipal(w)) }, "pppfup", []string{"--assignee-object-id OID"}, true},
	{"no directory", "", func(w *acctest.World) { w.SetSwitch(graph.SwitchAccess, "none") }, "ppppup", nil, false},
	{"no Dataverse in the directory", "", func(w *acctest.World) { w.SetSwitch(graph.SwitchAbsent, graph.DataverseAppID) }, "ppppfp", []string{"az ad sp create"}, false},
}

func TestAccVariable_D06(t *testing.T) {
	t.Parallel()
	for _, c := range causes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil)
			c.spoil(w)
			id := c.secret
			if id == "" {
				id = secretID
			}
			found, said := w.Serve(nil).Read(t.Context(), sourceType, acctest.Values{"environment_id": acctest.Text(testEnv), "secret_id": acctest.Text(id)})
			if len(said) > 0 {
				t.Fatal(acctest.Said(said))
			}
			var ready bool
			var remedy string
			if found["ready"].As(&ready) != nil || found["remedy"].As(&remedy) != nil {
				t.Fatal("no result")
			}
			if got := statuses(t, found["checks"]); got != c.want {
				t.Errorf("checks %s, want %s\n%s", got, c.want, found["checks"])
			}
			if ready == strings.Contains(c.want, "f") || ready != (remedy == "") {
				t.Errorf("ready %v, remedy %q", ready, remedy)
			}
			says := func(text string) {
				for _, want := range c.says {
					want = strings.NewReplacer("OID", callerPrincipal(w), "DID", dataversePrincipal(w)).Replace(want)
					if !strings.Contains(text, want) {
						t.Errorf("%q is missing in\n%s", want, text)
					}
				}
			}
			says(remedy)
			w.Forget()
			_, text, failed := create(t.Context(), w, secretValue(id))
			if failed || strings.Contains(text, "does not let the variable refer") != c.refuses {
				t.Errorf("refused, or not:\n%s", text)
			}
			if !c.refuses {
				return
			}
			says(text)
			for i, name := range checkNames {
				if status := map[byte]string{'p': "passed", 'f': "failed", 'u': "unknown"}[c.want[i]]; !strings.Contains(text, name+" ("+status+")") {
					t.Errorf("%s (%s) is missing in\n%s", name, status, text)
				}
			}
			if want := map[bool]int{true: 1, false: 40}[strings.Contains(c.want, "f")]; w.Count(opSet) != want {
				t.Errorf("asked %d times, want %d", w.Count(opSet), want)
			}
			if w.Count("keyvault.secrets.get") > 0 {
				t.Error("the secret was read")
			}
		})
	}
}

// statuses are the first letters of the statuses of checks, whose names have to be in order.
func statuses(t *testing.T, v tftypes.Value) string {
	t.Helper()
	var all []tftypes.Value
	if err := v.As(&all); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var names []string
	for _, one := range all {
		var of map[string]tftypes.Value
		var name, status string
		if one.As(&of) != nil || of["name"].As(&name) != nil || of["status"].As(&status) != nil {
			t.Fatal("no check")
		}
		names = append(names, name)
		out.WriteString(status[:1])
	}
	if !slices.Equal(names, checkNames) {
		t.Errorf("checks %v", names)
	}
	return out.String()
}

func TestAccVariable_FirewallClosed(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	closed(w)
	check := `
check "access" {
  data "powerplatform_key_vault_secret_access" "it" {
    environment_id = "` + testEnv + `"
    secret_id      = "` + secretID + `"
  }
  assert {
    condition     = data.powerplatform_key_vault_secret_access.it.ready
    error_message = data.powerplatform_key_vault_secret_access.it.remedy
  }
}
`
	w.Run(
		resource.TestStep{Config: check + secret(), ExpectNonEmptyPlan: true},
		resource.TestStep{Config: check + secret(), ExpectError: acctest.Says("The cause: The firewall of the vault kv-contoso is closed to Power Platform")},
		resource.TestStep{PreConfig: func() { linked(w); endpoint(w) }, Config: secret()},
	)
}

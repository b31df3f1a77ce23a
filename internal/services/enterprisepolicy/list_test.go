package enterprisepolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

func policies(name string, lines ...string) string {
	return fmt.Sprintf("data \"powerplatform_enterprise_policies\" %q {\n  %s\n}\n", name, strings.Join(lines, "\n  "))
}

// listWorld has a policy of each kind.
func listWorld(t *testing.T) *acctest.World {
	t.Helper()
	seed := mock.Landscape()
	group := seed["subscriptions"][0]["resource_groups"].([]any)[1].(mock.Doc)
	group["enterprise_policies"] = []any{
		mock.Doc{"name": "net", "location": "unitedstates", "tags": mock.Doc{"a": "b"}, "subnet_ids": []any{subnet("eastus", "snet-delegated"), subnet("westus", "snet-delegated")}},
		mock.Doc{"name": "cmk", "kind": "Encryption", "location": "europe", "key_vault_id": vaultID, "key_name": "cmk", "key_version": "v1", "principal_id": linkEnv},
		mock.Doc{"name": "box", "kind": "Lockbox", "location": "europe"},
	}
	return acctest.New(t, mock.TenantSeed{Items: seed})
}

func TestAccEnterprisePolicies_basic(t *testing.T) {
	t.Parallel()
	w := listWorld(t)
	const all = "enterprise_policies"
	text := knownvalue.StringExact
	listed := func(name string, check knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.powerplatform_enterprise_policies."+name, tfjsonpath.New(all), check)
	}
	net := knownvalue.ObjectPartial(map[string]knownvalue.Check{
		"id": text(azure("net")), "name": text("net"), "resource_group_id": text(groupID), "location": text("unitedstates"), "kind": text("NetworkInjection"),
		"tags": knownvalue.MapExact(map[string]knownvalue.Check{"a": text("b")}), "system_id": knownvalue.NotNull(), "policy_id": knownvalue.NotNull(),
		"health_status": text("Undetermined"), "subnet_ids": knownvalue.ListExact(acctest.Each(subnet("eastus", "snet-delegated"), subnet("westus", "snet-delegated"))),
		"key_vault_id": knownvalue.Null(), "principal_id": knownvalue.Null(),
	})
	cmk := knownvalue.ObjectPartial(map[string]knownvalue.Check{
		"kind": text("Encryption"), "key_vault_id": text(vaultID), "key_name": text("cmk"), "key_version": text("v1"),
		"principal_id": text(linkEnv), "tenant_id": text(w.ID), "subnet_ids": knownvalue.Null(),
	})
	w.Run(resource.TestStep{
		Config: strings.Replace(w.Provider(), "{\n", "{\n  subscription_id = \""+mock.LandscapeSubscriptionID+"\"\n", 1) +
			policies("all") + policies("kind", `kind = "encryption"`) + policies("group", fmt.Sprintf("resource_group_id = %q", groupID), `kind = "NetworkInjection"`) +
			policies("none", fmt.Sprintf("subscription_id = %q", mock.LandscapeSandboxID)),
		ConfigStateChecks: []statecheck.StateCheck{
			listed("all", knownvalue.ListSizeExact(3)), listed("kind", knownvalue.ListExact([]knownvalue.Check{cmk})),
			listed("group", knownvalue.ListExact([]knownvalue.Check{net})), listed("none", knownvalue.ListSizeExact(0)),
		},
	})
}

func TestListOfPoliciesNeedsASubscription(t *testing.T) {
	t.Parallel()
	for said, config := range map[string]string{
		"No subscription is named; give subscription_id or resource_group_id here": policies("it"),
		"SubscriptionNotFound":     policies("it", fmt.Sprintf("subscription_id = %q", linkEnv)),
		"cannot be specified when": policies("it", fmt.Sprintf("subscription_id = %q", linkEnv), fmt.Sprintf("resource_group_id = %q", groupID)),
		"trailing slash":           policies("it", fmt.Sprintf("resource_group_id = %q", groupID+"/")),
	} {
		t.Run(said, func(t *testing.T) {
			t.Parallel()
			w := policyWorld(t, nil)
			w.Run(resource.TestStep{Config: config, ExpectError: acctest.Says(said)})
		})
	}
}

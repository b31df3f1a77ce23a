package arm_test

import (
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	brazil    = "brazilsouth/pp"
	brazilNet = labNetworks + "vnet-brazilsouth/subnets/pp?api-version=2024-05-01"
)

func TestAServiceLinkMayOutliveItsPolicy(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchServiceLinkDelay: "60"})
	l.must(l.put("one", onSubnets("brazil", brazil)), 201, "")
	l.must(l.send("DELETE", brazilNet, nil), 400, "InUseSubnetCannotBeDeleted")
	l.must(l.send("DELETE", labPolicies+"/one"+labVersion, nil), 200, "")
	if l.links(brazil) == "" {
		t.Error("the link is gone at once")
	}
	l.must(l.send("PUT", brazilNet, server.Doc{"properties": server.Doc{"addressPrefix": "10.4.1.0/24"}}), 400, "SubnetMissingRequiredDelegation")
	l.tenant.Clock().Advance(time.Minute)
	l.must(l.send("PUT", brazilNet, server.Doc{"properties": server.Doc{"addressPrefix": "10.4.1.0/24"}}), 200, "")
}

func TestALateRemovalSparesASubnetThatIsBack(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchServiceLinkDelay: "60"})
	for i, subnet := range []string{"eastus/pp", "eastus/next", "eastus/pp"} {
		l.must(l.put("one", onSubnets("unitedstates", subnet, "westus/pp")), map[bool]int{true: 201, false: 200}[i == 0], "")
	}
	l.tenant.Clock().Advance(2 * time.Minute)
	l.must(l.send("GET", brazilNet, nil), 200, "")
	if l.links("eastus/pp") == "" || l.links("eastus/next") != "" {
		t.Errorf("links: %q, %q", l.links("eastus/pp"), l.links("eastus/next"))
	}
}

func TestAResourceGroupTakesItsPoliciesAlong(t *testing.T) {
	t.Parallel()
	for _, delay := range []string{"", "60"} {
		l := newLab(t, map[string]string{arm.SwitchServiceLinkDelay: delay, arm.SwitchAnswers: "sync"})
		l.must(l.put("one", onSubnets("brazil", brazil)), 201, "")
		l.must(l.send("DELETE", labGroup+"?api-version=2021-04-01", nil), 200, "")
		l.tenant.Clock().Advance(2 * time.Minute)
		l.must(l.send("GET", labGroup+"?api-version=2021-04-01", nil), 404, "ResourceGroupNotFound")
		if n := l.tenant.Collection(arm.Subnets).Len(); n != 3 { // those of the other tenant's subscription
			t.Errorf("%d subnets", n)
		}
	}
}

func TestAResourceGroupWithALinkedPolicyStays(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchAnswers: "sync"})
	policy := l.must(l.put("one", onSubnets("unitedstates", "eastus/pp", "westus/pp")), 201, "")
	l.link("NetworkInjection", "link", server.Text(policy, "properties.systemId"))
	l.must(l.send("DELETE", labGroup+"?api-version=2021-04-01", nil), 409, "ResourceGroupDeletionBlocked")
	if l.links("eastus/pp") == "" {
		t.Error("the policy has lost its subnets")
	}
}

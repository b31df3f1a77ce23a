package arm_test

import (
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
)

const (
	brazil    = "brazilsouth/pp"
	brazilNet = labNetworks + "vnet-brazilsouth/subnets/pp?api-version=2024-05-01"
)

func TestAServiceLinkMayOutliveItsPolicy(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchServiceLinkDelay: "60"})
	l.put("one", onSubnets("brazil", brazil)).Want(201)
	l.Send("DELETE", brazilNet, nil).Want(400, "InUseSubnetCannotBeDeleted")
	l.Send("DELETE", labPolicies+"/one"+labVersion, nil).Want(200)
	if l.links(brazil) == "" {
		t.Error("the link is gone at once")
	}
	l.Send("PUT", brazilNet, doc{"properties": doc{"addressPrefix": "10.4.1.0/24"}}).Want(400, "SubnetMissingRequiredDelegation")
	l.Clock().Advance(time.Minute)
	l.Send("PUT", brazilNet, doc{"properties": doc{"addressPrefix": "10.4.1.0/24"}}).Want(200)
}

func TestALateRemovalSparesASubnetThatIsBack(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchServiceLinkDelay: "60"})
	for i, subnet := range []string{"eastus/pp", "eastus/next", "eastus/pp"} {
		l.put("one", onSubnets("unitedstates", subnet, "westus/pp")).Want(map[bool]int{true: 201, false: 200}[i == 0])
	}
	l.Clock().Advance(2 * time.Minute)
	l.Send("GET", brazilNet, nil).Want(200)
	if l.links("eastus/pp") == "" || l.links("eastus/next") != "" {
		t.Errorf("links: %q, %q", l.links("eastus/pp"), l.links("eastus/next"))
	}
}

func TestAResourceGroupTakesItsPoliciesAlong(t *testing.T) {
	t.Parallel()
	for _, delay := range []string{"", "60"} {
		l := newLab(t, map[string]string{arm.SwitchServiceLinkDelay: delay, arm.SwitchAnswers: "sync"})
		l.put("one", onSubnets("brazil", brazil)).Want(201)
		l.Send("DELETE", labGroup+"?api-version=2021-04-01", nil).Want(200)
		l.Clock().Advance(2 * time.Minute)
		l.Send("GET", labGroup+"?api-version=2021-04-01", nil).Want(404, "ResourceGroupNotFound")
		if n := l.Count(arm.Subnets); n != 3 { // those of the other tenant's subscription
			t.Errorf("%d subnets", n)
		}
	}
}

func TestAResourceGroupWithALinkedPolicyStays(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{arm.SwitchAnswers: "sync"})
	policy := l.put("one", onSubnets("unitedstates", "eastus/pp", "westus/pp")).Want(201)
	l.link("NetworkInjection", "link", policy.Text("properties.systemId"))
	l.Send("DELETE", labGroup+"?api-version=2021-04-01", nil).Want(409, "ResourceGroupDeletionBlocked")
	if l.links("eastus/pp") == "" {
		t.Error("the policy has lost its subnets")
	}
}

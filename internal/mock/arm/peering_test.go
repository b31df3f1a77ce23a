package arm_test

import (
	"reflect"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

const (
	there = east + "/virtualNetworkPeerings/to-west"
	back  = west + "/virtualNetworkPeerings/to-east"
)

// states are the states of both directions, "" where there is none.
func (r rig) states() [2]string {
	r.Helper()
	return [2]string{r.send("GET", there, nil).text("properties.peeringState"), r.send("GET", back, nil).text("properties.peeringState")}
}

func TestPeeringsConnect(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	expect := func(one, other string) {
		t.Helper()
		if got := r.states(); got != [2]string{one, other} {
			t.Fatalf("states: %v", got)
		}
	}
	a := r.put(there, peering(west))
	expect("Initiated", "")
	for path, want := range map[string]string{
		"properties.peeringSyncLevel": "FullyInSync", "properties.remoteVirtualNetwork.id": west, "type": "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
	} {
		if a.text(path) != want {
			t.Errorf("%s is %q", path, a.text(path))
		}
	}
	if got := a.list("properties.remoteAddressSpace.addressPrefixes"); !reflect.DeepEqual(got, []any{"10.20.0.0/16"}) {
		t.Errorf("remote space: %v", got)
	}
	etag := a.text("etag")
	b := r.send("PUT", back, doc{"properties": peering(east)}).want(201, "")
	expect("Initiated", "Initiated")
	r.wait(b)
	expect("Connected", "Connected")
	if r.get(there).text("etag") == etag {
		t.Error("the ETag of the other side is still the same")
	}
	a = r.put(there, doc{"remoteVirtualNetwork": doc{"id": west}, "allowForwardedTraffic": true, "novelty": 1})
	expect("Connected", "Connected")
	if p, _ := a.body["properties"].(doc); p["allowForwardedTraffic"] != true || p["allowVirtualNetworkAccess"] != true || p["novelty"] == nil {
		t.Errorf("peering: %s", a.raw)
	}
	r.remove(there)
	expect("", "Disconnected")
	r.send("PUT", there, doc{"properties": peering(west)}).want(400, "RemotePeeringIsDisconnected")
	r.put(back, peering(east))
	expect("", "Disconnected")
	r.remove(back)
	r.put(there, peering(west))
	r.put(back, peering(east))
	expect("Connected", "Connected")
	if got := r.get(east).names("properties.virtualNetworkPeerings"); got != "to-west" {
		t.Errorf("peerings: %s", got)
	}
	if got := r.get(east + "/virtualNetworkPeerings").names("value"); got != "to-west" {
		t.Errorf("peerings: %s", got)
	}
	r.send("DELETE", east+"/virtualNetworkPeerings/none", nil).want(204, "")
}

func TestADisconnectedPeeringMayComeBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, arm.SwitchPeeringRevival, "on")
	r.put(there, peering(west))
	r.put(back, peering(east))
	r.remove(there)
	r.put(back, peering(east))
	if got := r.states(); got != [2]string{"", "Initiated"} {
		t.Errorf("states: %v", got)
	}
}

func TestPeeringWritesAreRefused(t *testing.T) {
	t.Parallel()
	same := nets + "/vnet-same"
	for name, c := range map[string]struct {
		at, remote string
		status     int
		code       string
	}{
		"no network":      {nets + "/none/virtualNetworkPeerings/p", west, 404, "ParentResourceNotFound"},
		"no remote":       {there, nets + "/none", 400, "InvalidResourceReference"},
		"name":            {east + "/virtualNetworkPeerings/-p", west, 400, "InvalidResourceName"},
		"overlap":         {there, same, 400, "VnetAddressSpacesOverlap"},
		"second peering":  {west + "/virtualNetworkPeerings/second", same, 400, "AnotherPeeringAlreadyReferencesRemoteVnet"},
		"another remote":  {west + "/virtualNetworkPeerings/first", east, 400, "ChangingRemoteVirtualNetworkNotAllowed"},
		"overlaps a peer": {back, east, 400, "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.put(west+"/virtualNetworkPeerings/first", peering(same))
			r.send("PUT", c.at, doc{"properties": peering(c.remote)}).want(c.status, c.code)
			if n := r.tenant.Collection(arm.Peerings).Len(); n != 1 {
				t.Errorf("%d peerings", n)
			}
		})
	}
}

func TestAPeeringIntoAnotherTenantNeedsATokenOfIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	far := "/subscriptions/" + other + "/resourceGroups/rg-other/providers/Microsoft.Network/virtualNetworks/far"
	r.tenant.Do(func() {
		d, _ := r.tenant.Collection(arm.VirtualNetworks).Peek(west)
		d["id"] = far
		r.tenant.Collection(arm.VirtualNetworks).Put(far, d)
	})
	body := doc{"properties": peering(far)}
	r.send("PUT", there, body).want(403, "LinkedAuthorizationFailed")
	stranger, err := r.platform.AddTenant(server.TenantSeed{}).Token(app, "https://management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	r.with("x-ms-authorization-auxiliary", "Bearer "+stranger).send("PUT", there, body).want(403, "LinkedAuthorizationFailed")
	owner, err := r.platform.AddTenant(server.TenantSeed{ID: other}).Token(app, "https://management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	r.with("x-ms-authorization-auxiliary", "Bearer "+stranger+", Bearer "+owner).send("PUT", there, body).want(201, "")
}

func TestPeeringsFallOutOfSync(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(there, peering(west))
	r.put(back, peering(east))
	levels := func(one, other string) {
		t.Helper()
		a, b := r.get(there).text("properties.peeringSyncLevel"), r.get(back).text("properties.peeringSyncLevel")
		if a != one || b != other {
			t.Fatalf("levels: %s, %s", a, b)
		}
	}
	levels("FullyInSync", "FullyInSync")
	r.send("PUT", east, vnet("eastus", "10.0.0.0/8")).want(400, "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet")
	wider := vnet("eastus", "10.10.0.0/16")
	wider["properties"].(doc)["addressSpace"] = doc{"addressPrefixes": []any{"10.10.0.0/16", "10.11.0.0/16"}}
	r.wait(r.send("PUT", east, wider).want(200, ""))
	levels("LocalNotInSync", "RemoteNotInSync")
	r.put(there, peering(west))
	levels("LocalNotInSync", "RemoteNotInSync")
	r.wait(r.send("PUT", west, vnet("westus", "10.20.0.0/15")).want(200, ""))
	levels("LocalAndRemoteNotInSync", "LocalAndRemoteNotInSync")
	r.wait(r.send("PUT", there+"?syncRemoteAddressSpace=true", doc{"properties": peering(west)}).want(200, ""))
	levels("FullyInSync", "FullyInSync")
	if got := r.states(); got != [2]string{"Connected", "Connected"} {
		t.Errorf("states: %v", got)
	}
}

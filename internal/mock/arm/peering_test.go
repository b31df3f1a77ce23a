package arm_test

import (
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
	return [2]string{r.Send("GET", there, nil).Text("properties.peeringState"), r.Send("GET", back, nil).Text("properties.peeringState")}
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
	a.Has(doc{
		"properties.peeringSyncLevel": "FullyInSync", "properties.remoteVirtualNetwork.id": west,
		"type": "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "properties.remoteAddressSpace.addressPrefixes": []any{"10.20.0.0/16"},
	})
	etag := a.Text("etag")
	b := r.Send("PUT", back, doc{"properties": peering(east)}).Want(201)
	expect("Initiated", "Initiated")
	b.Follow()
	expect("Connected", "Connected")
	if r.get(there).Text("etag") == etag {
		t.Error("the ETag of the other side is still the same")
	}
	a = r.put(there, doc{"remoteVirtualNetwork": doc{"id": west}, "allowForwardedTraffic": true, "novelty": 1})
	expect("Connected", "Connected")
	a.Has(doc{"properties.allowForwardedTraffic": true, "properties.allowVirtualNetworkAccess": true, "properties.novelty": 1})
	r.remove(there)
	expect("", "Disconnected")
	r.Send("PUT", there, doc{"properties": peering(west)}).Want(400, "RemotePeeringIsDisconnected")
	r.put(back, peering(east))
	expect("", "Disconnected")
	r.remove(back)
	r.put(there, peering(west))
	r.put(back, peering(east))
	expect("Connected", "Connected")
	r.get(east).Has(doc{"properties.virtualNetworkPeerings.#.name": []string{"to-west"}})
	r.get(east + "/virtualNetworkPeerings").Has(doc{"value.#.name": []string{"to-west"}})
	r.Send("DELETE", east+"/virtualNetworkPeerings/none", nil).Want(204)
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
			r.Send("PUT", c.at, doc{"properties": peering(c.remote)}).Want(c.status, c.code)
			if n := r.Count(arm.Peerings); n != 1 {
				t.Errorf("%d peerings", n)
			}
		})
	}
}

func TestAPeeringIntoAnotherTenantNeedsATokenOfIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	far := "/subscriptions/" + other + "/resourceGroups/rg-other/providers/Microsoft.Network/virtualNetworks/far"
	r.Do(func() {
		d, _ := r.Collection(arm.VirtualNetworks).Peek(west)
		d["id"] = far
		r.Collection(arm.VirtualNetworks).Put(far, d)
	})
	body := doc{"properties": peering(far)}
	r.Send("PUT", there, body).Want(403, "LinkedAuthorizationFailed")
	token := func(seed server.TenantSeed) string {
		t.Helper()
		token, err := r.Platform().AddTenant(seed).Token(server.DefaultClientID, "https://management.azure.com")
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + token
	}
	stranger, owner := token(server.TenantSeed{}), token(server.TenantSeed{ID: other})
	r.with("x-ms-authorization-auxiliary", stranger).Send("PUT", there, body).Want(403, "LinkedAuthorizationFailed")
	r.with("x-ms-authorization-auxiliary", stranger+", "+owner).Send("PUT", there, body).Want(201)
}

func TestPeeringsFallOutOfSync(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(there, peering(west))
	r.put(back, peering(east))
	levels := func(one, other string) {
		t.Helper()
		a, b := r.get(there).Text("properties.peeringSyncLevel"), r.get(back).Text("properties.peeringSyncLevel")
		if a != one || b != other {
			t.Fatalf("levels: %s, %s", a, b)
		}
	}
	levels("FullyInSync", "FullyInSync")
	r.Send("PUT", east, vnet("eastus", "10.0.0.0/8")).Want(400, "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet")
	wider := vnet("eastus", "10.10.0.0/16")
	wider["properties"].(doc)["addressSpace"] = doc{"addressPrefixes": []any{"10.10.0.0/16", "10.11.0.0/16"}}
	r.Send("PUT", east, wider).Want(200).Follow()
	levels("LocalNotInSync", "RemoteNotInSync")
	r.put(there, peering(west))
	levels("LocalNotInSync", "RemoteNotInSync")
	r.Send("PUT", west, vnet("westus", "10.20.0.0/15")).Want(200).Follow()
	levels("LocalAndRemoteNotInSync", "LocalAndRemoteNotInSync")
	r.Send("PUT", there+"?syncRemoteAddressSpace=true", doc{"properties": peering(west)}).Want(200).Follow()
	levels("FullyInSync", "FullyInSync")
	if got := r.states(); got != [2]string{"Connected", "Connected"} {
		t.Errorf("states: %v", got)
	}
}

package arm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestAnswersFollowTheProtocol(t *testing.T) {
	t.Parallel()
	const fresh = east + "/subnets/fresh"
	for name, c := range map[string]struct {
		put, remove         int
		putPoll, removePoll string // headers that say where to look
	}{
		"":                     {201, 202, "Azure-AsyncOperation", "Location"},
		"Azure-AsyncOperation": {201, 202, "Azure-AsyncOperation", "Azure-AsyncOperation Location"},
		"Location":             {202, 202, "Location", "Location"},
		"provisioningState":    {201, 202, "", ""},
		"sync":                 {201, 200, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, arm.SwitchAnswers, name)
			polls := func(a mocktest.Answer) string {
				var out []string
				for _, header := range []string{"Azure-AsyncOperation", "Location"} {
					at := a.Header.Get(header)
					if at == "" {
						continue
					}
					out = append(out, header)
					if !strings.HasPrefix(at, "https://eastus.management.azure.com/") {
						t.Errorf("%s is %s", header, at)
					}
				}
				return strings.Join(out, " ")
			}
			look := func(state string) {
				t.Helper()
				r.get(fresh).Has(doc{"properties.provisioningState": state})
			}
			a := r.Send("PUT", fresh, doc{"properties": subnet("10.10.9.0/24")}).Want(c.put)
			if got := polls(a); got != c.putPoll {
				t.Errorf("PUT polls %q", got)
			}
			if want := map[bool]string{true: "Succeeded", false: "Updating"}[name == "sync"]; a.Text("properties.provisioningState") != want {
				t.Errorf("PUT: %s", a.Raw)
			}
			switch {
			case c.putPoll != "":
				if last := a.Follow().Want(200); name == "Location" {
					last.Has(doc{"id": fresh})
				}
			case name == "provisioningState":
				look("Updating")
			}
			look("Succeeded")
			a = r.Send("DELETE", fresh, nil).Want(c.remove)
			if got := polls(a); got != c.removePoll {
				t.Errorf("DELETE polls %q", got)
			}
			switch {
			case name == "provisioningState":
				look("Deleting")
			case c.removePoll != "":
				a.Follow()
			}
			r.Send("GET", fresh, nil).Want(404, "NotFound")
		})
	}
}

func TestAnOperationIsSeenRunning(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.Send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).Want(200)
	for range 5 { // what others do
		r.get(east)
	}
	at := a.Header.Get("Azure-AsyncOperation")
	r.Send("GET", at, nil).Want(200).Has(doc{"status": "InProgress"})
	r.Send("GET", at, nil).Want(200).Has(doc{"status": "Succeeded"})
	if e := r.Requests(); e[0].RetryAfter != 10*time.Second || e[6].RetryAfter != 10*time.Second || e[7].RetryAfter != 0 {
		t.Errorf("the pace is not said: %v %v %v", e[0].RetryAfter, e[6].RetryAfter, e[7].RetryAfter)
	}
	r.Send("GET", strings.Replace(at, "eastus.", "westus.", 1), nil).Want(404, "OperationNotFound")
	r.Send("GET", "https://eastus.management.azure.com/subscriptions/"+subscription+"/providers/Microsoft.Network/locations/eastus/operations/none?api-version=2024-05-01", nil).Want(404, "OperationNotFound")
}

func TestReadingTheNetworkHidesNoOverlap(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).Want(200)
	r.get(east)
	r.get(used)
	r.get(east + "/subnets")
	r.Send("PUT", used, doc{"properties": subnet("10.10.2.0/24", delegation(service))}).Want(409, "AnotherOperationInProgress")
	r.get(pp) // whoever reads the resource itself waits for it
	r.Send("PUT", used, doc{"properties": subnet("10.10.2.0/24", delegation(service))}).Want(200)
}

func TestAnOperationThatNobodyWatchesEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).Want(200)
	r.Send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).Want(409, "AnotherOperationInProgress")
	r.Clock().Advance(3 * time.Minute)
	r.Send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).Want(200)
}

func TestOperationsTakeTheirTime(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{Latency: server.Real})
	arm.Register(p)
	r := rig{mocktest.On(t, p, seed())}
	a := r.Send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).Want(200)
	if got := a.Header.Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After: %q", got)
	}
	at := a.Header.Get("Azure-AsyncOperation")
	r.get(at).Has(doc{"status": "InProgress"})
	r.Clock().Advance(10 * time.Second)
	r.get(at).Has(doc{"status": "Succeeded"})
}

func TestOneWriteAtATime(t *testing.T) {
	t.Parallel()
	toWest, toEast := east+"/virtualNetworkPeerings/p", west+"/virtualNetworkPeerings/p"
	type write struct {
		method, at string
		body       any
	}
	inEast := write{"PUT", pp, doc{"properties": subnet("10.10.1.0/24")}}
	inWest := write{"PUT", west + "/subnets/s", doc{"properties": subnet("10.20.1.0/24")}}
	for name, c := range map[string]struct {
		first, second write
		clash         bool
	}{
		"two subnets":                  {inEast, write{"PUT", east + "/subnets/s", doc{"properties": subnet("10.10.7.0/24")}}, true},
		"subnet and network":           {inEast, write{"DELETE", east, nil}, true},
		"network and subnet":           {write{"PUT", east, doc{"location": "eastus", "properties": doc{"addressSpace": doc{"addressPrefixes": []any{"10.10.0.0/16"}}}}}, inEast, true},
		"tags of the network":          {inEast, write{"PATCH", east, doc{"tags": doc{}}}, true},
		"two networks":                 {inEast, inWest, false},
		"peering and its own network":  {write{"PUT", toWest, doc{"properties": peering(west)}}, inEast, true},
		"peering and the other":        {write{"PUT", toWest, doc{"properties": peering(west)}}, inWest, true},
		"both directions of a peering": {write{"PUT", toWest, doc{"properties": peering(west)}}, write{"PUT", toEast, doc{"properties": peering(east)}}, true},
		"peering of a busy network":    {inWest, write{"PUT", toWest, doc{"properties": peering(west)}}, true},
		"delete of another subnet":     {inEast, write{"DELETE", used, nil}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			send := func(w write) mocktest.Answer { return r.Send(w.method, w.at, w.body) }
			a, b := send(c.first), send(c.second)
			if clash := b.Status == 409 && b.Code() == "AnotherOperationInProgress"; clash != c.clash {
				t.Fatalf("%d %s", b.Status, b.Raw)
			}
			a.Follow()
			if c.clash {
				if b = send(c.second); b.Code() == "AnotherOperationInProgress" {
					t.Errorf("still busy: %s", b.Raw)
				}
			}
		})
	}
	for value, want := range map[string]string{"429": "AnotherOperationInProgress", "RetryableError": "RetryableError"} {
		r := newRig(t, arm.SwitchBusy, value)
		r.Send("PUT", pp, inEast.body).Want(200)
		r.Send("PUT", pp, inEast.body).Want(429, want)
	}
}

func TestFailuresTakeTheWriteBack(t *testing.T) {
	t.Parallel()
	const fresh = east + "/subnets/fresh"
	fail := func(r rig, kind string, effect bool) {
		r.Script(kind, server.Script{Fail: []string{"out of luck"}, Code: "InternalServerError", Effect: effect})
	}
	changed := doc{"properties": subnet("10.10.1.0/24", delegation(service))}
	t.Run("update", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		fail(r, arm.KindSubnetPut, false)
		r.Send("PUT", pp, changed).Want(200).End().Want(200, "InternalServerError").Has(doc{"status": "Failed", "error.message": "out of luck"})
		r.get(pp).Has(doc{"properties.provisioningState": "Failed", "properties.delegations.#": 0, "properties.networkSecurityGroup.id": "/nsg"})
		r.put(pp, changed["properties"].(doc)).Has(doc{"properties.provisioningState": "Succeeded"})
	})
	t.Run("update with effect", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		fail(r, arm.KindSubnetPut, true)
		r.Send("PUT", pp, changed).Want(200).Follow()
		if got := r.get(pp).Names("properties.delegations.#.name"); got != service {
			t.Errorf("delegations: %s", got)
		}
	})
	t.Run("create", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		fail(r, arm.KindSubnetPut, false)
		r.Send("PUT", fresh, doc{"properties": subnet("10.10.9.0/24")}).Want(201).Follow()
		r.get(fresh).Has(doc{"properties.provisioningState": "Failed"})
	})
	t.Run("delete", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		fail(r, arm.KindSubnetDelete, false)
		r.Send("DELETE", pp, nil).Want(202).End().Want(409, "InternalServerError")
		r.get(pp).Has(doc{"properties.provisioningState": "Failed"})
	})
	t.Run("network", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.put(west+"/virtualNetworkPeerings/back", peering(east))
		fail(r, arm.KindNetworkPut, false)
		r.Send("PUT", west, doc{"location": "westus", "properties": doc{
			"addressSpace": doc{"addressPrefixes": []any{"10.20.0.0/16"}}, "subnets": []any{doc{"name": "s", "properties": subnet("10.20.1.0/24")}},
			"virtualNetworkPeerings": []any{},
		}}).Want(200).Follow()
		r.get(west).Has(doc{"properties.provisioningState": "Failed", "properties.virtualNetworkPeerings.#.name": []string{"back"}, "properties.dhcpOptions.dnsServers.#": 1})
	})
}

package arm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
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
			polls := func(a answer) string {
				var out []string
				for _, header := range []string{"Azure-AsyncOperation", "Location"} {
					at := a.header.Get(header)
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
				if a := r.get(fresh); a.text("properties.provisioningState") != state {
					t.Errorf("%s, want %s", a.raw, state)
				}
			}
			a := r.send("PUT", fresh, doc{"properties": subnet("10.10.9.0/24")}).want(c.put, "")
			if got := polls(a); got != c.putPoll {
				t.Errorf("PUT polls %q", got)
			}
			if want := map[bool]string{true: "Succeeded", false: "Updating"}[name == "sync"]; a.text("properties.provisioningState") != want {
				t.Errorf("PUT: %s", a.raw)
			}
			switch {
			case c.putPoll != "":
				last := r.wait(a).want(200, "")
				if name == "Location" && last.text("id") != fresh {
					t.Errorf("the end of a PUT is not the resource: %s", last.raw)
				}
			case name == "provisioningState":
				look("Updating")
			}
			look("Succeeded")
			a = r.send("DELETE", fresh, nil).want(c.remove, "")
			if got := polls(a); got != c.removePoll {
				t.Errorf("DELETE polls %q", got)
			}
			switch {
			case name == "provisioningState":
				look("Deleting")
			case c.removePoll != "":
				r.wait(a)
			}
			r.send("GET", fresh, nil).want(404, "NotFound")
		})
	}
}

func TestAnOperationIsSeenRunning(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).want(200, "")
	for range 5 { // what others do
		r.get(east)
	}
	at := a.header.Get("Azure-AsyncOperation")
	first := r.send("GET", at, nil).want(200, "")
	second := r.send("GET", at, nil).want(200, "")
	if first.text("status") != "InProgress" || second.text("status") != "Succeeded" {
		t.Errorf("%s, then %s", first.raw, second.raw)
	}
	if e := r.platform.Journal(r.tenant.ID); e[0].RetryAfter != 10*time.Second || e[6].RetryAfter != 10*time.Second || e[7].RetryAfter != 0 {
		t.Errorf("the pace is not said: %v %v %v", e[0].RetryAfter, e[6].RetryAfter, e[7].RetryAfter)
	}
	r.send("GET", strings.Replace(at, "eastus.", "westus.", 1), nil).want(404, "OperationNotFound")
	r.send("GET", "https://eastus.management.azure.com/subscriptions/"+subscription+"/providers/Microsoft.Network/locations/eastus/operations/none?api-version=2024-05-01", nil).want(404, "OperationNotFound")
}

func TestReadingTheNetworkHidesNoOverlap(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).want(200, "")
	r.get(east)
	r.get(used)
	r.get(east + "/subnets")
	r.send("PUT", used, doc{"properties": subnet("10.10.2.0/24", delegation(service))}).want(409, "AnotherOperationInProgress")
	r.get(pp) // whoever reads the resource itself waits for it
	r.send("PUT", used, doc{"properties": subnet("10.10.2.0/24", delegation(service))}).want(200, "")
}

func TestAnOperationThatNobodyWatchesEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).want(200, "")
	r.send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).want(409, "AnotherOperationInProgress")
	r.tenant.Clock().Advance(3 * time.Minute)
	r.send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).want(200, "")
}

func TestOperationsTakeTheirTime(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{Latency: server.Real})
	arm.Register(p)
	r := rig{T: t, platform: p, tenant: p.AddTenant(server.TenantSeed{Items: map[string][]doc{arm.Subscriptions: landscape()}})}
	a := r.send("PUT", pp, doc{"properties": subnet("10.10.1.0/24")}).want(200, "")
	if got := a.header.Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After: %q", got)
	}
	at := a.header.Get("Azure-AsyncOperation")
	if got := r.get(at).text("status"); got != "InProgress" {
		t.Errorf("status: %s", got)
	}
	r.tenant.Clock().Advance(10 * time.Second)
	if got := r.get(at).text("status"); got != "Succeeded" {
		t.Errorf("status: %s", got)
	}
}

func TestOneWriteAtATime(t *testing.T) {
	t.Parallel()
	toWest, toEast := east+"/virtualNetworkPeerings/p", west+"/virtualNetworkPeerings/p"
	type write struct {
		method, at string
		body       doc
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
			send := func(w write) answer {
				if w.body == nil {
					return r.send(w.method, w.at, nil)
				}
				return r.send(w.method, w.at, w.body)
			}
			a := send(c.first)
			b := send(c.second)
			if clash := b.status == 409 && b.text("error.code") == "AnotherOperationInProgress"; clash != c.clash {
				t.Fatalf("%d %s", b.status, b.raw)
			}
			r.wait(a)
			if c.clash {
				if b = send(c.second); b.text("error.code") == "AnotherOperationInProgress" {
					t.Errorf("still busy: %s", b.raw)
				}
			}
		})
	}
	for value, want := range map[string]string{"429": "AnotherOperationInProgress", "RetryableError": "RetryableError"} {
		r := newRig(t, arm.SwitchBusy, value)
		r.send("PUT", pp, inEast.body).want(200, "")
		r.send("PUT", pp, inEast.body).want(429, want)
	}
}

func TestFailuresTakeTheWriteBack(t *testing.T) {
	t.Parallel()
	const fresh = east + "/subnets/fresh"
	fail := func(r rig, kind string, effect bool) {
		r.tenant.Script(kind, server.Script{Fail: []string{"out of luck"}, Code: "InternalServerError", Effect: effect})
	}
	changed := doc{"properties": subnet("10.10.1.0/24", delegation(service))}
	t.Run("update", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		fail(r, arm.KindSubnetPut, false)
		a := r.wait(r.send("PUT", pp, changed).want(200, "")).want(200, "InternalServerError")
		if a.text("status") != "Failed" || a.text("error.message") != "out of luck" {
			t.Errorf("operation: %s", a.raw)
		}
		if a := r.get(pp); a.text("properties.provisioningState") != "Failed" || a.names("properties.delegations") != "" ||
			a.text("properties.networkSecurityGroup.id") != "/nsg" {
			t.Errorf("subnet: %s", a.raw)
		}
		if a := r.put(pp, changed["properties"].(doc)); a.text("properties.provisioningState") != "Succeeded" {
			t.Errorf("subnet: %s", a.raw)
		}
	})
	t.Run("update with effect", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		fail(r, arm.KindSubnetPut, true)
		r.wait(r.send("PUT", pp, changed).want(200, ""))
		if got := r.get(pp).names("properties.delegations"); got != service {
			t.Errorf("delegations: %s", got)
		}
	})
	t.Run("create", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		fail(r, arm.KindSubnetPut, false)
		r.wait(r.send("PUT", fresh, doc{"properties": subnet("10.10.9.0/24")}).want(201, ""))
		if got := r.get(fresh).text("properties.provisioningState"); got != "Failed" {
			t.Errorf("state: %s", got)
		}
	})
	t.Run("delete", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		fail(r, arm.KindSubnetDelete, false)
		r.wait(r.send("DELETE", pp, nil).want(202, "")).want(409, "InternalServerError")
		if got := r.get(pp).text("properties.provisioningState"); got != "Failed" {
			t.Errorf("state: %s", got)
		}
	})
	t.Run("network", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.put(west+"/virtualNetworkPeerings/back", peering(east))
		fail(r, arm.KindNetworkPut, false)
		r.wait(r.send("PUT", west, doc{"location": "westus", "properties": doc{
			"addressSpace": doc{"addressPrefixes": []any{"10.20.0.0/16"}}, "subnets": []any{doc{"name": "s", "properties": subnet("10.20.1.0/24")}},
			"virtualNetworkPeerings": []any{},
		}}).want(200, ""))
		a := r.get(west)
		if a.text("properties.provisioningState") != "Failed" || a.names("properties.virtualNetworkPeerings") != "back" ||
			len(a.list("properties.dhcpOptions.dnsServers")) != 1 {
			t.Errorf("network: %s", a.raw)
		}
	})
}

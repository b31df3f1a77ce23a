package arm

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Kinds of operations; scripts (server.Script) choose by them.
const (
	// KindGroupDelete deletes a resource group with everything in it.
	KindGroupDelete = "arm.resourcegroups.delete"
	// KindNetworkPut creates or replaces a virtual network.
	KindNetworkPut = "arm.virtualnetworks.put"
	// KindNetworkDelete deletes a virtual network.
	KindNetworkDelete = "arm.virtualnetworks.delete"
	// KindSubnetPut creates or replaces a subnet.
	KindSubnetPut = "arm.subnets.put"
	// KindSubnetDelete deletes a subnet.
	KindSubnetDelete = "arm.subnets.delete"
	// KindPeeringPut creates or replaces one direction of a peering.
	KindPeeringPut = "arm.peerings.put"
	// KindPeeringDelete deletes one direction of a peering.
	KindPeeringDelete = "arm.peerings.delete"
	// KindServiceLink removes PowerPlatformServiceLink from a subnet some time after its policy.
	KindServiceLink = "arm.servicelink.remove"
)

// The ways in which an operation says that it is done:
// https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
const (
	viaAsync    = "Azure-AsyncOperation"
	viaLocation = "Location"
	viaState    = "provisioningState"
	viaSync     = "sync"
)

const (
	// pace is how many seconds the platform asks a caller to wait between two looks.
	pace = 10
	// unwatched is how long an operation takes that nobody looks at, where waiting costs nothing. There the clock moves
	// with every request of everybody, and an operation has to be seen running, lest two at once look like one after the
	// other.
	unwatched = 2 * time.Minute

	changing = "arm_changing" // the operation that works on a resource, by the ID of the resource
	holding  = "arm_holding"  // the operation that keeps a virtual network busy, by the ID of the network
)

// Time that operations take.
const (
	networkTime = 8 * time.Second
	groupTime   = 25 * time.Second
)

func soon(r server.Reply) server.Reply { return r.With("Retry-After", strconv.Itoa(pace)) }

// work is a long-running operation to be.
type work struct {
	kind     string
	resource string        // what it works on
	region   string        // where it runs
	holds    []string      // the virtual networks that take no other write meanwhile
	state    string        // provisioningState meanwhile: Updating or Deleting
	took     time.Duration // how long it takes
	status   int           // of the answer that starts it: 200 or 201 of a PUT, 202 of a DELETE
	via      string        // how it says that it is done
	data     Doc           // what its deed needs
}

// failure is how an operation ends badly.
type failure struct{ code, message string }

// start starts an operation and answers the request: with a poll URL on a regional host, unless the resource itself says
// when it is done. The protocol is w.via unless SwitchAnswers says otherwise.
func (c call) start(w work) server.Reply {
	if said := c.Tenant.Switch(SwitchAnswers); said != "" {
		w.via = said
	}
	d := deeds[w.kind]
	deletes := d.view == nil
	if w.via == viaSync {
		if d.done != nil {
			if f := d.done(c.Tenant, w.resource, server.Copy(w.data)); f != nil {
				return refuse(http.StatusConflict, f.code, "%s", f.message)
			}
		}
		if deletes {
			return server.Empty(http.StatusOK)
		}
		return server.JSON(w.status, d.view(c.Tenant, w.resource))
	}
	op := begin(c.Tenant, c.Tenant.Latency(), w)
	op.Data["host"] = w.region + "." + c.cloud.ARM
	var reply server.Reply
	switch {
	case deletes:
		reply = server.Empty(http.StatusAccepted)
	case w.via == viaLocation:
		reply = server.JSON(http.StatusAccepted, d.view(c.Tenant, w.resource))
	default:
		reply = server.JSON(w.status, d.view(c.Tenant, w.resource))
	}
	poll := c.pollURL(w, op)
	op.Data["location"] = poll("operationResults")
	switch w.via {
	case viaAsync:
		reply = reply.With(viaAsync, poll("operations"))
		if deletes {
			reply = reply.With(viaLocation, poll("operationResults"))
		}
	case viaLocation:
		reply = reply.With(viaLocation, poll("operationResults"))
	}
	return soon(reply)
}

// pollURL makes the addresses at which an operation answers, on the host of its region.
func (c call) pollURL(w work, op *server.Operation) func(what string) string {
	namespace, _ := typeOf(w.resource)
	subscription := ""
	if parts := strings.Split(w.resource, "/"); len(parts) > 2 {
		subscription = parts[2]
	}
	return func(what string) string {
		return (&url.URL{
			Scheme: "https", Host: server.Text(op.Data, "host"),
			Path:     "/subscriptions/" + subscription + "/providers/" + namespace + "/locations/" + w.region + "/" + what + "/" + op.ID,
			RawQuery: url.Values{"api-version": {c.Query.Get("api-version")}}.Encode(),
		}).String()
	}
}

// again is the answer to a DELETE of what is being deleted already.
func again(op *server.Operation) server.Reply {
	return soon(server.Empty(http.StatusAccepted).With(viaLocation, server.Text(op.Data, "location")))
}

func begin(t *server.Tenant, latency server.Latency, w work) *server.Operation {
	planned := w.took
	if latency == server.Instant {
		planned = max(planned, unwatched)
	}
	op := t.Begin(w.kind, planned, w.data)
	op.Data["took"], op.Data["planned"], op.Data["resource"] = w.took.String(), planned.String(), w.resource
	t.Collection(changing).Put(w.resource, Doc{"operation": op.ID, "state": w.state})
	for _, held := range w.holds {
		t.Collection(holding).Put(held, Doc{"operation": op.ID})
	}
	return op
}

// watch lets an operation end that has been looked at, once its time is over.
func watch(t *server.Tenant, op *server.Operation) {
	took, err := time.ParseDuration(server.Text(op.Data, "took"))
	if err != nil || op.Ended() || op.Ready.Sub(op.Started).String() != op.Data["planned"] { // a script said how long it takes
		return
	}
	op.Ready = op.Started.Add(took)
	if now := t.Clock().Now(); op.Ready.Before(now) {
		op.Ready = now
	}
	op.Data["planned"] = op.Ready.Sub(op.Started).String()
}

// look is watch for who reads the resource itself. Reading what is above it, or beside it, is not looking.
func look(t *server.Tenant, id string) {
	if op, _, ok := running(t, changing, id); ok {
		watch(t, op)
	}
}

// running returns the operation that a hidden collection names for an ID, if it has not ended.
func running(t *server.Tenant, collection, id string) (*server.Operation, Doc, bool) {
	d, ok := t.Collection(collection).Peek(id)
	if !ok {
		return nil, nil, false
	}
	op, ok := t.Operation(server.Text(d, "operation"))
	return op, d, ok && !op.Ended()
}

// state is the provisioningState of a resource: that of the operation that works on it, else what its document says.
func state(t *server.Tenant, id string, d Doc) string {
	if _, entry, ok := running(t, changing, id); ok {
		return server.Text(entry, "state")
	}
	if said := server.Text(d, "properties.provisioningState"); said != "" {
		return said
	}
	return server.Succeeded
}

// busy is the answer to a write that meets another one in one of the virtual networks it concerns.
func (c call) busy(networks ...string) (server.Reply, bool) {
	for _, id := range networks {
		op, _, ok := running(c.Tenant, holding, id)
		if !ok {
			continue
		}
		status, code := http.StatusConflict, "AnotherOperationInProgress"
		switch c.Tenant.Switch(SwitchBusy) {
		case "429":
			status = http.StatusTooManyRequests
		case "RetryableError":
			status, code = http.StatusTooManyRequests, "RetryableError"
		}
		return soon(refuse(status, code,
			"Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: https://%s/operations/%s.",
			server.Text(op.Data, "host"), op.ID)), true
	}
	return server.Reply{}, false
}

// sweep forgets the operations that have ended, and takes back what those did that failed without effect.
func sweep(t *server.Tenant) {
	for _, held := range t.Collection(holding).IDs() {
		if _, _, ok := running(t, holding, held); !ok {
			t.Collection(holding).Delete(held)
		}
	}
	for _, id := range t.Collection(changing).IDs() {
		op, _, ok := running(t, changing, id)
		if ok {
			continue
		}
		t.Collection(changing).Delete(id)
		if op == nil || op.State != server.Failed || op.Data["done"] == true {
			continue
		}
		if undo := deeds[op.Kind].undo; undo != nil {
			undo(t, server.Text(op.Data, "resource"), op.Data)
		}
	}
}

// operations adds the poll routes. Only the regional host on which an operation runs knows it.
func (r router) operations() {
	const at = "/subscriptions/{subscription}/providers/{namespace}/locations/{location}"
	r.route("GET", at+"/operations/{operation}", "operations.get", nil, polled(func(c call, op *server.Operation) server.Reply {
		d := Doc{
			"id": c.Request.URL.Path, "name": op.ID, "status": "InProgress", "startTime": stamp(op.Started), "properties": Doc{},
		}
		if !op.Ended() {
			return soon(server.JSON(http.StatusOK, d))
		}
		d["status"], d["endTime"] = op.State, stamp(op.Ready)
		if op.Error != nil {
			d["error"] = op.Error
		}
		return server.JSON(http.StatusOK, d)
	}))
	r.route("GET", at+"/operationResults/{operation}", "operationresults.get", nil, polled(func(c call, op *server.Operation) server.Reply {
		view := deeds[op.Kind].view
		switch {
		case !op.Ended():
			return soon(server.Empty(http.StatusAccepted).With(viaLocation, "https://"+c.Host+c.Request.URL.RequestURI()))
		case op.State == server.Failed:
			return refuse(http.StatusConflict, server.Text(op.Error, "code"), "%s", server.Text(op.Error, "message"))
		case view != nil:
			return server.JSON(http.StatusOK, view(c.Tenant, server.Text(op.Data, "resource")))
		}
		return server.Empty(http.StatusNoContent)
	}))
}

func polled(h func(c call, op *server.Operation) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		op, ok := c.Tenant.Operation(c.Params["operation"])
		if !ok || server.Text(op.Data, "host") != c.Host {
			return refuse(http.StatusNotFound, "OperationNotFound", "The operation '%s' could not be found.", c.Params["operation"])
		}
		watch(c.Tenant, op)
		return h(c, op)
	}
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.0000000Z") }

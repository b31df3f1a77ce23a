package arm

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// replacement is what a PUT of a whole virtual network does to the subnets and peerings in it.
type replacement struct {
	call
	network  Doc            // as it will be
	subnets  map[string]Doc // by ID, as they will be
	peerings map[string]Doc // by ID, as they will be
	gone     []string       // IDs of subnets and peerings that the lists leave out
	remotes  []string       // other networks that the change concerns
	written  []string       // IDs of subnets and peerings that change
}

// read works out and checks the whole change.
func (r *replacement) read(id string) *server.Reply {
	spaces, reply := prefixes(id, space(r.network))
	if reply != nil {
		return reply
	}
	if len(spaces) == 0 {
		reply := bad("NoAddressPrefixOrPoolProvided", "Either addressPrefixes or ipamPoolPrefixAllocations has to be provided for resource %s.", id)
		return &reply
	}
	if reply := r.readSubnets(id, spaces); reply != nil {
		return reply
	}
	return r.readPeerings(id, spaces)
}

// listed is the list under a key of the body's properties, by ID; false when there is none.
func (r *replacement) listed(id, key string) (map[string]Doc, []string, bool) {
	list, given := child(r.Body, "properties")[key].([]any)
	out, order := map[string]Doc{}, []string{}
	for _, value := range list {
		d, _ := value.(Doc)
		at := id + "/" + key + "/" + server.Text(d, "name")
		out[at] = d
		order = append(order, at)
	}
	return out, order, given
}

func (r *replacement) readSubnets(id string, spaces []netip.Prefix) *server.Reply {
	t := r.Tenant
	r.subnets = map[string]Doc{}
	bodies, order, given := r.listed(id, "subnets")
	for _, existing := range below(t, Subnets, id) {
		old, _ := subnetDoc(t, existing)
		named := slices.ContainsFunc(order, func(at string) bool { return strings.EqualFold(at, existing) })
		switch {
		case given && !named:
			if reply, used := refuseUsed(t, existing); used {
				return &reply
			}
			r.gone = append(r.gone, existing)
		case !given:
			r.subnets[existing] = old
			order = append(order, existing)
		}
	}
	for _, at := range order {
		if !given {
			break
		}
		if reply, ok := refuseName(nameOf(at)); ok {
			return &reply
		}
		at, body := stored(t, Subnets, at), bodies[at]
		old, _ := subnetDoc(t, at)
		d, reply := draftSubnet(at, body, old)
		if reply != nil {
			return reply
		}
		r.subnets[at] = d
		r.written = append(r.written, at)
	}
	var siblings []Doc
	for _, at := range order {
		at = stored(t, Subnets, at)
		if reply := fits(r.subnets[at], nameOf(id), spaces, siblings); reply != nil {
			return reply
		}
		siblings = append(siblings, r.subnets[at])
	}
	return nil
}

func (r *replacement) readPeerings(id string, spaces []netip.Prefix) *server.Reply {
	t := r.Tenant
	r.peerings = map[string]Doc{}
	bodies, order, given := r.listed(id, "virtualNetworkPeerings")
	for _, existing := range below(t, Peerings, id) {
		old, _ := t.Collection(Peerings).Peek(existing)
		named := slices.ContainsFunc(order, func(at string) bool { return strings.EqualFold(at, existing) })
		switch {
		case given && !named:
			r.gone = append(r.gone, existing)
			r.remotes = append(r.remotes, server.Text(old, remoteID))
		default:
			if reply := overlapsPeered(t, r.network, old, spaces); reply != nil {
				return reply
			}
		}
	}
	for _, at := range order {
		at, body := stored(t, Peerings, at), bodies[at]
		old, _ := t.Collection(Peerings).Peek(at)
		if old != nil && same(old, body) {
			continue
		}
		if reply, ok := refuseName(nameOf(at)); ok {
			return &reply
		}
		d, reply := draftPeering(t, at, body, old, r.network, false)
		if reply != nil {
			return reply
		}
		r.peerings[at] = d
		r.written = append(r.written, at)
		r.remotes = append(r.remotes, server.Text(d, remoteID))
	}
	return nil
}

// apply writes the change and returns the steps that take it back, for undo.
func (r *replacement) apply() (steps []Doc) {
	t := r.Tenant
	put := func(collection, id string, d Doc) {
		old, _ := t.Collection(collection).Peek(id)
		steps = append(steps, Doc{"collection": collection, "id": id, "old": old})
		t.Collection(collection).Put(id, d)
	}
	bring := func(collection, id string, old Doc) {
		steps = append(steps, Doc{"collection": collection, "id": id, "old": old, "gone": true})
	}
	for _, id := range r.gone {
		if old, ok := t.Collection(Subnets).Peek(id); ok {
			bring(Subnets, id, old)
			t.Collection(Subnets).Delete(id)
			continue
		}
		old, _ := t.Collection(Peerings).Peek(id)
		back, there := reverse(t, old)
		if there {
			bring(Peerings, server.Text(back, "id"), back)
		}
		bring(Peerings, id, old)
		dropPeering(t, id)
	}
	for _, id := range r.written {
		if d, ok := r.subnets[id]; ok {
			put(Subnets, id, d)
		}
		if d, ok := r.peerings[id]; ok {
			put(Peerings, id, d)
		}
	}
	return steps
}

// undo takes the steps of a replacement back, the last one first.
func undo(t *server.Tenant, steps []any) {
	for _, step := range slices.Backward(steps) {
		d, _ := step.(Doc)
		collection, id, old := server.Text(d, "collection"), server.Text(d, "id"), child(d, "old")
		if d["gone"] == true {
			t.Collection(collection).Put(id, old)
			continue
		}
		restore(t, collection, id, old)
	}
}

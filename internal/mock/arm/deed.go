package arm

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// deed is what the operations of a kind do to a resource, with the data that they were begun with.
type deed struct {
	view func(t *server.Tenant, id string) any                // what the resource looks like now; nil for a DELETE
	done func(t *server.Tenant, id string, data Doc) *failure // the effect at the end, or why there is none; may be nil
	undo func(t *server.Tenant, id string, data Doc)          // takes back what was done already when it ends badly; may be nil
}

var deeds = map[string]deed{
	KindGroupDelete:   {done: dropGroup},
	KindNetworkPut:    {view: networkNow, done: networkWritten, undo: networkUnwritten},
	KindNetworkDelete: {done: networkDropped, undo: networkKept},
	KindSubnetPut:     {view: subnetNow, done: subnetWritten, undo: subnetUnwritten},
	KindSubnetDelete:  {done: subnetDropped, undo: subnetKept},
	KindPeeringPut:    {view: peeringNow, done: peeringWritten, undo: peeringUnwritten},
	KindPeeringDelete: {done: peeringDropped, undo: peeringKept},
	KindPolicyPut:     {view: policyNow, undo: policyUnwritten},
	KindPolicyDelete:  {done: policyDropped},
}

// effects says what the operations of this family do when they end.
func effects(p *server.Platform) {
	for kind, d := range deeds {
		p.Effect(kind, func(t *server.Tenant, op *server.Operation) {
			op.Data["done"] = true
			if d.done == nil {
				return
			}
			if f := d.done(t, server.Text(op.Data, "resource"), op.Data); f != nil {
				op.Fail(f.code, f.message)
			}
		})
	}
	p.Effect(KindServiceLink, func(t *server.Tenant, op *server.Operation) {
		unlink(t, server.Text(op.Data, "subnet"), server.Text(op.Data, "policy"), server.Text(op.Data, "etag"))
	})
	p.Effect(KindProviderRegister, func(t *server.Tenant, op *server.Operation) {
		setProvider(t, server.Text(op.Data, "subscription"), server.Text(op.Data, "namespace"), registeredState)
	})
	p.Effect(KindFeatureRegister, func(t *server.Tenant, op *server.Operation) {
		setFeature(t, server.Text(op.Data, "subscription"), server.Text(op.Data, "namespace"), server.Text(op.Data, "feature"), registeredState)
	})
}

func networkNow(t *server.Tenant, id string) any {
	if d, ok := t.Collection(VirtualNetworks).Peek(id); ok {
		return viewNetwork(t, d)
	}
	return nil
}

func networkWritten(t *server.Tenant, id string, data Doc) *failure {
	written := listed(data["written"])
	for _, peering := range written {
		connect(t, peering)
	}
	touch(t, id, written...)
	return nil
}

func networkUnwritten(t *server.Tenant, id string, data Doc) {
	undo(t, items(data["undo"]))
	restore(t, VirtualNetworks, id, child(data, "old"))
	touch(t, id, listed(data["written"])...)
}

func networkDropped(t *server.Tenant, id string, _ Doc) *failure {
	dropNetwork(t, id)
	return nil
}

func networkKept(t *server.Tenant, id string, data Doc) {
	restore(t, VirtualNetworks, id, child(data, "old"))
}

func subnetNow(t *server.Tenant, id string) any {
	if d, ok := subnetDoc(t, id); ok {
		return viewSubnet(t, d)
	}
	return nil
}

func subnetWritten(t *server.Tenant, id string, _ Doc) *failure {
	touch(t, parentOf(id), id)
	return nil
}

func subnetUnwritten(t *server.Tenant, id string, data Doc) {
	restore(t, Subnets, id, child(data, "old"))
	touch(t, parentOf(id), id)
}

func subnetDropped(t *server.Tenant, id string, _ Doc) *failure {
	t.Collection(Subnets).Delete(id)
	touch(t, parentOf(id))
	return nil
}

func subnetKept(t *server.Tenant, id string, data Doc) { restore(t, Subnets, id, child(data, "old")) }

func peeringNow(t *server.Tenant, id string) any {
	if d, ok := t.Collection(Peerings).Peek(id); ok {
		return viewPeering(t, d)
	}
	return nil
}

func peeringWritten(t *server.Tenant, id string, data Doc) *failure {
	if data["sync"] == true {
		learn(t, child(data, "new"))
	}
	connect(t, id)
	touch(t, parentOf(id), id)
	return nil
}

func peeringUnwritten(t *server.Tenant, id string, data Doc) {
	restore(t, Peerings, id, child(data, "old"))
	touch(t, parentOf(id), id)
}

func peeringDropped(t *server.Tenant, id string, _ Doc) *failure {
	dropPeering(t, id)
	return nil
}

func peeringKept(t *server.Tenant, id string, data Doc) { restore(t, Peerings, id, child(data, "old")) }

func policyNow(t *server.Tenant, id string) any {
	d, _ := t.Collection(bap.EnterprisePolicies).Get(id)
	return d
}

func policyUnwritten(t *server.Tenant, id string, data Doc) {
	storePolicy(t, id, child(data, "old"), listed(data["after"]), listed(data["before"]))
}

func policyDropped(t *server.Tenant, id string, _ Doc) *failure {
	dropPolicy(t, id)
	return nil
}

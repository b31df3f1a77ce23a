package bap

import (
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Kinds of operations, as the documents of the platform name them; scripts (server.Script) choose by them.
const (
	// KindCreate makes an environment, with Dataverse if asked for.
	KindCreate = "Create"
	// KindProvision adds Dataverse to an environment that has none.
	KindProvision = "Provision"
	// KindEdit changes properties of an environment.
	KindEdit = "Edit"
	// KindConvert changes the type of an environment.
	KindConvert = "Convert"
	// KindGovern makes an environment managed.
	KindGovern = "EnableGovernanceConfiguration"
	// KindRegovern changes the settings of a managed environment.
	KindRegovern = "UpdateGovernanceConfiguration"
	// KindUngovern makes a managed environment one that is not.
	KindUngovern = "DisableGovernanceConfiguration"
	// KindDelete deletes an environment.
	KindDelete = "Delete"
	// KindNewNetwork links an environment to its first network policy.
	KindNewNetwork = "NewNetworkInjection"
	// KindSwapNetwork links an environment to another network policy, or to the same again.
	KindSwapNetwork = "SwapNetworkInjection"
	// KindRevertNetwork unlinks an environment from its network policy.
	KindRevertNetwork = "RevertNetworkInjection"
	// KindNewKey encrypts an environment with a customer's key.
	KindNewKey = "NewCustomerManagedKey"
	// KindRotateKey encrypts an environment with another key of the customer.
	KindRotateKey = "RotateCustomerManagedKey"
	// KindRevertKey encrypts an environment with the key of Microsoft.
	KindRevertKey = "RevertToMicrosoftKey"
	// KindNewIdentity links an environment to its first identity policy.
	KindNewIdentity = "NewIdentity"
	// KindSwapIdentity links an environment to another identity policy, or to the same again.
	KindSwapIdentity = "SwapIdentity"
	// KindRevertIdentity unlinks an environment from its identity policy.
	KindRevertIdentity = "RevertIdentity"
)

// How long operations take, in the tenant's time.
const (
	createTime    = 30 * time.Second
	databaseTime  = 90 * time.Second // create with Dataverse
	provisionTime = 60 * time.Second
	editTime      = 10 * time.Second
	convertTime   = 30 * time.Second
	deleteTime    = 20 * time.Second
	governTime    = 20 * time.Second

	networkTime    = 3 * time.Minute
	identityTime   = 2 * time.Minute
	encryptionTime = 2 * time.Hour
)

// effects says what the operations on environments do when they end, each to the environment of that name.
func effects(p *server.Platform) {
	all := map[string]func(t *server.Tenant, name string, op *server.Operation){
		KindCreate: ready, KindProvision: ready, KindEdit: edited, KindConvert: converted, KindDelete: dropped,
		KindGovern: configured, KindRegovern: configured, KindUngovern: configured,
	}
	for _, b := range bonds {
		all[b.first], all[b.again], all[b.off] = rebound, rebound, rebound
	}
	for kind, effect := range all {
		p.Effect(kind, func(t *server.Tenant, op *server.Operation) {
			op.Data["done"] = true
			effect(t, server.Text(op.Data, "environment"), op)
		})
	}
}

// begin starts an operation on an environment; data is what its effect needs. Until it ends the environment is busy.
func (c call) begin(kind string, env Doc, d time.Duration, data Doc) *server.Operation {
	name := server.Text(env, "name")
	all := Doc{
		"environment": name, "host": c.cloud.regional(server.Text(env, "location")), "requestedBy": c.principal(),
	}
	maps.Copy(all, data)
	op := c.Tenant.Begin(kind, d, all)
	c.Tenant.Collection(active).Put(name, Doc{"operation": op.ID})
	return op
}

// accepted is the 202 of an operation; header is the name of the one that holds its poll URL, on a regional host.
func (c call) accepted(header string, op *server.Operation) server.Reply {
	at := url.URL{
		Scheme: "https", Host: server.Text(op.Data, "host"), Path: prefix + "/lifecycleOperations/" + op.ID,
		RawQuery: url.Values{"api-version": {c.Query.Get("api-version")}}.Encode(),
	}
	return soon(server.Empty(http.StatusAccepted).With(header, at.String()))
}

// running reports whether an operation keeps an environment busy.
func running(t *server.Tenant, name string) bool {
	d, ok := t.Collection(active).Peek(name)
	if !ok {
		return false
	}
	op, ok := t.Operation(server.Text(d, "operation"))
	return ok && !op.Ended()
}

// sweep forgets the operations that have ended, and takes back what those began that failed without effect.
func sweep(t *server.Tenant) {
	all := t.Collection(active)
	for _, name := range all.IDs() {
		d, _ := all.Peek(name)
		op, ok := t.Operation(server.Text(d, "operation"))
		if ok && !op.Ended() {
			continue
		}
		all.Delete(name)
		if !ok || op.State != server.Failed || op.Data["done"] == true {
			continue
		}
		switch op.Kind {
		case KindCreate:
			dropOrganization(t, name)
			t.Collection(Environments).Delete(name)
		case KindProvision:
			dropOrganization(t, name)
			if env, ok := t.Collection(Environments).Peek(name); ok {
				server.Assign(env, "properties.provisioningState", "Succeeded")
				server.Assign(env, "properties.databaseType", "None")
				server.Unset(env, "properties.linkedEnvironmentMetadata")
				t.Collection(Environments).Put(name, env)
			}
		default:
			unbind(t, op)
		}
	}
}

// busy is the 409 of a request that meets a running operation.
func busy(c call, name string) (server.Reply, bool) {
	if !running(c.Tenant, name) {
		return server.Reply{}, false
	}
	return soon(refuse(http.StatusConflict, "OperationNotStartable",
		"This operation cannot be performed because there is an active lifecycle operation on the environment %s.", name)), true
}

// operations adds the poll route. Only the regional host on which an operation runs knows it.
func (r router) operations() {
	r.route("GET", "/lifecycleOperations/{id}", "lifecycleoperations.get", func(c call) server.Reply {
		op, ok := c.Tenant.Operation(c.Params["id"])
		if !ok || server.Text(op.Data, "host") != c.Host {
			return refuse(http.StatusNotFound, "LifecycleOperationNotFound", "The lifecycle operation '%s' could not be found.", c.Params["id"])
		}
		if op.Kind == KindProvision {
			return provisioning(c, op)
		}
		reply := server.JSON(http.StatusOK, lifecycle(c.Tenant, op))
		if !op.Ended() {
			reply = later(reply, paceOf(op))
		}
		return reply
	})
}

// provisioning is what the poll URL of provisionInstance answers: the environment. Observed in
// microsoft/terraform-provider-power-platform.
func provisioning(c call, op *server.Operation) server.Reply {
	env, ok := c.Tenant.Collection(Environments).Peek(server.Text(op.Data, "environment"))
	if !ok {
		return notFound(server.Text(op.Data, "environment"))
	}
	env = view(c.Tenant, env, nil)
	env["id"] = prefix + "/scopes/service/environments/" + server.Text(env, "name")
	switch {
	case !op.Ended():
		return soon(server.JSON(http.StatusAccepted, env))
	case op.State == server.Failed:
		server.Assign(env, "properties.provisioningState", "Failed")
		server.Assign(env, "properties.provisioningDetails", Doc{"message": server.Text(op.Error, "message")})
	}
	return server.JSON(http.StatusOK, env)
}

// lifecycle is the document of an operation. It names its environment from the first poll on, except when a create
// failed: then there is none. Observed in microsoft/terraform-provider-power-platform.
func lifecycle(t *server.Tenant, op *server.Operation) Doc {
	path := prefix + "/environments/" + server.Text(op.Data, "environment")
	if op.Kind == KindCreate && op.State == server.Failed {
		path = ""
	}
	last := t.Clock().Now()
	if op.Ended() && op.Ready.Before(last) {
		last = op.Ready
	}
	d := Doc{
		"id": op.ID,
		"links": Doc{
			"self": Doc{"path": prefix + "/lifecycleOperations/" + op.ID}, "environment": Doc{"path": path},
		},
		"type": Doc{"id": op.Kind}, "typeDisplayName": op.Kind, "state": Doc{"id": op.State},
		"createdDateTime": stamp(op.Started), "lastActionDateTime": stamp(last), "requestedBy": op.Data["requestedBy"],
		"stages": stages(op, last),
	}
	if op.Error != nil {
		d["error"] = op.Error
	}
	return d
}

func stages(op *server.Operation, last time.Time) []any {
	states := map[string][]string{
		server.NotStarted: {server.NotStarted, server.NotStarted, server.NotStarted, server.NotStarted},
		server.Running:    {server.Succeeded, server.Succeeded, server.Running, server.NotStarted},
		server.Succeeded:  {server.Succeeded, server.Succeeded, server.Succeeded, server.Succeeded},
		server.Failed:     {server.Succeeded, server.Succeeded, server.Failed},
	}
	var out []any
	for i, s := range states[op.State] {
		name := []string{"Validate", "Prepare", "Run", "Finalize"}[i]
		stage := Doc{"id": name, "name": name, "state": Doc{"id": s}}
		if s != server.NotStarted {
			stage["firstActionDateTime"], stage["lastActionDateTime"] = stamp(op.Started), stamp(last)
		}
		out = append(out, stage)
	}
	return out
}

// principal is the caller as the platform records it.
func (c call) principal() Doc {
	d := Doc{"id": c.Caller.ObjectID, "displayName": "Administrator", "type": "User", "tenantId": c.Tenant.ID}
	if c.Caller.User != "" {
		d["userPrincipalName"], d["email"] = c.Caller.User, c.Caller.User
		if user, ok := c.Tenant.User(c.Caller.ObjectID); ok {
			d["displayName"] = user.DisplayName
		}
		return d
	}
	if a, ok := c.Tenant.Application(c.Caller.AppID); ok {
		d["displayName"], d["type"] = a.DisplayName, "ServicePrincipal"
	}
	return d
}

package bap

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/record"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// changing hands the environment of the path, on which nothing else may run, and a body of a shape to a handler.
func changing(shape *record.Shape, h func(c call, env, body Doc) server.Reply) func(c call) server.Reply {
	return existing(func(c call, env Doc) server.Reply {
		body, reply, ok := c.read(shape)
		if !ok {
			return reply
		}
		if reply, is := busy(c, server.Text(env, "name")); is {
			return reply
		}
		return h(c, env, body)
	})
}

// patch changes an environment: what is not sent stays as it is.
func patch(c call, env, body Doc) server.Reply {
	p := child(body, "properties")
	ai := onlyAI(p)
	for _, rule := range []func(p, env Doc) refusal{c.boundary, c.changes} {
		if r := rule(p, env); r.broken() {
			return *r.reply
		}
	}
	if ai {
		if r := c.intelligence(p, env); r.broken() {
			return *r.reply
		}
	}
	version := c.Query.Get("api-version")
	if ai && c.Tenant.Switch(SwitchAIAnswer) != "202" {
		apply(c.Tenant, p, env, version)
		return server.Empty(http.StatusNoContent)
	}
	return c.accepted("Location", c.begin(KindEdit, env, editTime, Doc{"change": p, "version": version}))
}

// edited is the effect of a change.
func edited(t *server.Tenant, name string, op *server.Operation) {
	if env, ok := t.Collection(Environments).Peek(name); ok {
		apply(t, child(op.Data, "change"), env, server.Text(op.Data, "version"))
	}
}

// onlyAI reports whether a change is about nothing but generative-AI settings.
func onlyAI(p Doc) bool {
	for name := range p {
		if !slices.Contains([]string{"bingChatEnabled", "m365Enabled", "copilotPolicies"}, name) {
			return false
		}
	}
	return len(p) > 0
}

// boundary refuses the cross-boundary setting outside the EU data boundary, whatever its value. Observed in
// microsoft/terraform-provider-power-platform, issue 1237.
func (c call) boundary(p, env Doc) refusal {
	if _, sent := server.Lookup(p, "copilotPolicies."+crossBoundary); sent && !slices.Contains(boundary, server.Text(env, "location")) {
		return invalid("InvalidRequestContent", "CrossBoundaryCopilotDataMovementEnabled can only be set for environments within an EU data boundary location.")
	}
	return refusal{}
}

// intelligence applies the rules among generative-AI settings to what a change leads to:
// https://learn.microsoft.com/power-platform/admin/geographical-availability-copilot. That the service and not only its
// clients enforces them is assumed.
func (c call) intelligence(p, env Doc) refusal {
	if c.Tenant.Switch(SwitchAIRules) == "off" {
		return refusal{}
	}
	after := server.Copy(child(env, "properties"))
	server.Merge(after, p)
	states := child(after, "copilotPolicies")
	home := strings.HasPrefix(server.Text(env, "location"), "unitedstates")
	_, moved := server.Lookup(p, "copilotPolicies."+crossGeo)
	switch {
	case c.cloud.Name != "public":
		return invalid("InvalidRequestContent", "Generative AI settings are not available in this cloud.")
	case home && moved && states[crossGeo] == true:
		return invalid("InvalidRequestContent", "Moving data across regions does not apply to environments in the location '%s'.", server.Text(env, "location"))
	case !home && states[crossGeo] != true && (after["bingChatEnabled"] == true || after["m365Enabled"] == true || states[crossBoundary] == true):
		return invalid("InvalidRequestContent", "Generative AI settings need crossGeoCopilotDataMovementEnabled in the location '%s'.", server.Text(env, "location"))
	}
	return refusal{}
}

// changes checks what a change asks for against the environment as it is.
func (c call) changes(p, env Doc) refusal {
	sku := server.Text(env, "properties.environmentSku")
	if r := c.billed(server.Text(p, "billingPolicy.id")); r.broken() {
		return r
	}
	group := server.Text(p, "parentEnvironmentGroup.id")
	if r := c.grouped(group); r.broken() {
		return r
	}
	if group != "" && group != zero && c.Tenant.Switch(SwitchGroupMembers) == "managed" && server.Text(env, level) != "Standard" {
		return invalid("InputValidationError", "The environment '%s' is not managed.", server.Text(env, "name"))
	}
	mode, hasMode := server.Lookup(p, "states.runtime.id")
	name, hasName := p["displayName"]
	cadence, hasCadence := server.Lookup(p, "updateCadence.id")
	switch {
	case hasName && strings.TrimSpace(text(name)) == "":
		return invalid("InvalidRequestContent", "The property 'displayName' must not be empty.")
	case hasMode && mode != "AdminMode" && mode != "Enabled":
		return invalid("InvalidRequestContent", "The runtime state '%v' is not valid.", mode)
	case hasCadence && cadence != "Moderate" && cadence != "Frequent":
		return invalid("InvalidUpdateCadence", "The update cadence '%v' is not valid.", cadence)
	case p["environmentSku"] != nil && p["environmentSku"] != sku: // assumed; clients use modifySku
		return invalid("InvalidRequestContent", "The environment SKU cannot be changed from %s to %v by an update.", sku, p["environmentSku"])
	}
	linked := child(p, "linkedEnvironmentMetadata")
	if linked == nil {
		return refusal{}
	}
	if child(env, "properties.linkedEnvironmentMetadata") == nil {
		return invalid("InvalidRequestContent", "The environment '%s' has no Dataverse database.", server.Text(env, "name"))
	}
	if group, sent := linked["securityGroupId"]; sent {
		if r := c.secured(text(group), sku); r.broken() {
			return r
		}
	}
	if s, sent := linked["backgroundOperationsState"]; sent && s != "Enabled" && s != "Disabled" {
		return invalid("InvalidRequestContent", "The background operations state '%v' is not valid.", s)
	}
	if domain := strings.ToLower(server.Text(linked, "domainName")); domain != "" {
		at, _ := c.cloud.location(server.Text(env, "location"))
		return c.domain(domain, at, server.Text(env, "name"))
	}
	return refusal{}
}

// apply merges a change, sent with an API version, into an environment and its organization.
func apply(t *server.Tenant, p, env Doc, version string) {
	name, properties := server.Text(env, "name"), child(env, "properties")
	change := server.Copy(p)
	delete(change, "linkedEnvironmentMetadata")
	if _, sent := change["billingPolicy"]; sent {
		properties["billingPolicy"] = payer(server.Text(change, "billingPolicy.id"))
		delete(change, "billingPolicy")
	}
	if server.Text(change, "parentEnvironmentGroup.id") == zero { // on update the zero UUID leaves the group
		delete(change, "parentEnvironmentGroup")
		delete(properties, "parentEnvironmentGroup")
	}
	server.Merge(properties, change)
	// Newer versions of this call make a managed environment of one whose description changes: observed in
	// microsoft/terraform-provider-power-platform.
	if _, described := change["description"]; described && version > "2021-04-01" {
		server.Assign(properties, "governanceConfiguration.protectionLevel", "Standard")
	}
	if org, ok := t.Collection(Organizations).Peek(name); ok && child(properties, "linkedEnvironmentMetadata") != nil {
		linked := child(p, "linkedEnvironmentMetadata")
		if domain := server.Text(linked, "domainName"); domain != "" {
			org["domain"] = strings.ToLower(domain)
		}
		for _, member := range []string{"securityGroupId", "backgroundOperationsState"} {
			if v, sent := linked[member]; sent {
				org[member] = v
			}
		}
		properties["linkedEnvironmentMetadata"] = metadata(org, env)
		t.Collection(Organizations).Put(name, org)
	}
	modified(t, env)
	t.Collection(Environments).Put(name, env)
}

// modifySku converts an environment to another type.
func modifySku(c call, env, body Doc) server.Reply {
	from, to := server.Text(env, "properties.environmentSku"), server.Text(body, "environmentSku")
	switch {
	case !slices.Contains([]string{"Production", "Sandbox", "Trial"}, to):
		return bad("InvalidEnvironmentSku", "The environment SKU '%s' is not valid.", to)
	case slices.Contains(forbidden("Convert"), from) || to == "Trial" && from != "Trial":
		return bad("InvalidLifecycleOperationRequest", "Convert cannot be performed on environment of type %s.", from)
	}
	return c.accepted("Operation-Location", c.begin(KindConvert, env, convertTime, Doc{"sku": to}))
}

// converted is the effect of a conversion.
func converted(t *server.Tenant, name string, op *server.Operation) {
	if env, ok := t.Collection(Environments).Peek(name); ok {
		server.Assign(env, "properties.environmentSku", op.Data["sku"])
		modified(t, env)
		t.Collection(Environments).Put(name, env)
	}
}

// provision adds Dataverse to an environment that has none.
func provision(c call, env, body Doc) server.Reply {
	name := server.Text(env, "name")
	if child(env, "properties.linkedEnvironmentMetadata") != nil {
		return bad("InvalidLifecycleOperationRequest",
			"Provision cannot be performed because the environment already has a linked CDS instance.")
	}
	at, _ := c.cloud.location(server.Text(env, "location"))
	db, r := c.database(body, at, server.Text(env, "properties.environmentSku"), name)
	if r.broken() {
		return *r.reply
	}
	org := organization(c.cloud, c.Tenant.Clock().Now(), env, db)
	announce(c.Tenant, env, org)
	c.Tenant.Collection(Environments).Put(name, env)
	return c.accepted("Location", c.begin(KindProvision, env, provisionTime, nil))
}

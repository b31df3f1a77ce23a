package bap

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// refusal is a request that breaks a rule; the zero value breaks none.
type refusal struct{ reply *server.Reply }

func (r refusal) broken() bool { return r.reply != nil }

func no(reply server.Reply) refusal { return refusal{&reply} }

func invalid(code, format string, args ...any) refusal { return no(bad(code, format, args...)) }

// create makes an environment, with Dataverse if asked for.
func create(c call) server.Reply {
	body, reply, ok := c.read(createShape)
	if !ok {
		return reply
	}
	if c.Tenant.Switch(SwitchCapacity) == "none" {
		return refuse(http.StatusConflict, "InsufficientCapacity_StorageDriven",
			"This environment can't be created because your org (tenant) needs at least 1 GB of database capacity.")
	}
	o, r := c.order(body)
	if r.broken() {
		return *r.reply
	}
	env := document(c.cloud, c.Tenant, o)
	org := Doc(nil)
	if o.database != nil {
		org = organization(c.cloud, o.created, env, *o.database)
	}
	if c.Tenant.Switch(SwitchCreateAnswer) == "201" {
		finish(c.Tenant, env, org)
		return server.JSON(http.StatusCreated, view(c.Tenant, server.Copy(env), nil))
	}
	d := createTime
	server.Assign(env, "properties.provisioningState", "Creating")
	if org != nil {
		d = databaseTime
		announce(c.Tenant, env, org)
	}
	c.Tenant.Collection(Environments).Put(o.name, env)
	return c.accepted("Location", c.begin(KindCreate, env, d, nil))
}

// ready is the effect of a create and of a provision.
func ready(t *server.Tenant, name string, _ *server.Operation) {
	if env, ok := t.Collection(Environments).Peek(name); ok {
		org, _ := t.Collection(Organizations).Peek(name)
		finish(t, env, org)
	}
}

// finish makes an environment ready, with its organization if it has one.
func finish(t *server.Tenant, env, org Doc) {
	if org != nil {
		link(t, env, org)
		return
	}
	server.Assign(env, "properties.provisioningState", "Succeeded")
	t.Collection(Environments).Put(server.Text(env, "name"), env)
}

// announce is the state of an environment whose organization is being made; its domain is taken from then on.
func announce(t *server.Tenant, env, org Doc) {
	t.Collection(Organizations).Put(server.Text(env, "name"), org)
	server.Assign(env, "properties.provisioningState", "LinkedDatabaseProvisioning")
	server.Assign(env, "properties.databaseType", "CommonDataService")
	if t.Switch(SwitchEarlyMetadata) == "on" {
		server.Assign(env, "properties.linkedEnvironmentMetadata", metadata(org, env))
	}
}

// link joins an environment and its organization: both are ready.
func link(t *server.Tenant, env, org Doc) {
	org["state"] = "Ready"
	server.Assign(env, "properties.provisioningState", "Succeeded")
	server.Assign(env, "properties.databaseType", "CommonDataService")
	server.Assign(env, "properties.linkedEnvironmentMetadata", metadata(org, env))
	if t := app(org); t != nil {
		server.Assign(env, "properties.linkedAppMetadata", t)
	}
	t.Collection(Organizations).Put(server.Text(env, "name"), org)
	t.Collection(Environments).Put(server.Text(env, "name"), env)
}

// app is linkedAppMetadata: the Dynamics 365 application that a template brought, nil if none did. Its members were
// observed in microsoft/terraform-provider-power-platform, their values are assumed.
func app(org Doc) any {
	for _, name := range items(org["templates"]) {
		i := slices.IndexFunc(templates, func(t template) bool { return t.name == name && t.customer })
		if i >= 0 {
			return Doc{"id": uuid.NewString(), "type": "Dynamics365", "url": "https://" + Host(org) + "/main.aspx"}
		}
	}
	return nil
}

// order reads a create request and applies every rule of the platform to it.
func (c call) order(body Doc) (order, refusal) {
	p := child(body, "properties")
	o := order{
		name: uuid.NewString(), displayName: server.Text(p, "displayName"), sku: server.Text(p, "environmentSku"),
		description: server.Text(p, "description"), category: cmp.Or(server.Text(p, "cluster.category"), "Prod"),
		cadence: cmp.Or(server.Text(p, "updateCadence.id"), "Moderate"), bing: p["bingChatEnabled"] == true,
		m365: p["m365Enabled"] == true, by: c.principal(), created: c.Tenant.Clock().Now(), billing: server.Text(p, "billingPolicy.id"),
	}
	for _, rule := range []func(body, p Doc, o *order) refusal{c.geography, c.basics, c.owner, c.memberships, c.wanted} {
		if r := rule(body, p, &o); r.broken() {
			return o, r
		}
	}
	return o, refusal{}
}

// geography settles location, macro region and Azure region. Both models and their errors were observed in
// microsoft/terraform-provider-power-platform.
func (c call) geography(body, p Doc, o *order) refusal {
	where, named := body["location"]
	region, grouped := body["macroRegion"]
	var found bool
	switch {
	case c.cloud.modern(c.Tenant) && named && grouped:
		return invalid("AmbiguousLocationSpecification", "Specify either location or macroRegion, not both.")
	case c.cloud.modern(c.Tenant) && !grouped:
		return invalid("MacroRegionRequired", "This tenant provisions environments by macro region: macroRegion is required.")
	case c.cloud.modern(c.Tenant):
		m, ok := macro(text(region))
		if !ok {
			return invalid("InvalidMacroRegion", "macroRegion '%s' is not valid", text(region))
		}
		o.macro = m.id
		o.location, found = c.cloud.location(c.choice(m))
	case !named && grouped: // a tenant of the older model ignores macroRegion without a word
		o.location, found = c.cloud.home(c.Tenant), true
	default:
		o.location, found = c.cloud.location(text(where))
	}
	if !found {
		return invalid("InvalidLocation", "The location '%s' is not valid.", text(where))
	}
	o.region = cmp.Or(server.Text(p, "azureRegion"), o.location.Regions[0])
	if !slices.Contains(o.location.Regions, o.region) {
		return invalid("InvalidAzureRegion", "The Azure region '%s' is not available in the location '%s'. Available regions: %s.",
			o.region, o.location.Name, strings.Join(o.location.Regions, ", "))
	}
	o.region = cmp.Or(c.Tenant.Switch(SwitchAzureRegion), o.region)
	return refusal{}
}

// choice is the location that the service picks in a macro region: the tenant's home if it is one of them.
func (c call) choice(m macroRegion) string {
	if forced := c.Tenant.Switch(SwitchMacroLocation); forced != "" {
		return forced
	}
	if home := c.cloud.home(c.Tenant).Name; slices.Contains(m.locations, home) {
		return home
	}
	return m.locations[0]
}

func (c call) basics(_, p Doc, o *order) refusal {
	switch {
	case strings.TrimSpace(o.displayName) == "":
		return invalid("InvalidRequestContent", "The property 'displayName' is required.")
	case !slices.Contains([]string{"Production", "Sandbox", "Trial", "Developer"}, o.sku):
		return invalid("InvalidEnvironmentSku", "The environment SKU '%s' is not valid.", o.sku)
	case o.cadence != "Moderate" && o.cadence != "Frequent":
		return invalid("InvalidUpdateCadence", "The update cadence '%s' is not valid.", o.cadence)
	case o.category != "Prod" && o.category != c.cloud.Release:
		return invalid("InvalidClusterCategory", "The cluster category '%s' is not valid.", o.category)
	}
	if t := server.Text(p, "databaseType"); t != "" && t != "CommonDataService" && t != "None" {
		return invalid("InvalidRequestContent", "The database type '%s' is not valid.", t)
	}
	return refusal{}
}

// owner applies the rules of usedBy: Developer environments need it and nothing else may have it. Its members beyond id,
// type and tenantId are refused with the same code: observed live by users of the API.
func (c call) owner(_, p Doc, o *order) refusal {
	used, given := p["usedBy"].(Doc)
	if !given {
		if o.sku == "Developer" {
			return invalid("UsedByRequired", "An environment of type Developer needs the user it is for.")
		}
		return refusal{}
	}
	for name := range maps.Keys(used) {
		if !slices.Contains([]string{"id", "type", "tenantId"}, name) {
			return invalid("UsedByInvalidInRequest", "The property 'usedBy' of the request is not valid: '%s' is not allowed.", name)
		}
	}
	o.owner = server.Text(used, "id")
	_, err := uuid.Parse(o.owner)
	kind := server.Text(used, "type")
	switch {
	case o.sku != "Developer":
		return invalid("UsedByInvalidInRequest", "The property 'usedBy' of the request is not valid for environments of type %s.", o.sku)
	case err != nil || o.owner == zero:
		return invalid("UsedByInvalidInRequest", "The property 'usedBy' of the request is not valid: '%s' is no user.", o.owner)
	case kind != "" && kind != "1" && kind != "User":
		return invalid("UsedByInvalidInRequest", "The property 'usedBy' of the request is not valid: type '%s'.", kind)
	case !strings.EqualFold(cmp.Or(server.Text(used, "tenantId"), c.Tenant.ID), c.Tenant.ID):
		return invalid("UsedByInvalidInRequest", "The property 'usedBy' of the request is not valid: the user is of another tenant.")
	}
	if _, app := c.Tenant.Application(c.Caller.AppID); app && c.Caller.User == "" && c.Tenant.Switch(SwitchDeveloperPrincipal) == "refuse" {
		return invalid("UsedByInvalidInRequest", "The property 'usedBy' of the request is not valid for a caller that is a service principal.")
	}
	return refusal{}
}

// memberships checks billing policy and group. On create the zero UUID of a group is no absence: the environment is
// recorded as a member of a group that does not exist. Observed in microsoft/terraform-provider-power-platform.
func (c call) memberships(_, p Doc, o *order) refusal {
	if o.billing == zero {
		o.billing = ""
	}
	if r := c.billed(o.billing); r.broken() {
		return r
	}
	group := server.Text(p, "parentEnvironmentGroup.id")
	if group == "" {
		return refusal{}
	}
	o.group = group
	return c.grouped(group)
}

func (c call) billed(policy string) refusal {
	if policy == "" || policy == zero {
		return refusal{}
	}
	if !c.Tenant.Collection(BillingPolicies).Has(policy) {
		return no(refuse(http.StatusNotFound, "BillingPolicyNotFound", "The billing policy '%s' could not be found.", policy))
	}
	return refusal{}
}

func (c call) grouped(group string) refusal {
	if group == "" || group == zero {
		return refusal{}
	}
	if !c.Tenant.Collection(EnvironmentGroups).Has(group) {
		return no(noGroup(group))
	}
	return refusal{}
}

// wanted reads the request for Dataverse. databaseType is what asks for it: linkedEnvironmentMetadata alone does nothing,
// observed live by users of the API.
func (c call) wanted(_, p Doc, o *order) refusal {
	if server.Text(p, "databaseType") != "CommonDataService" {
		return refusal{}
	}
	db, r := c.database(child(p, "linkedEnvironmentMetadata"), o.location, o.sku, "")
	o.database = &db
	return r
}

// database reads linkedEnvironmentMetadata of a request and applies the rules of Dataverse.
func (c call) database(d Doc, at Location, sku, except string) (database, refusal) {
	language, ok := whole(d["baseLanguage"])
	db := database{
		language: language, currency: server.Text(d, "currency.code"), group: server.Text(d, "securityGroupId"),
		domain: strings.ToLower(server.Text(d, "domainName")), templates: items(d["templates"]),
	}
	db.grace, _ = strconv.Atoi(c.Tenant.Switch(SwitchGraceCalls))
	switch {
	case !ok || !speaks(language):
		return db, invalid("InvalidLanguage", "The base language '%v' is not available in the location '%s'.", d["baseLanguage"], at.Name)
	case !pays(db.currency):
		return db, invalid("InvalidCurrency", "The currency '%s' is not available in the location '%s'.", db.currency, at.Name)
	}
	for _, name := range db.templates {
		i := slices.IndexFunc(offers(sku), func(t template) bool { return t.name == name })
		if i < 0 {
			return db, invalid("InvalidTemplate", "The template '%v' is not available for environments of type %s in the location '%s'.", name, sku, at.Name)
		}
		if t := offers(sku)[i]; t.locked(c.Tenant) {
			return db, invalid(entitlement, "%s", t.reason())
		}
	}
	if r := c.secured(db.group, sku); r.broken() {
		return db, r
	}
	if db.domain == "" {
		db.domain = generated()
	}
	return db, c.domain(db.domain, at, except)
}

// secured applies the rule of security groups: none for Developer environments.
func (c call) secured(group, sku string) refusal {
	none := group == "" || group == zero
	switch {
	case sku == "Developer" && !none:
		return invalid("SecurityGroupNotAllowed", "An environment of type Developer cannot have a security group.")
	case sku != "Developer" && group == "" && c.Tenant.Switch(SwitchRequireSecurityGroup) == "on":
		return invalid("SecurityGroupRequired", "An environment of type %s needs a security group.", sku)
	}
	if _, err := uuid.Parse(group); group != "" && err != nil {
		return invalid("InvalidSecurityGroup", "The security group '%s' is not valid.", group)
	}
	return refusal{}
}

// domain refuses a domain that is malformed or that another environment has. The 409 was observed in
// microsoft/terraform-provider-power-platform, issue 505.
func (c call) domain(name string, at Location, except string) refusal {
	switch {
	case !domainName.MatchString(name):
		return invalid("InvalidDomainName", "The domain name '%s' is not valid.", name)
	case taken(c.Tenant, name, c.cloud.domain(at), except):
		return no(refuse(http.StatusConflict, "DomainNameAlreadyInUse", "The domain name '%s' is already in use.", name))
	}
	return refusal{}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func items(v any) []any {
	l, _ := v.([]any)
	return l
}

package bap

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// defaultEnvironment gives a tenant the environment that every tenant has:
// https://learn.microsoft.com/power-platform/admin/environments-overview#the-default-environment
func defaultEnvironment(cloud Cloud, t *server.Tenant) {
	name := DefaultName(t)
	if t.Collection(Environments).Has(name) {
		return
	}
	home := cloud.home(t)
	o := order{
		name: name, displayName: t.DisplayName + " (default)", sku: "Default", location: home, region: home.Regions[0],
		cadence: "Moderate", category: "Prod", created: longAgo(t),
		by: Doc{"id": "SYSTEM", "displayName": "SYSTEM", "type": "NotSpecified"},
	}
	if cloud.modern(t) {
		o.macro = narrowest(home.Name)
	}
	t.Collection(Environments).Put(name, document(cloud, t, o))
}

// longAgo is when things came to be that were there before the first request.
func longAgo(t *server.Tenant) time.Time { return t.Clock().Now().AddDate(-1, 0, 0) }

func seeders(p *server.Platform) {
	p.Innate(Environments, func(tenant string) string { return "Default-" + tenant })
	groups.Seeds(p)
	p.Seeder(RuleAssignments, assignmentShape(), seedAssignments)
	p.Seeder(Environments, environmentShape(), seedEnvironments)
}

// seedAssignments takes what assignmentShape describes.
func seedAssignments(t *server.Tenant, assignments []Doc) error {
	for _, a := range assignments {
		policy, group := server.Text(a, "policy_id"), server.Text(a, "environment_group_id")
		t.Collection(RuleAssignments).Put(policy+"/"+group, Doc{
			"policyId": policy, "resourceId": group, "resourceType": "EnvironmentGroup", "tenantId": t.ID,
		})
	}
	return nil
}

// seedEnvironments takes the arguments by which a configuration would describe an environment, in its own words.
func seedEnvironments(t *server.Tenant, environments []Doc) error {
	return server.Each(environments, func(e Doc) error { return seedEnvironment(t, e) })
}

func seedEnvironment(t *server.Tenant, e Doc) error {
	i := slices.IndexFunc(Clouds, func(c Cloud) bool { return c.Name == cmp.Or(server.Text(e, "cloud"), "public") })
	if i < 0 {
		return server.At("cloud", fmt.Errorf("unknown cloud %q", server.Text(e, "cloud")))
	}
	cloud := Clouds[i]
	defaultEnvironment(cloud, t)
	at, ok := cloud.location(cmp.Or(server.Text(e, "location"), cloud.home(t).Name))
	if !ok {
		return server.At("location", fmt.Errorf("unknown location %q%s", server.Text(e, "location"), schema.Hint(server.Text(e, "location"), locationNames(cloud))))
	}
	o := order{
		name: cmp.Or(server.Text(e, "id"), uuid.NewString()), displayName: server.Text(e, "display_name"),
		sku: cmp.Or(server.Text(e, "type"), "Sandbox"), description: server.Text(e, "description"), location: at,
		region: cmp.Or(server.Text(e, "azure_region"), at.Regions[0]), macro: server.Text(e, "macro_region"),
		cadence: cmp.Or(server.Text(e, "cadence"), "Moderate"), category: "Prod",
		bing: e["allow_bing_search"] == true, m365: e["allow_microsoft_365_services"] == true,
		billing: server.Text(e, "billing_policy_id"), owner: server.Text(e, "owner_id"),
		by:      Doc{"id": "SYSTEM", "displayName": "SYSTEM", "type": "NotSpecified", "tenantId": t.ID},
		created: longAgo(t),
	}
	if o.macro == "" && cloud.modern(t) {
		o.macro = narrowest(at.Name)
	}
	if group := server.Text(e, "environment_group_id"); group != "" {
		o.group = group
	}
	if server.Text(e, "release_cycle") == "Early" {
		o.category = cmp.Or(cloud.Release, "Prod")
	}
	switch {
	case !slices.Contains(at.Regions, o.region):
		return server.At("azure_region", fmt.Errorf("the location %q has no Azure region %q", at.Name, o.region))
	}
	if t.Collection(Environments).Has(o.name) {
		return server.At("id", fmt.Errorf("%q is there already", o.name))
	}
	if v := server.Text(e, "created_time"); v != "" {
		created, err := time.Parse(time.RFC3339, v)
		if err != nil {
			return server.At("created_time", err)
		}
		o.created = created
	}
	env := document(cloud, t, o)
	if e["managed"] == true {
		govern(env, nil)
	}
	if e["administration_mode"] == true {
		server.Assign(env, "properties.states.runtime.id", "AdminMode")
	}
	if e["allow_moving_data_across_regions"] == true {
		server.Assign(env, "properties.copilotPolicies."+crossGeo, true)
	}
	db, given := e["dataverse"].(Doc)
	if !given {
		t.Collection(Environments).Put(o.name, env)
		return nil
	}
	return server.At("dataverse", seedDatabase(cloud, t, at, o.created, env, db))
}

// seedDatabase takes what environmentShape describes under dataverse. The organization is an old one: it knows every caller.
func seedDatabase(cloud Cloud, t *server.Tenant, at Location, created time.Time, env, d Doc) error {
	language, ok := whole(d["language_code"])
	if !ok {
		language = 1033
	}
	db := database{
		domain: strings.ToLower(cmp.Or(server.Text(d, "domain"), generated())), language: language,
		currency: cmp.Or(server.Text(d, "currency_code"), at.Currency), group: server.Text(d, "security_group_id"),
		templates: items(d["templates"]),
	}
	switch {
	case !speaks(db.language):
		return server.At("language_code", fmt.Errorf("there is no base language %d", db.language))
	case !pays(db.currency):
		return server.At("currency_code", fmt.Errorf("there is no currency %q", db.currency))
	case !domainName.MatchString(db.domain):
		return server.At("domain", fmt.Errorf("%q is not valid", db.domain))
	case taken(t, db.domain, cloud.domain(at), ""):
		return server.At("domain", fmt.Errorf("%q is in use", db.domain))
	}
	org := organization(cloud, created, env, db)
	for key, member := range map[string]string{"unique_name": "uniqueName", "organization_id": "organizationid"} {
		if v := server.Text(d, key); v != "" {
			org[member] = v
		}
	}
	if d["background_operation_enabled"] == false {
		org["backgroundOperationsState"] = "Disabled"
	}
	link(t, env, org)
	return nil
}

func locationNames(cloud Cloud) []string {
	var names []string
	for _, l := range cloud.locations() {
		names = append(names, l.Name)
	}
	return names
}

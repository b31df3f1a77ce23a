// Package dataverse mirrors the Web API of the organizations behind environments, as far as an administrator needs it:
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview
package dataverse

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Register adds the routes of this family to the hosts of organizations in every cloud. It needs the organizations of
// package bap. An organization takes tokens for its own URL, which is the rule of hosts that name no audience.
func Register(p *server.Platform) {
	for _, host := range bap.DynamicsHosts() {
		for _, path := range []string{"WhoAmI", "WhoAmI()"} {
			p.Route(host, "GET", "/api/data/{version}/"+path, "dataverse.whoami", route(whoAmI))
		}
		p.Route(host, "GET", "/api/data/{version}/organizations", "dataverse.organizations.list", route(rows(organizations)))
		p.Route(host, "GET", "/api/data/{version}/transactioncurrencies", "dataverse.transactioncurrencies.list", route(rows(currencies)))
	}
}

// call is a request to an organization that exists and knows the caller.
type call struct {
	*server.Call
	org  server.Doc
	base string // https://host/api/data/vX.Y/
}

var version = regexp.MustCompile(`(?i)^v9\.\d+$`)

// route finds the organization by the host.
func route(h func(c call) server.Reply) server.Handler {
	return func(c *server.Call) server.Reply {
		org, ok := bap.OrganizationAt(c.Tenant, c.Host)
		switch {
		case !ok && foreign(c):
			return refuse(http.StatusUnauthorized, "0x80072560", "The user is not a member of the organization.").
				With("WWW-Authenticate", `Bearer authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", resource_id="https://`+c.Host+`/"`)
		case !ok:
			return unknown(c)
		case !version.MatchString(c.Params["version"]):
			return refuse(http.StatusNotFound, "0x80060888", "Resource not found for the segment '"+c.Params["version"]+"'.")
		case stranger(c, org):
			return refuse(http.StatusForbidden, "0x80072560", "The user is not a member of the organization.")
		}
		return h(call{Call: c, org: org, base: "https://" + c.Host + "/api/data/" + c.Params["version"] + "/"})
	}
}

// refuse is an error in OData's form, its code an HRESULT.
func refuse(status int, code, message string) server.Reply { return server.Fail(status, code, message) }

// foreign reports whether the host is that of an organization in another tenant.
func foreign(c *server.Call) bool {
	for _, t := range c.Platform.Tenants() {
		if t != c.Tenant {
			if _, ok := bap.OrganizationAt(t, c.Host); ok {
				return true
			}
		}
	}
	return false
}

// unknown is the answer of a host without an organization: one that was never there, or whose name does not resolve yet.
func unknown(c *server.Call) server.Reply {
	return server.Fail(http.StatusNotImplemented, "UnknownHost",
		"the mock does not know the host of "+c.Request.Method+" https://"+c.Host+c.Request.URL.Path+": no organization answers there")
}

// stranger counts down the calls that a new organization refuses because the caller is not copied into it yet. Observed
// in microsoft/terraform-provider-power-platform, issue 1236.
func stranger(c *server.Call, org server.Doc) bool {
	left, _ := org["grace"].(float64)
	if left <= 0 {
		return false
	}
	org["grace"] = left - 1
	c.Tenant.Collection(bap.Organizations).Put(server.Text(org, "environment"), org)
	return true
}

// derived is an ID inside an organization that is the same on every call.
func derived(org server.Doc, what string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(server.Text(org, "organizationid")+"/"+what)).String()
}

func whoAmI(c call) server.Reply {
	return server.JSON(http.StatusOK, server.Doc{
		"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
		"BusinessUnitId": derived(c.org, "businessunit"), "UserId": derived(c.org, "user/"+c.Caller.ObjectID),
		"OrganizationId": c.org["organizationid"],
	})
}

// table is the rows of an entity set and the name of their entity.
type table struct {
	set, entity string
	rows        []server.Doc
}

func organizations(c call) table {
	return table{"organizations", "organization", []server.Doc{{
		"organizationid": c.org["organizationid"], "name": c.org["uniqueName"], "friendlyname": c.org["domain"],
		"_basecurrencyid_value": derived(c.org, "currency"), "languagecode": c.org["language"],
		"basecurrencysymbol": bap.CurrencySymbol(server.Text(c.org, "currency")), "isdisabled": false,
		"createdon": c.org["createdTime"],
	}}}
}

func currencies(c call) table {
	code := server.Text(c.org, "currency")
	return table{"transactioncurrencies", "transactioncurrency", []server.Doc{{
		"transactioncurrencyid": derived(c.org, "currency"), "isocurrencycode": code, "currencyname": code,
		"currencysymbol": bap.CurrencySymbol(code), "currencyprecision": 2, "exchangerate": 1, "statecode": 0,
		"statuscode": 1, "createdon": c.org["createdTime"],
	}}}
}

// rows answers a list with $filter (comparisons with eq joined by and), $select and $top.
func rows(of func(c call) table) func(c call) server.Reply {
	return func(c call) server.Reply {
		t := of(c)
		q, err := parse(c.Query, t)
		if err != nil {
			return refuse(http.StatusBadRequest, "0x80060888", err.Error())
		}
		value := []any{}
		for _, row := range t.rows {
			if q.matches(row) && (q.top < 0 || len(value) < q.top) {
				value = append(value, q.project(row, t))
			}
		}
		context := c.base + "$metadata#" + t.set
		if len(q.columns) > 0 {
			context += "(" + strings.Join(q.columns, ",") + ")"
		}
		return server.JSON(http.StatusOK, server.Doc{"@odata.context": context, "value": value})
	}
}

package record

import (
	"maps"
	"net/url"
	"strconv"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Page is a page of a list.
type Page struct {
	// From is the item that it begins with, the first being 0.
	From int
	// Size is how many items it has at most, 0 for all.
	Size int
}

// PageOf is the page that a request asks for with $skiptoken and $top, of no more items than a switch of the tenant says.
// Where one of them is no such number the page is as if it were not there, and the problem is not nil.
func PageOf(c *server.Call, limit string) (p Page, problem *schema.Problem) {
	for _, number := range []struct {
		name string
		to   *int
	}{{"$skiptoken", &p.From}, {"$top", &p.Size}} {
		if c.Query.Get(number.name) == "" {
			continue
		}
		n, err := strconv.Atoi(c.Query.Get(number.name))
		if err != nil || n < 0 {
			problem = &schema.Problem{Path: number.name, Text: "must be a number that is not negative"}
			continue
		}
		*number.to = n
	}
	if most, err := strconv.Atoi(c.Tenant.Switch(limit)); err == nil && most > 0 && (p.Size == 0 || p.Size > most) {
		p.Size = most
	}
	return p, problem
}

// Next is the address of the page after this one.
func (p Page) Next(c *server.Call) string {
	query := url.Values{}
	maps.Copy(query, c.Query)
	query.Set("$skiptoken", strconv.Itoa(p.From+p.Size))
	return (&url.URL{Scheme: "https", Host: c.Host, Path: c.Request.URL.Path, RawQuery: query.Encode()}).String()
}

// Package mocktest is what tests say to the mock with: a client, signed in to a tenant of its own, sends requests, wants
// answers and follows operations to their end.
//
//	c := mocktest.New(t, mock.TenantSeed{}).At("https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform?api-version=2021-04-01")
//	made := c.Send("POST", "/environments", body).Want(202).Follow().Has(mock.Doc{"state.id": "Succeeded"})
//	c.Send("GET", "/environments/nowhere", nil).Want(404, "EnvironmentNotFound")
package mocktest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
)

// azureCLI is the application through which people sign in.
const azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// Shared returns what makes, once for all tests of the process, a platform with these families and no others.
func Shared(register ...func(*mock.Platform)) func() *mock.Platform {
	return sync.OnceValue(func() *mock.Platform {
		p := server.New(server.Options{})
		for _, r := range register {
			r(p)
		}
		return p
	})
}

var whole = sync.OnceValue(func() *mock.Platform { return mock.New() })

// Client is somebody who is signed in to a tenant. The functions that say who asks, and how, return a changed copy.
type Client struct {
	testing.TB
	*mock.Tenant

	base, query string // what relative addresses begin with, and what their query says unless they do
	who         string // a client ID, the name of a person, or nobody
	audience    string // "": that of the host
	token       string // "": made for who and audience
	header      map[string]string
	through     http.RoundTripper
	tokens      *sync.Map
}

// New is a client of a new tenant on the platform with all families that the tests of the process share.
func New(t testing.TB, seed mock.TenantSeed) Client {
	t.Helper()
	return On(t, whole(), seed)
}

// Alone is New on a platform that no other test sees, for what tenants share: the names of hosts, who has them, and what is
// answered whoever asks.
func Alone(t testing.TB, seed mock.TenantSeed) Client {
	t.Helper()
	p := mock.New()
	witness.Record(t, p, "")
	return on(t, p, seed)
}

// On is New on another platform. It is signed in as the first application of the seed, or the default one, and the
// operations that answer it well are noted for mock/witness.
func On(t testing.TB, p *mock.Platform, seed mock.TenantSeed) Client {
	t.Helper()
	c := on(t, p, seed)
	witness.Record(t, p, c.ID)
	return c
}

// Stranger sends requests to a platform without being signed in to any tenant of it.
func Stranger(t testing.TB, p *mock.Platform) Client { return Client{TB: t, through: p} }

func on(t testing.TB, p *mock.Platform, seed mock.TenantSeed) Client {
	t.Helper()
	tenant := p.AddTenant(seed)
	c := Client{TB: t, Tenant: tenant, who: mock.DefaultClientID, through: p, tokens: &sync.Map{}}
	if len(seed.Applications) > 0 {
		c.who = seed.Applications[0].ClientID
	}
	return c
}

// For is the same client in another test, such as a subtest.
func (c Client) For(t testing.TB) Client { c.TB = t; return c }

// At is a client whose relative addresses begin with this one, "https://host/path?api-version=…", and have the parameters
// of its query that they do not name themselves.
func (c Client) At(address string) Client {
	c.base, c.query, _ = strings.Cut(address, "?")
	return c
}

// As is a client signed in as an application or a person of the tenant; "" is not signed in.
func (c Client) As(who string) Client { c.who, c.token = who, ""; return c }

// Audience is a client whose tokens are for this audience, whatever the host.
func (c Client) Audience(audience string) Client { c.audience, c.token = audience, ""; return c }

// Bearing is a client with this access token.
func (c Client) Bearing(token string) Client { c.token = token; return c }

// With is a client that sends a header; with "" it sends none of that name.
func (c Client) With(name, value string) Client {
	c.header = maps.Clone(c.header)
	if c.header == nil {
		c.header = map[string]string{}
	}
	c.header[name] = value
	return c
}

// Through is a client that sends its requests this way rather than in memory.
func (c Client) Through(way http.RoundTripper) Client { c.through = way; return c }

// Fill adds the objects of a seed to the tenant.
func (c Client) Fill(items map[string][]mock.Doc) Client {
	c.Helper()
	if err := c.Platform().Seed(mock.Seed{Tenants: []mock.TenantSeed{{ID: c.ID, Items: items}}}); err != nil {
		c.Fatal(err)
	}
	return c
}

// Fault lets matching requests of this tenant go wrong.
func (c Client) Fault(f mock.Fault) {
	f.Tenant = c.ID
	c.Platform().Inject(f)
}

// Requests are what the journal has of this tenant, oldest first: those of the operations that are named, or all.
func (c Client) Requests(operations ...string) []mock.Entry {
	return slices.DeleteFunc(c.Platform().Journal(c.ID), func(e mock.Entry) bool {
		return len(operations) > 0 && !slices.Contains(operations, e.Operation)
	})
}

// Last is the last request of this tenant in the journal.
func (c Client) Last() mock.Entry {
	c.Helper()
	all := c.Requests()
	if len(all) == 0 {
		c.Fatal("the journal is empty")
	}
	return all[len(all)-1]
}

// Count is how many documents a collection holds.
func (c Client) Count(collection string) int {
	n := 0
	c.Do(func() { n = c.Collection(collection).Len() })
	return n
}

// Stored is a document as it is, whatever a lag shows of it.
func (c Client) Stored(collection, id string) mock.Doc {
	c.Helper()
	d, ok := c.Collection(collection).Peek(id)
	if !ok {
		c.Fatalf("no %s %s; there are %v", collection, id, c.Collection(collection).IDs())
	}
	return d
}

// Send sends a request and reads the answer. A body is nil for none, a text or bytes as they go out, url.Values for a
// form, and JSON otherwise.
func (c Client) Send(method, at string, body any) Answer {
	c.Helper()
	a, err := c.Try(method, at, body)
	if err != nil {
		c.Fatalf("%s %s: %v", method, at, err)
	}
	return a
}

// Try is Send for what may get no answer.
func (c Client) Try(method, at string, body any) (Answer, error) {
	c.Helper()
	res, err := c.through.RoundTrip(c.Request(method, at, body))
	if err != nil {
		return Answer{client: c, asked: method + " " + at}, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	a := Answer{client: c, asked: method + " " + at, Status: res.StatusCode, Header: res.Header, Raw: string(raw)}
	if bytes.HasPrefix(raw, []byte("{")) {
		if bad := json.Unmarshal(raw, &a.Body); bad != nil && err == nil {
			c.Fatalf("%s: %v in %s", a.asked, bad, raw)
		}
	}
	return a, err
}

// Request is what Send sends.
func (c Client) Request(method, at string, body any) *http.Request {
	c.Helper()
	payload, kind := c.encode(body)
	req, err := http.NewRequestWithContext(c.Context(), method, c.address(at), payload)
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if token := c.bearer(req.URL.Hostname()); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range c.header {
		req.Header.Set(name, value)
		if value == "" {
			req.Header.Del(name)
		}
	}
	return req
}

// encode returns a body as it goes out and its content type, which the platform wants of requests without one as well.
func (c Client) encode(body any) (io.Reader, string) {
	c.Helper()
	const asJSON = "application/json"
	switch b := body.(type) {
	case nil:
		return nil, asJSON
	case string:
		return strings.NewReader(b), asJSON
	case []byte:
		return bytes.NewReader(b), asJSON
	case url.Values:
		return strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	}
	raw, err := json.Marshal(body)
	if err != nil {
		c.Fatal(err)
	}
	return bytes.NewReader(raw), asJSON
}

// address completes a relative address.
func (c Client) address(at string) string {
	if strings.HasPrefix(at, "https://") || strings.HasPrefix(at, "http://") {
		return at
	}
	path, query, _ := strings.Cut(at, "?")
	for part := range strings.SplitSeq(c.query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if name != "" && !strings.HasPrefix(query, name+"=") && !strings.Contains(query, "&"+name+"=") {
			query = strings.TrimPrefix(query+"&"+part, "&")
		}
	}
	if query != "" {
		path += "?" + query
	}
	return c.base + path
}

// bearer is the token for a host, "" for nobody.
func (c Client) bearer(host string) string {
	c.Helper()
	token, err := c.TokenFor(cmp.Or(c.audience, audienceOf(host)))
	if err != nil {
		c.Fatal(err)
	}
	return token
}

// TokenFor is the token that a client sends to whom takes those for an audience, "" for nobody.
func (c Client) TokenFor(audience string) (string, error) {
	if c.token != "" || c.who == "" {
		return c.token, nil
	}
	if known, ok := c.tokens.Load(c.who + " " + audience); ok {
		token, _ := known.(string)
		return token, nil
	}
	grant := server.Grant{ClientID: c.who, Audience: audience}
	if strings.Contains(c.who, "@") {
		person, ok := c.User(c.who)
		if !ok {
			return "", fmt.Errorf("nobody is %s", c.who)
		}
		grant.ClientID, grant.User, grant.Proof = azureCLI, &person, "0"
	}
	token, err := c.AccessToken(grant)
	if err == nil {
		c.tokens.Store(c.who+" "+audience, token)
	}
	return token, err
}

// audienceOf is the audience that the hosts of a family take tokens for; that of an organization is the organization.
func audienceOf(host string) string {
	below := func(domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) }
	for _, cloud := range bap.Clouds {
		switch {
		case below(cloud.BAP), below(cloud.PowerApps):
			return cloud.Audience
		case below(cloud.Platform):
			return cloud.PlatformAudience
		case below(cloud.ARM):
			return cloud.ARMAudiences[0]
		case below(cloud.Vault):
			return "https://" + cloud.Vault
		}
	}
	return "https://" + host
}

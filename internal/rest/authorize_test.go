package rest

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

var secured = Endpoint{Host: "api.bap.microsoft.com", Scope: "https://service.powerapps.com/.default"}

func (s *script) tokens() []string {
	var out []string
	for _, r := range s.seen {
		out = append(out, r.header.Get("Authorization"))
	}
	return out
}

func TestEveryRequestCarriesTheTokenOfItsScope(t *testing.T) {
	t.Parallel()
	cred := &credential{}
	perform(t, secured, Options{Credential: cred}, []answer{reply(200, "{}"), reply(503, ""), reply(200, "{}")}, func(ctx context.Context, c *Client, s *script) {
		for range 2 {
			if _, err := Get[thing](ctx, c, "/x"); err != nil {
				t.Error(err)
			}
		}
		if got := s.tokens(); !slices.Equal(got, []string{"Bearer token-1", "Bearer token-1", "Bearer token-1"}) {
			t.Errorf("tokens %v", got)
		}
		if !slices.Equal(cred.scopes, []string{secured.Scope}) {
			t.Errorf("scopes %v", cred.scopes)
		}
	})
}

// Objects that refer to another tenant's need a token of each: x-ms-authorization-auxiliary.
func TestTokensOfAuxiliaryTenantsGoAlong(t *testing.T) {
	t.Parallel()
	e := secured
	e.AuxiliaryTenants = []string{"there", "elsewhere"}
	perform(t, e, Options{Credential: perTenant{}}, []answer{reply(200, "{}"), reply(200, "{}")}, func(ctx context.Context, c *Client, s *script) {
		for range 2 {
			if _, err := Get[thing](ctx, c, "/x"); err != nil {
				t.Error(err)
			}
		}
		for _, r := range s.seen {
			further := strings.Split(r.header.Get("X-Ms-Authorization-Auxiliary"), ", ")
			slices.Sort(further)
			if r.header.Get("Authorization") != "Bearer of " || !slices.Equal(further, []string{"Bearer of elsewhere", "Bearer of there"}) {
				t.Errorf("headers %v", r.header)
			}
		}
	})
	perform(t, secured, Options{Credential: perTenant{}}, []answer{reply(200, "{}")}, func(ctx context.Context, c *Client, s *script) {
		if _, err := Get[thing](ctx, c, "/x"); err != nil || s.seen[0].header.Get("X-Ms-Authorization-Auxiliary") != "" {
			t.Errorf("without auxiliary tenants: %v, %v", err, s.seen[0].header)
		}
	})
}

// perTenant issues tokens that name their tenant.
type perTenant struct{}

func (perTenant) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "of " + o.TenantID, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func TestNoScopeAndNoCredentialSendNoToken(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		endpoint Endpoint
		options  Options
	}{
		{Endpoint{Host: "api.bap.microsoft.com"}, Options{Credential: &credential{}}},
		{secured, Options{}},
	} {
		perform(t, tc.endpoint, tc.options, []answer{reply(200, "{}")}, func(ctx context.Context, c *Client, s *script) {
			if _, err := Get[thing](ctx, c, "/x"); err != nil {
				t.Error(err)
			}
			if got := s.tokens(); !slices.Equal(got, []string{""}) {
				t.Errorf("tokens %v", got)
			}
		})
	}
}

func TestARefusedTokenIsRenewedOnce_X02(t *testing.T) {
	t.Parallel()
	denied := reply(401, `{"error":{"code":"InvalidAuthenticationToken","message":"The audience is wrong."}}`, "WWW-Authenticate", `Bearer realm="x"`)
	for name, tc := range map[string]struct {
		answers []answer
		ok      bool
	}{
		"for good": {[]answer{denied, denied}, false},
		"once":     {[]answer{denied, reply(200, `{"name":"a"}`)}, true},
	} {
		cred := &credential{}
		perform(t, secured, Options{Credential: cred}, tc.answers, func(ctx context.Context, c *Client, s *script) {
			_, err := Post[thing](ctx, c, "/x", thing{"b"})
			if (err == nil) != tc.ok {
				t.Errorf("%s: %v", name, err)
			}
			if !tc.ok && (!HasCode(err, "InvalidAuthenticationToken") || !strings.Contains(err.Error(), "The audience is wrong.")) {
				t.Errorf("%s: %v", name, err)
			}
			if got := s.tokens(); !slices.Equal(got, []string{"Bearer token-1", "Bearer token-2"}) {
				t.Errorf("%s: tokens %v", name, got)
			}
			if !slices.Equal(cred.refused, []string{"token-1"}) {
				t.Errorf("%s: refused %v", name, cred.refused)
			}
			for _, r := range s.seen {
				if r.body != `{"name":"b"}` {
					t.Errorf("%s: body %q", name, r.body)
				}
			}
		})
	}
}

func TestARefusedTokenIsRenewedOnceByAnyCredential_X02(t *testing.T) {
	t.Parallel()
	plain := struct{ azcore.TokenCredential }{&credential{}} // hides Refuse
	perform(t, secured, Options{Credential: plain}, []answer{reply(401, "once"), reply(401, "twice")}, func(ctx context.Context, c *Client, _ *script) {
		_, err := Get[thing](ctx, c, "/x")
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != 401 || e.Message != "twice" {
			t.Error(err)
		}
	})
}

func TestAClaimsChallengeIsMetOnce_X02(t *testing.T) {
	t.Parallel()
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`
	challenge := reply(401, `{"error":{"code":"ClaimsChallenge","message":"Sign in again."}}`, "WWW-Authenticate",
		`Bearer realm="", error="insufficient_claims", claims="`+base64.StdEncoding.EncodeToString([]byte(claims))+`"`)
	for name, tc := range map[string]struct {
		answers []answer
		ok      bool
	}{
		"and accepted": {[]answer{challenge, reply(200, `{}`)}, true},
		"and refused":  {[]answer{challenge, challenge}, false},
	} {
		cred := &credential{}
		perform(t, secured, Options{Credential: cred}, tc.answers, func(ctx context.Context, c *Client, _ *script) {
			_, err := Put[thing](ctx, c, "/x", thing{})
			if (err == nil) != tc.ok || !tc.ok && !HasCode(err, "ClaimsChallenge") {
				t.Errorf("%s: %v", name, err)
			}
			if !slices.Equal(cred.claims, []string{"", claims}) {
				t.Errorf("%s: claims %q", name, cred.claims)
			}
		})
	}
}

func TestManyRequestsShareOneToken(t *testing.T) {
	t.Parallel()
	cred := &credential{}
	perform(t, secured, Options{Credential: cred}, repeat(40, reply(200, "{}")), func(ctx context.Context, c *Client, _ *script) {
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				if _, err := Get[thing](ctx, c, "/x"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if cred.made != 1 {
			t.Errorf("%d tokens", cred.made)
		}
	})
}

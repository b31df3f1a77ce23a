package rest

import (
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	armpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm/policy"
	armruntime "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// authorize is azcore's bearer token policy, which also answers a claims challenge, plus one rule: a token that the API
// refuses is renewed once. The second refusal is final, because no token will help.
type authorize struct {
	bearer policy.Policy
	cred   azcore.TokenCredential
}

func newAuthorize(cred azcore.TokenCredential, scope string, auxiliary []string) authorize {
	if len(auxiliary) > 0 {
		return authorize{armruntime.NewBearerTokenPolicy(cred, &armpolicy.BearerTokenOptions{Scopes: []string{scope}, AuxiliaryTenants: auxiliary}), cred}
	}
	return authorize{runtime.NewBearerTokenPolicy(cred, []string{scope}, nil), cred}
}

// refuser is a credential that caches and can be told that an API refused one of its tokens.
type refuser interface{ Refuse(token string) }

func (p authorize) Do(req *policy.Request) (*http.Response, error) {
	first := req.Clone(req.Raw().Context())
	resp, err := p.bearer.Do(first)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || challenged(resp) {
		return resp, err
	}
	if r, ok := p.cred.(refuser); ok {
		r.Refuse(strings.TrimPrefix(first.Raw().Header.Get("Authorization"), "Bearer "))
	}
	if err := req.RewindBody(); err != nil {
		return nil, err
	}
	runtime.Drain(resp)
	return p.bearer.Do(req)
}

// challenged reports whether an answer demands claims. azcore has met the demand once before it hands such an answer on.
func challenged(resp *http.Response) bool {
	return strings.Contains(strings.Join(resp.Header.Values("WWW-Authenticate"), " "), "insufficient_claims")
}

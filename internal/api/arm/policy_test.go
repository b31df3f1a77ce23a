package arm_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	policyGroup = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg"
	policyVNet  = policyGroup + "/providers/Microsoft.Network/virtualNetworks/v"
)

// scripted answers requests in turn and keeps them: "METHOD path?query body".
type scripted struct {
	mu      sync.Mutex
	answers []string // status, blank, body
	asked   []string
}

func (s *scripted) Do(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := []byte{}
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	s.asked = append(s.asked, strings.TrimSpace(req.Method+" "+req.URL.Path+"?"+req.URL.RawQuery+" "+string(body)))
	answer := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	status, text, _ := strings.Cut(answer, " ")
	code := map[string]int{"200": 200, "201": 201, "204": 204, "400": 400, "404": 404, "409": 409, "502": 502}[status]
	return &http.Response{
		StatusCode: code, Header: http.Header{"Content-Type": {"application/json"}, "Retry-After-Ms": {"1"}},
		Body: io.NopCloser(strings.NewReader(text)), Request: req,
	}, nil
}

func script(t *testing.T, answers ...string) (*arm.Client, *scripted) {
	t.Helper()
	public, err := cloud.Lookup("public")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{answers: answers}
	return arm.New(public, rest.Options{Transport: s}, arm.Settings{}), s
}

// What the platform computes is not sent back, and tags always are: without them a PUT would leave them open.
func TestPutPolicySendsWhatIsWanted(t *testing.T) {
	t.Parallel()
	c, s := script(t, `201 {"id":"x","properties":{"systemId":"/regions/europe/providers/P/enterprisePolicies/1"}}`)
	var subnet arm.PolicySubnet
	subnet.ID, subnet.Subnet.Name = policyVNet, "s"
	p, err := c.PutPolicy(t.Context(), arm.PolicyID(policyGroup, "a b"), arm.Policy{
		ID: "kept out", Name: "kept out", Kind: arm.NetworkInjection, Location: "europe",
		Properties: arm.PolicyProperties{NetworkInjection: &arm.PolicyNetworkInjection{VirtualNetworks: []arm.PolicySubnet{subnet}}},
	})
	if err != nil || p.Properties.SystemID == "" {
		t.Error(p, err)
	}
	want := "PUT " + policyGroup + "/providers/Microsoft.PowerPlatform/enterprisePolicies/a b?api-version=2020-10-30-preview " +
		`{"location":"europe","kind":"NetworkInjection","tags":{},"properties":{"networkInjection":{"virtualNetworks":[{"id":"` + policyVNet + `","subnet":{"name":"s"}}]}}}`
	if s.asked[0] != want {
		t.Errorf("got  %s\nwant %s", s.asked[0], want)
	}
}

// Both names of the identity are in use.
func TestPrincipalHasTwoNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`: "",
		`{"identity":{"type":"SystemAssigned","principalId":"p"}}`:                       "p",
		`{"identity":{"type":"SystemAssigned","systemAssignedIdentityPrincipalId":"s"}}`: "s",
		`{"identity":{"principalId":"p","systemAssignedIdentityPrincipalId":"s"}}`:       "p",
	} {
		var p arm.Policy
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Principal() != want {
			t.Errorf("%s: %q, %v", text, p.Principal(), err)
		}
	}
}

func TestSubnetIDsOfAPolicy(t *testing.T) {
	t.Parallel()
	var p arm.Policy
	if err := json.Unmarshal([]byte(`{"properties":{"networkInjection":{"virtualNetworks":[{"id":"/v","subnet":{"name":"a"}},{"id":"/w","subnet":{"name":"b"}}]}}}`), &p); err != nil {
		t.Fatal(err)
	}
	if got := p.SubnetIDs(); !slices.Equal(got, []string{"/v/subnets/a", "/w/subnets/b"}) {
		t.Error(got)
	}
	if got := (arm.Policy{}).SubnetIDs(); len(got) != 0 {
		t.Error(got)
	}
}

func TestDeletePolicyLeavesARefusalToTheCaller(t *testing.T) {
	t.Parallel()
	c, s := script(t, `400 {"error":{"code":"EnterprisePolicyDeleteNotAllowed","message":"m"}}`)
	if err := c.DeletePolicy(t.Context(), arm.Policy{ID: policyGroup + "/p"}); !rest.HasCode(err, "EnterprisePolicyDeleteNotAllowed") || len(s.asked) != 1 {
		t.Error(err, s.asked)
	}
}

// To register twice is to register once, so a lost answer is asked for again.
func TestRegistrationsAreAskedForAgain(t *testing.T) {
	t.Parallel()
	const subscription = "00000000-0000-4000-8000-00000000cccc"
	c, s := script(t, "502 ", `200 {"registrationState":"Registering"}`)
	p, err := c.RegisterProvider(t.Context(), subscription, arm.PowerPlatform)
	if err != nil || p.RegistrationState != "Registering" || len(s.asked) != 2 {
		t.Error(p, err, s.asked)
	}
	c, s = script(t, "502 ", `200 {"properties":{"state":"Pending"}}`)
	f, err := c.RegisterFeature(t.Context(), subscription, arm.PowerPlatform, arm.PreviewFeature)
	if err != nil || f.Properties.State != "Pending" || len(s.asked) != 2 {
		t.Error(f, err, s.asked)
	}
	if want := "POST /subscriptions/" + subscription + "/providers/Microsoft.Features/providers/Microsoft.PowerPlatform/features/enterprisePoliciesPreview/register?api-version=2021-07-01"; s.asked[0] != want {
		t.Errorf("got %s, want %s", s.asked[0], want)
	}
}

func TestKeyNamesItsVersion(t *testing.T) {
	t.Parallel()
	vault := policyGroup + "/providers/Microsoft.KeyVault/vaults/kv"
	for version, path := range map[string]string{"": "/keys/k", "v1": "/keys/k/versions/v1"} {
		c, s := script(t, `200 {"properties":{"kty":"RSA","keySize":2048}}`)
		k, err := c.Key(t.Context(), vault, "k", version)
		if err != nil || k.Properties.KeySize != 2048 || s.asked[0] != "GET "+vault+path+"?api-version=2023-07-01" {
			t.Error(k, err, s.asked)
		}
	}
}

// A role grants what one of its patterns names and none of its exceptions takes back.
func TestRoleDefinition_Grants(t *testing.T) {
	t.Parallel()
	const wrap, unwrap = "Microsoft.KeyVault/vaults/keys/wrap/action", "Microsoft.KeyVault/vaults/keys/unwrap/action"
	for name, c := range map[string]struct {
		permissions string
		want        bool
	}{
		"nothing":          {`[]`, false},
		"everything":       {`[{"dataActions":["*"]}]`, true},
		"each":             {`[{"dataActions":["microsoft.keyvault/vaults/keys/wrap/action","Microsoft.KeyVault/vaults/keys/unwrap/ACTION"]}]`, true},
		"one of two":       {`[{"dataActions":["Microsoft.KeyVault/vaults/keys/wrap/action"]}]`, false},
		"in two parts":     {`[{"dataActions":["*/keys/wrap/action"]},{"dataActions":["*/keys/unwrap/action"]}]`, true},
		"in the middle":    {`[{"dataActions":["Microsoft.KeyVault/*/keys/*/action"]}]`, true},
		"a prefix only":    {`[{"dataActions":["Microsoft.KeyVault/vaults/keys"]}]`, false},
		"another end":      {`[{"dataActions":["Microsoft.KeyVault/*/read"]}]`, false},
		"another start":    {`[{"dataActions":["KeyVault/vaults/*"]}]`, false},
		"taken back":       {`[{"dataActions":["*"],"notDataActions":["*/unwrap/*"]}]`, false},
		"taken back there": {`[{"dataActions":["*"],"notDataActions":["*/sign/*"]}]`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r arm.RoleDefinition
			if err := json.Unmarshal([]byte(`{"properties":{"permissions":`+c.permissions+`}}`), &r); err != nil {
				t.Fatal(err)
			}
			if got := r.Grants(wrap, unwrap); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

package enterprisepolicy

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	mockarm "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	keyGroup  = "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/rg-powerplatform"
	keyVault  = keyGroup + "/providers/Microsoft.KeyVault/vaults/kv-contoso"
	principal = "cccccccc-0000-4000-8000-00000000000c"

	encryptionUser = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
	cryptoOfficer  = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
	reader         = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
)

// signedIn is the credential of the application of a tenant.
type signedIn struct{ *mock.Tenant }

func (s signedIn) GetToken(_ context.Context, o azpolicy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := s.Token(mock.DefaultClientID, strings.TrimSuffix(o.Scopes[0], ".default"))
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, err
}

// clientOf connects to a tenant of its own with the landscape.
func clientOf(t *testing.T, p *mock.Platform) (*api.Client, *mock.Tenant) {
	t.Helper()
	id := uuid.NewString()
	if err := p.Seed(mock.Seed{Tenants: []mock.TenantSeed{{ID: id, Items: mock.Landscape()}}}); err != nil {
		t.Fatal(err)
	}
	public, err := cloud.Lookup("public")
	if err != nil {
		t.Fatal(err)
	}
	tenant := p.Tenant(id)
	c := api.New(public, rest.Options{Credential: signedIn{tenant}, Transport: p}, arm.Settings{})
	c.Caller = func(context.Context) (api.Caller, error) { return api.Caller{TenantID: id}, nil }
	return c, tenant
}

// assign gives the identity a role at a scope.
func assign(t *mock.Tenant, scope, role string) {
	id := scope + "/providers/Microsoft.Authorization/roleAssignments/" + uuid.NewString()
	t.Collection(mockarm.RoleAssignments).Put(id, mock.Doc{"id": id, "properties": mock.Doc{
		"principalId": principal, "scope": scope, "roleDefinitionId": "/subscriptions/" + mock.LandscapeSubscriptionID + "/providers/Microsoft.Authorization/roleDefinitions/" + role,
	}})
}

func vaultProperties(t *mock.Tenant, f func(p mock.Doc)) {
	d, _ := t.Collection(mockarm.KeyVaults).Peek(keyVault)
	f(d["properties"].(mock.Doc))
	t.Collection(mockarm.KeyVaults).Put(keyVault, d)
}

func keyProperties(t *mock.Tenant, f func(p mock.Doc)) {
	d, _ := t.Collection(mockarm.Keys).Peek(keyVault + "/keys/cmk")
	f(d["properties"].(mock.Doc))
	t.Collection(mockarm.Keys).Put(keyVault+"/keys/cmk", d)
}

func policyOfKey(principal string) arm.Policy {
	p := arm.Policy{Name: "cmk", Kind: arm.Encryption, Identity: &arm.PolicyIdentity{PrincipalID: principal}}
	key{KeyVaultID: folded(keyVault), KeyName: folded("cmk")}.expand(&p)
	return p
}

// Every prerequisite of encryption is told apart, with the command that meets it.
func TestKeyProblems(t *testing.T) {
	t.Parallel()
	platform := mock.New()
	may := func(t *mock.Tenant) { assign(t, keyVault, encryptionUser) }
	access := func(permissions ...any) func(t *mock.Tenant) {
		return func(t *mock.Tenant) {
			vaultProperties(t, func(p mock.Doc) {
				p["enableRbacAuthorization"] = false
				p["accessPolicies"] = []any{
					mock.Doc{"objectId": "dddddddd-0000-4000-8000-00000000000d", "permissions": mock.Doc{"keys": []any{"all"}}},
					mock.Doc{"objectId": strings.ToUpper(principal), "permissions": mock.Doc{"keys": permissions}},
				}
			})
		}
	}
	attribute := func(name string, value any) func(t *mock.Tenant) {
		return func(t *mock.Tenant) {
			keyProperties(t, func(p mock.Doc) { p["attributes"].(mock.Doc)[name] = value })
		}
	}
	for name, c := range map[string]struct {
		change  []func(t *mock.Tenant)
		missing string // "": none
		unknown string
	}{
		"all is well":               {change: []func(*mock.Tenant){may}},
		"the role on the group":     {change: []func(*mock.Tenant){func(t *mock.Tenant) { assign(t, keyGroup, cryptoOfficer) }}},
		"the role on the key alone": {change: []func(*mock.Tenant){func(t *mock.Tenant) { assign(t, keyVault+"/keys/cmk", encryptionUser) }}},
		"the role on another key": {
			change:  []func(*mock.Tenant){func(t *mock.Tenant) { assign(t, keyVault+"/keys/cmk2", encryptionUser) }},
			missing: `az role assignment create --role "Key Vault Crypto Service Encryption User" --assignee-object-id ` + principal + " --assignee-principal-type ServicePrincipal --scope " + keyVault,
		},
		"no role":      {missing: "may not use the keys of the vault kv-contoso"},
		"another role": {change: []func(*mock.Tenant){func(t *mock.Tenant) { assign(t, keyVault, reader) }}, missing: "may not use the keys"},
		"access policies": {
			change: []func(*mock.Tenant){access("Get", "wrapkey", "unwrapKey", "list")},
		},
		"all permissions": {change: []func(*mock.Tenant){access("all")}},
		"half an access policy": {
			change:  []func(*mock.Tenant){access("get", "list")},
			missing: "lacks wrapKey, unwrapKey on keys: az keyvault set-policy --name kv-contoso --object-id " + principal + " --key-permissions get wrapKey unwrapKey",
		},
		"no purge protection": {
			change:  []func(*mock.Tenant){may, func(t *mock.Tenant) { vaultProperties(t, func(p mock.Doc) { delete(p, "enablePurgeProtection") }) }},
			missing: "has no purge protection, which cannot be turned off again: az keyvault update --name kv-contoso --enable-purge-protection true",
		},
		"no soft delete": {
			change:  []func(*mock.Tenant){may, func(t *mock.Tenant) { vaultProperties(t, func(p mock.Doc) { p["enableSoftDelete"] = false }) }},
			missing: "az keyvault update --name kv-contoso --enable-soft-delete true",
		},
		"another tenant": {
			change:  []func(*mock.Tenant){may, func(t *mock.Tenant) { vaultProperties(t, func(p mock.Doc) { p["tenantId"] = principal }) }},
			missing: "belongs to the tenant " + principal,
		},
		"a short key": {
			change:  []func(*mock.Tenant){may, func(t *mock.Tenant) { keyProperties(t, func(p mock.Doc) { p["keySize"] = float64(1024) }) }},
			missing: "is of type RSA with 1024 bits",
		},
		"an elliptic curve": {
			change:  []func(*mock.Tenant){may, func(t *mock.Tenant) { keyProperties(t, func(p mock.Doc) { p["kty"] = "EC"; delete(p, "keySize") }) }},
			missing: "is of type EC with 0 bits; it must be RSA or RSA-HSM with at least 2048",
		},
		"a disabled key":     {change: []func(*mock.Tenant){may, attribute("enabled", false)}, missing: "az keyvault key set-attributes --vault-name kv-contoso --name cmk --enabled true"},
		"an expired key":     {change: []func(*mock.Tenant){may, attribute("exp", 1577836800)}, missing: "expired at 2020-01-01T00:00:00Z"},
		"a key of tomorrow":  {change: []func(*mock.Tenant){may, attribute("nbf", time.Now().Add(48*time.Hour).Unix())}, missing: "cannot be used before"},
		"a key not expired":  {change: []func(*mock.Tenant){may, attribute("exp", time.Now().Add(48*time.Hour).Unix())}},
		"no such key":        {change: []func(*mock.Tenant){may, func(t *mock.Tenant) { t.Collection(mockarm.Keys).Delete(keyVault + "/keys/cmk") }}, missing: `the key "cmk" of the vault kv-contoso is not there`},
		"no such vault":      {change: []func(*mock.Tenant){may, func(t *mock.Tenant) { t.Collection(mockarm.KeyVaults).Delete(keyVault) }}, missing: "is not there"},
		"no right to look":   {change: []func(*mock.Tenant){may, func(t *mock.Tenant) { t.SetSwitch(mockarm.SwitchAccess, "none") }}, unknown: "cannot be read: GET https://management.azure.com" + strings.ToLower(keyVault[:14])},
		"two things at once": {change: []func(*mock.Tenant){attribute("enabled", false)}, missing: "may not use the keys"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, tenant := clientOf(t, platform)
			for _, change := range c.change {
				change(tenant)
			}
			missing, unknown := keyProblems(t.Context(), client, policyOfKey(principal))
			for what, pair := range map[string][2]string{"missing": {strings.Join(missing, "\n"), c.missing}, "unknown": {strings.Join(unknown, "\n"), c.unknown}} {
				if !strings.Contains(pair[0], pair[1]) || (pair[0] == "") != (pair[1] == "") {
					t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
				}
			}
		})
	}

	t.Run("an identity that does not show", func(t *testing.T) {
		t.Parallel()
		client, _ := clientOf(t, platform)
		missing, unknown := keyProblems(t.Context(), client, policyOfKey(""))
		if len(missing) != 0 || len(unknown) != 1 {
			t.Error(missing, unknown)
		}
	})

	t.Run("a policy without a key", func(t *testing.T) {
		t.Parallel()
		client, _ := clientOf(t, platform)
		if missing, _ := keyProblems(t.Context(), client, arm.Policy{Name: "x"}); len(missing) != 1 {
			t.Error(missing)
		}
	})
}

// A custom role counts by what it allows.
func TestKeyProblems_customRole(t *testing.T) {
	t.Parallel()
	const custom = "eeeeeeee-0000-4000-8000-00000000000e"
	platform := mock.New()
	for name, granted := range map[string][]any{"enough": {"Microsoft.KeyVault/vaults/keys/*"}, "too little": {"Microsoft.KeyVault/vaults/keys/read"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, tenant := clientOf(t, platform)
			assign(tenant, keyGroup, custom)
			platform.Inject(mock.Fault{Tenant: tenant.ID, Operation: "arm.roledefinitions.get", Status: 200, Body: mock.Doc{"properties": mock.Doc{
				"roleName": "Encrypter", "permissions": []any{mock.Doc{"dataActions": granted}},
			}}})
			missing, unknown := keyProblems(t.Context(), client, policyOfKey(principal))
			if len(unknown) > 0 || (len(missing) == 0) != (name == "enough") {
				t.Error(missing, unknown)
			}
		})
	}
}

func folded(s string) customtype.Folded { return customtype.FoldedValue(s) }

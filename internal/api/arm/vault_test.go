package arm

import (
	"context"
	"slices"
	"strings"
	"testing"
)

const vaultA = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"

func TestTheFirewallOfAVaultIsRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		properties       string
		public, filtered bool
		endpoints        []string
	}{
		"nothing said":  {`{}`, true, false, nil},
		"open":          {`{"publicNetworkAccess":"Enabled","networkAcls":{"defaultAction":"Allow"}}`, true, false, nil},
		"filtered":      {`{"publicNetworkAccess":"enabled","networkAcls":{"defaultAction":"deny","bypass":"None","ipRules":[{"value":"203.0.113.0/24"}],"virtualNetworkRules":[{"id":"/s"}]}}`, true, true, nil},
		"closed":        {`{"publicNetworkAccess":"Disabled"}`, false, false, nil},
		"with endpoint": {`{"privateEndpointConnections":[{"properties":{"privateEndpoint":{"id":"/a"},"privateLinkServiceConnectionState":{"status":"Approved"}}},{"properties":{"privateEndpoint":{"id":"/b"},"privateLinkServiceConnectionState":{"status":"Pending"}}}]}`, true, false, []string{"/a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			against(t, []answer{ok(`{"id":"x","properties":` + c.properties + `}`)}, func(ctx context.Context, client *Client, _ *script) {
				v, err := client.Vault(ctx, vaultA)
				if err != nil || v.Public() != c.public || v.Filtered() != c.filtered || !slices.Equal(v.PrivateEndpoints(), c.endpoints) {
					t.Errorf("%+v %v", v, err)
				}
				if name == "filtered" && (v.Properties.NetworkACLs.IPRules[0].Value != "203.0.113.0/24" || v.Properties.NetworkACLs.VirtualNetworkRules[0].ID != "/s") {
					t.Errorf("%+v", v.Properties.NetworkACLs)
				}
			})
		})
	}
}

func TestAVaultSaysWhereItsSecretsAre(t *testing.T) {
	t.Parallel()
	body := `{"id":"x","properties":{"vaultUri":"https://kv.vault.azure.net/","accessPolicies":[{"objectId":"o","permissions":{"secrets":["get"]}}]}}`
	secret := `{"id":"s","name":"s","properties":{"secretUri":"https://kv.vault.azure.net/secrets/s","attributes":{"enabled":false,"exp":5}}}`
	against(t, []answer{ok(body), ok(secret)}, func(ctx context.Context, c *Client, a *script) {
		v, err := c.Vault(ctx, vaultA)
		if err != nil || v.Properties.VaultURI != "https://kv.vault.azure.net/" || v.Properties.AccessPolicies[0].Permissions.Secrets[0] != "get" {
			t.Errorf("%+v %v", v, err)
		}
		s, err := c.Secret(ctx, vaultA+"/secrets/s")
		if err != nil || *s.Properties.Attributes.Enabled || s.Properties.Attributes.Exp != 5 || s.Properties.SecretURI == "" {
			t.Errorf("%+v %v", s, err)
		}
		if !strings.HasSuffix(a.Seen[1].Line, "GET "+vaultA+"/secrets/s") {
			t.Error(a.Seen[1].Line)
		}
	})
}

// Command signin signs in to the platform in the way that its argument names and counts the environments that it sees. It
// is an ordinary program: it finds a proxy and certificates where every Go program does, and knows nothing of any mock.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

const environments = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments?api-version=2023-06-01"

func main() {
	n, err := run(context.Background(), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "signin:", err)
		os.Exit(1)
	}
	fmt.Printf("%d environments\n", n)
}

func run(ctx context.Context, args []string) (int, error) {
	if len(args) != 1 {
		return 0, errors.New("say how: secret, certificate, file, github or identity")
	}
	credential, err := credentialOf(args[0])
	if err != nil {
		return 0, err
	}
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://service.powerapps.com/.default"}})
	if err != nil {
		return 0, err
	}
	var list struct{ Value []struct{ Name string } }
	err = get(ctx, environments, token.Token, &list)
	return len(list.Value), err
}

// credentialOf makes a credential of what stands in the environment.
func credentialOf(kind string) (azcore.TokenCredential, error) {
	tenant, client := os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID")
	switch kind {
	case "secret":
		return azidentity.NewClientSecretCredential(tenant, client, os.Getenv("AZURE_CLIENT_SECRET"), nil)
	case "certificate":
		raw, err := os.ReadFile(os.Getenv("AZURE_CLIENT_CERTIFICATE_PATH"))
		if err != nil {
			return nil, err
		}
		certificates, key, err := azidentity.ParseCertificates(raw, nil)
		if err != nil {
			return nil, err
		}
		return azidentity.NewClientCertificateCredential(tenant, client, certificates, key, nil)
	case "file":
		return azidentity.NewWorkloadIdentityCredential(nil)
	case "github":
		return azidentity.NewClientAssertionCredential(tenant, client, gitHub, nil)
	case "identity":
		return azidentity.NewManagedIdentityCredential(nil)
	}
	return nil, fmt.Errorf("%q is no way to sign in", kind)
}

// gitHub asks GitHub Actions for the identity of the job:
// https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-cloud-providers
func gitHub(ctx context.Context) (string, error) {
	address := os.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL") + "&audience=" + url.QueryEscape("api://AzureADTokenExchange")
	var answer struct{ Value string }
	err := get(ctx, address, os.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"), &answer)
	return answer.Value, err
}

func get(ctx context.Context, address, token string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := new(http.Client).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", req.URL.Host, res.Status, raw)
	}
	return json.Unmarshal(raw, into)
}

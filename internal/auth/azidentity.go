package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azcloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
)

// toolTimeout bounds one run of a command line tool, which may hang where a person would be asked something.
const toolTimeout = time.Minute

// New returns the credential of settings that Resolve returned. Every request goes through the transporter, to the
// authority of the cloud; the command line tools alone make their own. New makes no request. Its errors are of type
// *Problem where an argument, such as a certificate, is to blame.
func New(s Settings, c cloud.Cloud, t policy.Transporter) (*Credential, error) {
	if t == nil {
		return nil, errors.New("signing in needs a transporter")
	}
	options := policy.ClientOptions{
		Cloud:     azcloud.Configuration{ActiveDirectoryAuthorityHost: "https://" + c.Authority + "/"},
		Transport: t,
	}
	x := explainer{
		method: s.Method, authority: c.Authority, tenant: s.TenantID.Text(), secrets: s.secrets(),
		assertion: func() string { return "" },
	}
	var build func() (azcore.TokenCredential, error)
	switch s.Method {
	case ClientSecret:
		build = func() (azcore.TokenCredential, error) { return clientSecret(s, options) }
	case ClientCertificate:
		pair, err := s.certificate()
		if err != nil {
			return nil, err
		}
		build = func() (azcore.TokenCredential, error) { return pair.credential(s, options) }
	case OIDC, AzurePipelines:
		source := newAssertions(s, options)
		x.assertion = source.last
		build = func() (azcore.TokenCredential, error) { return clientAssertion(s, source, options) }
	case ManagedIdentity:
		build = func() (azcore.TokenCredential, error) { return managedIdentity(s, options) }
	case AzureCLI:
		build = func() (azcore.TokenCredential, error) { return azureCLI(s) }
	case AzureDeveloperCLI:
		build = func() (azcore.TokenCredential, error) { return azureDeveloperCLI(s) }
	default:
		return nil, fmt.Errorf("no method to sign in by: %q", s.Method)
	}
	credential := &Credential{
		build:   build,
		explain: x.explain,
		cae:     s.EnableContinuousAccessEvaluation.On(),
		tokens:  map[key]entry{},
	}
	if _, _, err := credential.current(); err != nil {
		return nil, fmt.Errorf("preparing to sign in by %s: %s", s.Method, x.redact(err.Error()))
	}
	return credential, nil
}

func (s Settings) allowedTenants() []string {
	ids := make([]string, len(s.AuxiliaryTenantIDs))
	for i, v := range s.AuxiliaryTenantIDs {
		ids[i] = v.Text()
	}
	return ids
}

// The authorities come from our own table, so there is nothing to discover about them; disconnected clouds could not
// reach the public endpoint for it anyway.
const skipDiscovery = true

func clientSecret(s Settings, o policy.ClientOptions) (azcore.TokenCredential, error) {
	return azidentity.NewClientSecretCredential(s.TenantID.Text(), s.ClientID.Text(), s.ClientSecret.Text(),
		&azidentity.ClientSecretCredentialOptions{
			ClientOptions: o, AdditionallyAllowedTenants: s.allowedTenants(), DisableInstanceDiscovery: skipDiscovery,
		})
}

func clientAssertion(s Settings, source *assertions, o policy.ClientOptions) (azcore.TokenCredential, error) {
	inner, err := azidentity.NewClientAssertionCredential(s.TenantID.Text(), s.ClientID.Text(), source.token,
		&azidentity.ClientAssertionCredentialOptions{
			ClientOptions: o, AdditionallyAllowedTenants: s.allowedTenants(), DisableInstanceDiscovery: skipDiscovery,
		})
	return exchanged{inner}, err
}

func managedIdentity(s Settings, o policy.ClientOptions) (azcore.TokenCredential, error) {
	// The metadata service may take a minute to know a new identity, but where there is none every try would hang.
	o.Retry = policy.RetryOptions{MaxRetries: 5, TryTimeout: 10 * time.Second}
	options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: o}
	if s.ClientID.IsSet() {
		options.ID = azidentity.ClientID(s.ClientID.Text())
	}
	inner, err := azidentity.NewManagedIdentityCredential(options)
	return uncached{inner}, err
}

// uncached keeps the library from answering out of its cache, which is one for the whole process and would hand out
// a refused token again. It does so whenever claims are asked for; these ask for nothing.
type uncached struct{ azcore.TokenCredential }

// GetToken asks the endpoint.
func (u uncached) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if o.Claims == "" {
		o.Claims = "{}"
	}
	return u.TokenCredential.GetToken(ctx, o)
}

func azureCLI(s Settings) (azcore.TokenCredential, error) {
	inner, err := azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{
		TenantID: s.TenantID.Text(), AdditionallyAllowedTenants: s.allowedTenants(),
	})
	return bounded{inner}, err
}

func azureDeveloperCLI(s Settings) (azcore.TokenCredential, error) {
	inner, err := azidentity.NewAzureDeveloperCLICredential(&azidentity.AzureDeveloperCLICredentialOptions{
		TenantID: s.TenantID.Text(), AdditionallyAllowedTenants: s.allowedTenants(),
	})
	return bounded{inner}, err
}

// bounded gives each run of a command line tool its own time limit.
type bounded struct{ azcore.TokenCredential }

// GetToken runs the tool.
func (b bounded) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	return b.TokenCredential.GetToken(ctx, o)
}

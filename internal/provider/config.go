package provider

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/auth"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// defaultPartnerID attributes the use of the platform to Terraform. It is the one that
// microsoft/terraform-provider-power-platform sends.
const defaultPartnerID = "222c6c49-1b0a-5959-a213-6608f9eb8820"

// The environment variables of the arguments that are not about signing in; auth knows the others.
var (
	cloudVariables            = []string{"POWER_PLATFORM_CLOUD"}
	certificateVariables      = []string{"POWER_PLATFORM_CA_CERTIFICATE_FILE"}
	telemetryVariables        = []string{"POWER_PLATFORM_TELEMETRY_OPTOUT"}
	partnerVariables          = []string{"POWER_PLATFORM_PARTNER_ID", "ARM_PARTNER_ID"}
	subscriptionVariables     = []string{"POWER_PLATFORM_SUBSCRIPTION_ID", "ARM_SUBSCRIPTION_ID"}
	disablePartnerIDVariables = []string{"POWER_PLATFORM_DISABLE_TERRAFORM_PARTNER_ID", "ARM_DISABLE_TERRAFORM_PARTNER_ID"}
)

// config is the provider block.
type config struct {
	Cloud                            types.String `tfsdk:"cloud"`
	TenantID                         types.String `tfsdk:"tenant_id"`
	AuxiliaryTenantIDs               types.List   `tfsdk:"auxiliary_tenant_ids"`
	SubscriptionID                   types.String `tfsdk:"subscription_id"`
	ClientID                         types.String `tfsdk:"client_id"`
	ClientSecret                     types.String `tfsdk:"client_secret"`
	ClientCertificate                types.String `tfsdk:"client_certificate"`
	ClientCertificateFilePath        types.String `tfsdk:"client_certificate_file_path"`
	ClientCertificatePassword        types.String `tfsdk:"client_certificate_password"`
	UseOIDC                          types.Bool   `tfsdk:"use_oidc"`
	OIDCRequestURL                   types.String `tfsdk:"oidc_request_url"`
	OIDCRequestToken                 types.String `tfsdk:"oidc_request_token"`
	OIDCToken                        types.String `tfsdk:"oidc_token"`
	OIDCTokenFilePath                types.String `tfsdk:"oidc_token_file_path"`
	AzDOServiceConnectionID          types.String `tfsdk:"azdo_service_connection_id"`
	UseMSI                           types.Bool   `tfsdk:"use_msi"`
	UseCLI                           types.Bool   `tfsdk:"use_cli"`
	UseDevCLI                        types.Bool   `tfsdk:"use_dev_cli"`
	EnableContinuousAccessEvaluation types.Bool   `tfsdk:"enable_continuous_access_evaluation"`
	CACertificateFile                types.String `tfsdk:"ca_certificate_file"`
	TelemetryOptOut                  types.Bool   `tfsdk:"telemetry_optout"`
	PartnerID                        types.String `tfsdk:"partner_id"`
	DisableTerraformPartnerID        types.Bool   `tfsdk:"disable_terraform_partner_id"`
}

// unknown reports whether a value is not known yet, as in a plan that creates what the provider block refers to.
func (m config) unknown() bool {
	values := []attr.Value{
		m.Cloud, m.TenantID, m.AuxiliaryTenantIDs, m.ClientID, m.ClientSecret, m.ClientCertificate, m.ClientCertificateFilePath,
		m.ClientCertificatePassword, m.UseOIDC, m.OIDCRequestURL, m.OIDCRequestToken, m.OIDCToken, m.OIDCTokenFilePath,
		m.AzDOServiceConnectionID, m.UseMSI, m.UseCLI, m.UseDevCLI, m.EnableContinuousAccessEvaluation, m.CACertificateFile,
		m.TelemetryOptOut, m.PartnerID, m.DisableTerraformPartnerID, m.SubscriptionID,
	}
	return slices.ContainsFunc(slices.Concat(values, m.AuxiliaryTenantIDs.Elements()), attr.Value.IsUnknown)
}

// connection is what the provider block means once the environment has completed it.
type connection struct {
	Cloud   cloud.Cloud
	Auth    auth.Settings
	Network rest.Network
	Azure   arm.Settings
	// PartnerID goes into the user agent; empty means none.
	PartnerID string
	// TelemetryOptOut keeps the user agent and correlation headers out of the requests.
	TelemetryOptOut bool
}

// resolve completes a known provider block with the environment. It reads no file and makes no request. Every diagnostic
// names the argument to blame.
func (m config) resolve(getenv func(string) string) (connection, diag.Diagnostics) {
	var c connection
	var diags diag.Diagnostics
	env := auth.Environment(getenv)

	name := env.Value("cloud", m.Cloud.ValueString(), cloudVariables...)
	c.Cloud = collect(&diags, func() (cloud.Cloud, error) {
		if !name.IsSet() {
			return cloud.Lookup(cloud.Public)
		}
		found, err := cloud.Lookup(name.Text())
		if err != nil {
			err = &auth.Problem{
				Attribute: "cloud", Summary: "Unknown cloud",
				Detail: fmt.Sprintf("The %s is %q. Expected one of %s.", name.Source(), name.Text(), strings.Join(cloud.Names(), ", ")),
			}
		}
		return found, err
	})
	c.Auth = collect(&diags, func() (auth.Settings, error) { return auth.Resolve(m.given(), getenv) })
	c.Network = rest.Network{
		CACertificateFile: env.Value("ca_certificate_file", m.CACertificateFile.ValueString(), certificateVariables...).Text(),
		MockHost:          getenv(auth.MockHostVariable),
	}
	c.TelemetryOptOut = collect(&diags, func() (auth.Switch, error) {
		return env.Switch("telemetry_optout", m.TelemetryOptOut.ValueBoolPointer(), telemetryVariables...)
	}).On()
	noDefault := collect(&diags, func() (auth.Switch, error) {
		return env.Switch("disable_terraform_partner_id", m.DisableTerraformPartnerID.ValueBoolPointer(), disablePartnerIDVariables...)
	})
	subscription := env.Value("subscription_id", m.SubscriptionID.ValueString(), subscriptionVariables...)
	if subscription.IsSet() && !isUUID(subscription.Text()) {
		diags.AddAttributeError(path.Root("subscription_id"), "Invalid UUID",
			fmt.Sprintf("The %s is %q. Expected a UUID such as 00000000-0000-4000-8000-00000000cccc.", subscription.Source(), subscription.Text()))
	}
	c.Azure = arm.Settings{SubscriptionID: subscription.Text()}
	for _, id := range c.Auth.AuxiliaryTenantIDs {
		c.Azure.AuxiliaryTenantIDs = append(c.Azure.AuxiliaryTenantIDs, id.Text())
	}
	partner := env.Value("partner_id", m.PartnerID.ValueString(), partnerVariables...)
	switch {
	case partner.IsSet() && !isUUID(partner.Text()):
		diags.AddAttributeError(path.Root("partner_id"), "Invalid UUID",
			fmt.Sprintf("The %s is %q. Expected a UUID such as %s.", partner.Source(), partner.Text(), defaultPartnerID))
	case partner.IsSet():
		c.PartnerID = partner.Text()
	case !noDefault.On():
		c.PartnerID = defaultPartnerID
	}
	return c, diags
}

func (m config) given() auth.Given {
	var tenants []string
	for _, v := range m.AuxiliaryTenantIDs.Elements() {
		if text, ok := v.(types.String); ok {
			tenants = append(tenants, text.ValueString())
		}
	}
	return auth.Given{
		UseCLI:                           m.UseCLI.ValueBoolPointer(),
		UseDevCLI:                        m.UseDevCLI.ValueBoolPointer(),
		UseOIDC:                          m.UseOIDC.ValueBoolPointer(),
		UseMSI:                           m.UseMSI.ValueBoolPointer(),
		TenantID:                         m.TenantID.ValueString(),
		AuxiliaryTenantIDs:               tenants,
		ClientID:                         m.ClientID.ValueString(),
		ClientSecret:                     m.ClientSecret.ValueString(),
		ClientCertificate:                m.ClientCertificate.ValueString(),
		ClientCertificateFilePath:        m.ClientCertificateFilePath.ValueString(),
		ClientCertificatePassword:        m.ClientCertificatePassword.ValueString(),
		OIDCRequestToken:                 m.OIDCRequestToken.ValueString(),
		OIDCRequestURL:                   m.OIDCRequestURL.ValueString(),
		OIDCToken:                        m.OIDCToken.ValueString(),
		OIDCTokenFilePath:                m.OIDCTokenFilePath.ValueString(),
		AzDOServiceConnectionID:          m.AzDOServiceConnectionID.ValueString(),
		EnableContinuousAccessEvaluation: m.EnableContinuousAccessEvaluation.ValueBoolPointer(),
	}
}

// open prepares the transporter and the credential without a request. A transporter that is given takes the place of the
// network, so that tests need no socket.
func (c connection) open(given policy.Transporter) (policy.Transporter, *auth.Credential, diag.Diagnostics) {
	var diags diag.Diagnostics
	transport := given
	if transport == nil {
		var err error
		if transport, err = c.Network.Transport(); err != nil {
			if e, ok := errors.AsType[*rest.CertificateError](err); ok {
				diags.AddAttributeError(path.Root("ca_certificate_file"), "Unusable CA certificate", field.Sentence(e.Error()))
			} else {
				diags.AddError("Refused mock host", fmt.Sprintf("The environment variable %s: %s", auth.MockHostVariable, field.Sentence(err.Error())))
			}
			return nil, nil, diags
		}
	}
	credential := collect(&diags, func() (*auth.Credential, error) { return auth.New(c.Auth, c.Cloud, transport) })
	return transport, credential, diags
}

// userAgent is the value of the header of that name, empty after an opt-out of telemetry. Like other providers it takes
// an addition from TF_APPEND_USER_AGENT.
func (c connection) userAgent(version, terraformVersion string, getenv func(string) string) string {
	if c.TelemetryOptOut {
		return ""
	}
	parts := []string{
		"terraform-provider-powerplatform/" + version,
		fmt.Sprintf("(%s; %s)", runtime.GOOS, runtime.GOARCH),
		"terraform/" + terraformVersion,
		"go/" + strings.TrimPrefix(runtime.Version(), "go"),
	}
	if c.PartnerID != "" {
		parts = append(parts, "pid-"+c.PartnerID)
	}
	if more := strings.Join(strings.Fields(getenv("TF_APPEND_USER_AGENT")), " "); more != "" {
		parts = append(parts, more)
	}
	return strings.Join(parts, " ")
}

// collect adds an error to the diagnostics, at the argument that it blames.
func collect[T any](diags *diag.Diagnostics, f func() (T, error)) T {
	v, err := f()
	if err == nil {
		return v
	}
	if p, ok := errors.AsType[*auth.Problem](err); ok && p.Attribute != "" {
		diags.AddAttributeError(path.Root(p.Attribute), p.Summary, p.Detail)
	} else if ok {
		diags.AddError(p.Summary, p.Detail)
	} else {
		diags.AddError("Unable to sign in", field.Sentence(err.Error()))
	}
	return v
}

func isUUID(text string) bool { return len(text) == 36 && uuid.Validate(text) == nil }

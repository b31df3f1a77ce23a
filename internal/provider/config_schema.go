package provider

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/auth"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
)

// uuidOrEmpty lets an empty text pass, which counts as not set.
var uuidOrEmpty = stringvalidator.RegexMatches(
	regexp.MustCompile(`^$|^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`), "must be a UUID",
)

// configSchema is the schema of the provider block. Every argument is optional and may come from the environment.
func configSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Declares Microsoft Power Platform: tenants, environments and the governance around them.\n\n" +
			"The provider signs in by the first of these that is configured completely: client secret, client certificate, OIDC, " +
			"Azure Pipelines. `use_oidc`, `use_msi`, `use_cli` or `use_dev_cli` chooses a way explicitly, and whatever the provider " +
			"block says wins over the environment. An empty text counts as not set.",
		Attributes: map[string]schema.Attribute{
			"cloud": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Cloud that the tenant lives in: `" + strings.Join(cloud.Names(), "`, `") + "`. Default `" +
					cloud.Public + "`." + fromEnvironment(cloudVariables),
				Validators: []validator.String{stringvalidator.OneOf(append(cloud.Names(), "")...)},
			},
			"tenant_id": textArgument("Tenant (directory) ID. The command line tools use their own default where it is not set.", "tenant_id", uuidOrEmpty),
			"auxiliary_tenant_ids": schema.ListAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "Further tenants that tokens may be requested for. Azure Resource Manager gets a token of each of them too. In the environment, a list separated by commas or " +
					"semicolons." + fromEnvironment(auth.Variables("auxiliary_tenant_ids")),
				Validators: []validator.List{listvalidator.ValueStringsAre(uuidOrEmpty)},
			},
			"subscription_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Azure subscription of what needs one and names none. IDs of Azure resources bring their own." +
					fromEnvironment(subscriptionVariables),
				Validators: []validator.String{uuidOrEmpty},
			},
			"client_id":     textArgument("Client (application) ID of the service principal, or of a user-assigned managed identity.", "client_id", uuidOrEmpty),
			"client_secret": secretArgument("Client secret: its value, not its ID.", "client_secret"),
			"client_certificate": secretArgument("Client certificate with its private key, PKCS#12 or PEM, encoded as base64.",
				"client_certificate"),
			"client_certificate_file_path": textArgument("Path of a file with the client certificate and its private key, PKCS#12 or PEM.",
				"client_certificate_file_path"),
			"client_certificate_password": secretArgument("Password of the client certificate. It may be empty.", "client_certificate_password"),
			"use_oidc": switchArgument("Sign in with a federated (OIDC) token. `false` keeps tokens that lie in the environment from being used.",
				"use_oidc"),
			"oidc_request_url": textArgument("URL to request a federated token from, for each sign-in afresh. A GitHub workflow with the permission "+
				"`id-token: write` sets it in the environment, and so does Azure Pipelines as `SYSTEM_OIDCREQUESTURI`.", "oidc_request_url"),
			"oidc_request_token": secretArgument("Token that authorizes the request to `oidc_request_url`. Azure Pipelines has it as "+
				"`SYSTEM_ACCESSTOKEN`, mapped from `$(System.AccessToken)`.", "oidc_request_token"),
			"oidc_token": secretArgument("Federated token. It is valid for minutes only; `oidc_token_file_path` or `oidc_request_url` lasts longer.",
				"oidc_token"),
			"oidc_token_file_path": textArgument("Path of a file with a federated token, read again for each sign-in, as of a Kubernetes workload "+
				"identity.", "oidc_token_file_path"),
			"azdo_service_connection_id": textArgument("ID of the Azure Pipelines service connection to sign in with, which must use workload identity "+
				"federation.", "azdo_service_connection_id", uuidOrEmpty),
			"use_msi":     switchArgument("Sign in with the managed identity of the machine: the one of `client_id`, else the system-assigned one.", "use_msi"),
			"use_cli":     switchArgument("Sign in as the user of the Azure CLI (`az login`).", "use_cli"),
			"use_dev_cli": switchArgument("Sign in as the user of the Azure Developer CLI (`azd auth login`).", "use_dev_cli"),
			"enable_continuous_access_evaluation": switchArgument("Ask for tokens that can be revoked before they expire (continuous access evaluation). "+
				"Default `false`.", "enable_continuous_access_evaluation"),
			"ca_certificate_file": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Path of a PEM file with certificates to trust besides those of the system, for networks that inspect TLS. " +
					"Proxies are taken from `HTTPS_PROXY` and `NO_PROXY`." + fromEnvironment(certificateVariables),
			},
			"telemetry_optout": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Keep the user agent and correlation headers, which tell Microsoft about the use of the provider, out of the " +
					"requests. Default `false`." + fromEnvironment(telemetryVariables),
			},
			"partner_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Partner ID (UUID) to attribute the use of the platform to, see " +
					"[customer usage attribution](https://learn.microsoft.com/partner-center/marketplace-offers/azure-partner-customer-usage-attribution). " +
					"Default: one that stands for Terraform." + fromEnvironment(partnerVariables),
				Validators: []validator.String{uuidOrEmpty},
			},
			"disable_terraform_partner_id": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Send no partner ID where `partner_id` is not set. Default `false`." + fromEnvironment(disablePartnerIDVariables),
			},
		},
	}
}

func textArgument(description, attribute string, validators ...validator.String) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: description + fromEnvironment(auth.Variables(attribute)),
		Validators:          validators,
	}
}

func secretArgument(description, attribute string) schema.StringAttribute {
	a := textArgument(description, attribute)
	a.Sensitive = true
	return a
}

func switchArgument(description, attribute string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: description + fromEnvironment(auth.Variables(attribute))}
}

// fromEnvironment names the environment variables of an argument at the end of its description.
func fromEnvironment(variables []string) string {
	return fmt.Sprintf(" From the environment: `%s`.", strings.Join(variables, "`, `"))
}

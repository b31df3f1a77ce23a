// Package auth signs the provider in to Microsoft Entra ID: it finds the credentials in the configuration and the
// environment, chooses the method and keeps the tokens.
package auth

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// variables names, per provider argument, the environment variables that stand in for it, in order of preference.
var variables = map[string][]string{
	"use_cli":                             {"POWER_PLATFORM_USE_CLI", "ARM_USE_CLI"},
	"use_dev_cli":                         {"POWER_PLATFORM_USE_DEV_CLI"},
	"use_oidc":                            {"POWER_PLATFORM_USE_OIDC", "ARM_USE_OIDC"},
	"use_msi":                             {"POWER_PLATFORM_USE_MSI", "ARM_USE_MSI"},
	"tenant_id":                           {"POWER_PLATFORM_TENANT_ID", "ARM_TENANT_ID", "AZURE_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"},
	"auxiliary_tenant_ids":                {"POWER_PLATFORM_AUXILIARY_TENANT_IDS", "ARM_AUXILIARY_TENANT_IDS"},
	"client_id":                           {"POWER_PLATFORM_CLIENT_ID", "ARM_CLIENT_ID", "AZURE_CLIENT_ID", "AZURESUBSCRIPTION_CLIENT_ID"},
	"client_secret":                       {"POWER_PLATFORM_CLIENT_SECRET", "ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET"},
	"client_certificate":                  {"POWER_PLATFORM_CLIENT_CERTIFICATE", "ARM_CLIENT_CERTIFICATE"},
	"client_certificate_file_path":        {"POWER_PLATFORM_CLIENT_CERTIFICATE_FILE_PATH", "ARM_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"},
	"client_certificate_password":         {"POWER_PLATFORM_CLIENT_CERTIFICATE_PASSWORD", "ARM_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD"},
	"oidc_request_token":                  {"POWER_PLATFORM_OIDC_REQUEST_TOKEN", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"},
	"oidc_request_url":                    {"POWER_PLATFORM_OIDC_REQUEST_URL", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL"},
	"oidc_token":                          {"POWER_PLATFORM_OIDC_TOKEN", "ARM_OIDC_TOKEN"},
	"oidc_token_file_path":                {"POWER_PLATFORM_OIDC_TOKEN_FILE_PATH", "ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"},
	"azdo_service_connection_id":          {"POWER_PLATFORM_AZDO_SERVICE_CONNECTION_ID", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"},
	"enable_continuous_access_evaluation": {"POWER_PLATFORM_ENABLE_CAE"},
}

// The variables that Azure Pipelines sets for every job. They count only for that method.
const (
	pipelineURLVariable   = "SYSTEM_OIDCREQUESTURI"
	pipelineTokenVariable = "SYSTEM_ACCESSTOKEN"
)

// Variables lists the environment variables that stand in for a provider argument, in order of preference.
func Variables(attribute string) []string { return slices.Clone(variables[attribute]) }

// Attributes lists the provider arguments that this package knows, sorted.
func Attributes() []string { return slices.Sorted(maps.Keys(variables)) }

// Given holds the arguments of the provider block. An empty text or a nil switch means that the block does not set it.
type Given struct {
	UseCLI, UseDevCLI, UseOIDC, UseMSI *bool
	TenantID                           string
	AuxiliaryTenantIDs                 []string
	ClientID                           string
	ClientSecret                       string
	ClientCertificate                  string
	ClientCertificateFilePath          string
	ClientCertificatePassword          string
	OIDCRequestToken                   string
	OIDCRequestURL                     string
	OIDCToken                          string
	OIDCTokenFilePath                  string
	AzDOServiceConnectionID            string
	EnableContinuousAccessEvaluation   *bool
}

// Settings holds every argument for signing in, each with its source, and the method that was chosen.
type Settings struct {
	// Method is how to sign in; Resolve never returns Settings without one.
	Method Method

	UseCLI, UseDevCLI, UseOIDC, UseMSI Switch
	TenantID                           Value
	AuxiliaryTenantIDs                 []Value
	ClientID                           Value
	ClientSecret                       Value
	ClientCertificate                  Value
	ClientCertificateFilePath          Value
	ClientCertificatePassword          Value
	OIDCRequestToken                   Value
	OIDCRequestURL                     Value
	OIDCToken                          Value
	OIDCTokenFilePath                  Value
	AzDOServiceConnectionID            Value
	EnableContinuousAccessEvaluation   Switch

	pipelineURL, pipelineToken Value
}

// Resolve completes the provider block with the environment and chooses the method. The block wins over the environment,
// value by value. Every error is a *Problem. Nothing is read but getenv: no file and no network.
//
// Where POWER_PLATFORM_MOCK_HOST is set and no way to sign in is configured, the credentials of Mock are used.
func Resolve(given Given, getenv func(string) string) (Settings, error) {
	s, err := read(given, Environment(getenv))
	if err != nil {
		return Settings{}, err
	}
	if s.Method, err = s.choose(); err != nil {
		return Settings{}, err
	}
	if s.Method == "" && getenv(MockHostVariable) != "" && !s.hasCredentials() {
		s = s.withMock()
	}
	if s.Method == "" {
		return Settings{}, s.nothingFound()
	}
	if err := s.complete(); err != nil {
		return Settings{}, err
	}
	return s, s.validate()
}

func read(g Given, env Environment) (Settings, error) {
	value := func(attribute, given string) Value { return env.Value(attribute, given, variables[attribute]...) }
	s := Settings{
		TenantID:                  value("tenant_id", g.TenantID),
		ClientID:                  value("client_id", g.ClientID),
		ClientSecret:              value("client_secret", g.ClientSecret),
		ClientCertificate:         value("client_certificate", g.ClientCertificate),
		ClientCertificateFilePath: value("client_certificate_file_path", g.ClientCertificateFilePath),
		ClientCertificatePassword: value("client_certificate_password", g.ClientCertificatePassword),
		OIDCRequestToken:          value("oidc_request_token", g.OIDCRequestToken),
		OIDCRequestURL:            value("oidc_request_url", g.OIDCRequestURL),
		OIDCToken:                 value("oidc_token", g.OIDCToken),
		OIDCTokenFilePath:         value("oidc_token_file_path", g.OIDCTokenFilePath),
		AzDOServiceConnectionID:   value("azdo_service_connection_id", g.AzDOServiceConnectionID),
	}
	s.pipelineURL, s.pipelineToken = s.OIDCRequestURL, s.OIDCRequestToken
	if !s.pipelineURL.explicit && env(pipelineURLVariable) != "" {
		s.pipelineURL = env.Value("oidc_request_url", "", pipelineURLVariable)
	}
	if !s.pipelineToken.explicit && env(pipelineTokenVariable) != "" {
		s.pipelineToken = env.Value("oidc_request_token", "", pipelineTokenVariable)
	}
	for _, id := range g.AuxiliaryTenantIDs {
		s.AuxiliaryTenantIDs = append(s.AuxiliaryTenantIDs, Attribute("auxiliary_tenant_ids", id))
	}
	if len(g.AuxiliaryTenantIDs) == 0 {
		list := value("auxiliary_tenant_ids", "")
		for id := range strings.FieldsFuncSeq(list.Text(), func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
			s.AuxiliaryTenantIDs = append(s.AuxiliaryTenantIDs, Value{attribute: list.attribute, source: list.source, text: &id})
		}
	}
	for _, sw := range []struct {
		to        *Switch
		attribute string
		given     *bool
	}{
		{&s.UseCLI, "use_cli", g.UseCLI},
		{&s.UseDevCLI, "use_dev_cli", g.UseDevCLI},
		{&s.UseOIDC, "use_oidc", g.UseOIDC},
		{&s.UseMSI, "use_msi", g.UseMSI},
		{&s.EnableContinuousAccessEvaluation, "enable_continuous_access_evaluation", g.EnableContinuousAccessEvaluation},
	} {
		var err error
		if *sw.to, err = env.Switch(sw.attribute, sw.given, variables[sw.attribute]...); err != nil {
			return Settings{}, err
		}
	}
	return s, nil
}

// values lists the values that can be part of a way to sign in, in the order of the messages.
func (s Settings) values() []Value {
	all := []Value{
		s.TenantID, s.ClientID, s.ClientSecret, s.ClientCertificate, s.ClientCertificateFilePath, s.ClientCertificatePassword,
		s.OIDCRequestURL, s.OIDCRequestToken, s.OIDCToken, s.OIDCTokenFilePath, s.AzDOServiceConnectionID,
	}
	if s.pipelineURL != s.OIDCRequestURL {
		all = append(all, s.pipelineURL)
	}
	if s.pipelineToken != s.OIDCRequestToken {
		all = append(all, s.pipelineToken)
	}
	return all
}

// secrets lists the texts that must never be shown.
func (s Settings) secrets() []string {
	var texts []string
	for _, v := range []Value{
		s.ClientSecret, s.ClientCertificate, s.ClientCertificatePassword, s.OIDCRequestToken, s.OIDCToken, s.pipelineToken,
	} {
		if v.IsSet() {
			texts = append(texts, v.Text())
		}
	}
	return texts
}

// validate checks the form of the values that the chosen method uses.
func (s Settings) validate() error {
	ids := append([]Value{s.TenantID}, s.AuxiliaryTenantIDs...)
	if s.Method != AzureCLI && s.Method != AzureDeveloperCLI {
		ids = append(ids, s.ClientID)
	}
	if s.Method == AzurePipelines {
		ids = append(ids, s.AzDOServiceConnectionID)
	}
	for _, v := range ids {
		if !v.IsSet() {
			continue
		}
		if len(v.Text()) != 36 || uuid.Validate(v.Text()) != nil {
			return &Problem{
				Attribute: v.attribute,
				Summary:   "Invalid UUID",
				Detail: fmt.Sprintf("The %s is %q. Expected a UUID such as 00000000-0000-4000-8000-00000000aaaa.",
					v.source, v.Text()),
			}
		}
	}
	address := s.OIDCRequestURL
	switch {
	case s.Method == AzurePipelines:
		address = s.pipelineURL
	case s.Method != OIDC || s.assertionSource() != s.OIDCRequestURL:
		return nil
	}
	if u, err := url.Parse(address.Text()); err != nil || u.Scheme != "https" || u.Host == "" {
		return &Problem{
			Attribute: "oidc_request_url",
			Summary:   "Invalid URL",
			Detail:    fmt.Sprintf("The %s is no https URL, and a token is sent only over https.", address.source),
		}
	}
	return nil
}

package auth

import (
	"fmt"
	"slices"
	"strings"
)

// Method is a way to sign in; its text is for messages.
type Method string

// The methods, in the order in which they are documented and tried.
const (
	ClientSecret      Method = "client secret"
	ClientCertificate Method = "client certificate"
	OIDC              Method = "OIDC"
	AzurePipelines    Method = "Azure Pipelines"
	ManagedIdentity   Method = "managed identity"
	AzureCLI          Method = "Azure CLI"
	AzureDeveloperCLI Method = "Azure Developer CLI"
)

// inferred lists the methods that values alone, without a switch, can choose.
var inferred = []Method{ClientSecret, ClientCertificate, OIDC, AzurePipelines}

// choose returns the method, or none when nothing chooses one. What the provider block says counts before what the
// environment says, and within each a switch counts before values: a switch is meant, a value may merely lie there.
func (s Settings) choose() (Method, error) {
	if m, err := s.switched(true); m != "" || err != nil {
		return m, err
	}
	for _, m := range inferred {
		for _, v := range s.marks(m) {
			if v.explicit {
				return m, nil
			}
		}
	}
	if m, err := s.switched(false); m != "" || err != nil {
		return m, err
	}
	for _, m := range inferred {
		if anySet(s.marks(m)) && len(s.missing(m)) == 0 {
			return m, nil
		}
	}
	return "", nil
}

// switched returns the method of the one use_* switch that is on, in the provider block or in the environment.
func (s Settings) switched(explicit bool) (Method, error) {
	var found Switch
	var method Method
	for _, c := range []struct {
		Switch
		method Method
	}{
		{s.UseOIDC, s.federated()},
		{s.UseMSI, ManagedIdentity},
		{s.UseCLI, AzureCLI},
		{s.UseDevCLI, AzureDeveloperCLI},
	} {
		if !c.On() || c.explicit != explicit {
			continue
		}
		if method != "" {
			return "", &Problem{
				Attribute: c.attribute,
				Summary:   "More than one way to sign in",
				Detail: fmt.Sprintf("The %s asks for %s and the %s asks for %s. Leave only one of them true.",
					found.source, method, c.source, c.method),
			}
		}
		found, method = c.Switch, c.method
	}
	return method, nil
}

// federated tells the two ways to exchange a federated token apart: a service connection means Azure Pipelines, unless
// it merely lies in the environment while the provider block names a token.
func (s Settings) federated() Method {
	id := s.AzDOServiceConnectionID
	if !id.IsSet() || !id.explicit && (s.OIDCToken.explicit || s.OIDCTokenFilePath.explicit) {
		return OIDC
	}
	return AzurePipelines
}

// marks lists the values that only the method uses.
func (s Settings) marks(m Method) []Value {
	switch {
	case m == ClientSecret:
		return []Value{s.ClientSecret}
	case m == ClientCertificate:
		return []Value{s.ClientCertificate, s.ClientCertificateFilePath}
	case s.UseOIDC.Off() || m != s.federated():
		return nil
	case m == OIDC:
		return []Value{s.OIDCToken, s.OIDCTokenFilePath, s.OIDCRequestURL, s.OIDCRequestToken}
	case m == AzurePipelines:
		return []Value{s.AzDOServiceConnectionID}
	}
	return nil
}

// need is what a method lacks: one argument, or one of several alternatives in words.
type need struct {
	attributes []string
	words      string
}

func needOf(attribute string) need { return need{[]string{attribute}, attribute} }

func (s Settings) missing(m Method) []need {
	var needs []need
	require := func(values ...Value) {
		for _, v := range values {
			if !v.IsSet() {
				needs = append(needs, needOf(v.attribute))
			}
		}
	}
	switch m {
	case ManagedIdentity:
		return []need{{[]string{"use_msi"}, "use_msi = true"}}
	case AzureCLI:
		return []need{{[]string{"use_cli"}, "use_cli = true"}}
	case AzureDeveloperCLI:
		return []need{{[]string{"use_dev_cli"}, "use_dev_cli = true"}}
	default:
		require(s.TenantID, s.ClientID)
	}
	switch m {
	case ClientSecret:
		require(s.ClientSecret)
	case ClientCertificate:
		if !s.certificateSource().IsSet() {
			needs = append(needs, need{
				[]string{"client_certificate", "client_certificate_file_path"},
				"client_certificate or client_certificate_file_path",
			})
		}
	case OIDC:
		switch {
		case s.OIDCToken.IsSet() || s.OIDCTokenFilePath.IsSet():
		case s.OIDCRequestURL.IsSet() || s.OIDCRequestToken.IsSet():
			require(s.OIDCRequestURL, s.OIDCRequestToken)
		default:
			needs = append(needs, need{
				[]string{"oidc_token", "oidc_token_file_path", "oidc_request_url", "oidc_request_token"},
				"oidc_token or oidc_token_file_path or oidc_request_url with oidc_request_token " +
					"(a GitHub workflow has these where it has the permission id-token: write)",
			})
		}
	case AzurePipelines:
		require(s.AzDOServiceConnectionID, s.pipelineURL, s.pipelineToken)
	default:
	}
	return needs
}

// complete checks that the chosen method has all that it needs.
func (s Settings) complete() error {
	if slices.Contains([]Method{ManagedIdentity, AzureCLI, AzureDeveloperCLI}, s.Method) {
		return nil
	}
	needs := s.missing(s.Method)
	if len(needs) == 0 {
		return nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "The provider is to sign in by %s and lacks %s.\n", s.Method, join(needs))
	writeVariables(&text, s.Method, needs)
	s.writeFound(&text)
	return &Problem{
		Attribute: needs[0].attributes[0],
		Summary:   "Incomplete credentials",
		Detail:    strings.TrimSpace(text.String()),
	}
}

// nothingFound says for each method what it lacks. The method for which something was found already is the one to blame.
func (s Settings) nothingFound() error {
	blame := s.missing(ClientSecret)
	for _, m := range inferred {
		if anySet(s.marks(m)) {
			blame = s.missing(m)
			break
		}
	}
	var text strings.Builder
	text.WriteString("No complete way to sign in was found. Complete one of these:\n")
	var all []need
	for _, m := range slices.Concat(inferred, []Method{ManagedIdentity, AzureCLI, AzureDeveloperCLI}) {
		needs := s.missing(m)
		all = append(all, needs...)
		if len(needs) == 0 { // only where use_oidc = false holds a complete method back
			needs = []need{{nil, "use_oidc, which must not be false"}}
		}
		fmt.Fprintf(&text, "  - %s lacks %s\n", m, join(needs))
	}
	writeVariables(&text, AzurePipelines, all)
	s.writeFound(&text)
	problem := &Problem{Summary: "No credentials", Detail: strings.TrimSpace(text.String())}
	if len(blame) > 0 {
		problem.Attribute = blame[0].attributes[0]
	}
	return problem
}

// writeVariables names, once for each argument that is missing, the environment variables that can stand in for it.
func writeVariables(to *strings.Builder, m Method, needs []need) {
	to.WriteString("\nEach argument may also come from the environment:\n")
	written := map[string]bool{}
	for _, n := range needs {
		for _, attribute := range n.attributes {
			if written[attribute] {
				continue
			}
			written[attribute] = true
			names := Variables(attribute)
			if m == AzurePipelines && attribute == "oidc_request_url" {
				names = append(names, pipelineURLVariable)
			}
			if m == AzurePipelines && attribute == "oidc_request_token" {
				names = append(names, pipelineTokenVariable)
			}
			fmt.Fprintf(to, "  - %s: %s\n", attribute, strings.Join(names, ", "))
		}
	}
}

func (s Settings) writeFound(to *strings.Builder) {
	to.WriteString("\nFound:\n")
	var found []string
	for _, v := range slices.Concat(s.values(), s.AuxiliaryTenantIDs) {
		if v.IsSet() && !slices.Contains(found, v.String()) {
			found = append(found, v.String())
		}
	}
	for _, sw := range []Switch{s.UseOIDC, s.UseMSI, s.UseCLI, s.UseDevCLI, s.EnableContinuousAccessEvaluation} {
		if sw.known {
			found = append(found, fmt.Sprintf("%s = %t: set by %s", sw.attribute, sw.on, sw.source))
		}
	}
	if len(found) == 0 {
		found = []string{"nothing, neither in the provider block nor in the environment"}
	}
	for _, line := range found {
		fmt.Fprintf(to, "  - %s\n", line)
	}
}

func join(needs []need) string {
	texts := make([]string, len(needs))
	for i, n := range needs {
		texts[i] = n.words
	}
	return strings.Join(texts, ", ")
}

// hasCredentials tells whether anything but a tenant was configured.
func (s Settings) hasCredentials() bool {
	for _, v := range s.values() {
		if v.IsSet() && v.attribute != s.TenantID.attribute && v.source != "environment variable "+pipelineURLVariable &&
			v.source != "environment variable "+pipelineTokenVariable {
			return true
		}
	}
	return false
}

// certificateSource returns the certificate or the path of its file, whichever is closer to the user.
func (s Settings) certificateSource() Value {
	if s.ClientCertificate.IsSet() && (s.ClientCertificate.explicit || !s.ClientCertificateFilePath.explicit) {
		return s.ClientCertificate
	}
	return s.ClientCertificateFilePath
}

// assertionSource returns the token, the path of its file or the URL to ask for it, whichever is closest to the user.
func (s Settings) assertionSource() Value {
	sources := []Value{s.OIDCToken, s.OIDCTokenFilePath, s.OIDCRequestURL}
	for _, explicit := range []bool{true, false} {
		for _, v := range sources {
			if v.IsSet() && v.explicit == explicit && (v != s.OIDCRequestURL || s.OIDCRequestToken.IsSet()) {
				return v
			}
		}
	}
	return Value{}
}

func anySet(values []Value) bool {
	return slices.ContainsFunc(values, Value.IsSet)
}

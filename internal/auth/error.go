package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Error is why the authority, or a command line tool in its place, gave no token. It never holds a secret.
type Error struct {
	// Code is the code of the authority ("AADSTS7000215"), an OAuth error ("invalid_client") or an HTTP status
	// ("HTTP 502"), empty where nobody answered.
	Code string
	// Message is the first line of the description, without the code.
	Message string
	// CorrelationID identifies the request for the support of Microsoft, empty where nobody answered.
	CorrelationID string
	// Remedy says what to do, empty where the cause is not known.
	Remedy string

	cause error
}

// Error returns the code, the message, the correlation ID and the remedy in one line.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString("signing in: ")
	if e.Code != "" {
		text.WriteString(e.Code + ": ")
	}
	text.WriteString(e.Message)
	if e.CorrelationID != "" {
		text.WriteString(" (correlation ID " + e.CorrelationID + ")")
	}
	if e.Remedy != "" {
		text.WriteString(". " + e.Remedy)
	}
	return text.String()
}

// Unwrap returns the error of the context where the request was interrupted.
func (e *Error) Unwrap() error { return e.cause }

// NonRetriable marks the error for the pipelines of azcore: what can be retried was retried already.
func (e *Error) NonRetriable() {}

// remedies maps codes to what the user can do. See https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
var remedies = map[string]string{
	"AADSTS7000215": "Use the value of the client secret, not its ID, and check that it belongs to this client_id",
	"AADSTS7000222": "The client secret has expired: create a new one for the application",
	"AADSTS7000229": "The application has no service principal in this tenant: create it, for example with az ad sp create --id CLIENT_ID",
	"AADSTS7000112": "The application is disabled in this tenant: enable its service principal",
	"AADSTS700016":  "Check client_id and tenant_id: the application is not registered or not consented to in this tenant, or the tenant belongs to another cloud",
	"AADSTS700027":  "Upload the certificate to the application, and check that client_id names that application",
	"AADSTS90002":   "Check tenant_id, and that cloud names the cloud of this tenant",
	"AADSTS900023":  "Check tenant_id",
	"AADSTS900382":  "Check that cloud names the cloud of this tenant",
	"AADSTS500011":  "The service is not known in this tenant: check that cloud names the cloud of this tenant and that the tenant has Power Platform",
	"AADSTS70021":   "Make issuer, subject and audience of a federated credential of the application equal to those of the token",
	"AADSTS700211":  "Make the issuer of a federated credential of the application equal to that of the token",
	"AADSTS700212":  "Make the audience of a federated credential of the application equal to that of the token",
	"AADSTS700213":  "Make the subject of a federated credential of the application equal to that of the token",
	"AADSTS700024":  "The federated token has expired: give oidc_request_url with oidc_request_token, or oidc_token_file_path, so that a fresh one is used each time",
	"AADSTS50076":   "Sign in again with the command line tool, including the second factor",
	"AADSTS50079":   "Sign in again with the command line tool, including the second factor",
	"AADSTS50173":   "Sign in again with the command line tool",
	"AADSTS70043":   "Sign in again with the command line tool",
	"AADSTS700082":  "Sign in again with the command line tool",
	"AADSTS53003":   "A conditional access policy blocks this sign-in: sign in from an allowed place, or use a service principal",
	"AADSTS65001":   "An administrator has to consent to the application in this tenant",
}

var (
	aadsts      = regexp.MustCompile(`AADSTS\d+`)
	correlation = regexp.MustCompile(`(?i)correlation id:\s*([0-9a-f-]{36})`)
	trailer     = regexp.MustCompile(`(?i)\s*(trace id:|correlation id:|timestamp:).*$`)
	credName    = regexp.MustCompile(`^\w+Credential(\.GetToken\(\))?: `)
	guide       = regexp.MustCompile(`\.? *To troubleshoot, visit \S+$`)
)

// explainer turns the errors of azidentity into short ones.
type explainer struct {
	method    Method
	authority string
	tenant    string
	secrets   []string
	assertion func() string
}

func (x explainer) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := ctx.Err(); cause != nil {
		return &Error{Message: fmt.Sprintf("%s by %s gave no token in time: %v", x.place(), x.method, cause), cause: cause}
	}
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	e := x.read(err)
	e.Message = x.redact(e.Message)
	if strings.HasPrefix(e.Code, "AADSTS7002") || e.Code == "AADSTS70021" || e.Code == "AADSTS700024" {
		if about := x.assertion(); about != "" {
			e.Message = strings.TrimSuffix(e.Message, ".") + ". " + about
		}
	}
	if e.Remedy == "" {
		e.Remedy = remedies[e.Code]
	}
	return e
}

func (x explainer) place() string {
	switch x.method {
	case ManagedIdentity:
		return "the managed identity endpoint"
	case AzureCLI:
		return "az"
	case AzureDeveloperCLI:
		return "azd"
	default:
		return x.authority
	}
}

func (x explainer) redact(text string) string {
	for _, secret := range x.secrets {
		if len(secret) >= 4 { // a shorter one would tear words apart
			text = strings.ReplaceAll(text, secret, "(redacted)")
		}
	}
	return text
}

func (x explainer) read(err error) *Error {
	if failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); ok && failed.RawResponse != nil {
		return fromResponse(failed.RawResponse)
	}
	text := guide.ReplaceAllString(credName.ReplaceAllString(err.Error(), ""), "")
	lower := strings.ToLower(text)
	switch {
	case x.method == AzureCLI && strings.Contains(lower, "executable not found"):
		return &Error{Code: "AzureCLINotFound", Message: "the Azure CLI (az) is not installed or not on PATH", Remedy: "Install it, or choose another way to sign in than use_cli"}
	case x.method == AzureDeveloperCLI && strings.Contains(lower, "executable not found"):
		return &Error{Code: "AzureDeveloperCLINotFound", Message: "the Azure Developer CLI (azd) is not installed or not on PATH", Remedy: "Install it, or choose another way to sign in than use_dev_cli"}
	case x.method == AzureCLI && strings.Contains(lower, "az login") && !aadsts.MatchString(text):
		return &Error{Code: "AzureCLINotSignedIn", Message: "the Azure CLI (az) is not signed in", Remedy: "Run az login --allow-no-subscriptions" + flag(" --tenant ", x.tenant)}
	case x.method == AzureDeveloperCLI && (strings.Contains(lower, "azd auth login") || strings.Contains(lower, "not logged in")) && !aadsts.MatchString(text):
		return &Error{Code: "AzureDeveloperCLINotSignedIn", Message: "the Azure Developer CLI (azd) is not signed in", Remedy: "Run azd auth login" + flag(" --tenant-id ", x.tenant)}
	}
	e := described(text)
	if x.method == ManagedIdentity {
		e.Remedy = "Check that the machine has a managed identity, and that client_id names it if it is user-assigned"
	}
	return e
}

func flag(name, value string) string {
	if value == "" {
		return ""
	}
	return name + value
}

// fromResponse reads the answer of an authority. Anything but its JSON, such as the page of a proxy, is named by its status.
func fromResponse(resp *http.Response) *Error {
	status := &Error{
		Code:          fmt.Sprintf("HTTP %d", resp.StatusCode),
		Message:       strings.ToLower(http.StatusText(resp.StatusCode)),
		CorrelationID: resp.Header.Get("client-request-id"),
	}
	if resp.Request != nil {
		status.Message = strings.TrimSpace(status.Message + " from " + resp.Request.URL.Host)
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return status
	}
	var answer struct {
		Error         any    `json:"error"`
		Description   string `json:"error_description"`
		Message       string `json:"message"`
		CorrelationID string `json:"correlation_id"`
	}
	if json.Unmarshal(body, &answer) != nil || first(answer.Description, answer.Message) == "" {
		return status
	}
	e := described(first(answer.Description, answer.Message))
	if e.Code == "" {
		e.Code = status.Code
		if code, ok := answer.Error.(string); ok && code != "" {
			e.Code = code
		}
	}
	e.CorrelationID = first(answer.CorrelationID, e.CorrelationID, status.CorrelationID)
	return e
}

// described reads a description of the authority: "AADSTS7000215: Invalid client secret. Trace ID: … Correlation ID: …".
func described(text string) *Error {
	e := &Error{}
	if m := correlation.FindStringSubmatch(text); m != nil {
		e.CorrelationID = m[1]
	}
	text = strings.Join(strings.Fields(firstLine(text)), " ")
	text = trailer.ReplaceAllString(text, "")
	if e.Code = aadsts.FindString(text); e.Code != "" {
		_, text, _ = strings.Cut(text, e.Code)
		text = strings.TrimLeft(text, ": ")
	}
	e.Message = strings.TrimSuffix(strings.TrimPrefix(text, "ERROR: "), ".")
	return e
}

// firstLine returns the first line that says something; MSAL puts the cause of a network error on the second.
func firstLine(text string) string {
	const before = "server response error:"
	if i := strings.LastIndex(text, before); i >= 0 {
		text = text[i+len(before):]
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

package login

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

// What the workloads that the mock knows call themselves.
const (
	// GitHubIssuer is the issuer of the tokens of GitHub Actions.
	GitHubIssuer = "https://token.actions.githubusercontent.com"
	// GitHubRequestURL is an ACTIONS_ID_TOKEN_REQUEST_URL that the mock answers, as every path of that host does.
	GitHubRequestURL = "https://pipelines.actions.githubusercontent.com/mock/00000000-0000-0000-0000-000000000000/_apis/distributedtask/hubs/Actions/plans/mock/jobs/mock/idtoken?api-version=2.0"
	// GitHubSubject is the subject of the tokens of GitHub Actions. An ACTIONS_ID_TOKEN_REQUEST_TOKEN that begins with
	// "repo:" is taken for the subject instead.
	GitHubSubject = "repo:contoso/landing-zone:ref:refs/heads/main"
	// AzurePipelinesRequestURI is a SYSTEM_OIDCREQUESTURI that the mock answers; organisation and project may be others.
	AzurePipelinesRequestURI = "https://dev.azure.com/contoso/landing-zone/_apis/distributedtask/hubs/build/plans/mock/jobs/mock/oidctoken"
	// InstanceMetadataHost is the host of the managed identity endpoint of a virtual machine.
	InstanceMetadataHost = "169.254.169.254"
)

// assertionLifetime is how long an assertion is valid, on the wall clock.
const assertionLifetime = 10 * time.Minute

// GitHub is the federated identity credential for a subject of GitHub Actions ("repo:OWNER/NAME:ref:refs/heads/main").
func GitHub(subject string) server.Federation {
	return server.Federation{Issuer: GitHubIssuer, Subject: subject, Audience: ExchangeAudience}
}

// AzurePipelines is the federated identity credential for a service connection of Azure Pipelines. The mock names a
// connection by its ID, where the service names it by its name.
func AzurePipelines(organization, project, connectionID string) server.Federation {
	return server.Federation{
		Issuer:  "https://vstoken.dev.azure.com/" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(strings.ToLower(organization))).String(),
		Subject: "sc://" + organization + "/" + project + "/" + connectionID, Audience: ExchangeAudience,
	}
}

func registerWorkloads(p *server.Platform) {
	p.Open("*.actions.githubusercontent.com", http.MethodGet, "/{rest...}", "login.github", gitHub)
	const jobs = "/_apis/distributedtask/hubs/{hub}/plans/{plan}/jobs/{job}/oidctoken"
	p.Open("dev.azure.com", http.MethodPost, "/{organization}/{project}"+jobs, "login.pipelines", azurePipelines)
	p.Open("*.visualstudio.com", http.MethodPost, "/{project}"+jobs, "login.pipelines", azurePipelines)
	p.Open(InstanceMetadataHost, http.MethodGet, "/metadata/identity/oauth2/token", "login.imds", managedIdentity)
}

func bearer(c *server.Call) string {
	token, _ := strings.CutPrefix(c.Request.Header.Get("Authorization"), "Bearer ")
	return token
}

func assertion(f server.Federation) (string, error) {
	at := now()
	return identity.Sign(map[string]any{
		"iss": f.Issuer, "sub": f.Subject, "aud": f.Audience, "jti": uuid.NewString(),
		"iat": at.Unix(), "nbf": at.Add(-time.Minute).Unix(), "exp": at.Add(assertionLifetime).Unix(),
	})
}

// gitHub hands out the identity token of a job, see
// https://docs.github.com/actions/reference/security/oidc. Without an audience it is meant for the owner.
func gitHub(c *server.Call) server.Reply {
	token := bearer(c)
	if token == "" {
		return server.JSON(http.StatusUnauthorized, server.Doc{"message": "the request token is missing"})
	}
	f := GitHub(GitHubSubject)
	if strings.HasPrefix(token, "repo:") {
		f.Subject = token
	}
	owner, _, _ := strings.Cut(strings.TrimPrefix(f.Subject, "repo:"), "/")
	f.Audience = "https://github.com/" + owner
	if audience := c.Query.Get("audience"); audience != "" {
		f.Audience = audience
	}
	value, err := assertion(f)
	if err != nil {
		return server.Fail(http.StatusInternalServerError, "MockSigningKey", err.Error())
	}
	return server.JSON(http.StatusOK, server.Doc{"count": len(value), "value": value})
}

// azurePipelines hands out the token of a service connection, see
// https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create.
func azurePipelines(c *server.Call) server.Reply {
	connection := c.Query.Get("serviceConnectionId")
	switch {
	case bearer(c) == "":
		return server.JSON(http.StatusUnauthorized, server.Doc{"message": "TF400813: The user is not authorized to access this resource."})
	case connection == "":
		return server.JSON(http.StatusBadRequest, server.Doc{"message": "Value cannot be null. Parameter name: serviceConnectionId"})
	}
	organization := c.Params["organization"]
	if organization == "" {
		organization, _, _ = strings.Cut(c.Host, ".")
	}
	value, err := assertion(AzurePipelines(organization, c.Params["project"], connection))
	if err != nil {
		return server.Fail(http.StatusInternalServerError, "MockSigningKey", err.Error())
	}
	return server.JSON(http.StatusOK, server.Doc{"oidcToken": value})
}

// managedIdentity is the token endpoint that a virtual machine has, see
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token. The machine has the
// managed identities of all tenants; of several system-assigned ones the first answers.
func managedIdentity(c *server.Call) server.Reply {
	fail := func(message string) server.Reply {
		return server.JSON(http.StatusBadRequest, server.Doc{"error": "invalid_request", "error_description": message})
	}
	resource := c.Query.Get("resource")
	switch {
	case c.Request.Header.Get("Metadata") != "true":
		return fail("Required metadata header not specified")
	case resource == "":
		return fail("Required query variable 'resource' is missing")
	}
	if version := c.Query.Get("api-version"); version == "" {
		if reply, refused := c.Object("the query has no api-version", fail("Required query variable 'api-version' is missing")); refused {
			return reply
		}
	}
	t, app := identityOf(c)
	if t == nil {
		return fail("Identity not found")
	}
	c.Tenant = t
	known := false
	for _, a := range authorities {
		known = known || a.knows(resource)
	}
	if !known {
		return refuse(c, http.StatusBadRequest, "invalid_resource", 500011, "The resource principal named "+resource+" was not found in the tenant named "+t.ID+".")
	}
	token, err := t.Token(app.ClientID, resource)
	if err != nil {
		return server.Fail(http.StatusInternalServerError, "MockSigningKey", err.Error())
	}
	at, seconds := now(), int(lifetime(t)/time.Second)-1
	return server.JSON(http.StatusOK, server.Doc{
		"access_token": token, "client_id": app.ClientID, "resource": resource, "token_type": "Bearer",
		"expires_in": strconv.Itoa(seconds), "ext_expires_in": strconv.Itoa(seconds),
		"expires_on": strconv.FormatInt(at.Unix()+int64(seconds), 10), "not_before": strconv.FormatInt(at.Unix(), 10),
	})
}

// identityOf is the managed identity that a request asks for, with its tenant.
func identityOf(c *server.Call) (*server.Tenant, server.Application) {
	clientID, objectID := c.Query.Get("client_id"), c.Query.Get("object_id")
	for _, t := range c.Platform.Tenants() {
		for _, app := range t.Applications() {
			switch {
			case app.ManagedIdentity == "":
			case clientID != "" && strings.EqualFold(app.ClientID, clientID), objectID != "" && strings.EqualFold(app.ObjectID, objectID):
				return t, app
			case clientID == "" && objectID == "" && c.Query.Get("msi_res_id") == "" && c.Query.Get("mi_res_id") == "" && app.ManagedIdentity == "system":
				return t, app
			}
		}
	}
	return nil, server.Application{}
}

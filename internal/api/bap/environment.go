package bap

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Environment is an environment as it goes over the wire, in both directions: what is nil is not sent.
type Environment struct {
	Name        string                `json:"name,omitempty"`
	Location    string                `json:"location,omitempty"`
	MacroRegion string                `json:"macroRegion,omitempty"`
	Properties  EnvironmentProperties `json:"properties"`
}

// EnvironmentProperties are the properties that this provider reads or writes.
type EnvironmentProperties struct {
	DisplayName       *string `json:"displayName,omitempty"`
	Description       *string `json:"description,omitempty"`
	EnvironmentSKU    *string `json:"environmentSku,omitempty"` // Sandbox, Production, Trial, Developer, Default
	AzureRegion       *string `json:"azureRegion,omitempty"`
	TenantID          string  `json:"tenantId,omitempty"`
	CreatedTime       string  `json:"createdTime,omitempty"`       // RFC 3339
	ProvisioningState string  `json:"provisioningState,omitempty"` // Succeeded, LinkedDatabaseProvisioning, …
	DatabaseType      string  `json:"databaseType,omitempty"`      // CommonDataService

	CreatedBy              *Reference `json:"createdBy,omitempty"` // read only; a principal by its object ID
	BillingPolicy          *Reference `json:"billingPolicy,omitempty"`
	ParentEnvironmentGroup *Reference `json:"parentEnvironmentGroup,omitempty"`
	UpdateCadence          *Reference `json:"updateCadence,omitempty"` // Moderate, Frequent
	UsedBy                 *UsedBy    `json:"usedBy,omitempty"`
	Cluster                *Cluster   `json:"cluster,omitempty"`
	States                 *States    `json:"states,omitempty"`

	GovernanceConfiguration *Governance `json:"governanceConfiguration,omitempty"` // read only; see Govern

	BingChatEnabled *bool            `json:"bingChatEnabled,omitempty"`
	M365Enabled     *bool            `json:"m365Enabled,omitempty"`
	CopilotPolicies *CopilotPolicies `json:"copilotPolicies,omitempty"`

	LinkedEnvironmentMetadata *LinkedEnvironment `json:"linkedEnvironmentMetadata,omitempty"`
	LinkedAppMetadata         *LinkedApp         `json:"linkedAppMetadata,omitempty"`

	EnterprisePolicies *EnterprisePolicies `json:"enterprisePolicies,omitempty"` // read only; see Link, Unlink
	Enforcement        *Enforcement        `json:"lifecycleOperationsEnforcement,omitempty"`
}

// Reference points to another object, or names a value of a closed list.
type Reference struct {
	ID string `json:"id"`
}

// UsedBy is the owner of a Developer environment.
type UsedBy struct {
	ID       string `json:"id"`
	Type     string `json:"type"` // "1" when written, "User" when read
	TenantID string `json:"tenantId"`
}

// Cluster is the release ring and scale unit of an environment.
type Cluster struct {
	Category string `json:"category,omitempty"` // Prod, or the cloud's first release ring
}

// States are the lifecycle states of an environment.
type States struct {
	Management *Reference `json:"management,omitempty"` // Ready once no operation works on the environment
	Runtime    *Reference `json:"runtime,omitempty"`    // Enabled, AdminMode
}

// CopilotPolicies say where data for generative AI may go.
type CopilotPolicies struct {
	CrossGeo      *bool `json:"crossGeoCopilotDataMovementEnabled,omitempty"`
	CrossBoundary *bool `json:"crossBoundaryCopilotDataMovementEnabled,omitempty"`
}

// LinkedEnvironment is the Dataverse organisation of an environment.
type LinkedEnvironment struct {
	ResourceID                string   `json:"resourceId,omitempty"`
	UniqueName                string   `json:"uniqueName,omitempty"`
	DomainName                *string  `json:"domainName,omitempty"`
	Version                   string   `json:"version,omitempty"`
	InstanceURL               string   `json:"instanceUrl,omitempty"`
	BaseLanguage              *int64   `json:"baseLanguage,omitempty"` // locale ID
	SecurityGroupID           *string  `json:"securityGroupId,omitempty"`
	BackgroundOperationsState *string  `json:"backgroundOperationsState,omitempty"` // Enabled, Disabled
	Currency                  *Code    `json:"currency,omitempty"`                  // written only
	Templates                 []string `json:"templates,omitempty"`                 // written only
	TemplateMetadata          any      `json:"templateMetadata,omitempty"`          // written only
}

// Code is an ISO 4217 currency code.
type Code struct {
	Code string `json:"code"`
}

// LinkedApp is the application that an environment was created for.
type LinkedApp struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	URL  string `json:"url"`
}

const (
	environments = prefix + "/environments"
	admin        = prefix + "/scopes/admin/environments"
	expand       = "properties/billingPolicy,properties/copilotPolicies,properties.enterprisePolicies"
)

// Environment reads one environment.
func (c *Client) Environment(ctx context.Context, id string) (Environment, error) {
	e, err := rest.Get[Environment](ctx, c.rest, rest.Path(admin+"/", id), rest.Query("$expand", expand))
	if err == nil && !strings.EqualFold(e.Name, id) {
		return Environment{}, fmt.Errorf("asked for environment %s, the answer is about %q", id, e.Name)
	}
	return e, err
}

// Environments yields every environment that the caller may administer.
func (c *Client) Environments(ctx context.Context) iter.Seq2[Environment, error] {
	return rest.List[Environment](ctx, c.rest, admin, rest.Query("$expand", expand))
}

// ErrNothingVisible means that the caller sees no environment at all. Every tenant has a default environment, so it is
// the sign of a missing or lapsed role and never of an empty tenant.
var ErrNothingVisible = errors.New("no environment of the tenant is visible to the identity that the provider is signed in as")

// NoLonger fails unless the list of environments can be seen and does not show the one with the ID.
func (c *Client) NoLonger(ctx context.Context, id string) error {
	visible := false
	for e, err := range c.Environments(ctx) {
		switch {
		case err != nil:
			return err
		case strings.EqualFold(e.Name, id):
			return errors.New("the list of environments still shows it")
		}
		visible = true
	}
	if !visible {
		return ErrNothingVisible
	}
	return nil
}

// EnvironmentOrGone takes the second look after a 404 of something in an environment: it reads the environment. One that
// is gone for sure, from the list too, is zero, without an error.
func (c *Client) EnvironmentOrGone(ctx context.Context, id string) (Environment, error) {
	e, err := c.Environment(ctx, id)
	if rest.IsNotFound(err) {
		return Environment{}, c.NoLonger(ctx, id)
	}
	return e, err
}

// SeesEnvironments fails unless the caller sees at least one environment.
func (c *Client) SeesEnvironments(ctx context.Context) error {
	for _, err := range c.Environments(ctx) {
		return err
	}
	return ErrNothingVisible
}

// created is an answer to a create request: the environment itself, or the operation that makes it.
type created struct {
	Name  string `json:"name"`
	Links struct {
		Environment struct {
			Path string `json:"path"`
		} `json:"environment"`
	} `json:"links"`
}

func (a created) id() string {
	if a.Links.Environment.Path != "" {
		return path.Base(a.Links.Environment.Path)
	}
	return a.Name
}

// CreateEnvironment creates an environment and waits until the platform has finished. It calls found with the ID as
// soon as that is known, which is while the operation still runs.
func (c *Client) CreateEnvironment(ctx context.Context, e Environment, found func(id string)) error {
	see := func(a created) {
		if id := a.id(); id != "" {
			found(id)
		}
	}
	a, err := rest.Post[created](ctx, c.rest, environments, e, rest.Observe(see))
	if err != nil {
		return err
	}
	if a.id() == "" {
		return errors.New("the platform reports success but does not name the environment it created; look for it in the Power Platform admin center and import it")
	}
	found(a.id())
	return nil
}

// AddDataverse provisions a Dataverse organisation in an environment that has none, and waits for it.
func (c *Client) AddDataverse(ctx context.Context, id string, d LinkedEnvironment) error {
	_, err := rest.Post[rest.None](ctx, c.rest, rest.Path(environments+"/", id, "/provisionInstance"), d, rest.Version(version2021))
	return err
}

// UpdateEnvironment merges p into the properties of an environment and waits for the operation. It speaks 2021-04-01
// because newer versions turn the environment into a managed environment when the description changes.
func (c *Client) UpdateEnvironment(ctx context.Context, id string, p EnvironmentProperties) error {
	_, err := rest.Patch[rest.None](ctx, c.rest, rest.Path(admin+"/", id), Environment{Properties: p}, rest.Version(version2021))
	return err
}

// ChangeEnvironmentSKU turns an environment into one of another type, such as Sandbox into Production.
func (c *Client) ChangeEnvironmentSKU(ctx context.Context, id, sku string) error {
	_, err := rest.Post[rest.None](ctx, c.rest, rest.Path(admin+"/", id, "/modifySku"), map[string]string{"environmentSku": sku}, rest.Version(version2021))
	return err
}

// DeleteEnvironment deletes an environment and waits until it is gone.
func (c *Client) DeleteEnvironment(ctx context.Context, id string) error {
	return rest.Delete(ctx, c.rest, rest.Path(admin+"/", id), map[string]string{"code": "7", "message": "Deleted by Terraform"})
}

// ValidateDomain asks the platform whether a domain name can be used in a location.
func (c *Client) ValidateDomain(ctx context.Context, domain, location string) error {
	_, err := rest.Post[rest.None](ctx, c.rest, prefix+"/validateEnvironmentDetails",
		map[string]string{"domainName": domain, "environmentLocation": location}, rest.Version(version2021))
	return err
}

package powerapps

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Connector is a custom connector as the hub shows it.
type Connector struct {
	Name       string              `json:"name"` // runtime name, shared_…
	ID         string              `json:"id"`
	Properties ConnectorProperties `json:"properties"`
}

// ConnectorProperties are the members of a connector. Secrets are never among them. Addresses in storage are signed anew
// on every read.
type ConnectorProperties struct {
	DisplayName    string   `json:"displayName"`
	Description    string   `json:"description"`
	IsCustomAPI    bool     `json:"isCustomApi"`
	IconURI        string   `json:"iconUri"`
	IconBrandColor string   `json:"iconBrandColor"`
	Capabilities   []string `json:"capabilities"`
	Publisher      string   `json:"publisher"`
	Tier           string   `json:"tier"`

	BackendService struct {
		ServiceURL string `json:"serviceUrl"`
	} `json:"backendService"`

	ConnectionParameters    json.RawMessage `json:"connectionParameters"`
	ConnectionParameterSets json.RawMessage `json:"connectionParameterSets"`
	PolicyTemplateInstances json.RawMessage `json:"policyTemplateInstances"`

	ScriptDefinitionURL string   `json:"scriptDefinitionUrl"`
	ScriptOperations    []string `json:"scriptOperations"`

	PrimaryRuntimeURL string `json:"primaryRuntimeUrl"`
	XRMConnectorID    string `json:"xrmConnectorId"` // row in Dataverse of a solution-aware connector, else ""

	APIDefinitions struct {
		OriginalSwaggerURL string `json:"originalSwaggerUrl"`
	} `json:"apiDefinitions"`

	CreatedBy   Principal `json:"createdBy"`
	CreatedTime string    `json:"createdTime"` // RFC 3339
	ChangedTime string    `json:"changedTime"` // RFC 3339; stands still when the hub does not take a change over
	Environment struct {
		Name string `json:"name"`
	} `json:"environment"`
}

// RedirectURL is where identity providers send users back to: that of the first connection parameter by name that signs in,
// those of sets after the others; "" if none does.
func (p ConnectorProperties) RedirectURL() string {
	type parameters map[string]struct {
		OAuthSettings struct {
			RedirectURL string `json:"redirectUrl"`
		} `json:"oAuthSettings"`
	}
	var own parameters
	var sets struct {
		Values []struct {
			Parameters parameters `json:"parameters"`
		} `json:"values"`
	}
	_ = json.Unmarshal(p.ConnectionParameters, &own) // null, or nothing, is none
	_ = json.Unmarshal(p.ConnectionParameterSets, &sets)
	all := []parameters{own}
	for _, set := range sets.Values {
		all = append(all, set.Parameters)
	}
	for _, one := range all {
		for _, name := range slices.Sorted(maps.Keys(one)) {
			if url := one[name].OAuthSettings.RedirectURL; url != "" {
				return url
			}
		}
	}
	return ""
}

// ConnectorSettings is everything of a connector that can be set. An update replaces all of it: what is left out is reset,
// except for client secrets, which the hub keeps, and the icon.
type ConnectorSettings struct {
	DisplayName string `json:"displayName,omitempty"` // on creation only
	Description string `json:"description"`

	Definition     json.RawMessage `json:"openApiDefinition"` // Swagger 2.0
	BackendService BackendService  `json:"backendService"`

	IconURI        string `json:"iconUri,omitempty"` // address of an upload, or any on the web; "" keeps the icon
	IconBrandColor string `json:"iconBrandColor,omitempty"`

	ScriptDefinitionURL string   `json:"scriptDefinitionUrl"` // address of an upload, or the one that the hub shows; "" for no script
	ScriptOperations    []string `json:"scriptOperations"`    // none: all operations

	Capabilities            []string        `json:"capabilities"`
	ConnectionParameters    json.RawMessage `json:"connectionParameters"`
	ConnectionParameterSets json.RawMessage `json:"connectionParameterSets,omitempty"`
	PolicyTemplateInstances json.RawMessage `json:"policyTemplateInstances,omitempty"`
	Publisher               string          `json:"publisher,omitempty"`
}

// BackendService is where a connector sends its requests.
type BackendService struct {
	ServiceURL string `json:"serviceUrl"`
}

// body is the request of a create or an update.
type body struct {
	Properties struct {
		ConnectorSettings

		Environment struct {
			Name string `json:"name"`
		} `json:"environment"`
	} `json:"properties"`
}

func (s ConnectorSettings) body(environment string) body {
	var b body
	if s.Capabilities == nil {
		s.Capabilities = []string{}
	}
	if s.ScriptOperations == nil {
		s.ScriptOperations = []string{}
	}
	if len(s.ConnectionParameters) == 0 {
		s.ConnectionParameters = json.RawMessage("{}")
	}
	b.Properties.ConnectorSettings = s
	b.Properties.Environment.Name = environment
	return b
}

func connector(name string) string { return rest.Path(root+"/apis/", name) }

// Connector reads the connector of an environment with that runtime name.
func (c *Client) Connector(ctx context.Context, environment, name string) (Connector, error) {
	return rest.Get[Connector](ctx, c.rest, connector(name), in(environment))
}

// CustomConnectors yields the custom connectors of an environment that the caller may see, without their definitions.
func (c *Client) CustomConnectors(ctx context.Context, environment string) iter.Seq2[Connector, error] {
	return rest.List[Connector](ctx, c.rest, root+"/apis",
		rest.Query("$filter", "environment eq '"+strings.ReplaceAll(environment, "'", "''")+"' and IsCustomApi eq 'True'"))
}

// skew is how far the clock of the hub may be behind.
const skew = 5 * time.Minute

// LostConnectorError says that it is not known whether a connector was created: the answer was lost, and several connectors
// that were created since could be it.
type LostConnectorError struct {
	Names []string // their runtime names
	Err   error    // how the answer was lost
}

// Error names the connectors and the cause.
func (e *LostConnectorError) Error() string {
	return fmt.Sprintf("the answer was lost, and one of the connectors %s may be the new one: %v", strings.Join(e.Names, ", "), e.Err)
}

// Unwrap returns the cause.
func (e *LostConnectorError) Unwrap() error { return e.Err }

// CreateConnector makes a connector in an environment. Where the answer is lost, the new connector is found by its display
// name and its definition among those created since; the error is a *LostConnectorError if there are several.
func (c *Client) CreateConnector(ctx context.Context, environment string, s ConnectorSettings) (Connector, error) {
	ctx = rest.Begin(ctx)
	since := time.Now().Add(-skew)
	made, err := rest.Post[Connector](ctx, c.rest, root+"/apis", s.body(environment), in(environment))
	if err == nil && made.Name == "" {
		err = errors.New("the platform created a connector and does not tell its name")
		return c.lost(ctx, environment, s, since, err)
	}
	if e, ok := errors.AsType[*rest.Error](err); rest.IsAmbiguous(err) || ok && passing(e) {
		return c.lost(ctx, environment, s, since, err)
	}
	return made, err
}

// lost looks for a connector whose create was not answered; the cause is returned where there is none.
func (c *Client) lost(ctx context.Context, environment string, s ConnectorSettings, since time.Time, cause error) (Connector, error) {
	var found []string
	for other, err := range c.CustomConnectors(ctx, environment) {
		if err != nil {
			return Connector{}, errors.Join(cause, fmt.Errorf("looking whether the connector was created: %w", err))
		}
		p := other.Properties
		if created, err := time.Parse(time.RFC3339, p.CreatedTime); err != nil || created.Before(since) || p.DisplayName != s.DisplayName || p.XRMConnectorID != "" {
			continue
		}
		definition, err := c.OriginalDefinition(ctx, other)
		if err != nil {
			return Connector{}, errors.Join(cause, fmt.Errorf("looking whether the connector was created: %w", err))
		}
		if alike(definition, s.Definition) {
			found = append(found, other.Name)
		}
	}
	switch len(found) {
	case 0:
		return Connector{}, cause
	case 1:
		return c.Connector(ctx, environment, found[0])
	}
	return Connector{}, &LostConnectorError{Names: found, Err: cause}
}

// alike reports whether two documents mean the same.
func alike(a, b json.RawMessage) bool {
	var one, two any
	return json.Unmarshal(a, &one) == nil && json.Unmarshal(b, &two) == nil && reflect.DeepEqual(one, two)
}

// UpdateConnector replaces everything of a connector that can be set but its display name, which stays. What fails
// beneath the hub is tried again a few times.
func (c *Client) UpdateConnector(ctx context.Context, environment, name string, s ConnectorSettings) error {
	s.DisplayName = ""
	_, err := rest.Patch[rest.None](ctx, c.rest, connector(name), s.body(environment), in(environment), patience())
	return err
}

// DeleteConnector deletes a connector with all its connections.
func (c *Client) DeleteConnector(ctx context.Context, environment, name string) error {
	return rest.Delete(ctx, c.rest, connector(name), nil, in(environment), patience())
}

// OriginalDefinition reads the definition of a connector as its author wrote it; the one in its properties is rewritten.
// The connector must be fresh, because the address is good for about an hour. A connector without an address, as those
// that come with the platform are, is an error.
func (c *Client) OriginalDefinition(ctx context.Context, of Connector) (json.RawMessage, error) {
	at := of.Properties.APIDefinitions.OriginalSwaggerURL
	if at == "" {
		return nil, errors.New("the platform shows no definition of the connector " + of.Name)
	}
	store, err := c.store(at)
	if err != nil {
		return nil, err
	}
	raw, err := rest.Get[json.RawMessage](ctx, store, at)
	return bytes.TrimSpace(raw), err
}

// ValidateDefinition lets the hub check a definition, Swagger 2.0, and returns what is wrong with it, a line each. The
// object ID is the caller's own.
func (c *Client) ValidateDefinition(ctx context.Context, objectID string, definition json.RawMessage) ([]string, error) {
	text, err := rest.Post[string](ctx, c.rest, rest.Path(root+"/objectIds/", objectID, "/validateApiSwagger"), definition, again())
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, err
}

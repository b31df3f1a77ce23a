package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	// every is the pause between looks at the API hub where the platform names none.
	every = 5 * time.Second
	// suspicious is after how many looks without a change another connector may be in the way, and hopeless after how many
	// the hub is not asked any more.
	suspicious = 30
	hopeless   = 120
)

// conflictError is a connector that the API hub does not take over, without a word: observed where several connectors of an
// environment sign in on behalf of their users for one resource.
type conflictError struct{ others []string }

func (e *conflictError) Error() string {
	return "the API hub does not take the connector over, and the platform does not say why. Connectors of an environment cannot sign in on behalf of their users for the same resource, and " +
		strings.Join(e.others, " and ") + " does so already. Nothing has changed. Leave on_behalf_of_enabled to one of them, or let one call another resource"
}

// onBehalf are the resources for which the connector signs in on behalf of its users.
func (c *content) onBehalf() []string {
	var out []string
	note := func(a *authentication) {
		if a != nil && a.Entra != nil && a.Entra.OnBehalfOf.ValueBool() {
			out = append(out, normal(a.Entra.Resource.ValueString()))
		}
	}
	note(c.Authentication)
	for i := range c.Authentications {
		note(&c.Authentications[i].authentication)
	}
	return out
}

func normal(resource string) string { return strings.ToLower(strings.TrimRight(resource, "/")) }

// conflict looks for connectors that are in the way of this one, and returns nil if there are none.
func (m *custom) conflict(ctx context.Context, c *api.Client) error {
	wanted := m.onBehalf()
	if len(wanted) == 0 {
		return nil
	}
	var others []string
	for other, err := range c.PowerApps.CustomConnectors(ctx, m.environment()) {
		if err != nil {
			return err
		}
		if strings.EqualFold(other.Properties.XRMConnectorID, m.row()) || other.Name == m.InternalID.ValueString() && other.Name != "" {
			continue
		}
		if slices.ContainsFunc(onBehalfOf(other), func(resource string) bool { return slices.Contains(wanted, resource) }) {
			others = append(others, fmt.Sprintf("%q (%s)", other.Properties.DisplayName, other.Name))
		}
	}
	if len(others) == 0 {
		return nil
	}
	return &conflictError{others}
}

// onBehalfOf are the resources for which a connector of the hub signs in on behalf of its users.
func onBehalfOf(hub powerapps.Connector) []string {
	var seen content
	seen.authenticate(decoded(string(hub.Properties.ConnectionParameters)), decoded(string(hub.Properties.ConnectionParameterSets)), nothing)
	return seen.onBehalf()
}

// arrive waits until the API hub has taken over a connector that it does not have, and shows it. One that it does not take
// because of another one is a *conflictError.
func (m *custom) arrive(ctx context.Context, c *api.Client, o dataverse.Org) error {
	for looks := 1; ; looks++ {
		r, err := dataverse.Get[connectorRow](ctx, c.Dataverse, o, connectors, m.row(), dataverse.Query{Select: "connectorid,connectorinternalid"})
		if err != nil && !rest.IsNotFound(err) { // it may not show yet
			return err
		}
		if m.InternalID = field.OrNull(r.InternalID); r.InternalID != "" {
			break
		}
		if looks%suspicious == 0 {
			if err := m.conflict(ctx, c); err != nil {
				return err
			}
		}
		if err := rest.Wait(ctx, every); err != nil {
			return fmt.Errorf("it is not ready: %s: %w", customLacks(m), err)
		}
	}
	return rest.Until(ctx, every, func(ctx context.Context) (bool, error) {
		_, err := c.PowerApps.Connector(ctx, m.environment(), m.InternalID.ValueString())
		if rest.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

// follow waits until the API hub shows a change later than before. One that it does not take because of another connector
// is a *conflictError; another one is a warning, because it is not certain that every save shows.
func (m *custom) follow(ctx context.Context, c *api.Client, name, before string) error {
	for looks := 1; looks <= hopeless; looks++ {
		hub, err := c.PowerApps.Connector(ctx, m.environment(), name)
		if err != nil && !rest.IsNotFound(err) {
			return err
		}
		if hub.Properties.ChangedTime != before && err == nil {
			return nil
		}
		if looks%suspicious == 0 {
			if err := m.conflict(ctx, c); err != nil {
				return err
			}
		}
		if err := rest.Wait(ctx, every); err != nil {
			return err
		}
	}
	entity.Warn(ctx, "The API hub does not show that it has the change of "+m.DisplayName.ValueString(),
		"Dataverse has saved the connector, but in the API hub, which runs it, it is as changed on "+before+" as before. If it works in the old way, save it again with another value in save_triggers.")
	return nil
}

// secrets are the client secrets to send, by the name of their set: those without a version, and those whose version is
// not the one that is known to have been sent.
func (c *content) secrets(prior *content) map[string]string {
	sent := map[string]*client{}
	if prior != nil {
		sent = prior.clients()
	}
	out := map[string]string{}
	for name, mine := range c.clients() {
		secret, old := mine.literal(), sent[name]
		if secret == "" || old != nil && !mine.Version.IsNull() && mine.Version.Equal(old.Version) && old.Reference.IsNull() {
			continue
		}
		out[name] = secret
	}
	return out
}

// sendSecrets gives the API hub the client secrets, which Dataverse does not keep. The hub replaces a connector as a whole:
// it gets what it shows, with the secrets in it.
func (m *custom) sendSecrets(ctx context.Context, c *api.Client, prior *custom) error {
	var old *content
	name := m.InternalID
	if prior != nil {
		old = &prior.content
		if !field.Given(name) {
			name = prior.InternalID
		}
	}
	secrets := m.secrets(old)
	if len(secrets) == 0 {
		return nil
	}
	hub, err := c.PowerApps.Connector(ctx, m.environment(), name.ValueString())
	if err != nil {
		return err
	}
	definition, err := c.PowerApps.OriginalDefinition(ctx, hub)
	if err != nil {
		return err
	}
	p := hub.Properties
	s := powerapps.ConnectorSettings{
		Description: p.Description, Definition: definition, BackendService: powerapps.BackendService{ServiceURL: p.BackendService.ServiceURL}, IconBrandColor: p.IconBrandColor,
		ScriptDefinitionURL: p.ScriptDefinitionURL, ScriptOperations: p.ScriptOperations, Capabilities: p.Capabilities, Publisher: p.Publisher,
		ConnectionParameters: p.ConnectionParameters, ConnectionParameterSets: p.ConnectionParameterSets, PolicyTemplateInstances: p.PolicyTemplateInstances,
	}
	if err := withSecrets(&s, secrets); err != nil {
		return err
	}
	return c.PowerApps.UpdateConnector(ctx, m.environment(), hub.Name, s)
}

// withSecrets puts client secrets into what the hub is to get.
func withSecrets(s *powerapps.ConnectorSettings, secrets map[string]string) error {
	parameters, sets := decoded(string(s.ConnectionParameters)), decoded(string(s.ConnectionParameterSets))
	for name, secret := range secrets {
		of := any(parameters)
		if values, _ := lookup(sets, "values").([]any); len(values) > 0 {
			i := slices.IndexFunc(values, func(v any) bool { return name == textAt(v, "name") || name == "" && textAt(v, "name") == entraSet })
			if i < 0 {
				return fmt.Errorf("the API hub shows no connection parameter set %q", name)
			}
			of = lookup(values[i], "parameters")
		}
		settings, ok := lookup(of, token, "oAuthSettings").(object)
		if !ok {
			return fmt.Errorf("the API hub shows no connection parameter %q to give the client secret to", token)
		}
		for spelled := range settings {
			if strings.EqualFold(spelled, "clientSecret") {
				delete(settings, spelled)
			}
		}
		settings["clientSecret"] = secret
	}
	if parameters != nil {
		s.ConnectionParameters = json.RawMessage(encoded(parameters))
	}
	if sets != nil {
		s.ConnectionParameterSets = json.RawMessage(encoded(sets))
	}
	return nil
}

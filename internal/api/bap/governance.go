package bap

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// ProtectionStandard is the protection level of a managed environment, ProtectionBasic that of any other.
const (
	ProtectionStandard = "Standard"
	ProtectionBasic    = "Basic"
)

// Governance is the governance configuration of an environment.
type Governance struct {
	ProtectionLevel string              `json:"protectionLevel,omitempty"`
	Settings        *GovernanceSettings `json:"settings,omitempty"` // absent where a group governs the environment
}

// GovernanceSettings hold what governs a managed environment.
type GovernanceSettings struct {
	// ExtendedSettings are strings, numbers and booleans too. Members that this provider does not know are kept.
	ExtendedSettings map[string]any `json:"extendedSettings,omitempty"`
}

// Managed reports whether the environment is a managed environment.
func (e Environment) Managed() bool {
	g := e.Properties.GovernanceConfiguration
	return g != nil && strings.EqualFold(g.ProtectionLevel, ProtectionStandard)
}

// Extended returns the extended settings, nil if there are none.
func (e Environment) Extended() map[string]any {
	if g := e.Properties.GovernanceConfiguration; g != nil && g.Settings != nil {
		return g.Settings.ExtendedSettings
	}
	return nil
}

// Group is the ID of the group that the environment belongs to, "" if there is none. The zero UUID is one as well: it
// blocks the governance configuration like any other.
func (e Environment) Group() string {
	if g := e.Properties.ParentEnvironmentGroup; g != nil {
		return g.ID
	}
	return ""
}

const (
	governanceRoute = "/governanceConfiguration"
	conflictEvery   = 15 * time.Second // where the platform names no interval
	maxFailures     = 3
)

// Govern gives an environment a governance configuration and waits for the operation. A conflict does not say whether
// the configuration is the wanted one, nor does a lost answer: settled tells by the environment as it is, and until it
// does the request is sent again, as long as ctx lasts.
func (c *Client) Govern(ctx context.Context, id string, g Governance, settled func(Environment) bool) error {
	ctx = rest.Begin(ctx)
	for failures := 0; ; {
		_, err := rest.Post[rest.None](ctx, c.rest, rest.Path(environments+"/", id, governanceRoute), g, rest.Version(version2021))
		failed := rest.IsOperationFailed(err)
		if !failed && !rest.IsAmbiguous(err) && !rest.IsOperationGone(err) && !conflict(err) {
			return err
		}
		e, unread := c.IdleEnvironment(ctx, id)
		switch {
		case rest.IsNotFound(unread):
			return unread
		case unread != nil:
			return errors.Join(err, unread)
		case settled(e):
			return nil
		case failed:
			if failures++; failures == maxFailures {
				return err
			}
		}
		if err := rest.Wait(ctx, conflictEvery); err != nil {
			return err
		}
	}
}

// Busy reports whether a lifecycle operation works on the environment.
func (e Environment) Busy() bool {
	s := e.Properties.States
	return s != nil && s.Management != nil && strings.EqualFold(s.Management.ID, "Running")
}

// IdleEnvironment reads an environment until no operation works on it, as long as ctx lasts.
func (c *Client) IdleEnvironment(ctx context.Context, id string) (e Environment, err error) {
	err = rest.Until(rest.Begin(ctx), conflictEvery, func(ctx context.Context) (bool, error) {
		e, err = c.Environment(ctx, id)
		return !e.Busy(), err
	})
	return e, err
}

// BlockedByGroup reports whether the group of an environment is why its governance configuration cannot be changed.
func BlockedByGroup(err error) bool {
	return rest.HasCode(err, "GovernanceConfigurationChangeBlockedByGroup")
}

func conflict(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Operation == "" && e.Status == http.StatusConflict && !BlockedByGroup(err)
}

var stranger = regexp.MustCompile(`Could not find member '([^']+)'`)

// RefusedMember is the name of the member that a body may not have, "" if that is not why it was refused.
func RefusedMember(err error) string {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || e.Status != http.StatusBadRequest {
		return ""
	}
	if found := stranger.FindStringSubmatch(e.Message); found != nil {
		return found[1]
	}
	return ""
}

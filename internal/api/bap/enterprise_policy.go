package bap

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// The kinds of enterprise policies that an environment can be linked to, one of each, as routes spell them.
const (
	NetworkInjection = "NetworkInjection"
	Encryption       = "Encryption"
	Identity         = "Identity"
)

// PolicyKinds are all of them.
var PolicyKinds = []string{NetworkInjection, Encryption, Identity}

// Linked is the status of a link that is in effect.
const Linked = "Linked"

// EnterprisePolicies are the links of an environment, by kind. The case of the members on the wire does not matter.
type EnterprisePolicies struct {
	VNets               *EnterprisePolicy `json:"vNets"`
	CustomerManagedKeys *EnterprisePolicy `json:"customerManagedKeys"`
	Identity            *EnterprisePolicy `json:"identity"`
}

// EnterprisePolicy is the link of an environment to an enterprise policy.
type EnterprisePolicy struct {
	ID         string `json:"id"` // of the resource in Azure
	PolicyID   string `json:"policyId"`
	Location   string `json:"location"`
	SystemID   string `json:"systemId"` // /regions/{location}/providers/Microsoft.PowerPlatform/enterprisePolicies/{UUID}
	LinkStatus string `json:"linkStatus"`
}

// LinkedPolicy is the policy of a kind that the environment is linked to, in whatever status the link is.
func (e Environment) LinkedPolicy(kind string) (EnterprisePolicy, bool) {
	all := e.Properties.EnterprisePolicies
	if all == nil {
		return EnterprisePolicy{}, false
	}
	p := map[string]*EnterprisePolicy{NetworkInjection: all.VNets, Encryption: all.CustomerManagedKeys, Identity: all.Identity}[kind]
	if p == nil || p.SystemID == "" {
		return EnterprisePolicy{}, false
	}
	return *p, true
}

// LinkedTo reports whether the environment is linked to the policy of a kind with the system ID.
func (e Environment) LinkedTo(kind, systemID string) bool {
	p, linked := e.LinkedPolicy(kind)
	return linked && strings.EqualFold(p.SystemID, systemID)
}

// Enforcement is what may be done to an environment now, and why the rest may not.
type Enforcement struct {
	DisallowedOperations []struct {
		Type   Reference `json:"type"`
		Reason Reason    `json:"reason"`
	} `json:"disallowedOperations"`
}

// Reason is why an operation may not be done.
type Reason struct {
	Message string `json:"message"`
	Type    string `json:"type"` // GovernanceConfig, EnvironmentSkuType, CdsLink, …
}

// The types of Reason that a remedy is known for.
const (
	ReasonGovernance = "GovernanceConfig"
	ReasonType       = "EnvironmentSkuType"
	ReasonDatabase   = "CdsLink"
)

// Disallows returns why an operation such as NewNetworkInjection may not be done to the environment.
func (e Environment) Disallows(operation string) (Reason, bool) {
	if e.Properties.Enforcement == nil {
		return Reason{}, false
	}
	for _, o := range e.Properties.Enforcement.DisallowedOperations {
		if strings.EqualFold(o.Type.ID, operation) {
			return o.Reason, true
		}
	}
	return Reason{}, false
}

// LinkOperation is the name of the operation that a Link starts: linked tells whether another policy of the kind is
// linked already, which it replaces.
func LinkOperation(kind string, linked bool) string {
	names := map[string][2]string{
		NetworkInjection: {"NewNetworkInjection", "SwapNetworkInjection"},
		Encryption:       {"NewCustomerManagedKey", "RotateCustomerManagedKey"},
		Identity:         {"NewIdentity", "SwapIdentity"},
	}[kind]
	if linked {
		return names[1]
	}
	return names[0]
}

// EnvironmentsLinkedTo returns the IDs of the environments that are linked to the policy with the system ID, of those
// that the caller may administer.
func (c *Client) EnvironmentsLinkedTo(ctx context.Context, systemID string) ([]string, error) {
	var out []string
	for e, err := range c.Environments(ctx) {
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(PolicyKinds, func(kind string) bool { return e.LinkedTo(kind, systemID) }) {
			out = append(out, e.Name)
		}
	}
	return out, nil
}

// Link links an environment to the policy of a kind with the system ID, in place of the one that is linked, and waits
// for the operation. A request that may have had an effect is settled by the environment as it is. If that shows none, the
// request is sent again: until ctx ends, which is then a *BusyError, where another operation was the reason; three times in
// all where the operation failed for a reason that passes or was never seen; five times where the answer was lost.
func (c *Client) Link(ctx context.Context, id, kind, systemID string) error {
	return c.changeLink(rest.Begin(ctx), id, kind, linkRoute, systemID, func(e Environment) bool { return e.LinkedTo(kind, systemID) })
}

// Unlink takes an environment off the policy of a kind, which must be the one with the system ID, and waits until the
// environment no longer shows one. Doubt is settled as for Link.
func (c *Client) Unlink(ctx context.Context, id, kind, systemID string) error {
	ctx = rest.Begin(ctx)
	gone := func(e Environment) bool { return !e.LinkedTo(kind, systemID) }
	err := c.changeLink(ctx, id, kind, unlinkRoute, systemID, gone)
	if refused, ok := errors.AsType[*rest.Error](err); ok && refused.Operation == "" && refused.Status < 500 {
		if e, unread := c.IdleEnvironment(ctx, id); unread == nil && gone(e) {
			return nil // somebody else was faster
		}
	}
	if err != nil {
		return err
	}
	return rest.Until(ctx, conflictEvery, func(ctx context.Context) (bool, error) {
		e, err := c.Environment(ctx, id)
		return gone(e), err
	})
}

const (
	linkRoute   = "/link"
	unlinkRoute = "/unlink"

	maxLost = 5 // requests whose answer says nothing
	looks   = 4 // at a record that may be stale
)

// BusyError is the end of a request that the platform never took, because something else worked on the environment as
// long as there was time.
type BusyError struct{ Refusal, End error }

// Error says what ended the wait, then what the platform said.
func (e *BusyError) Error() string { return e.End.Error() + ": " + e.Refusal.Error() }

// Unwrap returns both errors.
func (e *BusyError) Unwrap() []error { return []error{e.Refusal, e.End} }

// errUnseen is a request without an operation and without an effect.
var errUnseen = errors.New("the platform accepted the request but names no operation, and the environment does not show the change")

// transient are the words of operations that failed for a reason that passes by itself.
var transient = regexp.MustCompile(`(?i)\b(try again|retr(y|ied)|temporar(y|ily)|transient|timed? ?-?out|throttl\w*|too many requests|service unavailable|bad gateway|internal ?(server)? ?error)\b`)

func passes(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && transient.MatchString(e.Code+" "+e.Message)
}

// changeLink sends a request until the environment is settled.
func (c *Client) changeLink(ctx context.Context, id, kind, route, systemID string, settled func(Environment) bool) error {
	taken := false
	for failures, lost := 0, 0; ; {
		var receipt rest.Receipt
		_, err := rest.Post[rest.None](ctx, c.rest, rest.Path(environments+"/", id, "/enterprisePolicies/", kind, route),
			map[string]string{"systemId": systemID}, rest.Version(version2019), receipt.Option())
		look, last := 1, false
		switch {
		case err == nil && !receipt.Blind():
			return nil
		case err == nil:
			failures++
			err, look, last = fmt.Errorf("%s: %w", kind+route, errUnseen), looks, failures == maxFailures
		case rest.IsOperationFailed(err):
			if failures++; failures == maxFailures || !passes(err) {
				return err
			}
		case rest.IsAmbiguous(err) || rest.IsOperationGone(err):
			lost++
			look, last = looks, lost == maxLost
		case !conflict(err):
			return err
		}
		taken = taken || !conflict(err)
		done, end := c.decide(ctx, id, err, look, settled)
		switch _, over := errors.AsType[*rest.TimeoutError](end); {
		case done:
			return nil
		case over && !taken:
			return &BusyError{Refusal: err, End: end}
		case over || rest.IsNotFound(end):
			return end
		case end != nil:
			return errors.Join(err, end)
		case last:
			return err
		}
	}
}

// decide waits as long as the answer err asked for, then looks at the environment whether the change is settled: when
// no operation works on it any more, and so many times as its record may be stale.
func (c *Client) decide(ctx context.Context, id string, err error, times int, settled func(Environment) bool) (bool, error) {
	if _, silent := errors.AsType[*rest.TransportError](err); !silent {
		if err := rest.Wait(ctx, conflictEvery); err != nil {
			return false, err
		}
	}
	for i := range times {
		if i > 0 {
			if err := rest.Wait(ctx, conflictEvery); err != nil {
				return false, err
			}
		}
		e, err := c.IdleEnvironment(ctx, id)
		if err != nil || settled(e) {
			return err == nil, err
		}
	}
	return false, nil
}

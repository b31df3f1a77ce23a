package arm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// DelegationError is a subnet that is delegated already, to the platform or to somebody else.
type DelegationError struct {
	SubnetID    string
	Delegations []Delegation // those that it has
}

// Error names the subnet and the services.
func (e *DelegationError) Error() string {
	var services []string
	for _, d := range e.Delegations {
		services = append(services, fmt.Sprintf("%s (%q)", d.Properties.ServiceName, d.Name))
	}
	return fmt.Sprintf("the subnet %s is already delegated to %s", e.SubnetID, strings.Join(services, ", "))
}

// Ours reports whether it is the platform that the subnet is delegated to.
func (e *DelegationError) Ours() bool {
	return slices.ContainsFunc(e.Delegations, Delegation.ours)
}

func (d Delegation) ours() bool { return strings.EqualFold(d.Properties.ServiceName, ServiceName) }

// Delegate delegates a subnet to the platform under a name and waits for the operation. Nothing else of the subnet
// changes. A subnet that has a delegation already is a *DelegationError. sent tells of an error whether the subnet may
// have been changed all the same.
func (c *Client) Delegate(ctx context.Context, subnetID, name string) (sent bool, err error) {
	return c.changeDelegations(ctx, subnetID, func(now []Delegation, raw []json.RawMessage, sent bool) ([]json.RawMessage, error) {
		if sent && slices.ContainsFunc(now, func(d Delegation) bool { return d.ours() && strings.EqualFold(d.Name, name) }) {
			return nil, nil // an answer was lost, but its request was not
		}
		if len(now) > 0 {
			return nil, &DelegationError{SubnetID: subnetID, Delegations: now}
		}
		added, err := json.Marshal(Delegation{Name: name, Properties: DelegationProperties{ServiceName: ServiceName}})
		return append(raw, added), err
	})
}

// Undelegate takes the subnet back from the platform and waits for the operation. Other delegations stay. A subnet that
// is not delegated to the platform is left alone.
func (c *Client) Undelegate(ctx context.Context, subnetID string) error {
	_, err := c.changeDelegations(ctx, subnetID, func(now []Delegation, raw []json.RawMessage, _ bool) ([]json.RawMessage, error) {
		kept := []json.RawMessage{}
		for i, d := range now {
			if !d.ours() {
				kept = append(kept, raw[i])
			}
		}
		if len(kept) == len(now) {
			return nil, nil
		}
		return kept, nil
	})
	return err
}

const (
	writeAgain = time.Second // pause after somebody else's write
	maxWrites  = 3           // how often a write is sent whose operation fails
)

// changeDelegations replaces the delegations of a subnet, and nothing else: whatever the subnet has besides goes back as
// it came, known to this provider or not. change returns nil where there is nothing to do; sent tells that a request was
// sent whose outcome is not known. If somebody else changes the subnet in between, its new form is changed.
func (c *Client) changeDelegations(
	ctx context.Context, id string, change func(now []Delegation, raw []json.RawMessage, sent bool) ([]json.RawMessage, error),
) (sent bool, err error) {
	ctx = rest.Begin(ctx)
	done, err := c.networks.Take(ctx, NetworkOf(id))
	if err != nil {
		return false, err
	}
	defer done()
	for failures := 0; ; {
		s, err := c.form(ctx, id)
		if err != nil {
			return sent, err
		}
		if !sent || !strings.EqualFold(s.state, "Updating") { // else a write goes on, perhaps the own one
			wanted, err := change(s.now, s.raw, sent)
			if err == nil && wanted == nil && sent && strings.EqualFold(s.state, "Failed") {
				wanted = s.raw // it is written, but the operation did not end well: the same again
			}
			if err != nil || wanted == nil {
				return sent, err
			}
			sent = true
			err = c.write(ctx, id, s, wanted)
			e, refused := errors.AsType[*rest.Error](err)
			switch {
			case rest.IsOperationFailed(err):
				if failures++; failures == maxWrites {
					return sent, err
				}
			case !refused || e.Status != http.StatusPreconditionFailed:
				return sent, err
			}
		}
		if err := rest.Wait(ctx, writeAgain); err != nil {
			return sent, err
		}
	}
}

// subnetForm is a subnet as it came, taken apart as far as it takes to change its delegations.
type subnetForm struct {
	all, properties map[string]json.RawMessage
	etag, state     string
	now             []Delegation
	raw             []json.RawMessage // the same
}

func (c *Client) form(ctx context.Context, id string) (subnetForm, error) {
	var s subnetForm
	var err error
	if s.all, err = rest.Get[map[string]json.RawMessage](ctx, c.rest, at(id), rest.Version(networkVersion)); err != nil {
		return s, err
	}
	err = unmarshal(s.all["properties"], &s.properties)
	if err == nil {
		err = errors.Join(
			unmarshal(s.all["etag"], &s.etag), unmarshal(s.properties["provisioningState"], &s.state),
			unmarshal(s.properties["delegations"], &s.raw), unmarshal(s.properties["delegations"], &s.now),
		)
	}
	switch {
	case err != nil:
		return s, fmt.Errorf("the subnet %s cannot be read: %w", id, err)
	case len(s.properties) == 0:
		return s, fmt.Errorf("asked for the subnet %s, the answer is about something else", id) // written back it would lose everything
	}
	return s, nil
}

func (c *Client) write(ctx context.Context, id string, s subnetForm, delegations []json.RawMessage) error {
	var err error
	if s.properties["delegations"], err = json.Marshal(delegations); err != nil {
		return err
	}
	if s.all["properties"], err = json.Marshal(s.properties); err != nil {
		return err
	}
	_, err = rest.Put[rest.None](ctx, c.rest, at(id), s.all, rest.Version(networkVersion), rest.Header("If-Match", s.etag))
	return err
}

// unmarshal reads what may be absent; change must then see nothing.
func unmarshal(raw json.RawMessage, v any) error {
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, v)
}

const linkEvery = 10 * time.Second // where the platform names no interval

// Unlinked waits until no enterprise policy holds any of the subnets; one that is gone is held by nobody. If time runs
// out the error names what holds it.
func (c *Client) Unlinked(ctx context.Context, subnetIDs ...string) error {
	ctx = rest.Begin(ctx)
	for _, id := range subnetIDs {
		var holder string
		err := rest.Until(ctx, linkEvery, func(ctx context.Context) (bool, error) {
			s, err := c.Subnet(ctx, id)
			if rest.IsNotFound(err) {
				return true, nil
			}
			link, held := s.Link()
			if err == nil && held {
				holder = link.Holder()
			}
			return !held, err
		})
		if err != nil && holder != "" {
			return fmt.Errorf("the subnet %s is still held by %s, an enterprise policy that uses it: %w", id, holder, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

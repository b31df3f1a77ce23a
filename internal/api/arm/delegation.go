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
// changes. A subnet that has a delegation already is a *DelegationError.
func (c *Client) Delegate(ctx context.Context, subnetID, name string) error {
	return c.changeDelegations(ctx, subnetID, func(now []Delegation, raw []json.RawMessage, sent bool) ([]json.RawMessage, error) {
		if sent && slices.ContainsFunc(now, func(d Delegation) bool { return d.ours() && d.Name == name }) {
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
	return c.changeDelegations(ctx, subnetID, func(now []Delegation, raw []json.RawMessage, _ bool) ([]json.RawMessage, error) {
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
}

// changeDelegations replaces the delegations of a subnet, and nothing else: whatever the subnet has besides goes back as
// it came, known to this provider or not. change returns nil where there is nothing to do; sent tells that a request was
// sent whose outcome is not known. If somebody else changes the subnet in between, its new form is changed.
func (c *Client) changeDelegations(
	ctx context.Context, id string, change func(now []Delegation, raw []json.RawMessage, sent bool) ([]json.RawMessage, error),
) error {
	ctx = rest.Begin(ctx)
	done, err := c.networks.Take(ctx, NetworkOf(id))
	if err != nil {
		return err
	}
	defer done()
	for sent := false; ; sent = true {
		subnet, err := rest.Get[map[string]json.RawMessage](ctx, c.rest, at(id), rest.Version(networkVersion))
		if err != nil {
			return err
		}
		var etag string
		var properties map[string]json.RawMessage
		var raw []json.RawMessage
		var now []Delegation
		if err := errors.Join(
			unmarshal(subnet["etag"], &etag), unmarshal(subnet["properties"], &properties),
			unmarshal(properties["delegations"], &raw), unmarshal(properties["delegations"], &now),
		); err != nil {
			return fmt.Errorf("the subnet %s cannot be read: %w", id, err)
		}
		wanted, err := change(now, raw, sent)
		if err != nil || wanted == nil {
			return err
		}
		if properties["delegations"], err = json.Marshal(wanted); err != nil {
			return err
		}
		if subnet["properties"], err = json.Marshal(properties); err != nil {
			return err
		}
		_, err = rest.Put[rest.None](ctx, c.rest, at(id), subnet, rest.Version(networkVersion), rest.Header("If-Match", etag))
		if e, ok := errors.AsType[*rest.Error](err); !ok || e.Status != http.StatusPreconditionFailed {
			return err
		}
	}
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

package enterprisepolicy

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

func (k kind[M]) remove(ctx context.Context, c *api.Client, m *M) error {
	p := k.wire(m)
	p.ID, p.Properties.SystemID = k.base(m).ID.ValueString(), k.base(m).SystemID.ValueString()
	err := removePolicy(ctx, c, p)
	if err != nil && !rest.IsNotFound(err) || k.released == nil {
		return err
	}
	if held := k.released(ctx, c, m); held != nil {
		return held
	}
	return err
}

const (
	// unlinkLag is how long the platform may refuse to delete a policy after its last environment was unlinked.
	unlinkLag = 10 * time.Minute
	askEvery  = 10 * time.Second
)

// removePolicy deletes a policy. The platform notices late that the last environment was unlinked, so a refusal is only
// final if an environment still shows the link.
func removePolicy(ctx context.Context, c *api.Client, p arm.Policy) error {
	ctx = rest.Begin(ctx)
	patience, cancel := context.WithTimeout(ctx, unlinkLag)
	defer cancel()
	var refused error
	for {
		err := c.ARM.DeletePolicy(ctx, p)
		if rest.HasCode(err, "EnterprisePolicyDeleteNotAllowed") {
			var linked []string
			refused = err
			if linked, err = stillLinked(ctx, c, p); len(linked) > 0 {
				return fmt.Errorf("it is linked to %s; unlink the environments first, or swap them to another policy: %w", list(linked), refused)
			}
			if err == nil || isForbidden(err) {
				err = rest.Wait(patience, askEvery)
				if err == nil {
					continue
				}
			}
		}
		switch {
		case refused == nil || !rest.IsTimeout(err):
			return err
		case ctx.Err() == nil:
			return fmt.Errorf("no environment shows a link to it, but the platform refused for %s: %w", unlinkLag, refused)
		}
		return fmt.Errorf("no environment shows a link to it; %w: %w", err, refused)
	}
}

// stillLinked are the environments that show a link to the policy. The list may lag behind, so each is looked at.
func stillLinked(ctx context.Context, c *api.Client, p arm.Policy) ([]string, error) {
	ids, err := environmentsOf(ctx, c, p.Properties.SystemID)
	var linked []string
	for _, id := range ids {
		e, gone := c.BAP.Environment(ctx, id)
		switch {
		case rest.IsNotFound(gone):
		case gone != nil:
			return nil, gone
		case e.LinkedTo(p.Kind, p.Properties.SystemID):
			linked = append(linked, id)
		}
	}
	return linked, err
}

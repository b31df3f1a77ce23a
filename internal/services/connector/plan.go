package connector

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
)

// plan completes what follows from the configuration, and keeps the text in state of what means the same: after an
// import it is the platform's.
func (c *content) plan(ctx context.Context, config, prior *content, variables bool) {
	c.foresee(config)
	if c.Definition.IsUnknown() {
		return
	}
	fresh := prior == nil || !c.means(ctx, prior)
	if !fresh {
		c.Definition = prior.Definition
	}
	if prior != nil && c.policies() == prior.policies() {
		c.Policies = prior.Policies
	}
	if !fresh {
		return
	}
	if all := c.findings(variables); len(all) > 0 {
		entity.Warn(ctx, "The definition of connector "+c.DisplayName.ValueString()+" may not work as it is meant",
			"No rule that the platform refuses a definition for is broken, but:\n\n  "+strings.Join(all, "\n  "))
	}
}

// means reports whether the definition is the prior one: as it is written or, once host and base URL are known, as it is
// sent.
func (c *content) means(ctx context.Context, prior *content) bool {
	if same, _ := c.Definition.StringSemanticEquals(ctx, prior.Definition); same {
		return true
	}
	return !c.Host.IsUnknown() && !c.BaseURL.IsUnknown() && c.composed(prior)
}

// foresee plans what is computed from the configuration alone.
func (c *content) foresee(config *content) {
	d, err := openapi.Parse(config.Definition.ValueString())
	known := err == nil && !config.Definition.IsUnknown()
	if config.Host.IsNull() {
		c.Host = types.StringUnknown()
		if known {
			c.Host = field.OrNull(d.Host())
		}
	}
	if config.BaseURL.IsNull() {
		c.BaseURL = types.StringUnknown()
		if known {
			c.BaseURL = types.StringValue(d.BasePath())
		}
	}
	mine, given := c.clients(), config.clients()
	for name := range mine {
		mine[name].foresee(given[name])
	}
	c.renew(config)
}

// renew plans the address that renews tokens where the configuration names none.
func (c *content) renew(config *content) {
	one := func(mine, config *authentication) {
		if mine != nil && config != nil && mine.OAuth2 != nil && config.OAuth2 != nil && config.OAuth2.RefreshURL.IsNull() {
			mine.OAuth2.RefreshURL = mine.OAuth2.TokenURL
		}
	}
	one(c.Authentication, config.Authentication)
	for i := range min(len(c.Authentications), len(config.Authentications)) {
		one(&c.Authentications[i].authentication, &config.Authentications[i].authentication)
	}
}

package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// NoDataverseError is an environment without a Dataverse organisation.
type NoDataverseError struct{ EnvironmentID string }

// Error says what is missing.
func (e *NoDataverseError) Error() string {
	return fmt.Sprintf("environment %s has no Dataverse, which this needs; give it one with the argument dataverse of powerplatform_environment", e.EnvironmentID)
}

// orgs keeps the addresses of organisations, which do not change while a provider runs.
type orgs = rest.Memo[dataverse.Org]

// Org is the Dataverse organisation of an environment, read once per environment. An environment without one is a
// *NoDataverseError, one that is not there the API's 404.
func (c *Client) Org(ctx context.Context, environmentID string) (dataverse.Org, error) {
	return c.orgs.Get(ctx, strings.ToLower(environmentID), func() (dataverse.Org, error) {
		e, err := c.BAP.Environment(ctx, environmentID)
		if err != nil {
			return dataverse.Org{}, err
		}
		linked := e.Properties.LinkedEnvironmentMetadata
		if linked == nil || linked.InstanceURL == "" {
			return dataverse.Org{}, &NoDataverseError{environmentID}
		}
		created, _ := time.Parse(time.RFC3339, e.Properties.CreatedTime) // without it there is no patience with a new one
		return dataverse.Org{URL: linked.InstanceURL, Created: created}, nil
	})
}

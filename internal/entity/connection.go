package entity

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
)

// Connection is what a configured provider hands to its objects; that of one which is not configured yet is zero. Objects
// are made anew for every call of Terraform: what they remember from one to the next is here.
type Connection struct {
	client *api.Client
	held   *sync.Map // objects that were seen in state since the provider was configured, by type and key
}

// Connect makes the connection of a provider.
func Connect(c *api.Client) Connection { return Connection{c, &sync.Map{}} }

// connect takes over the connection of the provider, once its configuration is known.
func (c *Connection) connect(providerData any, d *diag.Diagnostics) {
	switch p := providerData.(type) {
	case nil:
	case Connection:
		*c = p
	default:
		d.AddError("Provider bug", fmt.Sprintf("Expected %T, got %T. Please report this to the provider developers.", *c, p))
	}
}

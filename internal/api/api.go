// Package api bundles the typed clients that a configured provider hands to its resources.
package api

import (
	"context"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/keyvault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/licensing"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/powerplatform"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Client is the provider's configured connection to the platform.
type Client struct {
	Cloud         cloud.Cloud
	ARM           *arm.Client
	BAP           *bap.Client
	Graph         *graph.Client
	KeyVault      *keyvault.Client
	Licensing     *licensing.Client
	PowerApps     *powerapps.Client
	PowerPlatform *powerplatform.Client
	Dataverse     *dataverse.Client

	// Caller tells who the provider is signed in as, from the claims of its token.
	Caller func(ctx context.Context) (Caller, error)

	orgs orgs
}

// Caller is the identity that a token was issued to.
type Caller struct {
	TenantID          string // Entra tenant
	ObjectID          string // object ID of the user or service principal
	ApplicationID     string // client ID of the application that asked for the token
	UserPrincipalName string // empty for an application
}

// New connects every API family of a cloud through the same options.
func New(c cloud.Cloud, o rest.Options, azure arm.Settings) *Client {
	return &Client{
		Cloud: c, ARM: arm.New(c, o, azure), BAP: bap.New(c, o), Graph: graph.New(c, o), KeyVault: keyvault.New(c, o), Licensing: licensing.New(c, o),
		PowerApps: powerapps.New(c, o), PowerPlatform: powerplatform.New(c, o), Dataverse: dataverse.New(o),
	}
}

// Package identity is who signs in: applications and people of a directory, what their tokens say, and the keys that
// sign them.
package identity

import (
	"strings"

	"github.com/google/uuid"
)

// Application is an app registration with its service principal.
type Application struct {
	// ClientID is the application ID.
	ClientID string `json:"client_id"`
	// ClientSecret is its secret; "" means that it has none.
	ClientSecret string `json:"client_secret,omitempty"`
	// ObjectID is the object ID of the service principal; derived from ClientID when empty.
	ObjectID string `json:"object_id,omitempty"`
	// DisplayName is its name; ClientID when empty.
	DisplayName string `json:"display_name,omitempty"`
	// Admin says that it is registered as an admin management application of the Power Platform.
	Admin bool `json:"admin,omitempty"`
	// Certificates are the certificates it may sign assertions with, each PEM or base64 DER.
	Certificates []string `json:"certificates,omitempty"`
	// Federated are its federated identity credentials.
	Federated []Federation `json:"federated,omitempty"`
	// ManagedIdentity is "system" or "user" for a managed identity, else "".
	ManagedIdentity string `json:"managed_identity,omitempty"`
}

// Federation is a federated identity credential: which foreign token stands for the application.
type Federation struct {
	// Issuer is the iss claim.
	Issuer string `json:"issuer"`
	// Subject is the sub claim.
	Subject string `json:"subject"`
	// Audience is the aud claim, "api://AzureADTokenExchange" when empty.
	Audience string `json:"audience,omitempty"`
}

// ObjectID derives the object ID of a service principal from its client ID, for applications that name none.
func ObjectID(clientID string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(strings.ToLower(clientID))).String()
}

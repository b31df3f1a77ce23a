package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Identity is who a token speaks for. Every field may be empty.
type Identity struct {
	// TenantID is the tenant that issued the token.
	TenantID string
	// ObjectID is the object of the user or service principal in that tenant.
	ObjectID string
	// ApplicationID is the client (application) ID that asked for the token.
	ApplicationID string
	// UserName is the sign-in name of a user, empty for an application.
	UserName string
	// Application is true where the token speaks for an application rather than for a user.
	Application bool
}

// Claims decodes who a token speaks for. It does not verify the signature: the token was just handed over by the
// authority, and the platform verifies it. A token that is no JWT is an error, which does not repeat the token.
func Claims(token string) (Identity, error) {
	payload, err := payloadOf(token)
	if err != nil {
		return Identity{}, err
	}
	var c struct {
		TenantID       string `json:"tid"`
		ObjectID       string `json:"oid"`
		AppID          string `json:"appid"`
		AuthorizedPart string `json:"azp"`
		UPN            string `json:"upn"`
		UniqueName     string `json:"unique_name"`
		PreferredName  string `json:"preferred_username"`
		Type           string `json:"idtyp"`
		Scopes         string `json:"scp"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return Identity{}, fmt.Errorf("reading the claims of the token: %w", err)
	}
	id := Identity{
		TenantID:      c.TenantID,
		ObjectID:      c.ObjectID,
		ApplicationID: first(c.AppID, c.AuthorizedPart),
		UserName:      first(c.UPN, c.UniqueName, c.PreferredName),
	}
	if c.Type != "" {
		id.Application = c.Type == "app"
	} else {
		id.Application = id.UserName == "" && c.Scopes == ""
	}
	return id, nil
}

func payloadOf(token string) ([]byte, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("the token is not a JSON web token")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, fmt.Errorf("decoding the claims of the token: %w", err)
	}
	return payload, nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

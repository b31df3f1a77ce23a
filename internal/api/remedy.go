package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Remedy says what can be done about an error of the platform or of Azure, "" if its cause is not known. The error of a
// failed sign-in brings its own.
func (c *Client) Remedy(ctx context.Context, err error) string {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok {
		return ""
	}
	if say, azure := arm.Remedy(e); azure {
		return say
	}
	switch {
	case e.Operation != "":
		return ""
	case e.Status == http.StatusUnauthorized:
		return "The API refused the token, also after it was renewed. The usual cause is the wrong cloud, or a token of another tenant."
	case e.Status == http.StatusForbidden && strings.Contains(e.Message, "does not have permission to access the path"):
		app := c.application(ctx)
		return "The application " + app + " is not registered as an admin management application of the tenant. A Power Platform administrator (a user, not an application) registers it once with\n\n" +
			"  New-PowerAppManagementApp -ApplicationId " + app + "\n\n" +
			"(module Microsoft.PowerApps.Administration.PowerShell), or grants it a Power Platform role such as Power Platform Contributor instead. See https://learn.microsoft.com/power-platform/admin/powerplatform-api-create-service-principal."
	case e.Status == http.StatusForbidden:
		return "The identity that the provider is signed in as lacks a role for this. data.powerplatform_whoami shows who that is and which abilities are missing."
	}
	return ""
}

// application is the client ID of the caller, or a word for it.
func (c *Client) application(ctx context.Context) string {
	if c != nil && c.Caller != nil {
		if caller, err := c.Caller(ctx); err == nil && caller.ApplicationID != "" {
			return caller.ApplicationID
		}
	}
	return "<client id>"
}

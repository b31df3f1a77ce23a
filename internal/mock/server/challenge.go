package server

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Challenge registers how a host answers a call whose token is missing, invalid, expired, of a tenant that does not exist
// or of an audience that the host does not accept; Call.Fault says which. Others answer 401 InvalidAuthenticationToken.
// The call has a tenant where the token names one; it is not locked.
func (p *Platform) Challenge(host string, refuse func(c *Call, why string) Reply) {
	p.challenges.Add(host, refuse)
}

// unauthorized refuses a call as its host does.
func (p *Platform) unauthorized(c *Call, t *Tenant, fault TokenFault, why string) Reply {
	refuse, ok := p.challenges.First(c.Host)
	if !ok {
		return Fail(http.StatusUnauthorized, "InvalidAuthenticationToken", why).With("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	c.Tenant, c.Fault = t, fault
	return refuse(c, why)
}

// caller reads the bearer token. The second result says what is wrong with it, the third in words.
func (c *Call) caller() (Caller, TokenFault, string) {
	scheme, text, _ := strings.Cut(c.Request.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || text == "" {
		return Caller{}, TokenMissing, "Authentication failed. The 'Authorization' header is missing or has an invalid format."
	}
	claims, err := c.Platform.verifier.Verify(text)
	str := func(name string) string { s, _ := claims[name].(string); return s }
	who := Caller{TenantID: str("tid"), ObjectID: str("oid"), AppID: str("appid"), Audience: str("aud"), User: str("upn")}
	if who.AppID == "" {
		who.AppID = str("azp")
	}
	if who.User == "" {
		who.User = str("preferred_username")
	}
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		seconds, _ := claims["exp"].(float64)
		c.Expired = time.Unix(int64(seconds), 0).UTC()
		return who, TokenExpired, "The access token expiry UTC time '" + c.Expired.Format(clockTime) + "' is earlier than current UTC time '" + time.Now().UTC().Format(clockTime) + "'."
	case err != nil, who.ObjectID == "", who.AppID == "": // assertions and ID tokens are no access tokens
		return Caller{}, TokenInvalid, "The access token is invalid."
	}
	return who, "", ""
}

// clockTime is how the messages about tokens write a time.
const clockTime = "1/2/2006 3:04:05 PM"

// Audience registers the audiences that a host accepts: scopes without "/.default". A trailing slash does not matter.
// A host that none is registered for accepts "https://" and its own name.
func (p *Platform) Audience(host string, audiences ...string) {
	p.audiences.Add(host, audiences)
}

// refuseAudience says why a host does not accept an audience, or nothing.
func (p *Platform) refuseAudience(host, audience string) string {
	accepted := slices.Concat(p.audiences.Of(host)...)
	if len(accepted) == 0 {
		accepted = []string{"https://" + host}
	}
	for _, a := range accepted {
		if strings.EqualFold(strings.TrimRight(a, "/"), strings.TrimRight(audience, "/")) {
			return ""
		}
	}
	return fmt.Sprintf("The access token has been obtained for wrong audience or resource '%s'. It should exactly match with one of the allowed audiences '%s'.", audience, strings.Join(accepted, "','"))
}

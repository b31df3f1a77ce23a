package server

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// TokenFault is what is wrong with the token of a call.
type TokenFault string

// The faults of tokens.
const (
	// TokenMissing is a call without a bearer token.
	TokenMissing TokenFault = "missing"
	// TokenInvalid is a token that nobody has signed whom the platform trusts, or no token at all.
	TokenInvalid TokenFault = "invalid"
	// TokenExpired is a token whose time is over.
	TokenExpired TokenFault = "expired"
	// TokenTenant is a token of a tenant that does not exist, or of another one than what is asked for belongs to.
	TokenTenant TokenFault = "tenant"
	// TokenAudience is a token for another resource.
	TokenAudience TokenFault = "audience"
)

// challengeRule says how the hosts of a pattern refuse a call without a token that they take.
type challengeRule struct {
	host   string
	refuse func(c *Call, why string) Reply
}

// Challenge registers how a host answers a call whose token is missing, invalid, expired, of a tenant that does not exist
// or of an audience that the host does not accept; Call.Fault says which. Others answer 401 InvalidAuthenticationToken.
// The call has a tenant where the token names one; it is not locked.
func (p *Platform) Challenge(host string, refuse func(c *Call, why string) Reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.challenges = append(p.challenges, challengeRule{strings.ToLower(host), refuse})
}

// unauthorized refuses a call as its host does.
func (p *Platform) unauthorized(c *Call, t *Tenant, fault TokenFault, why string) Reply {
	p.mu.RLock()
	var refuse func(c *Call, why string) Reply
	for _, rule := range p.challenges {
		if refuse == nil && Glob(rule.host, c.Host) {
			refuse = rule.refuse
		}
	}
	p.mu.RUnlock()
	if refuse == nil {
		return unauthorized(why)
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
	claims, err := c.Platform.verified.verify(text)
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

// BearerChallenge is a refusal with the header that tells clients where to get a token, as Azure Resource Manager and
// services of its kind word it: https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant
func BearerChallenge(authority, code, why string) Reply {
	return Fail(http.StatusUnauthorized, code, why).
		With("WWW-Authenticate", `Bearer authorization_uri="`+authority+`", error="invalid_token", error_description="`+strings.ReplaceAll(why, `"`, "'")+`"`)
}

func unauthorized(why string) Reply {
	return BearerChallenge("https://login.microsoftonline.com/common/oauth2/authorize", "InvalidAuthenticationToken", why)
}

// ResourceManagerCode is the error code of Azure Resource Manager, and of services that are built on it, for a fault of a
// token.
func (f TokenFault) ResourceManagerCode() string {
	switch f {
	case TokenMissing:
		return "AuthenticationFailed"
	case TokenExpired:
		return "ExpiredAuthenticationToken"
	case TokenTenant:
		return "InvalidAuthenticationTokenTenant"
	case TokenAudience:
		return "InvalidAuthenticationTokenAudience"
	default:
		return "InvalidAuthenticationToken"
	}
}

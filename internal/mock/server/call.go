package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxBody bounds a request body; the largest that the platform takes is a solution file.
const maxBody = 128 << 20

var errTooLarge = errors.New("the body is larger than the mock takes")

// ReasonHeader is the header of answers that the mock gives and not the platform: why, in one sentence.
const ReasonHeader = "X-Mock-Reason"

// Handler answers one call. It runs with the tenant locked, except on open routes, which have no tenant.
type Handler func(c *Call) Reply

// Call is one request on its way through the platform.
type Call struct {
	// Platform is the platform that was called.
	Platform *Platform
	// Tenant is the tenant of the token. On open routes it is nil; a handler may set it, so that the journal names it.
	Tenant *Tenant
	// Request is the request as it came in; its body has been read already.
	Request *http.Request
	// Params are the path parameters, decoded.
	Params map[string]string
	// Query are the query parameters.
	Query url.Values
	// Body is the JSON object or the form of the request; nil when there is none.
	Body Doc
	// Raw is the body as it came in.
	Raw []byte
	// Caller is who the token was issued to; zero on open routes.
	Caller Caller
	// Host is the host that was called, in lower case, without port.
	Host string
	// Audience is the audience of the token.
	Audience string
	// Fault is what is wrong with the token, for the functions that Challenge registers.
	Fault TokenFault
	// Expired is when the token was good until, where Fault is TokenExpired.
	Expired time.Time

	entry Entry
}

// Caller is the identity in a token.
type Caller struct {
	// TenantID is the tid claim.
	TenantID string
	// ObjectID is the oid claim: the object ID of the user or the service principal.
	ObjectID string
	// AppID is the appid or azp claim: the application (client) ID.
	AppID string
	// Audience is the aud claim.
	Audience string
	// User is the user principal name of a person who has signed in; "" for an application.
	User string
}

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

// received is a body that was read before the platform looks at the request.
type received struct {
	*bytes.Reader
	raw []byte
}

// Close does nothing: the connection is the server's.
func (*received) Close() error { return nil }

// readBody fills Raw and Body. A body that claims to be JSON and is not is an error.
func (c *Call) readBody() error {
	if c.Request.Body == nil {
		return nil
	}
	var raw []byte
	if got, ok := c.Request.Body.(*received); ok {
		raw = got.raw
	} else {
		var err error
		if raw, err = io.ReadAll(io.LimitReader(c.Request.Body, maxBody+1)); err != nil {
			return err
		}
	}
	if len(raw) > maxBody {
		return errTooLarge
	}
	c.Raw = raw
	c.Request.Body = io.NopCloser(bytes.NewReader(raw))
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	switch {
	case kind == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return err
		}
		c.Body = Doc{}
		for key, values := range form {
			c.Body[key] = strings.Join(values, " ")
		}
	case kind == "", strings.HasSuffix(kind, "json"):
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return err
		}
		c.Body, _ = value.(Doc)
	}
	return nil
}

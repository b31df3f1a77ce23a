package login

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/identity"
)

const (
	deviceLife     = 15 * time.Minute
	deviceInterval = 5
)

// deviceField is the parameter of the token endpoint that holds a device code.
func (e endpoint) deviceField() string {
	if e.v1 {
		return "code"
	}
	return "device_code"
}

// device begins a sign-in on another device: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code.
// The administrator of the tenant approves it at once, unless SwitchDevice says otherwise.
func (e endpoint) device(c *server.Call) server.Reply {
	form(c)
	x := &exchange{Call: c, endpoint: e, client: server.Text(c.Body, "client_id")}
	for _, name := range []string{"client_id", e.resourceField()} {
		if x.field(name) == "" {
			return missing(c, name)
		}
	}
	t := e.home(c, "")
	if t == nil {
		return refuse(c, http.StatusBadRequest, "invalid_request", 90002, unknownTenant(c.Params["tenant"]))
	}
	c.Tenant = t
	if reply, refused := x.knowsClient(t); refused {
		return reply
	}
	if _, _, reply, refused := x.delegated(t, x.field(e.resourceField())); refused {
		return reply
	}
	code, err := identity.Sign(map[string]any{
		"aud": forDevice, "tenant": t.ID, "client": strings.ToLower(x.client), "asked": x.field(e.resourceField()), "jti": uuid.NewString(),
		"exp": now().Add(deviceLife).Unix(),
	})
	if err != nil {
		return broken(err)
	}
	interval := deviceInterval
	if c.Platform.Latency() == server.Instant {
		interval = 1 // clients wait for it on the wall clock
	}
	user := rand.Text()[:9]
	message := "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code " + user + " to authenticate."
	d := server.Doc{
		"user_code": user, "device_code": code, "verification_uri": "https://microsoft.com/devicelogin",
		"expires_in": int(deviceLife / time.Second), "interval": interval, "message": message,
	}
	if e.v1 {
		delete(d, "verification_uri")
		d["verification_url"], d["expires_in"], d["interval"] = "https://microsoft.com/devicelogin", strconv.Itoa(int(deviceLife/time.Second)), strconv.Itoa(interval)
	}
	return unkept(d)
}

// redeemDevice gives a token for a device code once it is approved.
func (x *exchange) redeemDevice() server.Reply {
	flow := func(kind string, code int, message string) server.Reply {
		return refuse(x.Call, http.StatusBadRequest, kind, code, message)
	}
	claims, err := identity.Verify(x.field(x.deviceField()))
	text := func(name string) string { s, _ := claims[name].(string); return s }
	t := x.Platform.Tenant(text("tenant"))
	switch {
	case claims["aud"] == forDevice && expired(err):
		return flow("expired_token", 70019, "Verification code expired.")
	case err != nil, claims["aud"] != forDevice, t == nil, text("client") != strings.ToLower(x.client):
		return flow("bad_verification_code", 70018, "Invalid verification code: the device code was not recognized.")
	}
	x.Tenant = t
	said, count, _ := strings.Cut(t.Switch(SwitchDevice), ":")
	seen := times(x.Call, t, text("jti"))
	pending, _ := strconv.Atoi(count)
	user, ok := t.Administrator()
	switch {
	case said == "expired":
		return flow("expired_token", 70019, "Verification code expired.")
	case said == "declined" || !ok:
		return flow("authorization_declined", 65004, "User declined to consent to access the app.")
	case said == "pending" && seen <= pending:
		return flow("authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
	case said == "pending" && seen > pending+1, said != "pending" && seen > 1:
		return flow("bad_verification_code", 70018, "Invalid verification code: the device code was used already.")
	}
	if reply, refused := x.knowsClient(t); refused {
		return reply
	}
	return x.delegate(t, user, text("asked"), "")
}

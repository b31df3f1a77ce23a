package preset_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func reset(r rig, at string) []error {
	var all []error
	for range 3 {
		all = append(all, r.ask(r.Context(), "GET", at, nil).err)
	}
	return all
}

// otherChecks are those of policies, Dataverse, connectors and clients.
var otherChecks = map[string]func(r rig){
	"P01": func(r rig) {
		times(3, func() { r.sees("GET", policy, nil, 200, `"systemId":""`) })
		r.sees("GET", policy, nil, 200, systemID)
	},
	"P02": func(r rig) {
		if a := r.link("link", 202); a.header.Get("Location")+a.header.Get("Operation-Location") != "" {
			r.Error(a.header)
		}
	},
	"P02-location": func(r rig) {
		if a := r.link("link", 202); a.header.Get("Location") == "" || a.header.Get("Operation-Location") != "" {
			r.Error(a.header)
		}
	},
	"P03": func(r rig) {
		a := r.link("link", 202)
		at := a.header.Get("Operation-Location")
		for _, state := range []string{"NotStarted", "NotStarted", "Running", "Running", "Running"} {
			if got := r.ask(r.Context(), "GET", at, nil); server.Text(got.body, "state.id") != state {
				r.Errorf("%s, want %s", got.text, state)
			}
		}
		r.follow(a)
		env := admin + "/" + managed + version + "&$expand=properties/enterprisePolicies"
		times(2, func() { r.sees("GET", env, nil, 200, `!"linkStatus":"Linked"`) })
		r.sees("GET", env, nil, 200, `"linkStatus":"Linked"`)
	},
	"P04": func(r rig) {
		times(3, func() { r.link("link", 409, "active lifecycle operation") })
		r.link("link", 202)
	},
	"P04-forever": func(r rig) { times(20, func() { r.link("link", 409) }) },
	"P05": func(r rig) {
		times(2, func() {
			if a := r.follow(r.link("link", 202)); server.Text(a.body, "state.id") != "Failed" || !strings.Contains(a.text, "used by another cluster") {
				r.Error(a.text)
			}
		})
	},
	"P08": func(r rig) {
		times(3, func() { r.sees("DELETE", policy, nil, 400, "EnterprisePolicyDeleteNotAllowed", "'pol'") })
		if a := r.ask(r.Context(), "DELETE", policy, nil); a.status >= 300 {
			r.Error(a.text)
		}
	},
	"P09": func(r rig) {
		times(5, func() { r.sees("DELETE", subnet, nil, 400, "InUseSubnetCannotBeDeleted", "spare") })
		r.sees("DELETE", policy, nil, 200)
		times(2, func() { r.sees("DELETE", subnet, nil, 400, "InUseSubnetCannotBeDeleted") })
		r.sees("DELETE", subnet, nil, 202)
	},
	"P11": func(r rig) {
		r.sees("PUT", policy, mock.Doc{}, 409, "MissingSubscriptionRegistration")
		if a := r.ask(r.Context(), "PUT", policy, mock.Doc{}); strings.Contains(a.text, "MissingSubscriptionRegistration") {
			r.Error(a.text)
		}
	},
	"P12": func(r rig) {
		r.tenant.Do(func() {
			now := r.tenant.Clock().Now()
			if o := r.tenant.Begin("NewCustomerManagedKey", time.Minute, nil); o.Ready.Sub(now) != 3*time.Hour {
				r.Error(o.Ready.Sub(now))
			}
		})
	},
	"P13": func(r rig) {
		env := admin + "/" + managed + version + "&$expand=properties/enterprisePolicies"
		r.sees("GET", env, nil, 200, `!"vNets"`)
		unspoilt(r)
		r.sees("GET", env, nil, 200, `"vNets"`)
	},
	"P14": func(r rig) {
		r.link("link", 503)
		if entries := r.platform.Journal(r.tenant.ID); entries[len(entries)-1].RetryAfter != 30*time.Second {
			r.Error(entries[len(entries)-1].RetryAfter)
		}
		r.link("link", 502)
		r.link("link", 202)
	},
	"P15": func(r rig) {
		times(2, func() {
			r.sees("PUT", policy, mock.Doc{}, 409, "EnterprisePolicyUpdateNotAllowed")
			r.sees("PATCH", policy, mock.Doc{}, 409, "EnterprisePolicyUpdateNotAllowed")
			r.sees("DELETE", policy, nil, 409)
		})
	},
	"P16": func(r rig) { times(2, func() { r.link("unlink", 404, "EnvironmentNotFound", managed) }) },
	"D01": func(r rig) {
		r.sees("GET", rows+"WhoAmI", nil, 200)
		r.created("d01")
		at := "https://d01.crm.dynamics.com/api/data/v9.2/WhoAmI"
		times(4, func() { r.sees("GET", at, nil, 403) })
		r.sees("GET", at, nil, 200)
	},
	"D02": func(r rig) {
		all := reset(r, rows+"WhoAmI")
		var unresolved *net.DNSError
		if !errors.As(all[0], &unresolved) || !errors.Is(all[1], syscall.ECONNRESET) || !errors.Is(all[2], io.ErrUnexpectedEOF) {
			r.Error(all)
		}
		r.sees("GET", rows+"WhoAmI", nil, 200)
	},
	"D04": func(r rig) {
		times(3, func() { r.value(400, "not authorized to read secrets") })
		r.value(204)
	},
	"D05": func(r rig) { times(10, func() { r.value(400, "not authorized to read secrets") }) },
	"D06": func(r rig) { times(3, func() { r.value(400, "Could not verify the user permission") }) },
	"D07": func(r rig) {
		if a := r.variable("d07", 204); a.header.Get("OData-EntityId") != "" {
			r.Error(a.header)
		}
		r.sees("GET", rows+"environmentvariabledefinitions?$filter=schemaname%20eq%20'new_d07'", nil, 200, "new_d07")
	},
	"D11": func(r rig) { r.sees("POST", rows+"systemusers", mock.Doc{}, 412, "0x80040237") },
	"D12": func(r rig) {
		r.variable("d12", 405)
		r.variable("d12", 204)
	},
	"D15": func(r rig) {
		me := server.Text(r.sees("GET", rows+"WhoAmI", nil, 200).body, "UserId")
		r.sees("DELETE", rows+"systemusers("+me+")", nil, 403, "0x80040225")
		r.sees("PATCH", rows+"systemusers("+me+")", mock.Doc{"isdisabled": true}, 204)
		times(2, func() { r.sees("GET", rows+"systemusers("+me+")?$select=isdisabled", nil, 200, `!"isdisabled":true`) })
		if a := r.ask(r.Context(), "DELETE", rows+"systemusers("+me+")", nil); strings.Contains(a.text, "must be disabled before") {
			r.Error(a.text)
		}
	},
	"C01": func(r rig) {
		at := "https://aaaaaaaa0000400080000000000000.01.environment.api.powerplatform.com/connectivity/connections?api-version=1"
		if a := r.ask(r.Context(), "GET", at, nil); a.status == 404 && strings.Contains(a.text, "ServiceToService") {
			r.Error("an old environment: " + a.text)
		}
		r.created("c01")
		times(4, func() { r.sees("GET", at, nil, 404, "ServiceToServiceEnvironmentNotFound") })
		if a := r.ask(r.Context(), "GET", at, nil); strings.Contains(a.text, "ServiceToService") {
			r.Error("a fifth time: " + a.text)
		}
	},
	"C03": func(r rig) {
		if got := r.tenant.Switch("powerapps.secrets"); got != "clear" {
			r.Error(got)
		}
	},
	"C04": func(r rig) {
		at := powerapps + "/apis/cases?api-version=2016-11-01&$filter=environment%20eq%20'" + plain + "'"
		r.sees("PATCH", at, mock.Doc{}, 400, "ApiHubsRequestFailed", "500 (Internal Server Error)", "The hub failed.")
		if a := r.ask(r.Context(), "PATCH", at, mock.Doc{}); strings.Contains(a.text, "The hub failed.") {
			r.Error(a.text)
		}
	},
	"C05": func(r rig) {
		body := mock.Doc{"name": "Cases", "displayname": "Cases", "connectortype": 1, "openapidefinition": `{"swagger":"2.0","info":{"title":"` + strings.Repeat("x", 1000) + `","version":"1.0"},"host":"a.example","paths":{}}`}
		r.sees("POST", rows+"connectors", body, 400, "0x80044331")
	},
	"C06": func(r rig) {
		at := powerapps + "/apis/cases/permissions?api-version=2016-11-01&$filter=environment%20eq%20'" + plain + "'"
		if a := r.sees("GET", at, nil, 200); a.text != `{"value":[]}` {
			r.Error(a.text)
		}
	},
	"X01": func(r rig) {
		var waits []time.Duration
		times(5, func() {
			r.sees("GET", admin+version, nil, 429)
			entries := r.platform.Journal(r.tenant.ID)
			waits = append(waits, entries[len(entries)-1].RetryAfter)
		})
		if waits[0] != time.Second || waits[1] < 25*time.Second || waits[1] > 30*time.Second || waits[2] != 0 || waits[3] != 0 || waits[4] != 0 {
			r.Error(waits)
		}
		r.sees("GET", admin+version, nil, 200)
	},
	"X02": func(r rig) { times(5, func() { r.sees("GET", admin+version, nil, 401, "InvalidAuthenticationToken") }) },
	"X02-claims": func(r rig) {
		if a := r.sees("GET", admin+version, nil, 401); !strings.Contains(a.header.Get("WWW-Authenticate"), `error="insufficient_claims", claims="`) {
			r.Error(a.header)
		}
		r.sees("GET", admin+version, nil, 200)
	},
	"X03": func(r rig) {
		times(3, func() { r.sees("GET", admin+version, nil, 403, "does not have permission to access the path") })
	},
	"X04": func(r rig) {
		if a := r.sees("GET", admin+version, nil, 200, "<html>"); !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			r.Error(a.header)
		}
		if a := r.sees("GET", admin+version, nil, 200); a.text != "" {
			r.Error(a.text)
		}
		if a := r.ask(r.Context(), "GET", admin+version, nil); len(a.text) != 20 || !errors.Is(a.err, io.ErrUnexpectedEOF) {
			r.Error(a.text, a.err)
		}
		r.sees("GET", admin+version, nil, 200)
	},
	"X05": func(r rig) {
		a := r.sees("GET", admin+version, nil, 200, "nextLink")
		if list, _ := a.body["value"].([]any); len(list) != 1 {
			r.Error(a.text)
		}
		if list, _ := r.sees("GET", rows+"roles", nil, 200, "@odata.nextLink").body["value"].([]any); len(list) != 1 {
			r.Error(list)
		}
	},
	"X06": func(r rig) {
		a := r.patch(plain, renamed(), 202)
		ctx, cancel := context.WithTimeout(r.Context(), 10*time.Millisecond)
		defer cancel()
		if got := r.ask(ctx, "GET", a.header.Get("Location"), nil); !errors.Is(got.err, context.DeadlineExceeded) {
			r.Error(got)
		}
		unspoilt(r)
		r.follow(a)
	},
}

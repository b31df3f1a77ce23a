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
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
)

func reset(r rig, at string) []error {
	var all []error
	for range 3 {
		_, err := r.Try("GET", at, nil)
		all = append(all, err)
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
		if a := r.link("link", 202); a.Header.Get("Location")+a.Header.Get("Operation-Location") != "" {
			r.Error(a.Header)
		}
	},
	"P02-location": func(r rig) {
		if a := r.link("link", 202); a.Header.Get("Location") == "" || a.Header.Get("Operation-Location") != "" {
			r.Error(a.Header)
		}
	},
	"P03": func(r rig) {
		a := r.link("link", 202)
		at := a.Header.Get("Operation-Location")
		for _, state := range []string{"NotStarted", "NotStarted", "Running", "Running", "Running"} {
			r.Send("GET", at, nil).Has(mock.Doc{"state.id": state})
		}
		a.Follow()
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
			r.link("link", 202).Follow().Has(mock.Doc{"state.id": "Failed"}).Says("used by another cluster")
		})
	},
	"P08": func(r rig) {
		times(3, func() { r.sees("DELETE", policy, nil, 400, "EnterprisePolicyDeleteNotAllowed", "'pol'") })
		if a := r.Send("DELETE", policy, nil); a.Status >= 300 {
			r.Error(a.Raw)
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
		if a := r.Send("PUT", policy, mock.Doc{}); strings.Contains(a.Raw, "MissingSubscriptionRegistration") {
			r.Error(a.Raw)
		}
	},
	"P12": func(r rig) {
		r.Do(func() {
			now := r.Clock().Now()
			if o := r.Begin("NewCustomerManagedKey", time.Minute, nil); o.Ready.Sub(now) != 3*time.Hour {
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
		if asked := r.Last().RetryAfter; asked != 30*time.Second {
			r.Error(asked)
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
		if a := r.variable("d07", 204); a.Header.Get("OData-EntityId") != "" {
			r.Error(a.Header)
		}
		r.sees("GET", rows+"environmentvariabledefinitions?$filter=schemaname%20eq%20'new_d07'", nil, 200, "new_d07")
	},
	"D11": func(r rig) { r.sees("POST", rows+"systemusers", mock.Doc{}, 412, "0x80040237") },
	"D12": func(r rig) {
		r.variable("d12", 405)
		r.variable("d12", 204)
	},
	"D15": func(r rig) {
		me := r.sees("GET", rows+"WhoAmI", nil, 200).Text("UserId")
		r.sees("DELETE", rows+"systemusers("+me+")", nil, 403, "0x80040225")
		r.sees("PATCH", rows+"systemusers("+me+")", mock.Doc{"isdisabled": true}, 204)
		times(2, func() { r.sees("GET", rows+"systemusers("+me+")?$select=isdisabled", nil, 200, `!"isdisabled":true`) })
		if a := r.Send("DELETE", rows+"systemusers("+me+")", nil); strings.Contains(a.Raw, "must be disabled before") {
			r.Error(a.Raw)
		}
	},
	"C01": func(r rig) {
		at := "https://aaaaaaaa0000400080000000000000.01.environment.api.powerplatform.com/connectivity/connections?api-version=1"
		if a := r.Send("GET", at, nil); a.Status == 404 && strings.Contains(a.Raw, "ServiceToService") {
			r.Error("an old environment: " + a.Raw)
		}
		r.created("c01")
		times(4, func() { r.sees("GET", at, nil, 404, "ServiceToServiceEnvironmentNotFound") })
		if a := r.Send("GET", at, nil); strings.Contains(a.Raw, "ServiceToService") {
			r.Error("a fifth time: " + a.Raw)
		}
	},
	"C03": func(r rig) {
		if got := r.Switch("powerapps.secrets"); got != "clear" {
			r.Error(got)
		}
	},
	"C04": func(r rig) {
		at := powerapps + "/apis/cases?api-version=2016-11-01&$filter=environment%20eq%20'" + plain + "'"
		r.sees("PATCH", at, mock.Doc{}, 400, "ApiHubsRequestFailed", "500 (Internal Server Error)", "The hub failed.")
		if a := r.Send("PATCH", at, mock.Doc{}); strings.Contains(a.Raw, "The hub failed.") {
			r.Error(a.Raw)
		}
	},
	"C05": func(r rig) {
		body := mock.Doc{"name": "Cases", "displayname": "Cases", "connectortype": 1, "openapidefinition": `{"swagger":"2.0","info":{"title":"` + strings.Repeat("x", 1000) + `","version":"1.0"},"host":"a.example","paths":{}}`}
		r.sees("POST", rows+"connectors", body, 400, "0x80044331")
	},
	"C06": func(r rig) {
		at := powerapps + "/apis/cases/permissions?api-version=2016-11-01&$filter=environment%20eq%20'" + plain + "'"
		r.sees("GET", at, nil, 200).Has(mock.Doc{"#": 1, "value": []any{}})
	},
	"X01": func(r rig) {
		var waits []time.Duration
		times(5, func() {
			r.sees("GET", admin+version, nil, 429)
			waits = append(waits, r.Last().RetryAfter)
		})
		if waits[0] != time.Second || waits[1] < 25*time.Second || waits[1] > 30*time.Second || waits[2] != 0 || waits[3] != 0 || waits[4] != 0 {
			r.Error(waits)
		}
		r.sees("GET", admin+version, nil, 200)
	},
	"X02": func(r rig) { times(5, func() { r.sees("GET", admin+version, nil, 401, "InvalidAuthenticationToken") }) },
	"X02-claims": func(r rig) {
		if a := r.sees("GET", admin+version, nil, 401); !strings.Contains(a.Header.Get("WWW-Authenticate"), `error="insufficient_claims", claims="`) {
			r.Error(a.Header)
		}
		r.sees("GET", admin+version, nil, 200)
	},
	"X03": func(r rig) {
		times(3, func() { r.sees("GET", admin+version, nil, 403, "does not have permission to access the path") })
	},
	"X04": func(r rig) {
		if a := r.sees("GET", admin+version, nil, 200, "<html>"); !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			r.Error(a.Header)
		}
		r.sees("GET", admin+version, nil, 200).Empty()
		if a, err := r.Try("GET", admin+version, nil); len(a.Raw) != 20 || !errors.Is(err, io.ErrUnexpectedEOF) {
			r.Error(a, err)
		}
		r.sees("GET", admin+version, nil, 200)
	},
	"X05": func(r rig) {
		r.sees("GET", admin+version, nil, 200).Has(mock.Doc{"value.#": 1, "nextLink": mocktest.Some})
		r.sees("GET", rows+"roles", nil, 200).Has(mock.Doc{"value.#": 1, "@odata.nextLink": mocktest.Some})
	},
	"X06": func(r rig) {
		a := r.patch(plain, renamed(), 202)
		ctx, cancel := context.WithTimeout(r.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := r.Platform().Do(r.Request("GET", a.Header.Get("Location"), nil).WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
			r.Error(err)
		}
		unspoilt(r)
		a.Follow()
	},
}

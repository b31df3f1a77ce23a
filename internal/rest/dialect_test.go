package rest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAzureResourceManagerSpeaksItsOwnDialect(t *testing.T) {
	t.Parallel()
	arm := Endpoint{Host: "management.azure.com", APIVersion: "2020-10-30", Operations: ARM}
	const base = "https://management.azure.com"
	for name, tc := range map[string]struct {
		method  string
		answers []answer
		lines   string
		name    string
		error   string
	}{
		"Azure-AsyncOperation": {
			http.MethodPut, []answer{
				reply(201, `{"name":"new"}`, "Azure-AsyncOperation", base+"/op", "Retry-After", "7"), reply(200, `{"status":"InProgress"}`),
				reply(429, ""), reply(200, `{"status":"Succeeded"}`), reply(200, `{"name":"made"}`),
			}, "PUT /x,GET /op,GET /op,GET /op,GET /x", "made", "",
		},
		"Location": {
			http.MethodPost, []answer{accepted("Location", base+"/op"), accepted(), reply(200, `{"name":"done"}`)}, "POST /x,GET /op,GET /op", "done", "",
		},
		"provisioningState": {
			http.MethodPut, []answer{reply(201, `{"properties":{"provisioningState":"Creating"}}`), reply(200, `{"name":"made","properties":{"provisioningState":"Succeeded"}}`)}, "PUT /x,GET /x", "made", "",
		},
		"at once":    {http.MethodPut, []answer{reply(200, `{"name":"there"}`)}, "PUT /x", "there", ""},
		"no content": {http.MethodDelete, []answer{reply(204, "")}, "DELETE /x", "", ""},
		"failed": {
			http.MethodPost,
			[]answer{accepted("Azure-AsyncOperation", base+"/op"), reply(200, `{"status":"Failed","error":{"code":"E","message":"M."}}`)},
			"POST /x,GET /op", "", "POST https://management.azure.com/x: the operation ended Failed: E: M.",
		},
		"refused while polling": {
			http.MethodPost,
			[]answer{accepted("Azure-AsyncOperation", base+"/op"), reply(403, `{"error":{"code":"E","message":"M."}}`)},
			"POST /x,GET /op", "", "GET https://management.azure.com/op: 403 Forbidden: E: M.",
		},
		"HTML while polling": {
			http.MethodPost,
			[]answer{accepted("Azure-AsyncOperation", base+"/op"), reply(200, `<html>`)},
			"POST /x,GET /op", "", "POST https://management.azure.com/x: invalid character '<' looking for beginning of value",
		},
		"no address": {
			http.MethodPost, []answer{accepted()}, "POST /x", "", "POST https://management.azure.com/x: response is missing polling URL",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, arm, Options{}, tc.answers, func(ctx context.Context, c *Client, s *script) {
				v, err := send[thing](ctx, c, tc.method, "/x", nil, nil)
				if v.Name != tc.name || (err == nil) != (tc.error == "") || err != nil && err.Error() != tc.error {
					t.Errorf("%v, %v\nwant %s", v, err, tc.error)
				}
				var lines []string
				for _, r := range s.seen {
					line, _, _ := strings.Cut(r.line, "?")
					lines = append(lines, strings.Replace(line, base, "", 1))
				}
				if got := strings.Join(lines, ","); got != tc.lines {
					t.Errorf("sent %s, want %s", got, tc.lines)
				}
			})
		})
	}
}

func TestAzureResourceManagerIsPolledAtItsPace(t *testing.T) {
	t.Parallel()
	arm := Endpoint{Host: "management.azure.com", Operations: ARM}
	answers := slices.Concat(
		[]answer{accepted("Location", "https://management.azure.com/op", "Retry-After", "17")},
		repeat(6, reply(502, "")), // more often than azcore's own default
		[]answer{accepted(), reply(502, ""), reply(204, "")},
	)
	perform(t, arm, Options{}, answers, func(ctx context.Context, c *Client, s *script) {
		if err := Delete(ctx, c, "/x", nil); err != nil {
			t.Error(err)
		}
		if s.seen[1].at != 17*time.Second || s.seen[8].at-s.seen[7].at != pollEvery || !spreadAround(s.seen[9].at-s.seen[8].at, backoff) {
			t.Errorf("sent at %v", s.times())
		}
	})
}

func TestAJobIsFollowedByItsRow(t *testing.T) {
	t.Parallel()
	org := Endpoint{Host: "org.crm4.dynamics.com", Operations: Job}
	started := reply(200, `{"ImportJobKey":"k","AsyncOperationId":"00000000-0000-0000-0000-00000000000a"}`)
	row := func(status int, more string) answer {
		return reply(200, fmt.Sprintf(`{"statecode":3,"statuscode":%d%s}`, status, more))
	}
	type job struct{ ImportJobKey string }
	perform(t, org, Options{}, []answer{started, row(0, ""), row(20, ""), reply(502, ""), row(30, "")}, func(ctx context.Context, c *Client, s *script) {
		v, err := Post[job](ctx, c, "/api/data/v9.2/ImportSolutionAsync", nil)
		if err != nil || v.ImportJobKey != "k" {
			t.Error(v, err)
		}
		if want := "GET https://org.crm4.dynamics.com/api/data/v9.2/asyncoperations(00000000-0000-0000-0000-00000000000a)?$select="; !strings.HasPrefix(s.seen[1].line, want) {
			t.Errorf("polled %s", s.seen[1].line)
		}
	})
	for status, ended := range map[int]string{31: "Failed", 32: "Canceled"} {
		perform(t, org, Options{}, []answer{started, row(status, `,"message":"Trace.","friendlymessage":"The solution is broken."`)}, func(ctx context.Context, c *Client, _ *script) {
			_, err := Post[job](ctx, c, "/x", nil)
			if want := "POST https://org.crm4.dynamics.com/x: the operation ended " + ended + ": The solution is broken. Trace."; err == nil || err.Error() != want {
				t.Errorf("%v\nwant %s", err, want)
			}
		})
	}
	for name, plain := range map[string]answer{"no job": reply(200, `{"ImportJobKey":"k"}`), "no content": reply(204, "", "Location", "https://org.crm4.dynamics.com/row")} {
		perform(t, org, Options{}, []answer{plain}, func(ctx context.Context, c *Client, _ *script) {
			if _, err := Post[job](ctx, c, "/x", nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

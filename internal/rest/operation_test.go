package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const opURL = "https://europe.api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/lifecycleOperations/1?api-version=2023-06-01"

func at(state string) answer { return reply(200, `{"name":"op","state":{"id":"`+state+`"}}`) }

func accepted(headers ...string) answer { return reply(202, "", headers...) }

func TestAnOperationIsFollowedByEitherHeader(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"Location", "Operation-Location"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			perform(t, bap, Options{}, []answer{accepted(header, opURL, "Retry-After", "15"), at("NotStarted"), reply(200, `{"state":{"id":"Running"}}`, "Retry-After", "60"), at("Succeeded")}, func(ctx context.Context, c *Client, s *script) {
				v, err := send[thing](ctx, c, method, "/x", nil, nil)
				if err != nil || v.Name != "op" {
					t.Errorf("%s, %s: %v, %v", header, method, v, err)
				}
				want := method + " https://api.bap.microsoft.com/x?api-version=2023-06-01\n" + strings.Repeat("GET "+opURL+"\n", 3)
				if s.lines() != want {
					t.Errorf("sent\n%swant\n%s", s.lines(), want)
				}
				if want := []time.Duration{0, 15 * time.Second, 15*time.Second + pollEvery, 75*time.Second + pollEvery}; !slices.Equal(s.times(), want) {
					t.Errorf("sent at %v, want %v", s.times(), want)
				}
			})
		}
	}
}

func TestAnAcceptedRequestWithoutAddressIsLeftToTheCaller(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{accepted()}, func(ctx context.Context, c *Client, _ *script) {
		if v, err := Post[thing](ctx, c, "/x", nil); err != nil || v.Name != "" {
			t.Error(v, err)
		}
	})
}

func TestARelativeAddressBelongsToTheEndpoint(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{accepted("Location", "/ops/1?x=1"), at("Succeeded")}, func(ctx context.Context, c *Client, s *script) {
		if _, err := Post[thing](ctx, c, "/x", nil); err != nil {
			t.Error(err)
		}
		if s.seen[1].line != "GET https://api.bap.microsoft.com/ops/1?x=1" {
			t.Errorf("sent %s", s.seen[1].line)
		}
	})
	perform(t, bap, Options{}, []answer{accepted("Location", "https://a b/%zz")}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Post[thing](ctx, c, "/x", nil); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Error(err)
		}
	})
}

func TestOtherSuccessesStartNoOperation(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{reply(201, `{"name":"a"}`, "Location", opURL)}, func(ctx context.Context, c *Client, _ *script) {
		if v, err := Post[thing](ctx, c, "/x", nil); err != nil || v.Name != "a" {
			t.Error(v, err)
		}
	})
	perform(t, bap, Options{}, []answer{reply(202, `{"name":"a"}`, "Location", opURL)}, func(ctx context.Context, c *Client, _ *script) {
		if v, err := Get[thing](ctx, c, "/x"); err != nil || v.Name != "a" {
			t.Error(v, err)
		}
	})
}

func TestStatesOfEveryDocument(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body  string
		ends  bool
		error string // "" is success
	}{
		"lifecycle":          {`{"state":{"id":"Succeeded"}}`, true, ""},
		"in other case":      {`{"state":{"id":"succeeded"}}`, true, ""},
		"state as text":      {`{"state":"Succeeded"}`, true, ""},
		"status":             {`{"status":"Succeeded"}`, true, ""},
		"environment":        {`{"name":"e","properties":{"provisioningState":"Succeeded"}}`, true, ""},
		"the object itself":  {`{"properties":{"tenantId":"1"}}`, true, ""},
		"validation":         {`{"status":"ValidationFailed","errorDetail":{"code":"E","message":"M."}}`, true, "the operation ended ValidationFailed: E: M."},
		"failed":             {`{"state":{"id":"Failed"},"error":{"code":"E","message":"M."}}`, true, "the operation ended Failed: E: M."},
		"canceled":           {`{"state":{"id":"Canceled"}}`, true, "the operation ended Canceled"},
		"cancelled":          {`{"status":"Cancelled","statusMessage":"By hand."}`, true, "the operation ended Cancelled: By hand."},
		"running":            {`{"state":{"id":"Running"}}`, false, ""},
		"being provisioned":  {`{"properties":{"provisioningState":"LinkedDatabaseProvisioning"}}`, false, ""},
		"incomplete":         {`{}`, false, ""},
		"of unexpected type": {`{"state":7.5,"status":[],"properties":"none"}`, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := []answer{accepted("Location", opURL), reply(200, tc.body)}
			if !tc.ends {
				answers = append(answers, at("Succeeded"))
			}
			perform(t, bap, Options{}, answers, func(ctx context.Context, c *Client, _ *script) {
				_, err := Post[thing](ctx, c, "/x", nil)
				if tc.error == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if want := "POST https://api.bap.microsoft.com/x: " + tc.error; !IsOperationFailed(err) || err.Error() != want {
					t.Errorf("%v\nwant %s", err, want)
				}
			})
		})
	}
}

func TestPollsWithoutADocument(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{accepted("Location", opURL), accepted(), reply(204, "")}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Post[thing](ctx, c, "/x", nil); err != nil {
			t.Error(err)
		}
	})
	for _, body := range []string{"", "<html>"} {
		perform(t, bap, Options{}, []answer{accepted("Location", opURL), reply(200, body)}, func(ctx context.Context, c *Client, _ *script) {
			_, err := Post[thing](ctx, c, "/x", nil)
			if err == nil || !strings.Contains(err.Error(), "GET https://europe.api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/lifecycleOperations/1: 200 OK: expected a JSON document") {
				t.Error(err)
			}
		})
	}
}

func TestABusyPollKeepsWaiting_E10(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{accepted("Location", opURL), reply(409, ""), reply(409, `{"error":{"code":"Busy"}}`, "Retry-After", "30"), at("Running"), at("Succeeded")}, func(ctx context.Context, c *Client, s *script) {
		if _, err := Patch[thing](ctx, c, "/x", nil); err != nil {
			t.Error(err)
		}
		if want := []time.Duration{0, pollEvery, 2 * pollEvery, 2*pollEvery + 30*time.Second, 3*pollEvery + 30*time.Second}; !slices.Equal(s.times(), want) {
			t.Errorf("sent at %v, want %v", s.times(), want)
		}
	})
}

func TestPollsOutliveABadConnection(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{accepted("Location", opURL), reply(503, ""), lost(errors.New("reset")), cut(200), at("Succeeded")}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Post[thing](ctx, c, "/x", nil); err != nil {
			t.Error(err)
		}
	})
}

func TestAVanishedOperation_E11(t *testing.T) {
	t.Parallel()
	for _, dialect := range []Dialect{Lifecycle, ARM} {
		for _, status := range []int{404, 410} {
			answers := []answer{accepted("Location", opURL), at("Running"), reply(status, `{"error":{"code":"OperationNotFound","message":"No."}}`)}
			if dialect == ARM {
				answers = slices.Delete(answers, 1, 2)
			}
			e := Endpoint{Host: bap.Host, Operations: dialect}
			perform(t, e, Options{}, answers, func(ctx context.Context, c *Client, _ *script) {
				if err := Delete(ctx, c, "/x", nil); err != nil {
					t.Errorf("delete: %v", err)
				}
			})
			for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch} {
				perform(t, e, Options{}, answers, func(ctx context.Context, c *Client, _ *script) {
					_, err := send[thing](ctx, c, method, "/x", nil, nil)
					if !IsOperationGone(err) || IsNotFound(err) || IsAmbiguous(err) || !HasCode(err, "OperationNotFound") {
						t.Errorf("%s: %v", method, err)
					}
				})
			}
		}
	}
}

func TestARefusedPollIsAnError(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{accepted("Location", opURL), reply(403, `{"message":"No."}`)}, func(ctx context.Context, c *Client, _ *script) {
		err := Delete(ctx, c, "/x", nil)
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != 403 || e.Operation != "" {
			t.Error(err)
		}
	})
}

func TestAFailedOperationIsStartedAgain_E12(t *testing.T) {
	t.Parallel()
	failed := reply(200, `{"state":{"id":"Failed"},"error":{"code":"SubnetInUse","message":"The subnet is used by another cluster."}}`, "Retry-After", "20")
	begun := accepted("Location", opURL)
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
		perform(t, bap, Options{}, []answer{begun, failed, begun, at("Succeeded")}, func(ctx context.Context, c *Client, s *script) {
			if _, err := send[None](ctx, c, method, "/x", thing{"b"}, nil); err != nil {
				t.Errorf("%s: %v", method, err)
			}
			if s.seen[2].at != pollEvery+20*time.Second || s.seen[2].body != `{"name":"b"}` {
				t.Errorf("%s: sent again after %s: %s", method, s.seen[2].at, s.seen[2].body)
			}
		})
		perform(t, bap, Options{}, slices.Concat([]answer{begun, failed}, []answer{begun, failed}, []answer{begun, failed}), func(ctx context.Context, c *Client, _ *script) {
			_, err := send[None](ctx, c, method, "/x", nil, nil)
			want := method + " https://api.bap.microsoft.com/x: the operation ended Failed: SubnetInUse: The subnet is used by another cluster."
			if !IsOperationFailed(err) || err.Error() != want {
				t.Errorf("%v\nwant %s", err, want)
			}
		})
	}
	perform(t, bap, Options{}, []answer{begun, at("Canceled")}, func(ctx context.Context, c *Client, _ *script) {
		if err := Delete(ctx, c, "/x", nil); !IsOperationFailed(err) {
			t.Errorf("canceled: %v", err)
		}
	})
	perform(t, bap, Options{}, []answer{begun, failed}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Post[None](ctx, c, "/x", nil); !IsOperationFailed(err) || !HasCode(err, "SubnetInUse") {
			t.Errorf("POST: %v", err)
		}
	})
}

func TestObserveSeesEveryAnswerOnTheWay(t *testing.T) {
	t.Parallel()
	type doc struct{ ID, Status string }
	const async = "https://management.azure.com/op/1"
	for name, tc := range map[string]struct {
		endpoint Endpoint
		answers  []answer
		want     string
	}{
		"lifecycle": {bap, []answer{
			reply(202, `{"id":"a"}`, "Location", opURL), reply(409, ""), reply(200, `{"id":7}`),
			reply(200, `{"id":"b","status":"Running"}`), reply(200, `{"id":"b","status":"Succeeded"}`),
		}, "[{a } {b Running} {b Succeeded}]"},
		"no address": {bap, []answer{reply(202, `{"id":"a"}`)}, "[{a }]"},
		"ARM": {Endpoint{Host: "management.azure.com", Operations: ARM}, []answer{
			reply(201, `{"id":"a"}`, "Azure-AsyncOperation", async), reply(200, `{"status":"Running"}`), reply(200, `{"status":"Succeeded"}`), reply(200, `{"id":"a"}`),
		}, "[{a } { Running} { Succeeded}]"},
	} {
		perform(t, tc.endpoint, Options{}, tc.answers, func(ctx context.Context, c *Client, _ *script) {
			var got []doc
			if _, err := Put[json.RawMessage](ctx, c, "/x", nil, Observe(func(d doc) { got = append(got, d) })); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if s := fmt.Sprint(got); s != tc.want {
				t.Errorf("%s: saw %s, want %s", name, s, tc.want)
			}
		})
	}
}

func TestInterruptionEndsAnOperationAtOnce_X06(t *testing.T) {
	t.Parallel()
	for _, e := range []Endpoint{bap, {Host: bap.Host, Operations: ARM}} {
		perform(t, e, Options{}, []answer{
			reply(202, `{"name":"id"}`, "Location", opURL, "Retry-After", "5"),
			reply(202, `{"state":{"id":"Running"}}`, "Retry-After", "120"),
		}, func(ctx context.Context, c *Client, s *script) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(6*time.Second, cancel)
			var key string
			_, err := Post[thing](ctx, c, "/x", nil, Observe(func(v thing) { key += v.Name }))
			if _, ok := errors.AsType[*TimeoutError](err); !ok || !errors.Is(err, context.Canceled) || time.Since(epoch) != 6*time.Second {
				t.Errorf("%v after %s", err, time.Since(epoch))
			}
			if key != "id" || len(s.seen) != 2 {
				t.Errorf("the key is %q after %d requests", key, len(s.seen))
			}
		})
	}
}

func TestTheDeadlineErrorNamesTheStateOfTheOperation(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{accepted("Location", opURL), at("Running")}, func(ctx context.Context, c *Client, _ *script) {
		ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
		defer cancel()
		_, err := Post[thing](ctx, c, "/x", nil)
		want := "the time allowed ran out; the last answer was GET https://europe.api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/lifecycleOperations/1: the operation is Running"
		if err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	})
}

func TestAnEndlessOperationWaitsOnTheVirtualClockAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{t: t, answers: slices.Concat([]answer{accepted("Location", opURL, "Retry-After", "60")}, repeat(180, reply(200, `{"state":{"id":"Running"}}`, "Retry-After", "60")), []answer{at("Succeeded")})}
		if _, err := Post[None](t.Context(), New(bap, Options{Transport: s}), "/x", nil); err != nil {
			t.Error(err)
		}
		if got := time.Since(epoch); got != 181*time.Minute {
			t.Errorf("took %s", got)
		}
	})
}

func TestADeleteWithoutAnAddressIsReadUntilTheObjectIsGone(t *testing.T) {
	t.Parallel()
	for _, dialect := range []Dialect{Lifecycle, ARM} {
		e := bap
		e.Operations = dialect
		perform(t, e, Options{}, []answer{reply(202, ""), reply(200, `{"name":"a"}`), reply(404, "")}, func(ctx context.Context, c *Client, s *script) {
			if err := Delete(ctx, c, "/x", nil); err != nil || len(s.seen) != 3 {
				t.Errorf("%d: %v after %s", dialect, err, s.lines())
			}
		})
	}
}

func TestAnOperationThatCannotBeFollowedIsAmbiguous(t *testing.T) {
	t.Parallel()
	for name, poll := range map[string]answer{"refused": reply(403, ""), "a page": reply(200, "<html>")} {
		perform(t, bap, Options{}, []answer{reply(202, "", "Location", "https://api.bap.microsoft.com/op"), poll}, func(ctx context.Context, c *Client, _ *script) {
			if _, err := Post[thing](ctx, c, "/x", nil); !IsAmbiguous(err) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestWhoWantsToKnowIsToldAtOnce(t *testing.T) {
	t.Parallel()
	answers := []answer{reply(202, "", "Location", "https://api.bap.microsoft.com/op", "Retry-After", "10"), reply(200, `{"name":"a","state":{"id":"Succeeded"}}`)}
	perform(t, bap, Options{}, answers, func(ctx context.Context, c *Client, s *script) {
		var seen string
		if _, err := Post[thing](ctx, c, "/x", nil, Observe(func(v thing) { seen = v.Name })); err != nil || seen != "a" || s.seen[1].at != 0 {
			t.Errorf("%v, saw %q, polled at %v", err, seen, s.times())
		}
	})
}

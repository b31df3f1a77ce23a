package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetryAfterIsHonoured_X01(t *testing.T) {
	t.Parallel()
	date := func(d time.Duration) string { return epoch.Add(d).Format(http.TimeFormat) }
	for name, tc := range map[string]struct {
		headers []string
		want    time.Duration
	}{
		"seconds":                 {[]string{"Retry-After", "120"}, 2 * time.Minute},
		"an HTTP date":            {[]string{"Retry-After", date(90 * time.Second)}, 90 * time.Second},
		"a duration":              {[]string{"Retry-After", "1m30s"}, 90 * time.Second},
		"a time span":             {[]string{"Retry-After", "00:01:10"}, 70 * time.Second},
		"milliseconds":            {[]string{"Retry-After-Ms", "1500"}, 1500 * time.Millisecond},
		"Azure's milliseconds":    {[]string{"X-Ms-Retry-After-Ms", "2500"}, 2500 * time.Millisecond},
		"milliseconds go first":   {[]string{"Retry-After", "9", "Retry-After-Ms", "250"}, 250 * time.Millisecond},
		"a past date":             {[]string{"Retry-After", date(-time.Hour)}, backoff},
		"zero":                    {[]string{"Retry-After", "0"}, backoff},
		"a negative number":       {[]string{"Retry-After", "-5"}, backoff},
		"nonsense":                {[]string{"Retry-After", "soon"}, backoff},
		"nothing":                 {nil, backoff},
		"more than anyone waits":  {[]string{"Retry-After", "86400"}, longest},
		"more than a number hold": {[]string{"Retry-After", "9223372036854775807"}, longest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				perform(t, bap, Options{}, []answer{reply(429, "", tc.headers...), reply(200, `{"name":"a"}`)}, func(ctx context.Context, c *Client, s *script) {
					v, err := send[thing](ctx, c, method, "/x", nil, nil)
					if err != nil || v.Name != "a" {
						t.Errorf("%s: %v, %v", method, v, err)
					}
					if got := s.seen[1].at; got != tc.want && (tc.want != backoff || !spreadAround(got, backoff)) {
						t.Errorf("%s: sent again after %s, want %s", method, got, tc.want)
					}
				})
			}
		})
	}
}

func TestAPauseBeyondTheDeadlineReturnsTheAnswerAtOnce_X01(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{reply(429, `{"error":{"code":"TooManyRequests","message":"Slow down."}}`, "Retry-After", "61")}, func(ctx context.Context, c *Client, _ *script) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		_, err := Get[thing](ctx, c, "/x")
		if !HasCode(err, "TooManyRequests") || time.Since(epoch) != 0 {
			t.Errorf("%v after %s", err, time.Since(epoch))
		}
	})
}

func TestTheDeadlineErrorNamesTheLastAnswer(t *testing.T) {
	t.Parallel()
	for last, want := range map[string]struct {
		answer answer
		words  string
	}{
		"an answer": {reply(502, "<title>Bad gateway</title>"), `the time allowed ran out; the last answer was GET https://api.bap.microsoft.com/x: 502 Bad Gateway: an HTML page titled "Bad gateway"`},
		"no answer": {lost(io.ErrUnexpectedEOF), "the time allowed ran out; the last answer was GET https://api.bap.microsoft.com/x: unexpected EOF"},
	} {
		perform(t, bap, Options{}, []answer{want.answer}, func(ctx context.Context, c *Client, _ *script) {
			ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
			defer cancel()
			_, err := Get[thing](ctx, c, "/x")
			if _, ok := errors.AsType[*TimeoutError](err); !ok || err.Error() != want.words || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v\nwant %s", last, err, want.words)
			}
		})
	}
}

func TestPausesGrowWhereThePlatformNamesNone(t *testing.T) {
	t.Parallel()
	answers := append(repeat(9, reply(502, "")), reply(200, `{}`))
	perform(t, bap, Options{}, answers, func(ctx context.Context, c *Client, s *script) {
		if _, err := Get[thing](ctx, c, "/x"); err != nil {
			t.Error(err)
		}
		exact := 0
		for i, factor := range []int{1, 2, 4, 8, 16, 32, 64, 64, 64} {
			pause, want := s.times()[i+1]-s.times()[i], backoff*time.Duration(factor)
			if !spreadAround(pause, want) {
				t.Errorf("pause %d is %v, want about %v", i, pause, want)
			}
			if pause == want {
				exact++
			}
		}
		if exact > 2 {
			t.Error("all that is refused together comes back together")
		}
	})
}

// spreadAround reports whether a pause is within a fifth of the one that it varies.
func spreadAround(pause, want time.Duration) bool { return (pause - want).Abs() <= want/5 }

func TestReplaysFollowTheMethod(t *testing.T) {
	t.Parallel()
	reset := errors.New("connection reset")
	for name, tc := range map[string]struct {
		first      answer
		idempotent bool // GET, PUT, PATCH and DELETE are sent again
		post       bool // so is POST
	}{
		"408":                  {reply(408, ""), true, false},
		"425":                  {reply(425, ""), true, false},
		"429":                  {reply(429, ""), true, true},
		"499":                  {reply(499, ""), true, false},
		"500":                  {reply(500, ""), true, false},
		"502":                  {reply(502, ""), true, false},
		"502 with Retry-After": {reply(502, "", "Retry-After", "1"), true, false},
		"503":                  {reply(503, ""), true, false},
		"503 with Retry-After": {reply(503, "", "Retry-After", "1"), true, true},
		"504":                  {reply(504, ""), true, false},
		"connection lost":      {lost(reset), true, false},
		"cut in the body":      {cut(200), true, false},
		"error cut":            {cut(404), true, false},
		"busy":                 {reply(409, `{"error":{"code":"OperationNotStartable"}}`), true, true},
		"400":                  {reply(400, ""), false, false},
		"401":                  {reply(401, ""), false, false},
		"403":                  {reply(403, ""), false, false},
		"404":                  {reply(404, ""), false, false},
		"409":                  {reply(409, `{"error":{"code":"Taken"}}`), false, false},
		"412":                  {reply(412, ""), false, false},
		"501":                  {reply(501, ""), false, false},
		"a bad certificate":    {lost(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodPost} {
				replayed := tc.idempotent
				if method == http.MethodPost {
					replayed = tc.post
				}
				if name == "busy" && method == http.MethodGet {
					continue // nothing to refuse
				}
				answers := []answer{tc.first}
				if replayed {
					answers = append(answers, reply(200, `{"name":"a"}`))
				}
				perform(t, bap, Options{}, answers, func(ctx context.Context, c *Client, s *script) {
					_, err := send[thing](ctx, c, method, "/x", thing{"b"}, nil)
					if (err == nil) != replayed {
						t.Errorf("%s: %v", method, err)
					}
					for _, r := range s.seen {
						if r.body != `{"name":"b"}` {
							t.Errorf("%s: body %q", method, r.body)
						}
					}
				})
			}
		})
	}
}

func TestAPostOfUnknownEffectIsAmbiguous(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer    answer
		ambiguous bool
	}{
		"500":               {reply(500, ""), true},
		"503":               {reply(503, ""), true},
		"499 with a body":   {reply(499, `{"name":"id"}`), true},
		"connection lost":   {lost(io.ErrUnexpectedEOF), true},
		"cut in the body":   {cut(202), true},
		"400":               {reply(400, ""), false},
		"409":               {reply(409, `{"error":{"code":"DomainNameAlreadyInUse"}}`), false},
		"a bad certificate": {lost(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), false},
	} {
		perform(t, bap, Options{}, []answer{tc.answer}, func(ctx context.Context, c *Client, _ *script) {
			if _, err := Post[None](ctx, c, "/x", thing{}); err == nil || IsAmbiguous(err) != tc.ambiguous {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	perform(t, bap, Options{}, []answer{reply(503, "", "Retry-After", "90")}, func(ctx context.Context, c *Client, _ *script) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if _, err := Post[None](ctx, c, "/x", thing{}); err == nil || IsAmbiguous(err) {
			t.Errorf("a 503 that names a time did nothing: %v", err)
		}
	})
}

func TestATokenThatCannotBeHadIsNotAmbiguous(t *testing.T) {
	t.Parallel()
	refused := errors.New("AADSTS7000215: Invalid client secret")
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		perform(t, secured, Options{Credential: &credential{err: refused}}, nil, func(ctx context.Context, c *Client, _ *script) {
			_, err := send[None](ctx, c, method, "/x", nil, nil)
			if !errors.Is(err, refused) || IsAmbiguous(err) || time.Since(epoch) != 0 {
				t.Errorf("%s: %v after %s", method, err, time.Since(epoch))
			}
		})
	}
}

func TestBusyPassesByItself_E09(t *testing.T) {
	t.Parallel()
	busy := reply(409, `{"error":{"code":"OperationNotStartable","message":"There is an active lifecycle operation."}}`)
	answers := []answer{busy, reply(409, ""), busy, reply(204, "")}
	for _, method := range []string{http.MethodPatch, http.MethodDelete} {
		perform(t, bap, Options{}, answers, func(ctx context.Context, c *Client, _ *script) {
			if _, err := send[None](ctx, c, method, "/x", nil, nil); err != nil {
				t.Errorf("%s: %v", method, err)
			}
		})
	}
	perform(t, bap, Options{}, []answer{reply(409, "")}, func(ctx context.Context, c *Client, _ *script) {
		_, err := Post[None](ctx, c, "/x", nil)
		if e, ok := errors.AsType[*Error](err); !ok || !e.Empty() {
			t.Errorf("an empty 409 is no promise for a POST: %v", err)
		}
	})
}

func TestRetryOnWaitsForWhatTheCallerKnows(t *testing.T) {
	t.Parallel()
	grace := RetryOn(func(e *Error) bool { return e.Status == 403 && strings.Contains(e.Message, "new") })
	perform(t, bap, Options{}, []answer{reply(403, `{"message":"new org"}`, "Retry-After", "200"), reply(403, `{"message":"new org"}`), reply(201, `{"name":"a"}`)}, func(ctx context.Context, c *Client, s *script) {
		if _, err := Post[thing](ctx, c, "/x", nil, grace); err != nil {
			t.Error(err)
		}
		if at := s.times(); len(at) != 3 || at[1] != 200*time.Second || !spreadAround(at[2]-at[1], 2*backoff) {
			t.Errorf("sent at %v", at)
		}
	})
	perform(t, bap, Options{}, []answer{reply(403, `{"message":"old org"}`)}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Get[thing](ctx, c, "/x", grace); err == nil {
			t.Error("no error")
		}
	})
}

func TestNoRetryEndsWhatRetryOnWaitsFor(t *testing.T) {
	t.Parallel()
	grace := RetryOn(func(e *Error) bool { return e.Status == 403 })
	final := NoRetry(func(e *Error) bool { return e.Message == "No." })
	perform(t, bap, Options{}, []answer{reply(403, `{"message":"Not yet."}`), reply(403, `{"message":"No."}`)}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Get[thing](ctx, c, "/x", grace, final); err == nil || !strings.Contains(err.Error(), "No.") {
			t.Error(err)
		}
	})
	perform(t, bap, Options{}, []answer{reply(403, `{"message":"No."}`)}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Get[thing](ctx, c, "/x", final); err == nil {
			t.Error("a refusal is no error")
		}
	})
}

func TestInterruptionEndsAPauseAtOnce_X06(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]answer{
		"after an answer": reply(503, `{"message":"Down."}`, "Retry-After", "100"),
		"after none":      lost(syscall.ECONNRESET),
	} {
		perform(t, bap, Options{}, []answer{first}, func(ctx context.Context, c *Client, _ *script) {
			ctx, cancel := context.WithCancel(ctx)
			go func() {
				synctest.Wait() // until the pause has begun
				cancel()
			}()
			_, err := Get[thing](ctx, c, "/x")
			e, ok := errors.AsType[*TimeoutError](err)
			if !ok || !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "interrupted; the last answer was GET https://") || time.Since(epoch) != 0 {
				t.Errorf("%s: %v after %s", name, err, time.Since(epoch))
			}
			if ok && e.Last == "" {
				t.Error("the last answer is forgotten")
			}
		})
	}
}

func TestAnInterruptedRequestSaysSo(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		hang := func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}
		perform(t, bap, Options{}, []answer{hang}, func(ctx context.Context, c *Client, _ *script) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := send[None](ctx, c, method, "/x", nil, nil)
			if err == nil || err.Error() != "the time allowed ran out before "+method+" https://api.bap.microsoft.com/x was answered" || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", method, err)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "1", "-1", "10s", "1e9h", "00:00:10", "Sat, 01 Jan 2000 00:01:00 GMT", "9223372036854775807"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if d := parseRetryAfter(v, epoch); d < 0 {
			t.Errorf("%q is %s", v, d)
		}
	})
}

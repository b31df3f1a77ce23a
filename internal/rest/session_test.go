package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitPausesAsTheLastAnswerAsked(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answers []answer
		want    time.Duration
	}{
		"nothing asked":             {[]answer{reply(200, "{}")}, 3 * time.Second},
		"a pause":                   {[]answer{reply(200, "{}", "Retry-After", "25")}, 25 * time.Second},
		"less than the default":     {[]answer{reply(200, "{}", "Retry-After-Ms", "1")}, time.Millisecond},
		"a pause of an error":       {[]answer{reply(404, "", "Retry-After", "30s")}, 30 * time.Second},
		"only the last answer's":    {[]answer{reply(200, "{}", "Retry-After", "25"), reply(200, "{}")}, 3 * time.Second},
		"more than anyone waits":    {[]answer{reply(200, "{}", "Retry-After", "86400")}, longest},
		"an error asks too long":    {[]answer{reply(404, "", "Retry-After", "86400")}, longest},
		"a lost answer asks nought": {[]answer{reply(200, "{}", "Retry-After", "25"), lost(permanent{errors.New("lost")})}, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, bap, Options{}, tc.answers, func(ctx context.Context, c *Client, _ *script) {
				ctx = Begin(ctx)
				for range tc.answers {
					_, _ = Get[thing](ctx, c, "/x")
				}
				began := time.Now()
				if err := Wait(ctx, 3*time.Second); err != nil {
					t.Error(err)
				}
				if got := time.Since(began); got != tc.want {
					t.Errorf("paused %s, want %s", got, tc.want)
				}
			})
		})
	}
}

func TestWaitEndsWithTheContextAndNamesTheLastAnswer(t *testing.T) {
	t.Parallel()
	perform(t, bap, Options{}, []answer{reply(200, `{}`)}, func(ctx context.Context, c *Client, _ *script) {
		ctx, cancel := context.WithTimeout(Begin(ctx), 90*time.Second)
		defer cancel()
		err := Until(ctx, 2*time.Minute, func(ctx context.Context) (bool, error) {
			_, err := Get[thing](ctx, c, "/env")
			return false, err
		})
		want := "the time allowed ran out; the last answer was GET https://api.bap.microsoft.com/env: 200 OK"
		if err == nil || err.Error() != want || !errors.Is(err, context.DeadlineExceeded) || time.Since(epoch) != 90*time.Second {
			t.Errorf("%v after %s\nwant %s", err, time.Since(epoch), want)
		}
	})
}

func TestARequestThatHangsIsNamed(t *testing.T) {
	t.Parallel()
	hang := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	perform(t, bap, Options{}, []answer{reply(200, `{}`), hang}, func(ctx context.Context, c *Client, _ *script) {
		ctx, cancel := context.WithTimeout(Begin(ctx), time.Second)
		defer cancel()
		if _, err := Get[thing](ctx, c, "/env"); err != nil {
			t.Fatal(err)
		}
		_, err := Put[thing](ctx, c, "/env", thing{})
		want := "the time allowed ran out before PUT https://api.bap.microsoft.com/env was answered; the last answer was GET https://api.bap.microsoft.com/env: 200 OK"
		if err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	})
}

func TestWaitNeedsNoSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if err := Wait(t.Context(), time.Minute); err != nil || time.Since(epoch) != time.Minute {
			t.Errorf("%v after %s", err, time.Since(epoch))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := Wait(ctx, time.Hour); err == nil || err.Error() != "interrupted before the platform answered" {
			t.Error(err)
		}
	})
}

func TestUntilAsksUntilItIsTrue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		err := Until(t.Context(), 10*time.Second, func(context.Context) (bool, error) {
			at = append(at, time.Since(epoch))
			return len(at) == 3, nil
		})
		if want := []time.Duration{0, 10 * time.Second, 20 * time.Second}; err != nil || !slices.Equal(at, want) {
			t.Errorf("asked at %v: %v", at, err)
		}
		broken := errors.New("broken")
		if err := Until(t.Context(), time.Second, func(context.Context) (bool, error) { return true, broken }); !errors.Is(err, broken) {
			t.Error(err)
		}
	})
}

func TestBeginKeepsWhatHasBegun(t *testing.T) {
	t.Parallel()
	one := Begin(t.Context())
	if Begin(one) != one {
		t.Error("a second Begin begins anew")
	}
	if of(one).correlation == of(Begin(t.Context())).correlation {
		t.Error("two operations share a correlation ID")
	}
}

func TestExplainLeavesOtherErrorsAlone(t *testing.T) {
	t.Parallel()
	live := Begin(t.Context())
	dead, cancel := context.WithCancel(live)
	cancel()
	timeout := &TimeoutError{Err: context.Canceled}
	for _, tc := range []struct {
		ctx   context.Context
		err   error
		turns bool
	}{
		{live, nil, false},
		{live, context.DeadlineExceeded, false}, // a transport's own time limit
		{dead, nil, false},
		{dead, &Error{Status: 404}, false},
		{dead, fmt.Errorf("wrapped: %w", timeout), false},
		{dead, fmt.Errorf("wrapped: %w", context.Canceled), true},
		{dead, context.DeadlineExceeded, true},
	} {
		got := explain(tc.ctx, tc.err)
		if _, turned := got.(*TimeoutError); turned != tc.turns || !turned && got != tc.err { //nolint:errorlint // identity is the promise
			t.Errorf("%v became %v", tc.err, got)
		}
	}
}

func TestLastLookOutlivesTheOperation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(Begin(t.Context()), time.Minute)
		defer cancel()
		if same, done := LastLook(ctx); same != ctx {
			t.Error("an operation that lasts has another context")
		} else if done(); ctx.Err() != nil {
			t.Error("to look ends the operation")
		}
		<-ctx.Done()
		began := time.Now()
		look, done := LastLook(ctx)
		defer done()
		if look.Err() != nil || of(look) != of(ctx) {
			t.Errorf("%v, or it belongs to no operation", look.Err())
		}
		if <-look.Done(); time.Since(began) != lookTime {
			t.Errorf("it lasted %s", time.Since(began))
		}
	})
}

package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"
)

// session is what the requests of one Terraform operation share: a correlation ID and the last answer.
type session struct {
	correlation string

	mu    sync.Mutex
	last  string
	open  string // the request that ctx ended
	pause time.Duration
}

type sessionKey struct{}

// Begin starts an operation of several requests: they carry one correlation ID, Wait paces itself by their last answer,
// and an error that ends them at the deadline names it. A context that has begun already is returned as it is.
func Begin(ctx context.Context) context.Context {
	if _, ok := ctx.Value(sessionKey{}).(*session); ok {
		return ctx
	}
	return context.WithValue(ctx, sessionKey{}, &session{correlation: uuid.NewString()})
}

func of(ctx context.Context) *session {
	if s, ok := ctx.Value(sessionKey{}).(*session); ok {
		return s
	}
	return &session{}
}

// Wait pauses as long as the last answer of this operation asked for, otherwise for d, and returns the context's error
// if that ends first.
func Wait(ctx context.Context, d time.Duration) error {
	s := of(ctx)
	s.mu.Lock()
	if s.pause > 0 {
		d = s.pause
	}
	s.mu.Unlock()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return explain(ctx, ctx.Err())
	}
}

// Until calls probe until it reports true, waiting between calls as Wait does.
func Until(ctx context.Context, every time.Duration, probe func(context.Context) (bool, error)) error {
	for {
		if done, err := probe(ctx); done || err != nil {
			return err
		}
		if err := Wait(ctx, every); err != nil {
			return err
		}
	}
}

// TimeoutError is the end of an operation at its deadline or by interruption. It names the last answer, which is the
// reason why the operation was still waiting.
type TimeoutError struct {
	Last string // "" if there was no answer
	Open string // the request that was not answered any more, "" if none was underway
	Err  error  // context.DeadlineExceeded or context.Canceled
}

// Error says what ended the operation and what the platform said last.
func (e *TimeoutError) Error() string {
	what := "the time allowed ran out"
	if errors.Is(e.Err, context.Canceled) {
		what = "interrupted"
	}
	switch {
	case e.Open != "":
		what += " before " + e.Open + " was answered"
	case e.Last == "":
		what += " before the platform answered"
	}
	if e.Last == "" {
		return what
	}
	return what + "; the last answer was " + e.Last
}

// Unwrap returns the context's error.
func (e *TimeoutError) Unwrap() error { return e.Err }

// IsTimeout reports whether an operation ended because its time was over, or somebody interrupted it.
func IsTimeout(err error) bool {
	_, ok := errors.AsType[*TimeoutError](err)
	return ok
}

// lookTime is what is left to look after an operation has ended.
const lookTime = 30 * time.Second

// LastLook is ctx or, once that has ended, a little time of its own: to find out what a request has come to that was not
// answered, because nothing else will know.
func LastLook(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), lookTime)
}

// explain turns a context error into a TimeoutError that names the last answer.
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*TimeoutError](err); ok {
		return err
	}
	if ctx.Err() != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		s := of(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		open := s.open
		if strings.HasPrefix(s.last, open+": ") { // a poll of many: its last answer says more
			open = ""
		}
		return &TimeoutError{Last: s.last, Open: open, Err: ctx.Err()}
	}
	return err
}

// note replaces the words for the last answer where more can be said of it.
func note(ctx context.Context, last string) {
	s := of(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = last
}

// recorder notes every answer in the session.
type recorder struct{}

func (recorder) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	s := of(req.Raw().Context())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = ""
	switch {
	case err != nil:
		if req.Raw().Context().Err() != nil {
			s.open = route(req.Raw())
		} else {
			s.last, s.pause = unanswered(req.Raw(), err).Error(), 0
		}
	case resp.StatusCode > 299:
		s.last, s.pause = newError(resp).Error(), min(retryAfter(resp), longest)
	default:
		s.last, s.pause = fmt.Sprintf("%s: %d %s", route(req.Raw()), resp.StatusCode, http.StatusText(resp.StatusCode)), min(retryAfter(resp), longest)
	}
	return resp, err
}

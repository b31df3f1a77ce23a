package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// transient are the answers that pass by themselves. 499 and 425 are what the platform's gateways say under load.
var transient = []int{408, 425, 429, 499, 500, 502, 503, 504}

// retries is azcore's retry policy for one call, bounded by nothing but the context of the operation.
func (c *Client) retries(ctx context.Context, cl *call) policy.RetryOptions {
	tries := 0
	return policy.RetryOptions{
		MaxRetries:    math.MaxInt32 - 1,
		RetryDelay:    backoff,
		MaxRetryDelay: longest,
		ShouldRetry: func(resp *http.Response, err error) bool {
			if err != nil {
				return cl.method != http.MethodPost && ctx.Err() == nil && !final(err)
			}
			if !c.replays(cl, resp) {
				tries = 0
				return false
			}
			pause := retryAfter(resp)
			if deadline, ok := ctx.Deadline(); ok && pause > time.Until(deadline) {
				return false // it would only turn a clear answer into a timeout
			}
			if pause == 0 {
				pause = spread(backoff << min(tries, steepest))
			}
			tries++
			// azcore knows seconds and dates; the platform also sends durations such as 10s
			resp.Header.Set("Retry-After-Ms", strconv.FormatInt(max(min(pause, longest).Milliseconds(), 1), 10))
			return true
		},
	}
}

// spread varies a pause by a fifth either way, so that what was refused together does not come back together.
func spread(pause time.Duration) time.Duration {
	return pause*4/5 + rand.N(pause*2/5) //nolint:gosec // nothing to guess here
}

func (c *Client) replays(cl *call, resp *http.Response) bool {
	if resp.StatusCode < 300 {
		return false
	}
	if c.endpoint.Busy != nil || cl.retry != nil {
		e := newError(resp)
		if c.endpoint.Busy != nil && c.endpoint.Busy(cl.method, e) || cl.retry != nil && cl.retry(e) {
			return true
		}
	}
	if cl.method == http.MethodPost {
		return resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable && named(resp)
	}
	return slices.Contains(transient, resp.StatusCode)
}

// named reports whether the platform said when to come back. x-ms-retry-after-ms does not count: gateways add it to
// any answer.
func named(resp *http.Response) bool {
	return resp.Header.Get("Retry-After") != "" || resp.Header.Get("Retry-After-Ms") != ""
}

// retryAfter is how long an answer asks to wait: milliseconds, seconds, an HTTP date or a duration such as 10s or
// 00:00:10. Anything else, and the past, is zero.
func retryAfter(resp *http.Response) time.Duration {
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if ms, err := strconv.ParseInt(resp.Header.Get(name), 10, 64); err == nil && ms > 0 {
			return time.Duration(min(ms, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
		}
	}
	return parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())
}

func parseRetryAfter(v string, now time.Time) time.Duration {
	if s, err := strconv.ParseInt(v, 10, 64); err == nil {
		return time.Duration(min(max(s, 0), math.MaxInt64/int64(time.Second))) * time.Second
	}
	if d, err := time.ParseDuration(v); err == nil {
		return max(d, 0)
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(t.Sub(now), 0)
	}
	if t, err := time.Parse(time.TimeOnly, v); err == nil {
		return t.Sub(t.Truncate(24 * time.Hour))
	}
	return 0
}

// trust refuses to carry a token to a host that is not of the endpoint's own family, whatever a link or a Location
// header says.
type trust struct{ domain string }

var errForeignHost = errors.New("the platform's answer points to a host outside its own domain; refusing to send a token there")

func (p trust) Do(req *policy.Request) (*http.Response, error) {
	host := strings.ToLower(req.Raw().URL.Hostname())
	if req.Raw().URL.Scheme != "https" || host != p.domain && !strings.HasSuffix(host, "."+p.domain) {
		return nil, permanent{errForeignHost}
	}
	return req.Next()
}

// final reports whether sending again cannot help: nobody trusts a bad certificate the second time, and some errors say
// so themselves.
func final(err error) bool {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	return certificate || errors.As(err, new(interface{ NonRetriable() }))
}

// permanent is an error that nobody retries.
type permanent struct{ error }

// NonRetriable marks the error for azcore.
func (permanent) NonRetriable() {}

func (p permanent) Unwrap() error { return p.error }

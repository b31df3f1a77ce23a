package rest

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"
)

const (
	headerRequestID   = "X-Ms-Client-Request-Id"
	headerCorrelation = "X-Correlation-Id"
	headerSession     = "X-Ms-Client-Session-Id"
	headerAgent       = "X-Ms-Useragent"
)

// identify says who calls: nothing at all after an opt-out of telemetry. Every exchange has its own request ID, the
// retries too, so that the platform's support can tell them apart.
type identify struct{ userAgent string }

func (p identify) Do(req *policy.Request) (*http.Response, error) {
	if p.userAgent != "" {
		h, s := req.Raw().Header, of(req.Raw().Context())
		h.Set("User-Agent", p.userAgent)
		h.Set(headerAgent, "terraform-provider-powerplatform")
		h.Set(headerRequestID, uuid.NewString())
		h.Set(headerCorrelation, s.correlation)
		h.Set(headerSession, s.correlation)
	}
	return req.Next()
}

// exchange is the innermost policy. Every error that comes out of it belongs to a request that was on its way.
type exchange struct{}

func (exchange) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	switch {
	case err == nil:
		resp.Request = req.Raw() // as it was asked, wherever a transport has taken it
		if resp.Header == nil {
			resp.Header = http.Header{}
		}
		return resp, nil
	case resp != nil: // cut while the body was read; azcore's mark on it would keep a PATCH from being sent again
		err = cmp.Or(errors.Unwrap(err), err)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // its text repeats the address, with the values of the query
	}
	return nil, unanswered(req.Raw(), err)
}

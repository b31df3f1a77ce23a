// Package rest is the one place that speaks HTTP. It knows hosts, tokens, retries, long-running operations, paging and
// the error dialects of the platform; it knows nothing of Terraform.
package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// Endpoint is one API family: where it lives, what its tokens are for, which version it speaks.
type Endpoint struct {
	Host       string // host name without scheme
	Scope      string // Entra scope of its tokens; empty sends no token
	APIVersion string // default of the api-version query parameter; empty sends none

	// Domain holds the hosts that links and operations of this family may point to, the host itself or any below it.
	// The default is the last three labels of Host: bap.microsoft.com for api.bap.microsoft.com and its regional hosts.
	Domain string

	// Operations names the protocol of the long-running operations; the zero value is Lifecycle.
	Operations Dialect

	// AuxiliaryTenants are further tenants whose tokens go with each request, for objects that refer to another tenant's.
	AuxiliaryTenants []string

	// Busy reports a refusal that passes by itself because another operation still runs; such a call is sent again
	// until the context ends.
	Busy func(method string, e *Error) bool
}

// Options are shared by every API family of a configured provider.
type Options struct {
	Credential azcore.TokenCredential // nil sends no tokens
	Transport  policy.Transporter     // nil uses azcore's default client
	UserAgent  string                 // empty opts out of the user agent and of the correlation headers

	// Log receives one line per exchange at level "debug", and at "trace" the bodies with secrets replaced, as a
	// fmt.Stringer and encoding.TextMarshaler that does the work when the line is written.
	Log func(ctx context.Context, level, message string, fields map[string]any)
}

// Client sends requests to one Endpoint. It is safe for concurrent use.
type Client struct {
	endpoint Endpoint
	pipeline runtime.Pipeline
}

// New builds the pipeline of one Endpoint.
func New(e Endpoint, o Options) *Client {
	if e.Domain == "" {
		labels := strings.Split(e.Host, ".")
		e.Domain = strings.Join(labels[max(len(labels)-3, 0):], ".")
	}
	e.Domain = strings.ToLower(e.Domain)
	perRetry := []policy.Policy{recorder{}}
	if o.Credential != nil && e.Scope != "" {
		perRetry = append(perRetry, newAuthorize(o.Credential, e.Scope, e.AuxiliaryTenants))
	}
	perRetry = append(perRetry, identify{userAgent: o.UserAgent})
	if o.Log != nil {
		perRetry = append(perRetry, logger{o.Log})
	}
	perRetry = append(perRetry, exchange{})
	return &Client{endpoint: e, pipeline: runtime.NewPipeline("terraform-provider-powerplatform", "v1",
		runtime.PipelineOptions{
			PerCall:  []policy.Policy{trust{domain: e.Domain}},
			PerRetry: perRetry,
		},
		&policy.ClientOptions{Transport: o.Transport, Telemetry: policy.TelemetryOptions{Disabled: true}})}
}

// Get reads the JSON document at path. It is an error if a 200 carries no JSON.
func Get[T any](ctx context.Context, c *Client, path string, opts ...Option) (T, error) {
	return send[T](ctx, c, http.MethodGet, path, nil, opts)
}

// Post sends body and follows the operation that the platform starts, if any. A POST is replayed only where the
// platform surely did nothing: 429, 503 with Retry-After, and the endpoint's Busy refusals; see IsAmbiguous.
func Post[T any](ctx context.Context, c *Client, path string, body any, opts ...Option) (T, error) {
	return send[T](ctx, c, http.MethodPost, path, body, opts)
}

// Put replaces the object at path and follows the operation that the platform starts, if any.
func Put[T any](ctx context.Context, c *Client, path string, body any, opts ...Option) (T, error) {
	return send[T](ctx, c, http.MethodPut, path, body, opts)
}

// Patch merges body into the object at path and follows the operation that the platform starts, if any. Every PATCH of
// the platform is a merge, so it is replayed like a PUT.
func Patch[T any](ctx context.Context, c *Client, path string, body any, opts ...Option) (T, error) {
	return send[T](ctx, c, http.MethodPatch, path, body, opts)
}

// Delete removes the object at path and waits until the platform has finished. An operation document that vanishes
// with the object means success; where the platform names no operation, the object is read until it is gone.
func Delete(ctx context.Context, c *Client, path string, body any, opts ...Option) error {
	var sent *call
	ctx = Begin(ctx)
	_, err := send[None](ctx, c, http.MethodDelete, path, body, append(opts, func(cl *call) { sent = cl }))
	switch {
	case IsOperationGone(err):
		return nil
	case err != nil || !sent.blind:
		return err
	}
	return Until(ctx, pollEvery, func(ctx context.Context) (bool, error) {
		_, err := Get[json.RawMessage](ctx, c, path, opts...)
		if IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
}

// Content is a request body that is no JSON. It is sent as it is; the log withholds it.
type Content struct {
	Type string // media type
	Data []byte
}

// None is the result type of calls whose answer has no interesting body.
type None struct{}

// call is one request before it is sent.
type call struct {
	method, path string
	body         any
	query        url.Values
	header       http.Header
	version      *string
	observe      []func(json.RawMessage)
	retry        func(*Error) bool
	answer       http.Header
	blind        bool // accepted, but without an address where its operation can be followed
	many         bool // see Many
}

func newCall(method, path string, body any, opts ...Option) *call {
	cl := &call{method: method, path: path, body: body, query: url.Values{}, header: http.Header{}}
	for _, o := range opts {
		o(cl)
	}
	return cl
}

// Option adjusts one call.
type Option func(*call)

// Query adds query parameters, given as name, value, name, value.
func Query(pairs ...string) Option {
	return func(c *call) {
		for i := 0; i+1 < len(pairs); i += 2 {
			c.query.Add(pairs[i], pairs[i+1])
		}
	}
}

// Header sets a request header; an empty value sets none.
func Header(name, value string) Option {
	return func(c *call) {
		if value != "" {
			c.header.Set(name, value)
		}
	}
}

// Version replaces the endpoint's api-version; empty sends none.
func Version(v string) Option { return func(c *call) { c.version = &v } }

// RetryOn makes answers for which match is true retryable until the context ends. Several add up.
func RetryOn(match func(*Error) bool) Option {
	return func(c *call) {
		others := c.retry
		c.retry = func(e *Error) bool { return match(e) || others != nil && others(e) }
	}
}

// NoRetry makes answers for which match is true final, whatever an earlier RetryOn says of them.
func NoRetry(match func(*Error) bool) Option {
	return func(c *call) {
		others := c.retry
		c.retry = func(e *Error) bool { return !match(e) && others != nil && others(e) }
	}
}

// Many says that a collection is asked for: a 404 says that there is none, which is no news of any object. IsNotFound does
// not hold for it.
func Many(c *call) { c.many = true }

// Observe hands every answer on the way to the result to f: the accepted request and each poll of its operation. It is
// how a caller learns the ID of an object before the operation that creates it has ended. An answer that does not fit T
// is left out.
func Observe[T any](f func(T)) Option {
	return func(c *call) {
		c.observe = append(c.observe, func(raw json.RawMessage) {
			var v T
			if json.Unmarshal(raw, &v) == nil {
				f(v)
			}
		})
	}
}

// maxSends is how often an idempotent request is sent in all when its operation ends Failed. One that somebody canceled
// is not started again, nor one with If-Match: what it refers to has changed by then.
const maxSends = 3

func send[T any](ctx context.Context, c *Client, method, path string, body any, opts []Option) (T, error) {
	cl := newCall(method, path, body, opts...)
	ctx = Begin(ctx)
	for attempt := 1; ; attempt++ {
		out, err := once[T](ctx, c, cl)
		e, ok := errors.AsType[*Error](err)
		once := method == http.MethodPost || cl.header.Get("If-Match") != ""
		if !ok || !strings.EqualFold(e.Operation, failed) || once || attempt == maxSends {
			return out, explain(ctx, err)
		}
		if err := Wait(ctx, pollEvery); err != nil {
			return out, err
		}
	}
}

func once[T any](ctx context.Context, c *Client, cl *call) (T, error) {
	var out T
	resp, err := c.roundTrip(ctx, cl) //nolint:bodyclose // the pipeline has read and closed it
	if err != nil {
		return out, err
	}
	cl.answer = resp.Header
	return follow[T](ctx, c, cl, resp)
}

// roundTrip sends one request with retries; any answer but a 2xx is an *Error.
func (c *Client) roundTrip(ctx context.Context, cl *call) (*http.Response, error) {
	target, err := c.target(cl)
	if err != nil {
		return nil, err
	}
	req, err := runtime.NewRequest(policy.WithRetryOptions(ctx, c.retries(ctx, cl)), cl.method, target)
	if err != nil {
		return nil, err
	}
	req.Raw().Header.Set("Accept", "application/json")
	maps.Copy(req.Raw().Header, cl.header)
	switch body := cl.body.(type) {
	case nil:
	case Content:
		err = req.SetBody(streaming.NopCloser(bytes.NewReader(body.Data)), body.Type)
	default:
		err = runtime.MarshalAsJSON(req, body)
	}
	if err != nil {
		return nil, err
	}
	resp, err := c.pipeline.Do(req)
	if err != nil {
		return nil, unanswered(req.Raw(), err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		e := newError(resp)
		e.many = cl.many
		return nil, e
	}
	return resp, nil
}

// target is the absolute address of a call; query parameters that a server put into a link are kept as they are.
func (c *Client) target(cl *call) (string, error) {
	address := cl.path
	if _, reason, refused := strings.Cut(address, refusal); refused {
		return "", fmt.Errorf("request refused: %s", reason)
	}
	switch {
	case strings.HasPrefix(address, "/"):
		address = "https://" + c.endpoint.Host + address
	case !strings.HasPrefix(address, "https://"):
		return "", fmt.Errorf("request refused: %s", address)
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("request refused: %w", err)
	}
	version := c.endpoint.APIVersion
	if cl.version != nil {
		version = *cl.version
	}
	if version != "" && !u.Query().Has("api-version") && !cl.query.Has("api-version") {
		cl.query.Set("api-version", version)
	}
	u.RawQuery = strings.Trim(strings.ReplaceAll(u.RawQuery, " ", "%20")+"&"+cl.query.Encode(), "&")
	return u.String(), nil
}

// decode reads the JSON body of a success.
func decode[T any](resp *http.Response) (T, error) {
	var out T
	if _, none := any(out).(None); (none || resp.StatusCode == http.StatusNoContent) && !isPage(resp) {
		return out, nil
	}
	if json.Unmarshal(payload(resp), &out) != nil {
		return *new(T), notJSON(resp)
	}
	return out, nil
}

// payload is the body of an answer, which the pipeline has read already, without a byte-order mark.
func payload(resp *http.Response) []byte {
	body, err := runtime.Payload(resp)
	if err != nil {
		return nil
	}
	return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
}

const (
	pollEvery = 10 * time.Second // where the platform names no interval
	backoff   = 500 * time.Millisecond
	steepest  = 6 // doublings of backoff
	longest   = 5 * time.Minute
)

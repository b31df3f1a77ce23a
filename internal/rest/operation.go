package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Dialect is the protocol in which an API family reports its long-running operations.
type Dialect int

const (
	// Lifecycle polls the Location or Operation-Location of a 202 until its document has a final state.id, status or
	// properties.provisioningState (BAP, Power Platform API).
	Lifecycle Dialect = iota
	// ARM is Azure Resource Manager's protocol as azcore implements it.
	ARM
	// Job polls the asyncoperations row whose ID an answer names as AsyncOperationId (Dataverse Web API).
	Job
)

// follow returns the result of an accepted request, after its operation if it started one.
func follow[T any](ctx context.Context, c *Client, cl *call, resp *http.Response) (T, error) {
	if cl.method == http.MethodGet {
		return decode[T](resp)
	}
	switch c.endpoint.Operations {
	case ARM:
		p, err := runtime.NewPoller[T](resp, c.pipeline, nil)
		if err != nil {
			var zero T
			return zero, fmt.Errorf("%s: %w", route(resp.Request), err)
		}
		return drive(ctx, p)
	case Job:
		out, err := decode[T](resp)
		if id := jobID(resp); err == nil && id != "" {
			_, err = poll[None](ctx, c, cl, resp, Path("/api/data/v9.2/asyncoperations(", id, ")")+"?$select=statecode,statuscode,message,friendlymessage,completedon")
		}
		return out, err
	case Lifecycle:
	}
	if resp.StatusCode != http.StatusAccepted {
		return decode[T](resp)
	}
	cl.see(resp)
	at := resp.Header.Get("Location")
	if at == "" {
		at = resp.Header.Get("Operation-Location")
	}
	if at == "" {
		return *new(T), nil // the caller verifies by reading
	}
	return poll[T](ctx, c, cl, resp, at)
}

func poll[T any](ctx context.Context, c *Client, cl *call, resp *http.Response, at string) (T, error) {
	h := &operation[T]{client: c, call: cl, at: at, began: resp.Request}
	p, err := runtime.NewPoller(resp, c.pipeline, &runtime.NewPollerOptions[T]{Handler: h})
	if err != nil {
		return *new(T), err
	}
	return drive(ctx, p)
}

// drive polls at the pace that the platform asks for. azcore's own loop cannot be used: it never waits less than a
// second, even where the platform asks for less.
func drive[T any](ctx context.Context, p *runtime.Poller[T]) (T, error) {
	for !p.Done() {
		if err := Wait(ctx, pollEvery); err != nil {
			return *new(T), err
		}
		if _, err := p.Poll(ctx); err != nil {
			return *new(T), err
		}
	}
	return p.Result(ctx)
}

// operation polls a status document of the platform.
type operation[T any] struct {
	client *Client
	call   *call
	at     string
	began  *http.Request
	last   *http.Response
	doc    document
}

// document is the part of a status document that tells its state, in every dialect.
type document struct {
	State      struct{ ID string } `json:"state"`
	Status     string              `json:"status"`
	Properties struct {
		ProvisioningState string `json:"provisioningState"`
	} `json:"properties"`
	Error *problem `json:"error"`

	CompletedOn     *time.Time `json:"completedon"`
	StatusCode      int        `json:"statuscode"`
	FriendlyMessage string     `json:"friendlymessage"`
	JobMessage      string     `json:"message"`
}

// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/asyncoperation
const (
	jobSucceeded = 30
	jobFailed    = 31
	jobCanceled  = 32
)

func (d document) state() string {
	switch {
	case d.StatusCode == jobSucceeded:
		return "Succeeded"
	case d.StatusCode == jobFailed:
		return "Failed"
	case d.StatusCode == jobCanceled:
		return "Canceled"
	}
	for _, s := range []string{d.State.ID, d.Status, d.Properties.ProvisioningState} {
		if s != "" {
			return s
		}
	}
	return ""
}

func (o *operation[T]) succeeded() bool { return strings.EqualFold(o.doc.state(), "Succeeded") }

// Done reports whether the state is final.
func (o *operation[T]) Done() bool {
	switch strings.ToLower(o.doc.state()) {
	case "succeeded", "failed", "canceled", "cancelled":
		return true
	}
	return false
}

// Poll reads the document once. While the platform is busy with the object it answers 409: not ended yet.
func (o *operation[T]) Poll(ctx context.Context) (*http.Response, error) {
	resp, err := o.client.roundTrip(ctx, &call{method: http.MethodGet, path: o.at, version: new("")})
	if e, ok := err.(*Error); ok && e.Status == http.StatusConflict { //nolint:errorlint // roundTrip returns it bare
		return &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: http.NoBody}, nil
	} else if ok && e.Status == http.StatusNotFound {
		e.Operation = gone
		e.Route = route(o.began)
		return nil, e
	}
	if err != nil {
		return nil, err
	}
	o.doc, o.last = document{}, resp
	if resp.StatusCode == http.StatusNoContent {
		return resp, nil
	}
	if o.doc, err = decode[document](resp); err != nil {
		return nil, err
	}
	o.call.see(resp)
	return resp, nil
}

// Result is the last document, or the error that it holds.
func (o *operation[T]) Result(_ context.Context, out *T) error {
	if !o.succeeded() {
		e := newError(o.last)
		e.Route, e.Operation = route(o.began), o.doc.state()
		if e.Message == "" {
			e.Message = strings.TrimSpace(o.doc.FriendlyMessage + " " + o.doc.JobMessage)
		}
		return e
	}
	v, err := decode[T](o.last)
	*out = v
	return err
}

// see hands an answer to those who observe the call.
func (c *call) see(resp *http.Response) {
	if body, err := runtime.Payload(resp); err == nil && len(body) > 0 {
		for _, f := range c.observe {
			f(json.RawMessage(body))
		}
	}
}

func jobID(resp *http.Response) string {
	body, err := runtime.Payload(resp)
	if err != nil || len(body) == 0 {
		return ""
	}
	var job struct{ AsyncOperationID string }
	if json.Unmarshal(body, &job) != nil {
		return ""
	}
	return job.AsyncOperationID
}

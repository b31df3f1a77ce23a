package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
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
		return followARM[T](ctx, c, cl, resp)
	case Job:
		out, err := decode[T](resp)
		if id := jobID(resp); err == nil && id != "" {
			_, err = poll[None](ctx, c, cl, resp, Path("/api/data/v9.2/asyncoperations(", id, ")")+"?$select=statecode,statuscode,message,friendlymessage,completedon")
		}
		return out, err
	case Lifecycle:
	}
	at := cmp.Or(resp.Header.Get("Location"), resp.Header.Get("Operation-Location"))
	switch {
	case resp.StatusCode != http.StatusAccepted:
		return decode[T](resp)
	case at == "":
		cl.blind = true
		cl.see(resp)
		return *new(T), nil // the caller verifies by reading
	}
	return poll[T](ctx, c, cl, resp, at)
}

// poll follows the operation that resp accepted by its document at the address at.
func poll[T any](ctx context.Context, c *Client, cl *call, resp *http.Response, at string) (T, error) {
	h := &operation[T]{client: c, at: at, began: resp.Request}
	p, err := runtime.NewPoller(resp, c.pipeline, &runtime.NewPollerOptions[T]{Handler: h})
	if err != nil {
		return *new(T), err
	}
	return drive(ctx, cl, resp, p)
}

// drive polls at the pace that the platform asks for. azcore's own loop cannot be used: it never waits less than a
// second, even where the platform asks for less.
func drive[T any](ctx context.Context, cl *call, resp *http.Response, p *runtime.Poller[T]) (T, error) {
	cl.see(resp)
	for hurry := len(cl.observe) > 0; !p.Done(); hurry = false {
		if hurry { // somebody wants to know what the operation is about: the sooner the less can be lost
			if ctx.Err() != nil {
				return *new(T), &unsettled{explain(ctx, ctx.Err())}
			}
		} else if err := Wait(ctx, pollEvery); err != nil {
			return *new(T), &unsettled{err}
		}
		resp, err := p.Poll(ctx) //nolint:bodyclose // the pipeline has read and closed it
		if IsOperationGone(err) {
			return *new(T), err
		}
		if err != nil {
			return *new(T), &unsettled{explain(ctx, err)}
		}
		cl.see(resp)
	}
	return p.Result(ctx)
}

// unsettled is an accepted request whose operation could not be followed to its end.
type unsettled struct{ error }

func (u *unsettled) Unwrap() error { return u.error }

// operation polls a status document of the platform.
type operation[T any] struct {
	client *Client
	at     string
	began  *http.Request
	last   *http.Response
	state  string
}

// document holds the members in which the dialects tell the state of an operation.
type document struct {
	State, Status, StatusCode, Properties json.RawMessage
}

// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/asyncoperation
var jobStates = map[string]string{"30": succeeded, "31": failed, "32": "Canceled"}

const (
	succeeded = "Succeeded"
	failed    = "Failed"
)

// state reads the state of an operation from its document, "" while there is none.
func state(resp *http.Response) (string, error) {
	switch body := payload(resp); {
	case resp.StatusCode == http.StatusNoContent:
		return succeeded, nil
	case resp.StatusCode == http.StatusAccepted && len(body) == 0:
		return "", nil
	}
	d, err := decode[document](resp)
	if err != nil {
		return "", err
	}
	var properties struct{ ProvisioningState json.RawMessage }
	object := json.Unmarshal(d.Properties, &properties) == nil
	s := cmp.Or(jobStates[text(d.StatusCode)], text(d.State), text(d.Status), text(properties.ProvisioningState))
	if s == "" && object && resp.StatusCode == http.StatusOK {
		return succeeded, nil // the document is the object itself, and it is no longer in the making
	}
	return s, nil
}

// Done reports whether the state is final.
func (o *operation[T]) Done() bool {
	s := strings.ToLower(o.state)
	return s == "succeeded" || strings.HasSuffix(s, "failed") || s == "canceled" || s == "cancelled"
}

// Poll reads the document once. While the platform is busy with the object it answers 409: not ended yet.
func (o *operation[T]) Poll(ctx context.Context) (*http.Response, error) {
	resp, err := o.client.roundTrip(ctx, newCall(http.MethodGet, o.at, nil, asIs))
	e, _ := errors.AsType[*Error](err)
	switch {
	case IsNotFound(err):
		return nil, ended(e, o.began, gone)
	case e != nil && e.Status == http.StatusConflict:
		return &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: http.NoBody}, nil
	case err != nil:
		return nil, err
	}
	if o.state, err = state(resp); err != nil {
		return nil, err
	}
	if o.last = resp; o.state != "" {
		note(ctx, route(resp.Request)+": the operation is "+o.state)
	}
	return resp, nil
}

// Result is the last document, or the error that it holds.
func (o *operation[T]) Result(_ context.Context, out *T) error {
	if !strings.EqualFold(o.state, succeeded) {
		return ended(newError(o.last), o.began, o.state)
	}
	v, err := decode[T](o.last)
	*out = v
	return err
}

// ended makes e the error of the operation that began started.
func ended(e *Error, began *http.Request, state string) *Error {
	e.Route, e.Operation = route(began), state
	return e
}

// followARM leaves the protocol to azcore, but neither the pace nor the errors.
func followARM[T any](ctx context.Context, c *Client, cl *call, resp *http.Response) (T, error) {
	if cl.method == http.MethodDelete && resp.StatusCode == http.StatusAccepted &&
		cmp.Or(resp.Header.Get("Azure-AsyncOperation"), resp.Header.Get("Location"), resp.Header.Get("Operation-Location")) == "" {
		cl.blind = true // Delete reads until the object is gone
		return *new(T), nil
	}
	p, err := runtime.NewPoller[T](resp, c.pipeline, nil)
	if err != nil {
		return *new(T), fmt.Errorf("%s: %w", route(resp.Request), err)
	}
	get := newCall(http.MethodGet, "", nil)
	out, err := drive(policy.WithRetryOptions(ctx, c.retries(ctx, get)), cl, resp, p)
	r, ok := errors.AsType[*azcore.ResponseError](err)
	switch {
	case err == nil:
		return out, nil
	case !ok:
		return *new(T), fmt.Errorf("%s: %w", route(resp.Request), err)
	}
	e := newError(r.RawResponse)
	switch {
	case IsNotFound(e):
		return *new(T), ended(e, resp.Request, gone)
	case e.Status < 300:
		s, _ := state(r.RawResponse)
		return *new(T), ended(e, resp.Request, cmp.Or(s, failed))
	}
	return *new(T), e
}

// see hands an answer to those who observe the call.
func (c *call) see(resp *http.Response) {
	if body := payload(resp); len(body) > 0 {
		for _, f := range c.observe {
			f(json.RawMessage(body))
		}
	}
}

func jobID(resp *http.Response) string {
	var job struct{ AsyncOperationID string }
	if json.Unmarshal(payload(resp), &job) != nil {
		return ""
	}
	return job.AsyncOperationID
}

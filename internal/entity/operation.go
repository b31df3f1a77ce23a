package entity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// ErrNotFound is returned by Read when the platform shows by something else than a 404 that the object is not there.
var ErrNotFound = rest.ErrNotFound

// begin opens an operation: its requests share a correlation ID, the timeouts attribute bounds it, and what it is told ends
// up in d when done is called.
func begin[T any](
	ctx context.Context, d *diag.Diagnostics, get func(context.Context, path.Path, any) diag.Diagnostics,
	limit time.Duration, operation func(T, context.Context, time.Duration) (time.Duration, diag.Diagnostics),
) (context.Context, func()) {
	var allowed T
	if !get(ctx, path.Root("timeouts"), &allowed).HasError() {
		if given, problems := operation(allowed, ctx, limit); !problems.HasError() {
			limit = given
		}
	}
	t := &told{}
	ctx, cancel := context.WithTimeout(rest.Begin(context.WithValue(ctx, toldKey{}, t)), limit)
	return ctx, func() {
		cancel()
		d.Append(t.all...)
	}
}

// limit is how long an operation that changes an object may take unless it is told otherwise.
func (e *engine[M]) limit(m *M) time.Duration {
	if e.TimeoutFor != nil {
		return e.TimeoutFor(m)
	}
	return e.Timeout
}

func (e *engine[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	m, ok := e.decode(ctx, withSecrets(ctx, req.Plan.Raw, req.Config, &resp.Diagnostics), &resp.Diagnostics)
	if !ok || unconfigured(e.client, &resp.Diagnostics) {
		return
	}
	ctx, done := begin(ctx, &resp.Diagnostics, req.Plan.GetAttribute, e.limit(m), timeouts.Value.Create)
	defer done()
	configured := e.addressed(m)
	err := e.Resource.Create(ctx, e.client, m)
	known := e.addressed(m)
	switch causes := incomplete(err); {
	case err == nil && !known:
		err = e.lost(ctx, m, fmt.Errorf("the answer of the platform does not tell %s", strings.Join(e.Key, " or ")))
	case err == nil:
		err = e.readBack(ctx, m, target{plan: req.Plan.Raw, config: req.Config.Raw}, 0)
		if err != nil && e.Resumes {
			e.warnIncomplete(ctx, m, err)
			e.adopt(ctx, m, req.Plan.Raw)
			err = nil
		}
	case refused(err):
		known = false
	case known && e.Resumes && errors.Is(err, context.DeadlineExceeded) && e.nowhere(ctx, m):
		known = false
	case known && e.Resumes && rest.IsTimeout(err):
		e.settleIncomplete(ctx, m, req.Plan.Raw, []error{err})
		err = nil
	case known && causes != nil:
		e.settleIncomplete(ctx, m, req.Plan.Raw, causes)
		err = nil
	case configured:
		known = rest.IsUncertain(err) // else the key is that of an object which somebody else made, or of none
	case !known && rest.IsUncertain(err):
		err = e.lost(ctx, m, err)
	}
	// The object may exist although something failed: keep what is known of it, so that Terraform can find and delete it.
	if err == nil || known {
		e.save(ctx, m, req.Plan.Raw, &resp.State, resp.Identity, &resp.Diagnostics)
	}
	if err != nil {
		e.fail(ctx, &resp.Diagnostics, "create", m, err)
		if known {
			Warn(ctx, "Kept "+e.object(m)+" in state as tainted", "The next apply replaces it. If it is as it should be, run terraform untaint first.")
		}
	}
}

// nowhere takes a last look at what was to be made in time.
func (e *engine[M]) nowhere(ctx context.Context, m *M) bool {
	ctx, cancel := rest.LastLook(ctx)
	defer cancel()
	read := *m
	return e.gone(e.Resource.Read(ctx, e.client, &read))
}

func (e *engine[M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	ctx, done := begin(ctx, &resp.Diagnostics, req.State.GetAttribute, e.Timeout, timeouts.Value.Read)
	defer done()
	m, ok := e.decode(ctx, req.State.Raw, &resp.Diagnostics)
	if !ok {
		return
	}
	if resp.Identity != nil { // older CLIs do not store it, and it is asked for even where nothing is there
		e.identify(ctx, m, resp.Identity, &resp.Diagnostics)
	}
	if e.client == nil {
		Warn(ctx, "Could not refresh "+e.object(m), notConfigured+" State is kept as it is.")
		return
	}
	e.note(m)
	err := e.Resource.Read(ctx, e.client, m)
	if e.gone(err) {
		if err = e.parent(ctx, m, err); err == nil {
			resp.State.RemoveResource(ctx)
			return
		}
	}
	if err != nil {
		e.fail(ctx, &resp.Diagnostics, "read", m, err)
		return
	}
	e.save(ctx, m, req.State.Raw, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (e *engine[M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	m, ok := e.decode(ctx, withSecrets(ctx, req.Plan.Raw, req.Config, &resp.Diagnostics), &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, done := begin(ctx, &resp.Diagnostics, req.Plan.GetAttribute, e.limit(m), timeouts.Value.Update)
	defer done()
	prior, ok := e.decode(ctx, req.State.Raw, &resp.Diagnostics)
	if !ok || unconfigured(e.client, &resp.Diagnostics) {
		return
	}
	if resp.Identity != nil { // older CLIs do not store it: the state that stays after a failure needs it too
		e.identify(ctx, prior, resp.Identity, &resp.Diagnostics)
	}
	var err error
	if e.Resource.Update != nil { // else only timeouts changed
		err = e.Resource.Update(ctx, e.client, m, prior)
	}
	written := err == nil || incomplete(err) != nil
	if err == nil {
		err = e.readBack(ctx, m, target{req.Plan.Raw, req.State.Raw, req.Config.Raw}, settleReads)
	}
	if err != nil {
		e.fail(ctx, &resp.Diagnostics, "update", m, err)
		if !written {
			return
		}
		e.adopt(ctx, m, req.Plan.Raw)
	}
	e.save(ctx, m, req.Plan.Raw, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (e *engine[M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	m, ok := e.decode(ctx, req.State.Raw, &resp.Diagnostics)
	if !ok || e.Resource.Delete == nil || unconfigured(e.client, &resp.Diagnostics) {
		return
	}
	ctx, done := begin(ctx, &resp.Diagnostics, req.State.GetAttribute, e.limit(m), timeouts.Value.Delete)
	defer done()
	err := e.Resource.Delete(ctx, e.client, m)
	if e.gone(err) {
		err = e.parent(ctx, m, err)
	}
	if err != nil {
		e.fail(ctx, &resp.Diagnostics, "delete", m, err)
	}
}

// Incomplete is returned by Create when the object is there and usable but a later step failed. As an error it would
// taint the object and the next apply would replace it; so it becomes a warning, state keeps the object with the planned
// values, and the next plan shows what is missing as an update. Update returns it when some of the change was made: the
// error stays one, but state follows the plan, so that a destroy finds what was made.
func Incomplete(err error) error {
	if err == nil {
		return nil
	}
	return &incompleteError{err}
}

type incompleteError struct{ err error }

func (e *incompleteError) Error() string { return e.err.Error() }
func (e *incompleteError) Unwrap() error { return e.err }

// incomplete returns the causes of err if all that failed is Incomplete.
func incomplete(err error) []error {
	var causes []error
	for _, one := range split(err) {
		later, ok := errors.AsType[*incompleteError](one)
		if !ok {
			return nil
		}
		causes = append(causes, split(later.err)...)
	}
	return causes
}

// Refused is returned by Create when it has looked and nothing was made, although the error leaves that open. State
// keeps nothing.
func Refused(err error) error {
	if err == nil {
		return nil
	}
	return &refusedError{err}
}

type refusedError struct{ error }

func (e *refusedError) Unwrap() error { return e.error }

func refused(err error) bool {
	_, ok := errors.AsType[*refusedError](err)
	return ok
}

const lastRead = 30 * time.Second

func (e *engine[M]) warnIncomplete(ctx context.Context, m *M, causes ...error) {
	summary, promise := "Created "+e.object(m)+", but a later step failed", "The object exists and is kept in state. The next apply repeats the step."
	if e.Resumes {
		summary, promise = "The "+e.object(m)+" is not ready yet", "It is kept in state. The next apply goes on waiting."
	}
	for _, cause := range split(e.explained(ctx, "create", m, errors.Join(causes...))) {
		if a, ok := errors.AsType[*attributeError](cause); ok { // a warning is about the object as a whole
			cause = a.err
		}
		Warn(ctx, summary, describe(ctx, e.client, "create", cause)+"\n\n"+promise)
	}
}

func (e *engine[M]) settleIncomplete(ctx context.Context, m *M, plan tftypes.Value, causes []error) {
	e.warnIncomplete(ctx, m, causes...)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastRead)
	defer cancel()
	for {
		read := *m
		if e.Resource.Read(ctx, e.client, &read) != nil {
			break
		}
		if e.Ready == nil || e.Resumes || e.Ready(&read) == "" {
			*m = read
			break
		}
		if rest.Wait(ctx, readEvery) != nil {
			break
		}
	}
	e.adopt(ctx, m, plan)
}

// parent decides what a 404 means. Callers who lost their role get the same 404 for everything, so the object is gone
// only if they can still see what contained it, or that is gone too.
func (e *engine[M]) parent(ctx context.Context, m *M, notFound error) error {
	if err := e.Parent(ctx, e.client, m); err != nil && !e.gone(err) {
		return &hiddenError{notFound, err}
	}
	return nil
}

// hiddenError is a 404 that proves nothing.
type hiddenError struct{ notFound, parent error }

func (e *hiddenError) Error() string {
	return "the platform says that it does not exist (" + e.notFound.Error() + "), but that is not certain: " + e.parent.Error()
}

func (e *hiddenError) Unwrap() error { return e.parent }

// object names an object as diagnostics do.
func (e *engine[M]) object(m *M) string {
	if e.addressed(m) {
		return noun(e.Name) + " " + strings.Join(e.address(m), "/")
	}
	return noun(e.Name)
}

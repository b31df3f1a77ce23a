package entity

import (
	"context"
	"errors"
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
var ErrNotFound = errors.New("not found")

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) || rest.IsNotFound(err) }

func (e *engine[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	ctx, flush := e.begin(ctx, &resp.Diagnostics)
	defer flush()
	m, ok := e.decode(ctx, withSecrets(ctx, req.Plan.Raw, req.Config), &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := e.deadline(ctx, req.Plan.GetAttribute, timeouts.Value.Create)
	defer cancel()
	err := e.Resource.Create(ctx, e.client, m)
	if later, ok := errors.AsType[*incompleteError](err); ok && e.addressed(ctx, m) {
		e.settleIncomplete(ctx, m, req.Plan.Raw, later.err)
		err = nil
	} else if err == nil {
		err = e.readBack(ctx, m, req.Plan.Raw)
	}
	if err != nil {
		// The object may exist: keep what is known of it, so that Terraform can find it and delete it.
		if e.addressed(ctx, m) {
			e.save(ctx, m, req.Plan.Raw, &resp.State, resp.Identity, &resp.Diagnostics)
		}
		e.fail(ctx, &resp.Diagnostics, "create", m, err)
		return
	}
	e.save(ctx, m, req.Plan.Raw, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (e *engine[M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	ctx, flush := e.begin(ctx, &resp.Diagnostics)
	defer flush()
	m, ok := e.decode(ctx, req.State.Raw, &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := e.deadline(ctx, req.State.GetAttribute, timeouts.Value.Read)
	defer cancel()
	err := e.Resource.Read(ctx, e.client, m)
	if isNotFound(err) {
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
	ctx, flush := e.begin(ctx, &resp.Diagnostics)
	defer flush()
	m, ok := e.decode(ctx, withSecrets(ctx, req.Plan.Raw, req.Config), &resp.Diagnostics)
	if !ok {
		return
	}
	prior, ok := e.decode(ctx, req.State.Raw, &resp.Diagnostics)
	if !ok {
		return
	}
	if resp.Identity != nil { // older CLIs do not store it: the state that stays after a failure needs it too
		e.identify(ctx, prior, resp.Identity, &resp.Diagnostics)
	}
	ctx, cancel := e.deadline(ctx, req.Plan.GetAttribute, timeouts.Value.Update)
	defer cancel()
	err := e.Resource.Update(ctx, e.client, m, prior)
	if err == nil {
		err = e.readBack(ctx, m, req.Plan.Raw)
	}
	if err != nil {
		e.fail(ctx, &resp.Diagnostics, "update", m, err)
		return
	}
	e.save(ctx, m, req.Plan.Raw, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (e *engine[M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	ctx, flush := e.begin(ctx, &resp.Diagnostics)
	defer flush()
	m, ok := e.decode(ctx, req.State.Raw, &resp.Diagnostics)
	if !ok || e.Resource.Delete == nil {
		return
	}
	ctx, cancel := e.deadline(ctx, req.State.GetAttribute, timeouts.Value.Delete)
	defer cancel()
	err := e.Resource.Delete(ctx, e.client, m)
	if isNotFound(err) {
		err = e.parent(ctx, m, err)
	}
	if err != nil {
		e.fail(ctx, &resp.Diagnostics, "delete", m, err)
	}
}

// Incomplete is returned by Create when the object is there and usable but a later step failed. As an error it would
// taint the object and the next apply would replace it; so it becomes a warning, state keeps the object with the planned
// values, and the next plan shows what is missing as an update.
func Incomplete(err error) error {
	if err == nil {
		return nil
	}
	return &incompleteError{err}
}

type incompleteError struct{ err error }

func (e *incompleteError) Error() string { return e.err.Error() }
func (e *incompleteError) Unwrap() error { return e.err }

const lastRead = 30 * time.Second

func (e *engine[M]) settleIncomplete(ctx context.Context, m *M, plan tftypes.Value, cause error) {
	object := noun(e.Name) + " " + strings.Join(e.address(ctx, m), "/")
	Warn(ctx, "Created "+object+", but a later step failed",
		describe(ctx, e.client, "create", cause)+"\n\nThe object exists and is kept in state. The next apply repeats the step.")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastRead)
	defer cancel()
	if err := e.Resource.Read(ctx, e.client, m); err == nil || isNotFound(err) {
		e.adopt(ctx, m, plan)
	}
}

// parent decides what a 404 means. Callers who lost their role get the same 404 for everything, so the object is gone
// only if they can still see what contained it.
func (e *engine[M]) parent(ctx context.Context, m *M, notFound error) error {
	if err := e.Parent(ctx, e.client, m); err != nil && !isNotFound(err) {
		return &hiddenError{notFound, err}
	}
	return nil
}

// hiddenError is a 404 that proves nothing.
type hiddenError struct{ notFound, parent error }

func (e *hiddenError) Error() string {
	return "the platform says that it does not exist (" + e.notFound.Error() + "), but what contains it cannot be seen either: " + e.parent.Error()
}

func (e *hiddenError) Unwrap() error { return e.parent }

// settleReads is how often a value that was just written may still read back stale.
const settleReads = 10

const readEvery = 5 * time.Second

// readBack reads until the object shows, is ready and shows the planned values. Values that stay stale are reported as
// a warning and kept as planned: the next refresh tells whether they were really lost.
func (e *engine[M]) readBack(ctx context.Context, m *M, plan tftypes.Value) error {
	stale := 0
	for {
		err := e.Resource.Read(ctx, e.client, m)
		missing := ""
		switch {
		case isNotFound(err):
			missing = "appear"
		case err != nil:
			return err
		case e.Ready != nil:
			missing = e.Ready(m)
		}
		if missing == "" {
			late := e.differs(ctx, m, plan)
			if len(late) == 0 {
				return nil
			}
			if stale++; stale > settleReads {
				warnStale(ctx, late)
				e.adopt(ctx, m, plan)
				return nil
			}
		}
		if waited := rest.Wait(ctx, readEvery); waited != nil {
			if missing == "" {
				missing = "show the new values"
			}
			return &unreadyError{missing, errors.Join(waited, err)}
		}
	}
}

// unreadyError is an object that exists but could not be used in time.
type unreadyError struct {
	missing string
	err     error
}

func (e *unreadyError) Error() string {
	return "still waiting for it to " + e.missing + ": " + e.err.Error()
}
func (e *unreadyError) Unwrap() error { return e.err }

// deadline bounds an operation by the timeouts attribute, else by the resource's own default.
func (e *engine[M]) deadline(ctx context.Context, get func(context.Context, path.Path, any) diag.Diagnostics, op func(timeouts.Value, context.Context, time.Duration) (time.Duration, diag.Diagnostics)) (context.Context, context.CancelFunc) {
	var t timeouts.Value
	limit := e.Timeout
	if !get(ctx, path.Root("timeouts"), &t).HasError() {
		if v, d := op(t, ctx, e.Timeout); !d.HasError() {
			limit = v
		}
	}
	return context.WithTimeout(ctx, limit)
}

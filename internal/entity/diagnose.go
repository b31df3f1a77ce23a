package entity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// At blames an attribute for err, so that the CLI shows the line of the configuration. Several are joined with
// errors.Join.
func At(p path.Path, err error) error { return &attributeError{p, err} }

// Atf is At with a formatted message.
func Atf(p path.Path, format string, args ...any) error { return At(p, fmt.Errorf(format, args...)) }

type attributeError struct {
	path path.Path
	err  error
}

func (e *attributeError) Error() string { return e.path.String() + ": " + e.err.Error() }
func (e *attributeError) Unwrap() error { return e.err }

type toldKey struct{}

// told is what is said in the course of an operation.
type told struct {
	mu  sync.Mutex
	all diag.Diagnostics
}

// Warn adds a warning to the operation that ctx belongs to.
func Warn(ctx context.Context, summary, detail string) {
	tell(ctx, diag.NewWarningDiagnostic(summary, detail))
}

// tell adds to what the operation that ctx belongs to has to say.
func tell(ctx context.Context, all ...diag.Diagnostic) {
	if t, ok := ctx.Value(toldKey{}).(*told); ok {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.all.Append(all...)
	}
}

// fail is the only place where an error of a resource becomes a diagnostic.
func (e *engine[M]) fail(ctx context.Context, d *diag.Diagnostics, verb string, m *M, err error) {
	report(ctx, d, e.client, verb, e.object(m), e.explained(ctx, verb, m, err))
}

const notConfigured = "The configuration of the provider is not known yet: it depends on something that does not exist."

// unconfigured reports that the platform cannot be asked.
func unconfigured(c *api.Client, d *diag.Diagnostics) bool {
	if c == nil {
		d.AddError("The provider is not configured", notConfigured)
	}
	return c == nil
}

func noun(name string) string { return strings.ReplaceAll(name, "_", " ") }

// report adds one diagnostic per joined error.
func report(ctx context.Context, d *diag.Diagnostics, c *api.Client, verb, object string, err error) {
	summary := fmt.Sprintf("Could not %s %s", verb, object)
	for _, err := range split(err) {
		if a, ok := errors.AsType[*attributeError](err); ok {
			d.AddAttributeError(a.path, summary, describe(ctx, c, verb, a.err))
			continue
		}
		d.AddError(summary, describe(ctx, c, verb, err))
	}
}

// split returns the errors that were joined with errors.Join.
func split(err error) []error {
	several, ok := err.(interface{ Unwrap() []error })
	if ok && errors.Join(several.Unwrap()...).Error() == err.Error() {
		var all []error
		for _, one := range several.Unwrap() {
			all = append(all, split(one)...)
		}
		return all
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// describe says what the platform said, then what can be done about it.
func describe(ctx context.Context, c *api.Client, verb string, err error) string {
	var b strings.Builder
	e, platform := errors.AsType[*rest.Error](err)
	if !platform {
		b.WriteString(field.Sentence(err.Error()))
	} else {
		if outer := strings.TrimSuffix(err.Error(), e.Error()); outer != err.Error() && outer != "" {
			b.WriteString(field.Sentence(strings.TrimSuffix(strings.TrimSpace(outer), ":")) + "\n\n")
		}
		switch {
		case e.Operation != "":
			fmt.Fprintf(&b, "The platform accepted the request, but its operation ended as %s.", e.Operation)
		default:
			fmt.Fprintf(&b, "The platform answered %d %s.", e.Status, http.StatusText(e.Status))
		}
		for _, line := range []struct{ name, value string }{
			{"Message", e.Message}, {"Code", e.Code}, {"Request", e.Route}, {"Request ID", e.RequestID},
		} {
			if line.value != "" {
				b.WriteString("\n" + line.name + ": " + line.value)
			}
		}
	}
	if r := remedy(ctx, c, verb, err); r != "" {
		b.WriteString("\n\n" + r)
	}
	return b.String()
}

// remedy says what can be done about an error: what Terraform can, and what the API knows against its answer.
func remedy(ctx context.Context, c *api.Client, verb string, err error) string {
	var advice []string
	if _, ok := errors.AsType[*hiddenError](err); ok {
		advice = append(advice, "Nothing was removed from state. Check that the identity still has its role (an elevation may have lapsed) and that it is signed in to the right tenant.")
	}
	if t, ok := errors.AsType[*rest.TimeoutError](err); ok {
		if verb == "plan" {
			verb = "read" // whose time it is given
		}
		if errors.Is(t.Err, context.DeadlineExceeded) {
			advice = append(advice, fmt.Sprintf("If the platform is only slow, allow more time with timeouts = { %s = \"…\" }.", verb))
			if verb == "read" {
				advice = append(advice, "A refresh takes the time that state knows: terraform apply -refresh=false brings the new one there.")
			}
		}
	}
	if say := c.Remedy(ctx, err); say != "" {
		advice = append(advice, say)
	}
	return strings.Join(advice, "\n\n")
}

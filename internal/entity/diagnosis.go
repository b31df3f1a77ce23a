package entity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Diagnosis is what an object knows of an error of the platform: how to recognize it, by all that is given, and what it
// means.
type Diagnosis struct {
	Codes []string             // it has one of these codes
	Says  string               // its text holds this, where nothing else tells
	Is    func(err error) bool // or what else there is to see

	At     path.Path // the attribute to blame; the zero path blames none
	Remedy string    // what can be done, as the first sentence of the diagnostic
	Absent bool      // it means that the object is not there, as a 404 does
}

func (d Diagnosis) fits(err error) bool {
	return (d.Codes == nil || rest.HasCode(err, d.Codes...)) && strings.Contains(err.Error(), d.Says) &&
		(d.Is == nil || d.Is(err))
}

// diagnoses are tried in order; the first that fits counts.
type diagnoses []Diagnosis

func (all diagnoses) of(err error) (Diagnosis, bool) {
	i := slices.IndexFunc(all, func(d Diagnosis) bool { return d.fits(err) })
	if i < 0 {
		return Diagnosis{}, false
	}
	return all[i], true
}

// gone reports whether an error means that the object is not there.
func (all diagnoses) gone(err error) bool {
	if err == nil || rest.IsNotFound(err) {
		return err != nil
	}
	d, _ := all.of(err)
	return d.Absent
}

// explain adds to an error what is known of it, and reports whether anything is. Who has blamed an attribute knew more.
func (all diagnoses) explain(err error) (error, bool) {
	if _, blamed := errors.AsType[*attributeError](err); blamed {
		return err, true
	}
	d, known := all.of(err)
	if d.Remedy != "" {
		err = fmt.Errorf("%s: %w", d.Remedy, err)
	}
	if len(d.At.Steps()) > 0 {
		err = At(d.At, err)
	}
	return err, known
}

func (e *engine[M]) gone(err error) bool { return diagnoses(e.Errors).gone(err) }

// explained adds to each error of an operation what is known of it.
func (e *engine[M]) explained(ctx context.Context, verb string, m *M, err error) error {
	all := split(err)
	for i, one := range all {
		one, known := diagnoses(e.Errors).explain(one)
		if !known && e.Explain != nil && refusal(one) && (verb == "create" || verb == "update" || verb == "delete") {
			one = e.Explain(ctx, e.client, verb, m, one)
		}
		all[i] = one
	}
	return errors.Join(all...)
}

// refusal reports whether the platform has refused what was asked of it.
func refusal(err error) bool {
	_, hidden := errors.AsType[*hiddenError](err)
	e, ok := errors.AsType[*rest.Error](err)
	return ok && !hidden && e.Operation == "" && e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError
}

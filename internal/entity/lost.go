package entity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Lost is returned by Create when it has looked for what it may have made although the answer did not come: one of the
// objects of the type with these import IDs, or none that has shown. The cause is what came instead of the answer.
func Lost(typeName string, importIDs []string, cause error) error {
	return &lostError{typeName, importIDs, cause}
}

type lostError struct {
	typeName string
	ids      []string
	cause    error
}

func (e *lostError) Error() string {
	if len(e.ids) == 0 {
		return fmt.Sprintf("%s. No %s has shown that it could be, but lists may be late: look for it before the next apply: %s",
			doubt, noun(e.typeName), e.cause)
	}
	meant := "If that is what was made, import it with"
	if len(e.ids) > 1 {
		meant = "If one of them is what was made, import that one with"
	}
	blocks := make([]string, len(e.ids))
	for i, id := range e.ids {
		blocks[i] = Import(e.typeName, id)
	}
	return fmt.Sprintf("%s: there is %s %s. %s%sOtherwise apply again: %s",
		doubt, noun(e.typeName), strings.Join(e.ids, " and "), meant, strings.Join(blocks, "or"), e.cause)
}

const doubt = "the object may exist although nothing of it is in state"

func (e *lostError) Unwrap() error { return e.cause }

// lost looks for what a create may have made whose answer did not come: among All, by what it is called. A list may be
// late, so it is read until it shows a candidate or the time is over; none found does not mean that none was made. An
// operation whose time is over already takes a last look. What the platform calls failed is not waited for.
func (e *engine[M]) lost(ctx context.Context, m *M, cause error) error {
	name := valueOf(m, e.Called)
	if _, looked := errors.AsType[*lostError](cause); looked {
		return cause
	}
	if e.All == nil || textOf(name) == "" || rest.IsOperationFailed(cause) {
		return fmt.Errorf("%s: %w", doubt, cause)
	}
	ctx, done := rest.LastLook(ctx)
	defer done()
	var ids []string
	err := rest.Until(ctx, readEvery, func(ctx context.Context) (bool, error) {
		ids = nil
		for o, err := range e.All(ctx, e.client, m) {
			if err != nil {
				return false, err
			}
			if same(ctx)(name, valueOf(&o, e.Called)) {
				ids = append(ids, strings.Join(e.address(&o), "/"))
			}
		}
		return len(ids) > 0, nil
	})
	if err != nil && !rest.IsTimeout(err) {
		return fmt.Errorf("%s, and looking for it failed (%s): %w", doubt, err.Error(), cause)
	}
	return Lost(e.Name, ids, cause)
}

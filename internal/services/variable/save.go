package variable

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Roles take up to ten minutes to have an effect: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting.
// That long the platform is asked again, in one of the two texts or the other, while nothing else explains its refusal.
const (
	spreads    = 10 * time.Minute
	askEvery   = 15 * time.Second
	askAtMost  = int(spreads / askEvery)
	lookAgain  = 8 // refusals after which the causes are looked for once more
	notAllowed = "authorized to read secrets"
	notChecked = "could not verify the user permission"
)

// refusedSecret reports whether an error is one of the two by which the platform refuses a reference to a secret that
// cannot be read. Which cause gives which is not documented.
func refusedSecret(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || e.Status != http.StatusBadRequest && e.Status != http.StatusForbidden {
		return false
	}
	said := strings.ToLower(e.Message)
	return strings.Contains(said, notAllowed) || strings.Contains(said, notChecked)
}

// saveSecret saves a reference to a secret. A refusal is explained; one that passes when roles spread is waited out.
func saveSecret(ctx context.Context, c *api.Client, environmentID, text string, save func() error) error {
	ref, ok := parseReference(text)
	for tries := 1; ; tries++ {
		err := save()
		if !ok || !refusedSecret(err) {
			return err
		}
		var found report
		if tries%lookAgain == 1 || tries >= askAtMost {
			found = preflight(ctx, c, environmentID, ref)
		}
		if len(found.failures()) > 0 || tries >= askAtMost {
			return explain(ref, found, err)
		}
		if over := rest.Wait(ctx, askEvery); over != nil {
			late, done := rest.LastLook(ctx)
			defer done()
			return fmt.Errorf("the time allowed was over while the platform still refused (%v): %w", over, explain(ref, preflight(late, c, environmentID, ref), err)) //nolint:errorlint // nothing was made: the refusal is the answer
		}
	}
}

// explain says which of the causes it is.
func explain(ref reference, found report, refusal error) error {
	text := fmt.Sprintf("the platform does not let the variable refer to the secret %q of the vault %s. ", ref.name, ref.vault)
	var told check
	if bad := found.failures(); len(bad) > 0 {
		told = bad[0]
		text += "The cause: " + field.Sentence(told.Detail) + " " + field.Sentence(told.Remedy)
	} else {
		text += "Nothing that can be looked at stands in its way. A role has an effect up to ten minutes after it was assigned: apply again, and see to what could not be looked at."
	}
	return fmt.Errorf("%s\n\nWhat was looked at:%s\n\n%w", text, found.lines(told), refusal)
}

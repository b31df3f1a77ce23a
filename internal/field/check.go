package field

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
)

// NotEmpty refuses "".
func NotEmpty() validator.String { return stringvalidator.LengthAtLeast(1) }

// Length counts characters, as the platform does, not bytes.
func Length(least, most int) validator.String { return stringvalidator.UTF8LengthBetween(least, most) }

// OneOf refuses everything else; Known only warns of it.
func OneOf(values ...string) validator.String { return stringvalidator.OneOf(values...) }

// Matches refuses what does not have the form; must says which one that is, such as "must begin with a letter".
func Matches(form *regexp.Regexp, must string) validator.String {
	return stringvalidator.RegexMatches(form, must)
}

// Known warns of a value that is none of those that this provider knows, in any case. The platform adds values by
// itself, so it and not the provider refuses.
func Known(values ...string) validator.String {
	known := "known values are " + strings.Join(values, ", ")
	return Check(known, func(text string) error {
		if slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, text) }) {
			return nil
		}
		return Doubt(fmt.Sprintf("%q is not known here; %s", text, known))
	})
}

// ResourceID checks that a text is the ID of an Azure resource of one of the types, such as
// Microsoft.Network/virtualNetworks/subnets or Microsoft.Resources/resourceGroups.
func ResourceID(types ...string) validator.String {
	return Check("must be the ID of an Azure resource of type "+strings.Join(types, " or "), func(text string) error {
		_, err := customtype.ParseResourceID(text, types...)
		return err
	})
}

var environmentForm = regexp.MustCompile(`^(?i)(Default-)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`)

// EnvironmentForm checks the form of the ID of an environment: a UUID, which for a tenant's default environment is the
// tenant's own with Default- before it.
func EnvironmentForm() validator.String {
	return Matches(environmentForm,
		"must be the ID of an environment: a UUID, or Default- and the tenant's ID for the default environment")
}

// Check is a check of an object's own: check gets each text that is neither null nor unknown, and what it returns is
// told of the attribute. A Doubt only warns. must says in short what a text must be.
func Check(must string, check func(text string) error) validator.String { return ownCheck{must, check} }

// Doubt is what is unusual about a value that is sent to the platform as it is.
type Doubt string

// Error says what is unusual.
func (d Doubt) Error() string { return string(d) }

type ownCheck struct {
	must  string
	check func(text string) error
}

// Description says what a text must be.
func (c ownCheck) Description(context.Context) string { return c.must }

// MarkdownDescription says the same.
func (c ownCheck) MarkdownDescription(context.Context) string { return c.must }

// ValidateString checks a text.
func (c ownCheck) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	err := c.check(text)
	if doubt, ok := errors.AsType[Doubt](err); ok {
		resp.Diagnostics.AddAttributeWarning(req.Path, "Unusual "+req.Path.String(),
			fmt.Sprintf("%s %q is sent to the platform as it is, which may refuse it.", Sentence(doubt.Error()), text))
	} else if err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(), Sentence(err.Error()))
	}
}

// Sentence writes what an error says as a sentence.
func Sentence(text string) string {
	if text == "" {
		return text
	}
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.ContainsAny(text[len(text)-1:], ".!?") {
		text += "."
	}
	return text
}

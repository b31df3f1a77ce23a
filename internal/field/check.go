package field

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// NotEmpty refuses "".
func NotEmpty() validator.String { return stringvalidator.LengthAtLeast(1) }

// Length counts characters, as the platform does, not bytes.
func Length(least, most int) validator.String { return stringvalidator.UTF8LengthBetween(least, most) }

// OneOf refuses everything else; customtype.Known only warns of it.
func OneOf(values ...string) validator.String { return stringvalidator.OneOf(values...) }

// Matches refuses what does not have the form; says begins with "must" and says which one that is.
func Matches(form *regexp.Regexp, says string) validator.String {
	return stringvalidator.RegexMatches(form, says)
}

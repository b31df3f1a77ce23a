package customtype

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	azarm "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
)

// ParseResourceID reads the ID of an Azure resource. Unlike azcore it refuses what Azure Resource Manager refuses: empty
// parts, a trailing slash, blanks at the ends, and a subscription that is not a UUID. Where types are named, such as
// Microsoft.Network/virtualNetworks/subnets or Microsoft.Resources/resourceGroups, it refuses all others.
func ParseResourceID(id string, types ...string) (*azarm.ResourceID, error) {
	refuse := func(why string) error {
		return fmt.Errorf("%q is not the ID of an Azure resource, such as /subscriptions/{id}/resourceGroups/{name}/providers/{type}/{name}: %s", id, why)
	}
	switch {
	case !strings.HasPrefix(id, "/"):
		return nil, refuse("it does not begin with a slash")
	case strings.HasSuffix(id, "/"):
		return nil, refuse("it has a trailing slash; remove it")
	case strings.TrimSpace(id) != id || strings.ContainsAny(id, "?#%\\"):
		return nil, refuse("it holds blanks at its end, or characters that no ID has")
	case strings.Contains(id, "//"):
		return nil, refuse("a part of it is empty")
	}
	parsed, err := azarm.ParseResourceID(id)
	if err != nil {
		return nil, refuse(strings.TrimSuffix(reason(err), "."))
	}
	if parsed.Name == "" || !strings.EqualFold(parsed.String(), id) {
		return nil, refuse("its parts are no pairs of type and name")
	}
	if s := parsed.SubscriptionID; s != "" && !uuidForm.MatchString(s) {
		return nil, refuse(fmt.Sprintf("the subscription %q is not a UUID", s))
	}
	found := parsed.ResourceType.String()
	if types != nil && !slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(t, found) }) {
		return nil, fmt.Errorf("%q is the ID of a %s, not of a %s", id, found, strings.Join(types, " or "))
	}
	return parsed, nil
}

// reason is the innermost text of an error.
func reason(err error) string {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err.Error()
}

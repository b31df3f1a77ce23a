package customtype

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	azarm "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// ResourceID checks that a text is the ID of an Azure resource of one of the types, such as
// Microsoft.Network/virtualNetworks/subnets or Microsoft.Resources/resourceGroups.
func ResourceID(resourceTypes ...string) validator.String { return resourceID{resourceTypes} }

type resourceID struct{ types []string }

func (v resourceID) Description(context.Context) string {
	return "must be the ID of an Azure resource of type " + strings.Join(v.types, " or ")
}

func (v resourceID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v resourceID) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	id, err := ParseResourceID(req.ConfigValue.ValueString())
	if err == nil && !slices.ContainsFunc(v.types, func(t string) bool { return strings.EqualFold(t, id.ResourceType.String()) }) {
		err = fmt.Errorf("%q is the ID of a %s, not of a %s", req.ConfigValue.ValueString(), id.ResourceType, strings.Join(v.types, " or "))
	}
	if err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Azure resource ID in "+req.Path.String(), err.Error()+".")
	}
}

// ParseResourceID reads the ID of an Azure resource. Unlike azcore it refuses what Azure Resource Manager refuses: empty
// parts, a trailing slash, blanks at the ends, and a subscription that is not a UUID.
func ParseResourceID(id string) (*azarm.ResourceID, error) {
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
	return parsed, nil
}

// reason is the innermost text of an error.
func reason(err error) string {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err.Error()
}

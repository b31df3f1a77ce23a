package row

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// associate adds and removes what differs between the associations of m and those before. What is associated stays so,
// and what is not is not removed: neither is an error.
func (t Table[M]) associate(
	ctx context.Context, c *api.Client, o dataverse.Org, id string, m, prior *M,
) error {
	now, before := reflect.ValueOf(m).Elem(), reflect.ValueOf(prior).Elem()
	for _, col := range columnsOf(now.Type()) {
		wanted, ok := col.of(now).(types.Set)
		had, _ := col.of(before).(types.Set)
		if col.use != many || !ok || wanted.IsUnknown() {
			continue
		}
		for _, other := range without(wanted, had) {
			if err := dataverse.Associate(ctx, c.Dataverse, o, t.Set, id, col.name, col.set, other); err != nil {
				return err
			}
		}
		for _, other := range without(had, wanted) {
			err := dataverse.Disassociate(ctx, c.Dataverse, o, t.Set, id, col.name, other)
			if err != nil && !rest.IsNotFound(err) {
				return err
			}
		}
	}
	return nil
}

// without are the IDs that others do not hold.
func without(all, others types.Set) []string {
	return slices.DeleteFunc(field.Strings(all), func(id string) bool {
		return slices.ContainsFunc(field.Strings(others), func(other string) bool { return strings.EqualFold(id, other) })
	})
}

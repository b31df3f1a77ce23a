package provider_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	rtest "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// TestEveryDataSourceShowsWhatTheResourceShows looks the object of the example up, by its key and among all of its kind:
// every attribute that the two have in common has the same value.
func TestEveryDataSourceShowsWhatTheResourceShows(t *testing.T) {
	t.Parallel()
	sources := dataSources(t)
	for name := range resources(t) {
		derived := slices.DeleteFunc([]string{name, plural(name)}, func(source string) bool { return !knows(t, sources[source], source, keys(t, name)) })
		if len(derived) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{Items: landscape()})
			text := configOf(w, example(t, "resources", name, "resource.tf"))
			found := address.FindStringSubmatch(text)
			if found == nil {
				t.Fatal("no resource in the example")
			}
			at := name + "." + found[2]
			k := keys(t, name)
			var checks []statecheck.StateCheck
			for _, source := range derived {
				text += lookUp(t, source, sources[source], at, k)
				checks = append(checks, alike{at, "data." + source + ".same", k})
			}
			w.Run(rtest.TestStep{Config: text, ConfigStateChecks: checks})
		})
	}
}

// plural is the name of the data source that lists all objects of a type.
func plural(name string) string {
	if stem, ok := strings.CutSuffix(name, "y"); ok {
		return stem + "ies"
	}
	return name + "s"
}

// knows reports whether a data source shows the key of a resource: else it is about something else of a similar name.
func knows(t *testing.T, ds datasource.DataSource, source string, key []string) bool {
	t.Helper()
	if ds == nil {
		return false
	}
	var resp datasource.SchemaResponse
	ds.Schema(t.Context(), datasource.SchemaRequest{}, &resp)
	all := maps.Clone(resp.Schema.Attributes)
	if items, ok := all[strings.TrimPrefix(source, "powerplatform_")].(dschema.ListNestedAttribute); ok {
		maps.Copy(all, items.NestedObject.Attributes)
	}
	return !slices.ContainsFunc(key, func(k string) bool { return all[k] == nil })
}

// lookUp is a data block that finds the object at an address by its key, as far as the data source takes it.
func lookUp(t *testing.T, source string, ds datasource.DataSource, at string, key []string) string {
	t.Helper()
	var resp datasource.SchemaResponse
	ds.Schema(t.Context(), datasource.SchemaRequest{}, &resp)
	lines := []string{fmt.Sprintf("data %q \"same\" {", source), "  depends_on = [" + at + "]"}
	given := func(name string) { lines = append(lines, fmt.Sprintf("  %s = %s.%s", name, at, name)) }
	found := false // by one of several attributes
	for _, name := range append(slices.Clone(key), "display_name") {
		switch a, ok := resp.Schema.Attributes[name]; {
		case !ok, found && !a.IsRequired():
		case a.IsRequired():
			given(name)
		case a.IsOptional():
			given(name)
			found = true
		}
	}
	return strings.Join(lines, "\n") + "\n}\n"
}

// alike is a state check: what the data source shows is what the resource shows.
type alike struct {
	resource, data string
	key            []string
}

func (c alike) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	want, got := values(req.State, c.resource), values(req.State, c.data)
	if all, ok := got[strings.Split(c.data, ".")[1][len("powerplatform_"):]].([]any); ok {
		got = nil
		for _, one := range all {
			if item, ok := one.(map[string]any); ok && c.same(item, want) {
				got = item
			}
		}
	}
	if want == nil || got == nil {
		resp.Error = fmt.Errorf("%s does not show %s", c.data, c.resource)
		return
	}
	var problems []error
	for name, value := range want {
		shown, common := got[name]
		if name != "timeouts" && common && !reflect.DeepEqual(value, shown) {
			problems = append(problems, fmt.Errorf("%s: the resource shows %v, %s shows %v", name, value, c.data, shown))
		}
	}
	resp.Error = errors.Join(problems...)
}

// same reports whether an item has the key, as far as it tells.
func (c alike) same(item, want map[string]any) bool {
	for _, k := range c.key {
		if shown, ok := item[k].(string); ok && !strings.EqualFold(shown, fmt.Sprint(want[k])) {
			return false
		}
	}
	return true
}

func values(s *tfjson.State, at string) map[string]any {
	for _, r := range s.Values.RootModule.Resources {
		if r.Address == at {
			return r.AttributeValues
		}
	}
	return nil
}

package provider_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-framework/list"
	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	rtest "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/provider"
)

func listResources(t *testing.T) map[string]list.ListResource {
	t.Helper()
	p, ok := provider.New("test", nil).(fwprovider.ProviderWithListResources)
	if !ok {
		t.Fatal("the provider has no list resources")
	}
	return byName(p.ListResources(t.Context()), func(l list.ListResource) string {
		var meta resource.MetadataResponse
		l.Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: prefix}, &meta)
		return meta.TypeName
	})
}

// unlisted are the resources without a list resource, each with the reason.
var unlisted = map[string]string{
	"powerplatform_failover_region_pair":           "nothing in Azure says which subnets were made as a pair",
	"powerplatform_resource_provider_registration": "a subscription has one, with the ID of the subscription",
	"powerplatform_tenant":                         "there is one, with the ID of the tenant",
}

// A list resource without its resource breaks the provider for every CLI, also for those that know no list resources.
func TestEveryListResourceHasItsResource(t *testing.T) {
	t.Parallel()
	lists, all := listResources(t), resources(t)
	for name := range lists {
		if all[name] == nil {
			t.Errorf("there is no resource %s", name)
		}
	}
	for name := range all {
		if (lists[name] == nil) != (unlisted[name] != "") {
			t.Errorf("%s: a resource has a list resource or a reason why not", name)
		}
	}
	w := acctest.New(t, mock.TenantSeed{})
	p, err := w.Factories()["powerplatform"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := p.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schemas.Diagnostics) > 0 || len(schemas.ListResourceSchemas) != len(lists) {
		t.Errorf("%d list resources: %v %s", len(schemas.ListResourceSchemas), err, acctest.Said(schemas.Diagnostics))
	}
	for name, s := range schemas.ListResourceSchemas {
		for _, a := range s.Block.Attributes {
			if a.Description == "" && a.Name != "timeouts" {
				t.Errorf("argument %s of %s has no description", a.Name, name)
			}
		}
	}
}

// neighbours are resources whose objects the platform lists together with those of others.
var neighbours = map[string]string{
	"powerplatform_classic_custom_connector": "powerplatform_custom_connector",
	"powerplatform_encryption_policy":        "powerplatform_identity_policy",
	"powerplatform_identity_policy":          "powerplatform_encryption_policy",
	"powerplatform_network_injection_policy": "powerplatform_identity_policy",
}

// TestEveryListResourceExample applies the example of a resource and asks that of its list resource what there is: the
// applied object is among it, and each object is listed as an import reads it, but for secrets.
func TestEveryListResourceExample(t *testing.T) {
	t.Parallel()
	for name := range listResources(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{Items: landscape()})
			text := configOf(w, example(t, "resources", name, "resource.tf"))
			found := address.FindStringSubmatch(text)
			if found == nil {
				t.Fatal("no resource in the example")
			}
			if other := neighbours[name]; other != "" {
				text += configOf(w, example(t, "resources", other, "resource.tf"))
			}
			query := configOf(w, example(t, "list-resources", name, "list-resource.tfquery.hcl"))
			w.Run(rtest.TestStep{Config: text, ConfigStateChecks: []statecheck.StateCheck{
				queried{t, w, name, name + "." + found[2], arguments(t, name, query)},
			}})
		})
	}
}

// arguments are those of the first list block of a query, which are texts.
func arguments(t *testing.T, name, query string) map[string]string {
	t.Helper()
	file, problems := hclsyntax.ParseConfig([]byte(query), "list-resource.tfquery.hcl", hcl.InitialPos)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	body, _ := file.Body.(*hclsyntax.Body)
	for _, b := range body.Blocks {
		if b.Type != "list" {
			continue
		}
		if len(b.Labels) != 2 || b.Labels[0] != name || b.Body.Attributes["provider"] == nil {
			t.Fatalf("a list block has the labels %q and a provider", b.Labels)
		}
		args := map[string]string{}
		for _, inner := range b.Body.Blocks {
			for arg, a := range inner.Body.Attributes {
				v, problems := a.Expr.Value(nil)
				if inner.Type != "config" || problems.HasErrors() {
					t.Fatalf("%s in the block %s: %v", arg, inner.Type, problems)
				}
				args[arg] = v.AsString()
			}
		}
		return args
	}
	t.Fatal("no list block in the example")
	return nil
}

// queried is a state check: the resource at an address is among what a query finds, and listed as it is read.
type queried struct {
	t        *testing.T
	w        *acctest.World
	name, at string
	args     map[string]string
}

func (q queried) CheckState(ctx context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	state, s, args := values(req.State, q.at), q.w.Serve(nil), acctest.Values{}
	for name := range q.args { // what names the parent is that of the applied object
		args[name] = acctest.Text(fmt.Sprint(state[name]))
	}
	all, said := s.Query(ctx, q.name, args, true, 100)
	if len(said) > 0 {
		resp.Error = errors.New(acctest.Said(said))
		return
	}
	named, said := s.Query(ctx, q.name, args, false, 100)
	if len(said) > 0 || !slices.EqualFunc(named, all, func(a, b acctest.Listed) bool {
		return a.Name == b.Name && maps.EqualFunc(a.Identity, b.Identity, tftypes.Value.Equal)
	}) {
		resp.Error = fmt.Errorf("without the whole, a query finds %v instead of %v: %s", named, all, acctest.Said(said))
		return
	}
	var schema resource.SchemaResponse
	resources(q.t)[q.name].Schema(ctx, resource.SchemaRequest{}, &schema)
	for _, one := range all {
		read, said := s.Import(ctx, q.name, one.Identity)
		if len(said) > 0 || one.Name == "" {
			q.t.Errorf("%q: %s", one.Name, acctest.Said(said))
		}
		for name := range both(one.Object, read) {
			if schema.Schema.Attributes[name].IsSensitive() {
				read[name] = tftypes.Value{}
			}
			if listed, read := one.Object[name], read[name]; name != "timeouts" && !listed.Equal(read) {
				q.t.Errorf("%s of %s is listed as %v and read as %v", name, one.Name, listed, read)
			}
		}
	}
	if !slices.ContainsFunc(all, func(one acctest.Listed) bool { return identifies(one.Identity, state) }) {
		resp.Error = fmt.Errorf("none of %d is %s", len(all), q.at)
	}
}

func both(a, b acctest.Values) acctest.Values {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// identifies reports whether an identity is that of an object in state.
func identifies(identity acctest.Values, state map[string]any) bool {
	for name, v := range identity {
		var text string
		if v.As(&text) != nil || !strings.EqualFold(text, fmt.Sprint(state[name])) {
			return false
		}
	}
	return true
}

// What lies in Azure is looked for in the subscription of the provider, unless an argument names another place.
func TestAQueryOfAzureAsksTheSubscriptionOfTheProvider(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Items: landscape()})
	for name, operation := range map[string]string{
		"powerplatform_subnet_delegation":        "arm.virtualnetworks.listall",
		"powerplatform_network_injection_policy": "arm.enterprisepolicies.listall",
	} {
		_, said := w.Serve(nil).Query(t.Context(), name, nil, true, 100)
		if !strings.Contains(acctest.Said(said), "No subscription is named") {
			t.Errorf("%s: %s", name, acctest.Said(said))
		}
		before := w.Count(operation)
		s := w.Serve(acctest.Values{"subscription_id": acctest.Text(mock.LandscapeSubscriptionID)})
		_, said = s.Query(t.Context(), name, nil, true, 100)
		if len(said) > 0 || w.Count(operation) != before+1 {
			t.Errorf("%s: %d requests: %s", name, w.Count(operation)-before, acctest.Said(said))
		}
	}
}

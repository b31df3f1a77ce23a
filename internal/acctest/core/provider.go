package core

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

const builtinType = "terraform_data"

// version is the Terraform that this package behaves like.
const version = "1.12.2"

// connection is one configured provider.
type connection struct {
	tfprotov6.ProviderServer
	*schemas
}

// known keeps the schemas of providers by their local name: they are the same for a process.
var known sync.Map

// schemasOf are those of a provider that was connected before, nil for one that was not.
func schemasOf(provider string) *schemas {
	v, _ := known.Load(provider)
	s, _ := v.(*schemas)
	return s
}

func (t *Terraform) connect(ctx context.Context) (*connection, error) {
	server, err := t.Provider()
	if err != nil {
		return nil, err
	}
	if s := schemasOf(t.ProviderName); s != nil {
		return &connection{server, s}, nil
	}
	s, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	ids, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	if problems := fromProtocol(nil, nil, "", append(s.Diagnostics, ids.Diagnostics...)); problems.failed() {
		return nil, problems
	}
	all, err := readSchemas(s, ids)
	if err != nil {
		return nil, err
	}
	known.Store(t.ProviderName, all)
	return &connection{server, all}, nil
}

// configure evaluates and sends a provider block.
func (c *connection) configure(ctx context.Context, s *scope, b *hclsyntax.Block) Diagnostics {
	v := c.provider.null()
	if b != nil {
		var diags hcl.Diagnostics
		if v, diags = s.body(b.Body, c.provider, []string{"alias", "version"}, nil); diags.HasErrors() {
			return fromHCL(s.cfg, diags)
		}
	}
	var body *hclsyntax.Body
	if b != nil {
		body = b.Body
	}
	checked, err := c.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: dynamic(v, c.provider.typ())})
	if err != nil {
		return broken("", err)
	}
	found := fromProtocol(s.cfg, body, "", checked.Diagnostics)
	if found.failed() {
		return found
	}
	resp, err := c.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: version, Config: dynamic(v, c.provider.typ())})
	if err != nil {
		return broken("", err)
	}
	return append(found, fromProtocol(s.cfg, body, "", resp.Diagnostics)...)
}

// upgrade reads what is in state with the schema of today.
func (c *connection) upgrade(ctx context.Context, i *instance) Diagnostics {
	if i.typeName == builtinType {
		return nil
	}
	o := c.of(i.mode, i.typeName)
	text, err := ctyjson.Marshal(i.value, i.value.Type())
	if err != nil {
		return broken(i.addr, err)
	}
	resp, err := c.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{
		TypeName: i.typeName, Version: i.version, RawState: &tfprotov6.RawState{JSON: text},
	})
	if err != nil {
		return broken(i.addr, err)
	}
	if found := fromProtocol(nil, nil, i.addr, resp.Diagnostics); found.failed() {
		return found
	}
	i.value, err = value(resp.UpgradedState, o.typ())
	i.version = o.version
	return broken(i.addr, err)
}

// refresh reads an object. It returns nil if the object is gone.
func (c *connection) refresh(ctx context.Context, i *instance, cfg *config, b *hclsyntax.Body) (*instance, Diagnostics) {
	if i.typeName == builtinType {
		return i, nil
	}
	resp, err := c.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: i.typeName, CurrentState: dynamic(i.value, c.of(i.mode, i.typeName).typ()), Private: i.private, CurrentIdentity: c.identity(i),
	})
	if err != nil {
		return i, broken(i.addr, err)
	}
	found := fromProtocol(cfg, b, i.addr, resp.Diagnostics)
	if found.failed() {
		return i, found
	}
	out := *i
	if out.value, err = value(resp.NewState, i.value.Type()); err != nil {
		return i, append(found, broken(i.addr, err)...)
	}
	if out.value.IsNull() {
		return nil, found
	}
	if !out.value.IsWhollyKnown() {
		return i, append(found, violation(i.addr, "Provider produced invalid object", "the object that it has read holds unknown values")...)
	}
	out.private = resp.Private
	more := c.keepIdentity(&out, resp.NewIdentity)
	return &out, append(found, more...)
}

// identity is that of an instance as the protocol has it.
func (c *connection) identity(i *instance) *tfprotov6.ResourceIdentityData {
	if i == nil || i.identity == cty.NilVal {
		return nil
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: dynamic(i.identity, i.identity.Type())}
}

// keepIdentity takes an identity over. It must not change for the life of an object.
func (c *connection) keepIdentity(i *instance, d *tfprotov6.ResourceIdentityData) Diagnostics {
	typ, ok := c.identities[i.typeName]
	if !ok || d == nil || d.IdentityData == nil {
		return nil
	}
	v, err := value(d.IdentityData, typ)
	if err != nil {
		return broken(i.addr, err)
	}
	switch {
	case !v.IsWhollyKnown():
		return violation(i.addr, "Provider produced invalid identity", "the identity holds unknown values")
	case i.identity != cty.NilVal && !i.identity.IsNull() && !i.identity.RawEquals(v):
		return violation(i.addr, "Provider produced different identity", fmt.Sprintf("the identity was %#v, and is now %#v", i.identity, v))
	}
	i.identity = v
	return nil
}

// change is a planned change as a provider describes it.
type answer struct {
	value    cty.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	replace  []cty.Path
}

// plan asks for a plan. A null config is a destroy.
func (c *connection) plan(ctx context.Context, typeName string, prior, config cty.Value, private []byte, id *tfprotov6.ResourceIdentityData) (answer, []*tfprotov6.Diagnostic, error) {
	o := c.of(managedMode, typeName)
	if typeName == builtinType {
		return planBuiltin(prior, config), nil, nil
	}
	next := config
	if !config.IsNull() {
		next = proposed(o, prior, config)
	}
	resp, err := c.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, PriorState: dynamic(prior, o.typ()), ProposedNewState: dynamic(next, o.typ()), Config: dynamic(config, o.typ()), PriorPrivate: private, PriorIdentity: id,
	})
	if err != nil {
		return answer{}, nil, err
	}
	out := answer{private: resp.PlannedPrivate, identity: resp.PlannedIdentity}
	if out.value, err = value(resp.PlannedState, o.typ()); err != nil {
		return out, resp.Diagnostics, err
	}
	for _, p := range resp.RequiresReplace {
		out.replace = append(out.replace, path(p))
	}
	return out, resp.Diagnostics, nil
}

func planBuiltin(prior, config cty.Value) answer {
	if config.IsNull() {
		return answer{value: config}
	}
	input := config.GetAttr("input")
	id, output := cty.UnknownVal(cty.String), cty.UnknownVal(input.Type())
	var replace []cty.Path
	if input.IsNull() {
		output = input
	}
	if !prior.IsNull() {
		id = prior.GetAttr("id")
		if prior.GetAttr("input").RawEquals(input) {
			output = prior.GetAttr("output")
		}
		if !prior.GetAttr("triggers_replace").RawEquals(config.GetAttr("triggers_replace")) {
			replace = append(replace, cty.GetAttrPath("triggers_replace"))
		}
	}
	return answer{value: cty.ObjectVal(map[string]cty.Value{
		"id": id, "input": config.GetAttr("input"), "output": output, "triggers_replace": config.GetAttr("triggers_replace"),
	}), replace: replace}
}

// apply makes a planned change.
func (c *connection) apply(ctx context.Context, typeName string, prior, config cty.Value, a answer) (answer, []*tfprotov6.Diagnostic, error) {
	o := c.of(managedMode, typeName)
	if typeName == builtinType {
		if a.value.IsNull() {
			return a, nil, nil
		}
		values := a.value.AsValueMap()
		if !values["id"].IsKnown() {
			values["id"] = cty.StringVal(uuid.NewString())
		}
		values["output"] = values["input"]
		return answer{value: cty.ObjectVal(values)}, nil, nil
	}
	resp, err := c.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: dynamic(prior, o.typ()), PlannedState: dynamic(a.value, o.typ()), Config: dynamic(config, o.typ()),
		PlannedPrivate: a.private, PlannedIdentity: a.identity,
	})
	if err != nil {
		return answer{value: prior}, nil, err
	}
	out := answer{private: resp.Private, identity: resp.NewIdentity}
	out.value, err = value(resp.NewState, o.typ())
	return out, resp.Diagnostics, err
}

// data reads a data source.
func (c *connection) data(ctx context.Context, typeName string, config cty.Value) (cty.Value, []*tfprotov6.Diagnostic, error) {
	typ := c.of(dataMode, typeName).typ()
	resp, err := c.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: dynamic(config, typ)})
	if err != nil {
		return cty.NilVal, nil, err
	}
	v, err := value(resp.State, typ)
	return v, resp.Diagnostics, err
}

// validate lets the provider check the arguments of a resource.
func (c *connection) validate(ctx context.Context, cfg *config, r *resource, addr string, v cty.Value) (Diagnostics, error) {
	resp, err := c.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: r.typeName, Config: dynamic(v, c.of(managedMode, r.typeName).typ()),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		return nil, err
	}
	return fromProtocol(cfg, r.body, addr, resp.Diagnostics), nil
}

// validateData lets the provider check the arguments of a data source.
func (c *connection) validateData(ctx context.Context, cfg *config, r *resource, addr string, v cty.Value) (Diagnostics, error) {
	resp, err := c.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: r.typeName, Config: dynamic(v, c.of(dataMode, r.typeName).typ()),
	})
	if err != nil {
		return nil, err
	}
	return fromProtocol(cfg, r.body, addr, resp.Diagnostics), nil
}

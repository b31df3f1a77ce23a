package entity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ImportState takes "a/b" in the order of Key, or an identity block. The last part may contain slashes.
func (e *engine[M]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if req.ID == "" {
		for _, k := range e.Key {
			var value types.String
			resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(k), &value)...)
			if problem := e.malformed(ctx, k, value.ValueString()); problem != "" {
				resp.Diagnostics.AddError("Invalid import identity", fmt.Sprintf("The identity of this %s consists of %s. %s", noun(e.Name), strings.Join(e.Key, ", "), problem))
			}
			resource.ImportStatePassthroughWithIdentity(ctx, path.Root(k), path.Root(k), req, resp)
		}
		unconfigured(e.client, &resp.Diagnostics)
		return
	}
	parts := strings.SplitN(req.ID, "/", len(e.Key))
	problem := ""
	if len(parts) != len(e.Key) {
		problem = fmt.Sprintf("It has %d parts instead of %d.", len(parts), len(e.Key))
	}
	for i := range min(len(parts), len(e.Key)) {
		if problem == "" {
			problem = e.malformed(ctx, e.Key[i], parts[i])
		}
	}
	if problem != "" {
		resp.Diagnostics.AddError("Invalid import ID", fmt.Sprintf("The import ID of this %s has the form %s; got %q. %s", noun(e.Name), strings.Join(e.Key, "/"), req.ID, problem))
		return
	}
	unconfigured(e.client, &resp.Diagnostics)
	for i, k := range e.Key {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(k), parts[i])...)
	}
}

// malformed says what the schema has against a part of an import ID.
func (e *engine[M]) malformed(ctx context.Context, name, value string) string {
	if value == "" {
		return name + " is empty."
	}
	a, ok := e.Resource.Schema.Attributes[name].(schema.StringAttribute)
	if !ok {
		return name + " is not a string."
	}
	v := types.StringValue(value)
	for _, check := range a.Validators {
		resp := &validator.StringResponse{}
		check.ValidateString(ctx, validator.StringRequest{Path: path.Root(name), PathExpression: path.MatchRoot(name), ConfigValue: v}, resp)
		if resp.Diagnostics.HasError() {
			return resp.Diagnostics.Errors()[0].Detail()
		}
	}
	if a.CustomType == nil {
		return ""
	}
	typed, d := a.CustomType.ValueFromString(ctx, v)
	if d.HasError() {
		return d.Errors()[0].Detail()
	}
	if checked, ok := typed.(xattr.ValidateableAttribute); ok {
		resp := &xattr.ValidateAttributeResponse{}
		checked.ValidateAttribute(ctx, xattr.ValidateAttributeRequest{Path: path.Root(name)}, resp)
		if resp.Diagnostics.HasError() {
			return resp.Diagnostics.Errors()[0].Detail()
		}
	}
	return ""
}

// externalProvider is the tail of the source address of the provider whose objects are taken over.
const externalProvider = "/microsoft/power-platform"

// MoveState takes over an object of the same name from microsoft/power-platform: its state is read with this schema,
// attribute by attribute. What this schema does not know, or knows in another shape, is left out; the next refresh reads it.
func (e *engine[M]) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: e.move}}
}

func (e *engine[M]) move(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if req.SourceTypeName != "powerplatform_"+e.Name || !strings.HasSuffix(req.SourceProviderAddress, externalProvider) || req.SourceRawState == nil {
		return
	}
	summary := "Could not move " + noun(e.Name)
	source := map[string]json.RawMessage{}
	if err := json.Unmarshal(req.SourceRawState.JSON, &source); err != nil {
		resp.Diagnostics.AddError(summary, "The source state cannot be read: "+err.Error())
		return
	}
	typ := resp.TargetState.Schema.Type().TerraformType(ctx)
	for name, value := range source {
		if _, err := unmarshal(map[string]json.RawMessage{name: value}, typ); err != nil {
			delete(source, name)
		}
	}
	raw, err := unmarshal(source, typ)
	if err != nil {
		resp.Diagnostics.AddError(summary, "The source state does not fit: "+err.Error())
		return
	}
	m, ok := e.keyed(ctx, raw, summary, &resp.Diagnostics)
	if !ok {
		return
	}
	resp.TargetState.Raw = raw
	if resp.TargetIdentity != nil {
		e.identify(ctx, m, resp.TargetIdentity, &resp.Diagnostics)
	}
}

// keyed decodes a state that comes from elsewhere, and reports one without the key.
func (e *engine[M]) keyed(ctx context.Context, raw tftypes.Value, summary string, d *diag.Diagnostics) (*M, bool) {
	m, ok := e.decode(ctx, raw, d)
	if ok && !e.addressed(m) {
		d.AddError(summary, "The source state does not hold "+strings.Join(e.Key, ", ")+". Remove the object from state and import it.")
	}
	return m, ok && e.addressed(m)
}

func unmarshal(source any, typ tftypes.Type) (tftypes.Value, error) {
	text, err := json.Marshal(source)
	if err != nil {
		return tftypes.Value{}, err
	}
	return tfprotov6.RawState{JSON: text}.UnmarshalWithOpts(typ, tfprotov6.UnmarshalOpts{
		ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true},
	})
}

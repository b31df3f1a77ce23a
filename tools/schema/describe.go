package main

import (
	"context"
	"encoding/json"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// address is the key under which the generator looks for the provider.
const address = "powerplatform"

// describe asks a provider for its schemas, in the form of the CLI's JSON.
func describe(ctx context.Context, p tfprotov6.ProviderServer) (*tfjson.ProviderSchemas, error) {
	schemas, err := p.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := p.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	for _, d := range append(schemas.Diagnostics, identities.Diagnostics...) {
		return nil, fmt.Errorf("%s: %s", d.Summary, d.Detail)
	}
	out := &tfjson.ProviderSchema{
		ResourceSchemas: map[string]*tfjson.Schema{}, DataSourceSchemas: map[string]*tfjson.Schema{},
		EphemeralResourceSchemas: map[string]*tfjson.Schema{}, ListResourceSchemas: map[string]*tfjson.Schema{},
		ResourceIdentitySchemas: map[string]*tfjson.IdentitySchema{}, Functions: map[string]*tfjson.FunctionSignature{},
	}
	if out.ConfigSchema, err = convert(schemas.Provider); err != nil {
		return nil, err
	}
	for _, kind := range []struct {
		from map[string]*tfprotov6.Schema
		to   map[string]*tfjson.Schema
	}{
		{schemas.ResourceSchemas, out.ResourceSchemas},
		{schemas.DataSourceSchemas, out.DataSourceSchemas},
		{schemas.EphemeralResourceSchemas, out.EphemeralResourceSchemas},
		{schemas.ListResourceSchemas, out.ListResourceSchemas},
	} {
		for name, s := range kind.from {
			if kind.to[name], err = convert(s); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for name, s := range identities.IdentitySchemas {
		if out.ResourceIdentitySchemas[name], err = convertIdentity(s); err != nil {
			return nil, fmt.Errorf("identity of %s: %w", name, err)
		}
	}
	for name, f := range schemas.Functions {
		if out.Functions[name], err = convertFunction(f); err != nil {
			return nil, fmt.Errorf("function %s: %w", name, err)
		}
	}
	return &tfjson.ProviderSchemas{FormatVersion: "1.0", Schemas: map[string]*tfjson.ProviderSchema{address: out}}, nil
}

func convert(s *tfprotov6.Schema) (*tfjson.Schema, error) {
	attributes, err := convertAttributes(s.Block.Attributes)
	if err != nil {
		return nil, err
	}
	if len(s.Block.BlockTypes) > 0 {
		return nil, fmt.Errorf("nested blocks are not used here, but %s is one", s.Block.BlockTypes[0].TypeName)
	}
	return &tfjson.Schema{Version: uint64(max(s.Version, 0)), Block: &tfjson.SchemaBlock{
		Attributes: attributes, Description: s.Block.Description, DescriptionKind: kind(s.Block.DescriptionKind), Deprecated: s.Block.Deprecated,
	}}, nil
}

func convertAttributes(all []*tfprotov6.SchemaAttribute) (map[string]*tfjson.SchemaAttribute, error) {
	out := map[string]*tfjson.SchemaAttribute{}
	for _, a := range all {
		j := &tfjson.SchemaAttribute{
			Description: a.Description, DescriptionKind: kind(a.DescriptionKind), Deprecated: a.Deprecated,
			Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly,
		}
		var err error
		if a.NestedType != nil {
			nested, nestedErr := convertAttributes(a.NestedType.Attributes)
			j.AttributeNestedType = &tfjson.SchemaNestedAttributeType{Attributes: nested, NestingMode: modes[a.NestedType.Nesting]}
			err = nestedErr
		} else {
			j.AttributeType, err = convertType(a.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		out[a.Name] = j
	}
	return out, nil
}

func convertIdentity(s *tfprotov6.ResourceIdentitySchema) (*tfjson.IdentitySchema, error) {
	out := &tfjson.IdentitySchema{Version: uint64(max(s.Version, 0)), Attributes: map[string]*tfjson.IdentityAttribute{}}
	for _, a := range s.IdentityAttributes {
		t, err := convertType(a.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		out.Attributes[a.Name] = &tfjson.IdentityAttribute{
			IdentityType: t, Description: a.Description, RequiredForImport: a.RequiredForImport, OptionalForImport: a.OptionalForImport,
		}
	}
	return out, nil
}

func convertFunction(f *tfprotov6.Function) (*tfjson.FunctionSignature, error) {
	result, err := convertType(f.Return.Type)
	if err != nil {
		return nil, fmt.Errorf("result: %w", err)
	}
	out := &tfjson.FunctionSignature{Summary: f.Summary, Description: f.Description, DeprecationMessage: f.DeprecationMessage, ReturnType: result}
	for _, p := range f.Parameters {
		j, err := convertParameter(p)
		if err != nil {
			return nil, err
		}
		out.Parameters = append(out.Parameters, j)
	}
	if f.VariadicParameter != nil {
		out.VariadicParameter, err = convertParameter(f.VariadicParameter)
	}
	return out, err
}

func convertParameter(p *tfprotov6.FunctionParameter) (*tfjson.FunctionParameter, error) {
	t, err := convertType(p.Type)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return &tfjson.FunctionParameter{Name: p.Name, Description: p.Description, IsNullable: p.AllowNullValue, Type: t}, nil
}

var modes = map[tfprotov6.SchemaObjectNestingMode]tfjson.SchemaNestingMode{
	tfprotov6.SchemaObjectNestingModeSingle: tfjson.SchemaNestingModeSingle,
	tfprotov6.SchemaObjectNestingModeList:   tfjson.SchemaNestingModeList,
	tfprotov6.SchemaObjectNestingModeSet:    tfjson.SchemaNestingModeSet,
	tfprotov6.SchemaObjectNestingModeMap:    tfjson.SchemaNestingModeMap,
}

func kind(k tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if k == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}

// convertType takes the way over JSON, which both type systems write alike.
func convertType(t tftypes.Type) (cty.Type, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return cty.NilType, err
	}
	var out cty.Type
	err = json.Unmarshal(text, &out)
	return out, err
}

package entity

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Function is a function that configurations can call as provider::powerplatform::name. It computes: it knows neither the
// platform nor the configuration of the provider.
type Function[A, R any] struct {
	Name, Summary, Description string
	Parameters                 []function.Parameter // with their names; a null or unknown argument never arrives
	Return                     function.Return
	Run                        func(args A) (R, error) // A has a field tagged tfsdk for every parameter; At(path.Root(parameter), err) blames an argument
}

// New is the constructor that the provider registers.
func (f Function[A, R]) New() function.Function { return &calculation[A, R]{f} }

type calculation[A, R any] struct{ Function[A, R] }

func (f *calculation[A, R]) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = f.Name
}

func (f *calculation[A, R]) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{Summary: f.Summary, MarkdownDescription: f.Description, Parameters: f.Parameters, Return: f.Return}
}

func (f *calculation[A, R]) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	values := make([]attr.Value, len(f.Parameters))
	targets := make([]any, len(values))
	for i := range values {
		targets[i] = &values[i]
	}
	if len(targets) > 0 {
		if resp.Error = req.Arguments.Get(ctx, targets...); resp.Error != nil {
			return
		}
	}
	args, diags := f.decode(ctx, values)
	if diags.HasError() {
		resp.Error = function.FuncErrorFromDiags(ctx, diags)
		return
	}
	result, err := f.Function.Run(args)
	if err != nil {
		resp.Error = f.blame(err)
		return
	}
	resp.Error = resp.Result.Set(ctx, result)
}

// decode reads the arguments as if they were the attributes of an object.
func (f *calculation[A, R]) decode(ctx context.Context, values []attr.Value) (A, diag.Diagnostics) {
	var args A
	kinds, named := map[string]attr.Type{}, map[string]attr.Value{}
	for i, p := range f.Parameters {
		kinds[p.GetName()], named[p.GetName()] = p.GetType(), values[i]
	}
	object, diags := types.ObjectValue(kinds, named)
	if !diags.HasError() {
		diags = object.As(ctx, &args, basetypes.ObjectAsOptions{})
	}
	return args, diags
}

// blame is an error as Terraform shows it: with the argument that an attribute error means.
func (f *calculation[A, R]) blame(err error) *function.FuncError {
	var all *function.FuncError
	for _, err := range split(err) {
		said := function.NewFuncError(err.Error())
		if a, ok := errors.AsType[*attributeError](err); ok {
			for i, p := range f.Parameters {
				if len(a.path.Steps()) > 0 && a.path.Steps()[0].Equal(path.PathStepAttributeName(p.GetName())) {
					said = function.NewArgumentFuncError(int64(i), a.err.Error())
				}
			}
		}
		all = function.ConcatFuncErrors(all, said)
	}
	return all
}

// Check reports the mistakes in the description of a function: arguments or a result that do not fit, a missing
// description or implementation, a parameter that takes null or unknown values.
func (f *calculation[A, R]) Check(ctx context.Context) error {
	p := problems{name: "function " + f.Name}
	if f.Name == "" || f.Summary == "" || f.Description == "" || f.Function.Run == nil || f.Return == nil {
		p.report("name, summary, description, run and return are required")
		return errors.Join(p.all...)
	}
	var definition function.DefinitionResponse
	var valid function.DefinitionValidateResponse
	f.Definition(ctx, function.DefinitionRequest{}, &definition)
	definition.Definition.ValidateImplementation(ctx, function.DefinitionValidateRequest{FuncName: f.Name}, &valid)
	p.diagnostics(valid.Diagnostics)
	values := make([]attr.Value, len(f.Parameters))
	for i, parameter := range f.Parameters {
		if parameter.GetName() == "" || parameter.GetDescription()+parameter.GetMarkdownDescription() == "" {
			p.report("parameter %d has no name or no description", i)
		}
		if parameter.GetAllowNullValue() || parameter.GetAllowUnknownValues() {
			p.report("parameter %s takes null or unknown values", parameter.GetName())
		}
		value, err := parameter.GetType().ValueFromTerraform(ctx, zero(parameter.GetType().TerraformType(ctx)))
		p.add(err)
		values[i] = value
	}
	if kind := reflect.TypeFor[A](); kind.Kind() != reflect.Struct {
		p.report("the arguments are a %s, not a struct", kind)
	} else if len(p.all) == 0 {
		_, diags := f.decode(ctx, values)
		p.diagnostics(diags)
	}
	result, said := f.Return.NewResultData(ctx)
	if said == nil {
		said = result.Set(ctx, *new(R))
	}
	if said != nil {
		p.report("the result does not fit: %s", said.Text)
	}
	return errors.Join(p.all...)
}

func (p *problems) diagnostics(diags diag.Diagnostics) {
	for _, d := range diags {
		p.add(fmt.Errorf("%s: %s", d.Summary(), d.Detail()))
	}
}

// zero is a known value of a type that says as little as possible.
func zero(typ tftypes.Type) tftypes.Value {
	switch t := typ.(type) {
	case tftypes.List, tftypes.Set:
		return tftypes.NewValue(t, []tftypes.Value{})
	case tftypes.Map:
		return tftypes.NewValue(t, map[string]tftypes.Value{})
	case tftypes.Object:
		all := map[string]tftypes.Value{}
		for name, inner := range t.AttributeTypes {
			all[name] = zero(inner)
		}
		return tftypes.NewValue(t, all)
	}
	switch {
	case typ.Is(tftypes.String):
		return tftypes.NewValue(typ, "")
	case typ.Is(tftypes.Number):
		return tftypes.NewValue(typ, 0)
	case typ.Is(tftypes.Bool):
		return tftypes.NewValue(typ, false)
	}
	return tftypes.NewValue(typ, nil)
}

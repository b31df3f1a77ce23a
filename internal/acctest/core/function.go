package core

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// provided are the functions of the provider, as expressions call them. They need no configuration.
func (t *Terraform) provided(ctx context.Context) (map[string]function.Function, error) {
	server, err := t.Provider()
	if err != nil {
		return nil, err
	}
	resp, err := server.GetFunctions(ctx, &tfprotov6.GetFunctionsRequest{})
	if err != nil {
		return nil, err
	}
	out := map[string]function.Function{}
	for name, f := range resp.Functions {
		if out["provider::"+t.ProviderName+"::"+name], err = provide(ctx, server, name, f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func provide(ctx context.Context, server tfprotov6.ProviderServer, name string, f *tfprotov6.Function) (function.Function, error) {
	spec := &function.Spec{}
	for _, p := range f.Parameters {
		typ, err := ctyType(p.Type)
		if err != nil {
			return function.Function{}, err
		}
		spec.Params = append(spec.Params, function.Parameter{Name: p.Name, Type: typ, AllowNull: p.AllowNullValue, AllowUnknown: p.AllowUnknownValues})
	}
	if f.VariadicParameter != nil {
		return function.Function{}, fmt.Errorf("%s takes any number of arguments: not supported in process", name)
	}
	result, err := ctyType(f.Return.Type)
	if err != nil {
		return function.Function{}, err
	}
	spec.Type = function.StaticReturnType(result)
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		req := &tfprotov6.CallFunctionRequest{Name: name}
		for i, arg := range args {
			req.Arguments = append(req.Arguments, dynamic(arg, spec.Params[i].Type))
		}
		resp, err := server.CallFunction(ctx, req)
		switch {
		case err != nil:
			return cty.NilVal, err
		case resp.Error != nil && resp.Error.FunctionArgument != nil:
			return cty.NilVal, function.NewArgErrorf(int(*resp.Error.FunctionArgument), "%s", resp.Error.Text)
		case resp.Error != nil:
			return cty.NilVal, fmt.Errorf("%s", resp.Error.Text)
		}
		return value(resp.Result, result)
	}
	return function.New(spec), nil
}

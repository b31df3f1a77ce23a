package acctest

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
)

// Call runs a function without a CLI; an error is written with the number of the argument that it blames.
func Call(t *testing.T, f function.Function, args ...attr.Value) (attr.Value, string) {
	t.Helper()
	var d function.DefinitionResponse
	f.Definition(t.Context(), function.DefinitionRequest{}, &d)
	result, err := d.Definition.Return.NewResultData(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resp := function.RunResponse{Result: result}
	f.Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(args)}, &resp)
	switch said := resp.Error; {
	case said == nil:
		return resp.Result.Value(), ""
	case said.FunctionArgument != nil:
		return nil, fmt.Sprintf("%d: %s", *said.FunctionArgument, said.Text)
	default:
		return nil, said.Text
	}
}

// Package connector manages custom connectors: what a private API looks like to makers, and how it is signed in to.
package connector

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
)

type variableArgs struct {
	SchemaName string `tfsdk:"schema_name"`
}

// EnvironmentVariable is provider::powerplatform::environment_variable.
func EnvironmentVariable() entity.Function[variableArgs, string] {
	return entity.Function[variableArgs, string]{
		Name:    "environment_variable",
		Summary: "Reference to an environment variable",
		Description: "Returns the text by which a solution-aware custom connector refers to an " +
			"[environment variable](https://learn.microsoft.com/connectors/custom-connectors/environment-variables), as its host, its base URL or in its authentication. " +
			"The platform puts the value of the variable in its place whenever the connector is saved.\n\n" +
			"The attribute `reference` of `powerplatform_environment_variable` is the same text. Prefer it for variables of the same configuration, because it also orders " +
			"the two; this function is for variables that a solution brings.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "schema_name",
			MarkdownDescription: "Schema name of the variable with the prefix of its publisher, such as `contoso_ApiHost`. It is not the display name.",
		}},
		Return: function.StringReturn{},
		Run: func(a variableArgs) (string, error) {
			if err := openapi.CheckSchemaName(a.SchemaName); err != nil {
				return "", entity.At(path.Root("schema_name"), err)
			}
			return openapi.Reference(a.SchemaName), nil
		},
	}
}

type definitionArgs struct {
	Definition string `tfsdk:"definition"`
}

type findingResult struct {
	Rule     string `tfsdk:"rule"`
	Severity string `tfsdk:"severity"`
	Path     string `tfsdk:"path"`
	Message  string `tfsdk:"message"`
}

// ValidateOpenAPI is provider::powerplatform::validate_openapi.
func ValidateOpenAPI() entity.Function[definitionArgs, []findingResult] {
	return entity.Function[definitionArgs, []findingResult]{
		Name:    "validate_openapi",
		Summary: "Check of an API definition",
		Description: fmt.Sprintf("Compares the definition of an API with the [documented rules](https://learn.microsoft.com/connectors/custom-connectors/certification-swagger-validator-rules) "+
			"for custom connectors, without asking the platform. Definitions are Swagger 2.0 (OpenAPI 2.0) of less than %d bytes; "+
			"host and base path may be references to environment variables. Returns what it finds as a list of objects, errors first, and an empty list for a definition without fault:\n\n"+
			"* `rule`: documented name of the rule, such as `OperationIdRequired`\n"+
			"* `severity`: `error` for what breaks Swagger 2.0 or a rule about the version, the host, paths, operation IDs, references or types, which the platform refuses; `warning` for the rest\n"+
			"* `path`: place in the definition, such as `paths./cases/{id}.get`; empty for the definition as a whole\n"+
			"* `message`: what is wrong\n\n"+
			"Connectors check their definition with the same rules when they are planned. The function is for definitions that come from elsewhere, in a `check` block, a precondition or a test.", openapi.MaxSize),
		Parameters: []function.Parameter{function.StringParameter{Name: "definition", MarkdownDescription: "The definition as JSON or YAML, such as `file(\"api.swagger.json\")`."}},
		Return: function.ListReturn{ElementType: types.ObjectType{AttrTypes: map[string]attr.Type{
			"rule": types.StringType, "severity": types.StringType, "path": types.StringType, "message": types.StringType,
		}}},
		Run: func(a definitionArgs) ([]findingResult, error) {
			out := []findingResult{}
			for _, f := range openapi.Validate(a.Definition, openapi.Options{References: true}) {
				out = append(out, findingResult{f.Rule, string(f.Severity), f.Path, f.Message})
			}
			return out, nil
		},
	}
}

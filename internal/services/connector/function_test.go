package connector_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/services/connector"
)

func TestEnvironmentVariable(t *testing.T) {
	t.Parallel()
	f := connector.EnvironmentVariable().New()
	for name, want := range map[string]string{"contoso_ApiHost": `@environmentVariables("contoso_ApiHost")`, "Host": `@environmentVariables("Host")`} {
		if got, said := acctest.Call(t, f, types.StringValue(name)); said != "" || !got.Equal(types.StringValue(want)) {
			t.Errorf("%s: %v%s, want %s", name, got, said, want)
		}
	}
	for name, want := range map[string]string{
		"":                       "0: the schema name of an environment variable is empty",
		"API host":               `0: "API host" is no schema name of an environment variable`,
		`contoso_"`:              `0: "contoso_\"" is no schema name`,
		strings.Repeat("a", 101): "0: the schema name of an environment variable has 101 characters; it can have 100",
	} {
		if _, said := acctest.Call(t, f, types.StringValue(name)); !strings.HasPrefix(said, want) {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func TestValidateOpenAPI(t *testing.T) {
	t.Parallel()
	const good = `{"swagger":"2.0","info":{"title":"T","version":"1"},"host":"@environmentVariables(\"contoso_Host\")","paths":{"/a":{"get":{"operationId":"A","responses":{"200":{"description":"OK"}}}}}}`
	for text, want := range map[string]string{
		good: "[]",
		strings.Replace(good, `"operationId":"A",`, `"x-ms-visibility":"loud",`, 1): `[{"message":"The operation 'operationId' property is required.","path":"paths./a.get","rule":"OperationIdRequired","severity":"error"},` +
			`{"message":"The property value must be one of the following: none, advanced, internal, important.","path":"paths./a.get.x-ms-visibility","rule":"JsonValueNotInEnum","severity":"warning"}]`,
		"openapi: 3.0.1": `[{"message":"the definition is OpenAPI 3.0.1; the platform takes Swagger 2.0 only: convert it to OpenAPI 2.0 (Swagger)","path":"","rule":"SpecificationVersionIncorrect","severity":"error"}]`,
		"{":              `[{"message":"line 1, column 2: the definition ends too early","path":"","rule":"DefinitionNotReadable","severity":"error"}]`,
	} {
		if got, said := acctest.Call(t, connector.ValidateOpenAPI().New(), types.StringValue(text)); said != "" || got.String() != want {
			t.Errorf("%s: %v%s\nwant %s", text, got, said, want)
		}
	}
}

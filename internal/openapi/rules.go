package openapi

import "slices"

// Names of rules that have none in the documentation.
const (
	ruleUnreadable = "DefinitionNotReadable"
	ruleTooLarge   = "DefinitionTooLarge"
	ruleVersion    = "SpecificationVersionIncorrect"
)

// rules are all rules, in the order in which their findings are listed.
var rules = slices.Concat(rootRules, pathRules, operationRules, parameterRules, referenceRules, schemaRules, boundRules, extensionRules, securityRules)

// rootRules are about the definition as a whole.
var rootRules = []rule{
	{ruleVersion, Error, `The 'swagger' property must have the string value "2.0".`, version},
	{ruleTooLarge, Error, `The definition has {0} characters; the platform keeps {1} at most (0x80044331).`, tooLarge},
	{"DefinitionLarge", Warning, `The definition has {0} characters; environments that have not been updated keep {1} at most (0x80044331).`, large},
	{"RequiredPropertyMissing", Error, `The '{0}' property is required.`, flawed("RequiredPropertyMissing")},
	{"JsonTypeIncorrect", Error, `The type of the property is incorrect. Expected type '{0}', but value is of type '{1}'.`, flawed("JsonTypeIncorrect")},
	{"JsonValueNotInEnum", Error, `The property value must be one of the following: {0}.`, flawed("JsonValueNotInEnum")},
	{"ExtensionNameNotValid", Error, `The property '{0}' is not valid. If this property is an extension, its name must begin with "x-".`, flawed("ExtensionNameNotValid")},
	{"HostNameNotValid", Error, `The 'host' property, if present, must be a valid URI host without a scheme or path.`, hostName},
	{"BasePathNotValid", Error, `The 'basePath' property, if present, must start with a '/' character.`, basePath},
	{"SchemesArrayEmpty", Error, `The 'schemes' array requires at least one value.`, schemesEmpty},
	{"SchemeNotValid", Error, `The 'schemes' property must only contain transfer protocols from the list: http, https.`, schemeNotValid},
	{"SchemeNotSupported", Error, `The WebSocket transfer protocol schemes are not supported.`, schemeNotSupported},
	{"EnvironmentVariableNotValid", Error, `The reference to an environment variable is not valid: {0}.`, variableNotValid},
	{"EnvironmentVariableNotSupported", Error, `The definition refers to the environment variable '{0}'. Only solution-aware connectors can: the platform does not put its value here.`, variableNotSupported},
	{"EnvironmentVariableNotExpanded", Warning, `References to environment variables are documented for the host, the base URL and the security of a connector; here the text may stay as it is.`, variableNotExpanded},
	{"EnvironmentVariableNameUnusual", Warning, `{0}.`, variableUnusual},
	{"TagRedefined", Warning, `The 'tags' property defines tag '{0}' multiple times.`, tagRedefined},
	{"ContactEmailNotValid", Warning, `The contact 'email' property, if present, must be a valid email address.`, contactEmail},
	{"UrlNotValid", Warning, `The 'url' property must be a valid absolute URL.`, urlNotValid},
	{"MimeTypeNotValid", Warning, `The MIME type '{0}' is not valid.`, mimeType},
	{"TotalOperationsCountExceedsMaxAllowed", Warning, `The total number of operations in the swagger exceeds the maximum allowed value of '256'.`, tooManyOperations},
}

// pathRules are about paths and what their templates name.
var pathRules = []rule{
	{"OperationPathMustStartWithSlash", Error, `The path is not valid, it must start with a '/' character.`, pathSlash},
	{"OperationPathMayNotContainQueryOrFragment", Error, `The path is not valid, it must not contain a query part or fragment identifier. To include '?' or '#' characters in the path, they must be URL encoded.`, pathQuery},
	{"OperationPathContainsUnsupportedCharacters", Error, `The operation path cannot contain wildcard character '*'.`, pathWildcard},
	{"OperationPathTemplateNotValid", Error, `The path is not valid, each path template variable enclosed by '{' and '}' characters must be contained within a single URL segment. Individual '{' or '}' characters which are not enclosing a path template variable must be URL encoded.`, pathTemplate},
	{"OperationPathVariablesContainDefaults", Error, `The operation path template variables cannot set default values with character '='.`, pathDefault},
	{"PathRedefined", Error, `The path '{0}' is defined multiple times with different capitalization. Paths must be unique when compared case-insensitively.`, pathRedefined},
	{"DuplicateOperationPath", Error, `The operations '{0}' and '{1}' have the path templates '{2}' and '{3}' which are duplicate and indistinguishable. They need to have a difference in static path segments for a deterministic routing.`, pathDuplicate},
	{"PathItemRefNotSuppored", Error, `The '$ref' property in a path is not supported.`, pathRef}, // documented in this spelling
	{"OperationMissingPathParameter", Error, `The operation '{0}' does not define the '{1}' parameter which is required by the path.`, pathParameterMissing},
	{"PathParameterNotDefinedInTemplate", Error, `The 'path' parameter '{0}' is not defined in the URI path template. To include the parameter as a variable in the path, use '{' and '}' characters to enclose the name of the parameter in the path.`, pathParameterUnused},
	{"PathParameterMustBeRequired", Error, `The parameter must be marked as required as it is used in the operation path. Include the 'required' property, with the value 'true'.`, pathParameterOptional},
}

// operationRules are about operations and their responses.
var operationRules = []rule{
	{"OperationIdRequired", Error, `The operation 'operationId' property is required.`, operationIDMissing},
	{"OperationIdNotUnique", Error, `The operationId '{0}' is used multiple times. Operation identifiers must be unique.`, operationIDTwice},
	{"OperationIdTooLong", Warning, `The operationId length must be less than '{0}'.`, operationIDLong},
	{"OperationIdSanitized", Warning, `The 'operationId' property value is different from its sanitized value '{0}'. Please avoid the usage of non-alphanumeric characters to have matching values.`, operationIDCharacters},
	{"OperationMustHaveResponse", Error, `The operation is not valid, it must contain at least one response definition.`, operationResponse},
	{"OperationShouldHaveSuccessfulResponse", Warning, `The operation '{0}' should have at least one successful response definition.`, operationSuccess},
	{"OperationHasManyResponsesWithSchema", Warning, `The operation '{0}' has more than one response with specified schema, only one schema will be used in the designer.`, operationSchemas},
	{"DefaultResponseHasSchema", Warning, `The 'default' response should not have schema definition. Schemas should be defined on expected responses only.`, defaultSchema},
	{"ResponseMustBeDefaultOrHttpStatusCode", Error, `The response is not valid, the response must be a valid HTTP status code, or the string 'default'.`, responseCode},
	{"OperationSummaryTooLong", Warning, `The operation 'summary' should be fewer than 120 characters for improved readability.`, operationSummary},
}

// parameterRules are about parameters.
var parameterRules = []rule{
	{"OperationParametersContainDuplicateParameter", Error, `The operation '{0}' contains duplicate parameters with name '{1}', location '{2}'.`, parametersTwice},
	{"PathParametersContainDuplicateParameter", Error, `The path '{0}' contains duplicate parameters with name '{1}', location '{2}'.`, pathParametersTwice},
	{"OperationParametersContainMultipleBodyParameters", Error, `The operation '{0}' contains multiple parameters in the location 'body', at most one is allowed.`, bodiesOfOperation},
	{"PathParametersContainMultipleBodyParameters", Error, `The path '{0}' contains multiple parameters in the location 'body', at most one is allowed.`, bodiesOfPath},
	{"ParameterListContainsFormDataAndBody", Error, `The 'parameters' list defines both a 'body' parameter, and a 'formData' parameter. Only one of these location types can be used in an operation.`, bodyAndForm},
	{"BodyParameterSchemaRequired", Error, `The 'body' parameter must define a 'schema' property.`, bodySchema},
	{"BodyParameterPropertyNotValid", Error, `The 'body' parameter cannot use property '{0}', instead, the 'schema' property should be used to define the type used by the parameter.`, flawed("BodyParameterPropertyNotValid")},
	{"NonBodyParameterSchemaNotValid", Error, `The parameter cannot define a schema as it is not in the 'body'.`, flawed("NonBodyParameterSchemaNotValid")},
	{"FileParameterMustBeInFormData", Error, `Parameters of type 'file' are not valid in locations other than 'formData'.`, fileParameter},
	{"BodyOrFormDataParameterInFetchOperationNotAllowed", Warning, `Body or form data parameters are not supported in a fetch operation.`, bodyInFetch},
	{"ConnectionIdParameterNotAllowed", Warning, `A parameter cannot be named as 'connectionId'.`, connectionID},
	{"AllowEmptyValueOnlyValidForQueryFormData", Warning, `The parameter cannot use the 'allowEmptyValue' keyword as it is not in the 'query' or 'formData' location.`, emptyValue},
	{"InternalParameterNeedsDefault", Warning, `The parameter '{0}' is internal and required: makers cannot see it, so it needs a 'default' value.`, internalDefault},
}

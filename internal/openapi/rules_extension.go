package openapi

import "strings"

// extensionRules are about the platform's own extensions:
// https://learn.microsoft.com/connectors/custom-connectors/openapi-extensions.
var extensionRules = []rule{
	{"ExtensionNotKnown", Warning, `The platform knows no extension '{0}'.`, extensionUnknown},
	{"JsonTypeIncorrect", Warning, `The type of the property is incorrect. Expected type '{0}', but value is of type '{1}'.`, extensionType},
	{"JsonValueNotInEnum", Warning, `The property value must be one of the following: {0}.`, extensionValue},
	{"RequiredPropertyMissing", Warning, `The '{0}' property is required.`, extensionRequired},
	{"AdditionalPropertyNotAllowed", Warning, `The property '{0}' is not allowed and must be removed.`, extensionProperty},
	{"OperationIdNotFound", Warning, `The 'operationId' could not be found in this swagger document.`, extensionOperation},
	{"ApiAnnotationExtensionReplacementInfoForNonDeprecatedOperations", Warning, `The 'x-ms-api-annotation' extension for operation '{0}' is invalid. The replacement property should be specified for deprecated operations only.`, replacementInUse},
	{"ApiAnnotationExtensionReplacementInfoMissingApiProperty", Warning, `The 'x-ms-api-annotation' extension for operation '{0}' is invalid. The replacement property must specify 'api' property.`, replacementLacks("api")},
	{"ApiAnnotationExtensionReplacementInfoMissingOperationIdProperty", Warning, `The 'x-ms-api-annotation' extension for operation '{0}' is invalid. The replacement property must specify 'operationId' property.`, replacementLacks("operationId")},
	{"OperationFamilyHasDuplicateRevisions", Warning, `The operation family '{0}' has operations with duplicate revision.`, familyRevisions},
	{"InvalidNextLinkNameValue", Warning, `The nextLinkName value for operation '{0}' is invalid. Supported values are 'nextLink' or '@odata.nextLink'.`, nextLink},
	{"NotificationExtensionSupportedForTriggerOnly", Warning, `The 'x-ms-notification' is supported for trigger operations only.`, notificationTrigger},
	{"DuplicateEnumValuesInExtension", Warning, `The 'x-ms-enum-values' extension has duplicate values. You can only have one display name mapped to a value.`, enumValuesTwice},
	{"MissingEnumValuesDisplayName", Warning, `The 'x-ms-enum-values' extension is invalid. Please specify the property 'displayName'.`, enumValuesName},
	{"InvalidEnumValuesExtensionValue", Warning, `The 'value' field must match one of the enums as defined in the 'enum' property of the schema.`, enumValuesOther},
	{"DynamicExtensionDefinitionNotAllowedInParameter", Warning, `Dynamic extensions are not allowed to be defined on the body parameter. It should be in the schema.`, dynamicInBody},
}

// meaning is what is documented about an extension.
type meaning struct {
	types    []string
	values   []string // of a string
	required []string // keys that an object must have
	optional []string // further keys, if all are known
	calls    bool     // has the ID of an operation in its key operationId
}

var meanings = map[string]meaning{
	"x-ms-summary":               {types: []string{"string"}},
	"x-ms-visibility":            {types: []string{"string"}, values: []string{"none", "advanced", "internal", "important"}},
	"x-ms-trigger":               {types: []string{"string"}, values: []string{"single", "batch"}},
	"x-ms-trigger-hint":          {types: []string{"string"}},
	"x-ms-trigger-metadata":      {},
	"x-ms-trigger-value":         {},
	"x-ms-notification":          {types: []string{"object"}, calls: true},
	"x-ms-notification-url":      {types: []string{"boolean"}},
	notificationContent:          {types: []string{"object"}, required: []string{"schema"}, optional: []string{"description"}},
	"x-ms-dynamic-values":        {types: []string{"object"}, calls: true},
	"x-ms-dynamic-list":          {types: []string{"object"}, required: []string{"operationId"}, calls: true},
	"x-ms-dynamic-schema":        {types: []string{"object"}, calls: true},
	"x-ms-dynamic-properties":    {types: []string{"object"}, required: []string{"operationId"}, calls: true},
	"x-ms-dynamic-tree":          {types: []string{"object"}},
	"x-ms-api-annotation":        {types: []string{"object"}},
	"x-ms-capabilities":          {types: []string{"object"}},
	"x-ms-connector-metadata":    {types: []string{"array"}},
	"x-ms-pageable":              {types: []string{"object"}},
	"x-ms-url-encoding":          {types: []string{"string"}, values: []string{"single", "double"}},
	"x-ms-parameter-location":    {types: []string{"string"}},
	"x-ms-operation-context":     {types: []string{"object"}},
	"x-ms-enum":                  {types: []string{"object"}},
	"x-ms-enum-values":           {types: []string{"array"}},
	"x-ms-media-kind":            {types: []string{"string"}, values: []string{"image", "audio"}},
	"x-ms-no-generic-test":       {types: []string{"boolean"}},
	"x-ms-test-value":            {},
	"x-ms-safe-operation":        {types: []string{"boolean"}},
	"x-ms-docs":                  {},
	"x-ms-deployment-version":    {},
	"x-ms-agentic-protocol":      {types: []string{"string"}},
	"x-ms-editor":                {types: []string{"string"}},
	"x-ms-editor-options":        {types: []string{"object"}},
	"x-ms-openai-data":           {},
	"x-ms-openai-manifest":       {},
	"x-ms-property-name-alias":   {types: []string{"string"}},
	"x-ms-trigger-operation-set": {},
}

// extensionUnknown names the likely slips: extensions of others are none of the platform's business.
func extensionUnknown(x *index, say reporter) {
	for _, e := range x.extensions {
		if _, ok := meanings[e.name]; !ok && strings.HasPrefix(strings.ToLower(e.name), "x-ms-") {
			say(e.at, e.name)
		}
	}
}

func extensionType(x *index, say reporter) {
	for _, e := range x.extensions {
		if m := meanings[e.name]; len(m.types) > 0 && !contains(m.types, typeOf(e.value)) {
			say(e.at, strings.Join(m.types, "' or '"), typeOf(e.value))
		}
	}
}

func extensionValue(x *index, say reporter) {
	for _, e := range x.extensions {
		text, ok := e.value.(string)
		if m := meanings[e.name]; ok && len(m.values) > 0 && !contains(m.values, text) {
			say(e.at, strings.Join(m.values, ", "))
		}
	}
}

func extensionRequired(x *index, say reporter) {
	for _, e := range x.extensions {
		value, ok := e.value.(*object)
		for _, key := range meanings[e.name].required {
			if ok && !value.has(key) {
				say(e.at, key)
			}
		}
	}
}

func extensionProperty(x *index, say reporter) {
	for _, e := range x.extensions {
		value, _ := e.value.(*object)
		m := meanings[e.name]
		for _, key := range value.order() {
			if len(m.optional) > 0 && !contains(m.required, key) && !contains(m.optional, key) && !strings.HasPrefix(key, "x-") {
				say(e.at.at(key), key)
			}
		}
	}
}

// extensionOperation looks for the operations that extensions call.
func extensionOperation(x *index, say reporter) {
	known := map[string]bool{}
	for _, o := range x.operations {
		known[o.id()] = true
	}
	for _, e := range x.extensions {
		value, _ := e.value.(*object)
		if id := value.text("operationId"); meanings[e.name].calls && id != "" && !known[id] {
			say(e.at.at("operationId"))
		}
	}
}

// annotated calls f for the operations with an x-ms-api-annotation.
func (x *index) annotated(f func(o *operation, annotation *object)) {
	for _, o := range x.operations {
		if annotation := o.object.object("x-ms-api-annotation"); annotation != nil {
			f(o, annotation)
		}
	}
}

func replacementInUse(x *index, say reporter) {
	x.annotated(func(o *operation, annotation *object) {
		if annotation.has("replacement") && !o.flag("deprecated") {
			say(o.at.at("x-ms-api-annotation"), o.name())
		}
	})
}

func replacementLacks(key string) func(*index, reporter) {
	return func(x *index, say reporter) {
		x.annotated(func(o *operation, annotation *object) {
			if annotation.has("replacement") && !annotation.object("replacement").has(key) {
				say(o.at.at("x-ms-api-annotation").at("replacement"), o.name())
			}
		})
	}
}

func familyRevisions(x *index, say reporter) {
	seen := map[[2]string]bool{}
	x.annotated(func(o *operation, annotation *object) {
		family, revision := annotation.text("family"), annotation.fields["revision"]
		if family == "" || revision == nil {
			return
		}
		key := [2]string{family, plain(revision)}
		if seen[key] {
			say(o.at.at("x-ms-api-annotation"), family)
		}
		seen[key] = true
	})
}

func nextLink(x *index, say reporter) {
	for _, o := range x.operations {
		name, ok := o.object.object("x-ms-pageable").get("nextLinkName")
		if ok && name != "nextLink" && name != "@odata.nextLink" {
			say(o.at.at("x-ms-pageable").at("nextLinkName"), o.name())
		}
	}
}

func notificationTrigger(x *index, say reporter) {
	for _, o := range x.operations {
		if o.has("x-ms-notification") && !o.has("x-ms-trigger") {
			say(o.at.at("x-ms-notification"))
		}
	}
}

// enumValues calls f for every x-ms-enum-values.
func (x *index) enumValues(f func(e extension, all []any)) {
	for _, e := range x.extensions {
		if all, ok := e.value.([]any); ok && e.name == "x-ms-enum-values" {
			f(e, all)
		}
	}
}

func enumValuesTwice(x *index, say reporter) {
	x.enumValues(func(e extension, all []any) {
		seen := map[string]bool{}
		for i, item := range all {
			item, _ := item.(*object)
			value, ok := item.get("value")
			if key := plain(value); ok && seen[key] {
				say(e.at.element(i))
			} else if ok {
				seen[key] = true
			}
		}
	})
}

func enumValuesName(x *index, say reporter) {
	x.enumValues(func(e extension, all []any) {
		for i, item := range all {
			if item, ok := item.(*object); ok && !item.has("displayName") {
				say(e.at.element(i))
			}
		}
	})
}

func enumValuesOther(x *index, say reporter) {
	x.enumValues(func(e extension, all []any) {
		for i, item := range all {
			item, _ := item.(*object)
			value, ok := item.get("value")
			found := !e.owner.has("enum")
			for _, one := range e.owner.list("enum") {
				found = found || same(one, value)
			}
			if ok && !found {
				say(e.at.element(i))
			}
		}
	})
}

func dynamicInBody(x *index, say reporter) {
	for _, e := range x.extensions {
		if e.kind == "body" && strings.HasPrefix(e.name, "x-ms-dynamic-") {
			say(e.at)
		}
	}
}

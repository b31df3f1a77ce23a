package openapi

// Scheme is a way to authenticate that a definition names.
type Scheme struct {
	Name             string
	Type             string // basic, apiKey or oauth2
	In               string // of an API key: header or query
	Parameter        string // of an API key: name of the header or of the query parameter
	Flow             string // of OAuth: accessCode, implicit, password or application
	AuthorizationURL string
	TokenURL         string
	Scopes           []string
}

// Security is what a definition says about authentication.
type Security struct {
	Schemes      []Scheme // in the order of the definition
	Requirements []string // names of the schemes that the definition as a whole requires, in its order
	Exempt       []string // IDs of the operations that require nothing though the definition does
}

// First is the scheme that the platform uses: of several, the first one counts. It is nil for a definition without any.
func (s Security) First() *Scheme {
	if len(s.Schemes) == 0 {
		return nil
	}
	return &s.Schemes[0]
}

// Security says how the API authenticates its callers, as far as the definition does.
func (d *Definition) Security() Security {
	var s Security
	definitions := d.root.object("securityDefinitions")
	for _, name := range definitions.order() {
		if o := definitions.object(name); o != nil {
			s.Schemes = append(s.Schemes, Scheme{
				Name: name, Type: o.text("type"), In: o.text("in"), Parameter: o.text("name"), Flow: o.text("flow"),
				AuthorizationURL: o.text("authorizationUrl"), TokenURL: o.text("tokenUrl"), Scopes: o.object("scopes").order(),
			})
		}
	}
	for _, requirement := range d.root.list("security") {
		if o, ok := requirement.(*object); ok {
			for _, name := range o.order() {
				if !contains(s.Requirements, name) {
					s.Requirements = append(s.Requirements, name)
				}
			}
		}
	}
	paths := d.root.object("paths")
	for _, path := range paths.order() {
		item := paths.object(path)
		for _, method := range item.order() {
			o := item.object(method)
			if list, ok := o.get("security"); ok && isMethod(method) && empty(list) && len(s.Requirements) > 0 {
				s.Exempt = append(s.Exempt, o.text("operationId"))
			}
		}
	}
	return s
}

// WithSecurity is the definition with these schemes only, of which a caller needs one, with all of its scopes.
// Without schemes it says that no authentication is needed.
func (d *Definition) WithSecurity(schemes ...Scheme) *Definition {
	definitions, security := &object{}, []any{}
	for _, s := range schemes {
		o := &object{}
		for _, f := range []struct{ key, value string }{
			{"type", s.Type}, {"in", s.In}, {"name", s.Parameter}, {"flow", s.Flow}, {"authorizationUrl", s.AuthorizationURL}, {"tokenUrl", s.TokenURL},
		} {
			if f.value != "" {
				o.set(f.key, f.value)
			}
		}
		scopes := []any{}
		if s.Type == "oauth2" {
			named := &object{}
			for _, scope := range s.Scopes {
				named.set(scope, scope)
				scopes = append(scopes, scope)
			}
			o.set("scopes", named)
		}
		definitions.set(s.Name, o)
		requirement := &object{}
		requirement.set(s.Name, scopes)
		security = append(security, requirement)
	}
	root := d.root.clone()
	root.set("securityDefinitions", definitions)
	root.set("security", security)
	return &Definition{root}
}

// securityRules are about securityDefinitions and security.
var securityRules = []rule{
	{"SecurityRequirementMustBeDefined", Error, `The security requirement '{0}' is not defined in the 'securityDefinitions' object.`, requirementUndefined},
	{"SecuritySchemePropertyRequired", Error, `The security definition property '{0}' is required for definitions of type '{1}'.`, schemeLacks},
	{"SecuritySchemePropertyNotValid", Error, `The security definition property '{0}' is not valid for definitions of type '{1}'.`, schemeHas},
	{"SecurityRequirementMustHaveEmptyValue", Warning, `The security requirement '{0}' cannot specify any scopes, an empty array should be provided.`, requirementScopes},
	{"OAuthSecurityRequirementValueMustBeScopeName", Warning, `The OAuth security requirement '{0}' refers to scope name '{1}', but this is not defined in the 'securityDefinitions' object.`, requirementScope},
	{"SecurityDefinitionIgnored", Warning, `The platform uses the first security definition, '{0}'; this one is ignored.`, schemeIgnored},
	{"OAuthFlowNotSupported", Warning, `The flow 'application' (client credentials) is not accepted in a security definition.`, flowNotSupported},
}

// requirements calls f for every scheme that the definition or an operation requires.
func (x *index) requirements(f func(at *place, name string, scopes []any, scheme *object)) {
	for _, n := range x.found["requirement"] {
		for _, name := range n.order() {
			f(n.at.at(name), name, n.list(name), x.root.object("securityDefinitions").object(name))
		}
	}
}

func requirementUndefined(x *index, say reporter) {
	x.requirements(func(at *place, name string, _ []any, scheme *object) {
		if scheme == nil {
			say(at, name)
		}
	})
}

func requirementScopes(x *index, say reporter) {
	x.requirements(func(at *place, name string, scopes []any, scheme *object) {
		if scheme != nil && scheme.text("type") != "oauth2" && len(scopes) > 0 {
			say(at, name)
		}
	})
}

func requirementScope(x *index, say reporter) {
	x.requirements(func(at *place, name string, scopes []any, scheme *object) {
		for i, scope := range scopes {
			if scope, ok := scope.(string); ok && scheme.text("type") == "oauth2" && !scheme.object("scopes").has(scope) {
				say(at.element(i), name, scope)
			}
		}
	})
}

// shape is what a security definition must have beside its type.
func shape(o *object) []string {
	switch o.text("type") {
	case "apiKey":
		return []string{"name", "in"}
	case "oauth2":
		switch o.text("flow") {
		case "implicit":
			return []string{"flow", "scopes", "authorizationUrl"}
		case "accessCode":
			return []string{"flow", "scopes", "authorizationUrl", "tokenUrl"}
		default:
			return []string{"flow", "scopes", "tokenUrl"}
		}
	default:
		return nil
	}
}

func schemeLacks(x *index, say reporter) {
	for _, n := range x.found["scheme"] {
		for _, key := range shape(n.object) {
			if !n.has(key) {
				say(n.at, key, n.text("type"))
			}
		}
	}
}

func schemeHas(x *index, say reporter) {
	for _, n := range x.found["scheme"] {
		if !contains([]string{"basic", "apiKey", "oauth2"}, n.text("type")) {
			continue
		}
		need := shape(n.object)
		for _, key := range n.order() {
			if _, known := grammar["scheme"].fields[key]; known && key != "type" && key != "description" && !contains(need, key) {
				say(n.at.at(key), key, n.text("type"))
			}
		}
	}
}

func schemeIgnored(x *index, say reporter) {
	for i, n := range x.found["scheme"] {
		if i > 0 {
			say(n.at, x.found["scheme"][0].at.key)
		}
	}
}

func flowNotSupported(x *index, say reporter) {
	for _, n := range x.found["scheme"] {
		if n.text("flow") == "application" {
			say(n.at.at("flow"))
		}
	}
}

package openapi

// twiceIn reports parameters that share name and location with one before them.
func twiceIn(all []parameter, say func(p parameter)) {
	seen := map[string]bool{}
	for _, p := range all {
		key := p.text("in") + " " + p.text("name")
		if seen[key] {
			say(p)
		}
		seen[key] = true
	}
}

func bodies(all []parameter) (n int) {
	for _, p := range all {
		if p.text("in") == "body" {
			n++
		}
	}
	return n
}

func parametersTwice(x *index, say reporter) {
	for _, o := range x.operations {
		twiceIn(o.own, func(p parameter) { say(p.at, o.name(), p.text("name"), p.text("in")) })
	}
}

func pathParametersTwice(x *index, say reporter) {
	for _, item := range x.found["path"] {
		all := x.parameters(item.list("parameters"), item.at.at("parameters"))
		twiceIn(all, func(p parameter) { say(p.at, item.at.key, p.text("name"), p.text("in")) })
	}
}

func bodiesOfOperation(x *index, say reporter) {
	for _, o := range x.operations {
		if bodies(o.parameters()) > 1 {
			say(o.at, o.name())
		}
	}
}

func bodiesOfPath(x *index, say reporter) {
	for _, item := range x.found["path"] {
		if bodies(x.parameters(item.list("parameters"), item.at.at("parameters"))) > 1 {
			say(item.at.at("parameters"), item.at.key)
		}
	}
}

func bodyAndForm(x *index, say reporter) {
	for _, o := range x.operations {
		in := map[string]bool{}
		for _, p := range o.parameters() {
			in[p.text("in")] = true
		}
		if in["body"] && in["formData"] {
			say(o.at.at("parameters"))
		}
	}
}

func bodySchema(x *index, say reporter) {
	for _, p := range x.found["body"] {
		if !p.has("schema") {
			say(p.at)
		}
	}
}

func fileParameter(x *index, say reporter) {
	for _, p := range x.found["parameter"] {
		if p.text("type") == "file" && p.text("in") != "formData" {
			say(p.at.at("type"))
		}
	}
}

func bodyInFetch(x *index, say reporter) {
	for _, o := range x.operations {
		if o.method != "get" && o.method != "head" {
			continue
		}
		for _, p := range o.parameters() {
			if p.text("in") == "body" || p.text("in") == "formData" {
				say(p.at)
			}
		}
	}
}

func connectionID(x *index, say reporter) {
	for _, kind := range []string{"parameter", "body"} {
		for _, p := range x.found[kind] {
			if p.text("name") == "connectionId" {
				say(p.at.at("name"))
			}
		}
	}
}

func emptyValue(x *index, say reporter) {
	for _, p := range x.found["parameter"] {
		if in := p.text("in"); p.flag("allowEmptyValue") && in != "query" && in != "formData" {
			say(p.at.at("allowEmptyValue"))
		}
	}
}

func internalDefault(x *index, say reporter) {
	for _, p := range x.found["parameter"] {
		if p.text("x-ms-visibility") == "internal" && p.flag("required") && !p.has("default") {
			say(p.at, p.text("name"))
		}
	}
}

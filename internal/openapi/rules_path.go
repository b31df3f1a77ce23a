package openapi

import (
	"regexp"
	"strings"
)

// each makes a rule of a test that every path must not meet.
func eachPath(broken func(path string) bool) func(*index, reporter) {
	return func(x *index, say reporter) {
		for _, item := range x.found["path"] {
			if broken(item.at.key) {
				say(item.at)
			}
		}
	}
}

var (
	pathSlash    = eachPath(func(path string) bool { return !strings.HasPrefix(path, "/") })
	pathQuery    = eachPath(func(path string) bool { return strings.ContainsAny(path, "?#") })
	pathWildcard = eachPath(func(path string) bool { return strings.Contains(path, "*") })
	pathTemplate = eachPath(func(path string) bool { return strings.ContainsAny(variable.ReplaceAllString(path, ""), "{}") })
	pathDefault  = eachPath(func(path string) bool {
		for _, name := range variablesOf(path) {
			if strings.Contains(name, "=") {
				return true
			}
		}
		return false
	})
)

// variable is a variable of a path template, within one segment.
var variable = regexp.MustCompile(`\{([^{}/]+)\}`)

func variablesOf(path string) []string {
	var names []string
	for _, found := range variable.FindAllStringSubmatch(path, -1) {
		names = append(names, found[1])
	}
	return names
}

func pathRedefined(x *index, say reporter) {
	seen := map[string]bool{}
	for _, item := range x.found["path"] {
		folded := strings.ToLower(item.at.key)
		if seen[folded] {
			say(item.at, item.at.key)
		}
		seen[folded] = true
	}
}

// pathDuplicate looks for operations of one method whose paths differ in the names of variables only. Paths that differ
// in capitals too are PathRedefined.
func pathDuplicate(x *index, say reporter) {
	seen := map[string]*operation{}
	for _, o := range x.operations {
		shape := o.method + " " + strings.ToLower(variable.ReplaceAllString(o.path, "{}"))
		first := seen[shape]
		switch {
		case first == nil:
			seen[shape] = o
		case !strings.EqualFold(first.path, o.path):
			say(o.at, first.name(), o.name(), first.path, o.path)
		}
	}
}

func pathRef(x *index, say reporter) {
	for _, item := range x.found["path"] {
		if item.has("$ref") {
			say(item.at.at("$ref"))
		}
	}
}

func pathParameterMissing(x *index, say reporter) {
	for _, o := range x.operations {
		have := map[string]bool{}
		for _, p := range o.parameters() {
			have[p.text("name")] = have[p.text("name")] || p.text("in") == "path"
		}
		for _, name := range variablesOf(o.path) {
			if !have[name] {
				say(o.at, o.name(), name)
			}
		}
	}
}

func pathParameterUnused(x *index, say reporter) {
	look := func(path string, all []parameter) {
		for _, p := range all {
			if name := p.text("name"); p.text("in") == "path" && !contains(variablesOf(path), name) {
				say(p.at, name)
			}
		}
	}
	for _, item := range x.found["path"] {
		look(item.at.key, x.parameters(item.list("parameters"), item.at.at("parameters")))
	}
	for _, o := range x.operations {
		look(o.path, o.own)
	}
}

func pathParameterOptional(x *index, say reporter) {
	for _, p := range x.found["parameter"] {
		if p.text("in") == "path" && !p.flag("required") {
			say(p.at)
		}
	}
}

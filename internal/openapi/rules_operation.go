package openapi

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxOperationID is not documented for connectors. It is the longest name of an action in a workflow, which is made of
// the operation ID.
const maxOperationID = 80

const maxSummary = 120

func operationIDMissing(x *index, say reporter) {
	for _, o := range x.operations {
		if value, ok := o.get("operationId"); !ok || value == "" {
			say(o.at)
		}
	}
}

func operationIDTwice(x *index, say reporter) {
	seen := map[string]bool{}
	for _, o := range x.operations {
		if o.id() != "" && seen[o.id()] {
			say(o.at.at("operationId"), o.id())
		}
		seen[o.id()] = true
	}
}

func operationIDLong(x *index, say reporter) {
	for _, o := range x.operations {
		if utf8.RuneCountInString(o.id()) >= maxOperationID {
			say(o.at.at("operationId"), maxOperationID)
		}
	}
}

var special = regexp.MustCompile(`[^A-Za-z0-9_]`) // underscores are documented in IDs that end with a revision, as in GetItems_V2

func operationIDCharacters(x *index, say reporter) {
	for _, o := range x.operations {
		if clean := special.ReplaceAllString(o.id(), ""); clean != o.id() {
			say(o.at.at("operationId"), clean)
		}
	}
}

func operationSummary(x *index, say reporter) {
	for _, o := range x.operations {
		if utf8.RuneCountInString(o.text("summary")) >= maxSummary {
			say(o.at.at("summary"))
		}
	}
}

// responses are those of an operation by code, with references followed.
func (x *index) responses(o *operation) (all []node) {
	responses := o.object.object("responses")
	for _, code := range responses.order() {
		r := responses.object(code)
		if r.has("$ref") {
			r = x.resolve(r.fields["$ref"], "responses").object
		}
		if r != nil && !strings.HasPrefix(code, "x-") {
			all = append(all, node{o.at.at("responses").at(code), r})
		}
	}
	return all
}

func operationResponse(x *index, say reporter) {
	for _, o := range x.operations {
		responses, n := o.object.object("responses"), 0
		for _, key := range responses.order() {
			if !strings.HasPrefix(key, "x-") {
				n++
			}
		}
		if responses != nil && n == 0 {
			say(o.at.at("responses"))
		}
	}
}

var (
	statusCode = regexp.MustCompile(`^[1-5][0-9][0-9]$`)
	success    = regexp.MustCompile(`^[23][0-9][0-9]$`)
)

func operationSuccess(x *index, say reporter) {
	for _, o := range x.operations {
		responses, codes, found := o.object.object("responses"), 0, false
		for _, code := range responses.order() {
			if !strings.HasPrefix(code, "x-") {
				codes++
			}
			found = found || success.MatchString(code) || code == "default"
		}
		if codes > 0 && !found {
			say(o.at.at("responses"), o.name())
		}
	}
}

func operationSchemas(x *index, say reporter) {
	for _, o := range x.operations {
		n := 0
		for _, r := range x.responses(o) {
			if success.MatchString(r.at.key) && r.has("schema") {
				n++
			}
		}
		if n > 1 {
			say(o.at.at("responses"), o.name())
		}
	}
}

func defaultSchema(x *index, say reporter) {
	for _, o := range x.operations {
		all := x.responses(o)
		for _, r := range all {
			if r.at.key == "default" && r.has("schema") && len(all) > 1 {
				say(r.at.at("schema"))
			}
		}
	}
}

func responseCode(x *index, say reporter) {
	for _, o := range x.operations {
		for _, code := range o.object.object("responses").order() {
			if code != "default" && !statusCode.MatchString(code) && !strings.HasPrefix(code, "x-") {
				say(o.at.at("responses").at(code))
			}
		}
	}
}

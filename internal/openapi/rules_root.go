package openapi

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"
)

const maxOperations = 256

func version(x *index, say reporter) {
	if value, ok := x.root.get("swagger"); ok && value != "2.0" {
		say((*place)(nil).at("swagger"))
	}
}

// characters counts what is sent as the platform does, in UTF-16 code units.
func characters(root *object) (n int) {
	for _, r := range write(root, false) {
		n += utf16.RuneLen(r)
	}
	return n
}

func tooLarge(x *index, say reporter) {
	if n := x.characters; n > x.options.MaxCharacters {
		say(nil, n, x.options.MaxCharacters)
	}
}

func large(x *index, say reporter) {
	if n := x.characters; n > OldMaxCharacters && n <= x.options.MaxCharacters {
		say(nil, n, OldMaxCharacters)
	}
}

var hostForm = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?\.?)+(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?$`)

func isVariable(text string) bool { _, ok, _ := ParseReference(text); return ok }

func hostName(x *index, say reporter) {
	if value, ok := x.root.fields["host"].(string); ok && !isVariable(value) && !hostForm.MatchString(value) {
		say((*place)(nil).at("host"))
	}
}

func basePath(x *index, say reporter) {
	if value, ok := x.root.fields["basePath"].(string); ok && !isVariable(value) && !strings.HasPrefix(value, "/") {
		say((*place)(nil).at("basePath"))
	}
}

// schemes calls f for the lists of schemes of the definition and of its operations.
func (x *index) schemes(f func(at *place, all []any)) {
	visit := func(n node) {
		if all, ok := n.fields["schemes"].([]any); ok {
			f(n.at.at("schemes"), all)
		}
	}
	visit(node{nil, x.root})
	for _, o := range x.operations {
		visit(o.node)
	}
}

func schemesEmpty(x *index, say reporter) {
	x.schemes(func(at *place, all []any) {
		if len(all) == 0 {
			say(at)
		}
	})
}

func schemeNotValid(x *index, say reporter) {
	x.schemes(func(at *place, all []any) {
		for i, value := range all {
			if text, ok := value.(string); ok && !contains([]string{"http", "https", "ws", "wss"}, text) {
				say(at.element(i))
			}
		}
	})
}

func schemeNotSupported(x *index, say reporter) {
	x.schemes(func(at *place, all []any) {
		for i, value := range all {
			if value == "ws" || value == "wss" {
				say(at.element(i))
			}
		}
	})
}

// mention is a text that refers to an environment variable; known says that the platform is documented to expand it there.
type mention struct {
	at    *place
	text  string
	known bool
}

// mentions collects what refers to environment variables.
func (x *index) mentions(value any, at *place, known bool) {
	switch v := value.(type) {
	case string:
		if strings.Contains(v, "@") && isVariable(v) {
			x.mentioned = append(x.mentioned, mention{at, v, known})
		}
	case []any:
		for i, item := range v {
			x.mentions(item, at.element(i), known)
		}
	case *object:
		for _, key := range v.order() {
			root := at == nil && contains([]string{"host", "basePath", "securityDefinitions"}, key)
			x.mentions(v.fields[key], at.at(key), known || root)
		}
	}
}

func variableNotValid(x *index, say reporter) {
	for _, m := range x.mentioned {
		if _, _, err := ParseReference(m.text); err != nil && m.known && x.options.References {
			say(m.at, err)
		}
	}
}

func variableNotSupported(x *index, say reporter) {
	for _, m := range x.mentioned {
		if m.known && !x.options.References {
			say(m.at, strings.Join(FindReferences(m.text), "', '"))
		}
	}
}

func variableNotExpanded(x *index, say reporter) {
	for _, m := range x.mentioned {
		if !m.known {
			say(m.at)
		}
	}
}

func variableUnusual(x *index, say reporter) {
	for _, m := range x.mentioned {
		name, _, err := ParseReference(m.text)
		if warning := SchemaNameWarning(name); err == nil && m.known && x.options.References && warning != "" {
			say(m.at, warning)
		}
	}
}

func tagRedefined(x *index, say reporter) {
	seen := map[string]bool{}
	for _, tag := range x.found["tag"] {
		name := tag.text("name")
		if seen[name] {
			say(tag.at, name)
		}
		seen[name] = true
	}
}

func contactEmail(x *index, say reporter) {
	for _, contact := range x.found["contact"] {
		email, ok := contact.fields["email"].(string)
		if !ok {
			continue
		}
		if address, err := mail.ParseAddress(email); err != nil || address.Address != email {
			say(contact.at.at("email"))
		}
	}
}

func urlNotValid(x *index, say reporter) {
	for _, kind := range []string{"contact", "license", "docs"} {
		for _, n := range x.found[kind] {
			text, ok := n.fields["url"].(string)
			if u, err := url.Parse(text); ok && (err != nil || !u.IsAbs() || u.Host == "" && u.Opaque == "") {
				say(n.at.at("url"))
			}
		}
	}
}

var mimeForm = regexp.MustCompile(`^[A-Za-z0-9!#$&^_.+*-]+/[A-Za-z0-9!#$&^_.+*-]+(\s*;.*)?$`)

func mimeType(x *index, say reporter) {
	visit := func(n node) {
		for _, key := range []string{"consumes", "produces"} {
			for i, value := range n.list(key) {
				if text, ok := value.(string); ok && !mimeForm.MatchString(text) {
					say(n.at.at(key).element(i), text)
				}
			}
		}
	}
	visit(node{nil, x.root})
	for _, o := range x.operations {
		visit(o.node)
	}
}

func tooManyOperations(x *index, say reporter) {
	if len(x.operations) > maxOperations {
		say((*place)(nil).at("paths"))
	}
}

package openapi

import (
	"strings"

	"github.com/go-openapi/jsonreference"
)

// target is what a reference points to, or the rule that says why it points to nothing.
type target struct {
	object *object
	broken string // NotValid or NotFound
}

// resolve follows a reference inside the definition. Only a section of the root can be meant, so that nothing is ever
// read from elsewhere: what looks like a file or an address is not valid.
func (x *index) resolve(ref any, section string) target {
	text, _ := ref.(string)
	key := section + " " + text
	if t, ok := x.targets[key]; ok {
		return t
	}
	t := x.lookup(text, section)
	x.targets[key] = t
	return t
}

func (x *index) lookup(text, section string) target {
	if !strings.HasPrefix(text, "#/"+section+"/") {
		return target{broken: "NotValid"}
	}
	ref, err := jsonreference.New(text)
	if err != nil || !ref.HasFragmentOnly {
		return target{broken: "NotValid"}
	}
	tokens := ref.GetPointer().DecodedTokens()
	if len(tokens) < 2 || tokens[0] != section {
		return target{broken: "NotValid"}
	}
	value, _, err := ref.GetPointer().Get(x.root)
	o, ok := value.(*object)
	if err != nil || !ok {
		return target{broken: "NotFound"}
	}
	return target{object: o}
}

// reference notes an object with a $ref. definition says that the object is itself one that references point to.
func (x *index) reference(n node, section string, definition bool) {
	at := n.at.at("$ref")
	if text, ok := n.fields["$ref"].(string); !ok {
		x.flaw("JsonTypeIncorrect", at, "string", typeOf(n.fields["$ref"]))
		return
	} else if definition && section != "definitions" {
		x.flaw(refNames[section]+"RefLoopNotAllowed", at, text)
		return
	}
	for _, key := range n.order() {
		if key != "$ref" {
			x.flaw("AdditionalPropertyNotAllowedAdjacentToRef", n.at.at(key), key)
			if strings.HasPrefix(key, "x-") {
				x.extensions = append(x.extensions, extension{n.at.at(key), key, n.fields[key], "reference", n.object})
			}
		}
	}
	x.references = append(x.references, reference{n, section, x.resolve(n.fields["$ref"], section)})
}

// refNames is how the rules call what the sections of the root hold.
var refNames = map[string]string{"definitions": "Schema", "parameters": "Parameter", "responses": "Response"}

package journal

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// redacted stands for a secret in the journal, in the state that is shown, and in logs.
const redacted = "(redacted)"

// telling are parts of the names of secrets; exact are whole names.
var (
	telling = []string{
		"secret", "password", "passphrase", "assertion", "accesstoken", "refreshtoken", "idtoken", "connectionstring", "apikey", "accountkey",
		"sharedkey", "privatekey", "subscriptionkey", "functionskey", "sastoken", "devicecode", "codeverifier",
	}
	exact = []string{"sig", "token", "authorization"}
	plain = strings.NewReplacer("_", "", "-", "", ".", "")
)

func isSecret(key string) bool {
	key = plain.Replace(strings.ToLower(key))
	return slices.Contains(exact, key) || slices.ContainsFunc(telling, func(part string) bool { return strings.Contains(key, part) })
}

// redact returns a copy of a document without its secrets: the texts whose name tells one, and the value of an object
// whose name does.
func redact(d wire.Doc) wire.Doc {
	out := wire.Copy(d)
	hide(out, false)
	return out
}

func hide(value any, secret bool) {
	switch v := value.(type) {
	case wire.Doc:
		_, form := v["grant_type"]
		for name, inner := range v {
			text, isText := inner.(string)
			known := isSecret(name)
			if isText {
				if text != "" && (known || form && name == "code" || secret && (name == "value" || name == "defaultValue")) {
					v[name] = redacted
				}
				continue
			}
			hide(inner, secret || known)
		}
	case []any:
		for _, inner := range v {
			hide(inner, secret)
		}
	}
}

// redactCall is redact for the body of a request: what is written to a secret is one, whatever its name.
func redactCall(path string, d wire.Doc) wire.Doc {
	out := redact(d)
	if _, ok := out["value"].(string); ok && strings.Contains(strings.ToLower(path), "/secrets/") {
		out["value"] = redacted
	}
	return out
}

// RedactState takes the secrets out of the documents of a tenant, which stand under "collections", and returns it.
func RedactState(state wire.Doc) wire.Doc {
	collections, _ := state["collections"].(wire.Doc)
	for name, documents := range collections {
		hide(documents, isSecret(name))
	}
	return state
}

func redactQuery(q url.Values) url.Values {
	out := maps.Clone(q)
	for name := range out {
		if isSecret(name) || name == "code" {
			out[name] = []string{redacted}
		}
	}
	return out
}

package powerapps

import (
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// consent is where identity providers send users back to.
const consent = "https://global.consent.azure-apim.net/redirect"

// settings calls f with the OAuth settings of every connection parameter, and where they are: "token", or "oauth/token"
// for one of a set.
func settings(properties doc, f func(at string, oauth doc)) {
	each := func(prefix string, parameters any) {
		all, _ := parameters.(doc)
		for name, p := range all {
			if oauth, ok := member(p, "oAuthSettings").(doc); ok {
				f(prefix+name, oauth)
			}
		}
	}
	each("", properties["connectionParameters"])
	sets, _ := member(properties["connectionParameterSets"], "values").([]any)
	for _, set := range sets {
		name, _ := member(set, "name").(string)
		each(name+"/", member(set, "parameters"))
	}
}

// spelled is the name of a member as an object spells it; the hub does not mind case.
func spelled(object any, name string) string {
	d, _ := object.(doc)
	for k := range d {
		if strings.EqualFold(k, name) {
			return k
		}
	}
	return name
}

func member(object any, name string) any {
	d, _ := object.(doc)
	return d[spelled(object, name)]
}

// settle takes the secrets out of the parameters of a connector and writes its redirect URLs, whatever was sent for them.
// A secret that was not sent, or is empty, stays what it was.
func settle(t *server.Tenant, connector doc) {
	kept, _ := connector["~secrets"].(doc)
	secrets := doc{}
	settings(properties(connector), func(at string, oauth doc) {
		name := spelled(oauth, "clientSecret")
		if secret, _ := oauth[name].(string); secret != "" {
			secrets[at] = secret
		} else if old, ok := kept[at]; ok && t.Switch(SwitchSecrets) != "clear" {
			secrets[at] = old
		}
		delete(oauth, name)
		mode, _ := member(oauth, "redirectMode").(string)
		if mode == "" || t.Switch(SwitchRedirectMode) == "per_connector" {
			mode = "GlobalPerConnector"
		}
		oauth[spelled(oauth, "redirectMode")] = mode
		url := consent
		if strings.EqualFold(mode, "GlobalPerConnector") {
			url += "/" + strings.TrimPrefix(server.Text(connector, "name"), "shared_")
		}
		oauth[spelled(oauth, "redirectUrl")] = url
	})
	connector["~secrets"] = secrets
}

// Secret is the client secret that the hub keeps for a connection parameter of a connector, such as "token"; "set/token"
// in a parameter set. It is "" if there is none.
func Secret(t *server.Tenant, environment, name, parameter string) string {
	connector, _ := t.Collection(Connectors).Peek(key(environment, name))
	secrets, _ := connector["~secrets"].(doc)
	secret, _ := secrets[parameter].(string)
	return secret
}

package powerapps

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// maxDefinition is the size of a definition: https://learn.microsoft.com/connectors/custom-connectors/faq
const maxDefinition = 1_000_000

// verbs are the members of a path that are operations.
var verbs = []string{"delete", "get", "head", "options", "patch", "post", "put"}

var (
	hostName = regexp.MustCompile(`^[A-Za-z0-9.-]+(:\d+)?$`)
	template = regexp.MustCompile(`\{([^{}]+)\}`)
)

// findings are the rules that a definition breaks, each with where it does so. They are some of
// https://learn.microsoft.com/connectors/custom-connectors/certification-swagger-validator-rules
func findings(definition doc, size int) []string {
	var out []string
	say := func(at, format string, args ...any) { out = append(out, at+" : "+fmt.Sprintf(format, args...)) }
	if size >= maxDefinition {
		say("", "The definition has %d characters, which is more than 1 MB.", size)
	}
	if definition["swagger"] != "2.0" {
		say("swagger", `The 'swagger' property must have the string value "2.0".`)
		return out
	}
	for _, name := range []string{"title", "version"} {
		if text, _ := member(definition["info"], name).(string); text == "" {
			say("info", "The property '%s' is required.", name)
		}
	}
	if host, there := definition["host"].(string); there && !hostName.MatchString(host) {
		say("host", "The host name '%s' is not valid. It must not have a scheme or a path.", host)
	}
	if base, there := definition["basePath"].(string); there && !strings.HasPrefix(base, "/") {
		say("basePath", "The base path '%s' is not valid. It must begin with '/'.", base)
	}
	paths, ok := definition["paths"].(doc)
	if !ok {
		say("", "The property 'paths' is required.")
	}
	seen := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if strings.HasPrefix(path, "x-") { // an extension
			continue
		}
		if !strings.HasPrefix(path, "/") {
			say("paths/"+pointer(path), "The path '%s' must begin with '/'.", path)
		}
		item, _ := paths[path].(doc)
		for _, verb := range verbs {
			operation, is := item[verb].(doc)
			if !is {
				continue
			}
			at := "paths/" + pointer(path) + "/" + verb
			switch id := server.Text(operation, "operationId"); {
			case id == "":
				say(at, "The operation 'operationId' property is required.")
			case seen[id]:
				say(at, "The operationId '%s' is used multiple times. The 'operationId' must be unique.", id)
			default:
				seen[id] = true
			}
			if responses, _ := operation["responses"].(doc); len(responses) == 0 {
				say(at, "The operation must have at least one response.")
			}
			parameters(definition, path, item, operation, func(format string, args ...any) { say(at+"/parameters", format, args...) })
		}
	}
	return out
}

// parameters checks that the placeholders of a path and the parameters in it are the same.
func parameters(definition doc, path string, item, operation doc, say func(format string, args ...any)) {
	declared := map[string]bool{}
	for _, list := range []any{item["parameters"], operation["parameters"]} {
		all, _ := list.([]any)
		for _, p := range all {
			if name, ok := strings.CutPrefix(fmt.Sprint(member(p, "$ref")), "#/parameters/"); ok {
				p = member(definition["parameters"], name)
			}
			if member(p, "in") != "path" {
				continue
			}
			name, _ := member(p, "name").(string)
			declared[name] = true
			if member(p, "required") != true {
				say("The path parameter '%s' must be marked as required.", name)
			}
			if !strings.Contains(path, "{"+name+"}") {
				say("The path parameter '%s' is not defined in the path template.", name)
			}
		}
	}
	for _, m := range template.FindAllStringSubmatch(path, -1) {
		if !declared[m[1]] {
			say("The operation is missing the path parameter '%s'.", m[1])
		}
	}
}

func pointer(path string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(path)
}

// invalidText is how the platform tells what is wrong with a definition. Observed in
// https://github.com/microsoft/PowerPlatformConnectors/issues/3930.
func invalidText(found []string) string {
	lines := make([]string, len(found))
	for i, f := range found {
		lines[i] = "Error : " + f
	}
	return "Specified swagger has the following errors: 'Definition is not valid. Error: '" + strings.Join(lines, "  ") + " ''"
}

// notValid refuses a definition. Its code is assumed.
func notValid(found []string) server.Reply { return bad("InvalidSwagger", "%s", invalidText(found)) }

// validate answers with a string of JSON: the findings, a line each; empty if there are none.
func validate(c call) server.Reply {
	if c.Body == nil {
		return bad("InvalidRequestContent", "The request content must be a Swagger document.")
	}
	found := findings(c.Body, len(c.Raw))
	if len(found) > 0 && c.Tenant.Switch(SwitchValidateAnswer) == "400" {
		return notValid(found)
	}
	for i := range found {
		found[i] = "Error : " + found[i]
	}
	text, err := json.Marshal(strings.Join(found, "\r\n"))
	if err != nil {
		return bad("InvalidRequestContent", "%s", err.Error())
	}
	return server.JSON(http.StatusOK, json.RawMessage(text))
}

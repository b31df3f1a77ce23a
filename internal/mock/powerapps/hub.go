package powerapps

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// hub takes over connectors that are rows in Dataverse.
type hub struct{ platform *server.Platform }

// capabilities are the options of the column, in the order of their values.
var capabilities = []string{"composite", "tabular", "blob", "gateway", "cloud", "actions"}

const firstCapability = 118690000

// solutionName is the runtime name of a connector that belongs to a row: its name there, in which an underscore may be
// escaped already, and what stands for the environment.
func solutionName(t *server.Tenant, environment, name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "_5f", "-5f")
	var b strings.Builder
	for part := range strings.SplitAfterSeq(name, "-") {
		word, dash := strings.CutSuffix(part, "-")
		b.WriteString(escape(word))
		if dash {
			b.WriteByte('-')
		}
	}
	for n := 1; ; n++ {
		number := ""
		if n > 1 {
			number = strconv.Itoa(n)
		}
		out := "shared_" + b.String() + number + "-5f" + suffix(environment)
		if _, taken := t.Collection(Connectors).Peek(key(environment, out)); !taken {
			return out
		}
	}
}

// check refuses a row that refers to variables which cannot be read, or whose definition is not valid.
func (h hub) check(t *server.Tenant, environment string, row doc, caller string) *dataverse.Refusal {
	_, definition, r := h.order(t, environment, row, caller)
	if r != nil {
		return r
	}
	found := findings(definition, len(server.Text(row, "openapidefinition")))
	if len(found) == 0 || t.Switch(SwitchSolutionFindings) == "swallow" {
		return nil
	}
	return &dataverse.Refusal{Message: invalidText(found)}
}

// order reads a row as the hub would be asked for it: references to variables replaced by their values.
// https://learn.microsoft.com/connectors/custom-connectors/environment-variables
func (h hub) order(t *server.Tenant, environment string, row doc, caller string) (order, doc, *dataverse.Refusal) {
	o := order{doc: doc{
		"displayName": row["displayname"], "description": row["description"], "iconBrandColor": row["iconbrandcolor"], "capabilities": chosen(row["capabilities"]),
	}}
	for column, name := range map[string]string{
		"connectionparameters": "connectionParameters", "connectionparametersets": "connectionParameterSets",
		"policytemplateinstances": "policyTemplateInstances", "scriptoperations": "scriptOperations",
	} {
		var value any
		if text := server.Text(row, column); text == "" || json.Unmarshal([]byte(text), &value) != nil {
			continue
		}
		if column != "policytemplateinstances" || t.Switch(SwitchPolicyReferences) == "resolve" {
			var r *dataverse.Refusal
			if value, r = h.resolve(t, environment, value, caller); r != nil {
				return o, nil, r
			}
		}
		o.doc[name] = value
	}
	text := server.Text(row, "openapidefinition")
	var definition doc
	if json.Unmarshal([]byte(text), &definition) != nil || definition == nil {
		return o, nil, &dataverse.Refusal{Message: "The value of 'openapidefinition' is not a JSON object."}
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, []byte(text))
	o.definition = compact.String()
	changed := false
	for _, name := range []string{"host", "basePath"} {
		said, _ := definition[name].(string)
		value, r := dataverse.Resolve(h.platform, t, environment, said, caller)
		if r != nil {
			return o, nil, r
		}
		if value != said {
			definition[name], changed = value, true
		}
	}
	if changed {
		if raw, err := json.Marshal(definition); err == nil {
			o.definition = string(raw)
		}
	}
	return o, definition, nil
}

// chosen are the names of the capabilities that a column lists by number.
func chosen(column any) []any {
	out := []any{}
	text, _ := column.(string)
	for part := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(part)); err == nil && n >= firstCapability && n < firstCapability+len(capabilities) {
			out = append(out, capabilities[n-firstCapability])
		}
	}
	return out
}

// resolve replaces the references in all texts of a value.
func (h hub) resolve(t *server.Tenant, environment string, value any, caller string) (any, *dataverse.Refusal) {
	var r *dataverse.Refusal
	switch v := value.(type) {
	case string:
		return dataverse.Resolve(h.platform, t, environment, v, caller)
	case doc:
		for name, inner := range v {
			if v[name], r = h.resolve(t, environment, inner, caller); r != nil {
				return nil, r
			}
		}
	case []any:
		for i, inner := range v {
			if v[i], r = h.resolve(t, environment, inner, caller); r != nil {
				return nil, r
			}
		}
	}
	return value, nil
}

// onBehalf are the resources for which a connector signs in on behalf of its user.
func onBehalf(p doc) []string {
	var out []string
	settings(p, func(_ string, oauth doc) {
		custom := member(oauth, "customParameters")
		enabled, _ := member(member(custom, "enableOnbehalfOfLogin"), "value").(string)
		resource, _ := member(member(custom, "resourceUri"), "value").(string)
		if strings.EqualFold(enabled, "true") {
			out = append(out, strings.ToLower(strings.TrimRight(resource, "/")))
		}
	})
	return out
}

// conflicts reports whether another connector of the environment signs in on behalf of its users for one of the same
// resources. The hub does not take such a connector over, and nobody is told: reported by users of the platform.
func conflicts(t *server.Tenant, environment, name string, o order) bool {
	wanted := onBehalf(o.doc)
	return slices.ContainsFunc(inside(t, environment), func(other doc) bool {
		return !strings.EqualFold(server.Text(other, "name"), name) &&
			slices.ContainsFunc(onBehalf(properties(other)), func(resource string) bool { return slices.Contains(wanted, resource) })
	})
}

// saved takes over a row.
func (h hub) saved(t *server.Tenant, environment string, row doc) (string, bool) {
	env, ok := t.Collection(bap.Environments).Peek(environment)
	if !ok {
		return "", false
	}
	o, definition, r := h.order(t, environment, row, dataverse.ObjectID(h.platform, t, environment, server.Text(row, "_modifiedby_value")))
	if r != nil || len(findings(definition, len(o.definition))) > 0 {
		return "", false
	}
	name := server.Text(row, "connectorinternalid")
	if name == "" {
		name = solutionName(t, environment, server.Text(row, "name"))
	}
	if conflicts(t, environment, name, o) {
		return "", false
	}
	connector, ok := t.Collection(Connectors).Peek(key(environment, name))
	if !ok {
		connector = blank(t, env, name, dataverse.ObjectID(h.platform, t, environment, server.Text(row, "_ownerid_value")))
	}
	p, id := properties(connector), server.Text(row, "connectorid")
	p["xrmConnectorId"], p["almMode"] = id, "Solution"
	server.Assign(p, "metadata.xrmConnectorId", id)
	server.Assign(p, "metadata.almMode", "Solution")
	connector["~script"], connector["~icon"] = nil, nil
	if code := server.Text(row, "customcodeblobcontent"); code != "" {
		connector["~script"] = code
	}
	if icon, err := base64.StdEncoding.DecodeString(server.Text(row, "iconblob")); err == nil && len(icon) > 0 {
		connector["~icon"] = string(icon)
	}
	fill(t, connector, o, definition)
	p["changedTime"] = stamp(t)
	t.Collection(Connectors).Put(key(environment, name), connector)
	return name, true
}

// deleted forgets the connector of a row.
func (h hub) deleted(t *server.Tenant, environment string, row doc) {
	if name := server.Text(row, "connectorinternalid"); name != "" {
		erase(t, environment, name)
	}
}

// shared are the role assignments that follow from whom the row of a connector is shared with in Dataverse.
func shared(p *server.Platform, t *server.Tenant, environment string, connector doc) []doc {
	var out []doc
	for _, s := range dataverse.Shares(p, t, environment, server.Text(connector, "properties.xrmConnectorId")) {
		role, kind := "CanView", "User"
		switch {
		case strings.Contains(s.Access, "WriteAccess"):
			role = "CanEdit"
		case strings.Contains(s.Access, "ShareAccess"):
			role = "CanViewWithShare"
		}
		if s.Kind == "team" {
			kind = "Group"
		}
		out = append(out, permission(environment, server.Text(connector, "name"), principalOf(t, s.Principal, kind), role))
	}
	return out
}

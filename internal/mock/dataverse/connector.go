package dataverse

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// KindConnector is the kind of the operation that brings a connector to the API hub; scripts choose it by that. One that
// fails leaves the connector as it is, without a word to anybody.
const KindConnector = "dataverse.connector"

// hubDelay is how long that takes unless a switch says otherwise. Assumed.
const hubDelay = 20 * time.Second

// expression is text that stands for the value of an environment variable.
var expression = regexp.MustCompile(`^\s*@environmentVariables\(\s*\\*"[^"]+"\s*\)\s*$`)

// secretive are the columns of connectors that may hold secrets, which Dataverse does not store: it blanks them.
// https://learn.microsoft.com/connectors/custom-connectors/solution-custom-api
var secretive = []string{"connectionparameters", "connectionparametersets"}

// connector applies the rules of connectors.
func (ch *change) connector() *Refusal {
	if strings.TrimSpace(server.Text(ch.row, "name")) == "" {
		return ch.missing("name")
	}
	for _, name := range secretive {
		var value any
		if json.Unmarshal([]byte(server.Text(ch.row, name)), &value) != nil || !blank(value) {
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return argument(err.Error())
		}
		ch.row[name] = string(raw)
	}
	if check := ch.hub().Check; check != nil && !ch.seeding {
		return check(ch.tenant, ch.env, ch.row, ch.caller)
	}
	return nil
}

// blank empties the secrets in a value and says whether there were any. References to environment variables stay.
func blank(value any) bool {
	found := false
	switch v := value.(type) {
	case doc:
		for name, inner := range v {
			if text, is := inner.(string); is && text != "" && strings.EqualFold(name, "clientSecret") && !expression.MatchString(text) {
				v[name], found = "", true
				continue
			}
			found = blank(inner) || found
		}
	case []any:
		for _, inner := range v {
			found = blank(inner) || found
		}
	}
	return found
}

// names reports whether a connector refers to an environment variable.
func names(connector doc, schemaName string) bool {
	reference := regexp.MustCompile(`(?i)@environmentVariables\(\s*\\*"` + regexp.QuoteMeta(schemaName) + `\\*"\s*\)`)
	for _, name := range append([]string{"openapidefinition", "policytemplateinstances"}, secretive...) {
		if reference.MatchString(server.Text(connector, name)) {
			return true
		}
	}
	return false
}

// synchronize brings a connector that was saved to the API hub, after a while.
func (s *store) synchronize(connector doc) {
	id := server.Text(connector, "connectorid")
	if s.seeding {
		s.arrive(id)
		return
	}
	delay := hubDelay
	switch said := s.tenant.Switch(SwitchConnectorDelay); said {
	case "":
	case "never":
		return
	default:
		if d, err := time.ParseDuration(said); err == nil {
			delay = d
		}
	}
	data := doc{"environment": s.env, "connector": id}
	s.later = append(s.later, func() { s.tenant.Begin(KindConnector, delay, data) })
}

// arrived is the effect of KindConnector.
func arrived(t *server.Tenant, op *server.Operation) {
	if org, ok := t.Collection(bap.Organizations).Peek(server.Text(op.Data, "environment")); ok {
		newStore(t.Platform(), t, org, "SYSTEM").arrive(server.Text(op.Data, "connector"))
	}
}

// arrive lets the API hub take over a connector and notes the name that it gets there.
func (s *store) arrive(id string) {
	t := tableNamed("connector")
	row, ok := s.peek(t, id)
	if !ok {
		return
	}
	name := server.Text(row, "connectorinternalid")
	if name == "" {
		name = runtimeName(s.env, server.Text(row, "name"))
	}
	if saved := s.hub().Saved; saved != nil {
		if name, ok = saved(s.tenant, s.env, row); !ok {
			return
		}
	}
	if name != server.Text(row, "connectorinternalid") {
		row["connectorinternalid"] = name
		s.put(t, row)
	}
}

// runtimeName is a name in the form of those of the API hub: what is neither letter nor digit as a dash and two digits, and
// a suffix that is the same for all connectors of an environment.
func runtimeName(environment, name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i] | 0x20
		hex := i+2 < len(name)
		if hex && (name[i] == '_' || name[i] == '-') {
			if _, err := strconv.ParseUint(name[i+1:i+3], 16, 8); err == nil {
				b.WriteString("-" + strings.ToLower(name[i+1:i+3])) // escaped already
				i += 2
				continue
			}
		}
		if c >= 'a' && c <= 'z' || name[i] >= '0' && name[i] <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "-%02x", name[i])
		}
	}
	suffix := strings.ReplaceAll(derived(doc{"organizationid": environment}, "hub"), "-", "")
	return "shared_" + b.String() + "-5f" + suffix[:16]
}

func count(n int) string { return strconv.Itoa(n) }

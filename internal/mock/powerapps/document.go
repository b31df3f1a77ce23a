package powerapps

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// defaultIcon is the icon of connectors that have none.
const defaultIcon = "https://az787822.vo.msecnd.net/defaulticons/api-dedicated.png"

// escape writes a text as part of a runtime name: in lower case, what is no letter or digit of ASCII as a hyphen and two
// hex digits for each byte.
func escape(text string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ToLower(text)) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "-%02x", c)
		}
	}
	return b.String()
}

// suffix are the 16 hex digits that stand for an environment or a tenant.
func suffix(id string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(id)))
	return hex.EncodeToString(sum[:8])
}

// classicName is the runtime name of a connector that the hub makes. The second result is false if there is one of that
// display name and the tenant allows no two.
func classicName(t *server.Tenant, environment, title string) (string, bool) {
	for n := 1; ; n++ {
		number := ""
		if n > 1 {
			number = strconv.Itoa(n)
		}
		name := "shared_" + escape(title+number) + "-5f" + suffix(environment) + "-5f" + suffix(t.ID)
		if _, taken := t.Collection(Connectors).Peek(key(environment, name)); !taken {
			return name, true
		}
		if t.Switch(SwitchSameName) == "refuse" {
			return "", false
		}
	}
}

// person is who did something, as the hub shows it.
func person(t *server.Tenant, objectID string) doc {
	p := principalOf(t, objectID, "")
	p["userPrincipalName"] = p["email"]
	return p
}

// fresh is a connector that nothing is said of yet.
func (c call) fresh(name string) doc { return blank(c.Tenant, c.env, name, c.Caller.ObjectID) }

func blank(t *server.Tenant, env doc, name, owner string) doc {
	environment, now, by := server.Text(env, "name"), stamp(t), person(t, owner)
	short := strings.TrimPrefix(name, "shared_")
	runtime := "https://" + gateway(env) + "/apim/" + short
	text, _ := json.Marshal(by)
	return doc{
		"name": name, "id": prefix + "/apis/" + name, "type": "Microsoft.PowerApps/apis",
		"~secrets": doc{}, "~definition": "{}", "~iconUri": "",
		"properties": doc{
			"displayName": "", "iconBrandColor": "#007ee5", "contact": doc{}, "license": doc{}, "apiEnvironment": "Shared", "isCustomApi": true,
			"connectionParameters": doc{}, "runtimeUrls": []any{runtime}, "primaryRuntimeUrl": runtime,
			"metadata": doc{
				"source": "powerapps-user-defined", "brandColor": "#007ee5", "contact": doc{}, "license": doc{}, "publisherUrl": nil,
				"serviceUrl": nil, "documentationUrl": nil, "environmentName": environment, "xrmConnectorId": nil, "almMode": "Environment",
				"createdBy": string(text), "modifiedBy": string(text), "allowSharing": false,
			},
			"capabilities": []any{}, "description": "", "createdBy": by, "modifiedBy": by, "createdTime": now, "changedTime": now,
			"environment": doc{"id": prefix + "/environments/" + environment, "name": environment},
			"tier":        "Standard", "publisher": server.Text(by, "displayName"), "almMode": "Environment",
		},
	}
}

// gateway is the host at which connectors of an environment run.
func gateway(env doc) string { return server.Text(env, "location") + "-002.azure-apim.net" }

// view is a connector as callers see it. Addresses in the hub's storage are signed anew on every read.
func view(c call, connector doc, single bool) doc {
	if properties(connector)["isCustomApi"] != true {
		return connector
	}
	out := doc{}
	for name, value := range connector {
		if !strings.HasPrefix(name, "~") {
			out[name] = value
		}
	}
	out = server.Copy(out)
	p := properties(out)
	s := shelf{c: c, environment: c.envName(), name: server.Text(connector, "name")}
	p["iconUri"] = defaultIcon
	if icon, ok := connector["~icon"].(string); ok && icon != "" {
		p["iconUri"] = s.address("icons", ".png")
	} else if uri := server.Text(connector, "~iconUri"); uri != "" {
		p["iconUri"] = uri
	}
	if script, ok := connector["~script"].(string); ok {
		p["scriptDefinitionUrl"] = s.address("scripts", ".csx")
		if script == "" {
			p["scriptDefinitionUrl"] = ""
		}
	}
	p["apiDefinitions"] = doc{
		"originalSwaggerUrl": s.address("definitions", ".json_original"),
		"modifiedSwaggerUrl": s.address("definitions", ".json"),
	}
	if single {
		p["swagger"] = rewritten(connector, c.env)
		p["wadlUrl"] = s.address("definitions", ".wadl")
	}
	return out
}

// rewritten is the definition of a connector as it runs: at the gateway of the platform.
func rewritten(connector, env doc) doc {
	var definition doc
	_ = json.Unmarshal([]byte(server.Text(connector, "~definition")), &definition)
	if definition == nil {
		definition = doc{}
	}
	definition["host"] = gateway(env)
	definition["basePath"] = "/apim/" + strings.TrimPrefix(server.Text(connector, "name"), "shared_")
	definition["schemes"] = []any{"https"}
	return definition
}

// builtIns are some of the connectors that every environment has.
func builtIns() []doc {
	var out []doc
	for _, c := range [][3]string{
		{"shared_commondataserviceforapps", "Microsoft Dataverse", "Premium"},
		{"shared_office365", "Office 365 Outlook", "Standard"},
		{"shared_sharepointonline", "SharePoint", "Standard"},
		{"shared_sql", "SQL Server", "Premium"},
		{"shared_teams", "Microsoft Teams", "Standard"},
	} {
		out = append(out, doc{
			"name": c[0], "id": prefix + "/apis/" + c[0], "type": "Microsoft.PowerApps/apis",
			"properties": doc{
				"displayName": c[1], "isCustomApi": false, "apiEnvironment": "Shared", "tier": c[2], "publisher": "Microsoft",
				"iconUri": defaultIcon, "iconBrandColor": "#007ee5", "capabilities": []any{}, "metadata": doc{"source": "marketplace", "allowSharing": false},
				"createdTime": "2016-09-30T04:13:14.2871915Z", "changedTime": "2025-01-01T00:00:00.0000000Z", "releaseTag": "Production",
			},
		})
	}
	return out
}

func builtIn(name string) (doc, bool) {
	return first(builtIns(), func(d doc) bool { return strings.EqualFold(server.Text(d, "name"), name) })
}

// blobSuffix is the domain of storage accounts in a cloud, as Azure names them.
func blobSuffix(cloud string) string {
	switch cloud {
	case "gcchigh", "dod":
		return "blob.core.usgovcloudapi.net"
	case "china":
		return "blob.core.chinacloudapi.cn"
	case "ex":
		return "blob.core.eaglex.ic.gov"
	case "rx":
		return "blob.core.microsoft.scloud"
	}
	return "blob.core.windows.net"
}

// isBlob reports whether an address is one in storage, of any cloud.
func isBlob(address string) bool {
	for _, cloud := range bap.Clouds {
		if strings.Contains(address, "."+blobSuffix(cloud.Name)+"/") {
			return true
		}
	}
	return false
}

// Package preset holds troubles that clients of the platform were observed to have, ready to be applied to a tenant.
package preset

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Preset is one way in which things go wrong.
type Preset struct {
	// ID is short and stable, "E09".
	ID string `json:"id"`
	// Title says it in a few words.
	Title string `json:"title"`
	// Does says what the preset does.
	Does string `json:"does,omitempty"`
	// Pass says what a good client does.
	Pass string `json:"pass,omitempty"`
	// Source is where it was observed; "#N" is issue or pull request N of microsoft/terraform-provider-power-platform.
	Source string `json:"source"`
	// Lacks says why this cannot be applied; "" for one that can.
	Lacks string `json:"lacks,omitempty"`
	server.Trouble
}

//go:embed presets.yaml
var raw []byte

var load = sync.OnceValues(func() ([]Preset, error) { return parse(raw) })

func shape() *schema.Shape {
	fields := []*schema.Shape{
		schema.Text("id", "The ID.").Matching("an ID such as E09 or E12-always", "[A-Z][0-9]{2}(-[a-z]+)?").Defines("presets").Required(),
		schema.Text("title", "The title.").Required(),
		schema.Text("does", "What it does."),
		schema.Text("pass", "What a good client does."),
		schema.Text("source", "Where it was observed.").Required(),
		schema.Text("lacks", "Why it cannot be applied."),
	}
	return schema.List("", "", schema.Object("", "", append(fields, server.TroubleShape()...)...))
}

func parse(raw []byte) ([]Preset, error) {
	n, err := schema.Parse(raw)
	if err != nil {
		return nil, err
	}
	r := shape().Check(n, "")
	seen := map[string]bool{}
	for _, f := range r.Defined {
		if seen[f.ID] {
			r.Add(f.Line, f.Path, "%s is there twice", f.ID)
		}
		seen[f.ID] = true
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	text, err := json.Marshal(n.Plain())
	if err != nil {
		return nil, err
	}
	var all []Preset
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	for i, p := range all {
		if err := p.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", p.ID, err)
		}
		for j := range all[i].Faults {
			all[i].Faults[j].Name = p.ID
		}
	}
	return all, nil
}

// All returns the presets, those that cannot be applied among them.
func All() []Preset {
	all, err := load()
	if err != nil {
		panic("presets: " + err.Error()) // they are part of the program
	}
	return slices.Clone(all)
}

// Apply brings the trouble of a preset to a tenant. An ID that is unknown, or of a preset that cannot be applied, is an
// error.
func Apply(p *server.Platform, tenant, id string) error {
	t := p.FindTenant(tenant)
	if t == nil {
		return fmt.Errorf("there is no tenant %q", tenant)
	}
	return apply(t, id)
}

func apply(t *server.Tenant, id string) error {
	all := All()
	i := slices.IndexFunc(all, func(one Preset) bool { return strings.EqualFold(one.ID, id) })
	if i < 0 {
		var ids []string
		for _, one := range all {
			ids = append(ids, one.ID)
		}
		return fmt.Errorf("there is no preset %q%s", id, schema.Hint(id, ids))
	}
	if all[i].Lacks != "" {
		return fmt.Errorf("the preset %s cannot be applied: %s", all[i].ID, all[i].Lacks)
	}
	t.Cause(all[i].Trouble)
	return nil
}

// Register adds the admin calls "faults/presets" and the key "presets" of seeds.
func Register(p *server.Platform) {
	p.Admin(http.MethodGet, "faults/presets", func(*http.Request) server.Reply {
		return server.JSON(http.StatusOK, server.Doc{"presets": All()})
	})
	p.Admin(http.MethodPost, "faults/presets", func(r *http.Request) server.Reply {
		in := struct{ ID, Tenant string }{Tenant: server.DefaultTenantID}
		d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<16))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			return server.Fail(http.StatusBadRequest, "BadRequest", "invalid JSON: "+err.Error())
		}
		if err := Apply(p, in.Tenant, in.ID); err != nil {
			return server.Fail(http.StatusBadRequest, "BadRequest", err.Error())
		}
		return server.JSON(http.StatusOK, server.Doc{"applied": strings.ToUpper(in.ID)})
	})
	var ids []string
	for _, one := range All() {
		if one.Lacks == "" {
			ids = append(ids, one.ID)
		}
	}
	p.Seeder("presets", schema.Objects("presets", "Troubles that come with the mock.",
		schema.Text("id", "The ID of the preset.").Enum(ids...).Required()), func(t *server.Tenant, items []server.Doc) error {
		return server.Each(items, func(item server.Doc) error { return apply(t, server.Text(item, "id")) })
	})
}

// Markdown is a table of all presets for the documentation, and one of what cannot be applied.
func Markdown() string {
	var table, lacking strings.Builder
	table.WriteString("| Preset | What happens | What a good client does | Source |\n|---|---|---|---|\n")
	lacking.WriteString("| Scenario | Why there is no preset | Source |\n|---|---|---|\n")
	for _, p := range All() {
		if p.Lacks != "" {
			fmt.Fprintf(&lacking, "| %s %s | %s | %s |\n", p.ID, p.Title, p.Lacks, source(p.Source))
			continue
		}
		fmt.Fprintf(&table, "| `%s` %s | %s | %s | %s |\n", p.ID, p.Title, p.Does, p.Pass, source(p.Source))
	}
	return table.String() + "\n" + lacking.String()
}

// source makes links of what refers to the provider of Microsoft.
func source(text string) string {
	var out []string
	for part := range strings.SplitSeq(text, ", ") {
		if number, ok := strings.CutPrefix(part, "#"); ok {
			part = "[#" + number + "](https://github.com/microsoft/terraform-provider-power-platform/issues/" + number + ")"
		}
		out = append(out, part)
	}
	return strings.Join(out, ", ")
}

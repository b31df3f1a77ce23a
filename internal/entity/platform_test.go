package entity_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// platform holds things in memory, behind the real client. A route answers by heart as long as it has answers.
type platform struct {
	mu     sync.Mutex
	things map[string]document
	heart  map[string][]answer // by "GET /things/t1"
	seen   []request
	rest   *rest.Client
}

type document map[string]any

type request struct {
	line string // method and path
	body document
	at   time.Time
	left time.Duration // until the deadline of the operation
}

type answer struct {
	status int
	body   any // a string is sent as it is
	then   func()
}

func newPlatform() *platform {
	p := &platform{things: map[string]document{}, heart: map[string][]answer{}}
	p.rest = rest.New(rest.Endpoint{Host: "api.toy.example"}, rest.Options{Transport: p})
	return p
}

// client is what the provider hands over; the application ID of the caller is known.
func (p *platform) client(t *testing.T) *api.Client {
	t.Helper()
	c, err := cloud.Lookup(cloud.Public)
	if err != nil {
		t.Fatal(err)
	}
	connected := api.New(c, rest.Options{Transport: p}, arm.Settings{})
	connected.Caller = func(context.Context) (api.Caller, error) { return api.Caller{ApplicationID: "app-of-the-caller"}, nil }
	return connected
}

// by makes a route answer by heart.
func (p *platform) by(line string, answers ...answer) {
	p.heart[line] = append(p.heart[line], answers...)
}

// forever is more answers than any test asks for.
func forever(a answer) []answer { return repeat(100_000, a) }

func repeat(n int, a answer) []answer {
	out := make([]answer, n)
	for i := range out {
		out[i] = a
	}
	return out
}

// refusal is an error in the platform's words.
func refusal(status int, code, message string) answer {
	return answer{status: status, body: document{"error": document{"code": code, "message": message}}}
}

func (p *platform) Do(req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	r := request{line: req.Method + " " + req.URL.Path, at: time.Now()}
	if end, ok := req.Context().Deadline(); ok {
		r.left = time.Until(end)
	}
	if req.Body != nil {
		if err := json.NewDecoder(req.Body).Decode(&r.body); err != nil {
			return nil, err
		}
	}
	p.seen = append(p.seen, r)
	a := answer{}
	if by := p.heart[r.line]; len(by) > 0 {
		a, p.heart[r.line] = by[0], by[1:]
	} else {
		a = p.answer(req.Method, req.URL.Path, r.body)
	}
	if a.then != nil {
		a.then()
	}
	body, ok := a.body.(string)
	if !ok && a.body != nil {
		text, err := json.Marshal(a.body)
		if err != nil {
			return nil, err
		}
		body = string(text)
	}
	return &http.Response{
		StatusCode: a.status, Request: req, Body: io.NopCloser(bytes.NewBufferString(body)),
		Header: http.Header{"X-Ms-Request-Id": {"request-7"}, "Location": {"https://api.toy.example/operations/1"}},
	}, nil
}

func (p *platform) answer(method, path string, body document) answer {
	if path == "/tenant" {
		return answer{status: 200, body: document{}}
	}
	if path == "/things" && method == http.MethodGet {
		var all []document
		for i := range len(p.things) + 1 {
			if thing, ok := p.things[fmt.Sprintf("t%d", i)]; ok {
				all = append(all, thing)
			}
		}
		return answer{status: 200, body: document{"value": all}}
	}
	if path == "/things" {
		id := fmt.Sprintf("t%d", len(p.things)+1)
		p.put(id, body)
		return answer{status: 201, body: p.things[id]}
	}
	id := strings.TrimPrefix(path, "/things/")
	thing, ok := p.things[id]
	switch {
	case method == http.MethodPut:
		p.put(id, body)
		return answer{status: 200, body: p.things[id]}
	case !ok:
		return refusal(404, "NotFound", "there is no thing "+id)
	case method == http.MethodPatch:
		maps.Copy(thing, body)
	case method == http.MethodDelete:
		delete(p.things, id)
		return answer{status: 204}
	}
	return answer{status: 200, body: thing}
}

// put stores a thing with the platform's own defaults.
func (p *platform) put(id string, d document) {
	d = maps.Clone(d)
	d["id"] = id
	if d["color"] == nil {
		d["color"] = "blue"
	}
	if d["mode"] != nil {
		d["stamp"] = "stamped"
	}
	p.things[id] = d
}

// lines are the requests in order.
func (p *platform) lines() string {
	var out []string
	for _, r := range p.seen {
		out = append(out, r.line)
	}
	return strings.Join(out, ", ")
}

func (p *platform) count(line string) int {
	n := 0
	for _, r := range p.seen {
		if r.line == line {
			n++
		}
	}
	return n
}

// thing is the model of the toy resource.
type thing struct {
	ID      types.String `tfsdk:"id"`
	Name    types.String `tfsdk:"name"`
	Color   types.String `tfsdk:"color"`
	Locked  types.Bool   `tfsdk:"locked"`
	Secret  types.String `tfsdk:"secret_wo"`
	Version types.Int64  `tfsdk:"secret_wo_version"`
	Options *options     `tfsdk:"options"`

	seen bool // what no attribute holds
}

type options struct {
	Mode  types.String `tfsdk:"mode"`
	Token types.String `tfsdk:"token_wo"`
	Stamp types.String `tfsdk:"stamp"`
}

// computed are the attributes that the toy platform may fill.
var computed = []string{"id", "color", "stamp"}

func thingSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A thing.",
		Attributes: map[string]schema.Attribute{
			"id":    schema.StringAttribute{MarkdownDescription: "ID.", Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"name":  schema.StringAttribute{MarkdownDescription: "Name.", Required: true},
			"color": schema.StringAttribute{MarkdownDescription: "Color.", Optional: true, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"locked": schema.BoolAttribute{
				MarkdownDescription: "Whether it can be changed.", Optional: true,
				PlanModifiers: []planmodifier.Bool{boolplanmodifier.RequiresReplace()},
			},
			"secret_wo":         schema.StringAttribute{MarkdownDescription: "Secret.", Optional: true, WriteOnly: true},
			"secret_wo_version": schema.Int64Attribute{MarkdownDescription: "Version of the secret.", Optional: true},
			"options": schema.SingleNestedAttribute{
				MarkdownDescription: "Options.", Optional: true,
				Attributes: map[string]schema.Attribute{
					"mode":     schema.StringAttribute{MarkdownDescription: "Mode.", Required: true},
					"token_wo": schema.StringAttribute{MarkdownDescription: "Token.", Optional: true, WriteOnly: true},
					"stamp":    schema.StringAttribute{MarkdownDescription: "Stamp.", Computed: true},
				},
			},
		},
	}
}

// wire is a thing on the wire.
type wire struct {
	ID     string  `json:"id,omitempty"`
	Name   *string `json:"name,omitempty"`
	Color  *string `json:"color,omitempty"`
	Locked *bool   `json:"locked,omitempty"`
	Secret *string `json:"secret,omitempty"`
	Mode   *string `json:"mode,omitempty"`
	Token  *string `json:"token,omitempty"`
	Stamp  *string `json:"stamp,omitempty"`
}

func expand(m, prior *thing) wire {
	w := wire{
		Name: field.TextIfChanged(m.Name, prior.Name), Color: field.TextIfChanged(m.Color, prior.Color), Locked: field.BoolIfChanged(m.Locked, prior.Locked),
		Secret: field.TextIfChanged(m.Secret, prior.Secret),
	}
	if m.Options != nil {
		w.Mode, w.Token = field.TextIfChanged(m.Options.Mode, types.StringNull()), field.TextIfChanged(m.Options.Token, types.StringNull())
	}
	return w
}

func (w wire) flatten(m *thing) {
	m.seen = true
	m.ID, m.Name, m.Color, m.Locked = types.StringValue(w.ID), types.StringPointerValue(w.Name), types.StringPointerValue(w.Color), types.BoolPointerValue(w.Locked)
	if w.Mode == nil {
		m.Options = nil
		return
	}
	if m.Options == nil {
		m.Options = &options{}
	}
	m.Options.Mode, m.Options.Stamp = types.StringPointerValue(w.Mode), types.StringPointerValue(w.Stamp)
}

// resource is the toy resource of a platform, for tests to adjust.
func (p *platform) resource() entity.Resource[thing] {
	return entity.Resource[thing]{
		Name: "toy_thing", Schema: thingSchema(),
		Create: func(ctx context.Context, _ *api.Client, m *thing) error {
			w, err := rest.Post[wire](ctx, p.rest, "/things", expand(m, &thing{}), rest.Observe(func(w wire) {
				if w.ID != "" {
					m.ID = types.StringValue(w.ID)
				}
			}))
			if err == nil && w.ID != "" {
				m.ID = types.StringValue(w.ID)
			}
			return err
		},
		Read: func(ctx context.Context, _ *api.Client, m *thing) error {
			w, err := rest.Get[wire](ctx, p.rest, rest.Path("/things/", m.ID.ValueString()))
			if err == nil {
				w.flatten(m)
			}
			return err
		},
		Update: func(ctx context.Context, _ *api.Client, m, prior *thing) error {
			_, err := rest.Patch[rest.None](ctx, p.rest, rest.Path("/things/", m.ID.ValueString()), expand(m, prior))
			return err
		},
		Delete: func(ctx context.Context, _ *api.Client, m *thing) error {
			return rest.Delete(ctx, p.rest, rest.Path("/things/", m.ID.ValueString()), nil)
		},
		Parent: func(ctx context.Context, _ *api.Client, _ *thing) error {
			_, err := rest.Get[document](ctx, p.rest, "/tenant")
			return err
		},
	}
}

// Package entity is the engine: it turns a short description of a platform object into a Terraform resource or data
// source. Every method that Terraform calls is implemented here, once.
package entity

import (
	"context"
	"errors"
	"iter"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// Resource describes one kind of managed object as a value. The functions work on the model in place and return plain
// errors; what Terraform asks for beyond that is the engine's:
//
//   - timeouts on the context, from the timeouts attribute that the engine adds;
//   - identity and import, by ID ("a/b" in the order of Key) and by identity block;
//   - an object whose key is known stays in state, even if a later step fails or the run is interrupted, unless Create
//     says by Refused that nothing was made;
//   - state comes from a read-back that waits for Ready and for the planned values to show;
//   - a 404 on read or delete counts only if the caller can still see the parent;
//   - write-only arguments are in the model that Create and Update get, and nowhere else;
//   - errors become diagnostics that name the object, what the platform said and the remedy.
type Resource[M any] struct {
	Name   string        // type name without the provider prefix
	Key    []string      // attributes that address an instance, in the order of the import ID; default: id
	Schema schema.Schema // without timeouts

	// Create makes the object. It sets the key in the model as soon as it is known. Where the configuration gives the
	// whole key, a refusal means that nothing was made; a step that fails after the object was made is Incomplete.
	Create func(ctx context.Context, c *api.Client, m *M) error
	// Read fills the model from the platform. A 404 is returned as the API's error, or as ErrNotFound.
	Read func(ctx context.Context, c *api.Client, m *M) error
	// Update brings the object from prior to m. Nil: every argument must force replacement.
	Update func(ctx context.Context, c *api.Client, m, prior *M) error
	// Delete removes the object.
	Delete func(ctx context.Context, c *api.Client, m *M) error
	// Parent reads what contains the object, by a route other than Read's, and fails if the caller cannot see it. It may be
	// left out where there are All and Within: then the object has to be missing among All.
	Parent func(ctx context.Context, c *api.Client, m *M) error

	// All yields every object of the kind that has the same parent as m, of which only the attributes that name the parent
	// need be known: the key but for its last part. It fetches as it is read. From it come the data sources One and List, the
	// list resource, and the search for what a create made whose answer was lost. Optional.
	All func(ctx context.Context, c *api.Client, m *M) iter.Seq2[M, error]
	// Within fails unless the caller sees everything that All is part of: only then is what All lacks not there.
	Within func(ctx context.Context, c *api.Client, m *M) error
	// Fill adds to a model of All what Read shows and All does not. It is not called where key and name are enough. Optional.
	Fill func(ctx context.Context, c *api.Client, m *M) error
	// Choose are further string attributes of m by which All chooses, where they are known: arguments of lists. Optional.
	Choose []string
	// Called is the attribute by which people call an object, such as display_name. All needs it.
	Called string

	// Ready says what the object still lacks after Create or Update, "" when it can be used. It is read again until
	// then. Optional.
	Ready func(m *M) string
	// Validators check the configuration as a whole, without the platform. Optional.
	Validators []resource.ConfigValidator
	// Validate checks the configuration by itself; values may be unknown. It is called once the model can hold the
	// configuration: an object that is unknown as a whole fits no struct. Optional.
	Validate func(m *M) error
	// Plan checks and completes a plan with the platform's help, within the time allowed for a read; it is not called
	// for a destroy, nor before the provider is configured and the model can hold the configuration. Optional.
	Plan func(ctx context.Context, c *api.Client, change *Change[M]) error
	// Errors are what is known of the platform's errors; the first that fits counts. Optional.
	Errors []Diagnosis
	// Explain finds out why a write was refused (verb is create, update or delete), where Errors does not know it and the
	// platform has to be asked. It returns the error with what it has found, or as it is. Optional.
	Explain func(ctx context.Context, c *api.Client, verb string, m *M, refused error) error
	// Upgrades[v] upgrades a state of version v of the schema, whose version is their number. Optional.
	Upgrades []Upgrade

	Timeout time.Duration // default of every operation; 20 minutes if zero
	// TimeoutFor is the default of create, update and delete where it depends on the object. Optional; the description of
	// the resource names its values.
	TimeoutFor func(m *M) time.Duration
	// Resumes keeps an object that was made but is not ready in time, or whose making was interrupted, as it is, with a
	// warning; a plan modifier or Plan makes the next apply go on. Else the object is tainted and the next apply replaces it.
	Resumes bool

	lasting bool // Settings: nothing has to be undone
}

// Change is what is about to happen to one object.
type Change[M any] struct {
	Prior  *M // nil when the object is to be created
	Config *M // as written, with unknown values
	Plan   *M // as planned; changes to it become part of the plan

	// Replaced says that the object to be created takes the place of one with the same key, which Terraform destroys
	// before: it plans a replacement as a change and then as a create, and that of a tainted object as a create only.
	Replaced bool

	replace path.Paths
}

// Replace plans a replacement instead of an update, because of the attribute at p. It does nothing to a create.
func (c *Change[M]) Replace(p path.Path) { c.replace.Append(p) }

// New is the constructor that the provider registers.
func (d Resource[M]) New() resource.Resource { return d.engine() }

func (d Resource[M]) engine() *engine[M] {
	if d.Key == nil {
		d.Key = []string{"id"}
	}
	if d.Timeout == 0 {
		d.Timeout = 20 * time.Minute
	}
	e := &engine[M]{Resource: d}
	if d.Parent == nil && d.All != nil && d.Within != nil {
		e.Parent = e.absent
	}
	return e
}

type engine[M any] struct {
	Resource[M]
	Connection
}

var (
	_ resource.ResourceWithConfigure        = (*engine[struct{}])(nil)
	_ resource.ResourceWithImportState      = (*engine[struct{}])(nil)
	_ resource.ResourceWithIdentity         = (*engine[struct{}])(nil)
	_ resource.ResourceWithModifyPlan       = (*engine[struct{}])(nil)
	_ resource.ResourceWithMoveState        = (*engine[struct{}])(nil)
	_ resource.ResourceWithUpgradeState     = (*engine[struct{}])(nil)
	_ resource.ResourceWithConfigValidators = (*engine[struct{}])(nil)
	_ resource.ResourceWithValidateConfig   = (*engine[struct{}])(nil)
)

func (e *engine[M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + e.Name
}

func (e *engine[M]) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = e.Resource.Schema
	resp.Schema.Version = int64(len(e.Upgrades))
	resp.Schema.Attributes = maps.Clone(resp.Schema.Attributes)
	allowed := func(operation string) string {
		known := duration(e.Timeout)
		if e.TimeoutFor != nil && operation != "read" {
			known += ", unless the description of the resource names another"
		}
		return "Time allowed for the " + operation + ", as a duration such as 90s, 30m or 2h. Default " + known + "."
	}
	resp.Schema.Attributes["timeouts"] = enough(timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Read: true, Update: e.Resource.Update != nil, Delete: e.Resource.Delete != nil,
		CreateDescription: allowed("create"), ReadDescription: allowed("read"), UpdateDescription: allowed("update"), DeleteDescription: allowed("delete"),
	}))
}

func (e *engine[M]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema.Attributes = map[string]identityschema.Attribute{}
	for _, k := range e.Key {
		resp.IdentitySchema.Attributes[k] = identityschema.StringAttribute{
			RequiredForImport: true,
			Description:       e.Resource.Schema.Attributes[k].GetMarkdownDescription(),
		}
	}
}

func (e *engine[M]) ConfigValidators(context.Context) []resource.ConfigValidator { return e.Validators }

func (e *engine[M]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if e.Validate == nil {
		return
	}
	m, ok := e.open(ctx, req.Config.Raw, &resp.Diagnostics)
	if !ok {
		return
	}
	for _, err := range split(e.Validate(m)) {
		summary := "Invalid " + noun(e.Name)
		if a, ok := errors.AsType[*attributeError](err); ok {
			resp.Diagnostics.AddAttributeError(a.path, summary, field.Sentence(a.err.Error()))
			continue
		}
		resp.Diagnostics.AddError(summary, field.Sentence(err.Error()))
	}
}

// open decodes what may hold unknown values. A model that cannot hold them is asked again when they are known.
func (e *engine[M]) open(ctx context.Context, raw tftypes.Value, d *diag.Diagnostics) (*M, bool) {
	problems := &diag.Diagnostics{}
	m, ok := e.decode(ctx, raw, problems)
	if raw.IsFullyKnown() {
		d.Append(*problems...)
	}
	return m, ok
}

func (e *engine[M]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	e.connect(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan is silent while the provider is not configured, which happens when its configuration is not known yet.
func (e *engine[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if e.Plan == nil || e.client == nil || req.Plan.Raw.IsNull() {
		return
	}
	ctx, done := begin(ctx, &resp.Diagnostics, req.Config.GetAttribute, e.Timeout, timeouts.Value.Read)
	defer done()
	change := &Change[M]{}
	var ok bool
	if change.Config, ok = e.open(ctx, req.Config.Raw, &resp.Diagnostics); !ok {
		return
	}
	if change.Plan, ok = e.open(ctx, req.Plan.Raw, &resp.Diagnostics); !ok {
		return
	}
	if !req.State.Raw.IsNull() {
		if change.Prior, ok = e.decode(ctx, req.State.Raw, &resp.Diagnostics); !ok {
			return
		}
		e.note(change.Prior)
	} else {
		change.Replaced = e.noted(change.Plan)
	}
	if err := e.Plan(ctx, e.client, change); err != nil {
		e.fail(ctx, &resp.Diagnostics, "plan", change.Plan, err)
		return
	}
	resp.Plan.Raw = e.encode(ctx, change.Plan, req.Plan.Raw, &resp.Diagnostics)
	if change.Prior != nil {
		resp.RequiresReplace.Append(change.replace...)
	}
}

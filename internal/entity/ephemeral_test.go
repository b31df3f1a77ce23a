package entity_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/path"
	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

type whisper struct {
	Name  types.String `tfsdk:"name"`
	Value types.String `tfsdk:"value"`
}

// whispering is an ephemeral resource whose value follows from its name; left is how much time it had.
func whispering(left *time.Duration) entity.Ephemeral[whisper] {
	return entity.Ephemeral[whisper]{
		Name: "toy_whisper",
		Schema: rs.Schema{MarkdownDescription: "Says it once.", Attributes: map[string]rs.Attribute{
			"name":  rs.StringAttribute{MarkdownDescription: "Name.", Required: true},
			"value": rs.StringAttribute{MarkdownDescription: "Value.", Computed: true, Sensitive: true},
		}},
		Open: func(ctx context.Context, _ *api.Client, m *whisper) error {
			if end, ok := ctx.Deadline(); ok {
				*left = time.Until(end).Round(time.Minute)
			}
			if m.Name.ValueString() == "nobody" {
				return entity.At(path.Root("name"), errors.New("nobody whispers"))
			}
			entity.Warn(ctx, "Quiet", "It is said once.")
			m.Value = types.StringValue("psst " + m.Name.ValueString())
			return nil
		},
	}
}

// open opens an ephemeral resource with a name and a timeout, "" for the default one.
func open(t *testing.T, e ephemeral.EphemeralResource, name, timeout string) ephemeral.OpenResponse {
	t.Helper()
	var s ephemeral.SchemaResponse
	e.Schema(t.Context(), ephemeral.SchemaRequest{}, &s)
	typ, ok := s.Schema.Type().TerraformType(t.Context()).(tftypes.Object)
	if !ok {
		t.Fatal("no object")
	}
	limits := tftypes.NewValue(typ.AttributeTypes["timeouts"], nil)
	if timeout != "" {
		limits = tftypes.NewValue(typ.AttributeTypes["timeouts"], map[string]tftypes.Value{"open": tftypes.NewValue(tftypes.String, timeout)})
	}
	raw := tftypes.NewValue(typ, map[string]tftypes.Value{
		"name": tftypes.NewValue(tftypes.String, name), "value": tftypes.NewValue(tftypes.String, nil), "timeouts": limits,
	})
	resp := ephemeral.OpenResponse{Result: tfsdk.EphemeralResultData{Schema: s.Schema, Raw: raw}}
	e.Open(t.Context(), ephemeral.OpenRequest{Config: tfsdk.Config{Schema: s.Schema, Raw: raw}}, &resp)
	return resp
}

func TestEphemeralOpens(t *testing.T) {
	t.Parallel()
	var left time.Duration
	e := whispering(&left).New()
	var meta ephemeral.MetadataResponse
	if e.Metadata(t.Context(), ephemeral.MetadataRequest{ProviderTypeName: "powerplatform"}, &meta); meta.TypeName != "powerplatform_toy_whisper" {
		t.Errorf("it is called %q", meta.TypeName)
	}
	if resp := open(t, e, "a", ""); !resp.Diagnostics.HasError() || !strings.Contains(resp.Diagnostics[0].Summary(), "not configured") {
		t.Error("it opens without a client")
	}
	configured, ok := e.(ephemeral.EphemeralResourceWithConfigure)
	if !ok {
		t.Fatal("it cannot be configured")
	}
	var resp ephemeral.ConfigureResponse
	configured.Configure(t.Context(), ephemeral.ConfigureRequest{}, &resp) // while the provider is not configured
	if configured.Configure(t.Context(), ephemeral.ConfigureRequest{ProviderData: "x"}, &resp); !resp.Diagnostics.HasError() {
		t.Error("it takes any client")
	}
	resp = ephemeral.ConfigureResponse{}
	if configured.Configure(t.Context(), ephemeral.ConfigureRequest{ProviderData: entity.Connect(&api.Client{})}, &resp); resp.Diagnostics.HasError() {
		t.Error(resp.Diagnostics)
	}
	for timeout, want := range map[string]time.Duration{"": 5 * time.Minute, "2m": 2 * time.Minute} {
		opened := open(t, e, "a", timeout)
		var value types.String
		if d := opened.Result.GetAttribute(t.Context(), path.Root("value"), &value); d.HasError() || value.ValueString() != "psst a" || left != want {
			t.Errorf("%q in %v: %v", value.ValueString(), left, opened.Diagnostics)
		}
		if opened.Diagnostics.WarningsCount() != 1 || opened.Diagnostics.HasError() {
			t.Error(opened.Diagnostics)
		}
	}
	refused := open(t, e, "nobody", "")
	if !refused.Diagnostics.HasError() || refused.Diagnostics[0].Summary() != "Could not open toy whisper" || refused.Diagnostics[0].Detail() != "Nobody whispers." {
		t.Error(refused.Diagnostics)
	}
}

func TestEphemeralChecksItself(t *testing.T) {
	t.Parallel()
	check := func(e entity.Ephemeral[whisper]) error {
		c, ok := e.New().(interface {
			Check(ctx context.Context) error
		})
		if !ok {
			t.Fatal("it does not check itself")
		}
		return c.Check(t.Context())
	}
	var left time.Duration
	if err := check(whispering(&left)); err != nil {
		t.Error(err)
	}
	for says, spoil := range map[string]func(e *entity.Ephemeral[whisper]){
		"open are required":                 func(e *entity.Ephemeral[whisper]) { e.Open = nil },
		"attribute name has no description": func(e *entity.Ephemeral[whisper]) { e.Schema.Attributes["name"] = rs.StringAttribute{Required: true} },
		"Value Conversion Error":            func(e *entity.Ephemeral[whisper]) { delete(e.Schema.Attributes, "name") },
	} {
		e := whispering(&left)
		spoil(&e)
		if err := check(e); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

package core

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"github.com/zclconf/go-cty/cty/msgpack"
)

// dynamic encodes a value of a type as the CLI does.
func dynamic(v cty.Value, typ cty.Type) *tfprotov6.DynamicValue {
	packed, err := msgpack.Marshal(v, typ)
	if err != nil {
		panic(fmt.Sprintf("a value does not fit its own type: %v", err))
	}
	return &tfprotov6.DynamicValue{MsgPack: packed}
}

func value(d *tfprotov6.DynamicValue, typ cty.Type) (cty.Value, error) {
	switch {
	case d == nil:
		return cty.NullVal(typ), nil
	case len(d.MsgPack) > 0:
		return msgpack.Unmarshal(d.MsgPack, typ)
	case len(d.JSON) > 0:
		return ctyjson.Unmarshal(d.JSON, typ)
	}
	return cty.NullVal(typ), nil
}

func path(p *tftypes.AttributePath) cty.Path {
	var out cty.Path
	for _, step := range p.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			out = out.GetAttr(string(step))
		case tftypes.ElementKeyString:
			out = out.IndexString(string(step))
		case tftypes.ElementKeyInt:
			out = out.IndexInt(int(step))
		default:
			return out
		}
	}
	return out
}

// broken is an error of the protocol itself.
func broken(object string, err error) Diagnostics {
	if err == nil {
		return nil
	}
	return Diagnostics{{Summary: "The provider failed", Detail: err.Error(), Object: object}}
}

// violation is an answer that Terraform does not take from a provider.
func violation(object, summary, detail string) Diagnostics {
	return Diagnostics{{Summary: summary, Object: object, Place: "\n  with " + object + "\n", Detail: object + ": " + detail +
		".\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker."}}
}

// fromProtocol adds to diagnostics what the CLI says of their place.
func fromProtocol(cfg *config, b *hclsyntax.Body, object string, in []*tfprotov6.Diagnostic) Diagnostics {
	var out Diagnostics
	for _, d := range in {
		one := Diagnostic{Warning: d.Severity == tfprotov6.DiagnosticSeverityWarning, Summary: d.Summary, Detail: d.Detail, Object: object}
		if d.Attribute != nil {
			one.Attribute = strings.TrimPrefix(fmtPath(path(d.Attribute)), ".")
		}
		switch {
		case b != nil:
			rng := locate(b, d.Attribute)
			one.Place, one.line = cfg.place(object, rng), rng.Start.Line
		case object != "":
			one.Place = "\n  with " + object + "\n"
		}
		out = append(out, one)
	}
	return out
}

// locate is where a body gives an attribute, or else where it begins.
func locate(b *hclsyntax.Body, p *tftypes.AttributePath) hcl.Range {
	if p == nil || len(p.Steps()) == 0 {
		return b.SrcRange
	}
	name, _ := p.Steps()[0].(tftypes.AttributeName)
	a := b.Attributes[string(name)]
	if a == nil {
		return b.SrcRange
	}
	rng := a.Expr.Range()
	expr := a.Expr
	for _, step := range p.Steps()[1:] {
		var inner hclsyntax.Expression
		switch e := expr.(type) {
		case *hclsyntax.ObjectConsExpr:
			for _, item := range e.Items {
				if key, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && named(step, key.AsString()) {
					inner = item.ValueExpr
				}
			}
		case *hclsyntax.TupleConsExpr:
			if i, ok := step.(tftypes.ElementKeyInt); ok && int(i) < len(e.Exprs) {
				inner = e.Exprs[i]
			}
		}
		if inner == nil {
			return rng
		}
		expr, rng = inner, inner.Range()
	}
	return rng
}

func named(step tftypes.AttributePathStep, name string) bool {
	return step == tftypes.AttributeName(name) || step == tftypes.ElementKeyString(name)
}

func fmtPath(p cty.Path) string {
	var b strings.Builder
	for _, step := range p {
		switch step := step.(type) {
		case cty.GetAttrStep:
			b.WriteString("." + step.Name)
		case cty.IndexStep:
			b.WriteString(suffix(step.Key))
		}
	}
	return b.String()
}

func asJSON(v cty.Value) json.RawMessage {
	text, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}

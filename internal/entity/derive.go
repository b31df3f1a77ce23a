package entity

import (
	"fmt"
	"slices"
	"strings"

	ds "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// computed turns the attributes of a resource into those of a data source, so that each is described once. Write-only
// arguments have no value to read and are left out, like those in omit.
func computed(in map[string]rs.Attribute, omit ...string) (map[string]ds.Attribute, error) {
	out := make(map[string]ds.Attribute, len(in))
	for name, a := range in {
		if a.IsWriteOnly() || slices.Contains(omit, name) {
			continue
		}
		derived, err := derive(a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = derived
	}
	return out, nil
}

// asRead is the description of an attribute where no change of it can replace anything.
func asRead(a rs.Attribute) string {
	return strings.ReplaceAll(a.GetMarkdownDescription(), field.Replaces, "")
}

func derive(a rs.Attribute) (ds.Attribute, error) {
	switch a := a.(type) {
	case rs.StringAttribute:
		return ds.StringAttribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, Sensitive: a.Sensitive, Computed: true}, nil
	case rs.BoolAttribute:
		return ds.BoolAttribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, Sensitive: a.Sensitive, Computed: true}, nil
	case rs.Int64Attribute:
		return ds.Int64Attribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, Sensitive: a.Sensitive, Computed: true}, nil
	case rs.Float64Attribute:
		return ds.Float64Attribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, Sensitive: a.Sensitive, Computed: true}, nil
	case rs.ListAttribute:
		return ds.ListAttribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, ElementType: a.ElementType, Sensitive: a.Sensitive, Computed: true}, nil
	case rs.SetAttribute:
		return ds.SetAttribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, ElementType: a.ElementType, Sensitive: a.Sensitive, Computed: true}, nil
	case rs.MapAttribute:
		return ds.MapAttribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, ElementType: a.ElementType, Sensitive: a.Sensitive, Computed: true}, nil
	case rs.SingleNestedAttribute:
		nested, err := computed(a.Attributes)
		return ds.SingleNestedAttribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, Attributes: nested, Sensitive: a.Sensitive, Computed: true}, err
	case rs.ListNestedAttribute:
		nested, err := computed(a.NestedObject.Attributes)
		return ds.ListNestedAttribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, NestedObject: ds.NestedAttributeObject{Attributes: nested}, Sensitive: a.Sensitive, Computed: true}, err
	case rs.SetNestedAttribute:
		nested, err := computed(a.NestedObject.Attributes)
		return ds.SetNestedAttribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, NestedObject: ds.NestedAttributeObject{Attributes: nested}, Sensitive: a.Sensitive, Computed: true}, err
	case rs.MapNestedAttribute:
		nested, err := computed(a.NestedObject.Attributes)
		return ds.MapNestedAttribute{MarkdownDescription: asRead(a), CustomType: a.CustomType, NestedObject: ds.NestedAttributeObject{Attributes: nested}, Sensitive: a.Sensitive, Computed: true}, err
	}
	return nil, fmt.Errorf("a data source cannot mirror attribute type %T yet", a)
}

// given makes an attribute that the caller may or must set.
func given(a rs.Attribute, required bool) (ds.Attribute, error) {
	s, ok := a.(rs.StringAttribute)
	if !ok {
		return nil, fmt.Errorf("an object is found by strings, not by %T", a)
	}
	return ds.StringAttribute{
		MarkdownDescription: asRead(s), CustomType: s.CustomType, Validators: s.Validators,
		Required: required, Optional: !required, Computed: !required,
	}, nil
}

// argument keeps an attribute of the schema as the argument that it is there.
func argument(a rs.Attribute) (ds.Attribute, error) {
	switch a := a.(type) {
	case rs.StringAttribute:
		return ds.StringAttribute{
			MarkdownDescription: asRead(a), CustomType: a.CustomType, Validators: a.Validators, Sensitive: a.Sensitive,
			Required: a.Required, Optional: a.Optional, Computed: a.Computed,
		}, nil
	case rs.Int64Attribute:
		return ds.Int64Attribute{
			MarkdownDescription: asRead(a), CustomType: a.CustomType, Validators: a.Validators, Sensitive: a.Sensitive,
			Required: a.Required, Optional: a.Optional, Computed: a.Computed,
		}, nil
	}
	return nil, fmt.Errorf("a data source cannot take an argument of type %T yet", a)
}

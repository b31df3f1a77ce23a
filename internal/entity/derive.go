package entity

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	ds "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	rs "github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// role is what an attribute is for. One that can be given is checked as its schema says.
type role struct{ required, optional, computed bool }

func result(rs.Attribute) role { return role{computed: true} }

// argument keeps an attribute as the argument that it is where the object is managed.
func argument(a rs.Attribute) role { return role{a.IsRequired(), a.IsOptional(), a.IsComputed()} }

// finder makes an attribute one that finds the object: the only one, or one of several.
func finder(only bool) func(rs.Attribute) role {
	return func(rs.Attribute) role { return role{required: only, optional: !only, computed: !only} }
}

// dataKinds are the types of attributes of a data source. They are named like those of a resource.
var dataKinds = []ds.Attribute{
	ds.StringAttribute{},
	ds.BoolAttribute{},
	ds.Int32Attribute{},
	ds.Int64Attribute{},
	ds.Float32Attribute{},
	ds.Float64Attribute{},
	ds.NumberAttribute{},
	ds.ListAttribute{},
	ds.SetAttribute{},
	ds.MapAttribute{},
	ds.ObjectAttribute{},
	ds.DynamicAttribute{},
	ds.SingleNestedAttribute{},
	ds.ListNestedAttribute{},
	ds.SetNestedAttribute{},
	ds.MapNestedAttribute{},
}

// computed turns the attributes of a resource into those of a data source, so that each is described once. Write-only
// arguments have no value to read and are left out, like those in omit.
func computed(in map[string]rs.Attribute, omit ...string) (map[string]ds.Attribute, error) {
	return mirrorAll(in, dataKinds, result, omit...)
}

func mirrorAll[T any](
	in map[string]rs.Attribute, kinds []T, as func(rs.Attribute) role, omit ...string,
) (map[string]T, error) {
	out := make(map[string]T, len(in))
	for name, a := range in {
		if a.IsWriteOnly() || slices.Contains(omit, name) {
			continue
		}
		like, err := mirror(a, kinds, as)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = like
	}
	return out, nil
}

// asRead is the description of an attribute where no change of it can replace anything.
func asRead(a rs.Attribute) string {
	return strings.ReplaceAll(a.GetMarkdownDescription(), field.Replaces, "")
}

// mirror makes an attribute of another kind of schema like that of a resource. The framework has a struct for each type
// of attribute in each kind of schema, and names their fields alike.
func mirror[T any](a rs.Attribute, kinds []T, as func(rs.Attribute) role) (T, error) {
	if a == nil {
		return *new(T), errors.New("there is no such attribute")
	}
	from := reflect.ValueOf(a)
	i := slices.IndexFunc(kinds, func(k T) bool { return reflect.TypeOf(k).Name() == from.Type().Name() })
	if i < 0 {
		return *new(T), fmt.Errorf("there is no attribute like %T", a)
	}
	to := reflect.New(reflect.TypeOf(kinds[i])).Elem()
	set := func(name string, v reflect.Value) {
		if f := to.FieldByName(name); f.IsValid() && v.IsValid() {
			f.Set(v)
		}
	}
	r := as(a)
	same := []string{"CustomType", "ElementType", "AttributeTypes", "Sensitive"}
	if r.required || r.optional {
		same = append(same, "Validators")
	}
	for _, name := range same {
		set(name, from.FieldByName(name))
	}
	set("MarkdownDescription", reflect.ValueOf(asRead(a)))
	for name, is := range map[string]bool{"Required": r.required, "Optional": r.optional, "Computed": r.computed} {
		set(name, reflect.ValueOf(is))
	}
	if inner := nested(a); inner != nil {
		all, err := mirrorAll(inner, kinds, as)
		if err != nil {
			return *new(T), err
		}
		holder := to
		if f := to.FieldByName("NestedObject"); f.IsValid() {
			holder = f
		}
		holder.FieldByName("Attributes").Set(reflect.ValueOf(all))
	}
	like, _ := reflect.TypeAssert[T](to)
	return like, nil
}

// hasDynamic reports whether values of any type are among attributes, at any depth.
func hasDynamic(all map[string]rs.Attribute) bool {
	for _, a := range all {
		if _, is := a.(rs.DynamicAttribute); is || hasDynamic(nested(a)) {
			return true
		}
	}
	return false
}

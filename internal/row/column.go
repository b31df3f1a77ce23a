package row

import (
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// column is how an attribute of a model goes over the wire, as its tag says:
//
//	column:"name"             a column
//	column:"name,read"        a column that is never written
//	column:"nav,lookup=set"   the ID of the row of an entity set that a navigation property leads to
//	column:"nav/name"         a column of that row, which is read only
//	column:"nav,many=set"     the IDs of all rows that a collection-valued navigation property leads to, a set
//
// The fields are of the types String, Bool, Int64 and Float64 of Terraform, or Folded or UUID of customtype.
type column struct {
	index     []int // of the field
	attribute string
	name, far string
	use, set  string
}

func columnsOf(model reflect.Type) []column {
	var out []column
	for _, f := range reflect.VisibleFields(model) {
		tag, ok := f.Tag.Lookup("column")
		if !ok {
			continue
		}
		c := column{index: f.Index, attribute: f.Tag.Get("tfsdk")}
		c.name, c.use, _ = strings.Cut(tag, ",")
		c.use, c.set, _ = strings.Cut(c.use, "=")
		c.name, c.far, _ = strings.Cut(c.name, "/")
		out = append(out, c)
	}
	return out
}

// The uses of a column that are no plain one.
const (
	readOnly = "read"
	lookup   = "lookup"
	many     = "many"
)

// read is the name under which the value is read.
func (c column) read() string {
	if c.use == lookup {
		return "_" + strings.ToLower(c.name) + "_value"
	}
	return c.name
}

func (c column) of(model reflect.Value) attr.Value {
	v, _ := reflect.TypeAssert[attr.Value](model.FieldByIndex(c.index))
	return v
}

// Expand are the columns that a model writes, each with a prefix to its name: what is known, with nil for none.
func Expand[M any](m *M, prefix string) Columns {
	model, out := reflect.ValueOf(m).Elem(), Columns{}
	for _, c := range columnsOf(model.Type()) {
		v := c.of(model)
		switch {
		case c.use == readOnly || c.use == many || c.far != "" || v.IsUnknown():
		case c.use == lookup:
			out[prefix+c.name+bind] = nil
			if id, ok := value(v).(string); ok {
				out[prefix+c.name+bind] = dataverse.Bind(c.set, id)
			}
		default:
			out[prefix+c.name] = value(v)
		}
	}
	return out
}

// value is what is sent for an attribute; an empty text is none.
func value(v attr.Value) any {
	if v.IsNull() {
		return nil
	}
	switch v := v.(type) {
	case types.Bool:
		return v.ValueBool()
	case types.Int64:
		return v.ValueInt64()
	case types.Float64:
		return v.ValueFloat64()
	case interface{ ValueString() string }:
		return OrNone(v.ValueString())
	}
	return nil
}

// Flatten fills a model from the columns of a row whose names have a prefix. An empty text that is configured stays:
// the platform does not tell it from none.
func Flatten[M any](m *M, row Columns, prefix string) {
	model := reflect.ValueOf(m).Elem()
	for _, c := range columnsOf(model.Type()) {
		shown := row[prefix+c.read()]
		if c.far != "" {
			far, _ := shown.(map[string]any)
			shown = far[c.far]
		}
		show(model.FieldByIndex(c.index).Addr().Interface(), shown, c)
	}
}

func show(into, shown any, c column) {
	text, _ := shown.(string)
	switch f := into.(type) {
	case *types.String:
		if text != "" || !blank(*f) {
			*f = field.OrNull(text)
		}
	case *customtype.Folded:
		if text != "" || !blank(*f) {
			*f = customtype.Folded{StringValue: field.OrNull(text)}
		}
	case *customtype.UUID:
		*f = customtype.UUIDOrNone(*f, text)
	case *types.Bool:
		b, ok := shown.(bool)
		*f = types.BoolPointerValue(pointer(b, ok))
	case *types.Int64:
		n, ok := shown.(float64)
		*f = types.Int64PointerValue(pointer(int64(n), ok))
	case *types.Float64:
		n, ok := shown.(float64)
		*f = types.Float64PointerValue(pointer(n, ok))
	case *types.Set:
		if rows, told := shown.([]any); told {
			*f = ids(rows, dataverse.PrimaryKey(c.set))
		} else if f.IsNull() { // a list does not tell
			*f = types.SetNull(types.StringType)
		}
	}
}

func pointer[T any](v T, ok bool) *T {
	if !ok {
		return nil
	}
	return &v
}

// blank reports whether a text is configured as "".
func blank(v interface {
	attr.Value
	ValueString() string
},
) bool {
	return !v.IsNull() && !v.IsUnknown() && v.ValueString() == ""
}

// ids are the IDs of rows.
func ids(rows []any, key string) types.Set {
	var out []string
	for _, one := range rows {
		if row, ok := one.(map[string]any); ok {
			out = append(out, Columns(row).Text(key))
		}
	}
	return field.SetOf(out)
}

// query adds to q what a model reads; whole says that it is for a single row, which tells its associations.
func query[M any](q dataverse.Query, whole bool) dataverse.Query {
	var names []string
	joins := map[string][]string{}
	for _, c := range columnsOf(reflect.TypeFor[M]()) {
		switch {
		case c.far != "":
			joins[c.name] = append(joins[c.name], c.far)
		case c.use == many && whole:
			joins[c.name] = []string{dataverse.PrimaryKey(c.set)}
		case c.use != many:
			names = append(names, c.read())
		}
	}
	q.Select = strings.Join(append(names, list(q.Select)...), ",")
	expand := list(q.Expand)
	for nav, of := range joins {
		expand = append(expand, nav+"($select="+strings.Join(of, ",")+")")
	}
	slices.Sort(expand)
	q.Expand = strings.Join(expand, ",")
	return q
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

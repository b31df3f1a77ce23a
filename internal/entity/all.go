package entity

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Models converts what an API yields into models, for All.
func Models[W, M any](all iter.Seq2[W, error], flatten func(m *M, w W)) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		for w, err := range all {
			var m M
			if err == nil {
				flatten(&m, w)
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// One is the data source of one object, found by one of the attributes in by: by its key, or by another one that is then
// to be unique among All. What names the parent is an argument. By default the last part of the key and Called find it.
func (d Resource[M]) One(description string, by ...string) DataSource[M] {
	e := d.engine()
	if by == nil {
		by = []string{e.Key[len(e.Key)-1], e.Called}
	}
	s := d.Schema
	s.MarkdownDescription = description
	return DataSource[M]{
		Name: d.Name, Schema: s, By: by, Args: e.within(), Errors: d.Errors,
		Read: func(ctx context.Context, c *api.Client, m *M) error { return e.one(ctx, c, m, by) },
	}
}

// List is the data source of All. What names the parent is an argument.
func (d Resource[M]) List(name, description string) List[M, M] {
	e := d.engine()
	s := d.Schema
	s.MarkdownDescription = description
	return List[M, M]{
		Name: name, Schema: s, Args: e.args(), Errors: d.Errors, model: d.Schema,
		Each: func(ctx context.Context, c *api.Client, within *M) iter.Seq2[M, error] {
			return e.whole(ctx, c, d.All(ctx, c, within))
		},
	}
}

// within are the attributes that name the parent.
func (e *engine[M]) within() []string { return e.Key[:len(e.Key)-1] }

// args are the arguments of what is made of All: what names the parent, and what may be given to choose.
func (e *engine[M]) args() map[string]schema.Attribute {
	args := maps.Clone(e.Resource.Schema.Attributes)
	maps.DeleteFunc(args, func(name string, _ schema.Attribute) bool {
		return !slices.Contains(e.within(), name) && !slices.Contains(e.Choose, name)
	})
	for _, name := range e.Choose {
		a, _ := args[name].(schema.StringAttribute)
		a.Required, a.Optional, a.Computed = false, true, false
		a.MarkdownDescription += " It narrows the list."
		args[name] = a
	}
	return args
}

// given decodes a configuration that holds some attributes of the model.
func (e *engine[M]) given(ctx context.Context, raw tftypes.Value, d *diag.Diagnostics) (*M, bool) {
	return e.decode(ctx, conform(raw, e.Resource.Schema.Type().TerraformType(ctx)), d)
}

func (e *engine[M]) one(ctx context.Context, c *api.Client, m *M, by []string) error {
	if e.addressed(m) {
		return e.Resource.Read(ctx, c, m)
	}
	for _, name := range by {
		want := valueOf(m, name)
		if textOf(want) == "" {
			continue
		}
		what := fmt.Sprintf("%s with %s %q", noun(e.Name), noun(name), textOf(want))
		found, err := Only(e.All(ctx, c, m), what, func(o M) bool { return same(ctx)(want, valueOf(&o, name)) })
		if err != nil {
			return err
		}
		*m = found
	}
	if e.Fill == nil {
		return nil
	}
	return e.Resource.Read(ctx, c, m)
}

// fills is how many objects of a collection are asked for what All does not tell, at a time.
const fills = 8

// whole completes the models of a collection, some at a time, and yields them in order. One that is gone by then is left
// out.
func (e *engine[M]) whole(ctx context.Context, c *api.Client, all iter.Seq2[M, error]) iter.Seq2[M, error] {
	if e.Fill == nil {
		return all
	}
	type filled struct {
		m   M
		err error
	}
	return func(yield func(M, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var open sync.WaitGroup
		defer open.Wait()
		defer cancel()
		var queue []chan filled
		next := func() bool {
			f := <-queue[0]
			queue = queue[1:]
			return e.gone(f.err) || yield(f.m, f.err) && f.err == nil
		}
		for m, err := range all {
			one := make(chan filled, 1)
			queue = append(queue, one)
			if err != nil {
				one <- filled{m, err}
				break
			}
			open.Go(func() {
				defer func() {
					if bug := recover(); bug != nil { // which would take the whole process along
						one <- filled{m, fmt.Errorf("a bug of the provider: %v", bug)}
					}
				}()
				err := e.Fill(ctx, c, &m)
				one <- filled{m, err}
			})
			if len(queue) == fills && !next() {
				return
			}
		}
		for len(queue) > 0 && next() {
		}
	}
}

// absent is the second look of an object without a Parent: its parent must be seen, and All without the object. That
// somebody may not list the objects, or that the list is not there, proves nothing.
func (e *engine[M]) absent(ctx context.Context, c *api.Client, m *M) error {
	if err := e.Within(ctx, c, m); err != nil {
		return err
	}
	key := strings.Join(e.address(m), "/")
	for o, err := range e.All(ctx, c, m) {
		switch {
		case rest.IsNotFound(err):
			return errors.New("the others of its kind cannot be listed: " + err.Error())
		case err != nil:
			return err
		case strings.EqualFold(strings.Join(e.address(&o), "/"), key):
			return errors.New("it is still among the others of its kind")
		}
	}
	return nil
}

// valueOf is the value of a top-level attribute in a model, nil if the model does not hold it.
func valueOf[M any](m *M, name string) attr.Value {
	for held, v := range fields(m) {
		if held == name {
			value, _ := v.(attr.Value)
			return value
		}
	}
	return nil
}

// textOf is a value as text, "" for one that is not known or no text.
func textOf(v attr.Value) string {
	if s, ok := v.(interface{ ValueString() string }); ok {
		return s.ValueString()
	}
	return ""
}

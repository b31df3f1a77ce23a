package rest

import (
	"cmp"
	"context"
	"iter"
	"net/url"
	"slices"
)

// page is the envelope of every list: ARM and BAP say nextLink, OData says @odata.nextLink.
type page[T any] struct {
	Value     []T    `json:"value"`
	NextLink  string `json:"nextLink"`
	ODataNext string `json:"@odata.nextLink"`
}

// List yields every item of every page, lazily: a page is asked for when its first item is. It stops after an error.
func List[T any](ctx context.Context, c *Client, path string, opts ...Option) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for next := path; next != ""; {
			p, err := Get[page[T]](ctx, c, next, opts...)
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, v := range p.Value {
				if !yield(v, nil) {
					return
				}
			}
			next, opts = cmp.Or(p.NextLink, p.ODataNext), append(slices.Clip(opts), asIs)
		}
	}
}

// asIs is the option of a link: it holds the whole query already.
func asIs(c *call) { c.query, c.version = url.Values{}, new("") }

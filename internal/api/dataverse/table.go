package dataverse

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// Query chooses rows and what is read of them, in the words of OData:
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/overview
type Query struct {
	Select, Filter, OrderBy, Expand string // "" leaves it out
	Top                             int    // 0 is all
}

func (q Query) options(o Org) []rest.Option {
	opts := options(o, nil)
	for _, pair := range [][2]string{{"$select", q.Select}, {"$filter", q.Filter}, {"$orderby", q.OrderBy}, {"$expand", q.Expand}} {
		if pair[1] != "" {
			opts = append(opts, rest.Query(pair[:]...))
		}
	}
	if q.Top > 0 {
		opts = append(opts, rest.Query("$top", strconv.Itoa(q.Top)))
	}
	return opts
}

// Option adjusts one write. Those of package rest are options too, RetryOn among them.
type Option = rest.Option

// InSolution adds the row that is written to an unmanaged solution; "" adds it to none.
func InSolution(uniqueName string) Option { return rest.Header("MSCRM.SolutionUniqueName", uniqueName) }

func options(o Org, more []Option) []rest.Option {
	return append([]rest.Option{o.patience(), rest.Header("OData-Version", "4.0"), rest.Header("OData-MaxVersion", "4.0")}, more...)
}

func rowPath(set, id string) string { return rest.Path(api+"/", set, "(", id, ")") }

// Get reads one row of an entity set. Of the query only Select and Expand matter. A row that is not there is the API's 404.
func Get[T any](ctx context.Context, c *Client, o Org, set, id string, q Query) (T, error) {
	r, err := c.org(o)
	if err != nil {
		return *new(T), err
	}
	return rest.Get[T](ctx, r, rowPath(set, id), q.options(o)...)
}

// List yields the rows of an entity set that the query chooses, page by page. It stops after an error. That the platform
// has no such list says nothing about any row: for its 404, rest.IsNotFound does not hold.
func List[T any](ctx context.Context, c *Client, o Org, set string, q Query) iter.Seq2[T, error] {
	r, err := c.org(o)
	if err != nil {
		return func(yield func(T, error) bool) { yield(*new(T), err) }
	}
	return rest.List[T](ctx, r, rest.Path(api+"/", set), append(q.options(o), rest.Many)...)
}

// First reads the first row that the query chooses; without one it is rest.ErrNotFound.
func First[T any](ctx context.Context, c *Client, o Org, set string, q Query) (T, error) {
	q.Top = 1
	for row, err := range List[T](ctx, c, o, set, q) {
		return row, err
	}
	return *new(T), rest.ErrNotFound
}

// Create adds a row to an entity set and returns its ID, in lower case. The ID is "" without an error where the answer
// names none; the caller then finds the row by what it knows of it. A row that is there already is an error for which
// IsDuplicate holds.
func Create(ctx context.Context, c *Client, o Org, set string, row any, opts ...Option) (string, error) {
	r, err := c.org(o)
	if err != nil {
		return "", err
	}
	var receipt rest.Receipt
	made, err := rest.Post[map[string]json.RawMessage](ctx, r, rest.Path(api+"/", set), row, append(options(o, opts), receipt.Option())...)
	if err != nil {
		return "", err
	}
	for _, header := range []string{"OData-EntityId", "Location"} {
		if id := idIn(receipt.Header(header)); id != "" {
			return id, nil
		}
	}
	var id string
	_ = json.Unmarshal(made[PrimaryKey(set)], &id) // without a representation there is nothing to read
	return strings.ToLower(id), nil
}

// idIn is the ID in the address of a row: https://host/api/data/v9.2/publishers(ID).
func idIn(address string) string {
	_, id, _ := strings.Cut(address[strings.LastIndex(address, "/")+1:], "(")
	parsed, err := uuid.Parse(strings.TrimSuffix(id, ")"))
	if err != nil {
		return ""
	}
	return parsed.String()
}

// PrimaryKey is the column with the ID of the rows of an entity set, by the rule that names both.
func PrimaryKey(set string) string {
	if stem, ok := strings.CutSuffix(set, "ies"); ok {
		return stem + "yid"
	}
	return strings.TrimSuffix(set, "s") + "id"
}

// Update merges row into one that is there; it never makes one.
func Update(ctx context.Context, c *Client, o Org, set, id string, row any, opts ...Option) error {
	r, err := c.org(o)
	if err != nil {
		return err
	}
	_, err = rest.Patch[rest.None](ctx, r, rowPath(set, id), row, options(o, append([]Option{rest.Header("If-Match", "*")}, opts...))...)
	return err
}

// Delete removes a row. One that is not there is the API's 404.
func Delete(ctx context.Context, c *Client, o Org, set, id string) error {
	r, err := c.org(o)
	if err != nil {
		return err
	}
	return rest.Delete(ctx, r, rowPath(set, id), nil, options(o, nil)...)
}

// Associate links a row with another one by a collection-valued navigation property. Rows that are linked stay so.
func Associate(ctx context.Context, c *Client, o Org, set, id, navigation, targetSet, targetID string) error {
	r, err := c.org(o)
	if err != nil {
		return err
	}
	target := map[string]string{"@odata.id": strings.TrimSuffix(o.URL, "/") + api + Bind(targetSet, targetID)}
	_, err = rest.Post[rest.None](ctx, r, rest.Path(api+"/", set, "(", id, ")/", navigation, "/$ref"), target, options(o, nil)...)
	if IsDuplicate(err) {
		return nil
	}
	return err
}

// Disassociate ends the link of two rows. Rows that are not linked are the API's 404.
func Disassociate(ctx context.Context, c *Client, o Org, set, id, navigation, targetID string) error {
	r, err := c.org(o)
	if err != nil {
		return err
	}
	return rest.Delete(ctx, r, rest.Path(api+"/", set, "(", id, ")/", navigation, "(", targetID, ")/$ref"), nil, options(o, nil)...)
}

// Function calls a function, such as "WhoAmI()" or "RetrieveVersion()". The values of its parameter aliases follow as
// name and literal: "F(Name=@n)", "@n", Quote(name).
func Function[T any](ctx context.Context, c *Client, o Org, call string, aliases ...string) (T, error) {
	r, err := c.org(o)
	if err != nil {
		return *new(T), err
	}
	return rest.Get[T](ctx, r, api+"/"+call, options(o, []Option{rest.Query(aliases...)})...)
}

// Action calls an unbound action, and awaits the system job if it starts one.
func Action[T any](ctx context.Context, c *Client, o Org, name string, body any) (T, error) {
	r, err := c.org(o)
	if err != nil {
		return *new(T), err
	}
	return rest.Post[T](ctx, r, rest.Path(api+"/", name), body, options(o, nil)...)
}

// Bind is the value of an @odata.bind annotation, which makes a lookup name a row.
func Bind(set, id string) string { return "/" + set + "(" + url.PathEscape(id) + ")" }

// Quote is a string literal for filters and parameters. IDs are written without quotes there.
func Quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// IsDuplicate reports whether err says that a row with the same key is there already:
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors
func IsDuplicate(err error) bool {
	if rest.HasCode(err, "0x80040237", "0x80060892") {
		return true
	}
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Status == http.StatusPreconditionFailed && !rest.HasCode(err, "0x80060882") // of another version
}

// Package record is the plain collection: records that callers list, get, create, change and delete, declared as one
// value, and the shapes of the bodies that callers send.
package record

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Doc is a JSON object as it goes over the wire.
type Doc = server.Doc

// Kind is a plain kind of record.
type Kind struct {
	// Collection is the collection of a tenant that holds the records by their IDs.
	Collection string
	// Path is that of the list below the path of the router: "/environmentGroups". A record is at Path/{id}.
	Path string
	// Operation comes before the verbs in the IDs of the operations: "environmentgroups".
	Operation string
	// Key is the dotted path of the ID in a record, "id" unless set.
	Key string
	// PageSize is the switch of a tenant that says how many records a page of the list has; without it all are on one.
	PageSize string

	// Missing is the answer for an ID that no record has.
	Missing func(id string) server.Reply
	// Misfit is the answer to a body that does not have its shape.
	Misfit func(p schema.Problem) server.Reply

	// Defaults are members that a record has unless the body says otherwise.
	Defaults Doc
	// Complete adds to a record, new or changed, what the platform says of it itself, before it is stored. For a record of a
	// seed the call has a tenant and nothing else.
	Complete func(c *server.Call, d Doc)
	// Create, Update and Delete are nil where the platform does not have the operation.
	Create, Update, Delete *Write

	// Seed describes the records in seeds, which say what a body says, with_such_names. They stand under the name of the
	// collection.
	Seed *schema.Shape
}

// Write is an operation that changes records.
type Write struct {
	// Method is PUT or PATCH for an update, PUT unless set. PUT replaces what the shape names, PATCH changes what is sent.
	Method string
	// Status is that of success: unless set 201 for a create, 200 for an update, 204 for a delete.
	Status int
	// Body is what callers send; a delete has none.
	Body *Shape
	// Rules may refuse, each before the next: for a delete the record that is there, else the one that would be.
	Rules []Rule
}

// Rule says whether the platform refuses what would be done with a record, and how.
type Rule func(c *server.Call, d Doc) (server.Reply, bool)

// Unused refuses, in the words of refusal, what would be done with a record while a document of a collection has its ID at a
// dotted path.
func Unused(collection, path string, refusal func(id string) server.Reply) Rule {
	return func(c *server.Call, d Doc) (server.Reply, bool) {
		id := server.Text(d, "id")
		uses := func(other Doc) bool { return strings.EqualFold(server.Text(other, path), id) }
		return refusal(id), slices.ContainsFunc(c.Tenant.Collection(collection).PeekAll(), uses)
	}
}

// On adds the operations of the kind to the routes of a host.
func (k Kind) On(r server.Router) {
	one := k.Path + "/{id}"
	r.Route(http.MethodGet, k.Path, k.Operation+".list", k.list)
	r.Route(http.MethodGet, one, k.Operation+".get", k.get)
	if k.Create != nil {
		r.Route(http.MethodPost, k.Path, k.Operation+".create", k.create)
	}
	if k.Update != nil {
		r.Route(k.Update.method(), one, k.Operation+".update", k.Found(k.update))
	}
	if k.Delete != nil {
		r.Route(http.MethodDelete, one, k.Operation+".delete", k.Found(k.remove))
	}
}

// Found hands a handler the record, as it is, that the path names with {id}.
func (k Kind) Found(h func(c *server.Call, d Doc) server.Reply) server.Handler {
	return func(c *server.Call) server.Reply {
		d, ok := k.all(c).Peek(c.Params["id"])
		if !ok {
			return k.Missing(c.Params["id"])
		}
		return h(c, d)
	}
}

// Seeds lets seeds have records of the kind.
func (k Kind) Seeds(p *server.Platform) {
	p.Seeder(k.Collection, k.Seed, func(t *server.Tenant, items []Doc) error {
		for _, item := range items {
			d, _ := worded(item).(Doc)
			k.put(&server.Call{Platform: p, Tenant: t}, k.fresh(d))
		}
		return nil
	})
}

func (k Kind) all(c *server.Call) *server.Collection { return c.Tenant.Collection(k.Collection) }

func (k Kind) list(c *server.Call) server.Reply {
	var page Page
	if k.PageSize != "" {
		var problem *schema.Problem
		if page, problem = PageOf(c, k.PageSize); problem != nil {
			return k.Misfit(*problem)
		}
	}
	out, n := &server.List{}, 0
	for d := range k.all(c).Each(page.From) {
		if n++; page.Size > 0 && n > page.Size {
			out.Next = page.Next(c)
			break
		}
		if err := out.Add(d); err != nil {
			return server.Fail(http.StatusInternalServerError, "MockEncoding", err.Error())
		}
	}
	return server.JSON(http.StatusOK, out)
}

func (k Kind) get(c *server.Call) server.Reply {
	d, ok := k.all(c).Get(c.Params["id"])
	if !ok {
		return k.Missing(c.Params["id"])
	}
	return server.JSON(http.StatusOK, d)
}

func (k Kind) create(c *server.Call) server.Reply {
	body, reply, ok := k.Create.Body.Read(c, k.Misfit)
	if !ok {
		return reply
	}
	d := k.fresh(body)
	if reply, refused := k.Create.refuse(c, d); refused {
		return reply
	}
	return server.JSON(cmp.Or(k.Create.Status, http.StatusCreated), k.put(c, d))
}

func (k Kind) update(c *server.Call, d Doc) server.Reply {
	body, reply, ok := k.Update.Body.Read(c, k.Misfit)
	if !ok {
		return reply
	}
	id := k.id(d)
	if k.Update.method() == http.MethodPut {
		for name, member := range k.Update.Body.members {
			if member != Ignored {
				delete(d, name)
			}
		}
		d = k.fresh(d)
	}
	server.Merge(d, body)
	server.Assign(d, k.key(), id)
	if reply, refused := k.Update.refuse(c, d); refused {
		return reply
	}
	return server.JSON(cmp.Or(k.Update.Status, http.StatusOK), k.put(c, d))
}

func (k Kind) remove(c *server.Call, d Doc) server.Reply {
	if reply, refused := k.Delete.refuse(c, d); refused {
		return reply
	}
	k.all(c).Delete(k.id(d))
	return server.Empty(cmp.Or(k.Delete.Status, http.StatusNoContent))
}

func (k Kind) key() string { return cmp.Or(k.Key, "id") }

func (k Kind) id(d Doc) string { return server.Text(d, k.key()) }

// fresh is a record with the defaults of what it does not say, and with an ID.
func (k Kind) fresh(d Doc) Doc {
	out := server.Copy(k.Defaults)
	if out == nil {
		out = Doc{}
	}
	server.Merge(out, d)
	if k.id(out) == "" {
		server.Assign(out, k.key(), uuid.NewString())
	}
	return out
}

// put completes a record, stores it and returns it.
func (k Kind) put(c *server.Call, d Doc) Doc {
	if k.Complete != nil {
		k.Complete(c, d)
	}
	k.all(c).Put(k.id(d), d)
	return d
}

func (w *Write) method() string { return cmp.Or(w.Method, http.MethodPut) }

// refuse is the answer of the first rule that a record breaks.
func (w *Write) refuse(c *server.Call, d Doc) (server.Reply, bool) {
	for _, rule := range w.Rules {
		if reply, refused := rule(c, d); refused {
			return reply, true
		}
	}
	return server.Reply{}, false
}

// worded is a value of a seed with the names that the API has for its members: display_name is displayName.
func worded(value any) any {
	switch v := value.(type) {
	case Doc:
		out := Doc{}
		for name, inner := range v {
			first, rest, _ := strings.Cut(name, "_")
			for word := range strings.SplitSeq(rest, "_") {
				first += strings.ToUpper(word[:min(1, len(word))]) + word[min(1, len(word)):]
			}
			out[first] = worded(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = worded(inner)
		}
		return out
	}
	return value
}

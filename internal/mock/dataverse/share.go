package dataverse

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// rights are what can be granted on a row.
var rights = []string{"ReadAccess", "WriteAccess", "AppendAccess", "AppendToAccess", "CreateAccess", "DeleteAccess", "ShareAccess", "AssignAccess"}

// shares holds who may do what with which row, by environment, row and principal.
func (s *store) shares() *server.Collection { return s.tenant.Collection(collections + "shares") }

// member is the text of a member whose name may have dots in it.
func member(d doc, name string) string {
	said, _ := d[name].(string)
	return said
}

// subject reads an object that stands for a row: its type and its ID, or its address.
func (c call) subject(d doc) (*table, string, *Refusal) {
	if address := member(d, "@odata.id"); address != "" {
		t, row, r := c.store.resolve(address)
		if r != nil {
			return nil, "", r
		}
		return t, server.Text(row, t.id), nil
	}
	kind := strings.TrimPrefix(member(d, "@odata.type"), "#")
	t := tableNamed(strings.TrimPrefix(kind, "Microsoft.Dynamics.CRM."))
	if t == nil {
		return nil, "", &Refusal{http.StatusBadRequest, codePayload, "The type '" + kind + "' is not valid."}
	}
	row, r := c.store.find(t, key{id: server.Text(d, t.id)})
	if r != nil {
		return nil, "", r
	}
	return t, server.Text(row, t.id), nil
}

func object(d doc, path string) doc {
	value, _ := server.Lookup(d, path)
	inner, _ := value.(doc)
	return inner
}

// parties are the row and the principal that an action is about.
func (c call) parties(principal string) (who *table, id, whose string, r *Refusal) {
	var t *table
	if t, id, r = c.subject(object(c.body, "Target")); r != nil {
		return
	}
	if !t.owned {
		return nil, id, "", argument("Rows of the entity '" + t.name + "' cannot be shared.")
	}
	who, whose, r = c.subject(object(c.body, principal))
	if r == nil && who.name != "systemuser" && who.name != "team" {
		r = argument("Rows cannot be shared with the entity '" + who.name + "'.")
	}
	return
}

// grant is the actions GrantAccess and ModifyAccess.
func (c call) grant() server.Reply {
	who, id, whose, r := c.parties("PrincipalAccess.Principal")
	if r != nil {
		return r.reply()
	}
	mask := server.Text(c.body, "PrincipalAccess.AccessMask")
	for right := range strings.SplitSeq(mask, ",") {
		if !slices.Contains(rights, strings.TrimSpace(right)) {
			return argument("The access mask '" + mask + "' is not valid.").reply()
		}
	}
	c.store.share(id, whose, doc{"object": id, "principal": whose, "table": who.name, "mask": mask})
	return server.Empty(http.StatusNoContent)
}

// revoke is the action RevokeAccess.
func (c call) revoke() server.Reply {
	_, id, whose, r := c.parties("Revokee")
	if r != nil {
		return r.reply()
	}
	c.store.share(id, whose, nil)
	return server.Empty(http.StatusNoContent)
}

// shared is the function RetrieveSharedPrincipalsAndAccess. Its argument is an object, whose quotes may be single.
func (c call) shared(arguments map[string]any) server.Reply {
	text, _ := arguments["Target"].(string)
	var target doc
	if json.Unmarshal([]byte(strings.ReplaceAll(text, "'", `"`)), &target) != nil {
		return argument("The parameter Target is not valid.").reply()
	}
	_, id, r := c.subject(target)
	if r != nil {
		return r.reply()
	}
	list := []any{}
	for _, share := range c.store.sharesOf(id) {
		who := tableNamed(server.Text(share, "table"))
		list = append(list, doc{"AccessMask": share["mask"], "Principal": doc{
			"@odata.type": "#Microsoft.Dynamics.CRM." + who.name, who.id: share["principal"], "ownerid": share["principal"],
		}})
	}
	return server.JSON(http.StatusOK, doc{
		"@odata.context": c.base + "$metadata#Microsoft.Dynamics.CRM.RetrieveSharedPrincipalsAndAccessResponse", "PrincipalAccesses": list,
	})
}

// sharesOf are the shares of a row.
func (s *store) sharesOf(id string) []doc {
	out := map[string]doc{}
	for _, at := range s.shares().IDs() {
		if strings.HasPrefix(strings.ToLower(at), strings.ToLower(s.key(id))+"/") {
			out[at], _ = s.shares().Get(at)
		}
	}
	list := []doc{}
	for _, at := range slices.Sorted(maps.Keys(out)) {
		list = append(list, out[at])
	}
	return list
}

// share grants on a row what the document says, nothing if it is nil.
func (s *store) share(id, principal string, what doc) {
	at := s.key(id) + "/" + principal
	old, there := s.shares().Peek(at)
	s.shares().Delete(at)
	if what != nil {
		s.shares().Put(at, what)
	}
	s.undo = append(s.undo, func() {
		s.shares().Delete(at)
		if there {
			s.shares().Put(at, old)
		}
	})
}

// unshare takes back what was granted on a row that is deleted.
func (s *store) unshare(id string) {
	for _, share := range s.sharesOf(id) {
		s.share(id, server.Text(share, "principal"), nil)
	}
}

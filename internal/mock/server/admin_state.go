package server

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/store"
)

// administerState registers the admin calls for states and snapshots.
func (p *Platform) administerState() {
	p.Admin(http.MethodGet, "export", p.exported)
	p.Admin(http.MethodPost, "import", func(r *http.Request) Reply {
		if r.Body == nil {
			return badRequest(fmt.Errorf("the request has no body"))
		}
		raw, err := io.ReadAll(io.LimitReader(r.Body, maxState+1))
		if err != nil {
			return badRequest(err)
		}
		if len(raw) > maxState {
			return Fail(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the state is larger than 1 GiB")
		}
		s, err := store.Parse(raw)
		if err == nil {
			err = p.Import(s)
		}
		if err != nil {
			return badRequest(err)
		}
		return JSON(http.StatusOK, Doc{"tenants": len(s.Tenants)})
	})
	named := func(do func(name string) error) func(r *http.Request) Reply {
		return func(r *http.Request) Reply {
			if err := do(r.URL.Query().Get("name")); err != nil {
				return badRequest(err)
			}
			return Empty(http.StatusNoContent)
		}
	}
	p.Admin(http.MethodGet, "snapshots", func(*http.Request) Reply { return JSON(http.StatusOK, Doc{"snapshots": p.Snapshots()}) })
	p.Admin(http.MethodPost, "snapshots/save", named(p.SaveSnapshot))
	p.Admin(http.MethodPost, "snapshots/load", named(p.LoadSnapshot))
	p.Admin(http.MethodDelete, "snapshots", func(r *http.Request) Reply {
		name := r.URL.Query().Get("name")
		switch ok, err := p.DeleteSnapshot(name); {
		case err != nil:
			return unstored(err)
		case !ok:
			return Fail(http.StatusNotFound, "SnapshotNotFound", fmt.Sprintf("there is no snapshot %q", name))
		}
		return Empty(http.StatusNoContent)
	})
}

// exported answers with the state, as YAML unless ?format=json or the Accept header asks for JSON.
func (p *Platform) exported(r *http.Request) Reply {
	s, err := p.Export()
	if err != nil {
		return Fail(http.StatusInternalServerError, "ExportFailed", err.Error())
	}
	kind := r.URL.Query().Get("format")
	if kind == "" && strings.Contains(r.Header.Get("Accept"), "json") {
		kind = "json"
	}
	var raw []byte
	media := "application/yaml; charset=utf-8"
	switch kind {
	case "", "yaml":
		raw, err = s.YAML()
	case "json":
		media = "application/json; charset=utf-8"
		raw, err = s.JSON()
	default:
		return badRequest(fmt.Errorf("format must be yaml or json, not %q", kind))
	}
	if err != nil {
		return Fail(http.StatusInternalServerError, "ExportFailed", err.Error())
	}
	return Reply{Status: http.StatusOK, Body: raw}.With("Content-Type", media)
}

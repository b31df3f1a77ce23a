package server

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// snapshots are states under a name, as compressed JSON.
type snapshots struct {
	mu   sync.Mutex
	list map[string][]byte
}

func (s *snapshots) restore(list map[string][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = list
}

var snapshotName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// SaveSnapshot keeps the state of the platform under a name, in place of what was kept there: in memory, and in the store
// where there is one. A name has letters, digits, dots, underscores and dashes, 100 of them at most.
func (p *Platform) SaveSnapshot(name string) error {
	if !snapshotName.MatchString(name) {
		return fmt.Errorf("snapshot %q: a name has letters, digits, dots, underscores and dashes, 100 at most, and begins with a letter or a digit", name)
	}
	s, err := p.Export()
	if err != nil {
		return err
	}
	raw, err := s.JSON()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := z.Write(raw); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	p.saved.mu.Lock()
	if p.saved.list == nil {
		p.saved.list = map[string][]byte{}
	}
	p.saved.list[name] = b.Bytes()
	p.saved.mu.Unlock()
	return p.keepSnapshot(Change{Key: keySnapshots + name, Value: b.Bytes()})
}

func (p *Platform) keepSnapshot(c Change) error {
	if p.keeper == nil {
		return nil
	}
	var stored commit
	return stored.write(p.keeper.store, []Change{c}).wait()
}

// LoadSnapshot makes the platform what it was when the snapshot was saved.
func (p *Platform) LoadSnapshot(name string) error {
	p.saved.mu.Lock()
	kept, ok := p.saved.list[name]
	p.saved.mu.Unlock()
	if !ok {
		return fmt.Errorf("there is no snapshot %q; there are %s", name, listOf(p.Snapshots()))
	}
	z, err := gzip.NewReader(bytes.NewReader(kept))
	if err != nil {
		return fmt.Errorf("snapshot %q: %w", name, err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return fmt.Errorf("snapshot %q: %w", name, err)
	}
	s, err := ParseState(raw)
	if err != nil {
		return fmt.Errorf("snapshot %q: %w", name, err)
	}
	return p.Import(s)
}

// DeleteSnapshot forgets a snapshot. It says whether there was one.
func (p *Platform) DeleteSnapshot(name string) (bool, error) {
	p.saved.mu.Lock()
	_, ok := p.saved.list[name]
	delete(p.saved.list, name)
	p.saved.mu.Unlock()
	if !ok {
		return false, nil
	}
	return true, p.keepSnapshot(Change{Key: keySnapshots + name})
}

// Snapshots returns the names of the snapshots, sorted.
func (p *Platform) Snapshots() []string {
	p.saved.mu.Lock()
	defer p.saved.mu.Unlock()
	return append([]string{}, slices.Sorted(maps.Keys(p.saved.list))...)
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

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
		s, err := ParseState(raw)
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

// maxState bounds a state that is imported.
const maxState = 1 << 30

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

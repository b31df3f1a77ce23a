package store

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Snapshots are states under a name, as compressed JSON. The zero value has none. It is safe for concurrent use.
type Snapshots struct {
	mu   sync.Mutex
	list map[string][]byte
}

var snapshotName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// Restore makes the snapshots those of a store.
func (s *Snapshots) Restore(list map[string][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = list
}

// Save keeps a state under a name, in place of what was kept there, and returns the change for the store. A name has
// letters, digits, dots, underscores and dashes, 100 of them at most.
func (s *Snapshots) Save(name string, state func() (State, error)) (Change, error) {
	if !snapshotName.MatchString(name) {
		return Change{}, fmt.Errorf("snapshot %q: a name has letters, digits, dots, underscores and dashes, 100 at most, and begins with a letter or a digit", name)
	}
	now, err := state()
	if err != nil {
		return Change{}, err
	}
	raw, err := now.JSON()
	if err != nil {
		return Change{}, err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return Change{}, err
	}
	if _, err := z.Write(raw); err != nil {
		return Change{}, err
	}
	if err := z.Close(); err != nil {
		return Change{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.list == nil {
		s.list = map[string][]byte{}
	}
	s.list[name] = b.Bytes()
	return Change{Key: KeySnapshots + name, Value: b.Bytes()}, nil
}

// Load returns the state that was saved under a name.
func (s *Snapshots) Load(name string) (State, error) {
	s.mu.Lock()
	kept, ok := s.list[name]
	s.mu.Unlock()
	if !ok {
		return State{}, fmt.Errorf("there is no snapshot %q; there are %s", name, listOf(s.Names()))
	}
	z, err := gzip.NewReader(bytes.NewReader(kept))
	if err != nil {
		return State{}, fmt.Errorf("snapshot %q: %w", name, err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return State{}, fmt.Errorf("snapshot %q: %w", name, err)
	}
	state, err := Parse(raw)
	if err != nil {
		return State{}, fmt.Errorf("snapshot %q: %w", name, err)
	}
	return state, nil
}

// Delete forgets a snapshot, and returns the change for the store. It says whether there was one.
func (s *Snapshots) Delete(name string) (Change, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.list[name]
	delete(s.list, name)
	return Change{Key: KeySnapshots + name}, ok
}

// Names returns the names of the snapshots, sorted.
func (s *Snapshots) Names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, slices.Sorted(maps.Keys(s.list))...)
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

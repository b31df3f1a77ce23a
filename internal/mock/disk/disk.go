// Package disk keeps the state of a mock platform in one file, which is whole at every moment: go.etcd.io/bbolt writes
// changes beside what they replace and makes them count by a last small write.
package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Options says where the state is kept, and how.
type Options struct {
	// Path is the file. It is made, readable by its owner alone, when it is not there.
	Path string
	// Unsynced leaves it to the operating system when the file reaches the disk: faster, and what was answered still
	// outlives the process, however that ends, but not the machine.
	Unsynced bool
	// MaxSize bounds the file, in bytes, where it is not 0.
	MaxSize int
	// Report is told, in one line, when changes cannot be stored, and when they can be again. It may be nil. Calls never
	// overlap.
	Report func(message string)
}

// Store is a state file. It implements server.Store.
type Store struct {
	options Options
	db      *bbolt.DB
	ended   chan struct{}

	mu      sync.Mutex
	wake    *sync.Cond
	queue   []write
	closing bool

	backlog []server.Change // what could not be stored; of the committer alone
}

// write is one call of Write.
type write struct {
	changes []server.Change
	done    func(error)
}

// bucket holds the records of a state. A file of ppmock has no other.
var bucket = []byte("ppmock")

// patience is how long Open waits for another process to let go of the file.
const patience = 300 * time.Millisecond

// Open opens a state file, or makes it. The error names the file and what can be done about it.
func Open(o Options) (*Store, error) {
	if err := examine(o.Path); err != nil {
		return nil, err
	}
	s := &Store{options: o, ended: make(chan struct{})}
	s.wake = sync.NewCond(&s.mu)
	var file *os.File
	err := guarded(func() error {
		db, err := bbolt.Open(o.Path, 0o600, &bbolt.Options{
			Timeout: patience, MaxSize: o.MaxSize, NoSync: o.Unsynced, NoGrowSync: o.Unsynced, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				var err error
				file, err = os.OpenFile(name, flag, mode)
				return file, err
			},
		})
		s.db = db
		return err
	})
	if err != nil {
		if file != nil && errors.Is(err, errDamaged) { // the database did not come to let go of it
			_ = file.Close()
		}
		return nil, explain(o.Path, err)
	}
	err = guarded(func() error { return s.db.Update(claim) })
	if err != nil {
		return nil, errors.Join(explain(o.Path, err), s.db.Close())
	}
	go s.run()
	return s, nil
}

// errForeign is found in a database that something else has written.
var errForeign = errors.New("it holds the data of another program")

// claim makes the bucket, in a file that holds nothing else.
func claim(tx *bbolt.Tx) error {
	err := tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		if !bytes.Equal(name, bucket) {
			return errForeign
		}
		return nil
	})
	if err != nil || tx.Bucket(bucket) != nil {
		return err
	}
	_, err = tx.CreateBucket(bucket)
	return err
}

// Load implements server.Store.
func (s *Store) Load(f func(key string, value []byte) error) error {
	var theirs error
	err := guarded(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			theirs = tx.Bucket(bucket).ForEach(func(key, value []byte) error { return f(string(key), value) })
			return nil
		})
	})
	switch {
	case theirs != nil:
		return fmt.Errorf("state file %s: %w", s.options.Path, theirs)
	case err != nil:
		return explain(s.options.Path, err)
	}
	return nil
}

// Write implements server.Store.
func (s *Store) Write(changes []server.Change, done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		go done(fmt.Errorf("state file %s is closed", s.options.Path))
		return
	}
	s.queue = append(s.queue, write{changes, done})
	s.wake.Signal()
}

// Close implements server.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	again := s.closing
	s.closing = true
	s.wake.Signal()
	s.mu.Unlock()
	<-s.ended
	if again {
		return nil
	}
	var errs []error
	if s.options.Unsynced {
		errs = append(errs, s.db.Sync())
	}
	return errors.Join(append(errs, s.db.Close())...)
}

// run commits what has gathered while the commit before was under way, all of it at once.
func (s *Store) run() {
	defer close(s.ended)
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && !s.closing {
			s.wake.Wait()
		}
		writes := s.queue
		s.queue = nil
		s.mu.Unlock()
		if len(writes) == 0 {
			return
		}
		err := s.commit(writes)
		for _, w := range writes {
			w.done(err)
		}
	}
}

func (s *Store) commit(writes []write) error {
	late := len(s.backlog) > 0
	err := guarded(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucket)
			if err := apply(b, s.backlog); err != nil {
				return err
			}
			for _, w := range writes {
				if err := apply(b, w.changes); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err == nil {
		s.backlog = nil
		if late {
			s.report("state file %s: changes are stored again, those of before as well", s.options.Path)
		}
		return nil
	}
	for _, w := range writes {
		s.backlog = append(s.backlog, w.changes...)
	}
	s.backlog = compact(s.backlog)
	if err = explain(s.options.Path, err); !late {
		s.report("%v; what changes is answered with 500 until it can be stored", err)
	}
	return err
}

func (s *Store) report(format string, args ...any) {
	if s.options.Report != nil {
		s.options.Report(fmt.Sprintf(format, args...))
	}
}

func apply(b *bbolt.Bucket, changes []server.Change) error {
	for _, c := range changes {
		key := []byte(c.Key)
		var err error
		switch {
		case c.All:
			err = deleteAll(b, key)
		case c.Value == nil:
			err = b.Delete(key)
		default:
			err = b.Put(key, c.Value)
		}
		if err != nil {
			return fmt.Errorf("record %q: %w", c.Key, err)
		}
	}
	return nil
}

func deleteAll(b *bbolt.Bucket, prefix []byte) error {
	c := b.Cursor()
	for key, _ := c.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, _ = c.Seek(prefix) {
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

// compact leaves out what later changes make void.
func compact(changes []server.Change) []server.Change {
	var out []server.Change
	seen := map[string]bool{}
	var gone []string
	for _, c := range slices.Backward(changes) {
		void := !c.All && seen[c.Key]
		for _, prefix := range gone {
			void = void || len(c.Key) >= len(prefix) && c.Key[:len(prefix)] == prefix
		}
		if void {
			continue
		}
		if c.All {
			gone = append(gone, c.Key)
		} else {
			seen[c.Key] = true
		}
		out = append(out, c)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// explain says what an error of the file means and what can be done.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("state file %s is in use by another process: stop that one, or name another file", path)
	case errors.Is(err, errForeign), errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%s is no state file of ppmock (%w): name another file", path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("state file %s cannot be read and written: change its permissions, or name another file: %w", path, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("state file %s cannot be made: make its folder first: %w", path, err)
	case errors.Is(err, errDamaged), errors.Is(err, berrors.ErrChecksum):
		return fmt.Errorf("state file %s is damaged (%w): put a copy in its place, or remove it and import an export", path, err)
	}
	return fmt.Errorf("state file %s: %w", path, err)
}

// examine looks at a file before the database maps it into memory, where a missing end is fatal.
func examine(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return explain(path, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("state file %s is no file: name another one", path)
	case info.Size() == 0:
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return explain(path, err)
	}
	defer func() { _ = file.Close() }()
	want, err := extent(file)
	if err != nil {
		return explain(path, err)
	}
	if info.Size() < want {
		return explain(path, fmt.Errorf("%w: it is cut off, at %d of %d bytes", errDamaged, info.Size(), want))
	}
	return nil
}

package disk_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/disk"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func open(t *testing.T, o disk.Options) *disk.Store {
	t.Helper()
	s, err := disk.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func write(s *disk.Store, changes ...server.Change) error {
	done := make(chan error, 1)
	s.Write(changes, func(err error) { done <- err })
	return <-done
}

func records(t *testing.T, s *disk.Store) string {
	t.Helper()
	var out []string
	if err := s.Load(func(key string, value []byte) error {
		out = append(out, key+"="+string(value))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func put(key, value string) server.Change { return server.Change{Key: key, Value: []byte(value)} }

func TestWhatIsWrittenIsThereWhenTheFileIsOpenedAgain(t *testing.T) {
	t.Parallel()
	for _, unsynced := range []bool{false, true} {
		o := disk.Options{Path: filepath.Join(t.TempDir(), "state"), Unsynced: unsynced}
		s := open(t, o)
		for _, changes := range [][]server.Change{
			{put("b", "1"), put("a", "2"), put("t/1", "x"), put("t/2", "y"), put("u", "")},
			{put("b", "3"), {Key: "a"}, {Key: "never"}},
			{{Key: "t/", All: true}, put("t/3", "z")},
		} {
			if err := write(s, changes...); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := records(t, open(t, o)); got != "b=3 t/3=z u=" {
			t.Errorf("%s", got)
		}
		if info, err := os.Stat(o.Path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v: others can read the secrets of the mock", info.Mode(), err)
		}
	}
}

func TestManyWritersAreStoredInTheirOrder(t *testing.T) {
	t.Parallel()
	s := open(t, disk.Options{Path: filepath.Join(t.TempDir(), "state")})
	var wg sync.WaitGroup
	for w := range 20 {
		wg.Go(func() {
			for i := range 10 {
				if err := write(s, put(fmt.Sprintf("w%02d", w), fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := records(t, s); strings.Count(got, "=9") != 20 {
		t.Errorf("%s", got)
	}
}

func TestAClosedStoreTakesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, disk.Options{Path: filepath.Join(t.TempDir(), "state")})
	late := make(chan error, 1)
	s.Write([]server.Change{put("a", "1")}, func(err error) { late <- err })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-late; err != nil {
		t.Errorf("what was taken over before: %v", err)
	}
	if err := write(s, put("b", "1")); err == nil || !strings.Contains(err.Error(), "is closed") {
		t.Errorf("%v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

// database makes a database of another program.
func database(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("other"))
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// state makes a state file with pages of every kind and returns its content.
func state(t *testing.T, path string) []byte {
	t.Helper()
	s := open(t, disk.Options{Path: path})
	for i := range 40 {
		if err := write(s, put(fmt.Sprintf("key%03d", i), strings.Repeat("value", 200))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAFileThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(t *testing.T, path string) error
		want    string
	}{
		"text": {func(_ *testing.T, path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("format: ppmock-state/1\n", 500)), 0o600)
		}, "is no state file of ppmock"},
		"short text":            {func(_ *testing.T, path string) error { return os.WriteFile(path, []byte("x"), 0o600) }, "is no state file of ppmock"},
		"of another program":    {func(t *testing.T, path string) error { database(t, path); return nil }, "it holds the data of another program): name another file"},
		"a folder":              {func(_ *testing.T, path string) error { return os.Mkdir(path, 0o700) }, "is no file: name another one"},
		"in a folder not there": {func(_ *testing.T, path string) error { return os.Remove(filepath.Dir(path)) }, "make its folder first"},
		"cut off": {func(t *testing.T, path string) error {
			raw := state(t, path)
			return os.Truncate(path, int64(len(raw)/2))
		}, "is damaged (it is not whole: it is cut off, at"},
		"cut off early": {func(t *testing.T, path string) error { state(t, path); return os.Truncate(path, 100) }, "is damaged"},
		"first pages lost": {func(t *testing.T, path string) error {
			raw := state(t, path)
			for i := range 2 {
				copy(raw[i*os.Getpagesize()+32:], make([]byte, 40))
			}
			return os.WriteFile(path, raw, 0o600)
		}, "is damaged"},
		"in use": {func(t *testing.T, path string) error { open(t, disk.Options{Path: path}); return nil }, "is in use by another process: stop that one, or name another file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sub", "state")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := c.prepare(t, path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			_, err := disk.Open(disk.Options{Path: path})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v does not say %q and the file", err, c.want)
			}
			if after, _ := os.ReadFile(path); name != "in use" && string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestAnEmptyFileIsAFreshOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := records(t, open(t, disk.Options{Path: path})); got != "" {
		t.Errorf("%s", got)
	}
}

// A file in which anything at all is wrong is opened, or refused: it never ends the process.
func TestADamagedFileNeverEndsTheProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	raw := state(t, filepath.Join(dir, "whole"))
	path, refused := filepath.Join(dir, "damaged"), map[bool]int{}
	for at := 0; at < len(raw); at += 257 {
		bad := slices.Clone(raw)
		for i := range min(24, len(bad)-at) {
			bad[at+i] ^= 0xa5
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := disk.Open(disk.Options{Path: path, Unsynced: true})
		if err == nil {
			err = errors.Join(s.Load(func(string, []byte) error { return nil }), s.Close())
		}
		refused[err != nil]++
		if err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%v does not name the file", err)
		}
	}
	if refused[true] == 0 || refused[false] == 0 {
		t.Errorf("%v", maps.Collect(maps.All(refused)))
	}
}

func TestAFullDiskIsReportedOnceAndMadeUpFor(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var said []string
	path := filepath.Join(t.TempDir(), "state")
	s := open(t, disk.Options{Path: path, MaxSize: 256 << 10, Report: func(message string) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, message)
	}})
	if err := write(s, put("big", strings.Repeat("x", 60<<10))); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := write(s, put("huge", strings.Repeat("x", 512<<10)), put("small", "1")); err == nil || !strings.Contains(err.Error(), path) {
			t.Fatalf("%v", err)
		}
	}
	if err := write(s, put("huge", "fits"), put("more", "1")); err != nil {
		t.Fatal(err)
	}
	if got := records(t, s); !strings.HasSuffix(got, " huge=fits more=1 small=1") {
		t.Errorf("%.40s… %s", got, got[max(len(got)-60, 0):])
	}
	if len(said) != 2 || !strings.Contains(said[0], "answered with 500") || !strings.Contains(said[1], "stored again") {
		t.Errorf("%q", said)
	}
}

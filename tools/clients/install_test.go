package clients

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

// packed is an npm archive with the files.
func packed(t *testing.T, files map[string]string) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	all := tar.NewWriter(zipped)
	for name, content := range files {
		if err := all.WriteHeader(&tar.Header{Name: name, Mode: 0o775, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := all.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := all.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return &out
}

func TestArchivesUnpackBelowTheirFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := unpack(packed(t, map[string]string{"package/bin/node": "program", "package/package.json": "{}"}), folder); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(folder, "bin", "node"))
	if err != nil || string(raw) != "program" {
		t.Errorf("%s %v", raw, err)
	}
	if info, err := os.Stat(filepath.Join(folder, "bin", "node")); err != nil || info.Mode().Perm()&0o111 == 0 || info.Mode().Perm()&0o022 != 0 {
		t.Errorf("mode: %v %v", info.Mode(), err)
	}
}

func TestArchivesCannotLeaveTheirFolder(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"package/../../out", "package/../out", "x//etc/out"} {
		folder := filepath.Join(t.TempDir(), "in", "side")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := unpack(packed(t, map[string]string{name: "x"}), folder); err == nil {
			t.Errorf("%s is taken", name)
		}
		if _, err := os.Stat(filepath.Join(folder, "..", "out")); err == nil {
			t.Errorf("%s got out", name)
		}
	}
	if err := unpack(bytes.NewBufferString("no archive"), t.TempDir()); err == nil {
		t.Error("anything is taken for an archive")
	}
}

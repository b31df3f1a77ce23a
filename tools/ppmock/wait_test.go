package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWaitIsPatient(t *testing.T) {
	t.Parallel()
	address := free(t)
	waiting := launch(t, nil, "", "wait", "--at", address, "--timeout", "50s")
	launch(t, nil, "", "serve", "--listen", address)
	if code := waiting.end(t); code != 0 {
		t.Errorf("%d: %s", code, waiting.err)
	}
	code, _, errs := run(t, nil, "wait", "--at", free(t), "--timeout", "100ms")
	if code != 1 || !strings.Contains(errs, "waited 100ms in vain") {
		t.Errorf("%d: %s", code, errs)
	}
	if code, _, errs := run(t, nil, "healthcheck", "--at", free(t)); code != 1 || !strings.Contains(errs, "no mock answers") {
		t.Errorf("%d: %s", code, errs)
	}
}

func TestBeyondThisMachineOnlyWhenMeant(t *testing.T) {
	t.Parallel()
	ready := filepath.Join(t.TempDir(), "ready")
	p := launch(t, nil, "", "serve", "--listen", "0.0.0.0:0", "--i-know-it-is-a-mock", "--ready-file", ready)
	p.out.await(t, "ppmock is ready on 127.0.0.1:")
	address, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := run(t, nil, "wait", "--at", strings.TrimSpace(string(address))); code != 0 {
		t.Errorf("%d: %s", code, errs)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestThePageClaimsOnlyWhatIsWitnessed(t *testing.T) {
	t.Parallel()
	text := page([]server.Coverage{
		{Operation: "bap.a.get", Method: "GET", Path: "/a", Implemented: true, Source: "https://one", Confidence: server.Documented, Witness: "internal/mock/bap.TestA"},
		{Operation: "bap.a.get", Method: "GET", Path: "/b", Implemented: true, Witness: "internal/mock/bap.TestA"},
		{Operation: "bap.b.get", Method: "GET", Path: "/c", Implemented: true, Source: "https://two", Confidence: server.Inferred, Witness: server.Unwitnessed},
		{Operation: "bap.c.get", Method: "GET", Path: "/d", Source: "https://three", Confidence: server.Observed},
		{Operation: "dataverse.rows.get", Method: "GET", Path: "/rows({key})", Implemented: true, Source: "https://four", Witness: "internal/mock/dataverse.TestB"},
		{Operation: "dataverse.rows.set", Method: "PUT", Path: "/rows({key})/x", Implemented: true, Source: "https://five", Witness: server.Unwitnessed},
	})
	for _, want := range []string{
		"4 operations are implemented, 2 of them witnessed; 1 are known and absent.",
		"| `bap.a.get` | `GET /a`<br>`GET /b` | [documented](https://one) | `mock/bap.TestA` |",
		"| `bap.b.get` | `GET /c` | [inferred](https://two) | unwitnessed |",
		"| `bap.c.get` | `GET /d` | [observed](https://three) | **absent** |",
		"`dataverse.TABLE.OPERATION`: [get](https://four), [set](https://five). Tables with unwitnessed",
		"| `rows` | get | set | `mock/dataverse.TestB` |",
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("the page does not say %s", want)
		}
	}
}

func TestThePageIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	first, second := page(mock.New().Coverage()), page(mock.New().Coverage())
	if first != second {
		t.Error("two pages of one mock differ")
	}
}

func TestNotesBecomeWitnesses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if _, err := collect(folder); err == nil {
		t.Error("a folder without notes is taken")
	}
	note := `{"test":"internal/mock/bap.TestX","operations":["bap.tenant.get","bap.no.such","bap.dlp.list"]}`
	if err := os.WriteFile(filepath.Join(folder, "a.json"), []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := collect(folder)
	if err != nil || len(got) == 0 || got["bap.tenant.get"] != "internal/mock/bap.TestX" || got["bap.no.such"] != "" {
		t.Errorf("%v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "b.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := collect(folder); err == nil {
		t.Error("a broken note is taken")
	}
}

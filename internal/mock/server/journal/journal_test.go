package journal

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

func TestJournalIsBounded(t *testing.T) {
	t.Parallel()
	j := New(nil)
	text := strings.Repeat("x", 900<<10)
	for i := range 200 {
		j.Add(Entry{Tenant: []string{"a", "b", "a"}[i%3], Body: wire.Doc{"text": text}, size: len(text)})
	}
	j.Add(Entry{Tenant: "a", Body: wire.Doc{"text": "x"}, size: 2 << 20, Keys: []string{"text"}})
	all, held := j.since("", 0), 0
	for _, e := range all {
		held += e.size
	}
	if last := all[len(all)-1]; last.Serial != 201 || last.Body != nil || len(last.Keys) != 1 {
		t.Errorf("the last is %d: %v %v", last.Serial, last.Body, last.Keys)
	}
	if held > journalBytes || held < journalBytes/2 || len(j.since("b", 0)) == 0 {
		t.Errorf("%d bytes of %d requests are kept", held, len(all))
	}
	j = New(nil)
	for range journalSize + 500 {
		j.Add(Entry{Tenant: "a"})
	}
	all = j.since("a", 0)
	if len(all) != journalSize || all[0].Serial != 501 || all[len(all)-1].Serial != journalSize+500 {
		t.Errorf("%d entries from %d", len(all), all[0].Serial)
	}
	if some := j.since("a", journalSize); len(some) != 500 || some[0].Serial != journalSize+1 {
		t.Errorf("%d entries from %d", len(some), some[0].Serial)
	}
	if n := len(j.rings["a"].entries); n > 2*journalSize+128 {
		t.Errorf("the ring has grown to %d", n)
	}
}

package server

import (
	"strings"
	"testing"
)

func TestJournalIsBounded(t *testing.T) {
	t.Parallel()
	j := journal{rings: map[string]*ring{}}
	text := strings.Repeat("x", 900<<10)
	for i := range 200 {
		j.add(Entry{Tenant: []string{"a", "b", "a"}[i%3], Body: Doc{"text": text}, size: len(text)})
	}
	j.add(Entry{Tenant: "a", Body: Doc{"text": "x"}, size: 2 << 20, Keys: []string{"text"}})
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
	j = journal{rings: map[string]*ring{}}
	for range journalSize + 500 {
		j.add(Entry{Tenant: "a"})
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

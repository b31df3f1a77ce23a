package server_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestCollectionKeepsCopiesAndIgnoresTheCaseOfIDs(t *testing.T) {
	t.Parallel()
	c := server.New(server.Options{}).AddTenant(server.TenantSeed{}).Collection("things")
	in := server.Doc{"inner": server.Doc{"n": 1, "list": []string{"a"}, "docs": []server.Doc{{"b": int64(2)}}}}
	c.Put("Ab", in)
	in["inner"].(server.Doc)["n"] = 2
	want := server.Doc{"inner": server.Doc{"n": 1.0, "list": []any{"a"}, "docs": []any{server.Doc{"b": 2.0}}}}
	got, ok := c.Get("aB")
	if !ok || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v", got)
	}
	got["inner"].(server.Doc)["n"] = 3.0
	if again, _ := c.Peek("AB"); !reflect.DeepEqual(again, want) {
		t.Errorf("a copy reaches the original: %v", again)
	}
	c.Put("AB", server.Doc{"x": "y"})
	c.Put("a", server.Doc{})
	if !slices.Equal(c.IDs(), []string{"Ab", "a"}) || c.Len() != 2 || len(c.All()) != 2 || server.Text(c.PeekAll()[0], "x") != "y" {
		t.Errorf("ids %v, all %v", c.IDs(), c.All())
	}
	if !c.Delete("aB") || c.Delete("ab") || c.Len() != 1 {
		t.Error("delete")
	}
	if _, ok := c.Get("ab"); ok {
		t.Error("still there")
	}
}

func TestLagShowsThePastForSomeReads(t *testing.T) {
	t.Parallel()
	tenant := server.New(server.Options{}).AddTenant(server.TenantSeed{})
	c := tenant.Collection("things")
	c.Put("a", server.Doc{"p": server.Doc{"name": "old", "other": "1"}})
	tenant.Lag(server.Lag{Collection: "things", ID: "A", Field: "p.name", Reads: 2})
	tenant.Lag(server.Lag{Collection: "things", Field: "p.added", Reads: 1})
	c.Put("a", server.Doc{"p": server.Doc{"name": "new", "other": "2", "added": true}})
	see := func(want server.Doc) {
		t.Helper()
		if got, _ := c.Get("a"); !reflect.DeepEqual(got, server.Doc{"p": want}) {
			t.Errorf("readers see %v, want %v", got, want)
		}
	}
	if truth, _ := c.Peek("a"); server.Text(truth, "p.name") != "new" {
		t.Errorf("truth is %v", truth)
	}
	see(server.Doc{"name": "old", "other": "2"})
	if all := c.All(); server.Text(all[0], "p.name") != "old" {
		t.Errorf("lists show %v", all)
	}
	see(server.Doc{"name": "new", "other": "2", "added": true})

	c.Put("a", server.Doc{"p": server.Doc{"name": "newer", "other": "2", "added": true}})
	c.Put("a", server.Doc{"p": server.Doc{"name": "new", "other": "2", "added": true}})
	see(server.Doc{"name": "new", "other": "2", "added": true})
	tenant.ClearLags()
	c.Put("a", server.Doc{"p": server.Doc{"name": "last"}})
	see(server.Doc{"name": "last"})
}

func TestLagHidesNewDocumentsAndKeepsDeletedOnes(t *testing.T) {
	t.Parallel()
	tenant := server.New(server.Options{}).AddTenant(server.TenantSeed{})
	c := tenant.Collection("things")
	tenant.Lag(server.Lag{Collection: "things", Reads: 2})
	there := func(want ...bool) {
		t.Helper()
		for i, w := range want {
			if _, ok := c.Get("a"); ok != w {
				t.Errorf("read %d: %v", i+1, ok)
			}
		}
	}
	c.Put("a", server.Doc{"v": 1})
	if c.Len() != 1 {
		t.Error("not in truth")
	}
	there(false, false, true)
	c.Put("a", server.Doc{"v": 2})
	there(true)
	c.Delete("a")
	if _, ok := c.Peek("a"); ok || c.Len() != 0 {
		t.Error("still in truth")
	}
	there(true, true, false)
}

func TestDeletingADocumentNobodyHasSeenLeavesItUnseen(t *testing.T) {
	t.Parallel()
	whole := server.Lag{Collection: "things", Reads: 2}
	for _, c := range []struct {
		name  string
		lags  []server.Lag
		reads int // before the deletion
		clear bool
		want  []bool // whether each read after the deletion finds it
	}{
		{name: "never read", lags: []server.Lag{whole}, want: []bool{false, false, false}},
		{name: "read once in vain", lags: []server.Lag{whole}, reads: 1, want: []bool{false, false, false}},
		{name: "seen", lags: []server.Lag{whole}, reads: 3, want: []bool{true, true, false}},
		{
			name: "two lags", lags: []server.Lag{whole, {Collection: "things", ID: "a", Reads: 1}},
			want: []bool{false, false, false},
		},
		{
			name: "a field lags too", lags: []server.Lag{whole, {Collection: "things", Field: "v", Reads: 9}},
			want: []bool{false, false, false},
		},
		{name: "lags cleared", lags: []server.Lag{whole}, clear: true, want: []bool{false, false, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tenant := server.New(server.Options{}).AddTenant(server.TenantSeed{})
			things := tenant.Collection("things")
			for _, l := range c.lags {
				tenant.Lag(l)
			}
			things.Put("a", server.Doc{"v": 1})
			for range c.reads {
				things.Get("a")
			}
			if c.clear {
				tenant.ClearLags()
			}
			if !things.Delete("a") {
				t.Fatal("there was nothing to delete")
			}
			for i, want := range c.want {
				if d, ok := things.Get("a"); ok != want {
					t.Errorf("read %d after the deletion found %v", i+1, d)
				}
			}
			tenant.ClearLags()
			things.Put("a", server.Doc{"v": 2})
			if _, ok := things.Get("a"); !ok {
				t.Error("the deletion hides the next document of that ID")
			}
		})
	}
}

func TestDocumentHelpersFollowDottedPaths(t *testing.T) {
	t.Parallel()
	d := server.Doc{}
	server.Assign(d, "a.b.c", "x")
	server.Assign(d, "a.n", nil)
	server.Merge(d, server.Doc{"a": server.Doc{"b": server.Doc{"d": "y"}, "n": 1.0}, "z": []any{}})
	if server.Text(d, "a.b.c") != "x" || server.Text(d, "a.b.d") != "y" || server.Text(d, "a.n") != "" {
		t.Errorf("%v", d)
	}
	server.Unset(d, "a.b.c")
	server.Unset(d, "q.r")
	server.Unset(d, "z")
	if !reflect.DeepEqual(d, server.Doc{"a": server.Doc{"b": server.Doc{"d": "y"}, "n": 1.0}}) {
		t.Errorf("%v", d)
	}
}

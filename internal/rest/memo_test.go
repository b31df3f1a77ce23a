package rest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemo_readsOnceForAllWhoAskAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m Memo[int]
		reads := 0
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				v, err := m.Get(t.Context(), "a", func() (int, error) {
					reads++
					return 7, nil
				})
				if v != 7 || err != nil {
					t.Error(v, err)
				}
			})
		}
		wg.Wait()
		if reads != 1 {
			t.Errorf("%d reads", reads)
		}
		m.Put("b", 8)
		if v, err := m.Get(t.Context(), "b", nil); v != 8 || err != nil {
			t.Error(v, err)
		}
	})
}

func TestMemo_keepsNoErrors(t *testing.T) {
	t.Parallel()
	var m Memo[int]
	if _, err := m.Get(t.Context(), "a", func() (int, error) { return 0, errors.New("no") }); err == nil {
		t.Error("an error was lost")
	}
	if v, err := m.Get(t.Context(), "a", func() (int, error) { return 1, nil }); v != 1 || err != nil {
		t.Error(v, err)
	}
}

func TestTurns_doNotOverlapAndEndWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var turns Turns
		done, err := turns.Take(t.Context(), "a", "B", "A")
		if err != nil {
			t.Fatal(err)
		}
		other, err := turns.Take(t.Context(), "c")
		if err != nil {
			t.Fatal(err)
		}
		other()
		short, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := turns.Take(short, "c", "b"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a turn that was taken ended with %v", err)
		}
		again, err := turns.Take(t.Context(), "c") // not kept by who gave up
		if err != nil {
			t.Fatal(err)
		}
		again()
		done()
		last, err := turns.Take(t.Context(), "b", "a")
		if err != nil {
			t.Fatal(err)
		}
		last()
	})
}

func TestTurns_inAnyOrderNobodyWaitsForEver(t *testing.T) {
	t.Parallel()
	var turns Turns
	var wg sync.WaitGroup
	busy := map[string]int{}
	for i := range 200 {
		keys := []string{"a", "b"}
		if i%2 == 1 {
			keys = []string{"b", "a"}
		}
		wg.Go(func() {
			done, err := turns.Take(t.Context(), keys...)
			if err != nil {
				t.Error(err)
				return
			}
			defer done()
			busy["a"]++ // the race detector and the count tell whether turns overlap
		})
	}
	wg.Wait()
	if busy["a"] != 200 {
		t.Errorf("%d turns", busy["a"])
	}
}

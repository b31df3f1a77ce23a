package server_test

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// patience bounds a wait that only a broken lock makes long.
const patience = 15 * time.Second

func TestABlockedTenantDoesNotHoldUpAnother(t *testing.T) {
	t.Parallel()
	f := newFixture(t, server.Options{})
	blocked, free := f.tenant(server.TenantSeed{}), f.tenant(server.TenantSeed{})
	entered, release := make(chan struct{}), make(chan struct{})
	f.Route(host, "GET", "/block", "block", func(c *server.Call) server.Reply {
		close(entered)
		select {
		case <-release:
		case <-c.Request.Context().Done():
		}
		return server.Empty(http.StatusNoContent)
	})

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	request := blocked.Request("GET", "/block", nil).WithContext(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() {
		res, err := f.Do(request)
		if err != nil {
			t.Errorf("the other tenant was not served while this one was blocked: %v", err)
			return
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusNoContent {
			t.Errorf("status %d, %v", res.StatusCode, err)
		}
	})
	select {
	case <-entered:
	case <-ctx.Done():
		t.Fatal("the handler never ran")
	}
	free.Send("PUT", "/things/a", server.Doc{"name": "x"}).Want(http.StatusOK).Has(server.Doc{"name": "x"})
	free.Send("GET", "/things/a", nil).Want(http.StatusOK).Has(server.Doc{"name": "x"})
	close(release)
	wg.Wait()
}

func TestHandlersOfOneTenantNeverOverlap(t *testing.T) {
	t.Parallel()
	const calls, yields = 10, 100
	// With more callers than processors, a handler that yields lets another caller run up to its own handler.
	callers := 4 * runtime.GOMAXPROCS(0)
	f := newFixture(t, server.Options{})
	tenant := f.tenant(server.TenantSeed{})
	var inside, overlaps, served atomic.Int32
	f.Route(host, "GET", "/count", "count", func(*server.Call) server.Reply {
		inside.Add(1)
		defer inside.Add(-1)
		for range yields {
			runtime.Gosched()
			if inside.Load() > 1 {
				overlaps.Add(1)
				break
			}
		}
		served.Add(1)
		return server.Empty(http.StatusNoContent)
	})

	request := tenant.Request("GET", "/count", nil)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range calls {
				res, err := f.Do(request.Clone(t.Context()))
				if err != nil {
					t.Error(err)
					return
				}
				if err := res.Body.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if overlaps.Load() > 0 || int(served.Load()) != callers*calls {
		t.Errorf("%d of %d handlers ran while another did", overlaps.Load(), served.Load())
	}
}

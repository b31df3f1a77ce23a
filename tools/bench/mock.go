package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// mockCost is what the mock takes.
type mockCost struct {
	made, started          time.Duration
	inMemory               float64 // requests per second
	providerSize, mockSize int64   // bytes
	resident, afterList    int64   // bytes, with many environments
	seeding                time.Duration
	one, tenant, mixed     throughput
	before, after          int64 // bytes, around the mixed load
}

const (
	manyEnvironments = 10_000
	manyClients      = 200
	loadTime         = 5 * time.Second
)

func measureMock(ctx context.Context) (m mockCost, err error) {
	started := time.Now()
	platform := mock.New()
	m.made = time.Since(started)
	if m.inMemory, err = rate(ctx, platform, "https://"+bapHost, platform.Do); err != nil {
		return m, err
	}
	p, err := build(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, p.remove()) }()
	if m.providerSize, err = size(p.provider); err != nil {
		return m, err
	}
	if m.mockSize, err = size(p.mock); err != nil {
		return m, err
	}
	if m.started, err = p.startTime(ctx); err != nil {
		return m, err
	}
	return m, p.measure(ctx, &m)
}

// measure fills one process with environments and lets clients work with it.
func (p programs) measure(ctx context.Context, m *mockCost) error {
	seed, err := p.writeSeed(seedOf(manyEnvironments))
	if err != nil {
		return err
	}
	s, err := p.serve(ctx, "--seed", seed)
	if err != nil {
		return err
	}
	defer s.stop()
	m.seeding = s.took
	if m.resident, err = s.memory(ctx); err != nil {
		return err
	}
	client := newClient(1)
	defer client.CloseIdleConnections()
	token, err := s.token(ctx, client, bapScope)
	if err != nil {
		return err
	}
	get := func(path string) request {
		return request{method: http.MethodGet, host: bapHost, path: bapPath + path, token: token}
	}
	if _, err := s.do(ctx, client, get("/scopes/admin/environments?api-version=2023-06-01")); err != nil {
		return err
	}
	if m.afterList, err = s.memory(ctx); err != nil {
		return err
	}
	if m.tenant, err = s.run(ctx, 2*parallelism, loadTime, func(int, int) request { return get("/tenant?api-version=2021-04-01") }); err != nil {
		return err
	}
	if m.one, err = s.run(ctx, 2*parallelism, loadTime, func(c, i int) request {
		return get("/scopes/admin/environments/" + environmentID((c*997+i)%manyEnvironments) + "?api-version=2023-06-01")
	}); err != nil {
		return err
	}
	load := mixed{token: token}
	for i := range manyClients {
		own, err := s.token(ctx, client, fmt.Sprintf("https://org-%d%s", i, organizations))
		if err != nil {
			return err
		}
		load.tokens = append(load.tokens, own)
	}
	if _, err := s.run(ctx, manyClients, loadTime, load.next); err != nil { // fills the journal
		return err
	}
	if m.before, err = s.memory(ctx); err != nil {
		return err
	}
	load.first = 1 << 20
	if m.mixed, err = s.run(ctx, manyClients, 2*loadTime, load.next); err != nil {
		return err
	}
	m.after, err = s.memory(ctx)
	return err
}

// startTime is the median of some starts.
func (p programs) startTime(ctx context.Context) (time.Duration, error) {
	var all []time.Duration
	for range 11 {
		s, err := p.serve(ctx)
		if err != nil {
			return 0, err
		}
		s.stop()
		all = append(all, s.took)
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// rate reads the tenant for a second and counts.
func rate(ctx context.Context, platform *mock.Platform, address string, do func(*http.Request) (*http.Response, error)) (float64, error) {
	token, err := platform.Tenant(mock.DefaultTenantID).Token(mock.DefaultClientID, "https://service.powerapps.com/")
	if err != nil {
		return 0, err
	}
	var n atomic.Int64
	var group errgroup.Group
	started := time.Now()
	for range parallelism {
		group.Go(func() error {
			for time.Since(started) < time.Second {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/providers/Microsoft.BusinessAppPlatform/tenant?api-version=2021-04-01", nil)
				if err != nil {
					return err
				}
				req.Host = "api.bap.microsoft.com"
				req.Header.Set("Authorization", "Bearer "+token)
				res, err := do(req)
				if err != nil {
					return err
				}
				_, err = io.Copy(io.Discard, res.Body)
				if err = errors.Join(err, res.Body.Close()); err != nil {
					return err
				}
				if res.StatusCode != http.StatusOK {
					return fmt.Errorf("the mock answered %s", res.Status)
				}
				n.Add(1)
			}
			return nil
		})
	}
	err = group.Wait()
	return float64(n.Load()) / time.Since(started).Seconds(), err
}

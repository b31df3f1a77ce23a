package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// mockCost is what the mock takes.
type mockCost struct {
	made, started          time.Duration
	inMemory, overLoopback float64 // requests per second
	providerSize, mockSize int64   // bytes
}

func measureMock(ctx context.Context) (m mockCost, err error) {
	started := time.Now()
	platform := mock.New()
	m.made = time.Since(started)
	if m.inMemory, err = rate(ctx, platform, "https://api.bap.microsoft.com", platform.Do); err != nil {
		return m, err
	}
	listening := httptest.NewServer(platform)
	defer listening.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: parallelism}}
	if m.overLoopback, err = rate(ctx, platform, listening.URL, client.Do); err != nil {
		return m, err
	}

	folder, err := os.MkdirTemp("", "powerplatform-bench-")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if out, err := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", folder, ".", "./tools/ppmock").CombinedOutput(); err != nil {
		return m, fmt.Errorf("go build, in the root of the module: %w\n%s", err, out)
	}
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	program := filepath.Join(folder, "ppmock"+suffix)
	for file, size := range map[string]*int64{program: &m.mockSize, filepath.Join(folder, "terraform-provider-powerplatform"+suffix): &m.providerSize} {
		info, err := os.Stat(file)
		if err != nil {
			return m, err
		}
		*size = info.Size()
	}
	m.started, err = startTime(ctx, program)
	return m, err
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

// startTime runs the program until it says that it is ready.
func startTime(ctx context.Context, program string) (took time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "serve", "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	buffer := make([]byte, 1<<10)
	n, err := out.Read(buffer)
	took = time.Since(started)
	cancel()
	_ = cmd.Wait() // it was killed
	if err == nil && !strings.Contains(string(buffer[:n]), "ready") {
		err = fmt.Errorf("ppmock said %q", buffer[:n])
	}
	return took, err
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	bapScope      = "https://service.powerapps.com"
	bapHost       = "api.bap.microsoft.com"
	bapPath       = "/providers/Microsoft.BusinessAppPlatform"
	organizations = ".crm.dynamics.com"
)

// request is one call of a client.
type request struct {
	method, host, path, token, kind, body string
}

type answer struct {
	status int
	body   []byte
}

func newClient(connections int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}, Timeout: time.Minute}
}

func (s *process) do(ctx context.Context, client *http.Client, r request) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, "http://"+s.address+r.path, strings.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	req.Host = r.host
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.body != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return answer{}, err
	}
	if res.StatusCode >= 400 {
		return answer{}, fmt.Errorf("%s https://%s%s: %s: %s", r.method, r.host, r.path, res.Status, bytes.TrimSpace(body))
	}
	return answer{res.StatusCode, body}, nil
}

// throughput is what clients got in a time.
type throughput struct {
	requests  int
	took      time.Duration
	latencies []time.Duration // sorted
}

func (t throughput) rate() float64 { return float64(t.requests) / t.took.Seconds() }

func (t throughput) percentile(p float64) time.Duration {
	if len(t.latencies) == 0 {
		return 0
	}
	return t.latencies[min(len(t.latencies)-1, int(p*float64(len(t.latencies))))]
}

// run lets clients call one after the other for a time; next makes the requests of one client.
func (s *process) run(ctx context.Context, clients int, d time.Duration, next func(client, i int) request) (throughput, error) {
	client := newClient(clients)
	defer client.CloseIdleConnections()
	var all throughput
	var mu sync.Mutex
	var group errgroup.Group
	var count atomic.Int64
	started := time.Now()
	for c := range clients {
		group.Go(func() error {
			var mine []time.Duration
			for i := 0; time.Since(started) < d; i++ {
				at := time.Now()
				if _, err := s.do(ctx, client, next(c, i)); err != nil {
					return err
				}
				mine = append(mine, time.Since(at))
				count.Add(1)
			}
			mu.Lock()
			defer mu.Unlock()
			all.latencies = append(all.latencies, mine...)
			return nil
		})
	}
	err := group.Wait()
	all.took, all.requests = time.Since(started), int(count.Load())
	slices.Sort(all.latencies)
	return all, err
}

// mixed is what a busy client does: it reads and renames environments, makes and deletes some, and works in Dataverse.
type mixed struct {
	token  string
	tokens []string // by environment
	first  int      // the number of the first request, so that a second run makes other rows
}

func (m mixed) next(client, i int) request {
	mine := client % len(m.tokens)
	i += m.first
	dataverse := func(method, path, body string) request {
		return request{method: method, host: fmt.Sprintf("org-%d%s", mine, organizations), path: "/api/data/v9.2" + path, token: m.tokens[mine], kind: "application/json", body: body}
	}
	bap := func(method, path, body string) request {
		return request{method: method, host: bapHost, path: bapPath + path, token: m.token, kind: "application/json", body: body}
	}
	const version = "?api-version=2023-06-01"
	switch i % 8 {
	case 0:
		return bap(http.MethodGet, "/scopes/admin/environments"+version+"&$top=50", "")
	case 1:
		return bap(http.MethodGet, "/tenant?api-version=2021-04-01", "")
	case 2:
		return dataverse(http.MethodPost, "/publishers", fmt.Sprintf(`{"publisherid":"`+publisherID(client, i)+`","uniquename":"c%dx%d","friendlyname":"Client %d","customizationprefix":"c%s","customizationoptionvalueprefix":%d}`, client, i, client, letters(client), 10000+client))
	case 3:
		return dataverse(http.MethodGet, "/WhoAmI", "")
	case 4:
		return dataverse(http.MethodGet, "/solutions?$select=uniquename&$filter=isvisible%20eq%20true", "")
	case 5:
		return dataverse(http.MethodDelete, "/publishers("+publisherID(client, i-3)+")", "")
	}
	return bap(http.MethodGet, "/scopes/admin/environments/"+environmentID(rand.IntN(len(m.tokens)))+version, "")
}

func publisherID(client, i int) string {
	return fmt.Sprintf("00000000-%04x-4000-8000-%012x", client, i)
}

// letters writes a number in letters.
func letters(n int) string {
	var out strings.Builder
	for range 3 {
		out.WriteString(string(rune('a' + n%26)))
		n /= 26
	}
	return out.String()
}

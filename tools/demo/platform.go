package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// platform is the mock that runs, seen through its admin API.
type platform struct {
	address string
	client  *http.Client
}

func newPlatform(address string) platform {
	return platform{address, &http.Client{Timeout: patience, Transport: &http.Transport{}}} // no proxy
}

// entry is one request in the journal.
type entry struct {
	Time      time.Time `json:"time"`
	Operation string    `json:"operation"`
	Method    string    `json:"method"`
	Host      string    `json:"host"`
	Path      string    `json:"path"`
	Status    int       `json:"status"`
	Keys      []string  `json:"keys"`
}

// state is what there is in a tenant.
type state struct {
	Collections map[string]map[string]json.RawMessage `json:"collections"`
	Operations  []json.RawMessage                     `json:"operations"` // those that run
}

// record is what the demo looks at in an environment.
type record struct {
	raw        string
	Properties struct {
		DisplayName string `json:"displayName"`
		Description string `json:"description"`
		SKU         string `json:"environmentSku"`
		Linked      struct {
			URL string `json:"instanceUrl"`
		} `json:"linkedEnvironmentMetadata"`
	} `json:"properties"`
}

// environments are those in the tenant by ID.
func (s state) environments() (map[string]record, error) {
	all := map[string]record{}
	for id, raw := range s.Collections["environments"] {
		var e record
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, fmt.Errorf("environment %s: %w", id, err)
		}
		e.raw = string(raw)
		all[id] = e
	}
	return all, nil
}

// journal returns the requests since the last forget.
func (p platform) journal(ctx context.Context) ([]entry, error) {
	var answer struct {
		Entries []entry `json:"entries"`
	}
	err := p.call(ctx, http.MethodGet, "journal", &answer)
	return answer.Entries, err
}

// forget clears the journal.
func (p platform) forget(ctx context.Context) error {
	return p.call(ctx, http.MethodDelete, "journal", nil)
}

// state returns what there is in a tenant.
func (p platform) state(ctx context.Context, tenant string) (state, error) {
	var s state
	err := p.call(ctx, http.MethodGet, "state?tenant="+url.QueryEscape(tenant), &s)
	return s, err
}

func (p platform) call(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+p.address+"/_mock/"+path, nil)
	if err != nil {
		return err
	}
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s answered %s: %s", method, req.URL, res.Status, raw)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
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
func (p platform) state(ctx context.Context) (state, error) {
	var s state
	err := p.call(ctx, http.MethodGet, "state?tenant="+url.QueryEscape(tenant), &s)
	return s, err
}

func (p platform) call(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+p.address+"/_mock/"+path, nil)
	if err != nil {
		return err
	}
	_, err = p.send(req, into) //nolint:bodyclose // send has read and closed it
	return err
}

// settle asks for the tenant's environments, so that the platform makes what every tenant has.
func (p platform) settle(ctx context.Context) error {
	return errors.Join(
		p.act(ctx, http.MethodGet, "api.bap.microsoft.com", "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments?api-version=2023-06-01"),
		p.forget(ctx),
	)
}

// audiences are what the tokens of hosts are for.
var audiences = map[string]string{"api.bap.microsoft.com": "https://service.powerapps.com/.default", "management.azure.com": "https://management.azure.com/.default"}

// act does something on the platform as somebody who does not use Terraform.
func (p platform) act(ctx context.Context, method, host, path string) error {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"00000000-0000-4000-8000-00000000bbbb"}, "client_secret": {"mock-secret"},
		"scope": {audiences[host]},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.address+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Host = "login.microsoftonline.com"
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if _, err := p.send(req, &token); err != nil { //nolint:bodyclose // send has read and closed it
		return err
	}
	for {
		if req, err = http.NewRequestWithContext(ctx, method, "http://"+p.address+path, nil); err != nil {
			return err
		}
		req.Host = host
		req.Header.Set("Authorization", "Bearer "+token.AccessToken)
		res, err := p.send(req, nil) //nolint:bodyclose // send has read and closed it
		if err != nil || res.StatusCode != http.StatusAccepted {
			return err
		}
		operation, err := res.Location() // where its end shows
		if err != nil {
			return err
		}
		method, host, path = http.MethodGet, operation.Host, operation.RequestURI()
	}
}

// send returns an answer whose body has been read.
func (p platform) send(req *http.Request, into any) (*http.Response, error) {
	res, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s answered %s: %s", req.Method, req.URL, res.Status, raw)
	}
	if into == nil {
		return res, nil
	}
	return res, json.Unmarshal(raw, into)
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// patience is how long the admin API may take.
const patience = 30 * time.Second

// target says which mock a command steers.
type target struct {
	At   string `placeholder:"HOST:PORT" help:"The mock to steer. Default: $$POWER_PLATFORM_MOCK_HOST, then ${address}."`
	Open bool   `name:"i-know-it-is-a-mock" help:"Talk to a mock on another machine, in clear text."`
}

// client calls the admin API of a mock that runs.
type client struct {
	address string
	http    *http.Client
}

// address is where the mock of a target is.
func (p program) address(t target) (string, error) {
	address := t.At
	if address == "" {
		address = p.env(hostVariable)
	}
	if address == "" {
		address = defaultAddress
	}
	if t.Open {
		return address, nil
	}
	return address, loopback(address)
}

// client returns the client for a target.
func (p program) client(t target) (client, error) {
	address, err := p.address(t)
	// Without a proxy, which would be the mock itself, and without connections that outlive a command.
	return client{address, &http.Client{Timeout: patience + longPoll, Transport: &http.Transport{DisableKeepAlives: true}}}, err
}

// call sends a request to the admin API and returns the body of its answer.
func (c client) call(ctx context.Context, method, path string, query url.Values, body []byte) ([]byte, error) {
	address := url.URL{Scheme: "http", Host: c.address, Path: "/_mock/" + path, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		if cause, ok := errors.AsType[*url.Error](err); ok {
			err = cause.Err
		}
		return nil, fmt.Errorf("no mock answers on %s; `ppmock serve` starts one, --at names another: %w", c.address, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode < http.StatusBadRequest {
		return raw, nil
	}
	var refusal struct {
		Error struct{ Message string }
	}
	if json.Unmarshal(raw, &refusal) != nil || refusal.Error.Message == "" {
		return nil, fmt.Errorf("%s answers %s and is no mock; --at names another", c.address, res.Status)
	}
	return nil, errors.New(refusal.Error.Message)
}

// read decodes what there is at a path.
func (c client) read(ctx context.Context, into any, path string, query url.Values) error {
	raw, err := c.call(ctx, http.MethodGet, path, query, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s is no mock; --at names another: %w", c.address, err)
	}
	return nil
}

// of is the query that restricts a call to one tenant; "" is all.
func of(tenant string) url.Values {
	if tenant == "" {
		return url.Values{}
	}
	return url.Values{"tenant": {tenant}}
}

// indent makes JSON readable.
func indent(raw []byte) (string, error) {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, raw, "", "  "); err != nil {
		return "", fmt.Errorf("the mock answered no JSON: %w", err)
	}
	return pretty.String() + "\n", nil
}

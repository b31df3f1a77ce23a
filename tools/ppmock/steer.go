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
	"strings"
	"time"
)

// patience is how long the admin API may take.
const patience = 30 * time.Second

// client calls the admin API of a mock that runs.
type client struct {
	address string
	http    *http.Client
}

// steer runs a command against a mock that runs.
func (p program) steer(ctx context.Context, name string, args []string) error {
	f := p.flags(name)
	at := f.String("at", "", "")
	var tenant string
	var forget, asJSON bool
	most := 0
	if name == "faults" || name == "journal" {
		f.BoolVar(&forget, "clear", false, "")
	}
	if name == "faults" || name == "journal" || name == "state" {
		f.StringVar(&tenant, "tenant", "", "")
	}
	if name == "journal" {
		f.BoolVar(&asJSON, "json", false, "")
	}
	if name == "faults" || name == "seed" {
		most = 1
	}
	files, err := p.parse(f, args, most)
	if err != nil {
		return err
	}
	address := p.address(*at)
	if err := loopback(address); err != nil {
		return err
	}
	c := client{address, &http.Client{Timeout: patience, Transport: &http.Transport{}}} // no proxy
	defer c.http.CloseIdleConnections()

	query := ""
	if tenant != "" {
		query = "?tenant=" + url.QueryEscape(tenant)
	}
	switch {
	case name == "env":
		return p.print(exports(address))
	case name == "seed" && len(files) == 0:
		return fmt.Errorf("seed: which file? %w", errUsage)
	case len(files) == 1 && forget:
		return fmt.Errorf("faults: a file and --clear exclude each other: %w", errUsage)
	case len(files) == 1:
		return p.upload(ctx, c, name, files[0])
	case name == "reset":
		_, err := c.call(ctx, http.MethodPost, "reset", nil)
		return err
	case forget:
		_, err := c.call(ctx, http.MethodDelete, name+query, nil)
		return err
	}
	raw, err := c.call(ctx, http.MethodGet, name+query, nil)
	if err != nil {
		return err
	}
	if name == "journal" && !asJSON {
		return p.journal(raw)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, raw, "", "  "); err != nil {
		return fmt.Errorf("%s answered no JSON: %w", address, err)
	}
	return p.print(pretty.String() + "\n")
}

// address is where the mock is: the flag, else the environment, else the default.
func (p program) address(flag string) string {
	if flag != "" {
		return flag
	}
	if host := p.env(hostVariable); host != "" {
		return host
	}
	return defaultAddress
}

func (p program) upload(ctx context.Context, c client, name, file string) error {
	raw, err := p.read(file)
	if err != nil {
		return err
	}
	_, err = c.call(ctx, http.MethodPost, name, raw)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// journal prints one line per request.
func (p program) journal(raw []byte) error {
	var answer struct {
		Entries []struct {
			Time      time.Time  `json:"time"`
			Tenant    string     `json:"tenant"`
			Operation string     `json:"operation"`
			Method    string     `json:"method"`
			Host      string     `json:"host"`
			Path      string     `json:"path"`
			Query     url.Values `json:"query"`
			Status    int        `json:"status"`
		} `json:"entries"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return err
	}
	var out strings.Builder
	for _, e := range answer.Entries {
		address := url.URL{Scheme: "https", Host: e.Host, Path: e.Path, RawQuery: e.Query.Encode()}
		fmt.Fprintf(&out, "%s %3d %-6s %s", e.Time.Local().Format("15:04:05.000"), e.Status, e.Method, address.String())
		if e.Operation != "" {
			out.WriteString(" (" + e.Operation + ")")
		}
		out.WriteString("\n")
	}
	return p.print(out.String())
}

// call sends a request to the admin API and returns the body of its answer.
func (c client) call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.address+"/_mock/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no mock answers on %s (`ppmock serve` starts one): %w", c.address, errors.Unwrap(err))
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= http.StatusBadRequest {
		var refusal struct {
			Error struct{ Message string }
		}
		if json.Unmarshal(raw, &refusal) != nil || refusal.Error.Message == "" {
			refusal.Error.Message = res.Status
		}
		return nil, errors.New(refusal.Error.Message)
	}
	return raw, nil
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// longPoll is how long a mock waits for something to tell.
const longPoll = 20 * time.Second

// journalCommand is ppmock journal.
type journalCommand struct {
	target
	Follow bool   `short:"f" xor:"archive,forget" help:"Go on with what is called from now, until interrupted."`
	Clear  bool   `xor:"forget,format" help:"Forget what was called."`
	HAR    bool   `name:"har" xor:"archive,format" help:"Print an HTTP archive (HAR 1.2), which browsers and proxies can show."`
	JSON   bool   `name:"json" xor:"format" help:"Print JSON; with --follow one object per line."`
	Tenant string `placeholder:"ID" help:"Only the calls of one tenant."`
}

// Help gives the details.
func (*journalCommand) Help() string {
	return `One line per request: time, status, method, address, operation, and what the mock itself has to say. Secrets are redacted, bodies
are not shown.

Examples:

    ppmock journal --follow
    ppmock journal --har > run.har`
}

// entry is what the command shows of a request.
type entry struct {
	Time      time.Time  `json:"time"`
	Operation string     `json:"operation"`
	Method    string     `json:"method"`
	Host      string     `json:"host"`
	Path      string     `json:"path"`
	Query     url.Values `json:"query"`
	Status    int        `json:"status"`
	Reason    string     `json:"reason"`
}

// line is the entry for people.
func (e entry) line() string {
	address := url.URL{Scheme: "https", Host: e.Host, Path: e.Path, RawQuery: e.Query.Encode()}
	text := fmt.Sprintf("%s %3d %-6s %s", e.Time.Local().Format("15:04:05.000"), e.Status, e.Method, address.String())
	if e.Operation != "" {
		text += " (" + e.Operation + ")"
	}
	if e.Reason != "" {
		text += " # " + e.Reason
	}
	return text + "\n"
}

// Run shows the journal.
func (c *journalCommand) Run(ctx context.Context, p program) error {
	switch {
	case c.Clear:
		return p.send(ctx, c.target, http.MethodDelete, "journal", of(c.Tenant), nil)
	case c.HAR:
		return p.show(ctx, c.target, "journal/har", of(c.Tenant))
	case c.JSON && !c.Follow:
		return p.show(ctx, c.target, "journal", of(c.Tenant))
	}
	to, err := p.client(c.target)
	if err != nil {
		return err
	}
	query := of(c.Tenant)
	for {
		var answer struct {
			Entries []json.RawMessage `json:"entries"`
			Last    int               `json:"last"`
		}
		err := to.read(ctx, &answer, "journal", query)
		if c.Follow && ctx.Err() != nil {
			return nil //nolint:nilerr // it was interrupted, as it is meant to be
		}
		if err != nil {
			return err
		}
		text, err := c.format(answer.Entries)
		if err != nil {
			return err
		}
		if err := p.print(text); err != nil || !c.Follow {
			return err
		}
		query.Set("after", strconv.Itoa(answer.Last))
		query.Set("wait", longPoll.String())
	}
}

func (c *journalCommand) format(entries []json.RawMessage) (string, error) {
	var out strings.Builder
	for _, raw := range entries {
		if c.JSON {
			var line bytes.Buffer
			if err := json.Compact(&line, raw); err != nil {
				return "", err
			}
			out.WriteString(line.String() + "\n")
			continue
		}
		var e entry
		if err := json.Unmarshal(raw, &e); err != nil {
			return "", errors.Join(errors.New("the mock answered no journal"), err)
		}
		out.WriteString(e.line())
	}
	return out.String(), nil
}

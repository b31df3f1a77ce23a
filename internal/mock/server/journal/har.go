package journal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// HAR returns journal entries as an HTTP archive, version 1.2 (http://www.softwareishard.com/blog/har-12-spec/), which
// browsers and proxies can show. Bodies stay in the process: an archive has the keys of what was sent, without values.
func HAR(entries []Entry) wire.Doc {
	list := make([]any, 0, len(entries))
	for _, e := range entries {
		list = append(list, e.har())
	}
	return wire.Doc{"log": wire.Doc{"version": "1.2", "creator": wire.Doc{"name": "ppmock", "version": "1"}, "entries": list}}
}

func (e Entry) har() wire.Doc {
	address := url.URL{Scheme: "https", Host: e.Host, Path: e.Path, RawQuery: e.Query.Encode()}
	protocol := e.proto
	if protocol == "" {
		protocol = "HTTP/1.1"
	}
	request := wire.Doc{
		"method": e.Method, "url": address.String(), "httpVersion": protocol, "cookies": []any{}, "headers": pairs(e.Header),
		"queryString": pairs(e.Query), "headersSize": -1, "bodySize": e.size,
	}
	if len(e.Keys) > 0 {
		params := []any{}
		for _, key := range e.Keys {
			params = append(params, wire.Doc{"name": key})
		}
		request["postData"] = wire.Doc{"mimeType": e.Header.Get("Content-Type"), "params": params, "text": ""}
	}
	headers := []any{}
	if e.RetryAfter > 0 {
		headers = append(headers, wire.Doc{"name": "Retry-After", "value": strconv.FormatFloat(e.RetryAfter.Seconds(), 'f', -1, 64)})
	}
	ms := float64(e.Duration.Microseconds()) / 1000
	out := wire.Doc{
		"startedDateTime": e.Time.Format(time.RFC3339Nano), "time": ms, "request": request,
		"response": wire.Doc{
			"status": e.Status, "statusText": http.StatusText(e.Status), "httpVersion": protocol, "cookies": []any{}, "headers": headers,
			"content": wire.Doc{"size": 0, "mimeType": "application/json"}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
		},
		"cache": wire.Doc{}, "timings": wire.Doc{"send": 0, "wait": ms, "receive": 0},
	}
	var comment []string
	if e.Operation != "" {
		comment = append(comment, e.Operation)
	}
	if e.Reason != "" {
		comment = append(comment, e.Reason)
	}
	if len(comment) > 0 {
		out["comment"] = strings.Join(comment, "; ")
	}
	return out
}

// pairs lists names and values, sorted by name.
func pairs(values map[string][]string) []any {
	out := []any{}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range values[name] {
			out = append(out, wire.Doc{"name": name, "value": value})
		}
	}
	return out
}

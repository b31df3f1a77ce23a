package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// strike is what a fault does to a request: the nth that it hits, from 0. run lets the request take effect.
func (f *Fault) strike(m meeting, n int, run func() Reply) outcome {
	if f.passes() {
		return outcome{reply: f.spoil(run()), truncate: f.Truncate}
	}
	status, headers, body, effect := f.Status, f.Headers, f.Body, f.Effect
	if len(f.Answers) > 0 {
		a := f.Answers[min(n, len(f.Answers)-1)]
		if a.Status == 0 {
			return outcome{reply: f.spoil(run()), truncate: f.Truncate}
		}
		status, headers, body, effect = a.Status, a.Headers, a.Body, effect || a.Effect
	}
	if effect {
		run()
	}
	return outcome{
		reply: m.answer(status, headers, body), hang: f.Hang, cut: f.Cut, reset: f.Reset, unresolved: f.Unresolved, truncate: f.Truncate,
	}
}

func (m meeting) answer(status int, headers map[string]string, body any) Reply {
	r := Reply{Status: status, Header: http.Header{}, Body: m.fillIn(body)}
	if r.Status == 0 {
		r.Status = http.StatusInternalServerError
	}
	if r.Body == nil && r.Status >= http.StatusBadRequest {
		text := http.StatusText(r.Status)
		r.Body = Doc{"error": Doc{"code": strings.ReplaceAll(text, " ", ""), "message": text + " (injected by a fault)."}}
	}
	for name, value := range headers {
		r.Header.Set(name, m.fill(value))
	}
	return r
}

// fillIn puts parameters into the texts of a body.
func (m meeting) fillIn(body any) any {
	switch v := body.(type) {
	case string:
		return m.fill(v)
	case Doc:
		out := Doc{}
		for name, inner := range v {
			out[name] = m.fillIn(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = m.fillIn(inner)
		}
		return out
	}
	return body
}

// spoil changes an answer of the platform.
func (f *Fault) spoil(r Reply) Reply {
	header := r.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	for _, name := range f.Drop {
		header.Del(name)
	}
	for name, value := range f.Headers {
		header.Set(name, value)
	}
	r.Header = header
	if len(f.Patch)+len(f.Omit) == 0 || r.status() >= http.StatusMultipleChoices {
		return r
	}
	pieces, kind := r.encode()
	if !strings.HasPrefix(kind, "application/json") {
		return r
	}
	var d Doc
	if json.Unmarshal(slices.Concat(pieces...), &d) != nil || d == nil {
		return r
	}
	if list, is := d["value"].([]any); is {
		if len(f.Omit) > 0 {
			list = slices.DeleteFunc(list, f.omits)
			d["value"] = list
		}
		for _, one := range list {
			if item, ok := one.(Doc); ok {
				patch(item, f.Patch)
			}
		}
	} else {
		patch(d, f.Patch)
	}
	r.Body = d
	return r
}

// omits says whether an item of a list is left out.
func (f *Fault) omits(item any) bool {
	d, _ := item.(Doc)
	for path, pattern := range f.Omit {
		if value, ok := Lookup(d, path); !ok || !Glob(pattern, textOf(value)) {
			return false
		}
	}
	return true
}

// patch writes one object over another, as in RFC 7396.
func patch(d, over Doc) {
	for name, value := range over {
		inner, object := value.(Doc)
		old, deeper := d[name].(Doc)
		switch {
		case value == nil:
			delete(d, name)
		case object && deeper:
			patch(old, inner)
		case object:
			fresh := Doc{}
			patch(fresh, inner)
			d[name] = fresh
		default:
			d[name] = normal(value)
		}
	}
}

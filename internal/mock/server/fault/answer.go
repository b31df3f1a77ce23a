package fault

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/wire"
)

// Outcome is what a request comes to: a reply, silence until the client gives up, or a broken connection.
type Outcome struct {
	// Reply is the reply.
	Reply wire.Reply
	// Hang, Cut, Reset and Unresolved are those of the fault.
	Hang, Cut, Reset, Unresolved bool
	// Truncate is after how many bytes of the body the connection breaks, 0 for never.
	Truncate int
}

// Strike is what a fault does to a request: the nth that it hits, from 0. run lets the request take effect.
func (f *Fault) Strike(m Meeting, n int, run func() wire.Reply) Outcome {
	if f.passes() {
		return Outcome{Reply: f.spoil(run()), Truncate: f.Truncate}
	}
	status, headers, body, effect := f.Status, f.Headers, f.Body, f.Effect
	if len(f.Answers) > 0 {
		a := f.Answers[min(n, len(f.Answers)-1)]
		if a.Status == 0 {
			return Outcome{Reply: f.spoil(run()), Truncate: f.Truncate}
		}
		status, headers, body, effect = a.Status, a.Headers, a.Body, effect || a.Effect
	}
	if effect {
		run()
	}
	return Outcome{
		Reply: m.answer(status, headers, body), Hang: f.Hang, Cut: f.Cut, Reset: f.Reset, Unresolved: f.Unresolved, Truncate: f.Truncate,
	}
}

func (m Meeting) answer(status int, headers map[string]string, body any) wire.Reply {
	r := wire.Reply{Status: status, Header: http.Header{}, Body: m.fillIn(body)}
	if r.Status == 0 {
		r.Status = http.StatusInternalServerError
	}
	if r.Body == nil && r.Status >= http.StatusBadRequest {
		text := http.StatusText(r.Status)
		r.Body = wire.Doc{"error": wire.Doc{"code": strings.ReplaceAll(text, " ", ""), "message": text + " (injected by a fault)."}}
	}
	for name, value := range headers {
		r.Header.Set(name, m.fill(value))
	}
	return r
}

// fillIn puts parameters into the texts of a body.
func (m Meeting) fillIn(body any) any {
	switch v := body.(type) {
	case string:
		return m.fill(v)
	case wire.Doc:
		out := wire.Doc{}
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
func (f *Fault) spoil(r wire.Reply) wire.Reply {
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
	if len(f.Patch)+len(f.Omit) == 0 || r.Code() >= http.StatusMultipleChoices {
		return r
	}
	pieces, kind := r.Encode()
	if !strings.HasPrefix(kind, "application/json") {
		return r
	}
	var d wire.Doc
	if json.Unmarshal(slices.Concat(pieces...), &d) != nil || d == nil {
		return r
	}
	if list, is := d["value"].([]any); is {
		if len(f.Omit) > 0 {
			list = slices.DeleteFunc(list, f.omits)
			d["value"] = list
		}
		for _, one := range list {
			if item, ok := one.(wire.Doc); ok {
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
	d, _ := item.(wire.Doc)
	for path, pattern := range f.Omit {
		if value, ok := wire.Lookup(d, path); !ok || !route.Glob(pattern, textOf(value)) {
			return false
		}
	}
	return true
}

// patch writes one object over another, as in RFC 7396.
func patch(d, over wire.Doc) {
	for name, value := range over {
		inner, object := value.(wire.Doc)
		old, deeper := d[name].(wire.Doc)
		switch {
		case value == nil:
			delete(d, name)
		case object && deeper:
			patch(old, inner)
		case object:
			fresh := wire.Doc{}
			patch(fresh, inner)
			d[name] = fresh
		default:
			d[name] = wire.Normal(value)
		}
	}
}

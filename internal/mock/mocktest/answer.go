package mocktest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// What Has may want beside a value.
var (
	// Null is a member that is there and null.
	Null = json.RawMessage("null")
	// Some is any value but null and the empty text.
	Some = Like("?*")
)

// Like is a text that Has wants to be like this: "*" stands for any text, "?" for any character.
type Like string

// fits reports whether a value is as it is wanted.
func (l Like) fits(value any) bool {
	text, is := value.(string)
	if !is {
		return l == Some && value != nil
	}
	pattern := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(string(l)))
	return regexp.MustCompile("(?s)^" + pattern + "$").MatchString(text)
}

// Answer is what a request was answered.
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Header are the headers.
	Header http.Header
	// Raw is the body as it came.
	Raw string
	// Body is the body if it is an object of JSON, else nil.
	Body mock.Doc

	client Client
	asked  string
}

// Get is the value at a path of the body (see Find), nil if there is none.
func (a Answer) Get(path string) any {
	value, _ := Find(a.Body, path)
	return value
}

// Text is the text at a path of the body, "" if there is none.
func (a Answer) Text(path string) string {
	text, _ := a.Get(path).(string)
	return text
}

// Code is the error code that the body names, as APIs do or as OAuth does.
func (a Answer) Code() string { return cmp.Or(a.Text("error.code"), a.Text("error")) }

// List are the objects of the list at a path.
func (a Answer) List(path string) []mock.Doc {
	a.client.Helper()
	list, ok := a.Get(path).([]any)
	if !ok {
		a.client.Fatalf("%s: %s is no list: %s", a.asked, path, a.Raw)
	}
	out := []mock.Doc{}
	for _, item := range list {
		d, ok := item.(mock.Doc)
		if !ok {
			a.client.Fatalf("%s: %v in %s is no object", a.asked, item, path)
		}
		out = append(out, d)
	}
	return out
}

// Want ends the test unless the answer has the status, the error code (none, if none is named) and texts in its body.
func (a Answer) Want(status int, codeAndTexts ...string) Answer {
	a.client.Helper()
	code := ""
	if len(codeAndTexts) > 0 {
		code = codeAndTexts[0]
	}
	if a.Status != status || a.Code() != code {
		a.client.Fatalf("%s: %d %s, want %d %s: %s", a.asked, a.Status, a.Code(), status, code, a.Raw)
	}
	if len(codeAndTexts) > 1 {
		a.Says(codeAndTexts[1:]...)
	}
	return a
}

// Says fails the test unless the body holds each of the texts.
func (a Answer) Says(texts ...string) Answer {
	a.client.Helper()
	for _, text := range texts {
		if !strings.Contains(a.Raw, text) {
			a.client.Errorf("%s: %q is not in %d %s", a.asked, text, a.Status, a.Raw)
		}
	}
	return a
}

// Has is Has for the body.
func (a Answer) Has(want mock.Doc) Answer {
	a.client.Helper()
	Has(a.client, a.Body, want)
	return a
}

// Has fails the test unless a document has these values at these paths; nil wants nothing to be there, see also Null, Some
// and Like.
func Has(t testing.TB, d, want mock.Doc) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(want)) {
		got, there := Find(d, path)
		if want[path] == nil {
			if there {
				t.Errorf("%s is %v, want it absent", path, got)
			}
			continue
		}
		a, b := asJSON(t, got), asJSON(t, want[path])
		like, pattern := want[path].(Like)
		switch {
		case !there:
			t.Errorf("%s is absent, want %s: %s", path, b, asJSON(t, d))
		case pattern && !like.fits(got), !pattern && a != b:
			t.Errorf("%s is %s, want %s", path, a, b)
		}
	}
}

func asJSON(t testing.TB, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Find returns the value at a dotted path of a document: "value.0.name" is the name of the first of a list, "value.#" how
// many there are (or how many members an object has), and "value.#.name" the names of all of them. A name with dots in it
// may end a path.
func Find(value any, path string) (any, bool) {
	switch d := value.(type) {
	case mock.Doc:
		if inner, ok := d[path]; ok {
			return inner, true
		}
		if path == "#" {
			return len(d), true
		}
		name, rest, more := strings.Cut(path, ".")
		if inner, ok := d[name]; ok && more {
			return Find(inner, rest)
		}
	case []any:
		name, rest, more := strings.Cut(path, ".")
		if name == "#" && !more {
			return len(d), true
		}
		if name == "#" {
			out := []any{}
			for _, item := range d {
				inner, _ := Find(item, rest)
				out = append(out, inner)
			}
			return out, true
		}
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(d) {
			if !more {
				return d[i], true
			}
			return Find(d[i], rest)
		}
	}
	return nil, false
}

// Names are the texts at a path with "#" in it, joined by a space.
func (a Answer) Names(path string) string {
	list, _ := a.Get(path).([]any)
	var out []string
	for _, item := range list {
		text, _ := item.(string)
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// Follow polls the operation that an answer began, at the header that is named or whichever it has, and returns the last
// document about it. It ends the test if a poll is refused.
func (a Answer) Follow(header ...string) Answer {
	a.client.Helper()
	last := a.End(header...)
	if last.Status >= http.StatusBadRequest {
		a.client.Fatalf("%s: poll of %s: %d %s", a.asked, last.asked, last.Status, last.Raw)
	}
	return last
}

// polls is after how many polls an operation is taken to have no end.
const polls = 5000

// End is Follow for operations that may end in a refusal. A Location leads to an operation only from a 202.
func (a Answer) End(header ...string) Answer {
	a.client.Helper()
	if len(header) == 0 {
		header = []string{"Azure-AsyncOperation", "Operation-Location", "Location"}
	}
	name, at := "", ""
	for _, name = range header {
		if at = a.Header.Get(name); at != "" {
			break
		}
	}
	if at == "" || a.Status >= http.StatusBadRequest || name == "Location" && a.Status != http.StatusAccepted {
		a.client.Fatalf("%s: nothing to follow at %v: %d %v %s", a.asked, header, a.Status, a.Header, a.Raw)
	}
	for range polls {
		if last := a.client.Send(http.MethodGet, at, nil); last.ended() {
			return last
		}
	}
	a.client.Fatalf("%s: the operation at %s does not end", a.asked, at)
	return a
}

// ended says whether an answer to a poll is the last one.
func (a Answer) ended() bool {
	if a.Status == http.StatusAccepted {
		return false
	}
	for _, path := range []string{"status", "state", "state.id", "properties.provisioningState"} {
		if state := a.Text(path); state != "" {
			return slices.Contains([]string{"Succeeded", "Failed", "Canceled"}, state)
		}
	}
	return true
}

// Pages are the answers that follow one another by nextLink or @odata.nextLink, each of which must go well.
func (a Answer) Pages() []Answer {
	a.client.Helper()
	all := []Answer{a.Want(http.StatusOK)}
	for next := a.next(); next != ""; next = a.next() {
		a = a.client.Send(http.MethodGet, next, nil).Want(http.StatusOK)
		all = append(all, a)
	}
	return all
}

func (a Answer) next() string { return a.Text("nextLink") + a.Text("@odata.nextLink") }

// Empty fails the test unless the answer has no body.
func (a Answer) Empty() Answer {
	a.client.Helper()
	if a.Raw != "" {
		a.client.Errorf("%s: %d with a body: %s", a.asked, a.Status, a.Raw)
	}
	return a
}

// String is what was asked and what was answered.
func (a Answer) String() string { return fmt.Sprintf("%s: %d %s", a.asked, a.Status, a.Raw) }

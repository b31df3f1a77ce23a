package dataverse_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// lines is a body of a batch: lines that end as HTTP wants it.
func lines(text ...string) string { return strings.Join(text, "\r\n") }

func single(method, path, body string) string {
	return lines("--b", "Content-Type: application/http", "Content-Transfer-Encoding: binary", "", method+" "+path+" HTTP/1.1", "Content-Type: application/json", "", body, "")
}

func changes(parts ...string) string {
	out := lines("--b", "Content-Type: multipart/mixed; boundary=c", "", "")
	for i, part := range parts {
		out += strings.Replace(strings.Replace(part, "--b", "--c", 1), "binary", fmt.Sprintf("binary\r\nContent-ID: %d", i+1), 1)
	}
	return out + lines("--c--", "", "")
}

var statusLine = regexp.MustCompile(`HTTP/1\.1 (\d{3}) `)

// batch sends the parts and returns the statuses inside.
func (r rig) batch(status int, h headers, parts ...string) (string, string) {
	r.Helper()
	a := rig{r.With("Content-Type", "multipart/mixed; boundary=b")}.with(h).Send("POST", "$batch", strings.Join(parts, "")+"--b--\r\n")
	if a.Status != status {
		r.Fatal(a)
	}
	var got []string
	for _, m := range statusLine.FindAllStringSubmatch(a.Raw, -1) {
		got = append(got, m[1])
	}
	return strings.Join(got, " "), a.Raw
}

func definition(name string) string { return `{"schemaname":"` + name + `"}` }

func TestBatchAnswersEachRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	got, text := r.batch(200, nil,
		single("POST", v+definitions, definition("new_a")),
		single("GET", "https://"+host+v+definitions+"?$select=schemaname", ""),
		single("GET", v+"WhoAmI", ""))
	if got != "204 200 200" || !strings.Contains(text, `"schemaname":"new_a"`) || !strings.Contains(text, "batchresponse_") {
		t.Error(got, text)
	}
}

func TestErrorEndsABatchUnlessTheCallerGoesOn(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	parts := []string{single("POST", v+definitions, definition("new_a")), single("GET", v+"unicorns", ""), single("POST", v+definitions, definition("new_b"))}
	if got, _ := r.batch(400, nil, parts...); got != "204 404" {
		t.Error(got)
	}
	if got := names(r.query(definitions), "schemaname"); got != "new_a" {
		t.Error(got)
	}
	if got, _ := r.batch(200, headers{"Prefer": "odata.continue-on-error"}, parts...); got != "412 404 204" {
		t.Error(got)
	}
}

func TestChangeSetsTakeEffectAsAWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	good := changes(
		single("POST", v+definitions, definition("new_a")),
		single("POST", v+values, `{"value":"x","EnvironmentVariableDefinitionId@odata.bind":"$1"}`),
		single("PATCH", "$1", `{"displayname":"A"}`),
		single("PUT", "/$1/hint", `{"value":"h"}`))
	if got, text := r.batch(200, nil, good); got != "204 204 204 204" || !strings.Contains(text, "changesetresponse_") {
		t.Error(got, text)
	}
	mocktest.Has(t, r.query(definitions, "$expand", "environmentvariabledefinition_environmentvariablevalue")[0], doc{
		"environmentvariabledefinition_environmentvariablevalue.#": 1, "displayname": "A", "hint": "h",
	})
	bad := changes(
		single("POST", v+definitions, definition("new_b")),
		single("PATCH", v+definitions+"(schemaname='new_a')", `{"displayname":"B"}`),
		single("DELETE", v+values+"("+server.Text(r.query(values)[0], "environmentvariablevalueid")+")", ""),
		single("POST", v+"connectors", `{"name":"x"}`))
	if got, _ := r.batch(400, nil, bad); got != "400" {
		t.Error(got)
	}
	if got := r.query(definitions, "$select", "schemaname,displayname"); len(got) != 1 || got[0]["displayname"] != "A" || len(r.query(values)) != 1 {
		t.Errorf("half of a change set took effect: %v", got)
	}
}

func TestBrokenBatchesAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for name, part := range map[string]string{
		"no request line": single("", "", ""), "no JSON": single("POST", v+definitions, "{"), "read in a change set": changes(single("GET", v+"WhoAmI", "")),
		"bad URL": single("GET", "%zz", ""), "change set without boundary": lines("--b", "Content-Type: multipart/mixed", "", "x", ""),
		"too many": strings.Repeat(single("GET", v+"WhoAmI", ""), 1001),
	} {
		t.Log(name)
		r.batch(400, nil, part)
	}
	r.Send("POST", "$batch", doc{}).Want(400, "0x80060888")
	if got := r.Count("dataverse." + definitions); got != 0 {
		t.Error(got)
	}
}

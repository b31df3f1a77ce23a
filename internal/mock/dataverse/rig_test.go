package dataverse_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

type headers = map[string]string

// raw sends a request to the organization and returns the answer with its body as it came.
func (r rig) raw(method, path string, h headers, payload string) (*http.Response, string) {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, "https://"+host+v+path, strings.NewReader(payload))
	if err != nil {
		r.Fatal(err)
	}
	token, err := r.tenant.Token(app, "https://"+host)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	for name, value := range h {
		req.Header.Set(name, value)
	}
	res, err := r.platform.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	return res, string(body)
}

// send is raw for JSON. It fails the test unless the answer has the status and, when one is given, the error code.
func (r rig) send(method, path string, h headers, body any, status int, code string) answer {
	r.Helper()
	payload := ""
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			r.Fatal(err)
		}
		payload = string(raw)
	}
	res, text := r.raw(method, path, h, payload) //nolint:bodyclose // raw has read and closed it
	a := answer{status: res.StatusCode, header: res.Header}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &a.body); err != nil {
			r.Fatalf("%v in %s", err, text)
		}
	}
	if a.status != status || server.Text(a.body, "error.code") != code {
		r.Fatalf("%s %s: %d %v, want %d %q", method, path, a.status, a.body, status, code)
	}
	return a
}

// made creates a row and returns its ID.
func (r rig) made(set string, body doc, h ...headers) string {
	r.Helper()
	header := headers{}
	for _, one := range h {
		header = one
	}
	at := r.send("POST", set, header, body, 204, "").header.Get("OData-EntityId")
	_, id, _ := strings.Cut(at, "(")
	return strings.TrimSuffix(id, ")")
}

// query lists rows; the values of the options are encoded here.
func (r rig) query(set string, options ...string) []doc {
	r.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(options); i += 2 {
		values.Set(options[i], options[i+1])
	}
	return r.rows(v + set + "?" + values.Encode())
}

func (r rig) row(path string) doc {
	r.Helper()
	return r.get(v+path, 200, "")
}

// environment is the name of the one environment with Dataverse.
func (r rig) environment() string {
	r.Helper()
	var names []string
	r.tenant.Do(func() { names = r.tenant.Collection(bap.Organizations).IDs() })
	if len(names) != 1 {
		r.Fatalf("organizations: %v", names)
	}
	return names[0]
}

func (r rig) variable(name string, more doc) string {
	r.Helper()
	body := doc{"schemaname": name, "displayname": name, "type": 100000000}
	maps.Copy(body, more)
	return r.made("environmentvariabledefinitions", body)
}

func (r rig) publisher() string {
	r.Helper()
	const name, prefix = "contoso", "con"
	return r.made("publishers", doc{
		"uniquename": name, "friendlyname": name, "customizationprefix": prefix, "customizationoptionvalueprefix": 20000,
	})
}

func (r rig) solution(publisher string) string {
	r.Helper()
	const name = "app"
	return r.made("solutions", doc{
		"uniquename": name, "friendlyname": name, "version": "1.0.0.0", "publisherid@odata.bind": "/publishers(" + publisher + ")",
	})
}

func names(rows []doc, column string) string {
	var out []string
	for _, row := range rows {
		out = append(out, server.Text(row, column))
	}
	return strings.Join(out, " ")
}

func collectionLen(t *testing.T, r rig, set string) int {
	t.Helper()
	return r.tenant.Collection("dataverse." + set).Len()
}

// plain is the text of a member whose name has dots in it.
func plain(d doc, name string) string {
	said, _ := d[name].(string)
	return said
}

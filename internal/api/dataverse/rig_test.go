package dataverse_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/witness"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	host = "sales.crm4.dynamics.com"
	root = "https://" + host + "/api/data/v9.2/"
	id   = "88888888-8888-4888-8888-88888888888a"
	to   = "99999999-9999-4999-8999-999999999999"
)

var org = dataverse.Org{URL: "https://" + host + "/"}

// signedIn is a credential of the tenant's own application.
type signedIn struct{ tenant *mock.Tenant }

func (s signedIn) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := s.tenant.Token(mock.DefaultClientID, strings.TrimSuffix(o.Scopes[0], "/.default"))
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, err
}

// mirror is a client of an organisation in the mock.
func mirror(t *testing.T, switches map[string]string) (*dataverse.Client, *mock.Platform, *mock.Tenant) {
	t.Helper()
	p := mock.New()
	witness.Record(t, p, "")
	tenant := p.AddTenant(mock.TenantSeed{Switches: switches, Items: map[string][]mock.Doc{"environments": {
		{"display_name": "Sales", "location": "europe", "dataverse": mock.Doc{"domain": "sales"}},
	}}})
	return dataverse.New(rest.Options{Transport: p, Credential: signedIn{tenant}, UserAgent: "test"}), p, tenant
}

// heart answers as the documentation says, one answer after the other, and notes what was asked.
type heart struct {
	answers []string // status, headers and body as on the wire
	asked   []string // method and address, headers of interest, body
}

func (h *heart) Do(r *http.Request) (*http.Response, error) {
	line := r.Method + " " + r.URL.String()
	for _, name := range []string{"If-Match", "Mscrm.solutionuniquename"} {
		if v := r.Header.Get(name); v != "" {
			line += " " + name + "=" + v
		}
	}
	if r.Header.Get("OData-Version") != "4.0" || r.Header.Get("OData-MaxVersion") != "4.0" {
		line += " without a version of OData"
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		line += " " + string(body)
	}
	h.asked = append(h.asked, line)
	if len(h.answers) == 0 {
		return nil, fmt.Errorf("nothing to say to %s", line)
	}
	head, body, _ := strings.Cut(h.answers[0], "\n\n")
	h.answers = h.answers[1:]
	lines := strings.Split(head, "\n")
	resp := &http.Response{Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
	if _, err := fmt.Sscan(lines[0], &resp.StatusCode); err != nil {
		return nil, err
	}
	for _, l := range lines[1:] {
		name, value, _ := strings.Cut(l, ": ")
		resp.Header.Set(name, value)
	}
	return resp, nil
}

func byHeart(answers ...string) (*dataverse.Client, *heart) {
	h := &heart{answers: answers}
	return dataverse.New(rest.Options{Transport: h}), h
}

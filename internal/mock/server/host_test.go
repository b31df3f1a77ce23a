package server_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestHostsOfTheRouteTableAreKnown(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	for _, host := range []string{"*.crm*.example", "api.example", "169.254.169.254"} {
		p.Open(host, "GET", "/", host, func(*server.Call) server.Reply { return server.Empty(http.StatusNoContent) })
	}
	if want := []string{"*.crm*.example", "169.254.169.254", "api.example"}; !slices.Equal(p.Hosts(), want) {
		t.Errorf("hosts: %v, want %v", p.Hosts(), want)
	}
	for host, want := range map[string]bool{
		"api.example": true, "API.Example": true, "api.example:443": true, "api.example.": true, "org.crm4.example:8443": true,
		"169.254.169.254": true, "169.254.169.254:80": true,
		"": false, "example": false, "x.api.example": false, "crm4.example": false, "[::1]:80": false,
	} {
		if got := p.Knows(host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}

func TestWhatReachedNoRouteCanBeRecorded(t *testing.T) {
	t.Parallel()
	p := server.New(server.Options{})
	p.Record(server.Entry{
		Method: http.MethodConnect, Host: "www.example", Status: http.StatusBadGateway, Reason: "unknown host",
		Query: url.Values{"client_secret": {"hush"}}, Body: server.Doc{"password": "hush"},
	})
	entries := p.Journal("")
	if len(entries) != 1 {
		t.Fatalf("%d entries, want 1", len(entries))
	}
	e := entries[0]
	if e.Host != "www.example" || e.Reason != "unknown host" || e.Status != http.StatusBadGateway || time.Since(e.Time) > time.Minute {
		t.Errorf("entry: %+v", e)
	}
	if e.Query.Get("client_secret") == "hush" || e.Body["password"] == "hush" {
		t.Errorf("the secret is in the journal: %+v", e)
	}
}

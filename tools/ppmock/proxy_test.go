package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestBadInputOverHTTP2IsRefused goes through the proxy, which alone speaks it.
func TestBadInputOverHTTP2IsRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := start(t, "--ca-dir", folder)
	pem, err := os.ReadFile(filepath.Join(folder, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{
		Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: s.address}), ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}
	defer transport.CloseIdleConnections()
	const address = "https://login.microsoftonline.com/common/oauth2/v2.0/token"
	send := func(length int64, body io.Reader, header string) (int, string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = length
		req.Header.Set("X-Long", header)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := transport.RoundTrip(req)
		if err != nil {
			return 0, err.Error()
		}
		defer func() { _ = res.Body.Close() }()
		if res.ProtoMajor != 2 {
			t.Errorf("it speaks %s", res.Proto)
		}
		return res.StatusCode, res.Header.Get("X-Mock-Reason")
	}
	never, end := io.Pipe()
	defer func() { _ = end.Close() }()
	for _, c := range []struct {
		name   string
		length int64
		body   io.Reader
		header string
		want   int
	}{
		{"a form that says nothing", 1, strings.NewReader("x"), "", 400},
		{"too much announced", 200 << 20, never, "", 413},
		{"a huge header", 1, strings.NewReader("x"), strings.Repeat("x", 512<<10), 431},
		{"a form again", 1, strings.NewReader("x"), "", 400},
	} {
		status, why := send(c.length, c.body, c.header)
		if status != c.want && (c.want != 431 || status != 0) { // the client knows the limit, and does not even send it
			t.Errorf("%s: %d %s", c.name, status, why)
		}
	}
}

package proxy

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Reason is the header in which the mock says why it, and not the platform, answers as it does.
const Reason = "X-Mock-Reason"

// maxTelemetry bounds what is read of a report before it is dropped; the connection ends with one that is larger.
const maxTelemetry = 16 << 20

func (p *Proxy) record(r *http.Request, operation, host, reason string, status int, began time.Time) {
	e := server.Entry{
		Time: began, Operation: operation, Method: r.Method, Host: host, Status: status, Reason: reason, Duration: time.Since(began),
	}
	if r.Method != http.MethodConnect {
		e.Path, e.Query = r.URL.Path, r.URL.Query()
	}
	if agent := r.UserAgent(); agent != "" {
		e.Header = http.Header{"User-Agent": {agent}}
	}
	p.platform.Record(e)
}

// swallow takes a report and drops it. The answer is one that all clients of the services take for a success.
func (p *Proxy) swallow(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	reason := "the mock drops telemetry"
	_, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxTelemetry))
	if err != nil {
		w.Header().Set("Connection", "close")
	}
	writeJSON(w, http.StatusOK, reason, map[string]any{})
	host, _ := target(r.Host, "")
	p.record(r, OperationTelemetry, host, reason, http.StatusOK, began)
}

// refuse answers for a host that the platform does not have.
func (p *Proxy) refuse(w http.ResponseWriter, r *http.Request, host string) {
	began := time.Now()
	reason := strconv.Quote(host) + " is no host of the platform, and the mock forwards nothing unless it is told to"
	p.log.Warn("refused", "host", host, "method", r.Method)
	writeJSON(w, http.StatusBadGateway, reason, failure("UnknownHost", reason+"; --passthrough "+host+" lets it through."))
	p.record(r, OperationRefused, host, reason, http.StatusBadGateway, began)
}

// fail answers for what the proxy could not do.
func (p *Proxy) fail(w http.ResponseWriter, r *http.Request, operation, host, reason string, status int) {
	began := time.Now()
	p.log.Warn("failed", "host", host, "method", r.Method, "reason", reason)
	writeJSON(w, status, reason, failure("ProxyFailure", reason))
	p.record(r, operation, host, reason, status, began)
}

func failure(code, message string) map[string]any {
	return map[string]any{"error": map[string]any{"code": code, "message": message}}
}

func writeJSON(w http.ResponseWriter, status int, reason string, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		status, raw = http.StatusInternalServerError, nil
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(raw)))
	h.Set(Reason, reason)
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that is gone needs no answer
}

// relay passes a request in absolute form on to its host.
func (p *Proxy) relay(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	host, _ := target(r.Host, "")
	if !p.work.enter() {
		p.fail(w, r, OperationPassed, host, "the mock has as many connections as it takes", http.StatusServiceUnavailable)
		return
	}
	defer p.work.leave()
	relay := httputil.ReverseProxy{
		Rewrite:   func(*httputil.ProxyRequest) {}, // the URL and the host are those of the client
		Transport: p.transport, ErrorLog: p.inner.ErrorLog,
		ModifyResponse: func(answer *http.Response) error {
			p.record(r, OperationPassed, host, "", answer.StatusCode, began)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			p.fail(w, r, OperationPassed, host, err.Error(), http.StatusBadGateway)
		},
	}
	relay.ServeHTTP(w, r)
}

package route

import (
	"net"
	"net/http"
	"strings"
)

// HostOf is the host that a request asks, see Plain.
func HostOf(r *http.Request) string {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	return Plain(host)
}

// Plain is a host in lower case, without port, brackets and closing dot.
func Plain(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(strings.TrimSuffix(host, "."), "[]"))
}

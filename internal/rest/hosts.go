package rest

import (
	"strings"
	"sync"
)

// Hosts keeps one client for each host of a family whose objects answer at hosts of their own, such as organisations and
// vaults. The zero value connects without options; it is safe for concurrent use.
type Hosts struct {
	Options Options

	mu  sync.Mutex
	all map[string]*Client
}

// At is the client of the host of an endpoint. It trusts that host and those below it, and no other of the family.
func (h *Hosts) At(e Endpoint) *Client {
	e.Host = strings.ToLower(e.Host)
	e.Domain = e.Host
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = map[string]*Client{}
	}
	if h.all[e.Host] == nil {
		h.all[e.Host] = New(e, h.Options)
	}
	return h.all[e.Host]
}

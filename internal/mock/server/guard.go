package server

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
)

// local are the ends of names that no public name server answers.
var local = []string{".localhost", ".local", ".internal", ".test", ".lan", ".home.arpa"}

// foreign says why a call of the admin API may come from a page in a browser, which can reach this machine but has no
// business here; "" if it does not.
func (p *Platform) foreign(r *http.Request) string {
	if origin := r.Header.Get("Origin"); origin != "" {
		return "the admin API of the mock does not answer pages in browsers; this one has the origin " + headerText(origin)
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "none" && site != "same-origin" {
		return "the admin API of the mock does not answer pages in browsers"
	}
	host := route.HostOf(r)
	if host == "" || p.ownName(host) {
		return ""
	}
	return "the admin API of the mock answers on addresses, on local names and on hosts of the platform, not on " + headerText(host)
}

// ownName says whether a name cannot belong to somebody who lets it point to this machine: an address, a name without a
// dot, a name for local use, or a host of the platform.
func (p *Platform) ownName(host string) bool {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || !strings.Contains(host, ".") {
		return true
	}
	return slices.ContainsFunc(local, func(end string) bool { return strings.HasSuffix(host, end) }) || p.routes.Knows(host)
}

// readJournal answers the journal. With after=SERIAL it is what came after that request, and with wait=DURATION it waits
// so long for something to come. "last" is the serial to ask for next.
func (p *Platform) readJournal(r *http.Request) Reply {
	query := r.URL.Query()
	after, wait := 0, time.Duration(0)
	var err error
	if text := query.Get("after"); text != "" {
		if after, err = strconv.Atoi(text); err != nil || after < 0 {
			return Fail(http.StatusBadRequest, "BadRequest", "after must be the serial of an entry, not "+strconv.Quote(text))
		}
	}
	if text := query.Get("wait"); text != "" {
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 {
			return Fail(http.StatusBadRequest, "BadRequest", "wait must be a duration such as \"20s\", not "+strconv.Quote(text))
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), min(wait, longestWait))
	defer cancel()
	entries, last := p.Follow(ctx, query.Get("tenant"), after)
	return JSON(http.StatusOK, Doc{"entries": entries, "last": last})
}

// longestWait is how long a call for the journal may wait.
const longestWait = time.Minute

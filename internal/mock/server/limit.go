package server

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"math"
	"net/http"
	"os"
	"strings"
	"time"
)

// OperationHeader names, on answers over a socket, the operation by which faults and the journal know the route.
const OperationHeader = "X-Mock-Operation"

// Limits bound what one client can ask of a mock that listens on a socket. A zero field has the default.
type Limits struct {
	// Header is the largest head of a request in bytes, 64 KiB.
	Header int
	// Body is the largest body of a request in bytes, 128 MiB: the largest that the platform takes is a solution file.
	Body int64
	// InFlight is how many bytes of bodies may be in work at the same time, 512 MiB.
	InFlight int64
	// HeaderTime is how long the head of a request may take, 10 seconds.
	HeaderTime time.Duration
	// BodyTime is how long a body may take, 30 seconds, and a second more for each 64 KiB.
	BodyTime time.Duration
	// WriteTime is how long a client may take to read an answer, 2 minutes.
	WriteTime time.Duration
	// IdleTime is how long a connection is kept between two requests, 2 minutes.
	IdleTime time.Duration
}

func (l Limits) complete() Limits {
	return Limits{
		Header: cmp.Or(l.Header, 64<<10), Body: min(cmp.Or(l.Body, maxBody), maxBody), InFlight: cmp.Or(l.InFlight, 4*maxBody),
		HeaderTime: cmp.Or(l.HeaderTime, 10*time.Second), BodyTime: cmp.Or(l.BodyTime, 30*time.Second),
		WriteTime: cmp.Or(l.WriteTime, 2*time.Minute), IdleTime: cmp.Or(l.IdleTime, 2*time.Minute),
	}
}

// Limits returns the limits, complete.
func (p *Platform) Limits() Limits { return p.limits }

// Limit gives an HTTP server that serves the platform the limits that its handler cannot enforce: size and time of the
// head, and idle connections. The server must have no ReadTimeout and no WriteTimeout: they would end requests that a
// fault keeps waiting.
func (p *Platform) Limit(s *http.Server) {
	s.MaxHeaderBytes, s.ReadHeaderTimeout, s.IdleTimeout = p.limits.Header, p.limits.HeaderTime, p.limits.IdleTime
}

var errBusy = errors.New("the bodies in work are larger than the mock takes at the same time")

// receive reads the body of a request from its socket, in time and within bounds. release gives its bytes back.
func (p *Platform) receive(w http.ResponseWriter, r *http.Request) (release func(), err error) {
	var held int64
	release = func() { p.heavy.Add(-held) }
	if r.Body == nil || r.Body == http.NoBody {
		return release, nil
	}
	most, together := p.limits.Body, p.limits.InFlight
	if strings.HasPrefix(r.URL.Path, "/_mock/") { // a state may be as large as it likes to be, within reason
		most, together = maxState+1, math.MaxInt64
	}
	if r.ContentLength > most {
		return release, errTooLarge
	}
	control := http.NewResponseController(w)
	extra := time.Duration(max(r.ContentLength, 0)>>16) * time.Second
	if r.ContentLength < 0 {
		extra = p.limits.BodyTime
	}
	timed := control.SetReadDeadline(time.Now().Add(p.limits.BodyTime+extra)) == nil
	var buffer bytes.Buffer
	buffer.Grow(int(min(max(r.ContentLength, 0), 1<<20)))
	for {
		n, err := io.CopyN(&buffer, r.Body, 64<<10)
		held += n
		switch total := p.heavy.Add(n); {
		case int64(buffer.Len()) > most:
			return release, errTooLarge
		case total > together:
			return release, errBusy
		case errors.Is(err, io.EOF):
			if timed { // a fault may keep the request waiting for as long as the client likes
				err = control.SetReadDeadline(time.Time{})
			} else {
				err = nil
			}
			r.Body = &received{bytes.NewReader(buffer.Bytes()), buffer.Bytes()}
			return release, err
		case err != nil:
			return release, err
		}
	}
}

// maxState bounds a state that is imported.
const maxState = 1 << 30

// unreadable refuses a body that could not be read or understood.
func unreadable(err error) Reply {
	switch {
	case errors.Is(err, errTooLarge):
		return Fail(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The request content is too large.").
			With(ReasonHeader, errTooLarge.Error())
	case errors.Is(err, errBusy):
		return Fail(http.StatusServiceUnavailable, "ServerBusy", "The server is busy.").With("Retry-After", "1").
			With(ReasonHeader, errBusy.Error())
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Fail(http.StatusRequestTimeout, "RequestTimeout", "The request content did not arrive in time.").
			With(ReasonHeader, "the mock cuts slow clients off")
	}
	return Fail(http.StatusBadRequest, "InvalidRequestContent", "The request content was invalid and could not be deserialized: '"+err.Error()+"'.")
}

// headerText makes a text fit for a header.
func headerText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 127 {
			return ' '
		}
		return r
	}, text)
	return text[:min(len(text), 400)]
}

package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/journal"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
)

// Do answers a request in memory, without a socket. It honours the context of the request: a request that hangs ends
// with the error of its context. A request that a fault cuts ends with io.ErrUnexpectedEOF.
func (p *Platform) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
	}
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := req.Clone(ctx)
	if r.Header == nil {
		r.Header = http.Header{}
	}
	out := p.route(r)
	switch {
	case out.Hang:
		<-ctx.Done()
		return nil, ctx.Err()
	case out.Cut:
		return nil, io.ErrUnexpectedEOF
	case out.Reset:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case out.Unresolved:
		return nil, &net.DNSError{Err: "no such host", Name: route.HostOf(r), IsNotFound: true}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	body, kind := out.Reply.Encode()
	header := out.Reply.Header.Clone()
	size := finish(header, body, kind)
	status := out.Reply.Code()
	var content io.Reader = &body
	if out.Truncate > 0 && int64(out.Truncate) < size {
		content = io.MultiReader(io.LimitReader(&body, int64(out.Truncate)), broken{})
	}
	return &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(content), ContentLength: size, Request: req,
	}, nil
}

// RoundTrip is Do under the name that http.Client knows.
func (p *Platform) RoundTrip(req *http.Request) (*http.Response, error) { return p.Do(req) }

// ServeHTTP answers a request that came over a socket. The Host header names the host of the platform.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer p.survive(w, r)
	release, err := p.receive(w, r)
	defer release()
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	out := p.route(r)
	switch {
	case out.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler) // to return would be an empty 200, should the connection still be there
	case out.Cut:
		cut(w)
		return
	case out.Reset, out.Unresolved:
		reset(w)
		return
	}
	if out.operation != "" {
		w.Header().Set(OperationHeader, out.operation)
	}
	p.send(w, out.Reply, out.Truncate)
}

// send writes an answer, which a client must read in time. With truncate it breaks the connection after so many bytes.
func (p *Platform) send(w http.ResponseWriter, reply Reply, truncate int) {
	body, kind := reply.Encode()
	maps.Copy(w.Header(), reply.Header)
	finish(w.Header(), body, kind)
	control := http.NewResponseController(w)
	timed := control.SetWriteDeadline(time.Now().Add(p.limits.WriteTime)) == nil
	w.WriteHeader(reply.Code())
	if truncate > 0 {
		_, _ = io.CopyN(w, &body, int64(truncate))
		if len(body) > 0 {
			_ = control.Flush()
			panic(http.ErrAbortHandler)
		}
	}
	_, _ = body.WriteTo(w)
	if timed && control.Flush() == nil {
		_ = control.SetWriteDeadline(time.Time{})
	}
}

// broken is the end of a body that was cut off.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// route keeps the admin API, which answers on every host, apart from the platform.
func (p *Platform) route(r *http.Request) outcome {
	if strings.HasPrefix(r.URL.Path, "/_mock/") {
		reply := p.admin(r)
		if r.Method != http.MethodGet {
			if err := p.flush(); err != nil {
				reply = unstored(err)
			}
		}
		reply.Header = reply.Header.Clone()
		if reply.Header == nil {
			reply.Header = http.Header{}
		}
		return outcome{Outcome: fault.Outcome{Reply: reply}}
	}
	return p.answer(r)
}

// finish completes the header of an answer and returns the length of its body in bytes.
func finish(header http.Header, body net.Buffers, kind string) int64 {
	if kind != "" && header.Get("Content-Type") == "" {
		header.Set("Content-Type", kind)
	}
	size := int64(0)
	for _, piece := range body {
		size += int64(len(piece))
	}
	if size > 0 {
		header.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	return size
}

// cut breaks the connection in the middle of the head. Closing it before the first byte would let the client's
// transport replay the request unseen when the connection had been used before.
func cut(w http.ResponseWriter) {
	conn, buffer, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = buffer.WriteString("HTTP/1.1 200 OK\r\n")
	_ = buffer.Flush()
	_ = conn.Close()
}

// reset breaks the connection without a word, and without the farewell of TCP where that can be had.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	inner := conn
	if secure, ok := conn.(*tls.Conn); ok {
		inner = secure.NetConn()
	}
	if tcp, ok := inner.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = inner.Close()
}

// refuse answers a request whose body did not arrive, and ends its connection: what follows on it is not a request.
func (p *Platform) refuse(w http.ResponseWriter, r *http.Request, err error) {
	reply := unreadable(err).With("Connection", "close")
	p.journal.Add(entryOf(r, reply))
	// What is still on its way is read for a moment, so that the client gets to read the answer.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(min(p.limits.BodyTime, 5*time.Second)))
	p.send(w, reply, 0)
}

func entryOf(r *http.Request, reply Reply) Entry {
	e := journal.NewEntry(r, route.HostOf(r))
	e.Status, e.Reason = reply.Code(), reply.Header.Get(ReasonHeader)
	return e
}

// survive answers a request whose handler panicked: the mistake is the mock's, and costs one request.
func (p *Platform) survive(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause)
	}
	reply := Fail(http.StatusInternalServerError, "MockPanic", "the mock made a mistake; the platform would have answered").
		With(ReasonHeader, headerText(fmt.Sprintf("the mock failed: %v", cause)))
	if p.log != nil {
		p.log.Error("a handler panicked", "method", r.Method, "host", route.HostOf(r), "path", r.URL.Path, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	}
	p.journal.Add(entryOf(r, reply))
	p.send(w, reply, 0)
}

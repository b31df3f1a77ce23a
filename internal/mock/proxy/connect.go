package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// established is the answer to CONNECT after which the connection belongs to the two ends.
const established = "HTTP/1.1 200 Connection established\r\n\r\n"

// connect opens a tunnel.
func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	host, port := target(r.Host, "443")
	to := p.of(host, port)
	if to == refused {
		p.refuse(w, r, host)
		return
	}
	if !p.work.enter() {
		p.fail(w, r, OperationHandshake, host, "the mock has as many connections as it takes", http.StatusServiceUnavailable)
		return
	}
	handedOver := false
	defer func() {
		if !handedOver {
			p.work.leave()
		}
	}()
	if to == passed {
		p.pass(w, r, host, port)
		return
	}
	conn, err := p.take(w)
	if err != nil {
		p.fail(w, r, OperationHandshake, host, err.Error(), http.StatusInternalServerError)
		return
	}
	spoken, err := p.greet(conn, host)
	if err != nil {
		_ = conn.Close()
		if p.ctx.Err() == nil && !errors.Is(err, io.EOF) { // who says nothing was only looking
			p.log.Warn("handshake failed", "host", host, "error", err)
			p.record(r, OperationHandshake, host, "TLS failed ("+err.Error()+"); does the client trust "+p.authority.CertificateFile()+"?", 0, began)
		}
		return
	}
	handedOver = p.tunnels.hand(spoken)
	if !handedOver {
		_ = spoken.Close()
	}
}

// take makes the connection of a request a tunnel and says so to the client.
func (p *Proxy) take(w http.ResponseWriter) (*tunnel, error) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	t := &tunnel{Conn: conn, patience: p.limits.write, forget: context.AfterFunc(p.ctx, func() { _ = conn.Close() })}
	if n := buffered.Reader.Buffered(); n > 0 { // what came right behind the head
		t.first = make([]byte, n)
		_, err = io.ReadFull(buffered.Reader, t.first)
	}
	err = errors.Join(err, conn.SetDeadline(time.Time{}))
	if err == nil {
		_, err = t.Write([]byte(established))
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// recordTypeHandshake is the first byte that a client of TLS sends; no method of HTTP begins with it.
const recordTypeHandshake = 0x16

// greet finds out whether the client speaks TLS or plain HTTP, and speaks TLS with it in the name of the host.
func (p *Proxy) greet(t *tunnel, host string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(p.ctx, p.limits.handshake)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = t.SetReadDeadline(time.Unix(1, 0)) })()
	first, err := t.peek()
	if err != nil {
		return nil, err
	}
	if first != recordTypeHandshake {
		return t, nil
	}
	config := p.tls.Clone()
	config.GetCertificate = p.authority.certify(host)
	speaking := tls.Server(t, config)
	if err := speaking.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return speaking, nil
}

// pass opens a tunnel to the host itself.
func (p *Proxy) pass(w http.ResponseWriter, r *http.Request, host, port string) {
	began := time.Now()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()
	far, err := p.dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		p.fail(w, r, OperationPassed, host, err.Error(), http.StatusBadGateway)
		return
	}
	near, err := p.take(w)
	if err != nil {
		_ = far.Close()
		p.fail(w, r, OperationPassed, host, err.Error(), http.StatusInternalServerError)
		return
	}
	p.record(r, OperationPassed, host, "", http.StatusOK, began)
	defer context.AfterFunc(p.ctx, func() { _ = far.Close() })()
	p.join(near, far)
}

// join copies both ways until both ends are done, one breaks, or nothing has moved for too long.
func (p *Proxy) join(near *tunnel, far net.Conn) {
	alive := func() {
		at := time.Now().Add(p.limits.passing)
		_, _ = near.Conn.SetDeadline(at), far.SetDeadline(at)
	}
	alive()
	back := make(chan struct{})
	go func() {
		defer close(back)
		pump(near.Conn, far, alive)
	}()
	pump(far, near, alive)
	<-back
	_, _ = near.Close(), far.Close()
}

// pump copies until the source ends, which it then tells the other side, or either side breaks, which ends both.
func pump(to net.Conn, from net.Conn, alive func()) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			alive()
			if _, wrong := to.Write(buffer[:n]); wrong != nil {
				err = wrong
			}
		}
		if err == nil {
			continue
		}
		half, can := to.(interface{ CloseWrite() error })
		if errors.Is(err, io.EOF) && can && half.CloseWrite() == nil {
			return
		}
		_, _ = to.Close(), from.Close()
		return
	}
}

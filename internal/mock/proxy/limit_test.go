package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	short := normal
	short.handshake, short.header, short.body, short.idle = 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	const host = "login.microsoftonline.com"
	r := newRig(t, short)
	for name, open := range map[string]func(t *testing.T) net.Conn{
		"says nothing": func(*testing.T) net.Conn {
			conn := r.tunnel(host + ":443")
			return conn
		},
		"stops in the handshake": func(t *testing.T) net.Conn {
			conn := r.tunnel(host + ":443")
			if _, err := conn.Write([]byte{recordTypeHandshake, 3}); err != nil {
				t.Fatal(err)
			}
			return conn
		},
		"stops in the head": func(t *testing.T) net.Conn {
			conn, err := r.handshake(t.Context(), host+":443", host)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost") // it may be cut off by now
			return conn
		},
		"stops in the body": func(t *testing.T) net.Conn {
			conn := r.tunnel(host + ":80")
			if _, err := io.WriteString(conn, "POST /common/oauth2/v2.0/token HTTP/1.1\r\nHost: "+host+"\r\nContent-Length: 10\r\n\r\n{"); err != nil {
				t.Fatal(err)
			}
			return conn
		},
		"is idle": func(t *testing.T) net.Conn {
			conn := r.tunnel(host + ":80")
			if _, err := io.WriteString(conn, "GET /common/v2.0/.well-known/openid-configuration HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			return conn
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ends(t, open(t))
		})
	}
}

func TestAnswerMayTakeLongerThanTheLimitsForClients(t *testing.T) {
	t.Parallel()
	short := normal
	short.header, short.body, short.idle = 300*time.Millisecond, 300*time.Millisecond, 300*time.Millisecond
	r := newRig(t, short)
	c := r.client(false)
	r.platform.Inject(mock.Fault{Host: "login.*", Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, openID, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(req)
	if err == nil {
		_ = res.Body.Close()
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the proxy gave up first: %v", err)
	}
}

func TestManyClientsAreServedAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, normal)
	var wg sync.WaitGroup
	for i := range 100 {
		c := r.client(i%2 == 0)
		wg.Go(func() {
			for _, address := range []string{openID, "https://org.crm4.dynamics.com/_mock/health", "http://" + imds} {
				if a, err := r.do(c, http.MethodGet, address, ""); err != nil || a.status != 200 {
					t.Errorf("%s: %+v %v", address, a, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestTunnelsAreLimited(t *testing.T) {
	t.Parallel()
	few := normal
	few.tunnels = 3 // the server inside is one
	r := newRig(t, few)
	const host = "login.microsoftonline.com:443"
	r.tunnel(host)
	second := r.tunnel(host)
	if _, a := r.connect(host); a.status != 503 || a.header.Get(Reason) == "" {
		t.Errorf("one too many: %d", a.status)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "free again", func() bool {
		_, a := r.connect(host)
		return a.status == 200
	})
}

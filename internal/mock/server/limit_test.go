package server_test

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// socket is a platform that listens, with limits that a test can reach.
type socket struct {
	*server.Platform
	t       *testing.T
	address string
	log     *safeBuffer
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func listen(t *testing.T, limits server.Limits) socket {
	t.Helper()
	log := &safeBuffer{}
	p := server.New(server.Options{Limits: limits, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	p.Open(host, "POST", "/take", "take", func(c *server.Call) server.Reply {
		return server.JSON(http.StatusOK, server.Doc{"got": len(c.Raw)})
	})
	p.Open(host, "GET", "/panic", "panic", func(*server.Call) server.Reply { panic("out of luck\r\nX-Evil: 1") })
	s := httptest.NewUnstartedServer(p)
	p.Limit(s.Config)
	s.Start()
	t.Cleanup(s.Close)
	return socket{p, t, strings.TrimPrefix(s.URL, "http://"), log}
}

// say sends raw bytes and returns the status of the answer, 0 when the connection was closed without one, and whether it
// was closed after it.
func (s socket) say(text string) (status int, header http.Header, closed bool) {
	s.t.Helper()
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, text) // what was refused already is not read to its end
	reader := bufio.NewReader(conn)
	res, err := http.ReadResponse(reader, nil)
	if err != nil {
		return 0, nil, true
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	_, err = reader.ReadByte()
	return res.StatusCode, res.Header, err == io.EOF //nolint:errorlint // a reader returns it as it is
}

func post(headers, body string) string {
	return "POST /take HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "\r\n" + body
}

func TestBadInputIsRefusedAndCostsNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"fine":                    {post("Content-Length: 2\r\nConnection: close\r\n", "{}"), 200},
		"fine in chunks":          {post("Transfer-Encoding: chunked\r\nConnection: close\r\n", "2\r\n{}\r\n0\r\n\r\n"), 200},
		"a huge header":           {post("X-Big: "+strings.Repeat("x", 128<<10)+"\r\n", ""), 431},
		"many headers":            {post(strings.Repeat("X-Many: x\r\n", 20<<10), ""), 431},
		"a long address":          {"GET /" + strings.Repeat("x", 128<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
		"a length that is none":   {post("Content-Length: -1\r\n", ""), 400},
		"two lengths":             {post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400},
		"bad chunks":              {post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"), 400},
		"a chunk without its end": {post("Transfer-Encoding: chunked\r\n", "2\r\n{}xx0\r\n\r\n"), 400},
		"another coding":          {post("Transfer-Encoding: gzip\r\n", ""), 501},
		"too much announced":      {post("Content-Length: 5000\r\n", "{"), 413},
		"too much in chunks":      {post("Transfer-Encoding: chunked\r\n", "1388\r\n"+strings.Repeat("x", 5000)+"\r\n0\r\n\r\n"), 413},
		"no host":                 {"GET / HTTP/1.1\r\n\r\n", 400},
		"no HTTP":                 {"\x16\x03\x01\x02\x00 hello\r\n\r\n", 400},
		"a head that takes time":  {"GET / HTTP/1.1\r\nHost: a\r\n", 0},
		"a body that takes time":  {post("Content-Length: 20\r\n", "{"), 408},
		"chunks that take time":   {post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n"), 408},
		"a body that is no JSON":  {post("Content-Length: 1\r\nContent-Type: application/json\r\nConnection: close\r\n", "{"), 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := server.Limits{Body: 4096, BodyTime: time.Second}
			switch c.want { // what takes its time is given little
			case 0:
				limits.HeaderTime = 100 * time.Millisecond
			case 408:
				limits.BodyTime = 100 * time.Millisecond
			}
			s := listen(t, limits)
			status, header, closed := s.say(c.text)
			if status != c.want || !closed {
				t.Errorf("%d, closed %v", status, closed)
			}
			if (status == 408 || status == 413) && (header.Get(server.ReasonHeader) == "" || len(s.Journal("")) != 1 || s.Journal("")[0].Reason == "") {
				t.Errorf("%v, %+v", header, s.Journal(""))
			}
			if c.want != 0 && c.want != 408 {
				if status, _, _ := s.say(post("Content-Length: 2\r\nConnection: close\r\n", "{}")); status != 200 {
					t.Errorf("afterwards: %d", status)
				}
			}
		})
	}
}

func TestBodiesInWorkAreBounded(t *testing.T) {
	t.Parallel()
	s := listen(t, server.Limits{InFlight: 1000})
	s.Inject(server.Fault{Path: "/take", Hang: true})
	var wg sync.WaitGroup
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer wg.Wait()
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, post("Content-Length: 900\r\n", strings.Repeat(" ", 900))); err != nil {
		t.Fatal(err)
	}
	for len(s.Journal("")) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the request never arrived")
		}
	}
	if status, header, _ := s.say(post("Content-Length: 200\r\n", strings.Repeat(" ", 200))); status != 503 || header.Get("Retry-After") == "" {
		t.Errorf("%d %v", status, header)
	}
	if status, _, _ := s.say(post("Content-Length: 50\r\nConnection: close\r\n", strings.Repeat(" ", 50))); status != 200 {
		t.Errorf("a small one: %d", status)
	}
}

func TestLimitsDoNotEndWhatAFaultKeepsWaiting(t *testing.T) {
	t.Parallel()
	s := listen(t, server.Limits{HeaderTime: 20 * time.Millisecond, BodyTime: 20 * time.Millisecond, WriteTime: 20 * time.Millisecond})
	s.Inject(server.Fault{Path: "/take", Hang: true})
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, post("Content-Length: 2\r\n", "{}")); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := conn.Read(make([]byte, 1)); err == nil || !asTimeout(err, &timeout) {
		t.Errorf("it did not hang: %v", err)
	}
}

func asTimeout(err error, into *net.Error) bool {
	e, ok := err.(net.Error) //nolint:errorlint // a connection returns it as it is
	*into = e
	return ok && e.Timeout()
}

func TestPanicCostsOneRequest(t *testing.T) {
	t.Parallel()
	s := listen(t, server.Limits{})
	status, header, _ := s.say("GET /panic HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
	if status != 500 || !strings.Contains(header.Get(server.ReasonHeader), "out of luck") || header.Get("X-Evil") != "" {
		t.Errorf("%d %v", status, header)
	}
	if e := s.Journal(""); len(e) != 1 || e[0].Status != 500 || !strings.Contains(e[0].Reason, "out of luck") {
		t.Errorf("journal: %+v", e)
	}
	if !strings.Contains(s.log.String(), "a handler panicked") || !strings.Contains(s.log.String(), "limit_test.go") {
		t.Errorf("log: %s", s.log)
	}
	if status, header, _ := s.say(post("Content-Length: 2\r\nConnection: close\r\n", "{}")); status != 200 || header.Get(server.OperationHeader) != "take" {
		t.Errorf("afterwards: %d %v", status, header)
	}
}

//go:build unix

package main

import (
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func (p *process) interrupt(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

func TestServeAnswersUntilItIsStopped(t *testing.T) {
	t.Parallel()
	s := start(t)
	first, rest, _ := strings.Cut(s.out.String(), "\n")
	if first != "ppmock is ready on "+s.address || !strings.Contains(rest, "export POWER_PLATFORM_MOCK_HOST="+s.address+"\n") {
		t.Errorf("output: %s", s.out)
	}
	if got := s.status("/contoso.onmicrosoft.com" + openID); got != 200 {
		t.Errorf("discovery: %d", got)
	}
	s.interrupt(t)
	if code := s.end(t); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if _, err := os.Stat(s.ready); !os.IsNotExist(err) {
		t.Errorf("the ready file is still there: %v", err)
	}
	if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.address); err == nil {
		t.Error("it still listens")
	}
}

func TestStopDoesNotWaitForRequestsThatHang(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.ok(`{"hang":true}`, "faults", "add", "-")
	var wg sync.WaitGroup
	wg.Go(func() {
		if res, err := s.get(t.Context(), "/"+other+openID); err == nil {
			_ = res.Body.Close()
		}
	})
	for !strings.Contains(s.ok("", "journal"), openID) {
		if t.Context().Err() != nil {
			t.Fatal("the request never arrived")
		}
	}
	began := time.Now()
	s.interrupt(t)
	if code := s.end(t); code != 0 || time.Since(began) > grace/2 {
		t.Errorf("ended with %d after %v", code, time.Since(began))
	}
	wg.Wait()
}

func TestJournalIsFollowedUntilInterrupted(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.status("/common" + openID)
	follow := launch(t, map[string]string{hostVariable: s.address}, "", "journal", "--follow")
	follow.out.await(t, "/common"+openID)
	s.status("/" + other + openID)
	follow.out.await(t, other)
	follow.interrupt(t)
	if code := follow.end(t); code != 0 || strings.Count(follow.out.String(), "\n") != 2 {
		t.Errorf("%d: %s%s", code, follow.out, follow.err)
	}
}

package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// source is a credential without a cache; every build of one counts, and its answers carry the number of the request.
type source struct {
	builds   int
	requests atomic.Int32
	takes    time.Duration
	lives    time.Duration
	refresh  time.Duration
	last     policy.TokenRequestOptions
	fail     error
	sticky   string
}

func (s *source) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	n := s.requests.Add(1)
	s.last = o
	select {
	case <-ctx.Done():
		return azcore.AccessToken{}, ctx.Err()
	case <-time.After(s.takes):
	}
	if s.fail != nil {
		return azcore.AccessToken{}, s.fail
	}
	token := azcore.AccessToken{Token: fmt.Sprintf("token-%d", n), ExpiresOn: time.Now().Add(s.lives)}
	if s.sticky != "" {
		token.Token = s.sticky
	}
	if s.refresh != 0 {
		token.RefreshOn = time.Now().Add(s.refresh)
	}
	return token, nil
}

func (s *source) credential() *Credential {
	if s.lives == 0 {
		s.lives = time.Hour
	}
	return &Credential{
		build: func() (azcore.TokenCredential, error) {
			s.builds++
			return s, nil
		},
		explain: explainer{method: ClientSecret, authority: "login.example"}.explain,
		tokens:  map[key]entry{},
	}
}

func get(t *testing.T, c *Credential, o policy.TokenRequestOptions) string {
	t.Helper()
	if o.Scopes == nil {
		o.Scopes = []string{"https://a.example/.default"}
	}
	token, err := c.GetToken(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return token.Token
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, expected %v", what, got, want)
	}
}

func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, f)
	})
}

func TestCredential_KeepsOneTokenPerScope(t *testing.T) {
	t.Parallel()
	bubble(t, "callers at the same time share one request", func(t *testing.T) {
		s := &source{takes: time.Second}
		c := s.credential()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				token, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"x"}})
				if err != nil || token.Token != "token-1" {
					t.Errorf("got %q, %v", token.Token, err)
				}
			})
		}
		wg.Wait()
		expect(t, "number of requests", s.requests.Load(), 1)
	})
	bubble(t, "they share its error too", func(t *testing.T) {
		s := &source{takes: time.Second, fail: errors.New("no")}
		c := s.credential()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"x"}}); err == nil {
					t.Error("no error")
				}
			})
		}
		wg.Wait()
		expect(t, "number of requests", s.requests.Load(), 1)
	})
	bubble(t, "scopes and tenants are apart", func(t *testing.T) {
		s := &source{}
		c := s.credential()
		for range 2 {
			get(t, c, policy.TokenRequestOptions{Scopes: []string{"x"}})
			get(t, c, policy.TokenRequestOptions{Scopes: []string{"y"}})
			get(t, c, policy.TokenRequestOptions{Scopes: []string{"x"}, TenantID: "T"})
		}
		expect(t, "number of requests", s.requests.Load(), 3)
	})
	bubble(t, "continuous access evaluation follows the settings", func(t *testing.T) {
		s := &source{}
		c := s.credential()
		get(t, c, policy.TokenRequestOptions{EnableCAE: true})
		expect(t, "CAE", s.last.EnableCAE, false)
		on := s.credential()
		on.cae = true
		get(t, on, policy.TokenRequestOptions{})
		expect(t, "CAE", s.last.EnableCAE, true)
	})
}

func TestCredential_RefreshesInTime(t *testing.T) {
	t.Parallel()
	bubble(t, "five minutes before expiry", func(t *testing.T) {
		s := &source{}
		c := s.credential()
		get(t, c, policy.TokenRequestOptions{})
		pass(55*time.Minute - time.Second)
		expect(t, "token", get(t, c, policy.TokenRequestOptions{}), "token-1")
		pass(time.Second)
		expect(t, "token", get(t, c, policy.TokenRequestOptions{}), "token-2")
	})
	bubble(t, "at the refresh time", func(t *testing.T) {
		s := &source{refresh: 10 * time.Minute}
		c := s.credential()
		get(t, c, policy.TokenRequestOptions{})
		pass(10*time.Minute - time.Second)
		expect(t, "token", get(t, c, policy.TokenRequestOptions{}), "token-1")
		pass(time.Second)
		expect(t, "token", get(t, c, policy.TokenRequestOptions{}), "token-2")
	})
	bubble(t, "a failed refresh leaves the valid token in use", func(t *testing.T) {
		s := &source{}
		c := s.credential()
		get(t, c, policy.TokenRequestOptions{})
		s.fail = errors.New("the authority is away")
		pass(57 * time.Minute)
		for range 5 {
			expect(t, "token", get(t, c, policy.TokenRequestOptions{}), "token-1")
		}
		expect(t, "number of requests", s.requests.Load(), 2)
		pass(3 * time.Minute)
		if _, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://a.example/.default"}}); err == nil {
			t.Error("an expired token was handed out")
		}
	})
	bubble(t, "a token that is always due is not asked for on each call", func(t *testing.T) {
		s := &source{lives: 3 * time.Minute, sticky: "from the tool's cache"}
		c := s.credential()
		for range 5 {
			get(t, c, policy.TokenRequestOptions{})
		}
		expect(t, "number of requests", s.requests.Load(), 1)
		pass(grace)
		get(t, c, policy.TokenRequestOptions{})
		expect(t, "number of requests", s.requests.Load(), 2)
	})
}

func TestCredential_AsksForClaimsEachTime(t *testing.T) {
	t.Parallel()
	bubble(t, "and keeps the answer", func(t *testing.T) {
		s := &source{}
		c := s.credential()
		get(t, c, policy.TokenRequestOptions{})
		expect(t, "token", get(t, c, policy.TokenRequestOptions{Claims: "{}"}), "token-2")
		expect(t, "claims", s.last.Claims, "{}")
		expect(t, "token", get(t, c, policy.TokenRequestOptions{}), "token-2")
	})
}

func TestCredential_RefuseGoesBackToTheAuthority(t *testing.T) {
	t.Parallel()
	bubble(t, "once, however many callers refuse the token", func(t *testing.T) {
		s := &source{}
		c := s.credential()
		refused := get(t, c, policy.TokenRequestOptions{})
		c.Refuse(refused)
		expect(t, "token", get(t, c, policy.TokenRequestOptions{}), "token-2")
		expect(t, "number of sources", s.builds, 2)
		for range 10 {
			c.Refuse(refused)
			c.Refuse("")
		}
		expect(t, "token", get(t, c, policy.TokenRequestOptions{}), "token-2")
		expect(t, "number of sources", s.builds, 2)
	})
	bubble(t, "and leaves the other scopes alone", func(t *testing.T) {
		s := &source{}
		c := s.credential()
		a := get(t, c, policy.TokenRequestOptions{Scopes: []string{"a"}})
		b := get(t, c, policy.TokenRequestOptions{Scopes: []string{"b"}})
		c.Refuse(a)
		expect(t, "token", get(t, c, policy.TokenRequestOptions{Scopes: []string{"b"}}), b)
	})
	bubble(t, "and does not keep what the old source hands out late", func(t *testing.T) {
		s := &source{}
		c := s.credential()
		refused := get(t, c, policy.TokenRequestOptions{})
		s.takes = time.Minute
		go func() {
			_, _ = c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://a.example/.default"}, Claims: "{}"})
		}()
		synctest.Wait()
		c.Refuse(refused)
		pass(2 * time.Minute)
		s.takes = 0
		expect(t, "token", get(t, c, policy.TokenRequestOptions{}), "token-3")
	})
}

func TestCredential_HeedsEachCallersContext(t *testing.T) {
	t.Parallel()
	bubble(t, "a caller who gives up does not fail the others", func(t *testing.T) {
		s := &source{takes: time.Minute}
		c := s.credential()
		ctx, cancel := context.WithCancel(t.Context())
		o := policy.TokenRequestOptions{Scopes: []string{"x"}}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.GetToken(ctx, o); !errors.Is(err, context.Canceled) {
				t.Errorf("the caller who gave up got %v", err)
			}
		})
		synctest.Wait()
		for range 5 {
			wg.Go(func() {
				if _, err := c.GetToken(t.Context(), o); err != nil {
					t.Errorf("a caller who waited got %v", err)
				}
			})
		}
		synctest.Wait()
		cancel()
		wg.Wait()
		expect(t, "number of requests", s.requests.Load(), 2)
	})
	bubble(t, "a caller who waits for another can leave", func(t *testing.T) {
		s := &source{takes: time.Hour}
		c := s.credential()
		o := policy.TokenRequestOptions{Scopes: []string{"x"}}
		go func() { _, _ = c.GetToken(t.Context(), o) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.GetToken(ctx, o)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		expect(t, "time", time.Since(start), time.Second)
		pass(time.Hour)
	})
}

// pass lets the virtual time of a bubble pass.
func pass(d time.Duration) { <-time.After(d) }

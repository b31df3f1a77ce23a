package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/sync/singleflight"
)

const (
	// margin is how long before its expiry a token is replaced.
	margin = 5 * time.Minute
	// grace is how long a token that is due keeps being used after its replacement failed, as long as it is valid.
	grace = 30 * time.Second
)

// Credential is an azcore.TokenCredential that keeps one token per scope and tenant and is safe for concurrent use.
// Callers that want the same token at the same time share one request.
type Credential struct {
	build   func() (azcore.TokenCredential, error)
	explain func(context.Context, error) error
	cae     bool

	flights singleflight.Group

	mu     sync.Mutex
	source azcore.TokenCredential
	round  int // counts the sources: what an earlier source hands out late is not kept
	tokens map[key]entry
}

type key struct {
	scopes, tenant string
	cae            bool
}

type entry struct {
	azcore.AccessToken
	holdUntil time.Time
}

// outcome is what a shared request ended with; abandoned tells that the caller who made it gave up.
type outcome struct {
	token     azcore.AccessToken
	err       error
	abandoned bool
}

var _ azcore.TokenCredential = (*Credential)(nil)

// GetToken returns the kept token, or asks the authority for one: when there is none, from five minutes before its expiry
// or from its refresh time on, and always when the options hold claims. A token that is due but still valid is returned
// when asking fails. Whether the token takes part in continuous access evaluation follows the settings, not the options.
// Errors are of type *Error, which wraps the error of the context where that ended first.
func (c *Credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	o.EnableCAE = c.cae
	k := key{strings.Join(o.Scopes, " "), strings.ToLower(o.TenantID), o.EnableCAE}
	if o.Claims != "" {
		got := c.ask(ctx, k, o)
		return got.token, got.err
	}
	for {
		kept, round := c.kept(k)
		now := time.Now()
		if !due(kept, now) {
			return kept.AccessToken, nil
		}
		flight := c.flights.DoChan(fmt.Sprint(round, k), func() (any, error) {
			if again, _ := c.kept(k); !due(again, now) {
				return outcome{token: again.AccessToken}, nil
			}
			return c.ask(ctx, k, o), nil
		})
		var got outcome
		select {
		case <-ctx.Done():
			return azcore.AccessToken{}, c.explain(ctx, context.Cause(ctx))
		case result := <-flight:
			got, _ = result.Val.(outcome) // it can be nothing else
		}
		switch {
		case got.err == nil:
			return got.token, nil
		case got.abandoned && ctx.Err() == nil:
			continue
		case kept.Token != "" && kept.ExpiresOn.After(now.Add(grace)):
			c.hold(k, kept, now.Add(grace))
			return kept.AccessToken, nil
		}
		return azcore.AccessToken{}, got.err
	}
}

// Refuse drops a token that an API did not accept and makes the next GetToken go to the authority. A token that is no
// longer kept is ignored, so that many callers may refuse the same one.
func (c *Credential) Refuse(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.tokens {
		if token != "" && e.Token == token {
			delete(c.tokens, k)
			// The source keeps tokens of its own and offers no way to forget one.
			c.source, c.round = nil, c.round+1
		}
	}
}

// ask goes to the source and keeps what it hands out.
func (c *Credential) ask(ctx context.Context, k key, o policy.TokenRequestOptions) outcome {
	source, round, err := c.current()
	if err != nil {
		return outcome{err: err}
	}
	o.Scopes = slices.Clone(o.Scopes)
	token, err := source.GetToken(ctx, o)
	if err != nil {
		return outcome{err: c.explain(ctx, err), abandoned: ctx.Err() != nil}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if round == c.round {
		e := entry{AccessToken: token}
		// A source that hands out a token that is due already, such as a tool with a cache, is not asked for each call.
		if now := time.Now(); due(e, now) && token.ExpiresOn.After(now.Add(grace)) {
			e.holdUntil = now.Add(grace)
		}
		c.tokens[k] = e
	}
	return outcome{token: token}
}

func (c *Credential) current() (azcore.TokenCredential, int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.source == nil {
		source, err := c.build()
		if err != nil {
			return nil, 0, err
		}
		c.source = source
	}
	return c.source, c.round, nil
}

func (c *Credential) kept(k key) (entry, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tokens[k], c.round
}

func (c *Credential) hold(k key, e entry, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tokens[k].Token == e.Token {
		e.holdUntil = until
		c.tokens[k] = e
	}
}

func due(e entry, now time.Time) bool {
	switch {
	case e.Token == "":
		return true
	case now.Before(e.holdUntil):
		return false
	case !e.RefreshOn.IsZero() && !now.Before(e.RefreshOn):
		return true
	}
	return !now.Before(e.ExpiresOn.Add(-margin))
}

package server

import (
	"cmp"
	"strings"
	"sync"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/route"
)

// Confidence says how well a fact is known.
type Confidence string

// The confidences, the best first.
const (
	// Documented is what the owner of the API has written down, or tells in a specification.
	Documented Confidence = "documented"
	// Observed is what somebody has seen the service answer and published.
	Observed Confidence = "observed"
	// Inferred is concluded from similar services; a switch chooses otherwise where it matters.
	Inferred Confidence = "inferred"
)

// Fact is what a route rests on.
type Fact struct {
	// Source is the address of the page that says how the operation behaves.
	Source string `json:"source"`
	// Confidence is how well it is known.
	Confidence Confidence `json:"confidence"`
	// APIVersions are the values of api-version that the operation takes; nil where the query has none, or where the
	// family has a rule of its own.
	APIVersions []string `json:"api_versions,omitempty"`
	// Content are the media types of request bodies that the operation takes, "*" for any; nil is JSON.
	Content []string `json:"content,omitempty"`
}

// knowledge is what is known of operations. The zero value knows nothing. It is safe for concurrent use.
type knowledge struct {
	mu        sync.RWMutex
	rules     []factRule
	of        map[string]*Fact  // by operation
	witnesses map[string]string // by operation
}

type factRule struct {
	pattern string
	fact    *Fact
}

func (k *knowledge) add(pattern string, f Fact) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rules = append(k.rules, factRule{pattern, &f})
	clear(k.of)
}

// fact returns what an operation rests on, nil if nothing was said of it.
func (k *knowledge) fact(operation string) *Fact {
	k.mu.RLock()
	f, ok := k.of[operation]
	k.mu.RUnlock()
	if ok {
		return f
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	best := -1
	for _, rule := range k.rules {
		if literal := len(rule.pattern) - strings.Count(rule.pattern, "*"); literal > best && route.Glob(rule.pattern, operation) {
			best, f = literal, rule.fact
		}
	}
	if k.of == nil {
		k.of = map[string]*Fact{}
	}
	k.of[operation] = f
	return f
}

func (k *knowledge) witness(operation string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return cmp.Or(k.witnesses[operation], Unwitnessed)
}

// Coverage is what the mock has, or is known not to have, of one route.
type Coverage struct {
	// Operation is the operation ID.
	Operation string `json:"operation"`
	// Method is the HTTP method.
	Method string `json:"method"`
	// Host is the host, or its pattern, that the route was first registered for: that of the public cloud.
	Host string `json:"host"`
	// Hosts is how many hosts and patterns have the route.
	Hosts int `json:"hosts"`
	// Path is the pattern of the path.
	Path string `json:"path"`
	// Implemented is false for an operation that is known to be absent.
	Implemented bool `json:"implemented"`
	// Source and Confidence are those of the fact.
	Source     string     `json:"source,omitempty"`
	Confidence Confidence `json:"confidence,omitempty"`
	// APIVersions are the api-versions that the fact names.
	APIVersions []string `json:"api_versions,omitempty"`
	// Witness is the test that has seen the operation work, "unwitnessed" if none has, "" for what is absent.
	Witness string `json:"witness,omitempty"`
}

// Unwitnessed is the witness of an operation that no test has seen work.
const Unwitnessed = "unwitnessed"

// Facts is a table of facts: patterns of operation IDs, with spaces between them, and what they rest on.
type Facts map[string]Fact

// Missing is operations that the platform is known to have and the mock does not: "METHOD path" by operation ID. An
// operation with several paths has them with "|" between them.
type Missing map[string]string

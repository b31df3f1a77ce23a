package clock

import (
	"encoding/json"
	"fmt"
	"time"
)

// Span is a length of time that files write as "90s" or "1h30m".
type Span time.Duration

// Duration returns the span as the standard library knows it.
func (s Span) Duration() time.Duration { return time.Duration(s) }

// String returns "1m30s".
func (s Span) String() string { return time.Duration(s).String() }

// MarshalJSON writes "1m30s".
func (s Span) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON reads "90s". A negative length is an error.
func (s *Span) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is no duration such as \"90s\"", text)
	}
	*s = Span(d)
	return nil
}

package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// tenant is the one that the mock has from the start: Contoso, with the networks and the vault that the story needs.
const tenant = "00000000-0000-4000-8000-00000000aaaa"

// story is what is told on the stage.
type story struct {
	*stage
	out     io.Writer
	started time.Time
	before  state // the tenant as it was
	made    int   // objects that the configuration declares
}

// chapter does something and returns what is worth telling about it.
type chapter struct {
	title string
	tell  func(ctx context.Context) ([]string, error)
}

// tell tells every chapter, and what Terraform printed in the one that fails. If the stage is kept, the last one is left
// out.
func (s *story) tell(ctx context.Context) error {
	chapters := []chapter{
		{"Build the provider and the platform's mock", s.buildBoth},
		{"Start the platform: the company has networks and a key vault, but no application", s.startPlatform},
		{"Declare the whole architecture, and apply it once", s.create},
		{"Look at what stands", s.look},
		{"Plan again: what was written is what is there", s.planAgain},
		{"Look for the secrets everywhere that Terraform writes", s.search},
		{"Somebody deletes one side of the peering; the next apply heals it", s.heal},
		{"Destroy everything, in one run", s.destroy},
	}
	if s.keep {
		chapters = chapters[:len(chapters)-1]
	}
	for i, c := range chapters {
		began := time.Now()
		s.spoken.Reset()
		if _, err := fmt.Fprintf(s.out, "\n%d. %s\n", i+1, c.title); err != nil {
			return err
		}
		facts, err := c.tell(ctx)
		if err != nil {
			_, _ = fmt.Fprint(s.out, s.spoken.String())
			return fmt.Errorf("chapter %d, %q: %w", i+1, c.title, err)
		}
		facts[len(facts)-1] += fmt.Sprintf(" (%.1f s)", time.Since(began).Seconds())
		for _, fact := range facts {
			if _, err := fmt.Fprintln(s.out, "   "+fact); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(s.out, "\nThe end, after %.1f s. Every claim above was checked against the plan, the journal and the state of the platform.\n",
		time.Since(s.started).Seconds())
	return err
}

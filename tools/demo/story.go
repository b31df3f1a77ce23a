package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// story is what is told on the stage.
type story struct {
	*stage
	out      io.Writer
	started  time.Time
	tenant   tenantSeed
	scenario string            // folder of the configuration
	old      string            // the environment that already existed, as it was
	ids      map[string]string // of environments by their key in the configuration
}

// seed is what the demo needs of the seed of the scenario.
type seed struct {
	Tenants []tenantSeed `json:"tenants"`
}

type tenantSeed struct {
	ID           string `json:"id"`
	DisplayName  string `json:"display_name"`
	Environments []struct {
		ID          string `json:"id"`
		DisplayName string `json:"display_name"`
	} `json:"environments"`
}

// chapter does something and returns what is worth telling about it.
type chapter struct {
	title string
	tell  func(ctx context.Context) ([]string, error)
}

// tell tells every chapter, and what Terraform printed in the one that fails.
func (s *story) tell(ctx context.Context) error {
	chapters := []chapter{
		{"Build the provider and the platform's mock", s.buildBoth},
		{"Start the platform, with a tenant in which one environment has long existed", s.startPlatform},
		{"Declare the tenant and three environments: dev, test, prod", s.create},
		{"Plan again: what was written is what is there", s.planAgain},
		{"Change one description", s.change},
		{"Bring the environment that already existed into the configuration", s.adopt},
		{"Destroy everything", s.destroy},
	}
	for i, c := range chapters {
		began := time.Now()
		s.spoken.Reset()
		s.runs = 0
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

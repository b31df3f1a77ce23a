package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-exec/tfexec"
)

func (s *story) buildBoth(ctx context.Context) ([]string, error) {
	folder, err := root(ctx)
	if err != nil {
		return nil, err
	}
	s.scenario = filepath.Join(folder, "examples", "scenarios", "private-case-management")
	if err := s.build(ctx, folder); err != nil {
		return nil, err
	}
	sizes := map[string]int64{}
	for _, name := range []string{"terraform-provider-powerplatform", "ppmock"} {
		file, err := os.Stat(s.executable(name))
		if err != nil {
			return nil, err
		}
		sizes[name] = file.Size() >> 20
	}
	return []string{fmt.Sprintf("terraform-provider-powerplatform, %d MiB; ppmock, %d MiB", sizes["terraform-provider-powerplatform"], sizes["ppmock"])}, nil
}

func (s *story) startPlatform(ctx context.Context) ([]string, error) {
	if err := s.serve(ctx); err != nil {
		return nil, err
	}
	if err := s.prepare(s.scenario); err != nil {
		return nil, err
	}
	if err := s.platform.settle(ctx); err != nil {
		return nil, err
	}
	var err error
	if s.before, err = s.platform.state(ctx); err != nil {
		return nil, err
	}
	networks, secrets := s.before.Collections["virtual_networks"], s.before.Collections["secrets"]
	if len(networks) == 0 || len(secrets) == 0 {
		return nil, errors.New("the tenant has no virtual networks or no secrets")
	}
	return []string{
		fmt.Sprintf("ppmock listens on %s; Contoso has %s and %s in a key vault", s.platform.address, count(len(networks), "virtual network"), count(len(secrets), "secret")),
		fmt.Sprintf("POWER_PLATFORM_MOCK_HOST=%s is all that the provider is told: no credentials, no terraform init", s.platform.address),
	}, nil
}

func (s *story) create(ctx context.Context) ([]string, error) {
	plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	kinds := map[string]int{}
	for _, line := range changed(plan) {
		action, address, _ := strings.Cut(line, " ")
		if action != "create" {
			return nil, fmt.Errorf("the first plan is also to %s", line)
		}
		kind, _, _ := strings.Cut(strings.TrimPrefix(address, "powerplatform_"), ".")
		kinds[kind]++
		s.made++
	}
	if err := s.apply(ctx); err != nil {
		return nil, err
	}
	seen, err := s.traffic(ctx)
	if err != nil {
		return nil, err
	}
	facts := []string{fmt.Sprintf("plan: %d to create, of %s; applied", s.made, count(len(kinds), "type"))}
	for _, operation := range []string{"bap.environments.create", "bap.environments.govern", "arm.subnets.put", "arm.peerings.put", "arm.enterprisepolicies.put", "bap.enterprisepolicies.link"} {
		if seen.times(operation) == 0 {
			return nil, fmt.Errorf("nothing was asked of %s:%s", operation, lines(seen.writes))
		}
	}
	return append(facts, "requests: "+seen.String()), nil
}

func (s *story) look(ctx context.Context) ([]string, error) {
	now, err := s.platform.state(ctx)
	if err != nil {
		return nil, err
	}
	return topology(now)
}

func (s *story) planAgain(ctx context.Context) ([]string, error) {
	plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	if err := expect(plan); err != nil {
		return nil, err
	}
	seen, err := s.traffic(ctx)
	if err != nil {
		return nil, err
	}
	if len(seen.writes) > 0 {
		return nil, fmt.Errorf("a plan wrote something:%s", lines(seen.writes))
	}
	return []string{"plan: no changes", fmt.Sprintf("requests: %s, for %d objects", seen, s.made)}, nil
}

// search looks for the values of the secrets.
func (s *story) search(context.Context) ([]string, error) {
	values, err := s.before.secrets()
	if err != nil {
		return nil, err
	}
	searched := 0
	files, err := os.OpenRoot(s.path("work"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = files.Close() }()
	err = fs.WalkDir(files.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		searched++
		return s.hold(path, string(text), values)
	})
	if err != nil {
		return nil, err
	}
	if err := s.hold("what Terraform printed", s.everything.String(), values); err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("%d values of the vault are in none of %s, and in nothing that Terraform printed", len(values), count(searched, "file"))}, nil
}

func (*story) hold(what, text string, secrets []string) error {
	for _, v := range secrets {
		if strings.Contains(text, v) {
			return fmt.Errorf("a secret is in %s", what)
		}
	}
	return nil
}

const pair = "powerplatform_failover_region_pair.case"

func (s *story) heal(ctx context.Context) ([]string, error) {
	now, err := s.platform.state(ctx)
	if err != nil {
		return nil, err
	}
	peerings, err := documents[peering](now, "virtual_network_peerings")
	if err != nil || len(peerings) != 2 {
		return nil, errors.Join(err, fmt.Errorf("there are %d peerings", len(peerings)))
	}
	if err := s.platform.act(ctx, http.MethodDelete, "management.azure.com", peerings[0].ID+"?api-version=2024-05-01"); err != nil {
		return nil, err
	}
	if err := s.platform.forget(ctx); err != nil {
		return nil, err
	}
	plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	if err := expect(plan, "update "+pair); err != nil {
		return nil, err
	}
	if err := s.apply(ctx); err != nil {
		return nil, err
	}
	if now, err = s.platform.state(ctx); err != nil {
		return nil, err
	}
	if peerings, err = documents[peering](now, "virtual_network_peerings"); err != nil {
		return nil, err
	}
	if len(peerings) != 2 || slices.ContainsFunc(peerings, func(p peering) bool { return p.Properties.State != "Connected" }) {
		return nil, fmt.Errorf("the peerings are %v", peerings)
	}
	seen, err := s.traffic(ctx)
	if err != nil {
		return nil, err
	}
	if n := seen.times("bap.enterprisepolicies.unlink"); n > 0 {
		return nil, fmt.Errorf("%d environments lost their network", n)
	}
	return []string{"plan: update in place " + pair, "both directions are Connected again; no environment was unlinked", "requests: " + seen.String()}, nil
}

func (s *story) destroy(ctx context.Context) ([]string, error) {
	plan, err := s.plan(ctx, tfexec.Destroy(true))
	if err != nil {
		return nil, err
	}
	deletes := 0
	for _, line := range changed(plan) {
		if !strings.HasPrefix(line, "delete ") {
			return nil, fmt.Errorf("the destroy is also to %s", line)
		}
		deletes++
	}
	if deletes != s.made {
		return nil, fmt.Errorf("%d are to be deleted, and %d were made", deletes, s.made)
	}
	if err := s.apply(ctx); err != nil {
		return nil, err
	}
	seen, err := s.traffic(ctx)
	if err != nil {
		return nil, err
	}
	if err := seen.inOrder("bap.enterprisepolicies.unlink", "arm.enterprisepolicies.delete", "arm.peerings.delete", "arm.subnets.put"); err != nil {
		return nil, err
	}
	left, err := s.platform.state(ctx)
	if err != nil {
		return nil, err
	}
	if err := nothingLeft(left, s.before); err != nil {
		return nil, err
	}
	return []string{
		fmt.Sprintf("plan: %d to delete; applied, first the links, then the policy, the peering, the delegations", deletes),
		"left in the tenant: what was there before, and no operation that runs",
		"requests: " + seen.String(),
	}, nil
}

// traffic returns the requests since the last time.
func (s *story) traffic(ctx context.Context) (traffic, error) {
	entries, err := s.platform.journal(ctx)
	if err != nil {
		return traffic{}, err
	}
	if err := s.platform.forget(ctx); err != nil {
		return traffic{}, err
	}
	return sorted(entries)
}

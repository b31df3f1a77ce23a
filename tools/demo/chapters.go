package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// The environments of the scenario: their keys, in the order of the story, and their addresses.
var keys = []string{"dev", "test", "prod"}

func address(key string) string { return fmt.Sprintf("powerplatform_environment.stage[%q]", key) }

const (
	tenantAddress  = "powerplatform_tenant.contoso"
	adoptedAddress = "powerplatform_environment.expenses"
)

func (s *story) buildBoth(ctx context.Context) ([]string, error) {
	folder, err := root(ctx)
	if err != nil {
		return nil, err
	}
	s.scenario = filepath.Join(folder, "examples", "scenarios", "first-environments")
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
	file := filepath.Join(s.scenario, "seed.json")
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all seed
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	if len(all.Tenants) != 1 || len(all.Tenants[0].Environments) != 1 {
		return nil, fmt.Errorf("%s: expected one tenant with one environment", file)
	}
	s.tenant = all.Tenants[0]
	if err := s.serve(ctx, file); err != nil {
		return nil, err
	}
	if err := s.prepare(s.scenario); err != nil {
		return nil, err
	}
	there, err := s.there(ctx)
	if err != nil {
		return nil, err
	}
	old := s.tenant.Environments[0]
	if there[old.ID].Properties.DisplayName != old.DisplayName {
		return nil, fmt.Errorf("environment %s (%s) is not in the tenant", old.DisplayName, old.ID)
	}
	s.old = there[old.ID].raw
	return []string{
		fmt.Sprintf("ppmock listens on %s; tenant %s (%s) holds %q", s.platform.address, s.tenant.DisplayName, s.tenant.ID, old.DisplayName),
		fmt.Sprintf("POWER_PLATFORM_MOCK_HOST=%s is all that the provider is told: no credentials, no terraform init", s.platform.address),
	}, nil
}

func (s *story) create(ctx context.Context) ([]string, error) {
	if err := s.write("terraform.tfvars", fmt.Sprintf("tenant_id = %q\n", s.tenant.ID)); err != nil {
		return nil, err
	}
	want := []string{"create " + tenantAddress}
	for _, key := range keys {
		want = append(want, "create "+address(key))
	}
	if err := s.planAndApply(ctx, want); err != nil {
		return nil, err
	}
	seen, err := s.traffic(ctx)
	if err != nil {
		return nil, err
	}
	if err := seen.wrote(len(keys), "bap.environments.create", nil); err != nil {
		return nil, err
	}
	urls, err := s.urls(ctx)
	if err != nil {
		return nil, err
	}
	there, err := s.there(ctx)
	if err != nil {
		return nil, err
	}
	facts := []string{fmt.Sprintf("plan: %d to create; applied", len(want))}
	for _, key := range keys {
		for id, e := range there {
			if e.Properties.DisplayName == "Case management "+key && e.Properties.Linked.URL == urls[key] && urls[key] != "" {
				s.ids[key] = id
				facts = append(facts, fmt.Sprintf("%-5s%-11s%s", key, e.Properties.SKU, urls[key]))
			}
		}
		if s.ids[key] == "" {
			return nil, fmt.Errorf("the platform has no environment %s at the address %q of the output", key, urls[key])
		}
	}
	return append(facts, "requests: "+seen.String()), nil
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
	if err := errors.Join(seen.wrote(0, "", nil), seen.readOnce(len(keys))); err != nil {
		return nil, err
	}
	return []string{"plan: no changes", "requests: " + seen.String() + "; one read for each environment"}, nil
}

func (s *story) change(ctx context.Context) ([]string, error) {
	const text = "Where a change meets its critics."
	err := s.write("terraform.tfvars", fmt.Sprintf(`tenant_id = %q

descriptions = {
  dev  = "Where makers build."
  test = %q
  prod = "Where the cases are."
}
`, s.tenant.ID, text))
	if err != nil {
		return nil, err
	}
	before, err := s.there(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.planAndApply(ctx, []string{"update " + address("test")}); err != nil {
		return nil, err
	}
	seen, err := s.traffic(ctx)
	if err != nil {
		return nil, err
	}
	if err := seen.wrote(1, "bap.environments.patch", []string{"properties", "properties.description"}); err != nil {
		return nil, err
	}
	there, err := s.there(ctx)
	if err != nil {
		return nil, err
	}
	if got := there[s.ids["test"]].Properties.Description; got != text {
		return nil, fmt.Errorf("the description on the platform is %q", got)
	}
	return []string{
		"plan: update in place " + address("test"),
		fmt.Sprintf("description: %q → %q", before[s.ids["test"]].Properties.Description, text),
		fmt.Sprintf("sent: one %s of …/environments/%s with properties.description and nothing else", seen.writes[0].Method, s.ids["test"]),
		"requests: " + seen.String(),
	}, nil
}

func (s *story) adopt(ctx context.Context) ([]string, error) {
	if err := s.add(filepath.Join(s.scenario, "adopt", "expenses.tf")); err != nil {
		return nil, err
	}
	if err := s.planAndApply(ctx, []string{"import " + adoptedAddress}); err != nil {
		return nil, err
	}
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
	if err := seen.wrote(0, "", nil); err != nil {
		return nil, err
	}
	there, err := s.there(ctx)
	if err != nil {
		return nil, err
	}
	old := s.tenant.Environments[0]
	if now := there[old.ID].raw; now != s.old {
		return nil, fmt.Errorf("%q was %s\nand is %s", old.DisplayName, s.old, now)
	}
	s.ids["expenses"] = old.ID
	return []string{
		fmt.Sprintf("plan: import %s, nothing to change; applied; the next plan is empty", adoptedAddress),
		fmt.Sprintf("%q (%s) is as it was, to the last byte", old.DisplayName, old.ID),
		"requests: " + seen.String(),
	}, nil
}

func (s *story) destroy(ctx context.Context) ([]string, error) {
	want := []string{"delete " + tenantAddress, "delete " + adoptedAddress}
	for _, key := range keys {
		want = append(want, "delete "+address(key))
	}
	if err := s.planAndApply(ctx, want, tfexec.Destroy(true)); err != nil {
		return nil, err
	}
	seen, err := s.traffic(ctx)
	if err != nil {
		return nil, err
	}
	if err := seen.wrote(len(s.ids), "bap.environments.delete", nil); err != nil {
		return nil, err
	}
	left, err := s.platform.state(ctx, s.tenant.ID)
	if err != nil {
		return nil, err
	}
	if err := nothingLeft(left, s.tenant.ID); err != nil {
		return nil, err
	}
	there, err := left.environments()
	if err != nil {
		return nil, err
	}
	if len(there) != 1 {
		return nil, errors.New("the default environment is gone, too")
	}
	return []string{
		fmt.Sprintf("plan: %d to delete; applied; the tenant itself is only let go of", len(want)),
		fmt.Sprintf("left in tenant %s: its default environment, no operation that runs", s.tenant.DisplayName),
		"requests: " + seen.String(),
	}, nil
}

// planAndApply plans, refuses anything but what is wanted, and applies.
func (s *story) planAndApply(ctx context.Context, want []string, options ...tfexec.PlanOption) error {
	plan, err := s.plan(ctx, options...)
	if err != nil {
		return err
	}
	if err := expect(plan, want...); err != nil {
		return err
	}
	return s.apply(ctx)
}

// traffic returns the requests of the chapter so far; every run of Terraform signs in once.
func (s *story) traffic(ctx context.Context) (traffic, error) {
	entries, err := s.platform.journal(ctx)
	if err != nil {
		return traffic{}, err
	}
	if err := s.platform.forget(ctx); err != nil {
		return traffic{}, err
	}
	t, err := sorted(entries)
	if err == nil && len(t.signIns) != s.runs {
		err = fmt.Errorf("the provider signed in %d times in %d runs of Terraform", len(t.signIns), s.runs)
	}
	return t, err
}

// there are the environments of the tenant, by ID.
func (s *story) there(ctx context.Context) (map[string]record, error) {
	now, err := s.platform.state(ctx, s.tenant.ID)
	if err != nil {
		return nil, err
	}
	return now.environments()
}

// urls is the output of that name: addresses by the key of the environment.
func (s *story) urls(ctx context.Context) (map[string]string, error) {
	s.terraform.SetStdout(nil)
	defer s.terraform.SetStdout(&s.spoken)
	outputs, err := s.terraform.Output(ctx)
	if err != nil {
		return nil, err
	}
	var urls map[string]string
	return urls, json.Unmarshal(outputs["urls"].Value, &urls)
}

package acctest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest/core"
)

// stage runs the steps of a test in process, command by command as terraform-plugin-testing runs them with the CLI.
type stage struct {
	start  func() *core.Terraform // with an empty state
	tf     *core.Terraform
	config string // of the last step
	set    map[string]json.RawMessage
}

// inProcess runs steps without a CLI, and destroys what they leave.
func inProcess(t testing.TB, start func() *core.Terraform, steps []resource.TestStep) {
	t.Helper()
	s := &stage{start: start, tf: start()}
	defer func() {
		t.Helper()
		if s.tf.Empty() {
			return
		}
		plan, err := s.tf.Plan(t.Context(), s.config, core.Options{Destroy: true, NoRefresh: true, Variables: s.set})
		if err == nil {
			err = s.tf.Apply(t.Context(), plan)
		}
		if err != nil {
			t.Errorf("Error running post-test destroy, there may be dangling resources: %v", err)
		}
	}()
	for n, step := range steps {
		if step.PreConfig != nil {
			step.PreConfig()
		}
		err := s.run(t.Context(), step)
		switch {
		case step.ExpectError == nil && err != nil:
			t.Fatalf("Step %d/%d error: %v", n+1, len(steps), err)
		case step.ExpectError != nil && err == nil:
			t.Fatalf("Step %d/%d, expected an error but got none", n+1, len(steps))
		case step.ExpectError != nil && !step.ExpectError.MatchString(err.Error()):
			t.Fatalf("Step %d/%d, expected an error with pattern (%s), no match on: %v", n+1, len(steps), step.ExpectError, err)
		}
	}
}

// core is Terraform in process, with the provider signed in to the mock.
func (w *World) core() *core.Terraform {
	return &core.Terraform{Provider: w.Factories()["powerplatform"], ProviderName: "powerplatform"}
}

func (s *stage) run(ctx context.Context, step resource.TestStep) error {
	for _, address := range step.Taint {
		if err := s.tf.Taint(address); err != nil {
			return err
		}
	}
	if step.ImportState {
		return s.imports(ctx, step)
	}
	if step.RefreshState {
		return s.refreshes(ctx, step)
	}
	if step.Config == "" {
		return errors.New("unsupported test mode")
	}
	s.config = step.Config
	set, err := variables(step)
	if err != nil {
		return err
	}
	s.set = set
	if !step.PlanOnly {
		if err := s.applies(ctx, step); err != nil {
			return err
		}
	}
	if err := s.planned(ctx, "non-refresh", step, core.Options{Destroy: step.Destroy, NoRefresh: true, Variables: set}, step.ConfigPlanChecks.PostApplyPreRefresh); err != nil {
		return err
	}
	return s.planned(ctx, "refresh", step, core.Options{Destroy: step.Destroy, Variables: set}, step.ConfigPlanChecks.PostApplyPostRefresh)
}

func variables(step resource.TestStep) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	for name, v := range step.ConfigVariables {
		text, err := v.MarshalJSON()
		if err != nil {
			return nil, err
		}
		out[name] = text
	}
	return out, nil
}

// applies plans and applies, with the checks of both.
func (s *stage) applies(ctx context.Context, step resource.TestStep) error {
	o := core.Options{Destroy: step.Destroy, Variables: s.set}
	plan, err := s.tf.Plan(ctx, s.config, o)
	if err != nil {
		return fmt.Errorf("Error running pre-apply plan: %w", err)
	}
	if err := s.check(ctx, plan, step.ConfigPlanChecks.PreApply); err != nil {
		return fmt.Errorf("pre-apply plan check(s) failed:\n%w", err)
	}
	before := s.tf.State()
	if step.Check != nil && step.Destroy {
		if err := s.tf.Refresh(ctx, s.config, s.set); err != nil {
			return err
		}
		before = s.tf.State()
		if plan, err = s.tf.Plan(ctx, s.config, o); err != nil {
			return err
		}
	}
	if err := s.tf.Apply(ctx, plan); err != nil {
		return fmt.Errorf("Error running apply: %w", err)
	}
	if step.Check != nil {
		if !step.Destroy {
			before = s.tf.State()
		}
		if err := step.Check(shim(before)); err != nil {
			return fmt.Errorf("check failed: %w", err)
		}
	}
	var failed []error
	for _, c := range step.ConfigStateChecks {
		resp := statecheck.CheckStateResponse{}
		c.CheckState(ctx, statecheck.CheckStateRequest{State: s.tf.State()}, &resp)
		failed = append(failed, resp.Error)
	}
	return errors.Join(failed...)
}

// planned plans once more: nothing may be left to do, unless the step expects it.
func (s *stage) planned(ctx context.Context, kind string, step resource.TestStep, o core.Options, checks []plancheck.PlanCheck) error {
	plan, err := s.tf.Plan(ctx, s.config, o)
	if err != nil {
		return fmt.Errorf("Error running %s plan: %w", kind, err)
	}
	if err := s.check(ctx, plan, checks); err != nil {
		return err
	}
	switch changes := left(s.tf.JSON(plan)); {
	case len(changes) > 0 && !step.ExpectNonEmptyPlan:
		return fmt.Errorf("after applying this test step, the %s plan was not empty.\n%s", kind, strings.Join(changes, "\n"))
	case len(changes) == 0 && step.ExpectNonEmptyPlan && !o.NoRefresh:
		return errors.New("expected a non-empty plan, but got an empty refresh plan")
	}
	return nil
}

func (s *stage) check(ctx context.Context, plan *core.Plan, checks []plancheck.PlanCheck) error {
	var failed []error
	for _, c := range checks {
		resp := plancheck.CheckPlanResponse{}
		c.CheckPlan(ctx, plancheck.CheckPlanRequest{Plan: s.tf.JSON(plan)}, &resp)
		failed = append(failed, resp.Error)
	}
	return errors.Join(failed...)
}

// left lists what a plan would do.
func left(p *tfjson.Plan) []string {
	var out []string
	for _, c := range p.ResourceChanges {
		if !c.Change.Actions.NoOp() {
			out = append(out, fmt.Sprintf("%s: %v\n  before: %v\n  after: %v", c.Address, c.Change.Actions, c.Change.Before, c.Change.After))
		}
	}
	for name, c := range p.OutputChanges {
		if !c.Actions.NoOp() {
			out = append(out, fmt.Sprintf("output %s: %v", name, c.Actions))
		}
	}
	return out
}

// refreshes is a step that only reads.
func (s *stage) refreshes(ctx context.Context, step resource.TestStep) error {
	if err := s.tf.Refresh(ctx, s.config, s.set); err != nil {
		return err
	}
	if step.Check != nil {
		if err := step.Check(shim(s.tf.State())); err != nil {
			return err
		}
	}
	return s.planned(ctx, "refresh", step, core.Options{Variables: s.set}, step.RefreshPlanChecks.PostRefresh)
}

// imports is a step that imports an object into an empty state, and compares it with what is in the state of the test.
func (s *stage) imports(ctx context.Context, step resource.TestStep) error {
	if step.ImportStateKind != resource.ImportCommandWithID {
		return errors.New("import blocks stand in the configuration of tests that run in process")
	}
	config := step.Config
	if config == "" {
		config = s.config
	}
	state := shim(s.tf.State())
	id := step.ImportStateId
	switch {
	case step.ImportStateIdFunc != nil:
		var err error
		if id, err = step.ImportStateIdFunc(state); err != nil {
			return err
		}
	case id == "":
		found, ok := state.RootModule().Resources[step.ResourceName]
		if !ok {
			return fmt.Errorf("%s is not in state", step.ResourceName)
		}
		id = found.Primary.ID
	}
	set, err := variables(step)
	if err != nil {
		return err
	}
	maps.Copy(set, s.set)
	to := s.start()
	if step.ImportStatePersist {
		to, s.config = s.tf, config
	}
	if err := to.Import(ctx, config, step.ResourceName, step.ImportStateIdPrefix+id, set); err != nil {
		return err
	}
	imported := shim(to.State())
	if step.ImportStateCheck != nil {
		var all []*terraform.InstanceState
		for _, r := range imported.RootModule().Resources {
			all = append(all, r.Primary)
		}
		if err := step.ImportStateCheck(all); err != nil {
			return err
		}
	}
	if step.ImportStateVerify {
		return verify(step, imported, state)
	}
	return nil
}

// verify compares what was imported with what is in state, attribute by attribute.
func verify(step resource.TestStep, imported, state *terraform.State) error {
	identifier := step.ImportStateVerifyIdentifierAttribute
	if identifier == "" {
		identifier = "id"
	}
	for _, now := range imported.RootModule().Resources {
		var before *terraform.ResourceState
		for name, candidate := range state.RootModule().Resources {
			if !strings.HasPrefix(name, "data.") && candidate.Type == now.Type && candidate.Primary.Attributes[identifier] == now.Primary.Attributes[identifier] {
				before = candidate
			}
		}
		if before == nil {
			return fmt.Errorf("Failed state verification, resource with ID %s not found", now.Primary.Attributes[identifier])
		}
		got, want := compared(now, step), compared(before, step)
		if reflect.DeepEqual(got, want) {
			continue
		}
		var differ []string
		for name := range want {
			if got[name] != want[name] {
				differ = append(differ, fmt.Sprintf("%s: %q became %q", name, want[name], got[name]))
			}
		}
		for name := range got {
			if _, had := want[name]; !had {
				differ = append(differ, fmt.Sprintf("%s: nothing became %q", name, got[name]))
			}
		}
		return fmt.Errorf("ImportStateVerify attributes not equivalent.\n%s", strings.Join(differ, "\n"))
	}
	return nil
}

// compared are the attributes that an import must bring back.
func compared(r *terraform.ResourceState, step resource.TestStep) map[string]string {
	out := maps.Clone(r.Primary.Attributes)
	maps.DeleteFunc(out, func(name, value string) bool {
		for _, ignored := range step.ImportStateVerifyIgnore {
			if strings.HasPrefix(name, ignored) {
				return true
			}
		}
		return name == "timeouts" || strings.HasPrefix(name, "timeouts.") || value == "0" && (strings.HasSuffix(name, ".#") || strings.HasSuffix(name, ".%"))
	})
	return out
}

// shim is a state in the form that checks of terraform-plugin-testing take.
func shim(s *tfjson.State) *terraform.State {
	out := terraform.NewState() //nolint:staticcheck // the form that checks take has no other maker
	if s.Values == nil {
		return out
	}
	for name, o := range s.Values.Outputs {
		value := o.Value
		switch value.(type) {
		case bool, json.Number:
			value = fmt.Sprint(value)
		}
		out.RootModule().Outputs[name] = &terraform.OutputState{Value: value, Sensitive: o.Sensitive}
	}
	for _, r := range s.Values.RootModule.Resources {
		flat := map[string]string{}
		flatten(flat, "", r.AttributeValues)
		id, ok := flat["id"]
		if !ok {
			id = "id-attribute-not-set"
		}
		out.RootModule().Resources[r.Address] = &terraform.ResourceState{
			Provider: r.ProviderName, Type: r.Type, Dependencies: r.DependsOn,
			Primary: &terraform.InstanceState{ID: id, Attributes: flat, Tainted: r.Tainted},
		}
	}
	return out
}

func flatten(into map[string]string, name string, v any) {
	join := func(part string) string {
		if name == "" {
			return part
		}
		return name + "." + part
	}
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			flatten(into, join(key), member)
		}
		into[join("%")] = strconv.Itoa(len(v))
	case []any:
		for i, element := range v {
			flatten(into, join(strconv.Itoa(i)), element)
		}
		into[join("#")] = strconv.Itoa(len(v))
	case nil:
	default:
		into[name] = fmt.Sprint(v)
	}
}

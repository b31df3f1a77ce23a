package connector_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
)

func given(value string) config.Variables {
	return config.Variables{"secret": config.StringVariable(value)}
}

// A secret with a version goes to the API hub when the version changes and at no other time.
func TestASecretWithAVersionIsSentWhenTheVersionChanges(t *testing.T) {
	t.Parallel()
	w := world(t, nil)
	text := func(version, more string) string {
		return secretly + block(entra(`client_secret = var.secret`, `client_secret_version = `+version), `description = "`+more+`"`)
	}
	w.Run(
		resource.TestStep{Config: text("1", "one"), ConfigVariables: given(canary), Check: acctest.Then(func() { acctest.Same(t, "secret", secret(w), canary) })},
		resource.TestStep{PreConfig: w.Forget, Config: text("1", "two"), ConfigVariables: given("other"), Check: acctest.Then(func() {
			acctest.Same(t, "secret", secret(w), canary)
			acctest.Same(t, "saves in the hub", w.Count(opHubSave), 0)
			acctest.Same(t, "sent to Dataverse", sent(w, opUpdate), "[description]")
		})},
		resource.TestStep{PreConfig: w.Forget, Config: text("2", "two"), ConfigVariables: given("other"), Check: acctest.Then(func() {
			acctest.Same(t, "secret", secret(w), "other")
			acctest.Same(t, "saves in the hub", w.Count(opHubSave), 1)
			acctest.Same(t, "saves in Dataverse", w.Count(opUpdate), 0)
		})},
		resource.TestStep{Config: text("2", "two"), ConfigVariables: given("third"), ConfigPlanChecks: acctest.Will(it, plancheck.ResourceActionNoop)},
	)
}

// Where the platform forgets a secret that is not sent, one without a version survives an update of something else.
func TestAccConnector_C03(t *testing.T) {
	t.Parallel()
	w := world(t, map[string]string{powerapps.SwitchSecrets: "clear"})
	text := func(more string) string {
		return secretly + block(entra(`client_secret = var.secret`), `description = "`+more+`"`)
	}
	w.Run(
		resource.TestStep{Config: text("one"), ConfigVariables: given(canary)},
		resource.TestStep{PreConfig: w.Forget, Config: text("two"), ConfigVariables: given(canary), Check: acctest.Then(func() { acctest.Same(t, "secret", secret(w), canary) })},
		resource.TestStep{Config: text("two"), ConfigVariables: given("rotated"), ConfigPlanChecks: acctest.Will(it, plancheck.ResourceActionNoop)},
	)
}

// log is a provider that notes everything it would log, at level TRACE.
type log struct {
	tfprotov6.ProviderServer

	t   *testing.T
	mu  sync.Mutex
	all bytes.Buffer
}

// Write appends what is logged.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

// in is a context that logs here alone, and not where the one of the test library does.
func (l *log) in(context.Context) context.Context { return tflogtest.RootLogger(l.t.Context(), l) }

func (l *log) PlanResourceChange(ctx context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return l.ProviderServer.PlanResourceChange(l.in(ctx), r)
}

func (l *log) ApplyResourceChange(ctx context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return l.ProviderServer.ApplyResourceChange(l.in(ctx), r)
}

func (l *log) ReadResource(ctx context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return l.ProviderServer.ReadResource(l.in(ctx), r)
}

// noCanary fails if the plan has the secret.
type noCanary struct{}

func (noCanary) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	req.Plan.Variables = nil
	if strings.Contains(text(req.Plan), canary) {
		resp.Error = context.Canceled
	}
}

// No secret ends up in state, plan, log or error, whichever kind of connector and however it fails: the platform
// shows none, and none is asked for.
func TestAccConnector_C02(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, name string
		cli        bool
	}{{kind, `name = "contoso_it"`, true}, {classic, "", false}} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil)
			sink := log{t: t}
			w.Through = func(p tfprotov6.ProviderServer) tfprotov6.ProviderServer {
				sink.ProviderServer = p
				return &sink
			}
			text1 := func(lines ...string) string {
				return secretly + named(c.kind, "it", append([]string{c.name, entra(`client_secret = var.secret`, `client_secret_version = 1`, `service_principal_enabled = true`)}, lines...)...)
			}
			clean := func(s *terraform.State) error {
				if strings.Contains(s.String(), canary) || strings.Contains(text(s), canary) {
					t.Error("state has the secret")
				}
				return nil
			}
			checks := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{noCanary{}}, PostApplyPostRefresh: []plancheck.PlanCheck{noCanary{}}}
			run := w.Run
			if c.cli {
				run = w.RunCLI // which alone writes plan and state to files
			}
			run(
				resource.TestStep{Config: text1(), ConfigVariables: given(canary), Check: clean, ConfigPlanChecks: checks},
				resource.TestStep{
					PreConfig: func() {
						w.Fault(mock.Fault{Operation: opHubSave, Status: 400, Body: acctest.Refusal("Bad", "No.")})
					},
					Config: strings.Replace(text1(), "_version = 1", "_version = 2", 1), ConfigVariables: given(canary), ExpectError: acctest.Says("No."),
				},
				resource.TestStep{Config: strings.Replace(text1(), "_version = 1", "_version = 2", 1), ConfigVariables: given(canary), Check: clean, ConfigPlanChecks: checks},
			)
			logged := sink.all.String()
			if !strings.Contains(logged, "apis") {
				t.Error("nothing is logged")
			}
			if strings.Contains(logged, canary) {
				t.Error("the log has the secret")
			}
		})
	}
}

// An error beneath the API hub is shown as what it is, and what is passing is tried again a few times.
func TestAccConnector_C04(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, name, operation string }{{kind, `name = "contoso_it"`, opUpdate}, {classic, "", opHubSave}} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			w := world(t, nil)
			text := func(more string) string { return named(c.kind, "it", c.name, `description = "`+more+`"`) }
			fail := func(status int, code, message string, times int) func() {
				return func() {
					w.Forget()
					w.Fault(mock.Fault{Operation: c.operation, Times: times, Status: 400, Body: powerapps.HubFailure(status, code, message)})
				}
			}
			w.Run(
				applied(text("one")),
				resource.TestStep{PreConfig: fail(500, "InternalServerError", "APIM is busy.", 1), Config: text("two"), Check: acctest.Then(func() { acctest.Same(t, "saves", w.Count(c.operation), 2) })},
				resource.TestStep{PreConfig: fail(500, "InternalServerError", "APIM is down.", 5), Config: text("three"), ExpectError: acctest.Says("APIM is down.")},
				resource.TestStep{PreConfig: fail(400, "BadRequest", "The scope is wrong.", 1), Config: text("four"), ExpectError: acctest.Says("The scope is wrong.")},
				applied(text("five")),
			)
			acctest.Same(t, "times", w.Count(c.operation) > 0, true)
		})
	}
}

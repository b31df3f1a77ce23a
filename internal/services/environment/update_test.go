package environment_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

const (
	policyA, policyB = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	groupA, groupB   = "bbbbbbbb-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
	security         = "cccccccc-0000-4000-8000-000000000001"
)

// policies are the objects that environments belong to.
var policies = map[string][]mock.Doc{
	"billing_policies":   {{"id": policyA, "name": "A"}, {"id": policyB, "name": "B"}},
	"environment_groups": {{"id": groupA, "display_name": "A"}, {"id": groupB, "display_name": "B"}},
}

var sameValue = compare.ValuesSame()

// The record shows old flags for some reads after a change.
func TestAccEnvironment_E06(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	flags := args{"location": `"europe"`, "allow_moving_data_across_regions": "true"}
	w.Run(
		resource.TestStep{Config: environment("it", flags)},
		resource.TestStep{
			PreConfig: func() {
				for _, member := range []string{"bingChatEnabled", "m365Enabled", "copilotPolicies"} {
					w.Lag(mock.Lag{Collection: bap.Environments, Field: "properties." + member, Reads: 4})
				}
			},
			Config: environment("it", flags.with(args{"allow_bing_search": "true", "allow_microsoft_365_services": "true", "allow_flex_routing": "true"})),
			ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
				"allow_bing_search": true, "allow_microsoft_365_services": true, "allow_flex_routing": true,
			}),
		},
	)
	w.Counted(2, opPatch) // the first is the create's
}

// The record shows no billing policy for some reads, the licensing service knows it at once.
func TestAccEnvironment_E08(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Items: policies})
	billed := func(policy string) resource.TestStep {
		return resource.TestStep{
			Config:            environment("it", args{"billing_policy_id": acctest.Quoted(policy)}),
			ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"billing_policy_id": policy}),
		}
	}
	w.Lag(mock.Lag{Collection: bap.Environments, Field: "properties.billingPolicy", Reads: 5})
	w.Run(
		billed(policyA),
		resource.TestStep{
			PreConfig: func() { // it is taken away outside Terraform, which leaves a zero
				w.ClearLags()
				d := record(w, "it")
				d["properties"].(mock.Doc)["billingPolicy"] = mock.Doc{"id": "00000000-0000-0000-0000-000000000000"}
				w.Collection(bap.Environments).Put(idOf(w, "it"), d)
				w.Lag(mock.Lag{Collection: bap.Environments, Field: "properties.billingPolicy", Reads: 5})
			},
			Config: billed(policyB).Config, ConfigStateChecks: billed(policyB).ConfigStateChecks,
			ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionUpdate),
		},
	)
	if id := field(record(w, "it"), "properties.billingPolicy.id"); id != nil {
		t.Errorf("the environment is still there, with billing policy %v", id)
	}
	w.Counted(1, "licensing.billingpolicies.add")
	if n := w.Count("licensing.billingpolicies.environments"); n < 2 {
		t.Errorf("the licensing service was asked %d times", n)
	}
}

// Another operation runs on the environment; one refusal has no body.
func TestAccEnvironment_E09(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(
		resource.TestStep{Config: environment("it", nil)},
		resource.TestStep{
			PreConfig: func() {
				w.Fault(mock.Fault{Operation: opPatch, Status: http.StatusConflict, Body: busy})
				w.Fault(mock.Fault{Operation: opPatch, Status: http.StatusConflict, Body: ""})
				w.Fault(mock.Fault{Operation: opPatch, Status: http.StatusConflict, Body: busy})
			},
			Config:            environment("it", args{"description": `"new"`}),
			ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{"description": "new"}),
		},
	)
	w.Counted(4, opPatch)
}

// The operation itself answers 409 for a while.
func TestAccEnvironment_E10(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Fault(mock.Fault{Operation: opPoll, Times: 2, Status: http.StatusConflict, Body: busy})
	w.Run(resource.TestStep{Config: environment("it", nil)})
	polls := w.Requests(opPoll)
	if len(polls) < 4 || polls[0].Status != http.StatusConflict || polls[1].Status != http.StatusConflict {
		t.Errorf("the operation was polled %d times", len(polls))
	}
	w.Counted(1, opCreate)
}

// The operation vanishes: a read tells what became of it, and a delete has succeeded.
func TestAccEnvironment_E11(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	lost := mock.Fault{Operation: opPoll, Status: http.StatusNotFound, Effect: true}
	it := environment("it", args{"dataverse": dataverse(args{"domain": `"e11"`})})
	plain := args{"depends_on": "[powerplatform_environment.it]"}
	w.Fault(mock.Fault{Operation: opCreate, Status: http.StatusAccepted, Headers: map[string]string{
		"Location": "https://unitedstates.api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/lifecycleOperations/never?api-version=2021-04-01",
	}})
	w.Run(
		resource.TestStep{Config: it, ExpectError: acctest.Says("Could not create environment", "operation")},
		resource.TestStep{
			PreConfig: func() { w.Forget(); w.Fault(lost) }, Config: it + environment("plain", plain),
			Check: func(*terraform.State) error { w.Counted(2, opCreate); return nil },
		},
		resource.TestStep{
			PreConfig:         func() { lost.Times = 2; w.Fault(lost) }, // of the database, then of the change
			Config:            it + environment("plain", plain.with(args{"description": `"new"`, "dataverse": dataverse(nil)})),
			ConfigStateChecks: acctest.Shows("powerplatform_environment.plain", acctest.Attributes{"dataverse.url": knownvalue.NotNull()}),
			Check: func(*terraform.State) error {
				w.Script(bap.KindDelete, mock.Script{Times: 2, Duration: 1})
				w.Fault(lost)
				return nil
			},
		},
	)
	w.Counted(1, opProvision)
	w.Counted(2, opDelete)
	if d := w.Platform.Faults(); slices.ContainsFunc(d, func(f mock.Fault) bool { return f.Tenant == w.ID && f.Hits < max(f.Times, 1) }) {
		t.Errorf("not every operation was followed: %+v", d)
	}
}

// An operation fails: what can be repeated is, a few times, and the reason is shown.
func TestAccEnvironment_E12(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Script(bap.KindCreate, mock.Script{Fail: []string{"The scale group has no room."}})
	patches := func(n int) resource.TestCheckFunc {
		return func(*terraform.State) error { w.Counted(n, opPatch); return nil }
	}
	w.Run(
		resource.TestStep{Config: environment("it", nil), ExpectError: acctest.Says("Could not create environment", "The scale group has no room.")},
		resource.TestStep{
			Config: environment("it", nil), ConfigPlanChecks: acctest.Will(addr, plancheck.ResourceActionCreate), // nothing is left of the first
			Check: func(*terraform.State) error { w.Counted(2, opCreate); return nil },
		},
		resource.TestStep{
			PreConfig: func() { w.Script(bap.KindEdit, mock.Script{Fail: []string{"Try again."}}) },
			Config:    environment("it", args{"description": `"new"`}), Check: patches(2),
		},
		resource.TestStep{
			PreConfig:   func() { w.Script(bap.KindEdit, mock.Script{Fail: []string{"The organisation is locked."}, Times: -1}) },
			Config:      environment("it", args{"description": `"newer"`}),
			ExpectError: acctest.Says("Could not update environment", "its operation ended as Failed", "The organisation is locked."),
		},
	)
	w.Counted(2+3, opPatch)
}

// Adding Dataverse is answered 499 with the whole environment, and takes effect.
func TestAccEnvironment_E13(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(
		resource.TestStep{Config: environment("it", nil)},
		resource.TestStep{
			PreConfig: func() { w.Fault(mock.Fault{Operation: opProvision, Status: 499, Body: record(w, "it"), Effect: true}) },
			Config:    environment("it", args{"dataverse": dataverse(args{"domain": `"e13"`})}),
			ConfigStateChecks: acctest.Shows(addr, acctest.Attributes{
				"dataverse.url": "https://e13.crm.dynamics.com/", "dataverse.unique_name": knownvalue.NotNull(),
			}),
		},
	)
	w.Counted(1, opProvision)
	w.Counted(1, opCreate)
}

// A change of the name touches neither governance nor the security group.
func TestAccEnvironment_E20(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{})
	secured := args{"dataverse": dataverse(args{"security_group_id": acctest.Quoted(security)})}
	w.Run(
		resource.TestStep{Config: environment("it", secured)},
		resource.TestStep{Config: environment("it", secured.with(args{"display_name": `"renamed"`})), Check: func(*terraform.State) error {
			d := record(w, "renamed")
			if field(d, metadata+".securityGroupId") != security || field(d, "properties.governanceConfiguration.protectionLevel") != "Basic" {
				t.Errorf("the platform holds %v", d)
			}
			return nil
		}},
	)
	patches := w.Requests(opPatch)
	if len(patches) != 1 {
		t.Fatalf("%d changes", len(patches))
	}
	acctest.Same(t, "the change", acctest.Sent(patches[0], "properties."), []string{"displayName"})
}

// A group that takes managed environments only says no to another one; nothing of the environment is lost.
func TestAccEnvironment_G04(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, mock.TenantSeed{Items: policies, Switches: map[string]string{bap.SwitchGroupMembers: "managed"}})
	database := args{"dataverse": dataverse(nil)}
	w.Run(
		resource.TestStep{Config: environment("it", database)},
		resource.TestStep{
			Config:      environment("it", database.with(args{"environment_group_id": acctest.Quoted(groupA)})),
			ExpectError: acctest.Says("environment_group_id = ", "Make it one with powerplatform_managed_environment first", "is not managed.", "InputValidationError"),
		},
		resource.TestStep{Config: environment("it", database), PlanOnly: true},
	)
	w.Counted(1, opCreate)
	w.Counted(1, opDelete)
}

package solution_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

const (
	opCreate = "dataverse.publishers.create"
	opGet    = "dataverse.publishers.get"
	opList   = "dataverse.publishers.list"
	opUpdate = "dataverse.publishers.update"
	opDelete = "dataverse.publishers.delete"
	opEnv    = "bap.environments.get"

	first, second = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
)

func TestPublisherFollowsItsConfiguration(t *testing.T) {
	t.Parallel()
	w := world(t)
	full := publisher(`description = "D"`, `email_address = "a@contoso.example"`, `supporting_website_url = "https://contoso.example"`, `customization_option_value_prefix = 47110`)
	w.Run(
		resource.TestStep{
			Config: publisher(),
			// h = h*31 + c over CON is 66914, and 66914 % 90000 + 10000 is 76914
			ConfigStateChecks: acctest.Shows(pub, acctest.Attributes{
				"environment_id": env, "customization_option_value_prefix": 76914, "is_read_only": false,
				"description": nil, "address": nil,
			}),
		},
		resource.TestStep{Config: full, ConfigPlanChecks: acctest.Will(pub, plancheck.ResourceActionUpdate), ConfigStateChecks: acctest.Shows(pub, acctest.Attributes{"description": "D"})},
		resource.TestStep{PreConfig: w.Forget, Config: publisher(`description = ""`, `friendly_name = "Contoso Ltd"`, `customization_prefix = "ctso"`), Check: acctest.Then(func() {
			// The option value prefix stays: it is not configured any more, and belongs to what was made before.
			row := rows(w, "publishers")["contoso"]
			acctest.Same(t, "row", []any{row["description"], row["emailaddress"], row["customizationoptionvalueprefix"]}, []any{nil, nil, 47110})
			acctest.Same(t, "sent", sent(w, opUpdate), "map[customizationprefix:ctso description:<nil> emailaddress:<nil> friendlyname:Contoso Ltd supportingwebsiteurl:<nil>]")
		})},
		resource.TestStep{
			PreConfig: change(w, "publishers", "contoso", mock.Doc{"friendlyname": "CONTOSO LTD", "description": "theirs"}),
			Config:    publisher(`description = ""`, `friendly_name = "Contoso Ltd"`, `customization_prefix = "ctso"`), ConfigPlanChecks: acctest.Will(pub, plancheck.ResourceActionUpdate),
		},
		resource.TestStep{Config: publisher(`uniquename = "other"`), ConfigPlanChecks: acctest.Will(pub, plancheck.ResourceActionDestroyBeforeCreate)},
	)
}

func TestPublisherTakesFewRequests(t *testing.T) {
	t.Parallel()
	w := world(t)
	made := counted(t, w, map[string]int{opEnv: 1, opCreate: 1, opGet: 1})
	w.Run(
		resource.TestStep{PreConfig: w.Forget, Config: publisher(), Check: acctest.Then(made)},
		resource.TestStep{PreConfig: w.Forget, RefreshState: true, Check: func(*terraform.State) error {
			counted(t, w, map[string]int{opEnv: 1, opGet: 1})()
			return nil
		}},
	)
}

func TestPublisherKeepsItsAddresses(t *testing.T) {
	t.Parallel()
	w := world(t)
	two := publisher(`address = [{ slot = 2, city = "Bern", latitude = 46.95, utc_offset = 60 }, { slot = 1, name = "HQ", address_type_code = 1 }]`)
	swapped := publisher(`address = [{ slot = 1, name = "HQ" }, { slot = 2, city = "Bern", latitude = 46.95 }]`)
	ids := func(of ...int) string {
		row := rows(w, "publishers")["contoso"]
		var out []string
		for _, slot := range of {
			out = append(out, fmt.Sprint(row[fmt.Sprintf("address%d_addressid", slot)]))
		}
		return strings.Join(out, " ")
	}
	shows := func(of ...int) resource.TestCheckFunc {
		return func(s *terraform.State) error {
			at := s.RootModule().Resources[pub].Primary.Attributes
			acctest.Same(t, "IDs of addresses", at["address.0.address_id"]+" "+at["address.1.address_id"], ids(of...))
			return nil
		}
	}
	w.Run(
		resource.TestStep{Config: two, Check: shows(2, 1)},
		resource.TestStep{PreConfig: w.Forget, Config: swapped, Check: resource.ComposeTestCheckFunc(shows(1, 2), acctest.Then(func() {
			acctest.Same(t, "sent", sent(w, opUpdate), "map[address1_addresstypecode:<nil> address2_utcoffset:<nil>]")
		}))},
		resource.TestStep{
			ResourceName: pub, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: acctest.ImportID(pub, "environment_id", "id"),
			ImportStateVerifyIdentifierAttribute: "id",
		},
		resource.TestStep{Config: publisher(`address = [{ slot = 1, name = "HQ" }]`), Check: acctest.Then(func() {
			acctest.Same(t, "row", rows(w, "publishers")["contoso"]["address2_city"], nil)
		})},
		resource.TestStep{
			PreConfig: change(w, "publishers", "contoso", mock.Doc{"address2_fax": "1"}), Config: publisher(`address = [{ slot = 1, name = "HQ" }]`),
			ConfigPlanChecks: acctest.Will(pub, plancheck.ResourceActionUpdate), Check: acctest.Then(func() {
				acctest.Same(t, "row", rows(w, "publishers")["contoso"]["address2_fax"], nil)
			}),
		},
		resource.TestStep{Config: publisher(`address = []`)},
	)
}

func TestPublisherIsCheckedBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`uniquename = "1x"`:                            "not begin with a digit",
		`uniquename = "x"`:                             "UTF-8 character count must be between 2 and 256",
		`friendly_name = ""`:                           "UTF-8 character count must be between 1 and 256",
		`customization_prefix = "x"`:                   "must be 2 to 8 letters and digits",
		`customization_prefix = "con_"`:                "must be 2 to 8 letters and digits",
		`customization_prefix = "MSCRMx"`:              "must not begin with mscrm",
		`customization_option_value_prefix = 9999`:     "between 10000 and 99999",
		`environment_id = "Default"`:                   "environment",
		`address = [{ slot = 3 }]`:                     "one of",
		`address = [{ slot = 1 }, { slot = 1 }]`:       "Both addresses have the slot 1",
		`address = [{ slot = 1, latitude = 90.1 }]`:    "between -90",
		`address = [{ slot = 1, utc_offset = -1501 }]`: "between -1500 and 1500",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			w.Run(resource.TestStep{Config: publisher(line), PlanOnly: true, ExpectError: acctest.Says(want)})
			w.Counted(0)
		})
	}
}

func TestPublisherThatIsThereIsToBeImported(t *testing.T) {
	t.Parallel()
	w := world(t, publisherRow(first, "Contoso", nil))
	w.Run(resource.TestStep{Config: publisher(), ExpectError: acctest.Says("It exists already", `id = "`+env+"/"+first+`"`, "A record with matching key values already exists.")})
}

func TestPublisherIsImportedByItsUniqueName(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Run(
		resource.TestStep{Config: publisher()},
		resource.TestStep{ResourceName: pub, ImportState: true, ImportStateVerify: true, ImportStateId: env + "/CONTOSO", ImportStateVerifyIdentifierAttribute: "uniquename"},
		resource.TestStep{ResourceName: pub, ImportState: true, ImportStateId: env + "/nobody", ExpectError: acctest.Says("Cannot import non-existent remote object")},
		resource.TestStep{ResourceName: pub, ImportState: true, ImportStateId: env + "/no-body", ExpectError: acctest.Says("must be an ID or a unique name")},
		resource.TestStep{
			Config: publisher() + "removed {\n from = powerplatform_publisher.was\n lifecycle { destroy = false }\n}\n", ConfigPlanChecks: acctest.WillNothing(),
		},
	)
}

func TestLostPublisherIsFoundByItsUniqueName_D07(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]mock.Fault{
		"no ID in the answer": {Status: 204, Body: "", Effect: true},
		"connection cut":      {Cut: true, Effect: true},
		"gateway":             {Status: 502, Effect: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			f.Operation = opCreate
			w.Fault(f)
			w.Run(resource.TestStep{Config: publisher(), Check: acctest.Then(func() { acctest.Same(t, "requests", []int{w.Count(opCreate), w.Count(opList)}, "[1 1]") })})
		})
	}
}

func TestALostCreateTakesNobodyElsesPublisher(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]mock.Doc{
		"older":            {"createdon": "2020-01-02T03:04:05Z", "friendlyname": "Contoso"},
		"other content":    {"friendlyname": "Somebody else"},
		"no time of birth": {"createdon": nil, "friendlyname": "Contoso"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t, publisherRow(first, "contoso", more))
			if name == "no time of birth" {
				change(w, "publishers", "contoso", mock.Doc{"createdon": "unknown"})()
			}
			w.Fault(mock.Fault{Operation: opCreate, Cut: true})
			w.Run(resource.TestStep{Config: publisher(), ExpectError: acctest.Says("It exists already", env+"/"+first)})
			if _, there := rows(w, "publishers")["contoso"]; !there {
				t.Error("it was destroyed")
			}
		})
	}
}

func TestALostCreateThatHadNoEffectSaysSo(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Fault(mock.Fault{Operation: opCreate, Cut: true})
	w.Run(
		resource.TestStep{Config: publisher(), ExpectError: acctest.Says("The object may exist although nothing of it is in state")},
		resource.TestStep{Config: publisher()},
	)
}

func TestAPublisherWhoseAnswerIsOverdueIsKept(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Fault(mock.Fault{Operation: opCreate, Hang: true, Effect: true})
	w.Run(
		resource.TestStep{Config: publisher(`timeouts = { create = "3s" }`), Check: acctest.Then(func() { w.Counted(1, opCreate) })},
	)
}

func TestAnAnswerWithoutIDMustLeaveARow_D07(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Fault(mock.Fault{Operation: opCreate, Status: 204, Body: ""})
	w.Run(resource.TestStep{Config: publisher(), ExpectError: acctest.Says("without naming its ID, and does not show it under its unique name contoso")})
}

func TestReadsOutlastLostConnections_D02(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Run(
		resource.TestStep{Config: publisher()},
		resource.TestStep{PreConfig: func() { w.Fault(mock.Fault{Operation: opGet, Cut: true, Times: 3}) }, Config: publisher(), ConfigPlanChecks: acctest.WillNothing()},
	)
}

func TestAnOldOrganisationRefusesAtOnce_D01(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Fault(mock.Fault{Operation: opCreate, Status: 403, Body: acctest.Refusal("0x80040220", "Principal user is missing prvCreatePublisher privilege")})
	w.Run(resource.TestStep{Config: publisher(), ExpectError: acctest.Says("403 Forbidden", "missing prvCreatePublisher privilege")})
	w.Counted(1, opCreate)
}

func TestServiceProtectionIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.SetSwitch("dataverse.throttle", "requests:4")
	w.Run(resource.TestStep{Config: publisher(), Check: acctest.Then(func() { w.Counted(5, opCreate) })})
}

func TestPublisherWithSolutionsIsKeptWithTheirNames(t *testing.T) {
	t.Parallel()
	w := world(t)
	ours := func() mock.Doc { return rows(w, "publishers")["contoso"] }
	w.Run(
		resource.TestStep{Config: publisher()},
		resource.TestStep{
			PreConfig: func() {
				for i, name := range []string{"app", "web"} {
					if err := w.Platform.Seed(mock.Seed{Tenants: []mock.TenantSeed{{ID: w.ID, Items: map[string][]mock.Doc{"dataverse_rows": {
						{"environment": env, "table": "solutions", "row": solutionRow(fmt.Sprintf("33333333-3333-4333-8333-33333333333%d", i), name, ours()["publisherid"].(string), nil)["row"]},
					}}}}}); err != nil {
						t.Error(err)
					}
				}
			},
			Config: publisher(), Destroy: true,
			ExpectError: acctest.Says(`It is the publisher of "The app" (app), "The web" (web)`, "The object you tried to delete is associated with another object"),
		},
		resource.TestStep{PreConfig: func() { drop(w, "solutions", "app")(); drop(w, "solutions", "web")() }, Config: publisher(), ConfigPlanChecks: acctest.WillNothing()},
	)
}

func TestARefusalWithoutSolutionsIsPassedOn(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Run(
		resource.TestStep{Config: publisher()},
		resource.TestStep{
			PreConfig: func() {
				w.Fault(mock.Fault{Operation: opDelete, Status: 400, Body: acctest.Refusal("0x8004f006", "Attempting to delete a restricted publisher.")})
			},
			Config: publisher(), Destroy: true, ExpectError: acctest.Says("Attempting to delete a restricted publisher."),
		},
	)
}

func TestPublisherGoesWithItsEnvironmentOnly(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Run(
		resource.TestStep{Config: publisher()},
		resource.TestStep{PreConfig: drop(w, "publishers", "contoso"), Config: publisher(), ConfigPlanChecks: acctest.Will(pub, plancheck.ResourceActionCreate)},
		resource.TestStep{
			PreConfig: func() { w.Fault(mock.Fault{Operation: opEnv, Status: 404, Times: 2}) },
			Config:    publisher(), ExpectError: acctest.Says("The platform says that it does not exist"),
		},
		resource.TestStep{Config: publisher(), ConfigPlanChecks: acctest.WillNothing()},
	)
}

func TestAnEnvironmentWithoutDataverseIsToBlame(t *testing.T) {
	t.Parallel()
	w := world(t)
	nowhere := strings.ReplaceAll(plain, "b", "c")
	w.Run(
		resource.TestStep{Config: publisher(`environment_id = "` + plain + `"`), ExpectError: acctest.Says("environment_id", "has no Dataverse, which this needs")},
		resource.TestStep{Config: publisher(`environment_id = "` + nowhere + `"`), ExpectError: acctest.Says("environment_id", "404 Not Found")},
		resource.TestStep{Config: `data "powerplatform_publishers" "all" { environment_id = "` + plain + `" }`, ExpectError: acctest.Says("has no Dataverse, which this needs")},
	)
}

func TestPublishersAreListed(t *testing.T) {
	t.Parallel()
	w := world(t, publisherRow(first, "contoso", mock.Doc{"description": "D", "address1_city": "Bern", "address1_longitude": 7.4}), publisherRow(second, "zeta", nil))
	addr := "data.powerplatform_publishers.all"
	w.Run(resource.TestStep{
		Config: `data "powerplatform_publishers" "all" { environment_id = "` + strings.ToUpper(env) + `" }`,
		Check: resource.ComposeTestCheckFunc(
			resource.TestCheckResourceAttr(addr, "publishers.#", "3"),
			resource.TestCheckResourceAttr(addr, "publishers.0.id", first),
			resource.TestCheckResourceAttr(addr, "publishers.0.uniquename", "contoso"),
			resource.TestCheckResourceAttr(addr, "publishers.0.customization_prefix", "con"),
			resource.TestCheckResourceAttr(addr, "publishers.0.customization_option_value_prefix", "20000"),
			resource.TestCheckResourceAttr(addr, "publishers.0.description", "D"),
			resource.TestCheckResourceAttr(addr, "publishers.0.address.#", "1"),
			resource.TestCheckResourceAttr(addr, "publishers.0.address.0.city", "Bern"),
			resource.TestCheckResourceAttr(addr, "publishers.0.address.0.longitude", "7.4"),
			resource.TestCheckNoResourceAttr(addr, "publishers.0.address.0.address_type_code"),
			resource.TestCheckResourceAttr(addr, "publishers.2.uniquename", "zeta"),
			resource.TestCheckNoResourceAttr(addr, "publishers.2.address.#"),
			acctest.Then(func() { w.Counted(1, opList) }),
		),
	})
}

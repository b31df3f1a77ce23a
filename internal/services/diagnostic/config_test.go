package diagnostic_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

func TestBadInputIsRefusedBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ block, says string }{
		"port 0":               {`data "powerplatform_tcp_connection" "it" { port = 0, destination = "a" }`, `must be between 1 and 65535`},
		"port 70000":           {`data "powerplatform_tls_connection" "it" { port = 70000, destination = "a" }`, `must be between 1 and 65535`},
		"no port":              {`data "powerplatform_tls_connection" "it" { destination = "a" }`, `"port" is required`},
		"URL":                  {`data "powerplatform_tcp_connection" "it" { port = 443, destination = "https://a.example/x" }`, `Did you mean "a.example"\?`},
		"host with port":       {`data "powerplatform_tls_connection" "it" { port = 443, destination = "a.example:443" }`, `Did you mean "a.example"\?`},
		"host with path":       {`data "powerplatform_tcp_connection" "it" { port = 443, destination = "a.example/x" }`, `Did you mean "a.example"\?`},
		"host with space":      {`data "powerplatform_tcp_connection" "it" { port = 443, destination = "a b" }`, `without scheme, port or path`},
		"empty host":           {`data "powerplatform_tcp_connection" "it" { port = 443, destination = "" }`, `must be a host name or an IP`},
		"name with scheme":     {`data "powerplatform_dns_resolution" "it" { host_name = "https://a.example" }`, `Did you mean "a.example"\?`},
		"name that is address": {`data "powerplatform_dns_resolution" "it" { host_name = "10.0.0.1" }`, `must be a host name, without`},
		"no name":              {`data "powerplatform_dns_resolution" "it" {}`, `"host_name" is required`},
		"region with a space":  {`data "powerplatform_network_usage" "it" { region = "West US" }`, `must be the name of an Azure region`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, mock.TenantSeed{})
			block := strings.NewReplacer("{}", "{\n}", "{ ", "{\n", " }", "\n}", ", ", "\n").Replace(c.block)
			block = strings.Replace(block, "{", "{\nenvironment_id = \""+linked+"\"", 1)
			w.Run(resource.TestStep{Config: block, PlanOnly: true, ExpectError: regexp.MustCompile(strings.ReplaceAll(c.says, " ", `[\s│]+`))})
			if n := len(w.Requests()); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
	w := acctest.New(t, mock.TenantSeed{})
	w.Run(resource.TestStep{
		Config: "data \"powerplatform_network_usage\" \"it\" {\n  environment_id = \"production\"\n}", PlanOnly: true,
		ExpectError: regexp.MustCompile(`must[\s│]+be[\s│]+the[\s│]+ID[\s│]+of[\s│]+an[\s│]+environment`),
	})
}

func TestAddressesOfBothKindsCanBeConnectedTo(t *testing.T) {
	t.Parallel()
	w := world(t)
	s := w.Serve(nil)
	for _, destination := range []string{"10.0.3.4", "fd00::4", "under_score.example", "trailing.example.", "localhost"} {
		holds(t, read(t, s, "tcp_connection", args(linked, acctest.Values{"destination": acctest.Text(destination), "port": acctest.Number(65535)})), acctest.Values{"success": acctest.Bool(false)})
	}
}

// TestTheExamplesHold has every part from the network to the test: none of the checks in the examples fails.
func TestTheExamplesHold(t *testing.T) {
	t.Parallel()
	for name, check := range map[string]resource.TestCheckFunc{
		"network_usage":  resource.TestCheckResourceAttr("data.powerplatform_network_usage.case", "subnet_ip_range", "10.10.4.0/24"),
		"dns_resolution": resource.TestCheckResourceAttr("data.powerplatform_dns_resolution.sql", "ip_addresses.0", "10.10.3.4"),
		"tcp_connection": resource.TestCheckResourceAttr("data.powerplatform_tcp_connection.sql_after_failover", "container_ip_address", "10.20.4.4"),
		"tls_connection": resource.TestCheckResourceAttr("data.powerplatform_tls_connection.api", "with_revocation_check.success", "true"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", "data-sources", "powerplatform_"+name, "data-source.tf"))
			if err != nil {
				t.Fatal(err)
			}
			config := string(text)
			for i, at := range regexp.MustCompile(`condition +(= .+)`).FindAllStringSubmatch(config, -1) {
				config += fmt.Sprintf("output \"holds%d\" {\n  value %s\n}\n", i, at[1])
			}
			if !strings.Contains(config, "holds0") {
				t.Fatal("the example checks nothing")
			}
			w := acctest.New(t, mock.TenantSeed{Items: mock.Landscape()})
			w.Run(resource.TestStep{Config: config, Check: resource.ComposeTestCheckFunc(check, func(s *terraform.State) error {
				for name, o := range s.RootModule().Outputs {
					if o.Value != "true" {
						return fmt.Errorf("%s is %v", name, o.Value)
					}
				}
				return nil
			})})
		})
	}
}

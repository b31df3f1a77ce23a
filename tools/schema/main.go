// Command schema prints the provider's schemas as `terraform providers schema -json` does, for the generator of the
// documentation. Asking the provider itself shows everything it has, whatever an installed CLI is too old to know.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/provider"
)

func main() {
	schemas, err := describe(context.Background(), providerserver.NewProtocol6(provider.New("dev", nil))())
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(schemas); err != nil {
		log.Fatal(err)
	}
}

// Seedschema prints the JSON schema of the seeds of ppmock.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

func main() {
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(mock.New().SeedSchema()); err != nil {
		fmt.Fprintln(os.Stderr, "seedschema:", err)
		os.Exit(1)
	}
}

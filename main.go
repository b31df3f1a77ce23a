// Terraform-provider-powerplatform serves the Power Platform provider to Terraform and OpenTofu over plugin protocol 6.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	powerplatform "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/provider"
)

// version is set at release time by the linker.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger and print the TF_REATTACH_PROVIDERS to export")
	flag.Parse()
	err := providerserver.Serve(context.Background(),
		func() provider.Provider { return powerplatform.New(version, nil) },
		providerserver.ServeOpts{Address: "registry.terraform.io/seed-55d6eeba/powerplatform", Debug: *debug})
	if err != nil {
		log.Fatal(err)
	}
}

package powerplatform

import "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"

// hostShape describes the key network_hosts of a seed.
func hostShape() *schema.Shape {
	return schema.Objects(NetworkHosts, "What can be reached from inside a delegated subnet.",
		schema.Text("host", "The name of the host.").Defines(NetworkHosts).Required(),
		schema.Texts("addresses", "Its IP addresses."),
		schema.List("open_ports", "The TCP ports that answer.", schema.Whole("", "").Between(1, 65535)),
		schema.Object("tls", "The certificate that it shows.",
			schema.Text("issuer", "The issuer."),
			schema.Text("subject", "The subject."),
			schema.Text("signature_algorithm", "The signature algorithm."),
			schema.Flag("self_signed", "Whether it signed the certificate itself."),
			schema.Flag("expired", "Whether the certificate has expired.")))
}

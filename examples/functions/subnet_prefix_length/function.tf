locals {
  # 4 production environments with 30 addresses each, 6 others with 10 each, and 5 for Azure: 185 addresses need a /24.
  prefix_length = provider::powerplatform::subnet_prefix_length(4, 6)
}

output "address_prefix" {
  value = cidrsubnet("10.10.0.0/16", local.prefix_length - 16, 1) # "10.10.1.0/24"
}

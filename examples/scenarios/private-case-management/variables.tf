variable "tenant_id" {
  description = "ID of the Entra tenant that everything belongs to."
  type        = string
}

variable "security_group_id" {
  description = "ID of the Entra group whose members may use the environments."
  type        = string
}

variable "resource_group_id" {
  description = "ID of the resource group that the enterprise policy belongs to."
  type        = string
}

variable "primary_subnet_id" {
  description = "ID of the subnet for the platform in the first Azure region of the geography, from the network team."
  type        = string
}

variable "failover_subnet_id" {
  description = "ID of the subnet for the platform in the second Azure region of the geography, from the network team."
  type        = string
}

variable "key_vault_id" {
  description = "ID of the key vault with the secrets case-api-client-id-{stage} and case-api-client-secret-{stage}."
  type        = string
}

variable "api_application_id_uri" {
  description = "Application ID URI of the case API in Entra."
  type        = string
}

variable "location" {
  description = "Geography of the platform that the environments belong to."
  type        = string
  default     = "unitedstates"
}

variable "primary_network_id" {
  description = "ID of the virtual network in the first Azure region of the geography, from the network team."
  type        = string
}

variable "failover_network_id" {
  description = "ID of the virtual network in the second Azure region of the geography, from the network team."
  type        = string
}

variable "subnet_name" {
  description = "Name of the subnet for the platform, the same in both networks."
  type        = string
  default     = "snet-powerplatform"
}

variable "resource_group_id" {
  description = "ID of the resource group that the enterprise policy belongs to."
  type        = string
}

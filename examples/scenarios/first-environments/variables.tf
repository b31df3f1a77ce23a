variable "tenant_id" {
  description = "ID of the Entra tenant that the environments belong to."
  type        = string
}

variable "descriptions" {
  description = "What each environment is for."
  type        = map(string)
  default = {
    dev  = "Where makers build."
    test = "Where a change meets its first users."
    prod = "Where the cases are."
  }
}

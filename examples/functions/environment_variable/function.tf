output "host" {
  value = provider::powerplatform::environment_variable("contoso_ApiHost") # @environmentVariables("contoso_ApiHost")
}

locals {
  definition = jsonencode({
    swagger = "2.0"
    info    = { title = "Case API", version = "1.0" }
    host    = "cases.contoso.com"
    paths = {
      "/cases/{id}" = {
        get = {
          operationId = "GetCase"
          parameters  = [{ name = "id", in = "path", required = true, type = "string" }]
          responses   = { "200" = { description = "The case" } }
        }
      }
    }
  })
}

check "definition" {
  assert {
    condition     = alltrue([for finding in provider::powerplatform::validate_openapi(local.definition) : finding.severity != "error"])
    error_message = "The platform would refuse the definition of the API."
  }
}

output "findings" {
  value = provider::powerplatform::validate_openapi(local.definition) # []
}

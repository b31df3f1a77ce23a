data "powerplatform_whoami" "this" {}

check "abilities" {
  assert {
    condition     = length(data.powerplatform_whoami.this.missing_abilities) == 0
    error_message = join("\n", data.powerplatform_whoami.this.missing_abilities[*].remedy)
  }
}

# An environment that was made by hand. Beside main.tf, this file takes it into the configuration.

import {
  to = powerplatform_environment.expenses
  id = "00000000-0000-4000-8000-0000000e0001"
}

resource "powerplatform_environment" "expenses" {
  display_name     = "Expense claims"
  description      = "Made by hand, long before anybody spoke of code."
  location         = powerplatform_tenant.contoso.location
  environment_type = "Production"
  dataverse = {
    language_code = 1033
    currency_code = "USD"
    domain        = "contoso-expenses"
  }
}


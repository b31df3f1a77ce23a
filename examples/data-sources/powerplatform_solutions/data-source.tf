data "powerplatform_solutions" "all" {
  environment_id = "aaaaaaaa-0000-4000-8000-00000000a001"
}

output "unmanaged_solutions" {
  value = { for s in data.powerplatform_solutions.all.solutions : s.name => s.version if !s.is_managed }
}

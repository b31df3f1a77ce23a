output "policy_location" {
  value = provider::powerplatform::policy_location("unitedkingdom") # "uk"
}

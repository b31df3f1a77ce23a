package bap

import (
	"slices"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Billed returns the names, in lower case and sorted, of the environments that a billing policy pays for.
func Billed(t *server.Tenant, policy string) []string {
	out := []string{}
	for _, env := range t.Collection(Environments).PeekAll() {
		if strings.EqualFold(server.Text(env, "properties.billingPolicy.id"), policy) {
			out = append(out, strings.ToLower(server.Text(env, "name")))
		}
	}
	slices.Sort(out)
	return out
}

// SetBillingPolicy gives an environment a billing policy, or none when policy is "". It reports whether there is such an
// environment.
func SetBillingPolicy(t *server.Tenant, environment, policy string) bool {
	env, ok := t.Collection(Environments).Peek(environment)
	if !ok {
		return false
	}
	server.Assign(env, "properties.billingPolicy", payer(policy))
	t.Collection(Environments).Put(server.Text(env, "name"), env)
	return true
}

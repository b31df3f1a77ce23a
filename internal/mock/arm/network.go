package arm

import "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"

func (r router) networks() {}

func dropNetwork(t *server.Tenant, id string) {}

func seed(t *server.Tenant, subscriptions []Doc) error { return nil }

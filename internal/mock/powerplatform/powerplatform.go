// Package powerplatform mirrors the hosts of the Power Platform API that each environment has of its own: network
// diagnostics that run in a container inside the subnet which is delegated to the environment. Routes, shapes and
// behaviour were observed in https://github.com/microsoft/PowerPlatform-EnterprisePolicies.
package powerplatform

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// NetworkHosts is the collection of the hosts that can be reached from inside a delegated subnet, by name in lower case.
const NetworkHosts = "network_hosts"

// The collections in which package arm keeps networks as Azure Resource Manager shows them, by resource ID.
const (
	virtualNetworks = "virtual_networks"
	subnets         = "subnets"
)

// Switches of a tenant for what nobody has confirmed.
const (
	// SwitchUnlinkedStatus is the status of the answer "Subnet information not found"; "" is 400.
	SwitchUnlinkedStatus = "powerplatform.unlinked_status"
	// SwitchRouteAnswer is the status that the gateway gives while it does not know the route to a new container; "" is
	// 502, and 404 and 503 are plausible too.
	SwitchRouteAnswer = "powerplatform.route_answer"
)

// Register adds the routes and seeds of this family to the environment hosts of every cloud. It needs the environments
// and enterprise policies of package bap, and the networks of package arm.
func Register(p *server.Platform) {
	for domain, cloud := range bap.Hosts(func(c bap.Cloud) string { return c.Platform }) {
		host := "*.environment." + domain
		p.Audience(host, cloud.PlatformAudience, cloud.PlatformAudience+"/")
		p.Challenge(host, bap.Challenge)
		r := router{server.Router{Platform: p, Host: host, Path: "/plex", Operation: "powerplatform.plex."}, shard(cloud.Name)}
		r.route("GET", "/environmentRegion", "region", "2026-02-01", region)
		r.route("GET", "/networkUsage", "usage", "2024-10-01", inSubnet(usage))
		r.route("POST", "/resolveDns", "dns", "2026-02-01", inContainer(dns))
		r.route("POST", "/testConnection", "tcp", "2026-02-01", inContainer(tcp))
		r.route("POST", "/testTLSConnection", "tls", "2026-02-01", inContainer(tls))
	}
	facts(p)
	p.Seeder(NetworkHosts, hostShape(), seed)
}

// shard is how many characters of an environment's ID are a label of their own in its host.
func shard(cloud string) int {
	if cloud == "gcchigh" || cloud == "dod" {
		return 1
	}
	return 2
}

type router struct {
	server.Router
	shard int
}

// call is a request together with the environment whose host it came to.
type call struct {
	*server.Call
	id          string
	environment server.Doc
}

// route adds an operation of the environments' hosts.
func (r router) route(method, path, operation, version string, h func(c call) server.Reply) {
	r.Route(method, path, operation, func(c *server.Call) server.Reply {
		if got := c.Query.Get("api-version"); got != version {
			if reply, refused := c.Object("the mock knows this operation with api-version "+version+" only, not "+strconv.Quote(got), server.Fail(http.StatusBadRequest, "UnsupportedApiVersion",
				fmt.Sprintf("The HTTP resource that matches the request URI does not support the API version '%s'.", got))); refused {
				return reply
			}
		}
		if !bap.Administers(c) {
			return server.Fail(http.StatusForbidden, "Forbidden", "The caller does not have the required permissions on the environment.")
		}
		labels := strings.Split(strings.TrimSuffix(c.Host, strings.TrimPrefix(r.Host, "*")), ".")
		environments := c.Tenant.Collection(bap.Environments)
		for _, id := range environments.IDs() {
			if len(labels) == 2 && len(labels[1]) == r.shard && strings.EqualFold(strings.ReplaceAll(id, "-", ""), labels[0]+labels[1]) {
				e, there := environments.Get(id)
				if there {
					return h(call{Call: c, id: id, environment: e})
				}
			}
		}
		return server.Fail(http.StatusNotFound, "EnvironmentNotFound", fmt.Sprintf("The environment of '%s' could not be found in the tenant '%s'.", c.Host, c.Tenant.ID))
	})
}

// region needs no network. Its answer is a JSON string.
func region(c call) server.Reply {
	return server.JSON(http.StatusOK, json.RawMessage(strconv.Quote(server.Text(c.environment, "properties.azureRegion"))))
}

package powerplatform

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// subnet is the delegated subnet of an environment in one region.
type subnet struct {
	region, network, name, prefix string
	dns                           []any
	policy                        string // system ID of the policy that brought it
}

// inSubnet hands a handler the subnet of the environment in the region of the query, or answers that there is none.
func inSubnet(h func(c call, s subnet) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		region := cmp.Or(c.Query.Get("region"), server.Text(c.environment, "properties.azureRegion"))
		s, ok := c.subnet(region)
		if !ok {
			status, err := strconv.Atoi(c.Tenant.Switch(SwitchUnlinkedStatus))
			if err != nil {
				status = http.StatusBadRequest
			}
			return server.Fail(status, "SubnetNotFound", fmt.Sprintf("Subnet information not found for environment '%s' in region '%s'.", c.id, region))
		}
		return h(c, s)
	}
}

// subnet looks for the network of the linked policy that is in a region.
func (c call) subnet(region string) (subnet, bool) {
	const link = "properties.enterprisePolicies.vNets."
	if server.Text(c.environment, link+"linkStatus") != "Linked" {
		return subnet{}, false
	}
	policy, ok := c.Tenant.Collection(bap.EnterprisePolicies).Peek(server.Text(c.environment, link+"id"))
	if !ok {
		return subnet{}, false
	}
	injected, _ := server.Lookup(policy, "properties.networkInjection.virtualNetworks")
	networks, _ := injected.([]any)
	for _, one := range networks {
		ref, _ := one.(server.Doc)
		id, name := server.Text(ref, "id"), server.Text(ref, "subnet.name")
		network, ok := c.Tenant.Collection(virtualNetworks).Peek(id)
		at := strings.ToLower(strings.ReplaceAll(server.Text(network, "location"), " ", ""))
		found, has := c.Tenant.Collection(subnets).Peek(id + "/subnets/" + name)
		if !ok || !has || !strings.EqualFold(at, region) {
			continue
		}
		s := subnet{region: at, network: server.Text(network, "id"), name: server.Text(found, "name"), policy: server.Text(c.environment, link+"systemId")}
		s.prefix = server.Text(found, "properties.addressPrefix")
		if all, _ := server.Lookup(found, "properties.addressPrefixes"); s.prefix == "" {
			if prefixes, _ := all.([]any); len(prefixes) > 0 {
				s.prefix, _ = prefixes[0].(string)
			}
		}
		servers, _ := server.Lookup(network, "properties.dhcpOptions.dnsServers")
		if s.dns, _ = servers.([]any); len(s.dns) == 0 {
			s.dns = []any{"168.63.129.16"} // Azure's own
		}
		return s, true
	}
	return subnet{}, false
}

// container is the address of the container: the first that Azure does not keep for itself.
func (s subnet) container() string {
	prefix, err := netip.ParsePrefix(s.prefix)
	if err != nil {
		return ""
	}
	at := prefix.Masked().Addr()
	for range 4 {
		at = at.Next()
	}
	return at.String()
}

// usage needs no container.
func usage(c call, s subnet) server.Reply {
	return server.JSON(http.StatusOK, server.Doc{
		"AzureRegion": s.region, "EnvironmentId": c.id, "VnetId": s.network, "SubnetName": s.name, "SubnetIpRange": s.prefix,
		"ContainerReservedIpCount": 1, "DnsServers": s.dns,
	})
}

// KindContainer is the operation that starts the container of an environment in a subnet, of which nothing is seen but
// its effect on the tests; scripts choose it by this name.
const KindContainer = "AllocateContainer"

// How long a container takes to start, and how long the gateway then has no route to it: minutes on the platform.
const (
	allocation = 30 * time.Second
	routing    = time.Second
)

// inContainer is inSubnet for what runs in a container there. The first call after a link starts it and says when to
// come back; once it runs, the gateway has no route to it for a moment.
func inContainer(h func(c call, s subnet) server.Reply) func(c call) server.Reply {
	return inSubnet(func(c call, s subnet) server.Reply {
		o := c.allocated(s)
		switch {
		case o == nil:
			o = c.Tenant.Begin(KindContainer, allocation, nil)
			o.Links = server.Doc{"environment": c.id, "network": s.network + "/" + s.name, "policy": s.policy}
			fallthrough
		case !o.Ended():
			return server.Reply{Status: http.StatusServiceUnavailable, Body: "Container Allocation Successful"}.
				With("Content-Type", "text/plain; charset=utf-8").With("Retry-After", strconv.Itoa(int(allocation.Seconds())))
		case o.State == server.Failed:
			return server.Fail(http.StatusInternalServerError, "ContainerAllocationFailed", server.Text(o.Error, "message"))
		}
		routed, err := time.Parse(time.RFC3339Nano, server.Text(o.Data, "routed"))
		if now := c.Tenant.Clock().Now(); err != nil || now.Before(routed) {
			if err != nil {
				o.Data["routed"] = now.Add(routing).Format(time.RFC3339Nano)
			}
			status, err := strconv.Atoi(c.Tenant.Switch(SwitchRouteAnswer))
			if err != nil {
				status = http.StatusBadGateway
			}
			return server.Reply{Status: status, Body: "<html><head><title>" + strconv.Itoa(status) + " " + http.StatusText(status) + "</title></head></html>"}
		}
		return h(c, s)
	})
}

// allocated is the operation that started, or starts, the container for the link that there is now.
func (c call) allocated(s subnet) *server.Operation {
	for _, o := range c.Tenant.Operations() {
		if o.Kind == KindContainer && o.Links["environment"] == c.id && o.Links["network"] == s.network+"/"+s.name && o.Links["policy"] == s.policy {
			return o
		}
	}
	return nil
}

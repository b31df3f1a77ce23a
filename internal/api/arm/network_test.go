package arm

import (
	"context"
	"testing"
)

const networkBody = `{"id":"` + networkA + `","name":"vnet-eastus","location":"eastus","etag":"W/\"1\"","properties":{
  "provisioningState":"Succeeded","addressSpace":{"addressPrefixes":["10.10.0.0/16","fd00::/48"]},
  "subnets":[
    {"id":"` + networkA + `/subnets/other","name":"other","properties":{"addressPrefix":"10.10.2.0/25"}},
    {"id":"` + subnetA + `","name":"snet-powerplatform","properties":{"addressPrefixes":["10.10.1.0/24"],
      "delegations":[{"name":"d","properties":{"serviceName":"microsoft.powerplatform/EnterprisePolicies"}}],
      "serviceAssociationLinks":[{"id":"` + subnetA + `/serviceAssociationLinks/PowerPlatformServiceLink","name":"PowerPlatformServiceLink","properties":{
        "linkedResourceType":"Microsoft.PowerPlatform/enterprisePolicies","link":"the policy","allowDelete":false}}]}}],
  "virtualNetworkPeerings":[{"name":"p","properties":{"remoteVirtualNetwork":{"id":"/Other"}}}]}}`

func TestVirtualNetwork_isOneRequest(t *testing.T) {
	t.Parallel()
	against(t, []answer{ok(networkBody)}, func(ctx context.Context, c *Client, a *script) {
		v, err := c.VirtualNetwork(ctx, networkA)
		if err != nil || v.Name != "vnet-eastus" || v.Location != "eastus" || len(v.Properties.AddressSpace.AddressPrefixes) != 2 || v.Properties.ProvisioningState != "Succeeded" {
			t.Errorf("%+v, %v", v, err)
		}
		if a.Seen[0].Line != "GET "+networkA || a.Seen[0].Version() != networkVersion {
			t.Errorf("asked %+v", a.Seen[0])
		}
		s, found := v.Subnet("/SUBSCRIPTIONS" + subnetA[len("/subscriptions"):])
		if _, ours := s.Delegated(ServiceName); !found || !ours || s.Name != "snet-powerplatform" {
			t.Errorf("%+v, %v", s, found)
		}
		if l, held := s.Link(); !held || l.Holder() != "the policy" {
			t.Errorf("%+v, %v", l, held)
		}
		if _, found := v.Subnet(networkA + "/subnets/none"); found {
			t.Error("a subnet that is not there")
		}
		if p, found := v.PeeringTo("/other"); !found || p.Name != "p" {
			t.Errorf("%+v, %v", p, found)
		}
		if region, err := c.Region(ctx, networkA+""); region != "eastus" || err != nil { // known by now
			t.Error(region, err)
		}
	})
}

func TestRegion_isReadOnceAndNotKeptFromAnError(t *testing.T) {
	t.Parallel()
	against(t, []answer{refused(403, "AuthorizationFailed"), ok(networkBody)}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := c.Region(ctx, networkA); err == nil {
			t.Error("no error")
		}
		for range 3 {
			if region, err := c.Region(ctx, networkA); region != "eastus" || err != nil {
				t.Error(region, err)
			}
		}
	})
}

func TestSubnet_countsItsAddresses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		one           string
		list          []string
		prefixes      int
		total, usable int64
	}{
		"nothing":            {"", nil, 0, 0, 0},
		"one":                {"10.0.0.0/24", nil, 1, 256, 251},
		"list":               {"", []string{"10.0.0.0/27"}, 1, 32, 27},
		"both say the same":  {"10.0.0.0/27", []string{"10.0.0.0/27"}, 1, 32, 27},
		"two ranges":         {"", []string{"10.0.0.0/28", "10.0.1.0/28"}, 2, 32, 22},
		"six does not count": {"", []string{"10.0.0.0/24", "fd00::/64"}, 2, 256, 251},
		"too small":          {"10.0.0.0/30", nil, 1, 4, 0},
		"everything":         {"0.0.0.0/0", nil, 1, 1 << 32, 1<<32 - 5},
		"no range":           {"ten", nil, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s Subnet
			s.Properties.AddressPrefix, s.Properties.AddressPrefixes = c.one, c.list
			if len(s.Prefixes()) != c.prefixes || s.Total() != c.total || s.Usable() != c.usable {
				t.Errorf("%v: %d, %d usable", s.Prefixes(), s.Total(), s.Usable())
			}
		})
	}
}

func TestLink_isThatOfTheService(t *testing.T) {
	t.Parallel()
	link := func(name, kind string) (l ServiceAssociationLink) {
		l.ID, l.Name, l.Properties.LinkedResourceType = "id of "+name, name, kind
		return l
	}
	for name, c := range map[string]struct {
		links []ServiceAssociationLink
		want  string
	}{
		"none":        {nil, ""},
		"another's":   {[]ServiceAssociationLink{link("legionservicelink", "Microsoft.App/environments")}, ""},
		"by its name": {[]ServiceAssociationLink{link("a", ""), link("powerplatformservicelink", "")}, "id of powerplatformservicelink"},
		"by its type": {[]ServiceAssociationLink{link("new", "microsoft.powerplatform/enterprisepolicies")}, "id of new"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s Subnet
			s.Properties.ServiceAssociationLinks = c.links
			l, held := s.Link()
			if held != (c.want != "") || l.Holder() != c.want {
				t.Errorf("%+v, %v", l, held)
			}
		})
	}
}

func TestNetworkOf_isThePartBefore(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{subnetA: networkA, networkA + "/virtualNetworkPeerings/p": networkA, networkA: networkA, "": ""} {
		if got := NetworkOf(id); got != want {
			t.Errorf("%s: %s", id, got)
		}
	}
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What the demo looks at in the documents of the platform.
type (
	record struct {
		Properties struct {
			DisplayName string `json:"displayName"`
			SKU         string `json:"environmentSku"`
			Location    string `json:"location"`
			Governance  struct {
				Level string `json:"protectionLevel"`
			} `json:"governanceConfiguration"`
			Linked struct {
				Domain string `json:"domainName"`
			} `json:"linkedEnvironmentMetadata"`
			Policies struct {
				VNets *struct {
					ID     string `json:"id"`
					Status string `json:"linkStatus"`
				} `json:"vNets"`
			} `json:"enterprisePolicies"`
		} `json:"properties"`
	}
	policy struct {
		ID         string `json:"id"`
		Name       string `json:"name"`
		Properties struct {
			Injection struct {
				Networks []struct {
					ID     string `json:"id"`
					Subnet struct {
						Name string `json:"name"`
					} `json:"subnet"`
				} `json:"virtualNetworks"`
			} `json:"networkInjection"`
		} `json:"properties"`
	}
	network struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Location string `json:"location"`
	}
	subnet struct {
		ID         string `json:"id"`
		Properties struct {
			Prefix      string            `json:"addressPrefix"`
			Prefixes    []string          `json:"addressPrefixes"`
			Delegations []json.RawMessage `json:"delegations"`
		} `json:"properties"`
	}
	peering struct {
		ID         string `json:"id"`
		Properties struct {
			State string `json:"peeringState"`
		} `json:"properties"`
	}
)

// documents are those of a collection, by ID.
func documents[T any](s state, collection string) ([]T, error) {
	var out []T
	for _, id := range slices.Sorted(maps.Keys(s.Collections[collection])) {
		var v T
		if err := json.Unmarshal(s.Collections[collection][id], &v); err != nil {
			return nil, fmt.Errorf("%s %s: %w", collection, id, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// secrets are the values of the secrets in the vaults.
func (s state) secrets() ([]string, error) {
	type secret struct {
		Versions []struct {
			Value string `json:"value"`
		} `json:"versions"`
	}
	all, err := documents[secret](s, "secrets")
	var values []string
	for _, one := range all {
		for _, v := range one.Versions {
			values = append(values, v.Value)
		}
	}
	if err == nil && len(values) == 0 {
		err = errors.New("the vaults have no secrets")
	}
	return values, err
}

// topology draws what stands, and refuses what should not stand like that.
func topology(s state) ([]string, error) {
	environments, err := documents[record](s, "environments")
	policies, err2 := documents[policy](s, "enterprise_policies")
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	if len(policies) != 1 {
		return nil, fmt.Errorf("there are %d enterprise policies", len(policies))
	}
	var public, private []string
	for _, stage := range []string{"dev", "test", "prod"} {
		i := slices.IndexFunc(environments, func(e record) bool { return e.Properties.DisplayName == "Case management "+stage })
		if i < 0 {
			return nil, fmt.Errorf("there is no environment for %s", stage)
		}
		p := environments[i].Properties
		if p.Governance.Level != "Standard" {
			return nil, fmt.Errorf("%s is not managed", stage)
		}
		line := fmt.Sprintf("%-5s%-11s managed  %s", stage, p.SKU, p.Linked.Domain)
		switch link := p.Policies.VNets; {
		case link == nil && stage == "dev":
			public = append(public, line)
		case link == nil || stage == "dev" || link.Status != "Linked" || !strings.EqualFold(link.ID, policies[0].ID):
			return nil, fmt.Errorf("%s is linked to %v", stage, link)
		default:
			private = append(private, line)
		}
	}
	regions, err := drawNetworks(s, policies[0])
	if err != nil {
		return nil, err
	}
	out := []string{"unitedstates"}
	for _, line := range public {
		out = append(out, "  ├─ "+line+"  ·········· internet")
	}
	for i, line := range private {
		branch, end := "├", "─┐"
		if i == len(private)-1 {
			branch, end = "└", "─┴─ policy "+policies[0].Name
		}
		out = append(out, "  "+branch+"─ "+line+" "+end)
	}
	out = append(out, regions...)
	return append(out, fmt.Sprintf("%s, each with the client ID and secret of its stage by reference to %s in a key vault",
		count(len(s.Collections["connectors"]), "connector"), count(len(s.Collections["secrets"]), "secret"))), nil
}

// drawNetworks draws the subnets of a policy, which must be delegated, and whose networks must be peered both ways.
func drawNetworks(s state, p policy) ([]string, error) {
	networks, err := documents[network](s, "virtual_networks")
	subnets, err2 := documents[subnet](s, "subnets")
	peerings, err3 := documents[peering](s, "virtual_network_peerings")
	if err := errors.Join(err, err2, err3); err != nil {
		return nil, err
	}
	var out []string
	for i, used := range p.Properties.Injection.Networks {
		n := slices.IndexFunc(networks, func(v network) bool { return strings.EqualFold(v.ID, used.ID) })
		m := slices.IndexFunc(subnets, func(v subnet) bool { return strings.EqualFold(v.ID, used.ID+"/subnets/"+used.Subnet.Name) })
		if n < 0 || m < 0 || len(subnets[m].Properties.Delegations) != 1 {
			return nil, fmt.Errorf("the subnet %s of %s is not there or not delegated", used.Subnet.Name, used.ID)
		}
		prefix := strings.Join(append(subnets[m].Properties.Prefixes, subnets[m].Properties.Prefix), "")
		corner, side := "├", "┐ peered"
		if i == len(p.Properties.Injection.Networks)-1 {
			corner, side = "└", "┘ both ways"
		}
		out = append(out, fmt.Sprintf("%40s %s─ %s  %s/%s  %s ─%s", "", corner, networks[n].Location, networks[n].Name, used.Subnet.Name, prefix, side))
	}
	if len(peerings) != 2 || slices.ContainsFunc(peerings, func(p peering) bool { return p.Properties.State != "Connected" }) {
		return nil, fmt.Errorf("the peerings are %v", peerings)
	}
	return out, nil
}

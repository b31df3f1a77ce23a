// Package network manages what private networking needs on the side of Azure: delegated subnets, in pairs of regions.
package network

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/geography"
)

type regionPair struct {
	Name                    string  `tfsdk:"name"`
	Location                string  `tfsdk:"location"`
	PolicyLocation          string  `tfsdk:"policy_location"`
	PrimaryRegion           string  `tfsdk:"primary_region"`
	FailoverRegion          *string `tfsdk:"failover_region"`
	VirtualNetworksRequired int64   `tfsdk:"virtual_networks_required"`
}

type inLocation struct {
	Location types.String `tfsdk:"location"`
}

// RegionPairs is data.powerplatform_region_pairs. It needs no request.
func RegionPairs() entity.List[regionPair, inLocation] {
	return entity.List[regionPair, inLocation]{
		Name: "region_pairs",
		Args: field.Attributes{
			"location": field.Optional.Text(
				"Only the pairs of this location, such as `unitedstates`, or `uk` as enterprise policies call it. " +
					"An Azure region is not a location."),
		},
		Schema: schema.Schema{
			MarkdownDescription: "The Azure regions in which [private networking](https://learn.microsoft.com/power-platform/admin/vnet-support-overview) needs a delegated subnet: " +
				"one or two for each location. Where a location has several pairs, the recommended one comes first; if its environments are in the regions of another, take that one. " +
				"The table is part of the provider, so reading it asks nobody.",
			Attributes: field.Attributes{
				"name":     field.Shown.Text("Name of the geography for people."),
				"location": field.Shown.Text("Location, as `powerplatform_environment` takes it."),
				"policy_location": field.Shown.Text(
					"Location, as an enterprise policy takes it; often the same."),
				"primary_region": field.Shown.Text("Azure region of the first virtual network."),
				"failover_region": field.Shown.Text(
					"Azure region of the second virtual network; null where one region serves the location."),
				"virtual_networks_required": field.Shown.Number("How many virtual networks are needed: 1 or 2."),
			},
		},
		Each: func(_ context.Context, _ *api.Client, args *inLocation) iter.Seq2[regionPair, error] {
			return func(yield func(regionPair, error) bool) {
				all := geography.All()
				if location := args.Location.ValueString(); location != "" {
					g, err := geography.Lookup(location)
					if err != nil {
						yield(regionPair{}, entity.At(path.Root("location"), err))
						return
					}
					all = []geography.Geography{g}
				}
				for _, g := range all {
					for _, pair := range g.Pairs {
						if !yield(flattenPair(g, pair), nil) {
							return
						}
					}
				}
			}
		},
	}
}

func flattenPair(g geography.Geography, pair []string) regionPair {
	return regionPair{g.Name, g.Location, g.PolicyLocation, pair[0], failover(pair), int64(len(pair))}
}

// failover is the second region of a pair, nil if there is none.
func failover(pair []string) *string {
	if len(pair) < 2 {
		return nil
	}
	return &pair[1]
}

package network

import (
	"errors"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/customtype"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
)

// peeringName is Azure's rule for names of network resources:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftnetwork.
var peeringName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$`)

// pairID checks the ID of a pair, which is imported by it.
var pairID = field.Check("must be the ID of a subnet, or those of two subnets with | between them", func(id string) error {
	parts := strings.Split(id, "|")
	if len(parts) > 2 {
		return errors.New("it must be the ID of a subnet, or those of two subnets with | between them")
	}
	for _, part := range parts {
		if _, err := customtype.ParseResourceID(part, subnetType); err != nil {
			return err
		}
	}
	return nil
})

func peeringNamed(direction string) schema.StringAttribute {
	return field.Filled.Folded(
		"Name of the peering in the network of the "+direction+". Default `powerplatform-` and the name of the other network. "+
			"A change makes both directions anew, during which the networks are not connected.",
		field.Matches(peeringName, "must be 1 to 80 letters, digits, underscores, periods and hyphens, "+
			"begin with a letter or digit and end with a letter, digit or underscore"))
}

var pairSchema = schema.Schema{
	MarkdownDescription: "Declares that two delegated subnets serve one geography: one in the region where its environments run, one in the region to which they " +
		"[fail over](https://learn.microsoft.com/power-platform/admin/vnet-support-overview). Both subnets are checked when the plan is made: their regions are a pair of the geography, " +
		"they have the same number of addresses, and their virtual networks can be peered. The networks are peered in both directions; a destroy removes both peerings and nothing else.\n\n" +
		"A geography with one region has one subnet and no peering.",
	Attributes: field.Attributes{
		"id": field.Shown.Folded(
			"The IDs of the primary and, if there is one, the failover subnet with `|` between them, as they were "+
				"when the pair was made or imported.", pairID),
		"location": field.Required.Folded(
			"Geography, as `powerplatform_environment` takes it, such as `unitedstates`, or as enterprise policies "+
				"name it, such as `uk`. Not an Azure region.", field.NotEmpty()),
		"primary_subnet_id": field.Required.Folded("ID of the delegated subnet in the primary region.", subnetID),
		"failover_subnet_id": field.Optional.Folded(
			"ID of the delegated subnet in the failover region. Omit it where the geography has one region.", subnetID),
		"region_pairs": field.Optional.TypedList(
			"What serves the geography, where it differs from what this provider knows: a list of lists of one or two Azure "+
				"regions, such as `[[\"eastus\", \"westus\"]]`. Default the table that `data.powerplatform_region_pairs` shows.",
			types.ListType{ElemType: types.StringType},
			listvalidator.SizeAtLeast(1), listvalidator.ValueListsAre(
				listvalidator.SizeBetween(1, 2), listvalidator.UniqueValues(), listvalidator.ValueStringsAre(field.NotEmpty()),
			)),

		"policy_location": field.Filled.Folded(
			"Geography, as enterprise policies name it. Default what this provider knows for `location`, or "+
				"`location` itself.", field.NotEmpty()),
		"virtual_network_peering": field.Filled.Object(
			"How the two virtual networks are peered. By default they are, with the defaults below. "+
				"A peering that somebody else has made is never taken over: disable this one, or import the pair.",
			field.Attributes{
				"enabled": field.Filled.Bool(
					"Whether the networks are peered. Default `true`. If `false`, nothing is written and existing " +
						"peerings of others are left alone; a change to `false` removes the peerings of the pair."),
				"allow_virtual_network_access": field.Filled.Bool(
					"Whether the networks can reach each other. Default `true`."),
				"allow_forwarded_traffic": field.Filled.Bool(
					"Whether each network takes traffic that the other forwards, such as that of a firewall. " +
						"Default `false`."),
				"allow_gateway_transit": field.Filled.Bool(
					"Whether each network may use the gateway of the other. Default `false`."),
				"primary_name":  peeringNamed("primary subnet"),
				"failover_name": peeringNamed("failover subnet"),
			}),
		"primary_region":  field.Shown.Text("Azure region of the primary subnet."),
		"failover_region": field.Shown.Text("Azure region of the failover subnet; null if there is none."),
		"primary_peering_id": field.Shown.Folded(
			"ID of the peering from the primary network to the failover network; null if there is none."),
		"failover_peering_id": field.Shown.Folded(
			"ID of the peering from the failover network to the primary network; null if there is none."),
		"primary_peering_state": field.Shown.Text(
			"`Connected`, or what is wrong with the peering: `Initiated` (the other direction is missing), " +
				"`Disconnected` (the other direction was deleted), `Failed`, or a sync level such as `RemoteNotInSync` " +
				"(an address space was changed). Null if there is none. What is wrong is put right by the next apply."),
		"failover_peering_state": field.Shown.Text("As `primary_peering_state`, for the other direction."),
		"subnet_ids": field.Shown.List(
			"IDs of the primary and, if there is one, the failover subnet, for " +
				"`powerplatform_network_injection_policy`."),
		"usable_ip_count": field.Shown.Number(
			"How many addresses one subnet has to give: of the smaller one, without the five that Azure keeps."),
	},
}

type pairModel struct {
	ID                   customtype.Folded `tfsdk:"id"`
	Location             customtype.Folded `tfsdk:"location"`
	PrimarySubnetID      customtype.Folded `tfsdk:"primary_subnet_id"`
	FailoverSubnetID     customtype.Folded `tfsdk:"failover_subnet_id"`
	RegionPairs          types.List        `tfsdk:"region_pairs"`
	PolicyLocation       customtype.Folded `tfsdk:"policy_location"`
	Peering              types.Object      `tfsdk:"virtual_network_peering"`
	PrimaryRegion        types.String      `tfsdk:"primary_region"`
	FailoverRegion       types.String      `tfsdk:"failover_region"`
	PrimaryPeeringID     customtype.Folded `tfsdk:"primary_peering_id"`
	FailoverPeeringID    customtype.Folded `tfsdk:"failover_peering_id"`
	PrimaryPeeringState  types.String      `tfsdk:"primary_peering_state"`
	FailoverPeeringState types.String      `tfsdk:"failover_peering_state"`
	SubnetIDs            types.List        `tfsdk:"subnet_ids"`
	UsableIPCount        types.Int64       `tfsdk:"usable_ip_count"`
}

// peeringModel is virtual_network_peering.
type peeringModel struct {
	Enabled      types.Bool        `tfsdk:"enabled"`
	Access       types.Bool        `tfsdk:"allow_virtual_network_access"`
	Forwarded    types.Bool        `tfsdk:"allow_forwarded_traffic"`
	Transit      types.Bool        `tfsdk:"allow_gateway_transit"`
	PrimaryName  customtype.Folded `tfsdk:"primary_name"`
	FailoverName customtype.Folded `tfsdk:"failover_name"`
}

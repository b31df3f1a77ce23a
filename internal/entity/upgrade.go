package entity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Upgrade brings the state of an object, in the JSON that Terraform keeps, one version of its schema further: it renames,
// reshapes and removes attributes in place. Numbers are of type json.Number. What is new is null until the next refresh;
// what the schema does not know any more is dropped without it. The attributes of the key stay: the identity that
// Terraform keeps beside the state holds them too.
type Upgrade func(state map[string]any) error

// UpgradeState takes the state of every earlier version through the upgrades that came since.
func (e *engine[M]) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	all := map[int64]resource.StateUpgrader{}
	for version := range e.Upgrades {
		all[int64(version)] = resource.StateUpgrader{
			StateUpgrader: func(ctx context.Context, req resource.UpgradeStateRequest, resp *resource.UpgradeStateResponse) {
				summary := "Could not upgrade the state of " + noun(e.Name)
				raw, err := upgrade(req.RawState.JSON, e.Upgrades[version:], resp.State.Schema.Type().TerraformType(ctx))
				if err != nil {
					resp.Diagnostics.AddError(summary, fmt.Sprintf("It is of version %d and cannot be upgraded: %v.", version, err))
				} else if _, ok := e.keyed(ctx, raw, summary, &resp.Diagnostics); ok {
					resp.State.Raw = raw
				}
			},
		}
	}
	return all
}

func upgrade(text []byte, upgrades []Upgrade, typ tftypes.Type) (tftypes.Value, error) {
	state := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := d.Decode(&state)
	for _, next := range upgrades {
		if err != nil {
			return tftypes.Value{}, err
		}
		err = next(state)
	}
	if err != nil {
		return tftypes.Value{}, err
	}
	return unmarshal(state, typ)
}

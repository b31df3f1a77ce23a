package server

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/fault"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server/profile"
)

// Trouble is everything that can go wrong in a tenant: faults, writes that take a while to be seen, operations that end
// badly, and choices between unconfirmed behaviours.
type Trouble struct {
	// Faults are injected for the tenant.
	Faults []Fault `json:"faults,omitempty"`
	// Lags are added to the tenant.
	Lags []Lag `json:"lags,omitempty"`
	// Operations are scripts of operations.
	Operations []Plan `json:"operations,omitempty"`
	// Switches are set.
	Switches map[string]string `json:"switches,omitempty"`
}

// Plan is a Script and the kind of operation that it is for.
type Plan struct {
	// Kind is the kind of operation, "Create".
	Kind string `json:"kind"`
	// Fail, Code, Times, Stuck and Effect are those of Script.
	Fail   []string `json:"fail,omitempty"`
	Code   string   `json:"code,omitempty"`
	Times  int      `json:"times,omitempty"`
	Stuck  bool     `json:"stuck,omitempty"`
	Effect bool     `json:"effect,omitempty"`
	// Takes is the Duration of Script.
	Takes Span `json:"takes,omitempty"`
}

// Cause brings trouble to a tenant.
func (t *Tenant) Cause(trouble Trouble) {
	for _, f := range trouble.Faults {
		f.Tenant = t.ID
		t.platform.Inject(f)
	}
	for _, l := range trouble.Lags {
		t.Lag(l)
	}
	for _, o := range trouble.Operations {
		t.Script(o.Kind, Script{Fail: o.Fail, Code: o.Code, Times: o.Times, Duration: o.Takes.Duration(), Stuck: o.Stuck, Effect: o.Effect})
	}
	for name, value := range trouble.Switches {
		t.SetSwitch(name, value)
	}
}

func planShape() *schema.Shape {
	return schema.Objects("operations", "How long-running operations end.",
		schema.Text("kind", `The kind of operation, "Create".`).Required(),
		schema.Texts("fail", "The messages with which successive operations fail; the last one repeats."),
		schema.Text("code", `The code of the failures, "OperationFailed" when left out.`),
		schema.Whole("times", "How many operations it is for: 0 or left out is one per message, -1 is all.").Between(-1, 1<<31),
		schema.Duration("takes", "How long the operation takes."),
		schema.Flag("stuck", "The operation runs forever."),
		schema.Flag("effect", "The operation does its work, although it fails."))
}

// troubles lets seeds bring trouble.
func (p *Platform) troubles() {
	seeder := func(key string, s *schema.Shape, cause func(t *Tenant, raw []byte) error) {
		p.Seeder(key, s, func(t *Tenant, items []Doc) error {
			raw, err := json.Marshal(items)
			if err != nil {
				return err
			}
			return cause(t, raw)
		})
	}
	seeder("faults", schema.List("", "What goes wrong in this tenant.", fault.Shape()), func(t *Tenant, raw []byte) error {
		var faults []Fault
		if err := json.Unmarshal(raw, &faults); err != nil {
			return err
		}
		for i, f := range faults {
			if f.Tenant != "" && !strings.EqualFold(f.Tenant, t.ID) {
				return At(fmt.Sprintf("[%d].tenant", i), fmt.Errorf("%s is not the tenant that the fault stands in", f.Tenant))
			}
			if err := f.Check(); err != nil {
				return At(fmt.Sprintf("[%d]", i), err)
			}
		}
		t.Cause(Trouble{Faults: faults})
		return nil
	})
	seeder("lags", profile.LagShape(), func(t *Tenant, raw []byte) error {
		var lags []Lag
		err := json.Unmarshal(raw, &lags)
		t.Cause(Trouble{Lags: lags})
		return err
	})
	seeder("operations", planShape(), func(t *Tenant, raw []byte) error {
		var plans []Plan
		err := json.Unmarshal(raw, &plans)
		t.Cause(Trouble{Operations: plans})
		return err
	})
}

// TroubleShape describes the keys of a Trouble.
func TroubleShape() []*schema.Shape {
	return []*schema.Shape{
		schema.List("faults", "What goes wrong.", fault.Shape()), profile.LagShape(), planShape(),
		schema.Table("switches", "Choices between behaviours of the platform that are not confirmed.", schema.Text("", "")),
	}
}

// Check says what makes no sense although each value does.
func (t Trouble) Check() error {
	for i := range t.Faults {
		if err := t.Faults[i].Check(); err != nil {
			return At(fmt.Sprintf("faults[%d]", i), err)
		}
	}
	return nil
}

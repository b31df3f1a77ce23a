package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Seed fills the platform. What it can see is wrong, it refuses before anything is changed; an object that its family
// refuses leaves what came before it.
func (p *Platform) Seed(s Seed) error {
	if err := p.checkSeed(s); err != nil {
		return err
	}
	for _, ts := range s.Tenants {
		if _, err := p.fill(ts); err != nil {
			return err
		}
	}
	for _, f := range s.Faults {
		p.Inject(f)
	}
	return nil
}

func (p *Platform) checkSeed(s Seed) error {
	for i := range s.Tenants {
		if err := p.check(s.Tenants[i]); err != nil {
			return err
		}
	}
	for i := range s.Faults {
		if err := s.Faults[i].Check(); err != nil {
			return fmt.Errorf("faults[%d]: %w", i, err)
		}
	}
	return nil
}

// AddTenant is Seed for one tenant in a test: it returns the tenant, and panics where Seed would return an error.
func (p *Platform) AddTenant(s TenantSeed) *Tenant {
	err := p.check(s)
	if err == nil {
		var t *Tenant
		if t, err = p.fill(s); err == nil {
			return t
		}
	}
	panic("mock: " + err.Error())
}

// SetBaseline says what Reset returns to.
func (p *Platform) SetBaseline(s Seed) {
	p.mu.Lock()
	p.baseline = s
	p.mu.Unlock()
	_ = p.keepBaseline() // the store has said what is wrong
}

// Reset forgets all tenants, faults and journal entries and fills the platform with the baseline again. Nobody sees what
// is in between. Where the baseline cannot be had, Reset says so and changes nothing.
func (p *Platform) Reset() error {
	p.mu.RLock()
	baseline := p.baseline
	p.mu.RUnlock()
	tenants, err := p.stage(baseline)
	if err != nil {
		return err
	}
	p.ClearJournal("")
	faults := []*Fault{}
	for _, f := range baseline.Faults {
		f.Begin(timeIn(tenants))
		faults = append(faults, &f)
	}
	return p.replace(tenants, baseline, faults)
}

// stage makes the tenants of a seed, which are not part of the platform yet.
func (p *Platform) stage(s Seed) ([]*Tenant, error) {
	if err := p.checkSeed(s); err != nil {
		return nil, err
	}
	var out []*Tenant
	for _, ts := range s.Tenants {
		id := tenantID(ts)
		i := slices.IndexFunc(out, func(t *Tenant) bool { return t.ID == id })
		fresh := i < 0
		if fresh {
			i = len(out)
			out = append(out, p.newTenant(id, i+1))
		}
		if err := p.fillTenant(out[i], fresh, ts); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tenantID is the ID of the tenant that a seed fills.
func tenantID(s TenantSeed) string {
	if s.ID == "" {
		return uuid.NewString()
	}
	return strings.ToLower(s.ID)
}

func (p *Platform) fill(s TenantSeed) (*Tenant, error) {
	t, fresh := p.ensure(tenantID(s))
	return t, p.fillTenant(t, fresh, s)
}

// fillTenant fills a tenant, which is fresh or has been filled before.
func (p *Platform) fillTenant(t *Tenant, fresh bool, s TenantSeed) error {
	if fresh && len(s.Applications) == 0 {
		s.Applications = []Application{{ClientID: DefaultClientID, ClientSecret: DefaultClientSecret, DisplayName: "Terraform", Admin: true}}
	}
	if s.Profile != nil {
		t.SetProfile(s.Profile)
	}
	t.Do(func() { t.Describe(s) })
	for _, a := range s.Applications {
		t.Register(a)
	}
	if fresh && len(s.Users) == 0 {
		s.Users = []User{t.DefaultUser()}
	}
	for _, u := range s.Users {
		t.AddUser(u)
	}
	for name, value := range s.Switches {
		t.SetSwitch(name, value)
	}
	p.mu.RLock()
	seeders := slices.Clone(p.seeders)
	p.mu.RUnlock()
	var err error
	t.Fill(func() {
		for _, one := range seeders {
			if one.fill == nil {
				continue
			}
			items, ok := s.Items[one.key]
			if !ok {
				continue
			}
			copies := make([]Doc, len(items))
			for i, item := range items {
				copies[i] = Copy(item)
			}
			if err = one.fill(t, copies); err != nil {
				err = s.Origin.Blame(t.ID, one.key, err)
				return
			}
		}
	})
	return err
}

// ensure returns the tenant of that ID and whether it had to be made.
func (p *Platform) ensure(id string) (*Tenant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.tenants[id]; t != nil {
		return t, false
	}
	p.lastTenant++
	t := p.newTenant(id, p.lastTenant)
	p.keep(t)
	p.tenants[id] = t
	p.order = append(p.order, id)
	return t, true
}

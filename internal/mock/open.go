package mock

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/disk"
)

// StateFile says where the state of a platform is kept, and how.
type StateFile = disk.Options

// Open is New for a platform whose state outlives the process: what a request changes is in the file before the request is
// answered, and whatever ends the process, a platform opened on the same file goes on from there, running operations and
// the tokens of its clients included. It says whether the file held a state; where it did, baseline, tenants and faults are
// those of the file, else those of New. Close the platform at the end. The error names the file and what can be done.
func Open(file StateFile, options ...Option) (*Platform, bool, error) {
	store, err := disk.Open(file)
	if err != nil {
		return nil, false, err
	}
	p := empty(options)
	found, err := p.Attach(store, func() error { return p.Seed(Baseline()) })
	if err != nil {
		return nil, false, err
	}
	return p, found, nil
}

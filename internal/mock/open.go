package mock

import "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/disk"

// StateFile says where the state of a platform is kept, and how.
type StateFile struct {
	// Path is the file. It is made, readable by its owner alone, when it is not there.
	Path string
	// Unsynced leaves it to the operating system when changes reach the disk: faster, and what was answered still outlives
	// the process, however that ends, but not the machine.
	Unsynced bool
	// Report is told, in one line, when changes cannot be stored, and when they can be again. It may be nil.
	Report func(message string)
	// Fresh, which may be nil, goes on filling a platform whose file held no state, before anything is kept: where it fails,
	// the file still holds none.
	Fresh func(p *Platform) error
}

// Open is New for a platform whose state outlives the process: what a request changes is in the file before the request is
// answered, and whatever ends the process, a platform opened on the same file goes on from there, running operations and
// the tokens of its clients included. It says whether the file held a state; where it did, baseline, tenants and faults are
// those of the file, else those of New. Close the platform at the end. The error names the file and what can be done.
func Open(file StateFile, options ...Option) (*Platform, bool, error) {
	store, err := disk.Open(disk.Options{Path: file.Path, Unsynced: file.Unsynced, Report: file.Report})
	if err != nil {
		return nil, false, err
	}
	p := empty(options)
	found, err := p.Attach(store, func() error {
		if err := p.Seed(Baseline()); err != nil || file.Fresh == nil {
			return err
		}
		return file.Fresh(p)
	})
	if err != nil {
		return nil, false, err
	}
	return p, found, nil
}

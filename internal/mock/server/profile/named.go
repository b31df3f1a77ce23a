package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/schema"
)

// named are the profiles that have a name; "instant" is always there.
var (
	naming sync.RWMutex
	named  = map[string]func() Profile{"instant": func() Profile { return Profile{Name: "instant"} }}
)

// Register gives a profile its name, by which seeds, files and commands can ask for it. Packages do so when they are
// initialised, as formats of images do.
func Register(name string, describe func() Profile) {
	naming.Lock()
	defer naming.Unlock()
	named[name] = describe
}

// Names are the names that Named knows, sorted.
func Names() []string {
	naming.RLock()
	defer naming.RUnlock()
	return slices.Sorted(maps.Keys(named))
}

// Named returns one of the profiles that come with the mock.
func Named(name string) (Profile, error) {
	naming.RLock()
	profile := named[name]
	naming.RUnlock()
	if profile == nil {
		return Profile{}, fmt.Errorf("there is no profile %q%s", strings.TrimSpace(name), schema.Hint(name, Names()))
	}
	return profile(), nil
}

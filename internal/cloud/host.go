package cloud

import (
	"fmt"
	"strings"
)

// EnvironmentHost is the host of one environment in the Power Platform API: its ID without dashes, of which the last
// characters (EnvironmentShard) are a label of their own. A default environment keeps its prefix. The error names an ID
// that cannot be part of a host. https://github.com/microsoft/PowerPlatform-EnterprisePolicies derives it in this way.
func (c Cloud) EnvironmentHost(id string) (string, error) {
	name := strings.ToLower(strings.ReplaceAll(id, "-", ""))
	at := len(name) - c.EnvironmentShard
	if at <= 0 || strings.Trim(name, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return "", fmt.Errorf("%q is not the ID of an environment", id)
	}
	return name[:at] + "." + name[at:] + ".environment." + c.PowerPlatform, nil
}

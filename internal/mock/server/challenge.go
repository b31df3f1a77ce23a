package server

import "strings"

// challengeRule says how the hosts of a pattern refuse a call without a token that they take.
type challengeRule struct {
	host   string
	refuse func(c *Call, why string) Reply
}

// Challenge registers how a host answers a call whose token is missing, invalid, of a tenant that does not exist or of
// an audience that the host does not accept. Others answer 401 InvalidAuthenticationToken. The call has a tenant where
// the token names one; it is not locked.
func (p *Platform) Challenge(host string, refuse func(c *Call, why string) Reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.challenges = append(p.challenges, challengeRule{strings.ToLower(host), refuse})
}

// unauthorized refuses a call as its host does.
func (p *Platform) unauthorized(c *Call, t *Tenant, why string) Reply {
	p.mu.RLock()
	var refuse func(c *Call, why string) Reply
	for _, rule := range p.challenges {
		if refuse == nil && Glob(rule.host, c.Host) {
			refuse = rule.refuse
		}
	}
	p.mu.RUnlock()
	if refuse == nil {
		return unauthorized(why)
	}
	c.Tenant = t
	return refuse(c, why)
}

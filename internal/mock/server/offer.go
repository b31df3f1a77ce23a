package server

// Offer keeps something that one family makes known to others, under a key whose type only that family can make, as
// with context.WithValue. It replaces what was kept under the key, and outlives Reset.
func (p *Platform) Offer(key, value any) { p.offers.Store(key, value) }

// Offered returns what Offer kept under the key, nil if nothing was.
func (p *Platform) Offered(key any) any {
	value, _ := p.offers.Load(key)
	return value
}

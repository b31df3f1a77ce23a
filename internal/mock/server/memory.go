package server

// Remember says that collections hold what the platform remembers, and no objects: they stay when all objects are gone.
func (p *Platform) Remember(collections ...string) {
	for _, name := range collections {
		p.memory.Store(name, true)
	}
}

// Remembers reports whether a collection holds what the platform remembers.
func (p *Platform) Remembers(collection string) bool {
	_, ok := p.memory.Load(collection)
	return ok
}

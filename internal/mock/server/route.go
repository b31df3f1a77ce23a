package server

// Router adds the operations of one family to one host.
type Router struct {
	// Platform is the platform that gets them.
	Platform *Platform
	// Host is exact or a pattern, see Platform.Route.
	Host string
	// Path comes before the path of every operation.
	Path string
	// Operation comes before the ID of every operation: "bap.".
	Operation string
	// Around gives every handler what comes before it; nil gives it nothing.
	Around func(h Handler) Handler
}

// Route adds an operation, see Platform.Route.
func (r Router) Route(method, path, operation string, h Handler) {
	if r.Around != nil {
		h = r.Around(h)
	}
	r.Platform.Route(r.Host, method, r.Path+path, r.Operation+operation, h)
}

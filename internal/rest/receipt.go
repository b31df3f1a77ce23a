package rest

// Receipt tells after a call how the platform took it.
type Receipt struct{ sent *call }

// Option makes a call fill the receipt.
func (r *Receipt) Option() Option { return func(c *call) { r.sent = c } }

// Blind reports whether the platform accepted the call without an address where its operation can be followed. Such a
// call returns at once and without an error; its caller verifies by reading.
func (r *Receipt) Blind() bool { return r.sent != nil && r.sent.blind }

// Header is what the answer to the request says under a name, "" if it does not or there was no success.
func (r *Receipt) Header(name string) string {
	if r.sent == nil {
		return ""
	}
	return r.sent.answer.Get(name)
}

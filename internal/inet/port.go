package inet

// Wanted is the port that is wanted of each protocol.
type Wanted map[string]uint16

// Has reports whether the socket has the port.
func (w Wanted) Has(s Socket) bool {
	port, ok := w[s.Protocol]
	return ok && s.Addr.Port() == port
}

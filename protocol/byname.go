package protocol

// ByName finds a protocol by its preset's name.
func ByName(name string) (Protocol, bool) {
	if name == (Envelope{}).Name() {
		return Envelope{}, true
	}
	return nil, false
}

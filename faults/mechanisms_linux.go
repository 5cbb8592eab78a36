package faults

// mechanismsHere lists the mechanisms a silence can be made to use here; a
// kernel may still be built without one.
func mechanismsHere() []Mechanism { return []Mechanism{MD5, MinTTL, Stall} }

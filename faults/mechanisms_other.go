//go:build !linux

package faults

// mechanismsHere lists the mechanisms a silence can be made to use here.
func mechanismsHere() []Mechanism { return []Mechanism{Stall} }

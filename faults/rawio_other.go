//go:build !unix

package faults

const rawIO = false // connections are read and written through the net package

func readNow(uintptr, []byte) (int, error)  { return 0, errUnsupported }
func writeNow(uintptr, []byte) (int, error) { return 0, errUnsupported }

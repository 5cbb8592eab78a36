//go:build !unix

package vitals

// FDLimit returns how many descriptors this process may open now, and up to
// which number it may raise that itself. Both are 0 where the system does not
// tell, as here.
func FDLimit() (soft, hard uint64) { return 0, 0 }

// RaiseFDLimit raises the limit on descriptors as far as this process may and
// returns it, 0 where there is none to raise, as here.
func RaiseFDLimit() (uint64, error) { return 0, nil }

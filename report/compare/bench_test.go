package compare_test

import (
	"fmt"
	"testing"

	"github.com/imbench/imbench/report/compare"
)

// BenchmarkCompare is at its slowest with nine runs of each, the most whose
// deals are all gone through.
func BenchmarkCompare(b *testing.B) {
	for _, n := range []int{5, 9, 30} {
		base, candidate := runs("base", n, 1), runs("new", n, 1.02)
		b.Run(fmt.Sprint(n, " runs"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustCompare(b, base, candidate, compare.Options{})
			}
		})
	}
}

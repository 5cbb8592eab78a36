package compare_test

import (
	"fmt"

	"github.com/imbench/imbench/report/compare"
)

// A new build whose deliveries take a tenth longer, six runs of each.
func ExampleCompare() {
	c, err := compare.Compare(runs("base", 6, 1), runs("new", 6, 1.1), compare.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Verdict, c.ExitCode())
	for _, reason := range c.Reasons {
		fmt.Println(reason)
	}
	// Output:
	// failed 3
	// delivery.p50 is worse, +10.4 %: 1.10 ms, it was 1.00 ms (+9.1 % to +12.7 %, p 0.006).
	// delivery.p99 is worse, +10.4 %: 4.41 ms, it was 4.01 ms (+9.1 % to +12.7 %, p 0.006).
}

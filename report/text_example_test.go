package report_test

import (
	"fmt"
	"os"

	"github.com/imbench/imbench/report"
)

func ExampleText() {
	value := 12.4
	result := &report.Result{
		Verdict:    report.Passed,
		Scenario:   report.ScenarioInfo{Name: "first try", File: "first.yaml", Seed: 7, Clients: 2, Summary: "1/s to peer", DurationS: 10},
		Thresholds: []report.ThresholdResult{{Text: "delivery.p99 < 200ms", Value: &value, Unit: "ms", Verdict: report.Passed}},
		Counts:     map[string]int64{"planned": 10, "sent": 10, "acked": 10, "expected": 10, "delivered": 10},
	}
	if err := report.Text(os.Stdout, result, report.TextOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ✓ PASSED  first try
	//
	//   load           2 clients, 1/s to peer
	//   run            10 s asked for, seed 7
	//
	// Thresholds
	// ✓ delivery.p99 < 200ms  12.4 ms
	//
	// Delivery
	//   sent           10 of 10 planned messages, 10 acknowledged
	//   expected       10 deliveries, one for each receiver of a message
	//   delivered      10     100 %  live
	//   lost            0       0 %
	//                  no duplicates, no reordering, nothing unexpected
	//
	// Run it again
	//   imbench run first.yaml --seed 7
}

package scenario_test

import (
	"fmt"

	"github.com/imbench/imbench/scenario"
)

// Everything that is wrong is reported at once, each with its place.
func ExampleLoad() {
	_, err := scenario.Load([]byte(`
clients: 1000
traffic: 500
faults:
  - {name: nat, at: 10s, kind: silence, clints: 20%, group: mobile}
`), "nat.yaml", scenario.Options{Set: []string{"duration=5s"}})
	fmt.Println(err)
	// Output:
	// nat.yaml:3:10: traffic: "500" is not a rate; write a number and a unit of time, like 500/s or 30/min
	// nat.yaml:5:21: faults[0].at: 10s is not within the run's duration (5s); write an earlier time, or a longer duration
	// nat.yaml:5:41: faults[0].clints: unknown key; did you mean clients? known are name, at, kind, of, clients, group, for, every, down, up, direction, mechanism, code, box, idle, expiry, counts, lifetime, delay, jitter, rate, size, gap, buffer, forms, ghost
	// nat.yaml:5:61: faults[0].group: no group is named "mobile"; the only one is default
}

func ExampleReconnect_Delay() {
	policy, _ := scenario.ReconnectByName("signalr")
	for n := 0; ; n++ {
		wait, ok := policy.Delay(n, 0, func() float64 { return 0 })
		if !ok {
			fmt.Println("gives up")
			return
		}
		fmt.Println(wait)
	}
	// Output:
	// 0s
	// 2s
	// 10s
	// 30s
	// gives up
}

package events_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/imbench/imbench/report/events"
)

func ExampleTell() {
	file := strings.NewReader(`{"t":0.5,"event":"begin"}
{"t":3.5,"client":"c17","event":"fault","fault":"nat","mechanism":"md5"}
{"t":8.2,"client":"c17","event":"detect","cause":"heartbeat_timeout","fault":"nat"}
{"t":8.7,"client":"c17","event":"dial"}
{"t":8.703,"client":"c17","event":"ready"}
`)
	if _, _, err := events.Tell(os.Stdout, file, 17, events.Options{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// client 17   times count from second 0, + from the last fault
	//
	//     0.000 s               the run begins
	//                           … 3.00 s without any event
	//     3.000 s     +0.000 s  fault nat (md5)
	//                           … 4.70 s without any event
	//     7.700 s     +4.700 s  takes its connection for dead: heartbeat_timeout, 4.70 s after nat
	//     8.200 s     +5.200 s  dials, 500 ms after noticing
	//     8.203 s     +5.203 s  online again, 3.00 ms after dialling, 503 ms after noticing
}

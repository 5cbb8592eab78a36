package faults_test

import (
	"fmt"
	"net"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
)

// A connection goes dark and comes back. In memory there are no packets to
// drop, so the mechanism is stall; over TCP on Linux it is md5.
func ExampleConn() {
	ours, peer := net.Pipe()
	defer peer.Close()
	var lot faults.Lot
	conn := faults.NewConn(ours, &lot)
	defer conn.Close()

	mechanism, err := conn.Silence(faults.Both)
	fmt.Println(mechanism, err)
	n, err := conn.Write([]byte("hello"))
	fmt.Println(n, err, "queued:", conn.Queued())

	fmt.Println(conn.Heal())
	buf := make([]byte, 10)
	n, err = peer.Read(buf)
	fmt.Println(string(buf[:n]), err)
	// Output:
	// stall <nil>
	// 5 <nil> queued: 5
	// <nil>
	// hello <nil>
}

func ExampleConfig() {
	fault := faults.Config{
		Name: "nat", At: 10 * time.Second, Kind: "silense",
		Clients: unit.Share{Percent: 20}, For: 5 * time.Second,
	}
	fmt.Println(fault.Validate())
	fault.Kind = faults.Silence
	fmt.Println(fault.Validate())
	fmt.Println(fault)
	// Output:
	// kind: "silense" is not a kind of fault; did you mean silence? There are silence, idle_expiry, reset, close, bye, storm, stall, latency, bandwidth, slice, flap, rebind, malformed, server.freeze, server.kill, server.restart
	// <nil>
	// {name: nat, at: 10s, kind: silence, clients: 20%, for: 5s}
}

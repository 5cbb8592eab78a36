// Package arch holds the test that keeps the house's floors.
//
//	floor 4   cmd   internal/bench   internal/testlog
//	floor 3   agent   proxy
//	floor 2   scenario
//	floor 1   faults   report   testserver
//	floor 0   protocol   internal/unit   internal/memnet   internal/vitals   internal/wsframe
//
// Imports run downward only, rooms of one floor do not know each other, and a
// few have reasons of their own, which the test names when it fails. A new
// package needs a line in the test's table.
package arch

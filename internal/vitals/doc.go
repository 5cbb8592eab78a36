// Package vitals reads how a process and its machine are doing: CPU time,
// resident memory and descriptors of the server under test and of imbench
// itself, the Go runtime's own pauses, and the limit on descriptors.
//
//	Watch(pid) ─► Process ─► Sample, once a second ─► CPU, RSS, FDs
//	                 └── with all its descendants: a server is often started
//	                     by a wrapper (npm, a shell) that does nothing itself
//
// The figures are gopsutil's. A sample costs about 0.2 ms a process on Linux,
// however many descriptors it has open, so once a second disturbs nothing.
// Functions and methods are safe for concurrent use.
package vitals

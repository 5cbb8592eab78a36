// Package telemetry shows a run to monitoring systems while it is under way:
// Prometheus asks for its metrics, and an OpenTelemetry collector is sent them.
//
//	Snapshot, once a second ─► Metrics ─► Gatherer ┬─ Listen: /metrics
//	Running, when asked     ─►                     └─ Push:   OTLP, every 10 s
//
// Both tell the same metrics by the same names, which docs/metrics.md lists.
// The clients pay nothing for it: times are read from the recorders'
// histograms when somebody asks, at most once a second.
//
// Labels are names of the scenario's groups, faults and thresholds, and never
// what a server said. There are at most a hundred values of each.
package telemetry

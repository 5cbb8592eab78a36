// Package compare holds the results of one server build against another's.
//
//	base results ─┐                                        ┌─ Text, Markdown
//	              ├─ per-run values ─ test ─ Comparison ───┼─ JUnit, HTML
//	new results ──┘  (metric.go)      (rank.go)            └─ JSON
//
// A run is one observation: its median, its 99th percentile, what it lost. The
// messages of a run are no observations of their own, because what makes runs
// differ (the machine, the moment, the seed) is common to all of them; pooled,
// they would make every difference significant.
//
// Everything is values in, values out. A Comparison is not changed by its
// renderers and safe for concurrent reading.
package compare

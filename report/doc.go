// Package report holds what was seen: the recorder and the ledger that take
// samples while a run goes on, the result they add up to, the thresholds it is
// held against, and the renderers that show it.
//
//	a shard's goroutines ──► Recorder ─ Merge ─┐
//	                         (times, counts)   ├─ Build ─► Result ─► Text
//	senders, receivers ────► Ledger ── Judge ──┘    ▲        │▲
//	                         (every delivery)  Thresholds    ▼│
//	                                                   Write, Read, Merge
//
// While a run goes on, a Recorder is safe for concurrent use and each shard has
// its own; a Ledger is shared by all, with one Log a shard to send by and one
// Inbox a client to receive by. Everything after that is values in, values out,
// with no I/O but the given reader or writer.
//
// No sample is left out. A time known only to be at least so long, because the
// run ended first, is kept as censored: statistics that it could move are lower
// bounds, and a threshold on one passes or fails only if either side of the
// bound would agree.
package report

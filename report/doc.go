// Package report holds what was seen: the recorder and the ledger that take
// samples while a run goes on, the result they add up to, the thresholds it is
// held against, and the renderers that show it.
package report

package report

// Metric names one measured time. The names are part of the result, of
// thresholds and of the report: there is one for each thing.
type Metric uint8

// The times that a run measures.
const (
	Connect   Metric = iota // dial to ready
	Delivery                // intended send to receipt, every receiver that got it live
	Recovery                // intended send to receipt, for messages that came only after a reconnect
	Fanout                  // intended send to the last expected receiver
	Roundtrip               // intended send to the sender's own echo or ack
	Heartbeat               // beat written to answer read
	Detect                  // fault applied to the client declaring the connection dead
	Reconnect               // connection declared dead to ready again
	Outage                  // fault applied to the first fresh message received after it
	Ghost                   // fault applied to the server declaring the silenced client gone
	Lag                     // intended send to actual write: the generator's own lateness
	NumMetrics
)

var metricNames = [NumMetrics]string{
	"connect", "delivery", "recovery", "fanout", "roundtrip", "heartbeat",
	"detect", "reconnect", "outage", "ghost", "lag",
}

func (m Metric) String() string { return metricNames[m] }

// ParseMetric finds a metric by its name.
func ParseMetric(name string) (Metric, bool) {
	for m, n := range metricNames {
		if n == name {
			return Metric(m), true
		}
	}
	return 0, false
}

// Count names one thing that a run counts.
type Count uint8

// What a run counts. Expected = Delivered + Recovered + Missed + Lost +
// Indeterminate: every (message, receiver) pair is in one class. Duplicated
// and Reordered are marks on pairs that came; Unexpected came and was in no
// pair.
const (
	Planned       Count = iota // messages in the plan
	Unsent                     // planned, but the sender was offline or its connection was not taking bytes
	Overruns                   // of the unsent: the connection's queue was full
	Sent                       // messages written
	Acked                      // messages confirmed to their sender
	Expected                   // (message, receiver) pairs
	Delivered                  // pairs received live
	Recovered                  // pairs received only after the receiver's reconnect
	Missed                     // pairs never received, receiver offline or silenced meanwhile
	Lost                       // pairs never received, receiver connected and unfaulted all the while
	Indeterminate              // pairs of a message that nobody got and whose sender's connection died unconfirmed
	Duplicated                 // receipts of a pair already received
	Reordered                  // receipts that came after a later message of the same sender
	Unexpected                 // receipts by somebody, or of something, that no message was sent to
	AckedLost                  // messages acked, then received by nobody though some receiver was connected and unfaulted

	Connects         // connections that became ready
	ConnectFailures  // dials that did not become ready
	Disconnects      // ready connections that ended before the run did
	Reconnects       // connections that became ready after a disconnect
	Attempts         // dials made
	NeverReady       // clients that were never online at all
	NeverDetected    // faulted connections whose end the client never noticed
	NeverRecovered   // clients that lost their connection and never came back
	Ghosts           // silenced connections the server still believed online at the end
	ProtocolErrors   // frames that break the protocol, by the server
	FalseDisconnects // disconnects of connections that no fault had touched
	Rejected         // requests and logins that the server answered with an error
	NumCounts
)

var countNames = [NumCounts]string{
	"planned", "unsent", "overruns", "sent", "acked", "expected", "delivered", "recovered", "missed", "lost",
	"indeterminate", "duplicated", "reordered", "unexpected", "acked_lost",
	"connects", "connect_failures", "disconnects", "reconnects", "attempts", "never_ready",
	"never_detected", "never_recovered", "ghosts", "protocol_errors", "false_disconnects", "rejected",
}

func (c Count) String() string { return countNames[c] }

// ParseCount finds a count by its name.
func ParseCount(name string) (Count, bool) {
	for c, n := range countNames {
		if n == name {
			return Count(c), true
		}
	}
	return 0, false
}

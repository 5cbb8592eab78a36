package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/imbench/imbench/report"
)

// family is one metric with its labels. docs/metrics.md has a row for each.
type family struct {
	name   string
	help   string
	kind   prometheus.ValueType // of a histogram it is not looked at
	labels []string
}

func (f family) desc() *prometheus.Desc {
	return prometheus.NewDesc(f.name, f.help, f.labels, nil)
}

const prefix = "imbench_"

// Bounds are what times are told by, in seconds where they are exported.
func Bounds() []time.Duration {
	const ms = time.Millisecond
	return []time.Duration{
		500 * time.Microsecond, ms, 2500 * time.Microsecond, 5 * ms, 10 * ms, 25 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms,
		time.Second, 2 * time.Second, 3 * time.Second, 5 * time.Second, 7500 * ms, // reconnects
		10 * time.Second, 15 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute, // heartbeats
	}
}

// The families with a name of their own.
var (
	buildInfo    = family{prefix + "build_info", "Always 1; the version of imbench.", prometheus.GaugeValue, []string{"version"}}
	scenarioInfo = family{prefix + "scenario_info", "Always 1; which scenario runs.", prometheus.GaugeValue, []string{"name", "seed", "hash", "protocol"}}
	phase        = family{prefix + "phase", "1 for the phase that the run is in, 0 for the others.", prometheus.GaugeValue, []string{"phase"}}
	elapsed      = family{prefix + "elapsed_seconds", "Since second 0; while the clients connect, since the first dial.", prometheus.GaugeValue, nil}
	planned      = family{prefix + "planned_seconds", "From second 0 to the end of the drain, as planned.", prometheus.GaugeValue, nil}
	clients      = family{prefix + "clients", "Clients by state; the states add up to all.", prometheus.GaugeValue, []string{"state"}}
	warnings     = family{prefix + "warnings", "Warnings of the run so far.", prometheus.GaugeValue, nil}

	faultUnderWay   = family{prefix + "fault_under_way", "1 while the fault goes on.", prometheus.GaugeValue, []string{"fault", "kind"}}
	faultClients    = family{prefix + "fault_clients_total", "Connections that the fault was applied to.", prometheus.CounterValue, []string{"fault"}}
	faultNotApplied = family{prefix + "fault_not_applied_total", "Connections that the fault could not be applied to.", prometheus.CounterValue, []string{"fault"}}
	faultSkipped    = family{prefix + "fault_skipped_total", "Clients that were down from the same fault when it struck again.", prometheus.CounterValue, []string{"fault"}}
	faultDetected   = family{prefix + "fault_detected_total", "Clients that noticed the fault.", prometheus.CounterValue, []string{"fault"}}
	faultUnnoticed  = family{prefix + "fault_unnoticed_total", "Clients for which it was over before they noticed.", prometheus.CounterValue, []string{"fault"}}
	faultRecovered  = family{prefix + "fault_recovered_total", "Clients that were ready again after it.", prometheus.CounterValue, []string{"fault"}}
	faultGhosts     = family{prefix + "fault_ghosts_total", "Of the silenced clients, those the server still believed online at the end. Told at the end.", prometheus.CounterValue, []string{"fault"}}

	thresholdValue = family{prefix + "threshold_value", "What the threshold is about, so far: seconds, a count, or a ratio.", prometheus.GaugeValue, []string{"threshold"}}
	thresholdOK    = family{prefix + "threshold_ok", "1 when the threshold holds so far, 0 when it fails; absent when it cannot be told.", prometheus.GaugeValue, []string{"threshold"}}

	serverCPU    = family{prefix + "server_cpu_seconds_total", "CPU time of the server under test, when it is watched.", prometheus.CounterValue, nil}
	serverRSS    = family{prefix + "server_resident_memory_bytes", "Its resident memory.", prometheus.GaugeValue, nil}
	generatorCPU = family{prefix + "generator_cpu_seconds_total", "CPU time of imbench itself.", prometheus.CounterValue, nil}
	generatorRSS = family{prefix + "generator_resident_memory_bytes", "Its resident memory.", prometheus.GaugeValue, nil}
)

func families() []family {
	all := []family{
		buildInfo, scenarioInfo, phase, elapsed, planned, clients, warnings,
		faultUnderWay, faultClients, faultNotApplied, faultSkipped, faultDetected, faultUnnoticed, faultRecovered, faultGhosts,
		thresholdValue, thresholdOK, serverCPU, serverRSS, generatorCPU, generatorRSS,
	}
	for c := range report.NumCounts {
		all = append(all, counter(c))
	}
	for m := range report.NumMetrics {
		all = append(all, histogram(m))
	}
	return all
}

var byGroup = []string{"group"}

// counter is the family of a count.
func counter(c report.Count) family {
	help := countHelp[c]
	if c.AtEnd() {
		help += " Told at the end."
	}
	return family{prefix + c.String() + "_total", help, prometheus.CounterValue, byGroup}
}

// histogram is the family of a time.
func histogram(m report.Metric) family {
	help := timeHelp[m]
	if m.AtEnd() {
		help += " Told at the end."
	}
	return family{name: prefix + m.String() + "_seconds", help: help, labels: byGroup}
}

var countHelp = [report.NumCounts]string{
	report.Planned:          "Messages that were due.",
	report.Unsent:           "Of those, not sent: the sender was offline, or its connection took no bytes.",
	report.Overruns:         "Of the unsent: the connection's queue was full.",
	report.Sent:             "Messages written.",
	report.Acked:            "Messages confirmed to their sender.",
	report.Expected:         "Deliveries expected, one for each receiver of a message.",
	report.Delivered:        "Deliveries received live.",
	report.Recovered:        "Deliveries received only after the receiver's reconnect.",
	report.Missed:           "Deliveries not received; the receiver was offline or silenced.",
	report.Lost:             "Deliveries not received, though the receiver was connected and unfaulted.",
	report.Indeterminate:    "Deliveries of messages that nobody got, and whose sender's connection died unconfirmed.",
	report.Duplicated:       "Deliveries received again.",
	report.Reordered:        "Deliveries that came after a later message of the same sender.",
	report.Unexpected:       "Received by somebody, or of something, that no message was sent to.",
	report.AckedLost:        "Messages confirmed, and received by nobody who could.",
	report.Connects:         "Connections that became ready.",
	report.ConnectFailures:  "Dials that did not become ready.",
	report.Disconnects:      "Ready connections that ended before the run did.",
	report.Reconnects:       "Connections that became ready after a disconnect.",
	report.Attempts:         "Dials.",
	report.NeverReady:       "Clients that were never online.",
	report.NeverDetected:    "Faulted connections whose end the client never noticed.",
	report.NeverRecovered:   "Clients that lost their connection and never came back.",
	report.Ghosts:           "Silenced connections that the server still believed online at the end.",
	report.ProtocolErrors:   "Frames of the server that break the protocol.",
	report.FalseDisconnects: "Disconnects of connections that no fault had touched.",
	report.Rejected:         "Requests and logins that the server answered with an error.",
}

var timeHelp = [report.NumMetrics]string{
	report.Connect:   "Dial to ready.",
	report.Delivery:  "Intended send to receipt, live.",
	report.Recovery:  "Intended send to receipt, of what came only after a reconnect.",
	report.Fanout:    "Intended send to the last expected receiver.",
	report.Roundtrip: "Intended send to the sender's own echo or ack.",
	report.Heartbeat: "Beat written to answer read.",
	report.Detect:    "Fault to the client declaring its connection dead.",
	report.Reconnect: "Declared dead to ready again.",
	report.Outage:    "Fault to the first fresh message after it.",
	report.Ghost:     "Fault to the server declaring the silenced client gone.",
	report.Lag:       "Intended send to actual write: the generator's own lateness.",
}

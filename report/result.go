package report

import "time"

// Schema names the form of the result file.
const Schema = "imbench.result/1"

// Verdict is what a run or a threshold came to.
type Verdict string

// The verdicts. Inconclusive means that the run cannot tell: nothing was
// expected, a threshold had no samples, or the generator was the bottleneck.
const (
	Passed       Verdict = "passed"
	Failed       Verdict = "failed"
	Inconclusive Verdict = "inconclusive"
	Interrupted  Verdict = "interrupted"
)

// Result is everything a run found out, the content of the result file. Times
// in Stats are in milliseconds. Two results merge (see Merge).
type Result struct {
	Schema         string             `json:"schema"`
	Version        string             `json:"version"`
	Scenario       ScenarioInfo       `json:"scenario"`
	Started        time.Time          `json:"started"`
	DurationS      float64            `json:"duration_s"` // second 0 to the end of the drain
	ConnectS       float64            `json:"connect_s"`  // before second 0: the first dial to the last client ready
	Verdict        Verdict            `json:"verdict"`
	Reasons        []string           `json:"reasons"`
	Failure        string             `json:"failure,omitempty"` // why the run could not be made, or not to its end
	Thresholds     []ThresholdResult  `json:"thresholds"`
	Metrics        map[string]*Stats  `json:"metrics"`
	Counts         map[string]int64   `json:"counts"`
	Rates          map[string]float64 `json:"rates"` // reach, loss; absent when nothing was expected
	Faults         []FaultResult      `json:"faults"`
	Groups         map[string]*Group  `json:"groups"`
	Closes         map[string]int64   `json:"closes"` // disconnects by cause
	ProtocolErrors []Quote            `json:"protocol_errors,omitempty"`
	ConnectErrors  []Quote            `json:"connect_errors,omitempty"`
	Worst          []ClientLoss       `json:"worst,omitempty"` // the receivers that lost most
	Timeline       []Second           `json:"timeline"`
	Server         *Server            `json:"server,omitempty"` // when imbench started it or was given its pid
	Generator      Generator          `json:"generator"`
	Warnings       []string           `json:"warnings"`
}

// ScenarioInfo says what was asked, so that the run can be made again.
type ScenarioInfo struct {
	Name      string  `json:"name"`
	Hash      string  `json:"hash"` // of the effective scenario, secrets left out
	Seed      uint64  `json:"seed"`
	File      string  `json:"file"`
	Target    string  `json:"target"`   // URL, secrets redacted
	Protocol  string  `json:"protocol"` // preset
	Clients   int     `json:"clients"`
	Summary   string  `json:"summary"`    // traffic in a line: "500/s poisson to rooms of 50"
	DurationS float64 `json:"duration_s"` // as asked
}

// Stats sums up one metric, in Unit. Censored counts the samples known only to
// be at least as long as recorded (a client that had not noticed when the run
// ended); a statistic that they reach is a lower bound and is named in AtLeast.
type Stats struct {
	Unit              string   `json:"unit"` // "ms"
	Count             int64    `json:"count"`
	Min               float64  `json:"min"`
	Mean              float64  `json:"mean"`
	P50               float64  `json:"p50"`
	P90               float64  `json:"p90"`
	P95               float64  `json:"p95"`
	P99               float64  `json:"p99"`
	P999              float64  `json:"p999"`
	Max               float64  `json:"max"`
	Censored          int64    `json:"censored,omitempty"`
	AtLeast           []string `json:"at_least,omitempty"`
	Histogram         string   `json:"histogram"`                    // HDR, V2 compressed, base64, microseconds
	CensoredHistogram string   `json:"censored_histogram,omitempty"` // of the censored samples alone; Histogram holds the rest
}

// ThresholdResult is one threshold, held against the run.
type ThresholdResult struct {
	Text    string   `json:"text"`
	Value   *float64 `json:"value"` // in Unit; nil when there was no sample
	Unit    string   `json:"unit,omitempty"`
	Verdict Verdict  `json:"verdict"`
	Note    string   `json:"note,omitempty"` // why inconclusive, or "at least" for a lower bound
}

// FaultResult is one fault's story, all its occurrences together.
type FaultResult struct {
	Name           string           `json:"name"`
	Kind           string           `json:"kind"`
	Text           string           `json:"text"`                // the fault as it is written
	Mechanism      map[string]int64 `json:"mechanism,omitempty"` // how silence was made, by connections
	AtS            []float64        `json:"at_s"`                // when it was applied, by the clock of the run
	ForS           float64          `json:"for_s,omitempty"`
	Clients        int64            `json:"clients"`     // connections it was applied to
	NotApplied     int64            `json:"not_applied"` // chosen, but it could not be done; see Errors
	Skipped        int64            `json:"skipped"`     // chosen, but offline, or still under another fault
	Detected       int64            `json:"detected"`
	Unnoticed      int64            `json:"unnoticed"` // healed before the client noticed: it rode it out
	NeverDetected  int64            `json:"never_detected"`
	Recovered      int64            `json:"recovered"`
	NeverRecovered int64            `json:"never_recovered"`
	Ghosts         int64            `json:"ghosts"`                 // of those silenced, still online for the server at the end
	Causes         map[string]int64 `json:"causes,omitempty"`       // how clients noticed
	DetectBound    string           `json:"detect_bound,omitempty"` // what the clients' own timers imply, "10s..20s"
	Detect         *Stats           `json:"detect"`
	Reconnect      *Stats           `json:"reconnect"`
	Outage         *Stats           `json:"outage"`
	Ghost          *Stats           `json:"ghost"`
	Errors         []string         `json:"errors,omitempty"`
}

// Group is one client group's part of the run.
type Group struct {
	Clients int               `json:"clients"`
	Metrics map[string]*Stats `json:"metrics"`
	Counts  map[string]int64  `json:"counts"`
	Closes  map[string]int64  `json:"closes"`
}

// Quote is a kind of error, how often it happened, and the first one, cut and
// made safe to print.
type Quote struct {
	Kind  string `json:"kind"`
	Count int64  `json:"count"`
	First string `json:"first"`
}

// Second is one second of the timeline; TS counts from second 0 and is
// negative while the clients connect.
type Second struct {
	TS            float64 `json:"t_s"`
	Connected     int64   `json:"connected"`
	Connects      int64   `json:"connects"`
	Disconnects   int64   `json:"disconnects"`
	Sent          int64   `json:"sent"`
	Delivered     int64   `json:"delivered"` // live and recovered
	DeliveryP50Ms float64 `json:"delivery_p50_ms"`
	DeliveryP99Ms float64 `json:"delivery_p99_ms"`
	DeliveryMaxMs float64 `json:"delivery_max_ms"`
	LagP99Ms      float64 `json:"lag_p99_ms"`
	ServerCPU     float64 `json:"server_cpu,omitempty"` // cores
	ServerRSS     int64   `json:"server_rss_bytes,omitempty"`
	GeneratorCPU  float64 `json:"generator_cpu"` // cores
	GeneratorRSS  int64   `json:"generator_rss_bytes"`
	Histogram     string  `json:"delivery_histogram,omitempty"` // so that seconds merge
}

// Server is the server under test as a process.
type Server struct {
	CPUS        float64 `json:"cpu_s"`
	RSSMaxBytes int64   `json:"rss_max_bytes"`
	FDsMax      int64   `json:"fds_max"`
	Restarts    int64   `json:"restarts"`
	Exit        string  `json:"exit,omitempty"` // when it ended unasked: how
}

// Generator is imbench itself, and its verdict on itself.
type Generator struct {
	CPUS        float64  `json:"cpu_s"`
	RSSMaxBytes int64    `json:"rss_max_bytes"`
	FDsMax      int64    `json:"fds_max"`
	LagP99Ms    float64  `json:"lag_p99_ms"`
	GCPauseMs   float64  `json:"gc_pause_max_ms"`
	Cores       int      `json:"cores"`
	Limits      []string `json:"limits"` // what it ran up against; empty when it kept up
}

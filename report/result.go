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
	Worst          []ClientLoss       `json:"worst,omitempty"`      // the receivers that lost most
	LookAt         []ClientNote       `json:"look_at,omitempty"`    // clients whose story explains why the run did not pass
	Events         string             `json:"events,omitempty"`     // the events file's name, if one was written
	TimeScale      float64            `json:"time_scale,omitempty"` // the run's clock ÷ the story's; absent for 1
	Timeline       []Second           `json:"timeline"`
	Server         *Server            `json:"server,omitempty"` // when imbench started it or was given its pid
	Generator      Generator          `json:"generator"`
	Warnings       []string           `json:"warnings"`
}

// ScenarioInfo says what was asked, so that the run can be made again.
type ScenarioInfo struct {
	Name      string   `json:"name"`
	Hash      string   `json:"hash"` // of the effective scenario, secrets left out
	Seed      uint64   `json:"seed"`
	File      string   `json:"file"`
	Target    string   `json:"target"`   // URL, secrets redacted
	Protocol  string   `json:"protocol"` // preset
	Clients   int      `json:"clients"`
	Summary   string   `json:"summary"`        // traffic in a line: "500/s poisson to rooms of 50"
	DurationS float64  `json:"duration_s"`     // as asked
	YAML      string   `json:"yaml,omitempty"` // the effective scenario, secrets redacted: it can be run again
	Set       []string `json:"set,omitempty"`  // by which --set the file was changed; secrets read ***
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
	Storm          *Storm           `json:"storm,omitempty"`          // when clients lost their connections
	GhostSurvival  []Survival       `json:"ghost_survival,omitempty"` // by method and story
	Box            *Box             `json:"box,omitempty"`            // idle_expiry: what the middlebox did
	Malformed      []Malformed      `json:"malformed,omitempty"`      // malformed: what the server answered
	Errors         []string         `json:"errors,omitempty"`
}

// Storm is how those who lost their connections came back.
type Storm struct {
	Clients      int64   `json:"clients"`       // that lost their connection, also those that never noticed
	Offered      []int64 `json:"offered"`       // dials begun, in each second since the client's fault; repetitions add up
	Accepted     []int64 `json:"accepted"`      // connections ready again, likewise
	RunOffered   []int64 `json:"run_offered"`   // dials begun, in each second of the run since the fault was first due
	RunAccepted  []int64 `json:"run_accepted"`  // connections ready again, likewise
	PeakOffered  int64   `json:"peak_offered"`  // the most in one second of RunOffered
	PeakAccepted int64   `json:"peak_accepted"` // the most in one second of RunAccepted

	// The most in a tenth of a second of the run, in the first hour after the
	// fault was first due; 0 in results of before it was counted.
	BurstOffered  int64 `json:"burst_offered,omitempty"`
	BurstAccepted int64 `json:"burst_accepted,omitempty"`

	Back     *Stats   `json:"back"`      // from the fault to ready again; who never was, censored
	Back50S  *float64 `json:"back_50_s"` // from the fault until half of them were back; nil: they were not
	Back99S  *float64 `json:"back_99_s"`
	Back100S *float64 `json:"back_100_s"`
}

// Survival is how long the server believed silenced clients online, as one
// method saw it, for those of one story. Clients = Forgotten + Held + Unknown.
type Survival struct {
	Method    string          `json:"method"` // presence, inet_diag, probe
	Story     string          `json:"story"`  // idle: nothing was sent to the client after the fault; chat: something was
	Clients   int64           `json:"clients"`
	Forgotten int64           `json:"forgotten"`        // the server let go of them, as far as it was seen
	Held      int64           `json:"held"`             // still believed online when last looked at
	Unknown   int64           `json:"unknown"`          // the method could not tell
	Curve     []SurvivalPoint `json:"curve"`            // steps, by time
	States    map[string]int  `json:"states,omitempty"` // inet_diag: the server's socket at the end, by TCP state
}

// SurvivalPoint says which share of the ghosts were still believed in, so long
// after the fault. Low and High bracket what the method leaves open.
type SurvivalPoint struct {
	AfterS float64 `json:"after_s"`
	Share  float64 `json:"share"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Box is what a middlebox on the clients' path did to idle connections. Times
// are on the run's clock; the story's is that divided by Result.TimeScale.
type Box struct {
	Preset         string  `json:"preset,omitempty"`
	IdleS          float64 `json:"idle_s"`                     // expiry after so much idleness; 0: idleness does not matter
	LifetimeS      float64 `json:"lifetime_s,omitempty"`       // expiry at this age; 0: age does not matter
	Expiry         string  `json:"expiry"`                     // what happens then: silent, reset, reset-client, reset-both, close
	Counts         string  `json:"counts"`                     // what keeps a connection alive: packets, data, server-data
	Connections    int64   `json:"connections"`                // that went through the box
	Expired        int64   `json:"expired"`                    // of those: idle for too long, or too old
	Aged           int64   `json:"aged,omitempty"`             // of the expired: too old
	LongestGapS    float64 `json:"longest_gap_s"`              // the longest idleness that was survived
	HeartbeatS     float64 `json:"heartbeat_s,omitempty"`      // the clients' interval, the longest of the groups; 0: none
	HeartbeatKept  bool    `json:"heartbeat_kept"`             // no connection with heartbeats was idle for too long
	SafeHeartbeatS float64 `json:"safe_heartbeat_s,omitempty"` // the longest interval that keeps a connection alive; 0: none does
}

// Malformed is what the server did about one way of being wrong.
type Malformed struct {
	Form    string           `json:"form"`    // bad-json, wrong-version, oversize, bad-utf8, unmasked
	Sent    int64            `json:"sent"`    // connections on which it was sent
	Answers map[string]int64 `json:"answers"` // error, "close 1007", eof, reset, nothing, crash
}

// Group is one client group's part of the run.
type Group struct {
	Clients int               `json:"clients"`
	Metrics map[string]*Stats `json:"metrics"`
	Counts  map[string]int64  `json:"counts"`
	Closes  map[string]int64  `json:"closes"`
}

// ClientNote names a client worth looking at, and why: what `imbench events
// FILE --client N` then tells.
type ClientNote struct {
	Client int    `json:"client"`
	Why    string `json:"why"`
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
	Connected     int64   `json:"connected"`               // at its end
	ConnectedMin  *int64  `json:"connected_min,omitempty"` // at any moment of it; see FewestConnected
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

// FewestConnected is how few clients were online at any moment of the second;
// at its end where more is not known, as in results of before it was counted.
func (s *Second) FewestConnected() int64 {
	if s.ConnectedMin == nil {
		return s.Connected
	}
	return *s.ConnectedMin
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
	Machine     *Machine `json:"machine,omitempty"`
	Limits      []string `json:"limits"` // what it ran up against; empty when it kept up
}

// Machine is where imbench ran: figures of different machines do not compare.
type Machine struct {
	OS          string `json:"os"`
	Arch        string `json:"arch"`
	CPU         string `json:"cpu"` // model; "" where the system does not tell
	Cores       int    `json:"cores"`
	MemoryBytes int64  `json:"memory_bytes"`
	Kernel      string `json:"kernel"`
}

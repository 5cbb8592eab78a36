package telemetry

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/goleak"

	"github.com/imbench/imbench/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = time.Millisecond

// sampleRun is a run of two groups and two faults.
func sampleRun(t testing.TB) report.Run {
	run := report.Run{
		Groups: []report.GroupInfo{{Name: "phones", Clients: 2}, {Name: "desks", Clients: 1}},
		Faults: []report.FaultInfo{{Name: "nat", Kind: "silence"}, {Name: "later", Kind: "reset"}},
	}
	for _, text := range []string{"delivery.p99 < 200ms", "detect{nat}.max < 1s", "lost == 0", "duplicated == 0"} {
		threshold, err := report.ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		run.Thresholds = append(run.Thresholds, threshold)
	}
	return run
}

// seen is what a recorder saw of it.
func seen() *report.Recorder {
	r := report.NewRecorder(2, 2)
	for _, d := range []time.Duration{ms, 20 * ms, 40 * ms} {
		r.Receive(0, report.Receipt{}, d)
	}
	r.Add(report.Sent, 0, 2)
	r.FaultApplied(0, "md5")
	r.FaultDetected(0, 1, "heartbeat_timeout", 2*time.Second)
	return r
}

// running are the metrics of such a run while it goes on.
func running(t testing.TB) *Metrics {
	m := New("v1.2.3")
	m.Begin(Run{Name: "sample", Hash: "9c9d9f17", Protocol: "envelope", Seed: 7})
	m.Update(report.Snapshot{
		Phase: report.PhaseRunning, Elapsed: 12500 * ms, Total: time.Minute, Clients: 3, Connected: 2,
		UnderWay: []report.FaultNow{{Name: "nat"}}, Warnings: []string{"careful"},
		Server:    report.Usage{CPU: 1500 * ms, RSS: 1 << 20},
		Generator: report.Usage{CPU: 500 * ms, RSS: 2 << 20},
		Running:   report.NewRunning(sampleRun(t), seen()),
	})
	return m
}

// over are the metrics of a run whose result is there.
func over(t testing.TB) *Metrics {
	m := running(t)
	run := sampleRun(t)
	run.Recorder = seen()
	run.Recorder.FaultGhost(0, 0, 5*time.Second, false)
	run.Judgement.Groups = []report.Tally{{Expected: 4, Delivered: 3, Lost: 1}}
	if err := m.Finish(report.Build(run)); err != nil {
		t.Fatal(err)
	}
	return m
}

// values are m's metrics by name and labels; of a histogram, what Prometheus
// would make of it.
func values(t testing.TB, m *Metrics) map[string]float64 {
	all := map[string]float64{}
	for _, f := range gather(t, m) {
		for _, one := range f.GetMetric() {
			var labels []string
			for _, l := range one.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			name := func(suffix string, more ...string) string {
				s := f.GetName() + suffix
				if all := append(slices.Clone(labels), more...); len(all) > 0 {
					s += "{" + strings.Join(all, ",") + "}"
				}
				return s
			}
			switch h := one.GetHistogram(); {
			case h != nil:
				all[name("_count")], all[name("_sum")] = float64(h.GetSampleCount()), h.GetSampleSum()
				for _, b := range h.GetBucket() {
					all[name("_bucket", fmt.Sprintf("le=%q", fmt.Sprint(b.GetUpperBound())))] = float64(b.GetCumulativeCount())
				}
			case one.GetCounter() != nil:
				all[name("")] = one.GetCounter().GetValue()
			default:
				all[name("")] = one.GetGauge().GetValue()
			}
		}
	}
	return all
}

func gather(t testing.TB, m *Metrics) []*dto.MetricFamily {
	all, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestARunningRunIsTold(t *testing.T) {
	got := values(t, running(t))
	for name, want := range map[string]float64{
		`imbench_build_info{version="v1.2.3"}`:                                              1,
		`imbench_scenario_info{hash="9c9d9f17",name="sample",protocol="envelope",seed="7"}`: 1,
		`imbench_phase{phase="running"}`:                                                    1,
		`imbench_phase{phase="connecting"}`:                                                 0,
		`imbench_elapsed_seconds`:                                                           12.5,
		`imbench_planned_seconds`:                                                           60,
		`imbench_clients{state="connected"}`:                                                2,
		`imbench_clients{state="offline"}`:                                                  1,
		`imbench_warnings`:                                                                  1,
		`imbench_sent_total{group="phones"}`:                                                2,
		`imbench_sent_total{group="desks"}`:                                                 0,
		`imbench_delivered_total{group="phones"}`:                                           3,
		`imbench_delivery_seconds_count{group="phones"}`:                                    3,
		`imbench_delivery_seconds_bucket{group="phones",le="0.0005"}`:                       0,
		`imbench_delivery_seconds_bucket{group="phones",le="0.001"}`:                        1,
		`imbench_delivery_seconds_bucket{group="phones",le="0.025"}`:                        2,
		`imbench_delivery_seconds_bucket{group="phones",le="60"}`:                           3,
		`imbench_detect_seconds_bucket{group="desks",le="1"}`:                               0,
		`imbench_detect_seconds_bucket{group="desks",le="2"}`:                               1,
		`imbench_fault_under_way{fault="nat",kind="silence"}`:                               1,
		`imbench_fault_under_way{fault="later",kind="reset"}`:                               0,
		`imbench_fault_clients_total{fault="nat"}`:                                          1,
		`imbench_fault_detected_total{fault="nat"}`:                                         1,
		`imbench_fault_recovered_total{fault="nat"}`:                                        0,
		`imbench_threshold_ok{threshold="delivery.p99 < 200ms"}`:                            1,
		`imbench_threshold_value{threshold="delivery.p99 < 200ms"}`:                         0.04,
		`imbench_threshold_ok{threshold="detect{nat}.max < 1s"}`:                            0,
		`imbench_threshold_value{threshold="detect{nat}.max < 1s"}`:                         2,
		`imbench_threshold_ok{threshold="duplicated == 0"}`:                                 1,
		`imbench_server_cpu_seconds_total`:                                                  1.5,
		`imbench_server_resident_memory_bytes`:                                              1 << 20,
		`imbench_generator_cpu_seconds_total`:                                               0.5,
		`imbench_generator_resident_memory_bytes`:                                           2 << 20,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v (there: %v), want %v", name, v, ok, want)
		}
	}
	for name := range got {
		for _, untold := range []string{"_lost", "imbench_expected", "missed", "ghost", "never_"} {
			if strings.Contains(name, untold) {
				t.Errorf("%s is told, though it is known only at the end", name)
			}
		}
	}
}

func TestWhatIsKnownAtTheEndIsToldThen(t *testing.T) {
	got := values(t, over(t))
	for name, want := range map[string]float64{
		`imbench_phase{phase="over"}`:                                                       1,
		`imbench_phase{phase="running"}`:                                                    0,
		`imbench_expected_total{group="phones"}`:                                            4,
		`imbench_lost_total{group="phones"}`:                                                1,
		`imbench_ghost_seconds_count{group="phones"}`:                                       1,
		`imbench_fault_ghosts_total{fault="nat"}`:                                           0,
		`imbench_fault_under_way{fault="nat",kind="silence"}`:                               0,
		`imbench_threshold_ok{threshold="lost == 0"}`:                                       0,
		`imbench_threshold_value{threshold="lost == 0"}`:                                    1,
		`imbench_delivery_seconds_count{group="phones"}`:                                    3,
		`imbench_clients{state="connected"}`:                                                2,
		`imbench_scenario_info{hash="9c9d9f17",name="sample",protocol="envelope",seed="7"}`: 1,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v (there: %v), want %v", name, v, ok, want)
		}
	}
	told := map[string]bool{}
	for _, f := range gather(t, over(t)) {
		told[f.GetName()] = true
	}
	for _, f := range families() {
		if !told[f.name] {
			t.Errorf("%s is never told", f.name)
		}
	}
}

func TestBeforeARunOnlyTheVersionIsTold(t *testing.T) {
	if got := values(t, New("dev")); len(got) != 1 || got[`imbench_build_info{version="dev"}`] != 1 {
		t.Errorf("%v", got)
	}
}

func TestAnotherRunBeginsWithNothing(t *testing.T) {
	m := over(t)
	m.Begin(Run{Name: "next"})
	got := values(t, m)
	if _, ok := got[`imbench_sent_total{group="phones"}`]; ok || got[`imbench_phase{phase="connecting"}`] != 1 {
		t.Errorf("%v", got)
	}
}

func TestNamesAreAsPrometheusWantsThem(t *testing.T) {
	problems, err := testutil.GatherAndLint(over(t).Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestLabelsAreBounded(t *testing.T) {
	run := report.Run{}
	for i := range 3 * mostValues {
		run.Groups = append(run.Groups, report.GroupInfo{Name: fmt.Sprintf("group %d", i)})
		run.Faults = append(run.Faults, report.FaultInfo{Name: fmt.Sprintf("fault %d", i), Kind: "reset"})
		threshold, err := report.ParseThreshold(fmt.Sprintf("disconnects <= %d", 1000+i))
		if err != nil {
			t.Fatal(err)
		}
		run.Thresholds = append(run.Thresholds, threshold, threshold)
	}
	run.Groups[1].Name = "\x1b[2J" + strings.Repeat("long", 1000)
	rec := report.NewRecorder(len(run.Groups), len(run.Faults))
	for i := range run.Groups {
		rec.Add(report.Sent, i, 1)
		rec.Observe(report.Connect, i, ms)
		rec.FaultApplied(i, "")
	}
	m := New("dev")
	m.Begin(Run{Name: strings.Repeat("\xff", 1000)})
	m.Update(report.Snapshot{Running: report.NewRunning(run, rec)})
	for _, f := range gather(t, m) {
		sum, n := 0.0, len(f.GetMetric())
		for _, one := range f.GetMetric() {
			sum += one.GetCounter().GetValue() + float64(one.GetHistogram().GetSampleCount())
			for _, l := range one.GetLabel() {
				if len(l.GetValue()) > 3*longestLabel || strings.ContainsRune(l.GetValue(), '\x1b') {
					t.Errorf("%s has the label %q", f.GetName(), l.GetValue())
				}
			}
		}
		if n > mostValues {
			t.Errorf("%s has %d series", f.GetName(), n)
		}
		switch f.GetName() {
		case "imbench_sent_total", "imbench_connect_seconds", "imbench_fault_clients_total":
			if sum != 3*mostValues {
				t.Errorf("%s adds up to %v", f.GetName(), sum)
			}
		}
	}
}

func TestPrometheusIsServed(t *testing.T) {
	m := running(t)
	e, err := m.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for path, want := range map[string]string{
		"/metrics": `imbench_delivery_seconds_bucket{group="phones",le="0.025"} 2`, "/": "/metrics",
	} {
		if got := get(t, strings.TrimSuffix(e.URL(), "/metrics")+path); !strings.Contains(got, want) {
			t.Errorf("%s has no %s:\n%s", path, want, got)
		}
	}
	_, err = m.Listen(t.Context(), strings.TrimSuffix(strings.TrimPrefix(e.URL(), "http://"), "/metrics"))
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a used address: %v", err)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheEndpointEndsWithTheRun(t *testing.T) {
	e, err := New("dev").Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	idle, err := net.Dial("tcp", e.addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	e.Close() // also with somebody who connected and says nothing
	if c, err := net.Dial("tcp", e.addr.String()); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

// row is a line of a Markdown table that begins with a name in backquotes.
func documented(t *testing.T) map[string]string {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`"+prefix) {
			continue
		}
		rows[strings.Trim(cells[1], " `")] = strings.TrimSpace(cells[2]) + " | " + strings.TrimSpace(cells[3])
	}
	return rows
}

func TestTheDocumentationListsEveryMetric(t *testing.T) {
	types := map[dto.MetricType]string{dto.MetricType_GAUGE: "gauge", dto.MetricType_COUNTER: "counter", dto.MetricType_HISTOGRAM: "histogram"}
	labels := map[string][]string{}
	for _, f := range families() {
		labels[f.name] = f.labels
	}
	exported := map[string]string{}
	for _, f := range gather(t, over(t)) {
		exported[f.GetName()] = types[f.GetType()] + " | " + strings.Join(labels[f.GetName()], ", ")
	}
	if d := cmp.Diff(exported, documented(t)); d != "" {
		t.Errorf("docs/metrics.md (+) and what is exported (-):\n%s", d)
	}
}

package report_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/report"
)

const ms = time.Millisecond

// histogram holds observed and censored samples in milliseconds.
func histogram(observed, censored []float64) *report.Histogram {
	h := new(report.Histogram)
	for _, v := range observed {
		h.Record(time.Duration(v * float64(ms)))
	}
	for _, v := range censored {
		h.RecordCensored(time.Duration(v * float64(ms)))
	}
	return h
}

func TestStatsSumUpSamples(t *testing.T) {
	upTo := func(n int) (all []float64) {
		for i := range n {
			all = append(all, float64(i+1))
		}
		return all
	}
	for _, c := range []struct {
		name               string
		observed, censored []float64
		want               report.Stats
	}{
		{"no samples, no figures", nil, nil, report.Stats{Unit: "ms"}},
		{"of one sample everything is that sample", []float64{1234.567}, nil,
			report.Stats{Unit: "ms", Count: 1, Min: 1234.567, Mean: 1234.567, P50: 1234.567, P90: 1234.567, P95: 1234.567, P99: 1234.567, P999: 1234.567, Max: 1234.567}},
		{"a quantile is the least value that so many do not exceed", []float64{1, 2, 3, 4}, nil,
			report.Stats{Unit: "ms", Count: 4, Min: 1, Mean: 2.5, P50: 2, P90: 4, P95: 4, P99: 4, P999: 4, Max: 4}},
		{"p999 of less than a thousand is the greatest", upTo(160), nil,
			report.Stats{Unit: "ms", Count: 160, Min: 1, Mean: 80.5, P50: 80, P90: 144, P95: 152, P99: 159, P999: 160, Max: 160}},
		{"below a microsecond counts as one", []float64{0, -5, 0.0001}, nil,
			report.Stats{Unit: "ms", Count: 3, Min: .001, Mean: .001, P50: .001, P90: .001, P95: .001, P99: .001, P999: .001, Max: .001}},
		{"above two hours counts as at least two hours", []float64{3 * 3600e3}, nil,
			report.Stats{Unit: "ms", Count: 1, Min: 7200e3, Mean: 7200e3, P50: 7200e3, P90: 7200e3, P95: 7200e3, P99: 7200e3, P999: 7200e3, Max: 7200e3,
				Censored: 1, AtLeast: []string{"min", "mean", "p50", "p90", "p95", "p99", "p999", "max"}}},
		{"a censored sample bounds what it reaches", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, []float64{8},
			report.Stats{Unit: "ms", Count: 10, Min: 1, Mean: 5.3, P50: 5, P90: 8, P95: 9, P99: 9, P999: 9, Max: 9,
				Censored: 1, AtLeast: []string{"mean", "p90", "p95", "p99", "p999", "max"}}},
		{"a censored sample above the median leaves the median exact", []float64{1, 2, 3}, []float64{100},
			report.Stats{Unit: "ms", Count: 4, Min: 1, Mean: 26.5, P50: 2, P90: 100, P95: 100, P99: 100, P999: 100, Max: 100,
				Censored: 1, AtLeast: []string{"mean", "p90", "p95", "p99", "p999", "max"}}},
		{"censored below the rest bounds everything", []float64{50, 60}, []float64{10},
			report.Stats{Unit: "ms", Count: 3, Min: 10, Mean: 40, P50: 50, P90: 60, P95: 60, P99: 60, P999: 60, Max: 60,
				Censored: 1, AtLeast: []string{"min", "mean", "p50", "p90", "p95", "p99", "p999", "max"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := histogram(c.observed, c.censored).Stats()
			got.Histogram, got.CensoredHistogram = "", ""
			// Three digits: within one in a thousand.
			near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= math.Max(a, b)/1000 })
			if d := cmp.Diff(&c.want, got, near); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if got.Min != c.want.Min || got.Max != c.want.Max {
				t.Errorf("from %v to %v is not exactly from %v to %v", got.Min, got.Max, c.want.Min, c.want.Max)
			}
		})
	}
}

func TestANilHistogramIsEmpty(t *testing.T) {
	var h *report.Histogram
	if s := h.Stats(); s.Count != 0 || s.Unit != "ms" || h.Censored() != 0 {
		t.Errorf("%+v", s)
	}
	if d, atLeast := h.Quantile(0.5); d != 0 || atLeast {
		t.Errorf("%v, %v", d, atLeast)
	}
}

func TestQuantilesAreWithinThreeDigitsOfTheTruth(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var all []time.Duration
		h := new(report.Histogram)
		for range 1 + rnd.IntN(3000) {
			d := time.Duration(math.Exp(rnd.Float64()*20)) * time.Microsecond // 1 µs to 8 min
			all = append(all, d)
			h.Record(d)
		}
		slices.Sort(all)
		for _, q := range []float64{0.001, 0.5, 0.9, 0.95, 0.99, 0.999, 1} {
			got, _ := h.Quantile(q)
			want := all[int(math.Ceil(q*float64(len(all))-1e-6))-1]
			if got < want || float64(got-want) > float64(want)/1000+1 {
				t.Errorf("of %d samples %v is %v, not %v", len(all), q, got, want)
			}
		}
	}
}

func TestHistogramsMergeInAnyOrder(t *testing.T) {
	parts := []*report.Histogram{
		histogram([]float64{1, 2, 300}, nil), histogram(nil, []float64{7}), histogram([]float64{0.5}, []float64{9000}), new(report.Histogram), nil,
	}
	merge := func(order ...int) *report.Stats {
		h := new(report.Histogram)
		for _, i := range order {
			h.Merge(parts[i])
		}
		return h.Stats()
	}
	want := histogram([]float64{1, 2, 300, 0.5}, []float64{7, 9000}).Stats()
	for _, order := range [][]int{{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}} {
		if d := cmp.Diff(want, merge(order...)); d != "" {
			t.Errorf("%v (-want +got)\n%s", order, d)
		}
	}
	if n := parts[0].Count(); n != 3 {
		t.Errorf("merging changed a part: %d samples", n)
	}
}

func TestStatsDecodeToWhatTheyWereMadeOf(t *testing.T) {
	for _, h := range []*report.Histogram{
		histogram([]float64{0.001, 1, 123.456, 7200e3}, nil), histogram([]float64{5}, []float64{3, 4}), histogram(nil, []float64{12}), new(report.Histogram),
	} {
		s := h.Stats()
		back, err := s.Decode()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(s, back.Stats()); d != "" {
			t.Errorf("(-before +after)\n%s", d)
		}
	}
}

func TestStatsThatContradictTheirHistogramAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*report.Stats){
		"no base64":        func(s *report.Stats) { s.Histogram = "?" },
		"another count":    func(s *report.Stats) { s.Count++ },
		"another maximum":  func(s *report.Stats) { s.Max *= 2 },
		"another minimum":  func(s *report.Stats) { s.Min = 0 },
		"nothing censored": func(s *report.Stats) { s.CensoredHistogram = "" },
		"cut":              func(s *report.Stats) { s.Histogram = s.Histogram[:len(s.Histogram)/2] },
	} {
		s := histogram([]float64{1, 2}, []float64{3}).Stats()
		spoil(s)
		if _, err := s.Decode(); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	s := histogram([]float64{1, 2}, []float64{3}).Stats()
	f.Add(s.Histogram, s.CensoredHistogram, s.Count, s.Min, s.Max)
	f.Fuzz(func(t *testing.T, observed, censored string, count int64, least, most float64) {
		s := &report.Stats{Histogram: observed, CensoredHistogram: censored, Count: count, Min: least, Max: most}
		if h, err := s.Decode(); err == nil && h.Stats().Count != count {
			t.Error("decoded to another count")
		}
	})
}

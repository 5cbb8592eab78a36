package report

import "testing"

func TestAReasonNamesTheValueAsTheLimitIsWritten(t *testing.T) {
	for _, c := range []struct {
		name, text, unit string
		value            float64
		note, want       string
	}{
		{"in percent", "reach >= 99%", "", 0.9282805660185279, "", "reach >= 99% failed: it was 92.83 %."},
		{"in percent, of a group", "reach{mobile} >= 99%", "", 0.9282805660185279, "", "reach{mobile} >= 99% failed: it was 92.83 %."},
		{"far above a small limit", "loss < 0.1%", "", 0.09971509971509972, "", "loss < 0.1% failed: it was 9.97 %."},
		{"close to the limit", "reach > 92.834%", "", 0.928329, "", "reach > 92.834% failed: it was 92.833 %."},
		{"closer still", "reach >= 92.834%", "", 0.9283396, "", "reach >= 92.834% failed: it was 92.83396 %."},
		{"the limit itself", "reach > 99.9%", "", 0.999, "", "reach > 99.9% failed: it was 99.90 %."},
		{"all but one of a million", "reach == 100%", "", 0.999999, "", "reach == 100% failed: it was >99.99 %."},
		{"all", "loss < 100%", "", 1, "", "loss < 100% failed: it was 100 %."},
		{"as a part of one", "reach >= 0.99", "", 0.9282805660185279, "", "reach >= 0.99 failed: it was 0.9283."},
		{"as a part of one, nearly none", "loss == 0", "", 0.00000021, "", "loss == 0 failed: it was 0.0000002."},
		{"as a part of one, nearly all", "reach == 1", "", 0.9999996, "", "reach == 1 failed: it was 0.9999996."},
		{"a count", "lost == 0", "", 12345, "", "lost == 0 failed: it was 12,345."},
		{"a time", "delivery.p99 < 200ms", "ms", 1234, "", "delivery.p99 < 200ms failed: it was 1.23 s."},
		{"a time close to the limit", "delivery.p99 < 200ms", "ms", 200.04, "", "delivery.p99 < 200ms failed: it was 200.04 ms."},
		{"a bound", "detect.max < 5s", "ms", 15991, "at least", "detect.max < 5s failed: it was at least 16.0 s."},
		{"a text that this version does not know", "novel ~ 5", "", 1.25, "", "novel ~ 5 failed: it was 1.2500."},
		{"an empty text", "", "", 3, "", " failed: it was 3."},
	} {
		r := ThresholdResult{Text: c.text, Unit: c.unit, Value: &c.value, Note: c.note}
		if got := r.failure(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

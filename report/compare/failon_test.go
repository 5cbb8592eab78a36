package compare_test

import (
	"strings"
	"testing"

	"github.com/imbench/imbench/report/compare"
)

func TestFailOnPrintsAsWhatItParsesFrom(t *testing.T) {
	for text, want := range map[string]string{
		"delivery.p99 +5%":           "delivery.p99 +5%",
		"  delivery.p99   + 5ms ":    "delivery.p99 +5ms",
		"lost +0":                    "lost +0",
		"lost +10%":                  "lost +10%",
		"reach -0.1%":                "reach -0.1%",
		"reach −0.1%":                "reach -0.1%",
		"loss +0.01%":                "loss +0.01%",
		"detect{nat}.p99 +1s":        "detect{nat}.p99 +1s",
		"back_99{cut} +500ms":        "back_99{cut} +500ms",
		"back_100{ cut } +10%":       "back_100{cut} +10%",
		"detect{ nat-2 }.max +5%":    "detect{nat-2}.max +5%",
		"lost{mobile} +0":            "lost{mobile} +0",
		"server.cpu_s +10%":          "server.cpu_s +10%",
		"server.cpu_s +500ms":        "server.cpu_s +500ms",
		"server.rss_max_bytes +10MB": "server.rss_max_bytes +10MB",
		"sent -1%":                   "sent -1%",
		"sent +1%":                   "sent +1%",
		"delivered -5":               "delivered -5",
		"generator.cpu_s +5%":        "generator.cpu_s +5%",
		"delivery.mean +2.5%":        "delivery.mean +2.5%",
	} {
		f, err := compare.ParseFailOn(text)
		if err != nil || f.String() != want {
			t.Errorf("%q is %q, %v; want %q", text, f, err, want)
		}
	}
}

func TestWrongFailOnsSayWhatWouldBeRight(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "delivery.p50 +10%, lost +0",
		"delivery.p99":                     "names no change",
		"delivery.p99 5%":                  "names no change",
		"delivery.p99 -5%":                 "write delivery.p99 +5%",
		"reach +1%":                        "write reach -1%",
		"reach -5":                         "points of a hundred",
		"delivry.p99 +5%":                  "did you mean delivery?",
		"delivery.p50 +5% lost +0":         "more than one change; write each in a --fail-on of its own",
		"delivery.p50 +5%, lost +0":        "more than one change",
		"lost{a-b} +0 detect{nat}.p99 +5%": "more than one change",
		"delivery.p50 +-5%":                "more than one sign; write +5%, or -5% where",
		"delivery.p50 + +5%":               "more than one sign; write +5%, or",
		"delivery.p99 > +5%":               "write delivery.p99 +5%",
		"detect{nat}.p99 >= +5%":           "write detect{nat}.p99 +5%",
		"lost +0 > +5%":                    "not compared",
		"delivery +5%":                     "write delivery.p50",
		"delivery.p98 +5%":                 "\"p98\" is no statistic; write one of mean p50",
		"lost.p99 +0":                      "has no statistics",
		"lost +1.5":                        "a whole number like 0",
		"lost +":                           "a whole number like 0, or a part of it like 10%",
		"delivery.p99 +5":                  "a part of it like 10%, or a difference like 5ms",
		"delivery.p99 +5%%":                "no percentage",
		"delivery.p99 +NaN%":               "no percentage",
		"detect{}.p99 +5%":                 "empty or has no end",
		"detect{nat.p99 +5%":               "empty or has no end",
		"detect{nat}p99 +5%":               "starts with a dot",
		"back_99 +5%":                      "of one fault; write back_99{NAME}",
		"back_99{cut}.p50 +5%":             "has no statistics",
		"back_98{cut} +5%":                 "did you mean back_9",
		"back_99{cut} -1s":                 "worse when it is higher",
		"reach{nat} -5%":                   "leave {nat} out",
		"server.cpus +5%":                  "did you mean server.cpu_s?",
		"server.rss_max_bytes +5":          "a difference like 10MB",
	} {
		if _, err := compare.ParseFailOn(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want a hint at %q", text, err, want)
		}
	}
}

func FuzzParseFailOn(f *testing.F) {
	for _, s := range []string{"delivery.p99 +5%", "lost +0", "reach -0.1%", "detect{nat}.p99 +1s", "server.rss_max_bytes +10MB", "sent −1%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		one, err := compare.ParseFailOn(s)
		if err != nil {
			return
		}
		again, err := compare.ParseFailOn(one.String())
		if err != nil || again != one {
			t.Errorf("%q printed as %q, which parses as %q, %v", s, one, again, err)
		}
	})
}

package report

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// What the instrument can tell. Of a difference below it, and of parts of so
// little, nothing is made.
const (
	Resolution    = 0.02 // ms: clocks, and what histograms keep of a short time
	ProcessorTick = 0.01 // s: the step in which Linux tells a process's time
)

// timeUnits are the units that a time is shown in, each up to where the next
// one reads better.
var timeUnits = [...]struct {
	name  string
	ms    float64
	below float64 // in this unit
}{
	{"µs", 1e-3, 1000}, {"ms", 1, 1000}, {"s", 1e3, 600}, {"min", 60e3, 100}, {"h", 3600e3, math.Inf(1)},
}

// millis shows a time in milliseconds with three significant digits, all that
// the histograms know; microseconds are whole.
func millis(ms float64) string { return millisTo(ms, 3) }

func millisTo(ms float64, digits int) string {
	if math.IsNaN(ms) || math.IsInf(ms, 0) {
		return "unknown"
	}
	if ms == 0 {
		return "0 s"
	}
	if ms < 0 {
		return "-" + millisTo(-ms, digits)
	}
	for _, u := range timeUnits {
		v, prec := rounded(ms/u.ms, digits)
		if v >= u.below {
			continue
		}
		if u.ms < 1 {
			prec = max(0, digits-4) // the recorder counts whole microseconds
		}
		return strconv.FormatFloat(ms/u.ms, 'f', prec, 64) + " " + u.name
	}
	return "unknown"
}

// rounded is v at so many significant digits, and the decimals that takes.
func rounded(v float64, digits int) (r float64, decimals int) {
	s := strconv.FormatFloat(v, 'e', digits-1, 64)
	r, _ = strconv.ParseFloat(s, 64)
	if r == 0 {
		return 0, 0
	}
	_, exp, _ := strings.Cut(s, "e")
	e, _ := strconv.Atoi(exp)
	return r, max(0, digits-1-e)
}

// timeSpan is millis for a time.Duration.
func timeSpan(d time.Duration) string { return millis(float64(d) / float64(time.Millisecond)) }

// clock shows seconds of the run's clock to the millisecond, whole minutes and
// hours as such: 5 s, 12.5 s, 350 s, 20 min, 2 h.
func clock(s float64) string {
	s = math.Round(s*1e3) / 1e3
	switch {
	case math.IsNaN(s) || math.IsInf(s, 0):
		return "unknown"
	case s >= 3600 && math.Mod(s, 3600) == 0:
		return strconv.FormatFloat(s/3600, 'f', -1, 64) + " h"
	case s >= 120 && math.Mod(s, 60) == 0:
		return strconv.FormatFloat(s/60, 'f', -1, 64) + " min"
	}
	return strconv.FormatFloat(s, 'f', -1, 64) + " s"
}

// share shows part of whole in percent. It never rounds something to nothing
// or not quite all to all.
func share(part, whole int64) string {
	if whole == 0 {
		return ""
	}
	return percent(float64(part)/float64(whole), 2)
}

func percent(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "unknown"
	}
	least := math.Pow10(-decimals)
	s := strconv.FormatFloat(v*100, 'f', decimals, 64)
	switch shown, _ := strconv.ParseFloat(s, 64); {
	case v > 0 && shown == 0:
		return "<" + strconv.FormatFloat(least, 'f', decimals, 64) + " %"
	case v < 1 && shown >= 100:
		return ">" + strconv.FormatFloat(100-least, 'f', decimals, 64) + " %"
	case v > 1 && shown <= 100:
		return ">100 %"
	case v == 0, v == 1:
		return strconv.FormatFloat(v*100, 'f', 0, 64) + " %"
	}
	return s + " %"
}

// number shows a count.
func number(n int64) string { return humanize.Comma(n) }

// perSecond shows a rate, in whole events above ten a second.
func perSecond(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0) || v < 0:
		return "unknown"
	case v == 0 || v >= 10:
		return number(int64(math.Round(math.Min(v, 1e15)))) + "/s"
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + "/s"
}

// memory shows bytes in decimal units.
func memory(bytes int64) string {
	if bytes < 0 {
		return "unknown"
	}
	return humanize.BytesN(uint64(bytes), 3)
}

// plural is a number and its noun: 1 client, 2 clients, 3 dials.
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

package html

import (
	"math"
	"strconv"

	"github.com/dustin/go-humanize"
)

// tickText is a value as the label of an axis: as few digits as tell it.
func tickText(v float64, unit string) string {
	if v == 0 {
		return "0"
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	switch unit {
	case "ms":
		switch {
		case v < 1:
			return number(v*1e3) + " µs"
		case v < 1e3:
			return number(v) + " ms"
		case v < 600e3:
			return number(v/1e3) + " s"
		}
		return number(v/60e3) + " min"
	case "MB":
		if v >= 1000 {
			return number(v/1000) + " GB"
		}
		return number(v) + " MB"
	case "share":
		return number(v*100) + " %"
	case "cores":
		return number(v)
	}
	if math.Abs(v) >= 1e5 {
		n, prefix := humanize.ComputeSI(v)
		return number(n) + prefix
	}
	return humanize.Commaf(v)
}

// clockSteps are the distances between labels of a clock, in seconds.
var clockSteps = [...]float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 2 * 3600, 6 * 3600, 12 * 3600, 86400, 7 * 86400}

// clockAxis is an x axis of the run's clock, or of the time since something.
func clockAxis(lo, hi float64, title string) axis {
	a := axis{Title: title, Scale: "linear", Unit: "clock", Lo: lo, Hi: math.Max(hi, lo+1)}
	const most = 6
	step := a.span() / most
	for _, s := range clockSteps {
		if s >= step {
			step = s
			break
		}
	}
	if a.span() < 3 {
		step = niceStep(a.span() / most)
	}
	var at []float64
	for v := math.Ceil(lo/step) * step; v <= hi+1e-9 && len(at) <= 2*most; v += step {
		at = append(at, v)
	}
	return a.ticked(at, clockText)
}

// clockText is a time of the clock in its largest whole unit.
func clockText(s float64) string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	switch a := math.Abs(s); {
	case a == 0: // which may have a sign
		return "0 s"
	case a >= 86400 && math.Mod(a, 86400) == 0:
		return number(s/86400) + " d"
	case a >= 3600 && math.Mod(a, 1800) == 0:
		return number(s/3600) + " h"
	case a >= 120 && math.Mod(a, 60) == 0:
		return number(s/60) + " min"
	}
	return number(s) + " s"
}

package report

import (
	"math"
	"slices"
)

// storm tells how everybody dialled and came back.
func (p *page) storm(f FaultResult) {
	s := f.Storm
	if s == nil || s.Clients < 2 {
		return
	}
	back := func(share string, at *float64) string {
		if at == nil {
			return share + " not by the end"
		}
		return share + " after " + p.bothTimes(*at*1000)
	}
	p.row("all back", inWords([]string{back("50 %", s.Back50S), back("99 %", s.Back99S), back("100 %", s.Back100S)}))
	dials := "peak of " + number(s.PeakOffered) + " offered and " + number(s.PeakAccepted) + " accepted in a second"
	if s.BurstOffered > 0 {
		dials += ", " + number(s.BurstOffered) + " and " + number(s.BurstAccepted) + " in a tenth of one"
	}
	p.row("dials", dials)
	if len(s.Offered) > 1 {
		p.chart("offered", seconds(s.Offered, p.width/2), "dials in each second since the fault")
		p.chart("accepted", seconds(s.Accepted, p.width/2), "ready")
	}
}

// seconds draws counts, in at most so many columns: seconds that share one are
// added up, and none is a blank.
func seconds(counts []int64, columns int) string {
	per := (len(counts) + columns - 1) / max(1, columns)
	var cells []float64
	for some := range slices.Chunk(counts, max(1, per)) {
		sum := math.NaN()
		for _, n := range some {
			if n > 0 {
				if math.IsNaN(sum) {
					sum = 0
				}
				sum += float64(n)
			}
		}
		cells = append(cells, sum)
	}
	line, _, _, _ := spark(cells)
	return line
}

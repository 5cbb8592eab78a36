package compare

import (
	"fmt"

	"github.com/imbench/imbench/report"
)

// backMetrics are how long it took until half, 99 % and all of those who lost
// their connection by a fault were back: from the fault, in its longest
// occurrence. A run in which so many never were has no such time, and says so.
func backMetrics(fault string) []metric {
	var all []metric
	for _, back := range []struct {
		name string
		of   func(*report.Storm) *float64
	}{
		{"back_50", func(s *report.Storm) *float64 { return s.Back50S }},
		{"back_99", func(s *report.Storm) *float64 { return s.Back99S }},
		{"back_100", func(s *report.Storm) *float64 { return s.Back100S }},
	} {
		all = append(all, metric{
			name: fmt.Sprintf("%s{%s}", back.name, fault), unit: Millis, better: Lower,
			of: func(r *report.Result) (value, bool) {
				f := faultOf(r, fault)
				if f == nil || f.Storm == nil || f.Storm.Clients == 0 {
					return value{}, false
				}
				seconds := back.of(f.Storm)
				if seconds == nil {
					return value{never: true}, true
				}
				return value{v: 1000 * *seconds}, true
			},
		})
	}
	return all
}

// never reports how many runs of either side never came to a value.
func (c *Change) never() int { return c.Base.Never + c.New.Never }

// reached says in how many runs there was a value.
func (c *Change) reached(base, candidate int) string {
	if len(c.Base.Each)+len(c.New.Each) == 0 {
		return "never reached in any run"
	}
	return fmt.Sprintf("reached in %s of base and %s of new", inRuns(len(c.Base.Each), base), inRuns(len(c.New.Each), candidate))
}

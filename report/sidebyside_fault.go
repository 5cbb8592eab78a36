package report

import "math"

// fault is what one fault came to, the storm after it foremost.
func (s *SideBySide) fault(name string) []SideRow {
	find := func(r *Result) *FaultResult {
		for i := range r.Faults {
			if r.Faults[i].Name == name {
				return &r.Faults[i]
			}
		}
		return &FaultResult{}
	}
	var list []figure
	for _, m := range []struct {
		name string
		of   func(f *FaultResult) *Stats
	}{
		{Detect.String(), func(f *FaultResult) *Stats { return f.Detect }},
		{Reconnect.String(), func(f *FaultResult) *Stats { return f.Reconnect }},
		{Outage.String(), func(f *FaultResult) *Stats { return f.Outage }},
		{Ghost.String(), func(f *FaultResult) *Stats { return f.Ghost }},
	} {
		for _, stat := range []string{"p50", "p99", "max"} {
			list = append(list, statistic(m.name+"."+stat, stat, func(r *Result) *Stats { return m.of(find(r)) }))
		}
	}
	list = append(list, tallies(find)...)
	return append(s.storm(find), s.figures(list)...)
}

// tallies are the counts of a fault.
func tallies(find func(r *Result) *FaultResult) (list []figure) {
	for _, c := range []struct {
		name string
		of   func(f *FaultResult) int64
	}{
		{"clients", func(f *FaultResult) int64 { return f.Clients }},
		{"not applied", func(f *FaultResult) int64 { return f.NotApplied + f.Skipped }},
		{"detected", func(f *FaultResult) int64 { return f.Detected }},
		{"never_detected", func(f *FaultResult) int64 { return f.NeverDetected }},
		{"recovered", func(f *FaultResult) int64 { return f.Recovered }},
		{"never_recovered", func(f *FaultResult) int64 { return f.NeverRecovered }},
		{"ghosts", func(f *FaultResult) int64 { return f.Ghosts }},
		{"expired", func(f *FaultResult) int64 {
			if f.Box == nil {
				return 0
			}
			return f.Box.Expired
		}},
	} {
		list = append(list, figure{label: c.name, of: func(r *Result) (float64, string) {
			f := find(r)
			if f.Name == "" {
				return 0, ""
			}
			return float64(c.of(f)), number(c.of(f))
		}})
	}
	return list
}

// storm is how those who lost their connections came back; every figure stands,
// equal or not.
func (s *SideBySide) storm(find func(r *Result) *FaultResult) []SideRow {
	has := false
	for _, c := range s.Columns {
		has = has || c.Result != nil && find(c.Result).Storm != nil && find(c.Result).Storm.Clients > 0
	}
	if !has {
		return nil
	}
	var list []figure
	var labels []string
	add := func(label string, floor float64, of func(st *Storm) (float64, string)) {
		labels = append(labels, label)
		list = append(list, figure{label, floor, func(r *Result) (float64, string) {
			if st := find(r).Storm; st != nil && st.Clients > 0 {
				return of(st)
			}
			return 0, ""
		}})
	}
	count := func(label, unit string, of func(st *Storm) int64) {
		add(label, 0, func(st *Storm) (float64, string) { return float64(of(st)), number(of(st)) + unit })
	}
	back := func(label string, of func(st *Storm) *float64) {
		add(label, Resolution/1000, func(st *Storm) (float64, string) {
			if s := of(st); s != nil {
				return *s, millis(*s * 1000)
			}
			return math.Inf(1), "not by the end"
		})
	}
	count("lost their connection", "", func(st *Storm) int64 { return st.Clients })
	count("peak offered", "/s", func(st *Storm) int64 { return st.PeakOffered })
	count("peak accepted", "/s", func(st *Storm) int64 { return st.PeakAccepted })
	count("burst offered", " in 0.1 s", func(st *Storm) int64 { return st.BurstOffered })
	count("burst accepted", " in 0.1 s", func(st *Storm) int64 { return st.BurstAccepted })
	back("50 % back", func(st *Storm) *float64 { return st.Back50S })
	back("99 % back", func(st *Storm) *float64 { return st.Back99S })
	back("100 % back", func(st *Storm) *float64 { return st.Back100S })
	return s.figures(list, labels...)
}

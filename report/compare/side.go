package compare

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/report"
)

// Side is what is known of one side's runs as a whole.
type Side struct {
	Runs     int       `json:"runs"` // that were used
	Seeds    []uint64  `json:"seeds"`
	Versions []string  `json:"versions"` // of imbench
	Targets  []string  `json:"targets"`
	Machines []string  `json:"machines"`
	Died     int       `json:"died"` // runs in which the server ended unasked
	DiedIn   []string  `json:"died_in,omitempty"`
	LeftOut  []LeftOut `json:"left_out"`
}

// LeftOut is a run whose figures were not used.
type LeftOut struct {
	Run string `json:"run"`
	Why string `json:"why"`
}

// sideOf sorts out which of a side's runs can be used, beside those of the
// other.
func sideOf(runs, others []Run) (Side, []*report.Result) {
	s := Side{Seeds: []uint64{}, Versions: []string{}, Targets: []string{}, Machines: []string{}, LeftOut: []LeftOut{}}
	var used []*report.Result
	for i, run := range runs {
		r := run.Result
		why := unusable(r)
		ofBoth, shared := twinOf(r, others)
		first, copied := twinOf(r, runs[:i])
		switch {
		case copied:
			why = "it is the same run as " + first
		case shared:
			why = onBothSides + ofBoth
		case r.Server != nil && r.Server.Exit != "":
			s.Died++
			s.DiedIn = append(s.DiedIn, run.Name)
		}
		if why != "" {
			s.LeftOut = append(s.LeftOut, LeftOut{run.Name, why})
			continue
		}
		used = append(used, r)
		s.Runs++
		s.Seeds = append(s.Seeds, r.Scenario.Seed)
		s.Versions = with(s.Versions, r.Version)
		s.Targets = with(s.Targets, r.Scenario.Target)
		s.Machines = with(s.Machines, machineOf(r))
	}
	return s, used
}

func with(set []string, s string) []string {
	if s == "" || slices.Contains(set, s) {
		return set
	}
	return append(set, s)
}

// someOf lists names, the first few of many.
func someOf(names []string) string {
	const most = 3
	if n := len(names) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}

// unusable says why a run's figures say nothing about the server, "" when they
// do. A failed threshold is no reason.
func unusable(r *report.Result) string {
	switch {
	case r.Failure != "":
		return "it could not be run to its end: " + r.Failure
	case r.Verdict == report.Interrupted:
		return "it was interrupted"
	case len(r.Generator.Limits) > 0:
		return "the generator was the bottleneck: " + r.Generator.Limits[0]
	case r.Counts[report.Connects.String()] == 0:
		return "no client was ever online"
	}
	return ""
}

func machineOf(r *report.Result) string {
	m := r.Generator.Machine
	if m == nil {
		return ""
	}
	cpu := m.CPU
	if cpu == "" {
		cpu = "unknown processor"
	}
	return fmt.Sprintf("%s × %d, %s %s, %s, %s", cpu, r.Generator.Cores, m.OS, m.Arch, m.Kernel, report.Memory(m.MemoryBytes))
}

// sameScenario refuses runs of different scenarios. Where the server is, what
// starts it and what the run is held against may differ: that is what comparing
// builds is about.
func (c *Comparison) sameScenario(runs []Run, force bool) error {
	first := runs[0].Result.Scenario
	for _, run := range runs[1:] {
		s := run.Result.Scenario
		if s.Hash == first.Hash {
			continue
		}
		differ, known := differences(first.YAML, s.YAML)
		if len(differ) == 0 && known {
			continue
		}
		in := ""
		if len(differ) > 0 {
			in = " (they differ in " + strings.Join(differ, ", ") + ")"
		}
		if !force {
			return fmt.Errorf("compare: %s and %s are of different scenarios%s; --force compares them all the same",
				runs[0].Name, run.Name, in)
		}
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s and %s are of different scenarios%s: what changed may be the scenario's doing.",
			runs[0].Name, run.Name, in))
		return nil
	}
	return nil
}

// differences lists the keys in which two effective scenarios differ, as far as
// that could move what is measured; known is whether both can be read.
func differences(a, b string) (differ []string, known bool) {
	var x, y map[string]any
	if a == "" || b == "" || yaml.Load([]byte(a), &x) != nil || yaml.Load([]byte(b), &y) != nil {
		return nil, false
	}
	note := func(key string, v, w any) {
		if !reflect.DeepEqual(v, w) && !slices.Contains(differ, key) {
			differ = append(differ, key)
		}
	}
	for _, pair := range [][2]map[string]any{{x, y}, {y, x}} {
		for key, v := range pair[0] {
			switch key {
			case "name", "seed", "thresholds":
			case "target":
				from, _ := v.(map[string]any)
				to, _ := pair[1]["target"].(map[string]any)
				for k := range from {
					if !slices.Contains([]string{"url", "start", "reference", "pid"}, k) {
						note("target."+k, from[k], to[k])
					}
				}
			default:
				note(key, v, pair[1][key])
			}
		}
	}
	slices.Sort(differ)
	return differ, true
}

// warn tells what else than the build may have made a difference.
func (c *Comparison) warn(base, candidate []Run) {
	say := func(format string, args ...any) { c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...)) }
	for _, side := range []struct {
		name string
		Side
	}{{"base", c.Base}, {"new", c.New}} {
		const most = 3
		alone := slices.DeleteFunc(slices.Clone(side.LeftOut), func(out LeftOut) bool { return strings.HasPrefix(out.Why, onBothSides) })
		for i, out := range alone {
			if others := len(alone) - i; i == most && others > 1 {
				say("Another %d runs of %s were left out.", others, side.name)
				break
			}
			say("%s of %s was left out: %s.", out.Run, side.name, strings.TrimSuffix(out.Why, "."))
		}
	}
	if shared := c.Base.shared(); len(shared) > 0 {
		say("%s on both sides, and used for neither: %s.", report.Plural(int64(len(shared)), "run is", "runs are"), someOf(shared))
	}
	if c.Base.Runs == 0 || c.New.Runs == 0 {
		return
	}
	if !slices.Equal(sorted(c.Base.Seeds), sorted(c.New.Seeds)) {
		say("The seeds differ (%s; %s): part of a change may be other arrivals and other clients chosen.", seeds(c.Base.Seeds), seeds(c.New.Seeds))
	}
	if all := union(c.Base.Versions, c.New.Versions); len(all) > 1 {
		say("Different versions of imbench measured them: %s.", strings.Join(all, ", "))
	}
	if all := union(c.Base.Machines, c.New.Machines); len(all) > 1 {
		say("They were measured on different machines: %s.", strings.Join(all, "; "))
	}
	if scale := base[0].Result.TimeScale; scale > 0 && scale != 1 {
		say("Times, and limits on them, are on the runs' clock: 1 s is %s of the story (time_scale %g).", report.Clock(1/scale), scale)
	}
	unclear := 0
	for _, run := range slices.Concat(base, candidate) {
		if run.Result.Verdict == report.Inconclusive && unusable(run.Result) == "" {
			unclear++
		}
	}
	if unclear > 0 {
		say("%s used.", report.Plural(int64(unclear), "run was inconclusive by a threshold; its figures were", "runs were inconclusive by a threshold; their figures were"))
	}
}

func sorted(seeds []uint64) []uint64 { return slices.Sorted(slices.Values(seeds)) }

func union(a, b []string) []string {
	for _, s := range b {
		a = with(slices.Clone(a), s)
	}
	return a
}

// seeds lists them: "seeds 1 to 5", "seeds 1, 7, 9".
func seeds(all []uint64) string {
	s := slices.Compact(sorted(all))
	switch n := len(s); {
	case n == 0:
		return "no seeds"
	case n == 1:
		return fmt.Sprintf("seed %d", s[0])
	case n > 2 && s[n-1]-s[0] == uint64(n-1):
		return fmt.Sprintf("seeds %d to %d", s[0], s[n-1])
	}
	const most = 10
	var parts []string
	for i, seed := range s {
		if i == most {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, fmt.Sprint(seed))
	}
	return "seeds " + strings.Join(parts, ", ")
}

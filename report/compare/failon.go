package compare

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/internal/nearest"
	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/report"
)

// FailOn says which change of a metric is a regression:
//
//	METRIC[{NAME}][.STAT] (+|-)CHANGE
//
// METRIC{NAME}.STAT is written as in thresholds, or one of the process's, like
// server.cpu_s. CHANGE is a part of the base (10%), or a difference in the
// metric's unit (5ms, 3, 10MB); of reach and loss, a percentage is points of a
// hundred. It has the sign of what is worse: delivery.p50 +10%, lost +0,
// reach -0.1%.
type FailOn struct {
	metric   string
	scope    string  // the fault or group it is narrowed to
	limit    float64 // signed: a part of the base, or in the metric's unit
	relative bool
	text     string // of the change, as written
}

// ParseFailOn reads a FailOn; its error says what would be right.
func ParseFailOn(s string) (FailOn, error) {
	f, err := parseFailOn(strings.TrimSpace(s))
	if err != nil {
		return FailOn{}, fmt.Errorf("fail on %q: %w", strings.TrimSpace(s), err)
	}
	return f, nil
}

func parseFailOn(s string) (FailOn, error) {
	from := strings.IndexByte(s, '}') + 1
	at := strings.LastIndexAny(s[from:], signs)
	if at < 0 {
		return FailOn{}, fmt.Errorf("it names no change; write something like delivery.p50 +10%%, lost +0 or reach -0.1%%")
	}
	at += from
	if err := oneChange(s, at); err != nil {
		return FailOn{}, err
	}
	m, err := parseSubject(strings.TrimSpace(s[:at]))
	if err != nil {
		return FailOn{}, err
	}
	change := strings.Replace(s[at:], "−", "-", 1)
	sign, size := change[:1], strings.TrimSpace(change[1:])
	f := FailOn{metric: m.name, scope: scopeOf(m.name), text: sign + size}
	if f.limit, f.relative, err = parseChange(size, m); err != nil {
		return FailOn{}, err
	}
	if sign == "-" {
		f.limit = -f.limit
	}
	switch {
	case m.better == Lower && sign == "-":
		return FailOn{}, fmt.Errorf("%s is worse when it is higher; write %s +%s", m.name, m.name, size)
	case m.better == Higher && sign == "+":
		return FailOn{}, fmt.Errorf("%s is worse when it is lower; write %s -%s", m.name, m.name, size)
	}
	return f, nil
}

const signs = "+-−"

// braced are the names of faults and groups in a FailOn.
var braced = regexp.MustCompile(`\{[^}]*\}`)

// oneChange reports what else stands before the last sign, at a place in s, than
// a metric. Names may have signs in them.
func oneChange(s string, at int) error {
	subject := strings.TrimSpace(s[:at])
	bare := braced.ReplaceAllString(subject, "")
	switch i := strings.IndexAny(bare, signs); {
	case strings.ContainsAny(bare, "<>=≤≥!"):
		return fmt.Errorf("a change is not compared, its sign says what is worse; write %s %s", strings.TrimRight(subject, " <>=≤≥!"), s[at:])
	case i < 0:
		return nil
	case strings.TrimRight(bare[i:], signs+" ") == "":
		size := strings.TrimSpace(strings.TrimLeft(s[at:], signs))
		return fmt.Errorf("the change has more than one sign; write +%s, or -%s where less is worse", size, size)
	}
	return fmt.Errorf("it names more than one change; write each in a --fail-on of its own")
}

// scopeOf is the name that a metric is narrowed to.
func scopeOf(metric string) string {
	_, scope, _ := strings.Cut(metric, "{")
	scope, _, _ = strings.Cut(scope, "}")
	return scope
}

// Scope is the fault or group that f is about, "" for the whole run.
func (f FailOn) Scope() string { return f.scope }

// known reports an error when no run has the fault or group that f is about.
func (f FailOn) known(results []*report.Result) error {
	if f.scope == "" || len(results) == 0 {
		return nil
	}
	for _, r := range results {
		if faultOf(r, f.scope) != nil || r.Groups[f.scope] != nil {
			return nil
		}
	}
	return fmt.Errorf("fail on %q: no fault or group %q is in the results", f, f.scope)
}

// parseSubject reads METRIC[{NAME}][.STAT].
func parseSubject(s string) (metric, error) {
	name, scope, stat := s, "", ""
	if open := strings.IndexByte(s, '{'); open >= 0 {
		end := strings.IndexByte(s, '}')
		if end < open+2 {
			return metric{}, fmt.Errorf("the name after { is empty or has no end; write detect{nat}.p99")
		}
		name, scope, stat = s[:open], strings.TrimSpace(s[open+1:end]), s[end+1:]
		if after, ok := strings.CutPrefix(strings.TrimSpace(stat), "."); ok {
			stat = after
		} else if stat != "" {
			return metric{}, fmt.Errorf("%q does not belong after {%s}; a statistic starts with a dot, like .p99", stat, scope)
		}
		scope = "{" + scope + "}"
	} else if process, _, _ := strings.Cut(s, "."); process != "server" && process != "generator" {
		name, stat, _ = strings.Cut(s, ".")
	}
	name, stat = strings.TrimSpace(name), strings.TrimSpace(stat)
	if m, ok := report.ParseMetric(name); ok {
		return parseTime(m, scope, stat)
	}
	m, err := notTime(name, scope)
	if err != nil {
		return metric{}, err
	}
	if stat != "" {
		return metric{}, fmt.Errorf("%s has no statistics; leave .%s out", name, stat)
	}
	return m, nil
}

func parseTime(m report.Metric, scope, stat string) (metric, error) {
	var stats []string
	for _, of := range timesOf(m, scope, nil) {
		if of.name == m.String()+scope+"."+stat {
			return of, nil
		}
		stats = append(stats, strings.TrimPrefix(of.name, m.String()+scope+"."))
	}
	if stat != "" {
		return metric{}, fmt.Errorf("%q is no statistic; write one of %s", stat, strings.Join(stats, " "))
	}
	return metric{}, fmt.Errorf("%s is a time and needs a statistic, one of %s; write %s.p50", m, strings.Join(stats, " "), m.String()+scope)
}

// notTime finds counts, rates and what processes use.
func notTime(name, scope string) (metric, error) {
	if c, ok := report.ParseCount(name); ok {
		return countOf(c, scope, nil), nil
	}
	known := []string{"reach", "loss"}
	for _, m := range backMetrics(strings.Trim(scope, "{}")) {
		bare, _, _ := strings.Cut(m.name, "{")
		switch {
		case bare != name:
		case scope == "":
			return metric{}, fmt.Errorf("%s is of one fault; write %s{NAME} +10%%", name, name)
		default:
			return m, nil
		}
		known = append(known, bare)
	}
	if slices.Contains(known, name) && scope == "" {
		return metric{name: name, unit: Share, better: betterRate(name)}, nil
	}
	for _, m := range processMetrics() {
		if m.name == name && scope == "" {
			return m, nil
		}
		known = append(known, m.name)
	}
	for m := range report.NumMetrics {
		known = append(known, m.String())
	}
	for c := range report.NumCounts {
		known = append(known, c.String())
	}
	if slices.Contains(known, name) {
		return metric{}, fmt.Errorf("%s is of the whole run; leave %s out", name, scope)
	}
	hint := "docs/compare.md lists them"
	if near := nearest.Name(name, known); near != "" {
		hint = "did you mean " + near + "?"
	}
	return metric{}, fmt.Errorf("%q is no metric; %s", name, hint)
}

// parseChange reads how much: a part of the base, or in the metric's unit.
func parseChange(s string, m metric) (limit float64, relative bool, err error) {
	if number, ok := strings.CutSuffix(s, "%"); ok {
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(v >= 0) || math.IsInf(v, 0) {
			return 0, false, fmt.Errorf("%q is no percentage; write one like 10%%", s)
		}
		return v / 100, m.unit != Share, nil
	}
	switch m.unit {
	case Millis, Seconds:
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return 0, false, fmt.Errorf("%q is no change of a time; write a part of it like 10%%, or a difference like 5ms", s)
		}
		if m.unit == Seconds {
			return d.Seconds(), false, nil
		}
		return unit.Millis(d), false, nil
	case Bytes:
		z, err := unit.ParseSize(s)
		if err != nil {
			return 0, false, fmt.Errorf("%q is no change of a size; write a part of it like 10%%, or a difference like 10MB", s)
		}
		return float64(z), false, nil
	case Share:
		return 0, false, fmt.Errorf("%q is no change of a rate; write points of a hundred, like 0.1%%", s)
	default:
		n, err := strconv.ParseUint(s, 10, 53)
		if err != nil {
			return 0, false, fmt.Errorf("%q is no change of a count; write a whole number like 0, or a part of it like 10%%", s)
		}
		return float64(n), false, nil
	}
}

// String prints f as it is written, spaced evenly.
func (f FailOn) String() string { return f.metric + " " + f.text }

// MarshalText prints f as String does.
func (f FailOn) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText parses f as ParseFailOn does.
func (f *FailOn) UnmarshalText(b []byte) (err error) {
	*f, err = ParseFailOn(string(b))
	return err
}

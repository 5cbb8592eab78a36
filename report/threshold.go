package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/internal/nearest"
	"github.com/imbench/imbench/internal/unit"
)

// Threshold is what a run is held against:
//
//	METRIC[{NAME}][.STAT] OP VALUE
//
// METRIC is a time with a statistic (delivery.p99 < 200ms), a count
// (lost == 0) or a rate (reach >= 99.9%). NAME narrows it to one fault or one
// group. The zero Threshold is none.
type Threshold struct {
	metric string
	scope  string // "" for the whole run
	stat   string // of times only
	op     string
	value  float64 // milliseconds, a count, or a ratio
	text   string  // of the value, as written
}

// The parts that a threshold can have.
var (
	thresholdStats = []string{"count", "min", "mean", "p50", "p90", "p95", "p99", "p999", "max"}
	thresholdOps   = []string{"<", "<=", ">", ">=", "==", "!="}
	rateNames      = []string{"reach", "loss"}
)

// comparisons are what operators are written with, and mistakenOps what is
// written for one of them.
const comparisons = "<>=!≤≥≠"

var mistakenOps = map[string]string{
	"=": "==", "===": "==", "=<": "<=", "=>": ">=", "≤": "<=", "≥": ">=", "≠": "!=", "!": "!=", "=!": "!=", "<>": "!=", "!==": "!=", "<<": "<", ">>": ">",
}

// What a metric's name stands for.
type metricKind uint8

const (
	unknownMetric metricKind = iota
	timeMetric
	countMetric
	rateMetric
)

func kindOf(name string) metricKind {
	if _, ok := ParseMetric(name); ok {
		return timeMetric
	}
	if _, ok := ParseCount(name); ok {
		return countMetric
	}
	if slices.Contains(rateNames, name) {
		return rateMetric
	}
	return unknownMetric
}

// ParseThreshold reads a threshold; its error says what would be right.
func ParseThreshold(s string) (Threshold, error) {
	t, err := parseThreshold(s)
	if err == nil && t.value == 0 && t.op == "<" {
		return Threshold{}, fmt.Errorf("threshold %q: nothing is below 0, so it would always fail; write %s == %s", strings.TrimSpace(s), t.subject(), t.text)
	}
	return t, err
}

// parseThreshold also reads what can only fail, as results of before that was
// refused have it.
func parseThreshold(s string) (Threshold, error) {
	t := Threshold{}
	left, right, err := t.splitOp(s)
	if err == nil {
		err = t.parseSubject(left)
	}
	if err == nil {
		err = t.parseValue(right)
	}
	if err != nil {
		return Threshold{}, fmt.Errorf("threshold %q: %w", strings.TrimSpace(s), err)
	}
	return t, nil
}

// splitOp finds the comparison, behind the name if there is one.
func (t *Threshold) splitOp(s string) (left, right string, err error) {
	from := strings.IndexByte(s, '}') + 1
	at := strings.IndexAny(s[from:], comparisons)
	if at < 0 {
		return "", "", fmt.Errorf("compares nothing; write something like delivery.p99 < 200ms, with one of < <= > >= == !=")
	}
	at += from
	right = strings.TrimLeft(s[at:], comparisons)
	t.op = s[at : len(s)-len(right)]
	if !slices.Contains(thresholdOps, t.op) {
		meant := "one of " + strings.Join(thresholdOps, " ")
		if op, ok := mistakenOps[t.op]; ok {
			meant = op
		}
		return "", "", fmt.Errorf("%q is no comparison; write %s", t.op, meant)
	}
	return strings.TrimSpace(s[:at]), strings.TrimSpace(right), nil
}

// parseSubject reads METRIC[{NAME}][.STAT].
func (t *Threshold) parseSubject(s string) error {
	if open := strings.IndexByte(s, '{'); open >= 0 {
		end := strings.IndexByte(s, '}')
		if end < open {
			return fmt.Errorf("the name after { has no end; write %s}", s)
		}
		t.metric, t.scope = strings.TrimSpace(s[:open]), strings.TrimSpace(s[open+1:end])
		if t.scope == "" {
			return fmt.Errorf("{} names no fault or group; write %s{NAME}, or leave it out", t.metric)
		}
		s = strings.TrimSpace(s[end+1:])
		if s != "" && s[0] != '.' {
			return fmt.Errorf("%q does not belong after {%s}; a statistic starts with a dot, like .p99", s, t.scope)
		}
		t.stat = strings.TrimPrefix(s, ".")
	} else {
		t.metric, t.stat, _ = strings.Cut(s, ".")
	}
	t.metric, t.stat = strings.TrimSpace(t.metric), strings.TrimSpace(t.stat)
	return t.checkSubject()
}

func (t *Threshold) checkSubject() error {
	of := t.metric
	if t.scope != "" {
		of += "{" + t.scope + "}"
	}
	switch kindOf(t.metric) {
	case unknownMetric:
		return fmt.Errorf("%q is no metric; did you mean %s?", t.metric, strings.Join(closest(t.metric, allMetricNames()), " or "))
	case timeMetric:
		if t.stat == "" {
			return fmt.Errorf("%s is a time and needs a statistic; write %s.p99, or one of %s", t.metric, of, strings.Join(thresholdStats, " "))
		}
		if !slices.Contains(thresholdStats, t.stat) {
			return fmt.Errorf("%q is no statistic; write one of %s", t.stat, strings.Join(thresholdStats, " "))
		}
	case countMetric:
		if t.stat != "" {
			return fmt.Errorf("%s is a count and has no statistics; write %s %s 0", t.metric, of, t.op)
		}
	case rateMetric:
		if t.stat != "" {
			return fmt.Errorf("%s is a rate and has no statistics; write %s %s 99.9%%", t.metric, of, t.op)
		}
	}
	return nil
}

// parseValue reads the value in the metric's unit.
func (t *Threshold) parseValue(s string) error {
	t.text = s
	switch {
	case s == "":
		return fmt.Errorf("has nothing to compare with after %s", t.op)
	case kindOf(t.metric) == rateMetric:
		return t.parseRate(s)
	case kindOf(t.metric) == countMetric || t.stat == "count":
		n, err := strconv.ParseInt(s, 10, 54) // exact as a float64
		if err != nil || n < 0 {
			like := map[string]string{"<": "<= 0", ">": "> 0"}[t.op]
			return fmt.Errorf("%q is no count; write a whole number from 0 on, like %s %s", s, t.subject(), cmp.Or(like, t.op+" 0"))
		}
		t.value = float64(n)
		return nil
	}
	d, err := time.ParseDuration(s)
	if _, plain := strconv.ParseFloat(s, 64); plain == nil && (err != nil || d == 0) {
		return fmt.Errorf("%q has no unit; write %sms or %ss", s, s, s)
	}
	if err != nil || d < 0 {
		return fmt.Errorf("%q is no duration; write a number and a unit, like 200ms or 21s", s)
	}
	t.value = unit.Millis(d)
	return nil
}

func (t *Threshold) parseRate(s string) error {
	v, err := parsePart(s)
	percent := strings.HasSuffix(s, "%")
	if err != nil || math.IsNaN(v) || v < 0 {
		return fmt.Errorf("%q is no share; write a percentage or a number from 0 to 1, like 99.9%% or 0.999", s)
	}
	if v > 1 {
		if !percent && v <= 100 {
			return fmt.Errorf("%s is more than all; write %s%%", s, s)
		}
		return fmt.Errorf("%s is more than all; a share goes up to 100%%", s)
	}
	t.value = v
	return nil
}

// parsePart reads a percentage or a part of one. 99.9% is what 0.999 is, to the
// last bit: a rate of 999 in 1000 meets it.
func parsePart(s string) (float64, error) {
	number, percentage := strings.CutSuffix(s, "%")
	number = strings.TrimSpace(number)
	if !percentage {
		return strconv.ParseFloat(number, 64)
	}
	if v, err := strconv.ParseFloat(number+"e-2", 64); err == nil {
		return v, nil
	}
	v, err := strconv.ParseFloat(number, 64)
	return v / 100, err
}

// subject prints METRIC[{NAME}][.STAT].
func (t Threshold) subject() string {
	s := t.metric
	if t.scope != "" {
		s += "{" + t.scope + "}"
	}
	if t.stat != "" {
		s += "." + t.stat
	}
	return s
}

// String prints the threshold as it is written, spaced evenly; "" for none.
func (t Threshold) String() string {
	if t.metric == "" {
		return ""
	}
	return t.subject() + " " + t.op + " " + t.text
}

// MarshalText prints the threshold as String does.
func (t Threshold) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText parses a threshold as ParseThreshold does.
func (t *Threshold) UnmarshalText(b []byte) (err error) {
	*t, err = ParseThreshold(string(b))
	return err
}

// Names returns the metric that the threshold is about, and the name of the
// fault or group that it is narrowed to, "" for the whole run.
func (t Threshold) Names() (metric, scope string) { return t.metric, t.scope }

// OfFaults reports whether there is such a metric for each fault, so that the
// threshold can be narrowed to one. All can be narrowed to a group.
func (t Threshold) OfFaults() bool {
	_, ok := (&FaultResult{}).measure(t.metric)
	return ok
}

func allMetricNames() []string {
	return slices.Concat(metricNames[:], countNames[:], rateNames)
}

// closest returns the names closest to s, at most three.
func closest(s string, names []string) []string {
	least := math.MaxInt
	var near []string
	for _, n := range names {
		switch d := editDistance(s, n); {
		case d < least:
			least, near = d, []string{n}
		case d == least && len(near) < 3:
			near = append(near, n)
		}
	}
	return near
}

// editDistance is how many bytes to insert, delete or replace make b of a. A
// prefix counts as one edit: who writes "detected" means "detect".
func editDistance(a, b string) int {
	if len(a) > 64 {
		a = a[:64]
	}
	if len(a) > 2 && strings.HasPrefix(b, a) || len(b) > 2 && strings.HasPrefix(a, b) {
		return 1
	}
	return nearest.Edits(a, b)
}

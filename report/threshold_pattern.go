package report

import "strings"

// ThresholdPattern is a regular expression that thresholds match, for a JSON
// Schema: in the syntax that Go and ECMAScript share. ParseThreshold says more
// of what is wrong.
func ThresholdPattern() string {
	const name, space = `(\s*\{[^{}]+\})?`, `\s*`
	times := oneOf(metricNames[:]) + name + space + `\.` + space + oneOf(thresholdStats)
	others := oneOf(append(append([]string{}, countNames[:]...), rateNames...)) + name
	ops := oneOf([]string{"<=", ">=", "==", "!=", "<", ">"})
	return `^\s*(` + times + `|` + others + `)\s*` + ops + `\s*[0-9.]+(ns|us|µs|ms|s|m|h|%|[0-9.])*\s*$`
}

func oneOf(words []string) string { return "(" + strings.Join(words, "|") + ")" }

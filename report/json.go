package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ErrNotResult is returned by Read for what is no result file at all.
var ErrNotResult = errors.New("not a result of imbench")

// Write writes r as the result file: indented JSON, maps in order of their
// keys.
func Write(w io.Writer, r *Result) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// mostRead bounds a result file, in bytes: a run of a day is a tenth of it.
const mostRead = 512 << 20

// Read reads a result file of this version or an older one: what later versions
// added is as if nothing had been seen of it, but what all of them wrote must be
// there. Fields that it does not know are skipped, since they may be added under
// the same schema; a newer schema is an error.
func Read(in io.Reader) (*Result, error) { return read(in, mostRead) }

func read(in io.Reader, most int64) (*Result, error) {
	limited := &io.LimitedReader{R: in, N: most + 1}
	r, err := decodeResult(json.NewDecoder(limited))
	if limited.N <= 0 {
		return nil, fmt.Errorf("read result: the file is larger than %s: %w", memory(most), ErrNotResult)
	}
	return r, err
}

func decodeResult(d *json.Decoder) (*Result, error) {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return nil, readError(err)
	}
	if err := checkSchema(raw); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	r := new(Result)
	if err := json.Unmarshal(raw, r); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	if err := checkWhole(raw); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	if err := r.checkVerdicts(); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	if d.More() {
		return nil, errors.New("read result: more follows after the result; one file holds one")
	}
	r.repair()
	return r, nil
}

func readError(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("read result: the file is empty: %w", ErrNotResult)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("read result: the file is truncated")
	case errors.As(err, &syntax):
		return fmt.Errorf("read result: %w: no JSON at byte %d: %w", ErrNotResult, syntax.Offset, err)
	}
	return fmt.Errorf("read result: %w", err)
}

// checkSchema looks at nothing but the schema, because with another one the
// rest may be of any form.
func checkSchema(raw []byte) error {
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(raw, &head); err != nil || head.Schema == "" {
		return fmt.Errorf("%w: it states no schema", ErrNotResult)
	}
	if head.Schema == Schema {
		return nil
	}
	name, _, _ := strings.Cut(Schema, "/")
	if strings.HasPrefix(head.Schema, "imbench.compare/") {
		return fmt.Errorf("%w: it is a comparison of several", ErrNotResult)
	}
	version, ok := strings.CutPrefix(head.Schema, name+"/")
	if !ok {
		return fmt.Errorf("%w: its schema is %s", ErrNotResult, cut(head.Schema))
	}
	if v, err := strconv.Atoi(version); err != nil || v < 1 {
		return fmt.Errorf("%w: its schema is %s", ErrNotResult, cut(head.Schema))
	}
	return fmt.Errorf("written by a newer imbench (%s); this one reads %s", head.Schema, Schema)
}

// checkWhole refuses what states the schema and lacks what every version wrote:
// it would be shown as a run that there is nothing to say against.
func checkWhole(raw []byte) error {
	var has map[string]json.RawMessage
	if err := json.Unmarshal(raw, &has); err != nil {
		return err
	}
	var lacks []string
	for _, field := range []string{"scenario", "verdict", "counts", "metrics"} {
		if v := has[field]; len(v) == 0 || string(v) == "null" {
			lacks = append(lacks, field)
		}
	}
	if len(lacks) > 0 {
		return fmt.Errorf("%w: it has no %s", ErrNotResult, strings.Join(lacks, ", no "))
	}
	return nil
}

// checkVerdicts refuses verdicts that nobody knows the meaning of.
func (r *Result) checkVerdicts() error {
	known := []Verdict{Passed, Failed, Inconclusive, Interrupted}
	if !slices.Contains(known, r.Verdict) {
		return fmt.Errorf("verdict: there is no \"%s\"; there are passed, failed, inconclusive and interrupted", cut(string(r.Verdict)))
	}
	for i, t := range r.Thresholds {
		if !slices.Contains(known[:3], t.Verdict) {
			return fmt.Errorf("thresholds[%d].verdict: there is no \"%s\"; there are passed, failed and inconclusive", i, cut(string(t.Verdict)))
		}
	}
	return nil
}

// repair gives a result that was read the same form as one that was built:
// nothing is nil where a reader of the data would not look for it.
func (r *Result) repair() {
	rates := r.Rates
	r.complete()
	if rates != nil {
		r.Rates = rates
	}
	r.Metrics = present(r.Metrics)
	r.Counts = orEmptyMap(r.Counts)
	r.Closes = orEmptyMap(r.Closes)
	r.Groups = present(r.Groups)
	for _, g := range r.Groups {
		g.Metrics, g.Counts, g.Closes = present(g.Metrics), orEmptyMap(g.Counts), orEmptyMap(g.Closes)
	}
	for i := range r.Faults {
		f := &r.Faults[i]
		for _, s := range []**Stats{&f.Detect, &f.Reconnect, &f.Outage, &f.Ghost} {
			if *s == nil {
				*s = (*Histogram)(nil).Stats()
			}
		}
	}
}

// present returns m without entries that are nil; never nil.
func present[T any](m map[string]*T) map[string]*T {
	m = orEmptyMap(m)
	for name, v := range m {
		if v == nil {
			delete(m, name)
		}
	}
	return m
}

func orEmptyMap[T any](m map[string]T) map[string]T {
	if m == nil {
		return map[string]T{}
	}
	return m
}

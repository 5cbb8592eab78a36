package main

import (
	"fmt"
	"io"
	"slices"
)

// figure is one measured value.
type figure struct {
	name  string
	unit  string
	value float64
	reach string // what it is to reach, in words; "" for none
}

// table collects figures over runs and prints each once.
type table struct {
	w       io.Writer
	order   []string
	figures map[string][]figure
	headed  bool
}

func newTable(w io.Writer) *table { return &table{w: w, figures: map[string][]figure{}} }

func (t *table) add(f figure) {
	if t.figures[f.name] == nil {
		t.order = append(t.order, f.name)
	}
	t.figures[f.name] = append(t.figures[f.name], f)
}

// print writes the rows added since it was last called.
func (t *table) print() {
	if !t.headed {
		fmt.Fprintf(t.w, "| %-58s | %9s | %9s | %9s | %-6s | %-22s |\n", "figure", "min", "median", "max", "unit", "to reach")
		fmt.Fprintf(t.w, "|%s|--:|--:|--:|---|---|\n", "---")
		t.headed = true
	}
	for _, name := range t.order {
		all := t.figures[name]
		values := make([]float64, len(all))
		for i, f := range all {
			values[i] = f.value
		}
		slices.Sort(values)
		fmt.Fprintf(t.w, "| %-58s | %9.4g | %9.4g | %9.4g | %-6s | %-22s |\n",
			name, values[0], values[len(values)/2], values[len(values)-1], all[0].unit, all[0].reach)
	}
	t.order, t.figures = nil, map[string][]figure{}
}

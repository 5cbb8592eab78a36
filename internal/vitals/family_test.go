package vitals

import (
	"errors"
	"maps"
	"slices"
	"testing"
)

func TestDescendants(t *testing.T) {
	tests := map[string]struct {
		parents map[int32]int32 // the process table: pid to parent
		known   []int32
		want    []int32
	}{
		"a process without children":         {map[int32]int32{1: 0, 10: 1}, []int32{10}, nil},
		"children":                           {map[int32]int32{1: 0, 10: 1, 11: 10, 12: 10}, []int32{10}, []int32{11, 12}},
		"a chain, whose pids have wrapped":   {map[int32]int32{900: 1, 20: 900, 10: 20}, []int32{900}, []int32{10, 20}},
		"other people's children":            {map[int32]int32{10: 1, 20: 1, 21: 20}, []int32{10}, nil},
		"a child already known is not found": {map[int32]int32{10: 1, 11: 10, 12: 11}, []int32{10, 11}, []int32{12}},
		"an orphan that was known":           {map[int32]int32{11: 1, 12: 11}, []int32{11}, []int32{12}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFamily()
			f.pids = func() ([]int32, error) { return slices.Collect(maps.Keys(tt.parents)), nil }
			f.ppid = func(pid int32) (int32, error) { return tt.parents[pid], nil }
			known := map[int32]*member{}
			for _, pid := range tt.known {
				known[pid] = &member{}
			}
			got, err := f.descendants(known)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("descendants %v; want %v", got, tt.want)
			}
		})
	}
}

func TestAsksForEachParentOnce(t *testing.T) {
	table := []int32{1, 10, 11}
	asked := map[int32]int{}
	f := newFamily()
	f.pids = func() ([]int32, error) { return table, nil }
	f.ppid = func(pid int32) (int32, error) {
		asked[pid]++
		if pid == 12 {
			return 0, errors.New("ended meanwhile")
		}
		return 1, nil
	}
	for range 3 {
		if _, err := f.descendants(nil); err != nil {
			t.Fatal(err)
		}
	}
	table = []int32{1, 11, 12}
	if _, err := f.descendants(nil); err != nil {
		t.Fatal(err)
	}
	if want := map[int32]int{1: 1, 10: 1, 11: 1, 12: 1}; !maps.Equal(asked, want) {
		t.Errorf("asked %v; want each once", asked)
	}
	if f.present(10) || f.present(12) || !f.present(11) {
		t.Error("present does not follow the table")
	}
}

package html

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatWasGoingOnIsNamedAboveTheChart(t *testing.T) {
	window := func(name string, from, to float64) band {
		return band{Name: name, From: from, To: to, Kind: "window"}
	}
	mark := func(name string, at float64) band { return band{Name: name, From: at, To: at, Kind: "mark"} }
	tests := map[string]struct {
		bands []band
		rows  int
		want  string // names, with their places and rows
		bars  string
	}{
		"nothing":                           {nil, 1, "", ""},
		"beside each other":                 {[]band{window("a", 0, 10), window("b", 20, 30)}, 1, "a 0/0, b 20/0", "M0 0.88L10 0.88M20 0.88L30 0.88"},
		"where one ends another begins":     {[]band{window("nat", 20, 50), window("freeze", 50, 60)}, 2, "nat 20/0, freeze 50/1", "M20 0.88L50 0.88M50 1.88L60 1.88"},
		"one within another":                {[]band{window("b", 30, 40), window("a", 20, 50)}, 2, "a 20/0, b 30/1", "M20 0.88L50 0.88M30 1.88L40 1.88"},
		"a name longer than its window":     {[]band{window("longname", 10, 12), window("b", 20, 30)}, 2, "longname 10/0, b 20/1", "M10 0.88L12 0.88M20 1.88L30 1.88"},
		"moments have no bar":               {[]band{mark("a", 10), mark("b", 80)}, 1, "a 10/0, b 80/0", ""},
		"a name that would stick out":       {[]band{window("restart", 97, 99)}, 1, "restart 100/0 end", "M97 0.88L99 0.88"},
		"a repetition has its bar, no name": {[]band{window("a", 0, 10), window("a", 50, 60)}, 1, "a 0/0", "M0 0.88L10 0.88M50 0.88L60 0.88"},
		"what it left behind is no part":    {[]band{window("a", 0, 10), {From: 10, To: 30, Kind: "after"}, window("b", 15, 20)}, 1, "a 0/0, b 15/0", "M0 0.88L10 0.88M15 0.88L20 0.88"},
		"no more rows than there is room": {
			[]band{window("a", 0, 90), window("b", 1, 90), window("c", 2, 90), window("d", 3, 90), window("e", 4, 90)},
			4, "a 0/0, b 1/1, c 2/2, d 3/3", "M0 0.88L90 0.88M1 1.88L90 1.88M2 2.88L90 2.88M3 3.88L90 3.88M4 3.88L90 3.88",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := laneOf(tt.bands, clockAxis(0, 100, ""), 2)
			var names []string
			for _, n := range got.Names {
				names = append(names, strings.TrimSpace(fmt.Sprintf("%s %g/%d %s", n.Text, n.At, n.Row, n.Edge)))
			}
			if d := cmp.Diff(tt.want, strings.Join(names, ", ")); d != "" {
				t.Error(d)
			}
			if got.Rows != tt.rows || got.Bars != tt.bars {
				t.Errorf("%d rows, bars %s", got.Rows, got.Bars)
			}
		})
	}
}

func TestEachWindowHasAnEdgeAtItsEnd(t *testing.T) {
	c := chart{X: clockAxis(0, 100, ""), Y: axis{Hi: 5}, Bands: []band{
		{From: 10, To: 50, Kind: "window"}, {From: 50, To: 60, Kind: "window"}, {From: 60, To: 80, Kind: "after"},
		{From: 5, To: 95, Kind: "mark"}, {From: 70, To: 70, Kind: "mark"}, {From: 90, To: 100, Kind: "window"},
	}}
	if got, want := ends(c), "M50 0L50 5M60 0L60 5M95 0L95 5"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestOfLinesThatCoincideEachIsSeen(t *testing.T) {
	c := chart{Series: []series{{Name: "delivered"}, {Name: "p50", Style: "dashed"}, {Name: "sent", Style: "wide"}, {Name: "max", Style: "thin"}, {Style: "bracket"}}}
	var painted []string
	for _, s := range c.Painted() {
		painted = append(painted, s.Name)
	}
	if d := cmp.Diff([]string{"", "sent", "delivered", "max", "p50"}, painted); d != "" {
		t.Error(d)
	}
}

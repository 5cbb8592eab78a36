package html

import (
	"cmp"
	"slices"
	"strings"
)

// lane is the strip above a plot that names what was going on, and shows from
// when to when:
//
//	nat                    blip
//	━━━━━━━━━━━━━━━━━━━━      ━━━━
//	                  freeze
//	                      ━━
//
// What overlaps or touches stands in rows of its own.
type lane struct {
	Rows  int
	Bars  string // a path, in the units of the x axis and in rows
	Names []laneName
}

// laneName is a label at a place in percent of the axis.
type laneName struct {
	tick
	Row int
}

// mostLanes is how many rows a lane has at most; what finds no room in any has
// its bar in the last one, and no name.
const mostLanes = 4

// stretch is a part of the axis, in percent.
type stretch struct{ from, to float64 }

// laneOf lays out the bands by name; a letter takes so many percent of the
// axis. What only follows from a band is not named.
func laneOf(bands []band, x axis, letter float64) lane {
	l := lane{Rows: 1}
	var bars strings.Builder
	var taken [mostLanes][]stretch
	for _, all := range named(bands) {
		name, needs := laneRoom(all, x, letter)
		row := 0
		for row < mostLanes && collide(taken[row], needs) {
			row++
		}
		if row < mostLanes {
			name.Row = row
			l.Names = append(l.Names, name)
			taken[row] = append(taken[row], needs...)
		}
		row = min(row, mostLanes-1)
		l.Rows = max(l.Rows, row+1)
		for _, b := range all {
			if b.To > b.From {
				y := coordinate(float64(row)+0.88, 2)
				bars.WriteString("M" + coordinate(b.From, 2) + " " + y + "L" + coordinate(b.To, 2) + " " + y)
			}
		}
	}
	l.Bars = bars.String()
	return l
}

// named groups the bands by their names, in the order in which they begin.
func named(bands []band) (groups [][]band) {
	at := map[string]int{}
	sorted := slices.SortedStableFunc(slices.Values(bands), func(a, b band) int { return cmp.Compare(a.From, b.From) })
	for _, b := range sorted {
		if b.Kind == "after" || b.Name == "" {
			continue
		}
		i, known := at[b.Name]
		if !known {
			i = len(groups)
			at[b.Name] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], b)
	}
	return groups
}

// laneRoom is where the name of bands stands, above the first of them, and the
// room that they take with it.
func laneRoom(all []band, x axis, letter float64) (name laneName, needs []stretch) {
	for _, b := range all {
		needs = append(needs, stretch{x.percent(b.From), x.percent(b.To)})
	}
	name.Text, name.At = all[0].Name, needs[0].from
	wide := letter * float64(len([]rune(name.Text)))
	if name.At+wide <= 100 {
		return name, append(needs, stretch{name.At, name.At + wide})
	}
	name.At, name.Edge = 100, "end"
	return name, append(needs, stretch{100 - wide, 100})
}

// collide reports whether any two come so close that they run together.
func collide(taken, needs []stretch) bool {
	const apart = 1 // percent
	for _, t := range taken {
		for _, n := range needs {
			if n.from < t.to+apart && t.from < n.to+apart {
				return true
			}
		}
	}
	return false
}

// ends draws a line at the end of each band that ended within the chart; where
// one began, it has a line of its own.
func ends(c chart) string {
	var b strings.Builder
	for _, band := range c.Bands {
		if band.Kind != "after" && band.To > band.From && band.To < c.X.Hi {
			at := coordinate(band.To, 2)
			b.WriteString("M" + at + " " + significant(c.Y.Lo) + "L" + at + " " + significant(c.Y.Hi))
		}
	}
	return b.String()
}

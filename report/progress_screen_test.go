package report

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// screen is as much of a terminal as progress needs: a cursor, line feeds,
// erasing, and lines that wrap anew when the width changes.
type screen struct {
	width  int
	rows   []string // as displayed, without trailing blanks
	joined []bool   // the row goes on in the next one
	x, y   int
	writes int
}

func newScreen(width int) *screen {
	return &screen{width: width, rows: []string{""}, joined: []bool{false}}
}

var control = regexp.MustCompile("^\x1b\\[([0-9;]*)([A-Za-z])")

func (s *screen) Write(b []byte) (int, error) {
	s.writes++
	for rest := string(b); rest != ""; {
		if m := control.FindStringSubmatch(rest); m != nil {
			s.obey(m[1], m[2])
			rest = rest[len(m[0]):]
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		switch r {
		case '\r':
			s.x = 0
		case '\n':
			s.feed(false)
		default:
			s.put(r)
		}
		rest = rest[size:]
	}
	return len(b), nil
}

func (s *screen) obey(arg, what string) {
	switch n, _ := strconv.Atoi(arg); what {
	case "A":
		s.y = max(0, s.y-n)
	case "K":
		s.rows[s.y] = upTo(s.rows[s.y], s.x)
		s.joined[s.y] = false
	case "J":
		s.rows[s.y] = upTo(s.rows[s.y], s.x)
		s.rows, s.joined = s.rows[:s.y+1], s.joined[:s.y+1]
		s.joined[s.y] = false
	case "m":
	default:
		panic("the terminal does not know " + strconv.Quote(arg+what))
	}
}

func upTo(row string, columns int) string {
	return string([]rune(row)[:min(columns, len([]rune(row)))])
}

func (s *screen) put(char rune) {
	if s.x >= s.width {
		s.feed(true)
	}
	row := []rune(s.rows[s.y])
	for len(row) <= s.x {
		row = append(row, ' ')
	}
	row[s.x] = char
	s.rows[s.y] = string(row)
	s.x++
}

func (s *screen) feed(joined bool) {
	s.joined[s.y] = joined
	s.x, s.y = 0, s.y+1
	if s.y == len(s.rows) {
		s.rows, s.joined = append(s.rows, ""), append(s.joined, false)
	}
}

// resize wraps every line anew, as tmux and most terminals do; the cursor
// stays behind the character it was behind.
func (s *screen) resize(width int) {
	var lines []string
	for y, row := range s.rows {
		if y > 0 && s.joined[y-1] {
			lines[len(lines)-1] += row
		} else {
			lines = append(lines, row)
		}
	}
	s.width, s.rows, s.joined = width, nil, nil
	for _, line := range lines {
		r := []rune(line)
		for len(r) > width {
			s.rows, s.joined = append(s.rows, string(r[:width])), append(s.joined, true)
			r = r[width:]
		}
		s.rows, s.joined = append(s.rows, string(r)), append(s.joined, false)
	}
	s.y = len(s.rows) - 1 // progress leaves the cursor at the end
	s.x = len([]rune(s.rows[s.y]))
}

func (s *screen) text() string { return strings.TrimRight(strings.Join(s.rows, "\n"), " ") }

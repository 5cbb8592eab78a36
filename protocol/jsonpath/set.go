package jsonpath

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxPaths is the number of different paths that a Set can hold.
const MaxPaths = 16

// Set is a set of paths, compiled. The zero Set holds none.
type Set struct {
	nodes []node // a tree; the first is the top of the text
	paths []string
}

// node is one value on the way to, or at the end of, a path.
type node struct {
	children []int
	key      string // of the object member that it is
	index    int    // of the array element that it is, −1 when it is a member
	slot     int    // where its value goes, −1 when no path ends here
}

// Add adds a path and returns the number of its value. A path that is there
// already has the number it had.
func (s *Set) Add(path string) (slot int, err error) {
	steps, err := parse(path)
	if err != nil {
		return 0, err
	}
	if len(steps) >= maxSteps {
		return 0, fmt.Errorf("%q has more than %d steps", path, maxSteps-1)
	}
	if len(s.nodes) == 0 {
		s.nodes = []node{{index: -1, slot: -1}}
	}
	at := 0
	for _, step := range steps {
		i := slices.IndexFunc(s.nodes[at].children, func(c int) bool {
			return s.nodes[c].key == step.key && s.nodes[c].index == step.index
		})
		if i >= 0 {
			at = s.nodes[at].children[i]
			continue
		}
		s.nodes = append(s.nodes, node{key: step.key, index: step.index, slot: -1})
		s.nodes[at].children = append(s.nodes[at].children, len(s.nodes)-1)
		at = len(s.nodes) - 1
	}
	if s.nodes[at].slot >= 0 {
		return s.nodes[at].slot, nil
	}
	if len(s.paths) == MaxPaths {
		return 0, fmt.Errorf("more than %d different paths", MaxPaths)
	}
	s.nodes[at].slot = len(s.paths)
	s.paths = append(s.paths, path)
	return s.nodes[at].slot, nil
}

// Len is the number of paths.
func (s *Set) Len() int { return len(s.paths) }

type step struct {
	key   string
	index int // −1 for a key
}

// parse reads a path: $ is the whole text, .name and ['any name'] a member of
// an object, [0] an element of an array, from 0 to 1000.
func parse(path string) ([]step, error) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, fmt.Errorf("%q does not begin with $", path)
	}
	var steps []step
	for rest != "" {
		var st step
		var err error
		if st, rest, err = next(rest); err != nil {
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		steps = append(steps, st)
	}
	return steps, nil
}

func next(rest string) (step, string, error) {
	if rest[0] == '.' {
		name := rest[1:]
		if i := strings.IndexAny(name, ".["); i >= 0 {
			name = name[:i]
		}
		if name == "" || strings.ContainsAny(name, " \t\"']*") {
			return step{}, "", fmt.Errorf("%q is not a name; an odd one is written as ['odd name']", name)
		}
		return step{key: name, index: -1}, rest[1+len(name):], nil
	}
	if rest[0] != '[' {
		return step{}, "", fmt.Errorf("%q is neither .name nor [0] nor ['name']", rest)
	}
	if len(rest) > 1 && (rest[1] == '\'' || rest[1] == '"') {
		end := strings.Index(rest[2:], rest[1:2]+"]")
		if end < 0 {
			return step{}, "", fmt.Errorf("%q does not end with %s]", rest, rest[1:2])
		}
		return step{key: rest[2 : 2+end], index: -1}, rest[2+end+2:], nil
	}
	digits, after, closed := strings.Cut(rest[1:], "]")
	n, err := strconv.ParseUint(digits, 10, 16)
	if !closed || err != nil || n > 1000 {
		return step{}, "", fmt.Errorf("%q is not an element's number in brackets", rest)
	}
	return step{index: int(n)}, after, nil
}

// Cut splits text after the path at its start. It is for grammars in which
// something follows a path.
func Cut(text string) (path, rest string) {
	i := min(1, len(text))
	for i < len(text) {
		switch c := text[i]; {
		case c == '[' && i+1 < len(text) && (text[i+1] == '\'' || text[i+1] == '"'):
			end := strings.Index(text[i+2:], text[i+1:i+2]+"]")
			if end < 0 {
				return text, ""
			}
			i += 2 + end + 2
		case strings.IndexByte(" \t=!<>", c) >= 0:
			return text[:i], text[i:]
		default:
			i++
		}
	}
	return text, ""
}

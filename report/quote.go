package report

import (
	"cmp"
	"maps"
	"slices"
	"unicode/utf8"
)

// What a server says is quoted at this length, and told apart into so many
// kinds; the rest are of kind "other".
const (
	quoteMax  = 200 // bytes
	kindsMax  = 64
	kindOther = "other"
)

// quotes counts errors by kind and keeps the first text of each.
type quotes map[string]*Quote

func (q quotes) add(kind, text string) {
	known := q[kind]
	if known == nil {
		kind = cut(kind)
		if known = q[kind]; known == nil && len(q) >= kindsMax {
			kind = kindOther
			known = q[kind]
		}
	}
	if known == nil {
		known = &Quote{Kind: kind, First: cut(text)}
		q[kind] = known
	}
	known.Count++
}

// merge adds o's quotes to q. Which shard's text came first is not known, so
// the one that sorts first stands: the same whatever the order of merging.
func (q quotes) merge(o quotes) {
	for kind, from := range o {
		into := q[kind]
		if into == nil {
			into = &Quote{Kind: kind, First: from.First}
			q[kind] = into
		}
		into.Count += from.Count
		into.First = firstOf(into.First, from.First)
	}
}

// list returns copies, the most frequent first.
func (q quotes) list() []Quote {
	var all []Quote
	for _, one := range q {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b Quote) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind))
	})
	return all
}

// firstOf returns the one that sorts first; "" sorts last.
func firstOf(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// cut makes text off the wire short and safe to print.
func cut(s string) string {
	if len(s) > quoteMax {
		end := quoteMax
		for end > quoteMax-utf8.UTFMax && !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end] + "…"
	}
	return clean(s)
}

// kinds counts by name, with at most kindsMax names.
type kinds map[string]int64

func (k kinds) add(name string) {
	if _, known := k[name]; !known {
		name = cut(name)
		if _, known := k[name]; !known && len(k) >= kindsMax {
			name = kindOther
		}
	}
	k[name]++
}

func (k kinds) merge(o kinds) {
	for name, n := range o {
		k[name] += n
	}
}

func (k kinds) names() []string { return slices.Sorted(maps.Keys(k)) }

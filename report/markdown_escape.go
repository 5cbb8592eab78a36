package report

import (
	"regexp"
	"strings"
)

// noWidth is a space of no width, written so that it shows in the source. It
// parts what a forge would make a link or a mention of.
const noWidth = "&#8203;"

// mdText writes text from anywhere so that Markdown shows it as it is: no
// markup, link, image, mention, reference or HTML comes of it, nor the end of a
// table's cell or of the line.
func mdText(s string) string {
	s = clean(s)
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	for i, r := range s {
		switch r {
		case '|': // a backslash before it, or a second one, would not do inside a table
			b.WriteString("&#124;")
		case '\\':
			b.WriteString("&#92;")
		case '`', '*', '[', ']', '<', '>', '~', '&', '$', '!':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '_':
			if !withinWord(s, i) { // there it emphasizes nothing
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		case '@', '#':
			b.WriteByte('\\')
			b.WriteRune(r)
			b.WriteString(noWidth)
		case '-', '+', '=', '.', ')':
			if beginsBlock(s, i) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return autolinks.ReplaceAllStringFunc(b.String(), func(s string) string {
		i := strings.LastIndexAny(s, ":wWhH") + 1
		return s[:i] + noWidth + s[i:]
	})
}

// withinWord reports whether s has letters or digits on both sides of i.
func withinWord(s string, i int) bool {
	word := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
	return i > 0 && i+1 < len(s) && word(s[i-1]) && word(s[i+1])
}

// beginsBlock reports whether the character at i would make a list, a heading
// or a rule of a line that is s.
func beginsBlock(s string, i int) bool {
	if s[i] == '-' || s[i] == '+' || s[i] == '=' {
		return i == 0
	}
	return i > 0 && strings.Trim(s[:i], "0123456789") == "" && (i+1 == len(s) || s[i+1] == ' ')
}

// autolinks are the starts of what is made a link without being written as one.
var autolinks = regexp.MustCompile(`(?i)://|www\.|gh-`)

// mdCode writes text from anywhere as code.
func mdCode(s string) string {
	s = clean(s)
	if strings.TrimSpace(s) == "" {
		return ""
	}
	if strings.ContainsAny(s, "`|\\") || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		return "<code>" + mdText(s) + "</code>"
	}
	return "`" + s + "`"
}

// fenced writes lines as a block that none of them can end.
func fenced(kind, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + kind + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}

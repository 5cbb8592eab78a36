package protocol

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/imbench/imbench/internal/placeholder"
	"github.com/imbench/imbench/protocol/jsonpath"
	"github.com/imbench/imbench/protocol/wire"
)

// slot is a place in a template that is filled in.
type slot uint8

const (
	slotNone slot = iota
	slotClient
	slotRoom
	slotPeer
	slotToken
	slotOffset
	slotTime    // Unix milliseconds
	slotSeq     // the message's number
	slotSize    // of the content, in bytes
	slotContent // tag and padding
	slotEnv     // ${env.NAME}
	slotColumn  // ${column.NAME}
	slotPath    // ${$.path}: from the frame that is answered
	slotGroup   // ${1}: from the regular expression that matched it
)

var slotNames = map[string]slot{
	"client": slotClient, "room": slotRoom, "peer": slotPeer, "token": slotToken, "offset": slotOffset,
	"time": slotTime, "seq": slotSeq, "size": slotSize, "content": slotContent,
}

// quoting is how what fills a slot is written.
type quoting uint8

const (
	plain    quoting = iota // as it is
	inString                // within a JSON string
	asValue                 // as a JSON value: a number when it is one, else a string
	inPath                  // within a URL's path
)

// segment is a stretch of text and the slot after it.
type segment struct {
	text    string
	slot    slot
	quoting quoting
	index   int    // column, path or group
	name    string // of a variable or column
}

// template is a frame, or a part of one, with slots.
type template struct {
	segments []segment
	paths    jsonpath.Set // of slotPath
	json     bool         // filled, it is a JSON list or object
}

// fill is what a template's slots are filled with.
type fill struct {
	client, room, peer []byte
	token, offset      string
	tag                Tag
	size               int
	unixMillis         int64
	row                []string
	values             []jsonpath.Value
	groups             [][]byte
}

// parseTemplate reads text with ${slots}; $${ is a plain ${. Where a slot stands
// in JSON decides how it is written.
func parseTemplate(text string, allowed func(slot) error, q quoting) (*template, error) {
	t := new(template)
	for rest := text; ; {
		literal, after, found := placeholder.Next(rest)
		if !found {
			t.segments = append(t.segments, segment{text: literal})
			break
		}
		name, after, closed := cutSlot(after)
		if !closed {
			return nil, fmt.Errorf("a ${ has no }; write $${ for a plain ${")
		}
		s, err := t.slot(name)
		if err != nil {
			return nil, err
		}
		if err := allowed(s.slot); err != nil {
			return nil, err
		}
		s.text, s.quoting = literal, q
		t.segments = append(t.segments, s)
		rest = after
	}
	if q == plain {
		t.quoteJSON()
	}
	return t, nil
}

// cutSlot splits what follows ${ at the brace that ends the slot. A path may
// have braces within quotes.
func cutSlot(s string) (name, after string, ok bool) {
	if strings.HasPrefix(s, "$") {
		quote := byte(0)
		for i := range len(s) {
			switch c := s[i]; {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '\'' || c == '"':
				quote = c
			case c == '}':
				return s[:i], s[i+1:], true
			}
		}
	}
	return strings.Cut(s, "}")
}

// slot reads what stands between ${ and }.
func (t *template) slot(name string) (segment, error) {
	if s, ok := slotNames[name]; ok {
		return segment{slot: s}, nil
	}
	if variable, ok := strings.CutPrefix(name, "env."); ok && variable != "" {
		return segment{slot: slotEnv, name: variable}, nil
	}
	if column, ok := strings.CutPrefix(name, "column."); ok && column != "" {
		return segment{slot: slotColumn, name: column}, nil
	}
	if strings.HasPrefix(name, "$") {
		i, err := t.paths.Add(name)
		return segment{slot: slotPath, index: i}, err
	}
	if n, err := strconv.Atoi(name); err == nil && n > 0 && n < 10 {
		return segment{slot: slotGroup, index: n}, nil
	}
	return segment{}, fmt.Errorf("${%s} is no slot; there are ${client}, ${room}, ${peer}, ${token}, ${content}, ${seq}, "+
		"${size}, ${time}, ${offset}, ${env.NAME}, ${column.NAME}, and in answers ${$.path} and ${1}", name)
}

// quoteJSON finds out whether the template is JSON once it is filled, and if
// so, which slots stand within strings.
func (t *template) quoteJSON() {
	inside := false
	var sample strings.Builder
	quotings := make([]quoting, len(t.segments))
	for i, s := range t.segments {
		for j := 0; j < len(s.text); j++ {
			switch s.text[j] {
			case '\\':
				if inside {
					j++
				}
			case '"':
				inside = !inside
			}
		}
		sample.WriteString(s.text)
		if s.slot == slotNone {
			continue
		}
		quotings[i] = asValue
		if inside {
			quotings[i] = inString
		}
		sample.WriteByte('0')
	}
	whole := strings.TrimSpace(sample.String())
	if !strings.HasPrefix(whole, "{") && !strings.HasPrefix(whole, "[") || !json.Valid([]byte(whole)) {
		return
	}
	t.json = true
	for i := range t.segments {
		t.segments[i].quoting = quotings[i]
	}
}

// uses reports whether the template has the slot.
func (t *template) uses(s slot) bool {
	return t != nil && slices.ContainsFunc(t.segments, func(g segment) bool { return g.slot == s })
}

// broken reports whether the template begins like JSON and is none.
func (t *template) broken() bool {
	start := strings.TrimSpace(t.segments[0].text)
	return !t.json && (strings.HasPrefix(start, "{") || strings.HasPrefix(start, "["))
}

// constant is the template's text when it has no slots.
func (t *template) constant() (text string, ok bool) {
	if len(t.segments) != 1 {
		return "", false
	}
	return t.segments[0].text, true
}

// bound is the template with its variables filled in and its columns numbered.
func (t *template) bound(b binding) *template {
	if t == nil {
		return nil
	}
	out := &template{segments: slices.Clone(t.segments), paths: t.paths, json: t.json}
	for i := range out.segments {
		s := &out.segments[i]
		switch s.slot {
		case slotColumn:
			s.index = b.column(s.name)
		case slotEnv:
			s.text += string(appendText(nil, b.variable(s.name), s.quoting))
			s.slot = slotNone
		}
	}
	return out.joined()
}

// joined puts neighbouring literal segments together.
func (t *template) joined() *template {
	var out []segment
	text := ""
	for i, s := range t.segments {
		text += s.text
		if s.slot == slotNone && i < len(t.segments)-1 {
			continue
		}
		s.text = text
		text = ""
		out = append(out, s)
	}
	t.segments = out
	return t
}

// append appends the filled template to dst.
func (t *template) append(dst []byte, f *fill) []byte {
	for i := range t.segments {
		s := &t.segments[i]
		dst = append(dst, s.text...)
		switch s.slot {
		case slotNone:
		case slotContent:
			dst = appendContent(dst, f.tag, f.size)
		case slotClient:
			dst = appendText(dst, f.client, s.quoting)
		case slotRoom:
			dst = appendText(dst, f.room, s.quoting)
		case slotPeer:
			dst = appendText(dst, f.peer, s.quoting)
		case slotTime:
			dst = strconv.AppendInt(dst, f.unixMillis, 10)
		case slotSeq:
			dst = strconv.AppendUint(dst, seqOf(f.tag), 10)
		case slotSize:
			dst = strconv.AppendInt(dst, int64(max(f.size, TagLen)), 10)
		default:
			dst = s.appendRare(dst, f)
		}
	}
	return dst
}

// appendRare fills the slots that messages seldom have.
func (s *segment) appendRare(dst []byte, f *fill) []byte {
	switch s.slot {
	case slotToken:
		return appendText(dst, f.token, s.quoting)
	case slotOffset:
		return appendText(dst, f.offset, s.quoting)
	case slotColumn:
		if s.index < len(f.row) {
			return appendText(dst, f.row[s.index], s.quoting)
		}
	case slotGroup:
		if s.index < len(f.groups) {
			return appendText(dst, f.groups[s.index], s.quoting)
		}
	case slotPath:
		if s.index < len(f.values) {
			if s.quoting == asValue {
				return append(dst, orNull(f.values[s.index])...)
			}
			return appendText(dst, f.values[s.index].Text(), s.quoting)
		}
	}
	return appendText(dst, "", s.quoting)
}

// orNull is v, or null where there is none.
func orNull(v jsonpath.Value) []byte {
	if v == nil {
		return []byte("null")
	}
	return v
}

// appendText writes text as its place demands.
func appendText[T []byte | string](dst []byte, text T, q quoting) []byte {
	switch q {
	case inString:
		if isPlain(text) {
			return append(dst, text...)
		}
		start := len(dst)
		dst = wire.AppendString(dst, text)
		copy(dst[start:], dst[start+1:len(dst)-1]) // without the quotes
		return dst[:len(dst)-2]
	case asValue:
		if isNumber(text) {
			return append(dst, text...)
		}
		return wire.AppendString(dst, text)
	case inPath:
		return append(dst, url.PathEscape(string(text))...)
	}
	return append(dst, text...)
}

// isPlain reports whether text stands in a JSON string as it is.
func isPlain[T []byte | string](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// isNumber reports whether text is a JSON number.
func isNumber[T []byte | string](text T) bool {
	if len(text) == 0 || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return false
	}
	return json.Valid([]byte(text))
}

// appendContent appends the content of a message: the tag, and padding up to
// size.
func appendContent(dst []byte, t Tag, size int) []byte {
	dst = AppendTag(dst, t)
	for n := size - TagLen; n > 0; n -= len(padding) {
		dst = append(dst, padding[:min(n, len(padding))]...)
	}
	return dst
}

// seqOf is a message's number as ${seq} writes it: counting up for each sender,
// and below 2⁴⁰, so that every JSON reader takes it whole.
func seqOf(t Tag) uint64 { return uint64(t.Number)<<8 | uint64(t.Origin) }

// parseSeq reads what seqOf made.
func parseSeq(text []byte) (origin uint8, number uint32, ok bool) {
	if len(text) == 0 || len(text) > 13 {
		return 0, 0, false
	}
	var v uint64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, 0, false
		}
		v = v*10 + uint64(c-'0')
	}
	return uint8(v), uint32(v >> 8), v < 1<<40
}

package credentials

import (
	"fmt"
	"strconv"
	"strings"
)

// Slot is a place in a text that is filled in for each client.
type Slot uint8

// The slots.
const (
	NoSlot Slot = iota
	Client      // the client's name
	Number      // the client's number among all of the run
	Room        // the client's room, empty for none
	Column      // its value in a column of the table
)

// Part is a stretch of literal text, then a slot.
type Part struct {
	Literal string
	Slot    Slot
	Column  int // of Column: the place in a row
}

// Text is a text with slots. The zero Text is empty.
type Text []Part

// Format keeps the secrets out of whatever is printed.
func (Text) Format(f fmt.State, _ rune) { fmt.Fprint(f, mask) }

// Fill returns the text for a client.
func (t Text) Fill(who Who) string {
	if len(t) == 1 { // the usual: nothing to put together
		return t[0].Literal + who.slot(t[0])
	}
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.Literal)
		b.WriteString(who.slot(p))
	}
	return b.String()
}

func (w *Who) slot(p Part) string {
	switch p.Slot {
	case Client:
		return w.Name
	case Number:
		return strconv.Itoa(w.Number)
	case Room:
		return w.Room
	case Column:
		if p.Column >= 0 && p.Column < len(w.Row) {
			return w.Row[p.Column]
		}
	}
	return ""
}

package events

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/muesli/termenv"

	"github.com/imbench/imbench/report"
)

// Options say how a story is laid out.
type Options struct {
	Color bool
}

// Tell writes the story of one client, a line for each thing that happened to
// it: when, from second 0; how long after the last fault; and what. Heartbeats
// that were answered share a line, and a time in which nothing happened is said
// in words. It reports whether the file has anything about the client. The error
// is in's or w's.
func Tell(w io.Writer, in io.Reader, client int, o Options) (found bool, trouble Trouble, err error) {
	s := story{out: &lines{w: w, color: o.Color}, client: client}
	trouble, err = Scan(in, client, s.take)
	s.drain(0)
	s.begin(0, false)
	s.flushBeats()
	return s.found, trouble, cmp.Or(err, s.out.err)
}

// A file's lines may be out of order by a little: several goroutines write it.
const disorder = 256

// earlyMost bounds what is kept of a client before second 0 is known.
const earlyMost = 10_000

// story puts a client's events in order, and tells them.
type story struct {
	out    *lines
	client int
	found  bool

	waiting  []told // not told yet, because an earlier event may follow; by time
	begun    bool   // second 0 is known, or will not be
	known    bool   // it is known
	early    []told // before that
	opened   bool   // the story has begun
	zeroTold bool   // second 0 was told of
	zero     time.Duration

	beats beats
	last  time.Duration // the last line's time
	any   bool          // there is a last line
	life  life
}

// told is an event to be told, with what its line says: the line itself is
// gone by then.
type told struct {
	at      time.Duration
	kind    string
	details []Detail
}

// life is what a story has to remember of what happened before.
type life struct {
	fault      string
	faultAt    time.Duration
	struck     bool
	outSince   time.Duration // when service ended for it
	served     bool          // there was service again
	dialledAt  time.Duration
	lostAt     time.Duration // when the last connection was declared dead
	lost       bool
	everOnline bool
	tries      int // since the connection was lost
}

func (s *story) take(e Event) {
	if e.Client == Nobody && e.Kind != "begin" {
		return // about others
	}
	if e.Client != Nobody {
		s.found = true
	}
	t := told{at: e.At, kind: e.Kind}
	if e.Kind != "beat" && e.Kind != "beat_answered" {
		t.details = e.Details()
	}
	i, _ := slices.BinarySearchFunc(s.waiting, t.at, func(w told, at time.Duration) int {
		if w.at <= at { // what was written first is told first
			return -1
		}
		return 1
	})
	s.waiting = slices.Insert(s.waiting, i, t)
	s.drain(disorder)
}

// drain tells what waits, but for the last keep.
func (s *story) drain(keep int) {
	for len(s.waiting) > keep {
		t := s.waiting[0]
		s.waiting = s.waiting[:copy(s.waiting, s.waiting[1:])]
		switch {
		case t.kind == "begin":
			s.begin(t.at, true)
		case s.begun:
			s.tell(t)
		case len(s.early) < earlyMost:
			s.early = append(s.early, t)
		default:
			s.begin(0, false)
			s.tell(t)
		}
	}
}

// begin tells what came before second 0, now that it is known, or never will be.
func (s *story) begin(zero time.Duration, known bool) {
	if s.begun {
		return
	}
	s.begun, s.known, s.zero = true, known, zero
	for _, t := range s.early {
		s.tell(t)
	}
	s.early = nil
	if s.opened {
		s.flushBeats()
		s.beginning()
	}
}

// open writes what stands above a story, when its first event is told.
func (s *story) open(at time.Duration) {
	s.opened = true
	from := "second 0"
	if !s.known {
		from = "when the run was set up (it has no second 0)"
	}
	s.out.head(s.client, from)
	if at >= s.zero {
		s.beginning()
	}
}

// beginning tells of second 0.
func (s *story) beginning() {
	if s.known && !s.zeroTold {
		s.zeroTold = true
		s.line(s.zero, plainRow, "the run begins")
	}
}

// tell tells one event.
func (s *story) tell(t told) {
	if !s.opened {
		s.open(t.at)
	}
	if t.kind == "beat" || t.kind == "beat_answered" {
		s.beats.add(t)
		return
	}
	s.flushBeats()
	style, text := s.words(t)
	s.line(t.at, style, text)
}

// line writes a line of the story, and before it how long nothing happened.
func (s *story) line(at time.Duration, style row, text string) {
	if gap := at - s.last; s.any && gap > s.remarkable() {
		s.out.gap(gap)
	}
	since := ""
	if s.life.struck && at >= s.life.faultAt {
		since = "+" + clock(at-s.life.faultAt)
	}
	s.out.row(clock(at-s.zero), since, style, text)
	s.last, s.any = max(s.last, at), true
}

// remarkable is from when on nothing happening is worth a line.
func (s *story) remarkable() time.Duration {
	return max(time.Second, s.beats.every*3/2)
}

func (s *story) flushBeats() {
	from, to, text, ok := s.beats.take(s.zero)
	if !ok {
		return
	}
	s.line(from, faintRow, text)
	s.last = max(s.last, to)
}

// beats is a stretch of heartbeats.
type beats struct {
	from, to      time.Duration // the first and the last sign of it
	sentAt        time.Duration // the last beat
	sent, answers int
	owed          int           // answers not seen yet, of this stretch and the one before
	slowest       time.Duration // answer
	every         time.Duration // the time between the last two beats; kept
}

func (b *beats) add(t told) {
	if b.sent+b.answers == 0 {
		b.from = t.at
	}
	b.to = max(b.to, t.at)
	if t.kind == "beat_answered" {
		b.answers++
		if b.owed > 0 {
			b.owed--
			b.slowest = max(b.slowest, t.at-b.sentAt)
		}
		return
	}
	if b.sent > 0 {
		b.every = t.at - b.sentAt
	}
	b.sent++
	b.owed++
	b.sentAt = t.at
}

// take ends the stretch and says what it was.
func (b *beats) take(zero time.Duration) (from, to time.Duration, text string, ok bool) {
	if b.sent+b.answers == 0 {
		return 0, 0, "", false
	}
	from, to = b.from, b.to
	quick := ""
	if b.slowest > 0 {
		quick = " within " + report.Millis(millis(b.slowest))
	}
	many := "beats"
	if b.sent == 1 {
		many = "beat"
	}
	switch missing := b.sent - b.answers; {
	case b.sent == 0:
		text = fmt.Sprintf("%d late answers to earlier beats", b.answers)
		if b.answers == 1 {
			text = "a late answer to an earlier beat"
		}
	case missing <= 0:
		text = fmt.Sprintf("%d %s answered%s", b.sent, many, quick)
	case b.answers == 0:
		text = fmt.Sprintf("%d %s, no answer", b.sent, many)
	default:
		text = fmt.Sprintf("%d %s, %d answered%s", b.sent, many, b.answers, quick)
	}
	if b.sent > 1 {
		text += ", until " + clock(b.to-zero)
	}
	*b = beats{sentAt: b.sentAt, owed: min(b.owed, 1), every: b.every}
	return from, to, text, true
}

// clock writes a time of the run in seconds, to the millisecond.
func clock(d time.Duration) string {
	return strconv.FormatFloat(d.Round(time.Millisecond).Seconds(), 'f', 3, 64) + " s"
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// row is what kind of line it is, and so how it is painted.
type row uint8

const (
	plainRow row = iota
	faintRow
	goodRow
	badRow
	faultRow
)

// lines writes a story's lines, and keeps the first error.
type lines struct {
	w     io.Writer
	color bool
	err   error
}

// timeWidth is a column of times, in characters.
const timeWidth = 11

func (l *lines) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(l.w, format, args...); err != nil && l.err == nil {
		l.err = err
	}
}

func (l *lines) head(client int, from string) {
	l.printf("%s\n\n", l.paint(faultRow, "client "+strconv.Itoa(client))+l.paint(faintRow, "   times count from "+from+", + from the last fault"))
}

func (l *lines) row(at, since string, style row, text string) {
	l.printf("%*s  %s  %s\n", timeWidth, at, l.paint(faintRow, fmt.Sprintf("%*s", timeWidth, since)), l.paint(style, text))
}

func (l *lines) gap(d time.Duration) {
	l.printf("%s\n", l.paint(faintRow, fmt.Sprintf("%*s  … %s without any event", 2*timeWidth+2, "", report.Millis(millis(d)))))
}

func (l *lines) paint(style row, text string) string {
	if !l.color {
		return text
	}
	t := termenv.String(text)
	switch style {
	case plainRow:
		return text
	case faintRow:
		t = t.Faint()
	case goodRow:
		t = t.Foreground(termenv.ANSIGreen)
	case badRow:
		t = t.Foreground(termenv.ANSIRed)
	case faultRow:
		t = t.Bold()
	}
	return t.String()
}

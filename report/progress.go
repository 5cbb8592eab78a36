package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/muesli/termenv"
)

// ProgressOptions say where progress is shown.
type ProgressOptions struct {
	TTY   bool                       // a terminal on which the cursor can move: not when TERM is dumb
	Color bool                       // TTY only
	Size  func() (columns, rows int) // of the terminal, asked for each time; nil or 0: 80 by 24
	Every time.Duration              // between plain lines, by Elapsed; 0 is 5 s
}

// Progress shows how a run goes on: on a terminal a few lines that are drawn
// over in place, never more than it has rows, elsewhere a plain line now and
// then and at each change of phase. Failing writes are ignored: a run does not end because nobody
// watches. Safe for concurrent use.
type Progress struct {
	mu     sync.Mutex
	w      io.Writer
	o      ProgressOptions
	drawn  []int         // columns of each line on the screen
	frame  []string      // those lines, to draw again
	view   view          // what was shown last
	looked time.Duration // when Running was last asked, by Elapsed
	done   bool
	phase  string        // of the last plain line
	at     time.Duration // of the last plain line
	warned int           // warnings told in plain lines
}

// NewProgress shows progress on w, usually standard error.
func NewProgress(w io.Writer, o ProgressOptions) *Progress {
	if o.Every <= 0 {
		o.Every = 5 * time.Second
	}
	return &Progress{w: w, o: o}
}

// Update shows s. On a terminal it draws each time, so callers choose the
// pace; elsewhere it says something when it is time to. After Done it does
// nothing.
func (p *Progress) Update(s Snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.done:
	case p.o.TTY:
		p.draw(s)
	default:
		p.tell(s)
	}
}

// Write prints text of others, such as log lines, above the progress lines, so
// that neither writes into the other. Text should end its lines.
func (p *Progress) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.drawn) == 0 {
		return p.w.Write(text)
	}
	if _, err := fmt.Fprintf(p.w, "%s%s%s", p.home()+eraseBelow, text, p.paint()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Done takes the progress lines off the screen, for the report to follow.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.drawn) > 0 {
		_, _ = io.WriteString(p.w, p.home()+eraseBelow)
		p.drawn = nil
	}
	p.done = true
}

const (
	eraseRight = termenv.CSI + termenv.EraseLineRightSeq
	eraseBelow = termenv.CSI + "0J"
)

// draw replaces the lines on the screen by those of s, in one write and
// without erasing first, so nothing flickers.
func (p *Progress) draw(s Snapshot) {
	p.remember(s)
	home, size := p.home(), p.size()
	p.frame, p.drawn = nil, nil
	for _, line := range p.view.frame(size) {
		text, used := palette(p.o.Color).fit(line, size.columns-1) // the last column would wrap
		p.frame, p.drawn = append(p.frame, text), append(p.drawn, used)
	}
	_, _ = io.WriteString(p.w, home+p.paint())
}

// longestMemory is how many snapshots the trend of the clients goes back.
const longestMemory = 60

// lookEvery is how often a run is looked at more closely, which takes it a few
// milliseconds.
const lookEvery = 2 * time.Second

// remember makes s the view, with what is kept from before and what the run
// tells when it is looked at.
func (p *Progress) remember(s Snapshot) {
	v := &p.view
	changed := s.Phase != v.Phase
	v.Snapshot = s
	if v.online = append(v.online, s.Fewest); len(v.online) > longestMemory {
		v.online = v.online[1:]
	}
	if s.Running != nil && (changed || s.Elapsed >= p.looked+lookEvery) {
		p.looked = s.Elapsed
		v.thresholds = s.Running.Thresholds()
		v.p50, v.p99, _ = s.Running.Times(Delivery)
	}
}

// paint is the frame from where the cursor is; it leaves the cursor at the end
// of the last line.
func (p *Progress) paint() string {
	return strings.Join(p.frame, eraseRight+"\n") + eraseRight + eraseBelow
}

// home takes the cursor to the first column of the first line drawn. When the
// terminal has become narrower since, lines take several rows each.
func (p *Progress) home() string {
	if len(p.drawn) == 0 {
		return ""
	}
	rows, width := 0, p.size().columns
	for _, used := range p.drawn {
		rows += max(1, (used+width-1)/width)
	}
	if rows == 1 {
		return "\r"
	}
	return "\r" + fmt.Sprintf(termenv.CSI+termenv.CursorUpSeq, rows-1)
}

func (p *Progress) size() size {
	const least = 16
	s := size{defaultWidth, 24}
	if p.o.Size == nil {
		return s
	}
	if columns, rows := p.o.Size(); columns > 0 && rows > 0 {
		return size{max(columns, least), rows}
	}
	return s
}

// tell prints s as a line when there is a new phase, or enough time is gone,
// and each warning once.
func (p *Progress) tell(s Snapshot) {
	var b strings.Builder
	if s.Phase != p.phase || s.Elapsed >= p.at+p.o.Every {
		p.phase, p.at = s.Phase, s.Elapsed
		b.WriteString(s.line() + "\n")
	}
	for ; p.warned < len(s.Warnings); p.warned++ {
		b.WriteString("warning: " + shorten(clean(s.Warnings[p.warned]), longest) + "\n")
	}
	if b.Len() > 0 {
		_, _ = io.WriteString(p.w, b.String())
	}
}

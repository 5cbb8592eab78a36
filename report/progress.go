package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/muesli/termenv"
)

// The phases of a run.
const (
	PhaseConnecting = "connecting"
	PhaseRunning    = "running"
	PhaseDraining   = "draining"
)

// Snapshot is a run as it stands.
type Snapshot struct {
	Phase          string        // one of the phases
	Elapsed        time.Duration // since second 0; while connecting, since the first dial
	Total          time.Duration // when Elapsed will stop; 0 is not known
	Connected      int           // clients online now
	Clients        int           // clients in all
	Disconnected   int           // disconnects so far
	SentPerS       float64       // messages, in the last second
	DeliveredPerS  float64       // deliveries, in the last second
	DeliveryP50    time.Duration // of the last second; 0 when nothing came
	DeliveryP99    time.Duration
	LagP99         time.Duration
	FaultsUnderWay []string
	NextFault      string // "" when none is to come
	NextFaultIn    time.Duration
	Warnings       []string // all so far
}

// ProgressOptions say where progress is shown.
type ProgressOptions struct {
	TTY   bool          // a terminal on which the cursor can move: not when TERM is dumb
	Color bool          // TTY only
	Width func() int    // of the terminal in columns, asked for each time; nil or 0: 80
	Every time.Duration // between plain lines, by Elapsed; 0 is 5 s
}

// Progress shows how a run goes on: on a terminal up to three lines that are
// drawn over in place, elsewhere a plain line now and then and at each change
// of phase. Failing writes are ignored: a run does not end because nobody
// watches. Safe for concurrent use.
type Progress struct {
	mu     sync.Mutex
	w      io.Writer
	o      ProgressOptions
	drawn  []int    // columns of each line on the screen
	frame  []string // those lines, to draw again
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
	home, width := p.home(), p.width()
	p.frame, p.drawn = nil, nil
	for _, line := range s.frame(width) {
		text, used := palette(p.o.Color).fit(line, width-1) // the last column would wrap
		p.frame, p.drawn = append(p.frame, text), append(p.drawn, used)
	}
	_, _ = io.WriteString(p.w, home+p.paint())
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
	rows, width := 0, p.width()
	for _, used := range p.drawn {
		rows += max(1, (used+width-1)/width)
	}
	if rows == 1 {
		return "\r"
	}
	return "\r" + fmt.Sprintf(termenv.CSI+termenv.CursorUpSeq, rows-1)
}

func (p *Progress) width() int {
	const least = 16
	if p.o.Width != nil {
		if w := p.o.Width(); w > 0 {
			return max(w, least)
		}
	}
	return defaultWidth
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

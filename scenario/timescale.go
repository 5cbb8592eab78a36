package scenario

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
)

// A scenario is a story, told on the story's clock. With a time_scale the run
// has another clock: what takes a minute of the story takes time_scale minutes
// of the run. Load multiplies once, so that whoever reads the effective
// scenario sees the run's clock and needs to know nothing of this.

// mostTimeScale bounds time_scale; whoever wants a story slower than that has
// a run that nobody waits for.
const mostTimeScale = 1000

func (s *Scenario) scaled() bool { return s.TimeScale != 1 && s.TimeScale > 0 }

// asWritten is the scenario on the story's clock.
func (s *Scenario) asWritten() *Scenario {
	if s.story != nil {
		return s.story
	}
	return s
}

// Story returns how long d of the run is on the story's clock, to the
// microsecond.
func (s *Scenario) Story(d time.Duration) time.Duration {
	if !s.scaled() {
		return d
	}
	return time.Duration(math.Round(float64(d)/s.TimeScale/1e3)) * time.Microsecond
}

// toRunClock multiplies the times of a story by its time_scale, and keeps the
// story as it was written.
func (d *decoder) toRunClock(s *Scenario) {
	if !s.scaled() || s.TimeScale > mostTimeScale {
		return
	}
	story := *s
	c := runClock{scale: s.TimeScale}
	s.Duration = c.atLeast(s.Duration, time.Millisecond, "duration")
	s.Clients = slices.Clone(s.Clients)
	for i := range s.Clients {
		c.group(&s.Clients[i])
	}
	s.Traffic.Stages = slices.Clone(s.Traffic.Stages)
	for i := range s.Traffic.Stages {
		st := &s.Traffic.Stages[i]
		st.For = c.atLeast(st.For, time.Millisecond, "a stage of the traffic")
	}
	s.Faults = slices.Clone(s.Faults)
	for i := range s.Faults {
		c.fault(&s.Faults[i])
	}
	s.story = &story
	d.check(c.wrong == "", "time_scale", strconv.FormatFloat(s.TimeScale, 'g', -1, 64)+" is too small: "+c.wrong, "write a larger one")
	d.check(s.Duration <= longestRun, "time_scale", "makes the run last "+unit.Duration(s.Duration), "a run lasts up to "+unit.Duration(longestRun))
}

// runClock turns times of the story into times of the run.
type runClock struct {
	scale float64
	wrong string // the first time that came out too short to be kept
}

// shortest is what a time that was above zero may become: one that became zero
// would mean something else.
const shortest = time.Microsecond

func (c *runClock) of(story time.Duration, what string) time.Duration {
	return c.atLeast(story, shortest, what)
}

func (c *runClock) atLeast(story, least time.Duration, what string) time.Duration {
	run := time.Duration(math.Round(float64(story) * c.scale))
	if story > 0 && run < least && c.wrong == "" {
		c.wrong = fmt.Sprintf("%s would be %s", what, unit.Duration(run))
	}
	return run
}

func (c *runClock) group(g *Group) {
	of := func(what string) string { return "group " + g.Name + "'s " + what }
	g.Heartbeat.Every = c.atLeast(g.Heartbeat.Every, time.Millisecond, of("heartbeat.every"))
	g.Heartbeat.Timeout = c.of(g.Heartbeat.Timeout, of("heartbeat.timeout"))
	g.Alive = c.of(g.Alive, of("alive"))
	r, wait := &g.Reconnect, of("reconnect wait")
	for _, d := range []*time.Duration{&r.Base, &r.Step, &r.Max, &r.Offset, &r.Jitter.Plus} {
		*d = c.of(*d, wait)
	}
	r.Steps = slices.Clone(r.Steps)
	for i := range r.Steps {
		r.Steps[i] = c.of(r.Steps[i], wait)
	}
	if r.FirstJitter != nil {
		first := *r.FirstJitter
		first.Plus = c.of(first.Plus, wait)
		r.FirstJitter = &first
	}
}

// fault leaves alone what a slow line does to single bytes (delay, jitter,
// gap): a line does not get faster because its story is told faster.
func (c *runClock) fault(f *faults.Config) {
	f.Every = c.atLeast(f.Every, time.Millisecond, f.Name+"'s every")
	f.At = time.Duration(math.Round(float64(f.At) * c.scale))
	for _, d := range []struct {
		time *time.Duration
		key  string
	}{{&f.For, "for"}, {&f.Down, "down"}, {&f.Up, "up"}, {&f.Idle, "idle"}, {&f.Lifetime, "lifetime"}} {
		*d.time = c.of(*d.time, f.Name+"'s "+d.key)
	}
}

var keyAndTime = regexp.MustCompile(`([a-z_]+): (\[[^]]*\]|[^][{},\s]+)`)

// withBothClocks puts the run's times as comments beside those of the story,
// both as encode prints them.
func withBothClocks(story, run []byte) []byte {
	a, b := strings.Split(string(story), "\n"), strings.Split(string(run), "\n")
	if len(a) != len(b) {
		return story
	}
	var out bytes.Buffer
	for i, line := range a {
		if line == "" && i == len(a)-1 {
			break
		}
		out.WriteString(line)
		if line != b[i] {
			out.WriteString(" # on the run's clock " + strings.Join(differing(line, b[i]), ", "))
		}
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// differing lists the keys of a line that have another value in b.
func differing(a, b string) (out []string) {
	was := keyAndTime.FindAllString(a, -1)
	for i, is := range keyAndTime.FindAllString(b, -1) {
		if i >= len(was) || was[i] != is {
			out = append(out, is)
		}
	}
	return out
}

package scenario

import (
	"cmp"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/imbench/imbench/internal/unit"
)

// The defaults, where no preset says otherwise.
const (
	defaultPreset         = "envelope"
	defaultReconnect      = "aws-full-jitter"
	defaultTTL            = time.Hour
	defaultClients        = 100
	defaultGroup          = "default"
	defaultConnectRate    = unit.Rate(500)
	defaultConnectTimeout = 10 * time.Second
	defaultDuration       = 30 * time.Second
	defaultDrain          = 5 * time.Second
	defaultSize           = unit.Size(200)
	defaultWithin         = 10 * time.Second
)

// complete fills in what the file leaves out.
func (d *decoder) complete(s *Scenario) {
	if !d.given("name") {
		s.Name = nameOf(s.File)
	}
	if !d.given("duration") {
		s.Duration = defaultDuration
	}
	if !d.given("drain") {
		s.Drain = defaultDrain
	}
	if !d.given("time_scale") {
		s.TimeScale = 1
	}
	if s.Target.Start != nil && !d.given("target.start.within") {
		s.Target.Start.Within = defaultWithin
	}
	if !d.given("clients") {
		s.Clients, d.groups = []Group{{Count: defaultClients}}, []string{"clients"}
	}
	if d.system = d.findSystem(s); d.system == nil { // reported; the rest is checked all the same
		d.system = d.understandPreset(defaultPreset)
		d.system.System = nil
	}
	for i := range s.Clients {
		d.completeGroup(&s.Clients[i], d.groups[i])
	}
	d.completeTraffic(s)
	d.nameFaults(s)
}

// nameOf is the scenario's name where it has none: the file's, without folder
// and extension.
func nameOf(file string) string {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".yaml"), ".yml")
	base = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, base)
	if base == "" || base == "." || base == "-" || base == "/" {
		return "scenario"
	}
	return base
}

func (d *decoder) completeGroup(g *Group, at string) {
	if single := !strings.HasSuffix(at, "]"); single { // not an item of a list
		if !d.given(child(at, "name")) {
			g.Name = defaultGroup
		}
		if !d.given(child(at, "count")) {
			g.Count = defaultClients
		}
	}
	if !d.given(child(at, "connect_rate")) {
		g.ConnectRate = defaultConnectRate
	}
	if !d.given(child(at, "connect_timeout")) {
		g.ConnectTimeout = defaultConnectTimeout
	}
	if j := g.Login.JWT; j != nil {
		d.completeJWT(j, child(child(at, "login"), "jwt"))
	}
	d.completeBehaviour(g, at)
	if !d.given(child(at, "reconnect")) {
		g.Reconnect = d.system.reconnect
		return
	}
	d.completeReconnect(&g.Reconnect, child(at, "reconnect"))
}

func (d *decoder) completeJWT(j *JWT, at string) {
	if !d.given(child(at, "alg")) {
		j.Alg = HS256
		if j.Key != "" {
			j.Alg = RS256
		}
	}
	if !d.given(child(at, "ttl")) {
		j.TTL = defaultTTL
	}
}

// completeReconnect fills in what a policy's map leaves out, and forgets the
// preset where the map changes what it says.
func (d *decoder) completeReconnect(r *Reconnect, at string) {
	if r.Backoff == Exponential && r.Factor == 0 && !d.given(child(at, "factor")) {
		r.Factor = 2
	}
	if r.Backoff == Linear && r.Step == 0 && !d.given(child(at, "step")) {
		r.Step = r.Base
	}
	if preset, ok := ReconnectByName(r.Preset); ok && !r.same(preset) {
		r.Preset = ""
	}
}

// completeTraffic lets the last stage last until the run's end where it does
// not say how long, and sends to the rooms where there are any, and as far as
// the protocol can.
func (d *decoder) completeTraffic(s *Scenario) {
	t := &s.Traffic
	if len(t.Stages) == 0 {
		return
	}
	if t.Arrivals == "" {
		t.Arrivals = Poisson
	}
	if !d.given("traffic.size") {
		t.Size = defaultSize
	}
	if t.To == "" {
		t.To = destination(d.system.traits(), s.Rooms != (Rooms{}))
	}
	var before time.Duration
	for _, st := range t.Stages[:len(t.Stages)-1] {
		before += max(0, min(st.For, longestRun))
	}
	last := len(t.Stages) - 1
	if !d.given(child(d.stagePath(last), "for")) {
		t.Stages[last].For = s.Duration - before
	}
}

// stagePath is where stage i stands: traffic may be a list of stages itself.
func (d *decoder) stagePath(i int) string {
	if p := index("traffic.stages", i); d.given(p) {
		return p
	}
	if p := index("traffic", i); d.given(p) {
		return p
	}
	return "traffic"
}

// nameFaults names the nameless after their kind: silence-1, silence-2.
func (d *decoder) nameFaults(s *Scenario) {
	taken := map[string]bool{}
	for _, f := range s.Faults {
		taken[f.Name] = true
	}
	for i := range s.Faults {
		f := &s.Faults[i]
		for n := 1; f.Name == "" && !d.given(child(index("faults", i), "name")); n++ {
			kind := strings.ReplaceAll(cmp.Or(string(f.Kind), "fault"), ".", "-") // a path has dots between keys
			if name := kind + "-" + strconv.Itoa(n); !taken[name] {
				f.Name, taken[name] = name, true
			}
		}
	}
}

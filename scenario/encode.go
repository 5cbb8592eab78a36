package scenario

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

// Marshal prints the effective scenario as YAML that loads to the same
// scenario: on the story's clock, with the run's beside it where they differ.
// Secrets print as Redacted has them.
func Marshal(s *Scenario) ([]byte, error) {
	out := encode(s.asWritten().Redacted(), withSeed)
	if s.story != nil {
		out = withBothClocks(out, encode(s.Redacted(), withSeed))
	}
	if len(out) > MaxFile {
		return nil, fmt.Errorf("print scenario: %d bytes are more than a scenario may have", len(out))
	}
	return out, nil
}

type seedMode int

const (
	withSeed seedMode = iota
	withoutSeed
)

// encode prints s as it is, secrets and all.
func encode(s *Scenario, seed seedMode) []byte {
	var w yamlWriter
	w.text("", "name", s.Name)
	if seed == withSeed {
		w.line("", "seed", strconv.FormatUint(s.Seed, 10))
	}
	w.target(s.Target)
	w.clients(s)
	switch {
	case s.Rooms.Size > 0:
		w.line("", "rooms", "{size: "+strconv.Itoa(s.Rooms.Size)+"}")
	case s.Rooms.Count > 0:
		w.line("", "rooms", "{count: "+strconv.Itoa(s.Rooms.Count)+"}")
	}
	w.traffic(s)
	w.list("", "faults", texts(s.Faults, faults.Config.String))
	w.line("", "duration", unit.Duration(s.Duration))
	w.line("", "drain", unit.Duration(s.Drain))
	if s.TimeScale != 1 {
		w.line("", "time_scale", strconv.FormatFloat(s.TimeScale, 'f', -1, 64))
	}
	w.list("", "thresholds", texts(s.Thresholds, func(t report.Threshold) string { return scalarText(t.String()) }))
	return w.Bytes()
}

func texts[T any](list []T, text func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = text(v)
	}
	return out
}

// yamlWriter writes block YAML, a key a line.
type yamlWriter struct{ bytes.Buffer }

func (w *yamlWriter) line(indent, key, yaml string) {
	w.WriteString(indent + scalarText(key) + ":")
	if yaml != "" {
		w.WriteString(" " + yaml)
	}
	w.WriteByte('\n')
}

// text writes a string unless it is empty.
func (w *yamlWriter) text(indent, key, s string) {
	if s != "" {
		w.line(indent, key, scalarText(s))
	}
}

// list writes one item a line, each YAML already.
func (w *yamlWriter) list(indent, key string, items []string) {
	if len(items) == 0 {
		return
	}
	w.line(indent, key, "")
	for _, item := range items {
		w.WriteString(indent + "  - " + item + "\n")
	}
}

// flow writes strings as a list on one line.
func (w *yamlWriter) flow(indent, key string, items []string) {
	if len(items) > 0 {
		w.line(indent, key, "["+strings.Join(texts(items, flowText), ", ")+"]")
	}
}

func (w *yamlWriter) table(indent, key string, m map[string]string) {
	if len(m) == 0 {
		return
	}
	w.line(indent, key, "")
	for _, k := range slices.Sorted(maps.Keys(m)) {
		w.line(indent+"  ", k, scalarText(m[k]))
	}
}

func (w *yamlWriter) target(t Target) {
	w.line("", "target", "")
	w.text("  ", "url", t.URL)
	w.text("  ", "preset", t.Preset)
	if t.Protocol != "" {
		w.line("  ", "protocol", "")
		for line := range strings.Lines(string(t.Protocol)) {
			w.WriteString("    " + line)
		}
		w.WriteByte('\n')
	}
	if s := t.Start; s != nil {
		w.line("  ", "start", "")
		w.flow("    ", "command", s.Command)
		w.text("    ", "dir", s.Dir)
		w.table("    ", "env", s.Env)
		w.text("    ", "ready", s.Ready)
		w.line("    ", "within", unit.Duration(s.Within))
	}
	w.flow("  ", "reference", t.Reference)
	if t.PID > 0 {
		w.line("  ", "pid", strconv.Itoa(t.PID))
	}
	w.table("  ", "headers", t.Headers)
	w.text("  ", "token", t.Token)
	if t.TLS != (TLS{}) {
		w.line("  ", "tls", "")
		w.text("    ", "ca", t.TLS.CA)
		w.line("    ", "insecure", strconv.FormatBool(t.TLS.Insecure))
	}
	w.flow("  ", "local_ips", t.LocalIPs)
}

func (w *yamlWriter) clients(s *Scenario) {
	var published protocol.Defects
	if s.System != nil {
		published = s.System.Behaviour.Defects
	}
	w.line("", "clients", "")
	if len(s.Clients) == 1 && s.Clients[0].Name == defaultGroup {
		w.group("  ", s.Clients[0], published)
		return
	}
	for _, g := range s.Clients {
		w.WriteString("  - name: " + scalarText(g.Name) + "\n")
		w.group("    ", g, published)
	}
}

func (w *yamlWriter) group(indent string, g Group, published protocol.Defects) {
	w.line(indent, "count", strconv.Itoa(g.Count))
	w.line(indent, "connect_rate", g.ConnectRate.String())
	w.line(indent, "connect_timeout", unit.Duration(g.ConnectTimeout))
	w.login(indent, g.Login)
	w.line(indent, "heartbeat", g.Heartbeat.String())
	if g.Alive > 0 {
		w.line(indent, "alive", unit.Duration(g.Alive))
	}
	w.line(indent, "reconnect", g.Reconnect.String())
	w.defects(indent, g.Defects, published)
}

func (w *yamlWriter) traffic(s *Scenario) {
	t := s.Traffic
	if len(t.Stages) == 0 {
		return
	}
	w.line("", "traffic", "")
	if len(t.Stages) == 1 && t.Stages[0].For == s.Duration {
		w.line("  ", "rate", t.Stages[0].Rate.String())
	} else {
		w.list("  ", "stages", texts(t.Stages, func(st Stage) string {
			return "{for: " + unit.Duration(st.For) + ", rate: " + st.Rate.String() + "}"
		}))
	}
	w.line("  ", "arrivals", t.Arrivals)
	w.line("  ", "size", t.Size.String())
	w.text("  ", "from", t.From)
	w.line("  ", "to", t.To)
}

// String prints the heartbeat as the YAML that it parses from.
func (h Heartbeat) String() string {
	switch {
	case h.Every == 0:
		return "none"
	case h.Timeout == 0:
		return "{every: " + unit.Duration(h.Every) + "}"
	default:
		return "{every: " + unit.Duration(h.Every) + ", timeout: " + unit.Duration(h.Timeout) + "}"
	}
}

var (
	plainFlow  = regexp.MustCompile(`^[A-Za-z./~_-][A-Za-z0-9_./@%+=~-]*$`)
	plainBlock = regexp.MustCompile(`^[A-Za-z./~_$][A-Za-z0-9_./@%+=~<>!{}$:-]*( [A-Za-z0-9_./@%+=~<>!{}$-]+)*$`)
	special    = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|~|-+|\.+|[.]?(inf|nan)|-.*|\.[0-9].*|---.*|.*:)$`)
)

// scalarText prints s such that YAML reads the same string in a block; quoted
// where it must be. Go's escapes are YAML's, too.
func scalarText(s string) string {
	if plainBlock.MatchString(s) && !special.MatchString(s) && !strings.Contains(s, ": ") {
		return s
	}
	return strconv.Quote(s)
}

// flowText is scalarText inside [ ] and { }.
func flowText(s string) string {
	if plainFlow.MatchString(s) && (!special.MatchString(s) || strings.HasPrefix(s, "--") && strings.Trim(s, "-") != "") {
		return s
	}
	return strconv.Quote(s)
}

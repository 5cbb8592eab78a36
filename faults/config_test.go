package faults

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/internal/unit"
)

var fifth = unit.Share{Percent: 20}

func TestAFaultIsValid(t *testing.T) {
	for name, f := range map[string]Config{
		"a silence that stays":                  {Kind: Silence, At: time.Second, Clients: fifth},
		"a silence that heals and comes again":  {Kind: Silence, Clients: fifth, For: 5 * time.Second, Every: 6 * time.Second},
		"a silence one way":                     {Kind: Silence, Group: "mobile", Direction: Outbound},
		"a reset of a group":                    {Kind: Reset, Group: "mobile"},
		"a share of a group":                    {Kind: Close, Group: "mobile", Clients: fifth},
		"a bye with a code":                     {Kind: Bye, Clients: fifth, Code: 1001},
		"a storm over everybody":                {Kind: Storm},
		"a storm over some, again and again":    {Kind: Storm, Clients: fifth, Every: time.Second},
		"a server frozen for a second":          {Kind: ServerFreeze, For: time.Second},
		"a server killed and started at once":   {Kind: ServerKill},
		"a server away for a while, repeatedly": {Kind: ServerRestart, For: time.Second, Every: time.Minute},
	} {
		if err := f.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.WithDefaults().Validate(); err != nil {
			t.Errorf("%s, with its defaults: %v", name, err)
		}
	}
}

func TestAWrongFaultSaysWhatIsWrongAndWhatIsRight(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault Config
		wrong []string // fields, in order
		says  string
	}{
		{"no kind", Config{}, []string{"kind"}, "silence, idle_expiry, reset, close, bye, storm, stall, latency, bandwidth, slice, flap, rebind, malformed, server.freeze, server.kill, server.restart"},
		{"a kind nearly right", Config{Kind: "server.frezze"}, []string{"kind"}, "did you mean server.freeze?"},
		{"a kind that is nothing like one", Config{Kind: "earthquake"}, []string{"kind"}, "write one of silence"},
		{"before the run", Config{Kind: Storm, At: -1}, []string{"at"}, "0s or later"},
		{"negative times", Config{Kind: Silence, Clients: fifth, For: -1, Every: -1}, []string{"for", "every"}, "leave it out"},
		{"a freeze without end", Config{Kind: ServerFreeze}, []string{"for"}, "like 1s"},
		{"again before it is over", Config{Kind: Silence, Clients: fifth, For: 5 * time.Second, Every: 5 * time.Second}, []string{"every"}, "more than 5s"},
		{"a reset that lasts", Config{Kind: Reset, Clients: fifth, For: 1}, []string{"for"}, "one moment"},
		{"a storm that lasts", Config{Kind: Storm, For: 1}, []string{"for"}, "one moment"},
		{"a direction for a close", Config{Kind: Close, Clients: fifth, Direction: Inbound}, []string{"direction"}, "only silence"},
		{"no such direction", Config{Kind: Silence, Clients: fifth, Direction: "up"}, []string{"direction"}, "both, inbound or outbound"},
		{"a code for a reset", Config{Kind: Reset, Clients: fifth, Code: 1000}, []string{"code"}, "only bye"},
		{"a code no client says", Config{Kind: Bye, Clients: fifth, Code: 1006}, []string{"code"}, "1000 or 1001"},
		{"nobody chosen", Config{Kind: Silence}, []string{"clients"}, "like 20% or 50"},
		{"clients of a server fault", Config{Kind: ServerKill, Clients: fifth, Group: "mobile"}, []string{"clients", "group"}, "leave `clients` out"},
		{"everything at once", Config{Kind: Reset, At: -1, For: 1, Direction: "up", Code: 5}, []string{"at", "for", "clients", "direction", "code"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := c.fault
			err := c.fault.Validate()
			if got := fields(err); !slices.Equal(got, c.wrong) {
				t.Errorf("wrong fields %v, want %v: %v", got, c.wrong, err)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q does not say %q", err, c.says)
			}
			if diff := cmp.Diff(before, c.fault); diff != "" {
				t.Errorf("Validate changed the fault: %s", diff)
			}
			if err := c.fault.WithDefaults().Validate(); err == nil {
				t.Error("defaults hide what is wrong")
			}
		})
	}
}

// fields lists the fields of all the FieldErrors in err.
func fields(err error) (names []string) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			names = append(names, fields(e)...)
		}
		return names
	}
	if field := (*FieldError)(nil); errors.As(err, &field) {
		names = append(names, field.Field)
	}
	return names
}

func TestDefaultsFillInWhatAScenarioMayLeaveOut(t *testing.T) {
	everybody := unit.Share{Percent: 100}
	for name, c := range map[string]struct{ given, want Config }{
		"a silence is both ways":        {Config{Kind: Silence, Name: "nat", Clients: fifth}, Config{Kind: Silence, Name: "nat", Clients: fifth, Direction: Both}},
		"a bye is code 1000":            {Config{Kind: Bye, Name: "b", Clients: fifth}, Config{Kind: Bye, Name: "b", Clients: fifth, Code: 1000}},
		"a storm takes everybody":       {Config{Kind: Storm, Name: "s"}, Config{Kind: Storm, Name: "s", Clients: everybody}},
		"a group alone is all of it":    {Config{Kind: Reset, Name: "r", Group: "g"}, Config{Kind: Reset, Name: "r", Group: "g", Clients: everybody}},
		"a nameless fault is called so": {Config{Kind: ServerKill}, Config{Kind: ServerKill, Name: "server.kill"}},
		"what is given stays as it is":  {Config{Kind: Silence, Name: "x", Clients: fifth, Direction: Inbound}, Config{Kind: Silence, Name: "x", Clients: fifth, Direction: Inbound}},
	} {
		if diff := cmp.Diff(c.want, c.given.WithDefaults()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAFaultPrintsAsItIsWritten(t *testing.T) {
	for text, f := range map[string]Config{
		"{name: nat, at: 10s, kind: silence, clients: 20%, for: 5s}":             {Name: "nat", At: 10 * time.Second, Kind: Silence, Clients: fifth, For: 5 * time.Second},
		"{name: lift, at: 1m, kind: silence, clients: 50, direction: inbound}":   {Name: "lift", At: time.Minute, Kind: Silence, Clients: unit.Share{Count: 50}, Direction: Inbound},
		"{name: bye, at: 1.5s, kind: bye, group: mobile, every: 1h, code: 1001}": {Name: "bye", At: 1500 * time.Millisecond, Kind: Bye, Group: "mobile", Every: time.Hour, Code: 1001},
		"{name: boom, at: 0s, kind: server.kill, for: 1m30s, every: 1h10m}":      {Name: "boom", Kind: ServerKill, For: 90 * time.Second, Every: 70 * time.Minute},
		`{name: "a: \"b\", {c}", at: 0s, kind: storm, group: "true"}`:            {Name: `a: "b", {c}`, Kind: Storm, Group: "true"},
	} {
		if got := f.String(); got != text {
			t.Errorf("printed as\n%s, want\n%s", got, text)
		}
		parsesTo(t, text, f)
	}
}

func FuzzAFaultParsesFromWhatItPrintsAs(f *testing.F) {
	for _, s := range []string{"nat", "null", "1", "1.5", "", "a b", "-", "~", "0x1f", "ü", "a#b", "\x00", "\u2028", "x\n", "1e3", "y"} {
		f.Add(s, int64(time.Minute), 3)
	}
	f.Fuzz(func(t *testing.T, name string, at int64, count int) {
		c := Config{
			Name: strings.ToValidUTF8(name, "?"), Group: strings.ToValidUTF8(name, "?"),
			Kind: Silence, At: time.Duration(at), Clients: unit.Share{Count: max(count, 1)},
		}
		parsesTo(t, c.String(), c)
	})
}

func parsesTo(t *testing.T, text string, want Config) {
	t.Helper()
	var got Config
	if err := yaml.Unmarshal([]byte(text), &got); err != nil {
		t.Errorf("%s does not parse: %v", text, err)
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s parses to something else: %s", text, diff)
	}
}

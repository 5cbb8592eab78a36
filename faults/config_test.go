package faults

import (
	"errors"
	"reflect"
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
		"a box by name":                         {Kind: IdleExpiry, Clients: fifth, Box: "aws-nlb"},
		"a box of one's own":                    {Kind: IdleExpiry, Clients: fifth, Idle: time.Minute, Expiry: ExpireResetBoth, Counts: CountData, Ghost: []string{"presence", "probe"}},
		"a box that only ends what is old":      {Kind: IdleExpiry, Clients: fifth, Lifetime: 2 * time.Hour, Expiry: ExpireClose},
		"a box for a while, again and again":    {Kind: IdleExpiry, Clients: fifth, Box: "nginx", For: time.Minute, Every: time.Hour},
		"latency one way":                       {Kind: Latency, Clients: fifth, Direction: Inbound, Delay: 100 * time.Millisecond, Jitter: 100 * time.Millisecond},
		"a thin line for a while":               {Kind: Bandwidth, Clients: fifth, Rate: 16000, For: time.Minute},
		"small pieces":                          {Kind: Slice, Clients: fifth, Size: 10, Gap: time.Millisecond},
		"a slow consumer":                       {Kind: SlowConsumer, Clients: fifth, Buffer: 8000, For: time.Second},
		"a flap of silence":                     {Kind: Flap, Of: Silence, Clients: fifth, Down: 5 * time.Second, Up: 10 * time.Second, Direction: Inbound, Ghost: []string{"none"}},
		"a flap of latency, of one cycle":       {Kind: Flap, Of: Latency, Clients: fifth, Down: 5 * time.Second, Up: 10 * time.Second, For: 15 * time.Second, Delay: 1},
		"a flap of resets":                      {Kind: Flap, Of: Reset, Clients: fifth, Up: time.Second},
		"a flap of byes":                        {Kind: Flap, Of: Bye, Clients: fifth, Up: time.Second, Code: 1001},
		"a rebind":                              {Kind: Rebind, Clients: fifth, Ghost: []string{"probe"}},
		"malformed frames, all forms":           {Kind: Malformed, Clients: fifth},
		"malformed frames of two forms":         {Kind: Malformed, Clients: fifth, Forms: []string{"bad-utf8", "unmasked"}, Every: time.Second},
		"a stall for a silence":                 {Kind: Silence, Clients: fifth, Mechanism: Stall},
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
		{"a middlebox nearly right", Config{Kind: IdleExpiry, Clients: fifth, Box: "aws-nbl"}, []string{"box"}, "did you mean aws-nlb?"},
		{"a middlebox nobody knows", Config{Kind: IdleExpiry, Clients: fifth, Box: "toaster", Idle: 1}, []string{"box"}, "write one of aws-alb"},
		{"no idle time", Config{Kind: IdleExpiry, Clients: fifth}, []string{"idle"}, "or a `box`, like aws-nlb"},
		{"idle and lifetime below nothing", Config{Kind: IdleExpiry, Clients: fifth, Idle: -1, Lifetime: -1}, []string{"idle", "lifetime"}, "like 2h"},
		{"no such expiry", Config{Kind: IdleExpiry, Clients: fifth, Idle: 1, Expiry: "reset-clients"}, []string{"expiry"}, "did you mean reset-client?"},
		{"nothing that counts", Config{Kind: IdleExpiry, Clients: fifth, Idle: 1, Counts: "bytes"}, []string{"counts"}, "packets, data, server-data"},
		{"again, though it lasts to the end", Config{Kind: IdleExpiry, Clients: fifth, Idle: 1, Every: 1}, []string{"every"}, "leave `every` out"},
		{"latency without a delay", Config{Kind: Latency, Clients: fifth}, []string{"delay"}, "like 100ms"},
		{"bytes that arrive before they are sent", Config{Kind: Latency, Clients: fifth, Delay: 1, Jitter: 2}, []string{"jitter"}, "write at most 1ns"},
		{"jitter below nothing", Config{Kind: Latency, Clients: fifth, Delay: 1, Jitter: -2}, []string{"jitter"}, "leave it out"},
		{"a delay below nothing", Config{Kind: Latency, Clients: fifth, Delay: -1}, []string{"delay"}, "is negative"},
		{"a delay for ever", Config{Kind: Latency, Clients: fifth, Delay: 25 * time.Hour}, []string{"delay"}, "more than a day"},
		{"bandwidth without a rate", Config{Kind: Bandwidth, Clients: fifth}, []string{"rate"}, "like 16KB/s"},
		{"slices of nothing", Config{Kind: Slice, Clients: fifth, Gap: -1}, []string{"size", "gap"}, "like 10B"},
		{"a buffer below nothing", Config{Kind: SlowConsumer, Clients: fifth, Buffer: -1}, []string{"buffer"}, "like 4KB"},
		{"a flap of nothing", Config{Kind: Flap, Clients: fifth, Up: 1}, []string{"of"}, "silence, stall, latency"},
		{"a flap of a misspelt kind", Config{Kind: Flap, Of: "rest", Clients: fifth, Up: 1}, []string{"of"}, "did you mean reset?"},
		{"a flap of a flap", Config{Kind: Flap, Of: Flap, Clients: fifth, Up: 1}, []string{"of"}, "flap does not flap"},
		{"a flap of a server fault", Config{Kind: Flap, Of: ServerKill, Clients: fifth, Up: 1}, []string{"of"}, "does not flap"},
		{"a flap that is always on, or off", Config{Kind: Flap, Of: Silence, Clients: fifth}, []string{"down", "up"}, "how long silence is on"},
		{"a flap that keeps a reset down", Config{Kind: Flap, Of: Reset, Clients: fifth, Down: 1, Up: 1}, []string{"down"}, "leave `down` out"},
		{"a flap shorter than a cycle", Config{Kind: Flap, Of: Silence, Clients: fifth, Down: 5 * time.Second, Up: 5 * time.Second, For: 9 * time.Second}, []string{"for"}, "10s is; write at least that"},
		{"a flap without what it repeats needs", Config{Kind: Flap, Of: Bandwidth, Clients: fifth, Down: 1, Up: 1}, []string{"rate"}, "above 0"},
		{"a flap with another kind's keys", Config{Kind: Flap, Of: Silence, Clients: fifth, Down: 1, Up: 1, Delay: 1}, []string{"delay"}, "only latency has a delay"},
		{"no such form", Config{Kind: Malformed, Clients: fifth, Forms: []string{"bad-jsn", "unmasked", "unmasked"}}, []string{"forms", "forms"}, "did you mean bad-json?"},
		{"ghosts watched by nobody and somebody", Config{Kind: Silence, Clients: fifth, Ghost: []string{"none", "probe"}}, []string{"ghost"}, "[none] alone"},
		{"ghosts of a reset", Config{Kind: Reset, Clients: fifth, Ghost: []string{"probe"}}, []string{"ghost"}, "only silence, idle_expiry and rebind have ghosts"},
		{"no such mechanism", Config{Kind: Silence, Clients: fifth, Mechanism: "md6"}, []string{"mechanism"}, "did you mean md5?"},
		{"one that is not for choosing", Config{Kind: Silence, Clients: fifth, Mechanism: Held}, []string{"mechanism"}, "md5, minttl, stall"},
		{"md5 for one direction", Config{Kind: Silence, Clients: fifth, Mechanism: MD5, Direction: Inbound}, []string{"mechanism"}, "silences both"},
		{"a mechanism for what we hold back ourselves", Config{Kind: Silence, Clients: fifth, Mechanism: Stall, Direction: Outbound}, []string{"mechanism"}, "leave `mechanism` out"},
		{"keys of every other kind", Config{Kind: Reset, Clients: fifth, Of: Reset, Down: 1, Up: 1, Mechanism: MD5, Box: "nginx", Idle: 1, Expiry: ExpireClose, Counts: CountData,
			Lifetime: 1, Delay: 1, Jitter: 1, Rate: 1, Size: 1, Gap: 1, Buffer: 1, Forms: []string{"unmasked"}},
			[]string{"of", "down", "up", "mechanism", "box", "idle", "expiry", "counts", "lifetime", "delay", "jitter", "rate", "size", "gap", "buffer", "forms"}, "only stall has a buffer"},
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
		"a box settles what is left out": {Config{Kind: IdleExpiry, Name: "b", Clients: fifth, Box: "aws-apigw-websocket", Expiry: ExpireSilent},
			Config{Kind: IdleExpiry, Name: "b", Clients: fifth, Box: "aws-apigw-websocket", Idle: 10 * time.Minute, Lifetime: 2 * time.Hour, Expiry: ExpireSilent, Counts: CountData}},
		"without a box it is a silent NAT": {Config{Kind: IdleExpiry, Name: "b", Clients: fifth, Idle: time.Minute},
			Config{Kind: IdleExpiry, Name: "b", Clients: fifth, Idle: time.Minute, Expiry: ExpireSilent, Counts: CountPackets}},
		"a slow consumer's buffer is small": {Config{Kind: SlowConsumer, Name: "s", Clients: fifth}, Config{Kind: SlowConsumer, Name: "s", Clients: fifth, Buffer: DefaultBuffer}},
		"malformed frames are of all forms": {Config{Kind: Malformed, Name: "m", Clients: fifth}, Config{Kind: Malformed, Name: "m", Clients: fifth, Forms: Forms()}},
		"a flap has its inner kind's":       {Config{Kind: Flap, Of: Silence, Name: "f", Clients: fifth}, Config{Kind: Flap, Of: Silence, Name: "f", Clients: fifth, Direction: Both}},
		"what is given stays as it is":      {Config{Kind: Silence, Name: "x", Clients: fifth, Direction: Inbound}, Config{Kind: Silence, Name: "x", Clients: fifth, Direction: Inbound}},
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
		"{name: nlb, at: 0s, kind: idle_expiry, clients: 20%, box: aws-nlb, idle: 5m50s, expiry: reset, counts: packets, lifetime: 2h, ghost: [presence, probe]}": {
			Name: "nlb", Kind: IdleExpiry, Clients: fifth, Box: "aws-nlb", Idle: 350 * time.Second, Expiry: ExpireReset, Counts: CountPackets,
			Lifetime: 2 * time.Hour, Ghost: []string{"presence", "probe"}},
		"{name: slow, at: 0s, kind: latency, clients: 20%, direction: outbound, delay: 100ms, jitter: 20ms}": {
			Name: "slow", Kind: Latency, Clients: fifth, Direction: Outbound, Delay: 100 * time.Millisecond, Jitter: 20 * time.Millisecond},
		"{name: thin, at: 0s, kind: bandwidth, clients: 20%, rate: 16KB/s}":                       {Name: "thin", Kind: Bandwidth, Clients: fifth, Rate: 16000},
		"{name: bits, at: 0s, kind: slice, clients: 20%, size: 10B, gap: 1ms}":                    {Name: "bits", Kind: Slice, Clients: fifth, Size: 10, Gap: time.Millisecond},
		"{name: full, at: 0s, kind: stall, clients: 20%, for: 5s, buffer: 4KB}":                   {Name: "full", Kind: SlowConsumer, Clients: fifth, For: 5 * time.Second, Buffer: 4000},
		"{name: odd, at: 0s, kind: malformed, clients: 20%, forms: [bad-json, unmasked]}":         {Name: "odd", Kind: Malformed, Clients: fifth, Forms: []string{"bad-json", "unmasked"}},
		"{name: move, at: 0s, kind: rebind, clients: 20%, ghost: [none]}":                         {Name: "move", Kind: Rebind, Clients: fifth, Ghost: []string{"none"}},
		"{name: dark, at: 0s, kind: silence, clients: 20%, mechanism: minttl}":                    {Name: "dark", Kind: Silence, Clients: fifth, Mechanism: MinTTL},
		"{name: lift, at: 1s, kind: flap, of: silence, clients: 20%, for: 1m, down: 5s, up: 10s}": {Name: "lift", At: time.Second, Kind: Flap, Of: Silence, Clients: fifth, For: time.Minute, Down: 5 * time.Second, Up: 10 * time.Second},
		`{name: "a: \"b\", {c}", at: 0s, kind: storm, group: "true"}`:                             {Name: `a: "b", {c}`, Kind: Storm, Group: "true"},
	} {
		if got := f.String(); got != text {
			t.Errorf("printed as\n%s, want\n%s", got, text)
		}
		parsesTo(t, text, f)
	}
}

func FuzzAFaultParsesFromWhatItPrintsAs(f *testing.F) {
	for _, s := range []string{"nat", "null", "1", "1.5", "", "a b", "-", "~", "0x1f", "ü", "a#b", "\x00", "\u2028", "x\n", "1e3", "y", "[a]", ", b: c"} {
		f.Add(s, int64(time.Minute), 3)
	}
	f.Fuzz(func(t *testing.T, name string, span int64, count int) {
		name, d := strings.ToValidUTF8(name, "?"), time.Duration(span)
		size := unit.Size(min(max(count, 1), 1<<40))
		c := Config{
			Name: name, At: d, Kind: Kind(name), Of: Kind(name), Clients: unit.Share{Count: max(count, 1)}, Group: name,
			For: d, Every: d, Down: d, Up: d,
			Direction: Direction(name), Mechanism: Mechanism(name), Code: count,
			Box: name, Idle: d, Expiry: Expiry(name), Counts: Counts(name), Lifetime: d,
			Delay: d, Jitter: d, Rate: unit.Bandwidth(size), Size: size, Gap: d, Buffer: size,
			Forms: []string{name, "x"}, Ghost: []string{name},
		}
		parsesTo(t, c.String(), c)
		_ = c.Validate()
		_ = c.WithDefaults().Validate()
	})
}

func TestEveryKeyIsPrinted(t *testing.T) {
	v := reflect.ValueOf(&Config{}).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"x"}))
		case reflect.Struct:
			f.Set(reflect.ValueOf(fifth))
		default:
			f.SetInt(1000)
		}
	}
	c, ok := v.Interface().(Config)
	if !ok {
		t.Fatal("not a Config")
	}
	parsesTo(t, c.String(), c)
}

func TestEveryKeyOfOnlySomeKindsIsHeldAgainstTheKind(t *testing.T) {
	common := []string{"name", "at", "kind", "clients", "group", "for", "every"}
	var owned []string
	for _, k := range (Config{}).keys() {
		owned = append(owned, k.name)
	}
	for f := range reflect.TypeFor[Config]().Fields() {
		key := f.Tag.Get("yaml")
		if slices.Contains(common, key) == slices.Contains(owned, key) {
			t.Errorf("%s is a key of all kinds, or of some: which?", key)
		}
	}
}

func TestAMechanismMustBeOfThisPlatform(t *testing.T) {
	for _, m := range []Mechanism{MD5, MinTTL} {
		f := Config{Kind: Silence, Clients: fifth, Mechanism: m}
		if err := f.validate([]Mechanism{Stall}); err == nil || !strings.Contains(err.Error(), "this platform has no "+string(m)+"; write stall") {
			t.Errorf("on a platform with stall alone, %s: %v", m, err)
		}
		if err := f.validate([]Mechanism{MD5, MinTTL, Stall}); err != nil {
			t.Errorf("on Linux, %s: %v", m, err)
		}
	}
}

func TestWhatAFlapRepeats(t *testing.T) {
	flap := Config{Name: "f", At: 5, Kind: Flap, Of: Latency, Clients: fifth, For: 60, Down: 5, Up: 10, Delay: 100 * time.Millisecond}
	want := Config{Name: "f", At: 5, Kind: Latency, Clients: fifth, Delay: 100 * time.Millisecond}
	if diff := cmp.Diff(want, flap.Inner()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, want.Inner()); diff != "" {
		t.Error(diff)
	}
}

func TestTheShapesOfAFault(t *testing.T) {
	late := Shape{Delay: 2, Jitter: 1}
	for name, c := range map[string]struct {
		fault    Config
		up, down Shape
	}{
		"both ways":               {Config{Kind: Latency, Delay: 2, Jitter: 1}, late, late},
		"outbound":                {Config{Kind: Latency, Direction: Outbound, Delay: 2, Jitter: 1}, late, Shape{}},
		"inbound":                 {Config{Kind: Latency, Direction: Inbound, Delay: 2, Jitter: 1}, Shape{}, late},
		"a flap, while it is on":  {Config{Kind: Flap, Of: Bandwidth, Rate: 5}, Shape{Rate: 5}, Shape{Rate: 5}},
		"slices":                  {Config{Kind: Slice, Size: 3, Gap: 4}, Shape{Slice: 3, Gap: 4}, Shape{Slice: 3, Gap: 4}},
		"a silence has no shape":  {Config{Kind: Silence}, Shape{}, Shape{}},
		"nor has a slow consumer": {Config{Kind: SlowConsumer, Buffer: 7}, Shape{}, Shape{}},
	} {
		if up, down := c.fault.Shapes(); up != c.up || down != c.down {
			t.Errorf("%s: %+v, %+v", name, up, down)
		}
	}
}

func TestEveryBoxIsAFaultAndInOrder(t *testing.T) {
	boxes := Boxes()
	for i, b := range boxes {
		if i > 0 && boxes[i-1].Name >= b.Name {
			t.Errorf("%s stands behind %s", b.Name, boxes[i-1].Name)
		}
		f := b.Fault()
		f.Clients = fifth
		if err := f.Validate(); err != nil || b.Source == "" {
			t.Errorf("%s: %v, from %q", b.Name, err, b.Source)
		}
		byName := Config{Name: b.Name, Kind: IdleExpiry, Clients: fifth, Box: b.Name}.WithDefaults()
		byName.Box = ""
		if diff := cmp.Diff(f.WithDefaults(), byName); diff != "" {
			t.Errorf("%s by its name is not what it is written out: %s", b.Name, diff)
		}
	}
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

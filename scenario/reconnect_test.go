package scenario

import (
	"math"
	"testing"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

const ms = time.Millisecond

// Draws at the ends of [0,1) and in the middle.
func lowest() float64  { return 0 }
func middle() float64  { return 0.5 }
func highest() float64 { return math.Nextafter(1, 0) }

func TestEveryReconnectPresetWaitsAsPublished(t *testing.T) {
	gaveUp := time.Duration(-1)
	for _, c := range []struct {
		preset string
		name   string
		n      int
		u      func() float64
		prev   time.Duration
		want   time.Duration
	}{
		{"none", "never tries", 0, middle, 0, gaveUp},
		{"aws-full-jitter", "may come back at once", 3, lowest, 0, 0},
		{"aws-full-jitter", "spreads over all of 1s · 2ⁿ", 3, middle, 0, 4 * time.Second},
		{"aws-full-jitter", "stays below the cap", 60, highest, 0, 30 * time.Second},
		{"aws-full-jitter", "never gives up", 1_000_000, middle, 0, 15 * time.Second},
		{"aws-equal-jitter", "waits at least half", 2, lowest, 0, 2 * time.Second},
		{"aws-equal-jitter", "and at most all of it", 2, highest, 0, 4 * time.Second},
		{"aws-equal-jitter", "is cut before it is spread", 9, lowest, 0, 15 * time.Second},
		{"aws-decorrelated", "begins between base and three times base", 0, lowest, 0, time.Second},
		{"aws-decorrelated", "begins between base and three times base, at the top", 0, highest, 0, 3 * time.Second},
		{"aws-decorrelated", "goes on from the previous wait", 1, middle, 5 * time.Second, 8 * time.Second},
		{"aws-decorrelated", "is cut at 30s", 9, highest, 30 * time.Second, 30 * time.Second},
		{"socketio", "spreads the first by half, down", 0, lowest, 0, 500 * ms},
		{"socketio", "spreads the first by half, up", 0, highest, 0, 1500 * ms},
		{"socketio", "may still be below the cap at the 4th try", 3, lowest, 0, 4 * time.Second},
		{"socketio", "is cut at the 4th try", 3, middle, 0, 5 * time.Second},
		{"socketio", "waits exactly 5s from the 5th try on, whatever the draw", 4, lowest, 0, 5 * time.Second},
		{"socketio", "waits exactly 5s from the 5th try on, at the top", 4, highest, 0, 5 * time.Second},
		{"centrifuge", "waits 500ms at least", 0, lowest, 0, 500 * ms},
		{"centrifuge", "and up to as much again", 0, highest, 0, time.Second},
		{"centrifuge", "is cut at 20s with the 500ms in it", 8, highest, 0, 20 * time.Second},
		{"centrifuge", "spreads over 20s, not more, late", 50, middle, 0, 10500 * ms},
		{"phoenix", "begins at 10ms", 0, middle, 0, 10 * ms},
		{"phoenix", "has 2s for the ninth", 8, middle, 0, 2 * time.Second},
		{"phoenix", "then 5s", 9, middle, 0, 5 * time.Second},
		{"phoenix", "for ever", 1000, middle, 0, 5 * time.Second},
		{"signalr", "tries at once", 0, middle, 0, 0},
		{"signalr", "waits 30s before the last", 3, middle, 0, 30 * time.Second},
		{"signalr", "gives up after four", 4, middle, 0, gaveUp},
		{"nats", "waits 2s", 0, lowest, 0, 2 * time.Second},
		{"nats", "and up to 100ms more", 59, middle, 0, 2050 * ms},
		{"nats", "gives up after sixty", 60, middle, 0, gaveUp},
		{"discord", "spreads the first over 2s", 0, middle, 0, time.Second},
		{"discord", "stops growing at 1024s", 9, middle, 0, 512 * time.Second},
		{"discord", "stays there", 30, middle, 0, 512 * time.Second},
		{"grpc", "waits a second less 20 %", 0, lowest, 0, 800 * ms},
		{"grpc", "grows by 1.6", 2, middle, 0, 2560 * ms},
		{"grpc", "is cut before it is spread, so up to 144s", 20, highest, 0, 144 * time.Second},
		{"mqttjs", "waits a second, always", 77, highest, 0, time.Second},
		{"actioncable", "waits 6s at first", 0, lowest, 0, 6 * time.Second},
		{"actioncable", "or up to twice that", 0, highest, 0, 12 * time.Second},
		{"actioncable", "then spreads by 15 %", 1, highest, 0, 7935 * ms},
		{"actioncable", "stops growing after ten", 11, lowest, 0, 24273 * ms},
		{"mars", "tries at once", 0, middle, 0, 0},
		{"mars", "then after a minute", 1, middle, 0, time.Minute},
		{"mars", "then every ten", 6, middle, 0, 10 * time.Minute},
		{"browser-ws", "tries at once, counting from 0", 0, middle, 0, 0},
		{"browser-ws", "waits 8s before the fifth", 4, middle, 0, 8 * time.Second},
		{"browser-ws", "gives up after five", 5, middle, 0, gaveUp},
		{"browser-ws-exponential", "waits a second first", 0, middle, 0, time.Second},
		{"browser-ws-exponential", "waits 16s before the fifth", 4, middle, 0, 16 * time.Second},
		{"browser-ws-exponential", "gives up after five", 5, middle, 0, gaveUp},
		{"socketio-chat", "spreads 2s by half", 0, lowest, 0, time.Second},
		{"socketio-chat", "waits exactly 10s before the fifth", 4, lowest, 0, 10 * time.Second},
		{"socketio-chat", "gives up after five", 5, middle, 0, gaveUp},
		{"heart-class", "waits 5s", 4, middle, 0, 5 * time.Second},
		{"heart-class", "gives up after five", 5, middle, 0, gaveUp},
		{"json-manager", "waits a second first", 0, middle, 0, time.Second},
		{"json-manager", "waits 5s before the fifth", 4, middle, 0, 5 * time.Second},
		{"json-manager", "gives up after five", 5, middle, 0, gaveUp},
		{"ionic-service", "waits 20s, without limit", 5000, middle, 0, 20 * time.Second},
	} {
		r, ok := ReconnectByName(c.preset)
		if !ok {
			t.Errorf("there is no preset %s", c.preset)
			continue
		}
		got, ok := r.Delay(c.n, c.prev, c.u)
		if !ok {
			got = gaveUp
		}
		if diff := got - c.want; diff < -ms || diff > ms {
			t.Errorf("%s %s: try %d waits %v, want %v", c.preset, c.name, c.n, got, c.want)
		}
	}
}

func TestSocketIOHasNoJitterLeftAtItsCap(t *testing.T) {
	r, _ := ReconnectByName("socketio")
	for n := 4; n < 100; n++ {
		for _, u := range []func() float64{lowest, middle, highest} {
			if d, _ := r.Delay(n, 0, u); d != 5*time.Second {
				t.Fatalf("try %d waits %v", n, d)
			}
		}
	}
}

func TestPoliciesStayWithinTheirBounds(t *testing.T) {
	for _, p := range ReconnectPresets() {
		r, previous := p.Reconnect, time.Duration(0)
		for n := range 2000 {
			for _, u := range []func() float64{lowest, middle, highest} {
				d, ok := r.Delay(n, previous, u)
				if d < 0 || d > LongestDelay {
					t.Fatalf("%s: try %d waits %v", p.Name, n, d)
				}
				if wantOK := r.Reconnects() && (r.Attempts == 0 || n < r.Attempts); ok != wantOK {
					t.Fatalf("%s: try %d: going on is %v", p.Name, n, ok)
				}
				previous = d
			}
		}
	}
}

func TestAPolicyWithoutACapStopsGrowingAtADay(t *testing.T) {
	r := Reconnect{Backoff: Exponential, Base: time.Second, Factor: 2}
	if d, ok := r.Delay(5000, 0, middle); !ok || d != LongestDelay {
		t.Errorf("waits %v", d)
	}
}

func TestTheZeroReconnectNeverComesBack(t *testing.T) {
	if _, ok := (Reconnect{}).Delay(0, 0, middle); ok {
		t.Error("it tries")
	}
}

func TestReconnectPresetsPrintAsTheirName(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range ReconnectPresets() {
		if p.Doc == "" || seen[p.Name] || p.Reconnect.String() != p.Name {
			t.Errorf("%s: doc %q, prints %s", p.Name, p.Doc, p.Reconnect)
		}
		seen[p.Name] = true
	}
}

func TestPresetsWrittenOutLoadToTheSamePolicy(t *testing.T) {
	for _, p := range ReconnectPresets() {
		own := p.Reconnect
		own.Preset = ""
		s, err := Load([]byte("clients: {reconnect: "+own.String()+"}"), "", Options{})
		if err != nil {
			t.Errorf("%s: %v", own, err)
			continue
		}
		if got := s.Clients[0].Reconnect; !got.same(own) {
			t.Errorf("%s: %s loads as %s", p.Name, own, got)
		}
	}
}

func TestEveryPresetNamesAReconnectPolicy(t *testing.T) {
	for _, p := range Presets() {
		if _, ok := ReconnectByName(p.Reconnect); !ok || p.Doc == "" {
			t.Errorf("%+v", p)
		}
	}
}

func TestJittersPrintAsWhatTheyParseFrom(t *testing.T) {
	for _, text := range []string{"none", "full", "equal", "±20%", "±12.5%", "+15%", "+150%", "-30%", "+100ms", "+2m"} {
		j, err := ParseJitter(text)
		if err != nil || j.String() != text {
			t.Errorf("%s prints as %s: %v", text, j, err)
		}
	}
	for text, want := range map[string]string{"+-20%": "±20%", "+/-20%": "±20%", "-100%": "full", "-50%": "equal", "+0%": "none"} {
		if j, err := ParseJitter(text); err != nil || j.String() != want {
			t.Errorf("%s prints as %s: %v", text, j, err)
		}
	}
	for _, text := range []string{"", "some", "20%", "±120%", "-120%", "100ms", "-100ms", "±5s", "+", "%", "+NaN%", "±-20%", "+-+5%"} {
		if j, err := ParseJitter(text); err == nil {
			t.Errorf("%q was taken for %s", text, j)
		}
	}
}

func TestDurationsPrintWithoutZeroParts(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0s", time.Minute: "1m", time.Hour: "1h", 90 * time.Second: "1m30s", 10 * time.Minute: "10m", time.Hour + time.Second: "1h0m1s"} {
		if got := unit.Duration(d); got != want {
			t.Errorf("%d prints as %s, want %s", d, got, want)
		}
	}
}

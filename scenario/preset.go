package scenario

import (
	"time"

	"github.com/imbench/imbench/protocol"
)

// ReconnectPreset is a published client's reconnect policy.
type ReconnectPreset struct {
	Name      string
	Doc       string // one line
	Reconnect Reconnect
}

// Preset is a system that imbench knows how to talk to, and what its clients
// do where a scenario says nothing.
type Preset struct {
	Name      string
	Doc       string // one line
	Heartbeat Heartbeat
	Alive     time.Duration
	Reconnect string // the name of a ReconnectPreset
	Defects   protocol.Defects
}

// Presets lists the systems that imbench knows, the default first.
func Presets() (list []Preset) {
	for _, s := range protocol.Systems() {
		list = append(list, presetOf(s))
	}
	return list
}

// PresetByName finds a system.
func PresetByName(name string) (Preset, bool) {
	s, ok := protocol.SystemByName(name)
	if !ok {
		return Preset{}, false
	}
	return presetOf(s), true
}

func presetOf(s *protocol.System) Preset {
	b := s.Behaviour
	return Preset{Name: s.Name, Doc: s.Doc, Alive: b.Alive, Reconnect: b.Reconnect, Defects: b.Defects,
		Heartbeat: Heartbeat{Every: b.Heartbeat.Every, Timeout: b.Heartbeat.Timeout}}
}

// ReconnectPresets lists the published reconnect policies. The caller owns the
// slice and what it points to.
func ReconnectPresets() []ReconnectPreset {
	exponential := func(base, longest time.Duration, j Jitter) Reconnect {
		return Reconnect{Backoff: Exponential, Base: base, Factor: 2, Max: longest, Jitter: j}
	}
	constant := func(d time.Duration, attempts int) Reconnect {
		return Reconnect{Backoff: Constant, Base: d, Attempts: attempts}
	}
	steps := func(unit time.Duration, ns ...int) (ds []time.Duration) {
		for _, n := range ns {
			ds = append(ds, time.Duration(n)*unit)
		}
		return ds
	}
	const ms = time.Millisecond
	half := Jitter{Below: 0.5, Above: 0.5}

	list := []ReconnectPreset{
		{"none", "never reconnects", Reconnect{Backoff: Never}},
		{"aws-full-jitter", "anything up to 1 s · 2ⁿ, at most 30 s (AWS Architecture Blog)", exponential(time.Second, 30*time.Second, fullJitter)},
		{"aws-equal-jitter", "half of 1 s · 2ⁿ, at most 30 s, and anything up to the other half", exponential(time.Second, 30*time.Second, equalJitter)},
		{"aws-decorrelated", "between 1 s and three times the previous wait, at most 30 s", Reconnect{Backoff: Decorrelated, Base: time.Second, Max: 30 * time.Second}},
		{"socketio", "1 s · 2ⁿ ± 50 %, then cut to 5 s: no jitter is left from the 5th try on", Reconnect{
			Backoff: Exponential, Base: time.Second, Factor: 2, Max: 5 * time.Second, Jitter: half, JitterFirst: true,
		}},
		{"centrifuge", "500 ms and anything up to 500 ms · 2ⁿ, at most 20 s", Reconnect{
			Backoff: Exponential, Base: 500 * ms, Factor: 2, Max: 20 * time.Second, Jitter: fullJitter, Offset: 500 * ms,
		}},
		{"phoenix", "10 ms to 2 s in nine steps, then every 5 s", Reconnect{
			Backoff: Steps, Steps: steps(ms, 10, 50, 100, 150, 200, 250, 500, 1000, 2000, 5000),
		}},
		{"signalr", "at once, 2 s, 10 s, 30 s, then gives up", Reconnect{
			Backoff: Steps, Steps: steps(time.Second, 0, 2, 10, 30), Attempts: 4,
		}},
		{"nats", "2 s and up to 100 ms more, 60 times", Reconnect{
			Backoff: Constant, Base: 2 * time.Second, Jitter: Jitter{Plus: 100 * ms}, Attempts: 60,
		}},
		{"discord", "anything up to 2 s · 2ⁿ, at most 1024 s", exponential(2*time.Second, 1024*time.Second, fullJitter)},
		{"grpc", "1 s · 1.6ⁿ, at most 120 s, ± 20 %", Reconnect{
			Backoff: Exponential, Base: time.Second, Factor: 1.6, Max: 120 * time.Second, Jitter: Jitter{Below: 0.2, Above: 0.2},
		}},
		{"mqttjs", "every second", constant(time.Second, 0)},
		{"actioncable", "6 s · 1.15ⁿ up to n = 10, and up to 15 % more; the first up to twice as long", Reconnect{
			Backoff: Exponential, Base: 6 * time.Second, Factor: 1.15, Max: 24_273_346_414, // 6 s · 1.15¹⁰
			Jitter: Jitter{Above: 0.15}, FirstJitter: &Jitter{Above: 1},
		}},
		{"mars", "at once, then after 1, 2, 4, 6, 8 and every 10 min (WeChat)", Reconnect{
			Backoff: Steps, Steps: steps(time.Second, 0, 60, 120, 240, 360, 480, 600),
		}},
		{"browser-ws", "at once, then 2, 4, 6 and 8 s, then gives up", Reconnect{
			Backoff: Linear, Step: 2 * time.Second, Attempts: 5,
		}},
		{"browser-ws-exponential", "1, 2, 4, 8, 16 s, then gives up", Reconnect{
			Backoff: Exponential, Base: time.Second, Factor: 2, Attempts: 5,
		}},
		{"socketio-chat", "2 s · 2ⁿ ± 50 %, then cut to 10 s, 5 times", Reconnect{
			Backoff: Exponential, Base: 2 * time.Second, Factor: 2, Max: 10 * time.Second, Jitter: half, JitterFirst: true, Attempts: 5,
		}},
		{"heart-class", "every 5 s, 5 times", constant(5*time.Second, 5)},
		{"json-manager", "1, 2, 3, 4, 5 s, then gives up", Reconnect{
			Backoff: Linear, Base: time.Second, Step: time.Second, Attempts: 5,
		}},
		{"ionic-service", "every 20 s", constant(20*time.Second, 0)},
	}
	for i := range list {
		list[i].Reconnect.Preset = list[i].Name
	}
	return list
}

// ReconnectByName finds a published reconnect policy.
func ReconnectByName(name string) (Reconnect, bool) {
	for _, p := range ReconnectPresets() {
		if p.Name == name {
			return p.Reconnect, true
		}
	}
	return Reconnect{}, false
}

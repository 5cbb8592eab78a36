package proxy

import (
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"sync/atomic"
)

// trouble is something that links are in: a toxic, or a fault that is under
// way.
type trouble struct {
	name, kind string
	stream     stream
	isToxic    bool
	settings   atomic.Pointer[settings]
	over       atomic.Bool  // no link joins any more
	taken      atomic.Int64 // links that are in it

	// takes says whether a link is to be in it; later is one that was opened
	// since. It is asked once a link, and again when toxicity changes.
	takes func(l *link, later bool) bool
}

// settings are what of a trouble can change.
type settings struct {
	effect   effect
	toxicity float64
}

func (t *trouble) now() *settings { return t.settings.Load() }

// MarshalJSON writes a toxic as the API shows it.
func (t *trouble) MarshalJSON() ([]byte, error) {
	now := t.now()
	return json.Marshal(struct {
		Attributes effect  `json:"attributes"`
		Name       string  `json:"name"`
		Type       string  `json:"type"`
		Stream     string  `json:"stream"`
		Toxicity   float64 `json:"toxicity"`
	}{now.effect, t.name, t.kind, t.stream.String(), now.toxicity})
}

// wants reports whether a link is to be in t.
func (t *trouble) wants(l *link, later bool) bool {
	if e, ok := t.now().effect.(passing); ok && later && !e.later() {
		return false
	}
	return t.takes(l, later)
}

// byToxicity takes as many links as the toxicity says, each by its own draw:
// the same seed, names and order of connections give the same choice.
func (t *trouble) byToxicity(l *link, _ bool) bool {
	return l.lot(t.name) < t.now().toxicity
}

// lot is the link's draw in [0,1) for whatever has this name.
func (l *link) lot(name string) float64 {
	g := draw(l.proxy.server.cfg.Seed, l.proxy.name, name, l.number)
	return rand.New(&g).Float64()
}

// draw is a random stream of its own for each seed, proxy, name and number.
func draw(seed uint64, proxy, name string, number uint64) rand.PCG {
	h := fnv.New128a()
	for _, s := range []string{proxy, name} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s)))) // never fails, nor does what follows
		h.Write([]byte(s))
	}
	h.Write(binary.BigEndian.AppendUint64(nil, number))
	sum := h.Sum(nil)
	g := rand.NewPCG(seed^binary.BigEndian.Uint64(sum), binary.BigEndian.Uint64(sum[8:]))
	g.Uint64() // the first is still close to its neighbours'
	return *g
}

package scenario

import (
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
)

// Purpose keeps the random streams of one client apart, so that drawing more
// from one does not change another.
type Purpose uint8

// What a client draws random numbers for.
const (
	ConnectJitter Purpose = 1 + iota
	HeartbeatPhase
	BackoffJitter
	Payload
	GhostProbe // of an occurrence of a fault, not of a client
	PathJitter
)

// What the plan itself draws them for.
const (
	arrivals Purpose = 0x80 + iota
	choice
)

// Rand returns client's random stream for a purpose, from its start. It is not
// safe for concurrent use.
func (p *Plan) Rand(client int, purpose Purpose) *rand.Rand {
	state := p.RandState(client, purpose)
	return rand.New(&state)
}

// RandState is the state that Rand starts from: 16 bytes, for who keeps one per
// client. A *rand.PCG is a rand.Source.
func (p *Plan) RandState(client int, purpose Purpose) rand.PCG {
	return newPCG(p.s.Seed, purpose, uint64(client))
}

// newPCG seeds a generator such that neighbouring keys have unrelated streams.
func newPCG(seed uint64, purpose Purpose, key uint64) rand.PCG {
	a := mix(seed ^ mix(uint64(purpose)))
	b := mix(a ^ mix(key))
	return *rand.NewPCG(a, b)
}

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below returns a number in [0,n), uniform to within n/2⁶⁴.
func below(g *rand.PCG, n int) int {
	hi, _ := bits.Mul64(g.Uint64(), uint64(n))
	return int(hi)
}

// unit01 returns a number in [0,1).
func unit01(g *rand.PCG) float64 { return float64(g.Uint64()>>11) / (1 << 53) }

// nameKey makes a key of a name, so that a choice made by name stays when
// others are added.
func nameKey(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	return h.Sum64()
}

package proxy

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/imbench/imbench/faults"
)

// Config is how a Server is to be. Its zero value is usable.
type Config struct {
	Seed     uint64       // of toxicity, jitter, and of whom a fault takes
	Logger   *slog.Logger // nil: nothing is logged
	Version  string       // of imbench
	MaxConns int          // connections at a time, dark ones too, each of two descriptors; 0: no bound
	Ladder   []faults.Mechanism
}

// Server is a set of proxies. Make it with New, end it with Close.
type Server struct {
	cfg Config
	lot faults.Lot

	mu      sync.Mutex // taken before a Proxy's changing
	proxies map[string]*Proxy

	open   atomic.Int64 // connections that were accepted and have not ended
	dark   atomic.Int64 // links that are dark
	full   atomic.Bool  // the bound was met, and has been told
	totals totals

	requests atomic.Int64 // to the API
}

// totals is what happened since the beginning.
type totals struct {
	connections, unreachable, refused atomic.Int64

	mu     sync.Mutex
	faults map[faultKey]int64
}

// faultKey is what happened faults are counted by.
type faultKey struct{ proxy, kind string }

func (t *totals) count(proxy, kind string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults[faultKey{proxy, kind}] += int64(n)
}

// readBuffer is what one read takes at most: less costs throughput. It is held
// only while bytes are passed on.
const readBuffer = 256 << 10

// underWay is how many bytes a stream of a slow path may hold.
const underWay = 4 << 20

// New returns a server without proxies.
func New(cfg Config) *Server {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, proxies: make(map[string]*Proxy)}
	s.lot.Ladder, s.lot.BufferSize, s.lot.MaxQueued = cfg.Ladder, readBuffer, underWay
	s.totals.faults = make(map[faultKey]int64)
	return s
}

// Add makes a proxy and, if it is enabled, has it listen: errors are that the
// name is taken, or that the address cannot be had.
func (s *Server) Add(name, listen, upstream string, enabled bool) (*Proxy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(name, listen, upstream, enabled)
}

func (s *Server) add(name, listen, upstream string, enabled bool) (*Proxy, error) {
	switch {
	case name == "":
		return nil, missing("name")
	case upstream == "":
		return nil, missing("upstream")
	case s.proxies[name] != nil:
		return nil, proxyExists()
	}
	p := &Proxy{
		server: s, name: name, logger: s.cfg.Logger.With("proxy", name),
		asked: listen, listen: listen, upstream: upstream,
		links: make(map[uint64]*link), sources: make(map[netip.Addr]netip.Addr),
	}
	if enabled {
		p.changing.Lock()
		defer p.changing.Unlock()
		if err := p.start(); err != nil {
			return nil, err
		}
	}
	s.proxies[name] = p
	return p, nil
}

func (s *Server) proxy(name string) (*Proxy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.proxies[name]; p != nil {
		return p, nil
	}
	return nil, noProxy()
}

func (s *Server) all() []*Proxy {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.proxies), func(a, b *Proxy) int { return cmp.Compare(a.name, b.name) })
}

func (s *Server) remove(name string) error {
	s.mu.Lock()
	p := s.proxies[name]
	delete(s.proxies, name)
	s.mu.Unlock()
	if p == nil {
		return noProxy()
	}
	p.changing.Lock()
	defer p.changing.Unlock()
	p.stop()
	return nil
}

// described is a proxy as the API takes it; what is left out is nil.
type described struct {
	Name     *string `json:"name"`
	Listen   *string `json:"listen"`
	Upstream *string `json:"upstream"`
	Enabled  *bool   `json:"enabled"`
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// List is proxies that are to be.
type List []described

// ReadList reads a JSON list of proxies, as Toxiproxy's configuration file and
// its API write it.
func ReadList(r io.Reader) (List, error) {
	var list []described
	if err := json.NewDecoder(r).Decode(&list); err != nil {
		return nil, badRequest(err)
	}
	for i, d := range list {
		if text(d.Name) == "" {
			return nil, missing(fmt.Sprintf("name at proxy %d", i+1))
		}
		if text(d.Upstream) == "" {
			return nil, missing(fmt.Sprintf("upstream at proxy %d", i+1))
		}
	}
	return list, nil
}

// CheckAddresses says which addresses of the list can be no addresses. The API
// takes them all the same, as Toxiproxy does.
func (l List) CheckAddresses(ctx context.Context) error {
	var errs []error
	for _, d := range l {
		if listen := text(d.Listen); listen != "" {
			errs = append(errs, named("listen of "+*d.Name, CheckAddress(ctx, listen)))
		}
		errs = append(errs, named("upstream of "+*d.Name, CheckAddress(ctx, *d.Upstream)))
	}
	return errors.Join(errs...)
}

func named(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Populate makes the proxies of a list. One that is there already, with the same
// addresses, is left alone; with others it is replaced. After an error those
// before it are there, and are returned.
func (s *Server) Populate(list List) ([]*Proxy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := make([]*Proxy, 0, len(list))
	for _, d := range list {
		p := s.proxies[*d.Name]
		if p == nil || !p.is(text(d.Listen), *d.Upstream) {
			if p != nil {
				p.changing.Lock()
				p.stop()
				p.changing.Unlock()
				delete(s.proxies, *d.Name)
			}
			var err error
			if p, err = s.add(*d.Name, text(d.Listen), *d.Upstream, d.Enabled == nil || *d.Enabled); err != nil {
				return made, err
			}
		}
		made = append(made, p)
	}
	return made, nil
}

// is reports whether the proxy has these addresses.
func (p *Proxy) is(listen, upstream string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return (listen == p.listen || listen == p.asked) && upstream == p.upstream
}

// update changes where a proxy listens, where it leads and whether it is
// enabled. Other addresses end its connections.
func (p *Proxy) update(d described) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	p.mu.Lock()
	enabled := p.serving != nil
	asked, upstream := p.asked, p.upstream
	if d.Listen != nil && *d.Listen != p.listen {
		asked = *d.Listen
	}
	if d.Upstream != nil {
		upstream = *d.Upstream
	}
	same := asked == p.asked && upstream == p.upstream
	p.mu.Unlock()
	if d.Enabled != nil {
		enabled = *d.Enabled
	}
	if !same || !enabled {
		p.stop()
	}
	if !same {
		p.mu.Lock()
		p.asked, p.listen, p.upstream = asked, asked, upstream
		p.mu.Unlock()
	}
	if enabled {
		return p.start()
	}
	return nil
}

// Reset enables all proxies and takes away all that is wrong with them, what
// the schedule did included; the schedule goes on.
func (s *Server) Reset() error {
	for _, p := range s.all() {
		p.changing.Lock()
		err := p.start()
		for _, t := range p.inTrouble() {
			p.remove(t)
		}
		p.changing.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Proxy) inTrouble() []*trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.troubles)
}

// Close ends all proxies and their connections; dark ones are healed and
// reset. It waits for all of them.
func (s *Server) Close() error {
	for _, p := range s.all() {
		_ = s.remove(p.name) // somebody else has
	}
	return s.lot.Release()
}

// admit counts one more connection, unless there are too many.
func (s *Server) admit(logger *slog.Logger) bool {
	n := s.open.Add(1)
	if s.cfg.MaxConns == 0 || n <= int64(s.cfg.MaxConns) {
		s.full.Store(false)
		return true
	}
	s.open.Add(-1)
	s.totals.refused.Add(1)
	if !s.full.Swap(true) {
		logger.Error("no more connections: each takes two descriptors, and dark ones keep theirs until they heal; raise ulimit -n",
			"most", s.cfg.MaxConns, "dark", s.dark.Load())
	}
	return false
}

// outOfDescriptors tells of an accept that failed, once until one succeeds.
func (s *Server) outOfDescriptors(logger *slog.Logger, err error) {
	if !s.full.Swap(true) {
		logger.Error("cannot accept; dark connections keep their descriptors until they heal", "error", err, "dark", s.dark.Load())
	}
}

// dark is how many of the links are dark.
func (p *Proxy) dark() (n int) {
	for _, l := range p.open() {
		l.mu.Lock()
		if l.on.dark.any() {
			n++
		}
		l.mu.Unlock()
	}
	return n
}

// Summary is what a server did.
type Summary struct {
	Connections int64 // that reached their upstream
	Unreachable int64 // that did not
	Refused     int64 // above the bound
	Dark        int64 // links that are dark now
	Faulted     int64 // times that a connection was put into trouble
	Up, Down    int64 // bytes passed on: to upstreams, to clients
}

// Summary says what happened so far. Bytes of proxies that were deleted are not
// in it.
func (s *Server) Summary() Summary {
	sum := Summary{
		Connections: s.totals.connections.Load(), Unreachable: s.totals.unreachable.Load(),
		Refused: s.totals.refused.Load(), Dark: s.dark.Load(),
	}
	for _, p := range s.all() {
		sum.Up += p.traffic.sent[upstream].Load()
		sum.Down += p.traffic.sent[downstream].Load()
	}
	s.totals.mu.Lock()
	defer s.totals.mu.Unlock()
	for _, n := range s.totals.faults {
		sum.Faulted += n
	}
	return sum
}

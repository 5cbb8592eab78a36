package agent

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/credentials"
	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

// Options are what a run needs beside its scenario. The zero Options run
// quietly, without a reference server to start.
type Options struct {
	Version   string
	Reference []string              // command that starts the reference server; flags are appended
	Progress  func(report.Snapshot) // called about once a second from one goroutine; may be nil
	Events    io.Writer             // one JSON line for each connection event; may be nil
	Shards    int                   // 0: one for each processor that Go may use
	// Dial replaces TCP, in tests: it is given the client's number.
	Dial func(ctx context.Context, client uint32) (net.Conn, error)
}

// ErrTarget means that there was no server to measure: it never answered, or
// it ended unasked. The result that comes with it holds what was seen.
var ErrTarget = errors.New("the server under test")

// run is one execution of a scenario.
type run struct {
	id          uint32
	options     Options
	scenario    *scenario.Scenario
	groups      []scenario.Group
	logins      []credentials.Source // by group; nil for those that show no more than the token
	keepsLogins bool                 // frames after the login may need what was shown in it
	plan        *scenario.Plan
	clock       clock
	zero        time.Duration // second 0; set before tellBegin
	target      *target
	dialer      *dialer
	dialing     context.Context //nolint:containedctx // ends with the run: no dial outlives it
	token       string

	wire      wire
	to        report.To
	wantAcks  bool
	ledger    *report.Ledger
	events    *eventLog
	ghosts    *ghosts
	survivals [][]report.Survival // by fault, once the run is over
	rec       *report.Recorder    // of what belongs to no shard
	running   *report.Running     // a look at all recorders, until they are merged
	messages  pool[[]byte]
	scans     pool[protocol.Event]

	shards      []*shard
	clients     []*client
	occurrences []*occurrence
	readers     sync.WaitGroup
	halted      atomic.Bool // no more is sent
	attempts    atomic.Int64
	failures    atomic.Int64
	quiet       bool     // there is no traffic
	secrets     []string // the longest first
	online      attendance
	everReady   atomic.Int64
	neverReady  atomic.Int64
	connectTook time.Duration

	warningsMu sync.Mutex
	warnings   []string
}

// maxShards is what a tag's origin can tell apart.
const maxShards = 256

// Run executes a scenario and returns what it found. When ctx ends, the run
// ends early and in order, and its result is Interrupted. An error comes with
// a result, unless the scenario is one that Load would not have returned.
func Run(ctx context.Context, s *scenario.Scenario, o Options) (*report.Result, error) {
	r, err := newRun(s, o)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	if err := r.prepare(ctx); err != nil {
		r.stopTarget() //nolint:contextcheck // it is to be ended also when ctx has ended
		out := outcome{started: started, interrupted: ctx.Err() != nil}
		if !out.interrupted { // else that is why it failed
			out.err = err
		}
		return r.result(out), r.redacted(out.err)
	}
	defer r.stopTarget() //nolint:contextcheck // it is to be ended also when ctx has ended
	out, err := r.execute(ctx)
	out.started = started
	out.err = err
	if err := r.events.close(); err != nil {
		return r.result(out), fmt.Errorf("write the events: %w", err)
	}
	return r.result(out), r.redacted(err)
}

// prepare does what must be done before anybody connects.
func (r *run) prepare(ctx context.Context) (err error) {
	if err := checkDescriptors(r.plan); err != nil {
		return err
	}
	if r.target, err = startTarget(ctx, r.scenario, r.options.Reference); err != nil {
		return err
	}
	return r.prepareDialer(ctx)
}

// stopTarget ends the server under test if imbench started it.
func (r *run) stopTarget() {
	if r.target != nil && r.target.process != nil {
		_ = r.target.process.Stop() // its end is not what is measured
	}
}

func newRun(s *scenario.Scenario, o Options) (*run, error) {
	p := s.Protocol
	if p == nil {
		return nil, errors.New("the scenario has no protocol: it was not loaded")
	}
	r := &run{
		id:      rand.Uint32(), //nolint:forbidigo // tells runs apart, and decides nothing
		options: o, scenario: s, groups: s.Clients, plan: scenario.NewPlan(s),
		clock: newClock(), wire: newWire(p), events: newEventLog(o.Events),
	}
	r.to = report.ToSelf // without traffic, it matters to nobody
	if len(s.Traffic.Stages) > 0 {
		var ok bool
		if r.to, ok = report.ParseTo(s.Traffic.To); !ok {
			return nil, fmt.Errorf("traffic.to: %q is not known", s.Traffic.To)
		}
	}
	r.wantAcks = p.Traits().Acks && r.to != report.ToSelf // one's own echo confirms
	var err error
	if r.token, err = scenario.Expand(s.Target.Token, os.LookupEnv); err != nil {
		return nil, fmt.Errorf("target.token: %w", err)
	}
	if r.logins, err = s.Credentials(scenario.Options{Env: os.LookupEnv, ReadFile: os.ReadFile}); err != nil {
		return nil, err
	}
	r.keepsLogins = r.wire.replier != nil || r.wire.beater != nil || s.System != nil && s.System.Token || len(s.Columns) > 0 ||
		slices.ContainsFunc(s.Clients, func(g scenario.Group) bool { return g.Login != (scenario.Login{}) }) // to mask what the server quotes of it
	shards := o.Shards
	if shards <= 0 {
		shards = runtime.GOMAXPROCS(0)
	}
	r.warnings = r.plan.Warnings()
	r.quiet = len(s.Traffic.Stages) == 0
	r.collectSecrets()
	r.populate(min(shards, maxShards, r.plan.Clients()))
	r.running = r.newRunning()
	r.ghosts = newGhosts(r)
	return r, nil
}

// populate makes the clients, deals them to shards, and the faults with them.
func (r *run) populate(shards int) {
	n := r.plan.Clients()
	traits := r.wire.traits
	audience := report.Audience{To: r.to, Clients: n, Echo: traits.Echo, Acks: r.wantAcks}
	if r.to == report.ToRoom {
		for i := range n {
			audience.RoomOf = append(audience.RoomOf, uint32(r.plan.RoomOf(i)))
		}
	}
	r.ledger = report.NewLedger(audience, shards, r.id)
	groups, kinds := len(r.groups), len(r.scenario.Faults)
	r.rec = report.NewRecorder(groups, kinds)
	for i := range shards {
		r.shards = append(r.shards, &shard{
			run: r, index: i, rec: report.NewRecorder(groups, kinds), log: r.ledger.Log(i), mail: newMailbox(),
			lastSent: make([]lastSent, max(n, r.plan.Rooms(), 1)),
		})
	}
	r.clients = make([]*client, n)
	for i := range r.clients {
		s := r.shards[r.plan.Shard(i, shards)]
		c := &client{shard: s, id: uint32(i), group: uint16(r.plan.GroupOf(i)), random: r.plan.RandState(i, scenario.BackoffJitter)}
		r.clients[i] = c
		s.clients = append(s.clients, c)
	}
	for _, planned := range r.plan.Occurrences() {
		o := &occurrence{
			Occurrence: planned,
			config:     r.scenario.Faults[planned.Fault].Inner(),
			byShard:    make([][]uint32, shards),
		}
		for _, id := range planned.Clients {
			i := r.clients[id].shard.index
			o.byShard[i] = append(o.byShard[i], id)
		}
		r.occurrences = append(r.occurrences, o)
	}
}

// prepareDialer resolves the target and reads what is needed to trust it.
func (r *run) prepareDialer(ctx context.Context) error {
	s := r.scenario
	const overhead = 1 << 10 // of an envelope around its content
	d := &dialer{
		connect: r.options.Dial, target: r.target.url, headers: http.Header{}, lot: new(faults.Lot),
		buffers: &sync.Pool{}, writeBuf: int(s.Traffic.Size) + overhead,
	}
	for k, v := range s.Target.Headers {
		text, err := scenario.Expand(v, os.LookupEnv)
		if err != nil {
			return fmt.Errorf("target.headers.%s: %w", k, err)
		}
		d.headers.Set(k, text)
	}
	if u := r.target.user; u != nil && d.headers.Get("Authorization") == "" {
		password, _ := u.Password()
		d.headers.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if d.target.Scheme == "wss" {
		config, err := trust(s.Target.TLS, d.target.Hostname())
		if err != nil {
			return err
		}
		d.tls = config
	}
	if d.connect == nil {
		src, err := newSources(ctx, d.target, r.plan.Clients(), s.Target.LocalIPs, r.movesClients())
		if err != nil {
			return err
		}
		d.connect = src.connect
	}
	if r.wire.polling != nil {
		d.polls = d.newPollClient()
	}
	r.dialer = d
	return nil
}

// movesClients reports whether clients are to change their address.
func (r *run) movesClients() bool {
	return slices.ContainsFunc(r.occurrences, func(o *occurrence) bool { return o.config.Kind == faults.Rebind })
}

func trust(t scenario.TLS, host string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, InsecureSkipVerify: t.Insecure, NextProtos: []string{"http/1.1"}}
	if t.CA == "" {
		return config, nil
	}
	pem, err := os.ReadFile(t.CA)
	if err != nil {
		return nil, fmt.Errorf("target.tls.ca: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("target.tls.ca: %s holds no PEM certificate", t.CA)
	}
	return config, nil
}

// execute goes through the phases of the run: connect, traffic and faults,
// drain, end.
func (r *run) execute(ctx context.Context) (outcome, error) {
	dialing, stopDialing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopDialing()
	r.dialing = dialing

	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	defer func() { stopWatching(); background.Wait() }()
	r.startObserver(ctx, watching, &background)
	r.ghosts.start(watching)
	collector := newCollector(r)
	collecting, stopCollecting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCollecting()
	collected := make(chan struct{})
	go func() { defer close(collected); collector.collect(collecting) }()
	var loops sync.WaitGroup
	for _, s := range r.shards {
		loops.Go(s.loop)
	}

	began := r.clock.now()
	err := r.connectAll(ctx)
	r.connectTook = r.clock.now() - began
	interrupted := ctx.Err() != nil
	if err == nil && !interrupted {
		debug.FreeOSMemory() // the handshakes' garbage, before anything is measured
		interrupted, err = r.traffic(ctx, collector)
	}
	end := r.clock.now()
	stopDialing()
	r.ghosts.stop()
	stopCollecting() // before everybody leaves, which is none of the run's story
	<-collected
	r.tellAll(letter{word: tellStop, at: end})
	loops.Wait()
	r.readers.Wait()
	stopWatching()
	background.Wait()
	out := outcome{end: end, interrupted: interrupted, collector: collector}
	r.running.End()
	r.settle(&out)
	if err := r.dialer.lot.Release(); err != nil {
		r.warn("not every silenced connection could be ended: %v", err)
	}
	return out, err
}

// startObserver starts the presence observer, if there is anything for it to
// see, and gives it a moment to join before anybody connects. It ends with
// watching, in background.
func (r *run) startObserver(ctx, watching context.Context, background *sync.WaitGroup) {
	if !r.watchesPresence() {
		return
	}
	joined := make(chan struct{})
	background.Go(func() { r.observe(watching, joined) })
	select {
	case <-joined:
	case <-time.After(2 * time.Second): // it goes on trying; the clients are what matters
	case <-ctx.Done():
	}
}

// beginSoon is between everybody being ready and second 0, so that no shard
// learns of it too late.
const beginSoon = 20 * time.Millisecond

// traffic runs from second 0 to the end of the drain.
func (r *run) traffic(ctx context.Context, collector *collector) (interrupted bool, err error) {
	r.zero = (r.clock.now() + beginSoon).Truncate(time.Microsecond)
	collector.begin(r.zero)
	r.events.log(r.zero, nil, "begin")
	r.tellAll(letter{word: tellBegin, at: r.zero})

	conducting, stopConducting := context.WithCancel(ctx)
	conducted := make(chan error, 1)
	go func() { conducted <- r.conductServer(conducting) }()
	interrupted, err = r.watchUntil(ctx, r.zero+r.scenario.Duration, conducted)
	r.halted.Store(true)
	stopConducting()
	collector.drain()
	until := r.clock.now() + r.scenario.Drain
	if err == nil && !interrupted {
		interrupted, err = r.watchUntil(ctx, until, conducted)
	}
	if err == nil && interrupted {
		until = min(until, r.clock.now()+impatientDrain)
		_, err = r.watchUntil(context.WithoutCancel(ctx), until, conducted)
	}
	if e := <-conducted; err == nil {
		err = e
	}
	return interrupted, err
}

// impatientDrain bounds the drain after an interruption.
const impatientDrain = 2 * time.Second

// watchUntil waits for a time on the run's clock, or for what ends a run
// before it.
func (r *run) watchUntil(ctx context.Context, at time.Duration, conducted chan error) (interrupted bool, err error) {
	timer := time.NewTimer(r.clock.until(at))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return false, nil
		case <-ctx.Done():
			return true, nil
		case err := <-conducted:
			conducted <- err // it is asked for again at the end
			if err != nil {
				return false, err
			}
			conducted = nil // done before the time is up
		case <-r.died():
			return false, r.deathOf(r.target.process)
		}
	}
}

// died is closed when a server that imbench started ends unasked.
func (r *run) died() <-chan struct{} {
	if r.target.process == nil {
		return nil
	}
	return r.target.process.Died()
}

func (r *run) deathOf(p *faults.Process) error {
	return fmt.Errorf("%w ended unasked: %s%s", ErrTarget, p.Exit(), p.LastWords())
}

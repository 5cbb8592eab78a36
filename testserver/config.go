package testserver

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// Config is what a server can be told. The zero value of each field stands for
// the default its comment names.
type Config struct {
	// Token that a client must show, in the query or as "Authorization:
	// Bearer"; "" asks for none.
	Token string
	// Origins that browsers may come from, as in the Origin header, scheme
	// included; nil lets every origin in.
	Origins []string
	// MaxConns is how many WebSocket connections are held at once; one more is
	// answered 503. Default: 50,000, or what the descriptor limit allows.
	MaxConns int
	// MaxFrame is the largest message taken from a client, in bytes; a larger
	// one closes its connection with 1009. Default 64 KiB; 1,000,000 for
	// Socket.IO.
	MaxFrame unit.Size
	// Rate is how many frames a second a client may send, with a burst of one
	// second's worth; those beyond it are answered with an error and, if it
	// goes on, the connection is closed with 1008. Default: no limit.
	Rate unit.Rate
	// Queue is how many frames may wait for a client that does not read.
	// Default 1000; observers of presence have 64 times as many.
	Queue int
	// SlowConsumer is what happens to a client whose queue is full.
	SlowConsumer SlowConsumer
	// History is how many messages of each room, of each client's direct
	// messages and of those to all are kept for clients that resume.
	// Default 1000; negative keeps none.
	History int
	// HistoryBytes bounds all histories together. Beyond it, a stream makes
	// room for a new message by forgetting its own oldest. Default 64 MiB.
	HistoryBytes unit.Size
	// HistoryFor is how long rooms without members, and clients that are
	// offline, are remembered. Default 5 min.
	HistoryFor time.Duration
	// PingEvery is the time between protocol pings, or those of Socket.IO.
	// Default 15 s; 25 s for Socket.IO, 30 s for browser-ws.
	PingEvery time.Duration
	// ReapAfter is how long a client may be without a sign of life (any frame,
	// pongs included) before it is declared dead. Default 40 s; for Socket.IO
	// 45 s, with 20 s of it for the answer to a ping. browser-ws has the next
	// ping for a deadline instead, heart-class no deadline unless this is set.
	ReapAfter time.Duration
	// Only is the one system to speak, by the name of imbench's preset; the
	// paths of the others are answered 404. Default "": all of Systems.
	Only string
	// Bugs to have. Default none.
	Bugs []Bug
	// Logger gets what an operator wants to know: starts, stops, refusals at
	// debug level. Default: discarded.
	Logger *slog.Logger
	// Rand is read once, for the epoch that tells this start of the server
	// from another, and as a seed of what Socket.IO wants to be random. Default crypto/rand.
	Rand io.Reader
}

// mostConns is the default of Config.MaxConns where descriptors do not matter.
const mostConns = 50_000

// SlowConsumer is what happens to a client whose queue is full.
type SlowConsumer uint8

// The policies for slow consumers.
const (
	CloseSlow  SlowConsumer = iota // its connection is closed with 1013; it may resume
	DropOldest                     // the oldest frame waiting for it is dropped
)

var slowConsumers = []string{CloseSlow: "close", DropOldest: "drop-oldest"}

func (p SlowConsumer) String() string { return slowConsumers[p] }

// MarshalText prints the policy as it is written in flags.
func (p SlowConsumer) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads "close" or "drop-oldest".
func (p *SlowConsumer) UnmarshalText(text []byte) error {
	for policy, name := range slowConsumers {
		if name == string(text) {
			*p = SlowConsumer(policy)
			return nil
		}
	}
	return fmt.Errorf("%q is no policy for slow consumers; write close or drop-oldest", text)
}

// Validate reports every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	c = c.withDefaults()
	refuse(c.MaxConns < 0, "max connections: %d is negative", c.MaxConns)
	refuse(c.MaxFrame < 0 || c.MaxFrame > 1<<30, "max frame: %s is not between 0 and 1GiB", c.MaxFrame)
	refuse(c.Rate < 0, "rate: %s is negative", c.Rate)
	refuse(c.Queue < 0, "queue: %d is negative", c.Queue)
	refuse(c.HistoryBytes < 0, "history: %s is negative", c.HistoryBytes)
	refuse(c.HistoryFor < 0, "history: %s is negative", c.HistoryFor)
	refuse(int(c.SlowConsumer) >= len(slowConsumers), "slow consumers: there is no policy %d", c.SlowConsumer)
	refuse(c.PingEvery < time.Millisecond, "ping: every %s is too often; 1ms is the least", c.PingEvery)
	refuse(c.ReapAfter <= c.PingEvery,
		"reaping after %s, but pinging every %s: a client that only answers pings would be reaped; make the first longer", c.ReapAfter, c.PingEvery)
	if err := checkOnly(c.Only); err != nil {
		errs = append(errs, err)
	}
	for _, b := range c.Bugs {
		if err := b.validate(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	fill(&c.MaxConns, defaultMaxConns())
	fill(&c.MaxFrame, 64<<10)
	fill(&c.Queue, 1000)
	fill(&c.History, 1000)
	fill(&c.HistoryBytes, 64<<20)
	fill(&c.HistoryFor, 5*time.Minute)
	fill(&c.PingEvery, 15*time.Second)
	fill(&c.ReapAfter, 40*time.Second)
	c.History = max(c.History, 0)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return c
}

// fill sets what was left at its zero value.
func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

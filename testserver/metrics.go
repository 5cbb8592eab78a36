package testserver

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are the server's counters. Labelled ones are looked up once, here,
// so that counting is an atomic addition.
type metrics struct {
	registry   *prometheus.Registry
	accepted   prometheus.Counter
	rejected   map[string]prometheus.Counter
	ended      [numEndings]prometheus.Counter
	messages   prometheus.Counter
	deliveries prometheus.Counter
	acks       prometheus.Counter
	heartbeats prometheus.Counter
	dropped    prometheus.Counter
	resumed    prometheus.Counter
	replayed   prometheus.Counter
	errors     map[errorCode]prometheus.Counter
}

func newMetrics(s *Server) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), rejected: map[string]prometheus.Counter{}, errors: map[errorCode]prometheus.Counter{}}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "imbench", Subsystem: "server", Name: name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	labelled := func(name, label, help string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "imbench", Subsystem: "server", Name: name, Help: help}, []string{label})
		m.registry.MustRegister(v)
		return v
	}
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Namespace: "imbench", Subsystem: "server", Name: name, Help: help}, value))
	}

	gauge("connections", "Connections held now: WebSockets, and sessions that poll.", func() float64 { return float64(s.conns.Load()) })
	gauge("history_bytes", "Memory of all histories together.", func() float64 { return float64(s.hub.bytes.used.Load()) })
	m.accepted = counter("accepted_total", "Handshakes that became connections.")
	m.messages = counter("messages_total", "Messages taken from clients.")
	m.deliveries = counter("deliveries_total", "Messages put into receivers' queues, live ones only.")
	m.acks = counter("acks_total", "Messages confirmed to their senders.")
	m.heartbeats = counter("heartbeats_total", "Heartbeats from clients.")
	m.dropped = counter("queue_drops_total", "Frames dropped because a client's queue was full.")
	m.resumed = counter("resumed_total", "Logins and joins that gave an offset.")
	m.replayed = counter("replayed_total", "Messages replayed from the history.")
	rejected := labelled("rejected_total", "reason", "Handshakes refused.")
	for _, reason := range []string{"token", "full", "bad_request", "bad_handshake", "shutting_down"} {
		m.rejected[reason] = rejected.WithLabelValues(reason)
	}
	ended := labelled("closed_total", "cause", "Connections that ended.")
	for e := byClient; e < numEndings; e++ {
		m.ended[e] = ended.WithLabelValues(e.String())
	}
	errs := labelled("errors_total", "code", "What clients were refused; sent as an error where the system has one.")
	for _, code := range []errorCode{invalidFormat, forbidden, notAMember, unknownClient, rateLimited} {
		m.errors[code] = errs.WithLabelValues(string(code))
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

package proxy

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// collector reads a server's counters when Prometheus asks: passing bytes costs
// nothing more for it. The first two have Toxiproxy's names.
type collector struct {
	s                                             *Server
	received, sent                                *prometheus.Desc
	links, dark, connections, unreachable, faults *prometheus.Desc
}

func (s *Server) metricsHandler() http.Handler {
	ways := []string{"direction", "proxy", "listener", "upstream"}
	c := &collector{
		s:           s,
		received:    prometheus.NewDesc("toxiproxy_proxy_received_bytes_total", "Bytes received on a stream of a proxy.", ways, nil),
		sent:        prometheus.NewDesc("toxiproxy_proxy_sent_bytes_total", "Bytes passed on by a stream of a proxy.", ways, nil),
		links:       prometheus.NewDesc("imbench_proxy_connections", "Connections open now, dark ones included.", []string{"proxy"}, nil),
		dark:        prometheus.NewDesc("imbench_proxy_dark_connections", "Connections that are silenced now.", []string{"proxy"}, nil),
		connections: prometheus.NewDesc("imbench_proxy_connections_total", "Connections that reached their upstream.", nil, nil),
		unreachable: prometheus.NewDesc("imbench_proxy_upstream_failures_total", "Connections reset because the upstream did not answer.", nil, nil),
		faults:      prometheus.NewDesc("imbench_proxy_faults_total", "Times that a connection was put into a fault.", []string{"proxy", "kind"}, nil),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// Describe tells Prometheus what there is.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.received, c.sent, c.links, c.dark, c.connections, c.unreachable, c.faults} {
		out <- d
	}
}

// Collect tells Prometheus how much there is.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	counter := func(d *prometheus.Desc, v int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge := func(d *prometheus.Desc, v int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	for _, p := range c.s.all() {
		about := p.show()
		for _, s := range []stream{upstream, downstream} {
			labels := []string{s.String(), about.Name, about.Listen, about.Upstream}
			counter(c.received, p.traffic.received[s].Load(), labels...)
			counter(c.sent, p.traffic.sent[s].Load(), labels...)
		}
		gauge(c.links, len(p.open()), about.Name)
		gauge(c.dark, p.dark(), about.Name)
	}
	counter(c.connections, c.s.totals.connections.Load())
	counter(c.unreachable, c.s.totals.unreachable.Load())
	c.s.totals.mu.Lock()
	defer c.s.totals.mu.Unlock()
	for key, n := range c.s.totals.faults {
		counter(c.faults, n, key.proxy, key.kind)
	}
}

package telemetry

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// receiver is an OpenTelemetry collector, as much of one as it takes.
type receiver struct {
	collector.UnimplementedMetricsServiceServer
	failing  atomic.Bool
	requests chan *collector.ExportMetricsServiceRequest
	path     chan string
}

func newReceiver() *receiver {
	return &receiver{requests: make(chan *collector.ExportMetricsServiceRequest, 100), path: make(chan string, 100)}
}

func (c *receiver) Export(_ context.Context, r *collector.ExportMetricsServiceRequest) (*collector.ExportMetricsServiceResponse, error) {
	if c.failing.Load() {
		return nil, errors.New("full")
	}
	c.requests <- r
	return &collector.ExportMetricsServiceResponse{}, nil
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.failing.Load() {
		http.Error(w, "full", http.StatusServiceUnavailable)
		return
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	b, err := io.ReadAll(body)
	request := &collector.ExportMetricsServiceRequest{}
	if err == nil {
		err = proto.Unmarshal(b, request)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.path <- r.URL.Path
	c.requests <- request
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// serveHTTP serves c until the test is over, and returns its URL.
func (c *receiver) serveHTTP(t *testing.T) string {
	l := listenLocally(t)
	s := &http.Server{Handler: c}
	serve(t, func() { _ = s.Serve(l) }, func() { s.Close() })
	return "http://" + l.Addr().String()
}

func (c *receiver) serveGRPC(t *testing.T) string {
	l := listenLocally(t)
	s := grpc.NewServer()
	collector.RegisterMetricsServiceServer(s, c)
	serve(t, func() { _ = s.Serve(l) }, s.Stop)
	return "grpc://" + l.Addr().String()
}

func listenLocally(t *testing.T) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func serve(t *testing.T, run, end func()) {
	done := make(chan struct{})
	go func() { defer close(done); run() }()
	t.Cleanup(func() { end(); <-done })
}

// metricsOf are the metrics of a request by name, and whose they are.
func metricsOf(r *collector.ExportMetricsServiceRequest) (all map[string]*metricspb.Metric, service string) {
	all = map[string]*metricspb.Metric{}
	for _, rm := range r.GetResourceMetrics() {
		for _, a := range rm.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				service = a.GetValue().GetStringValue()
			}
		}
		for _, sm := range rm.GetScopeMetrics() {
			for _, m := range sm.GetMetrics() {
				all[m.GetName()] = m
			}
		}
	}
	return all, service
}

func push(t *testing.T, m *Metrics, url string, warn func(string)) *Pusher {
	t.Helper()
	p, err := m.Push(t.Context(), PushOptions{URL: url, Warn: warn})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestACollectorIsSentWhatPrometheusIsTold(t *testing.T) {
	for name, serve := range map[string]func(*receiver, *testing.T) string{"http": (*receiver).serveHTTP, "grpc": (*receiver).serveGRPC} {
		t.Run(name, func(t *testing.T) {
			c, m := newReceiver(), over(t)
			p := push(t, m, serve(c, t), func(line string) { t.Error(line) })
			p.Close() // with the last push
			got, service := metricsOf(<-c.requests)
			if service != "imbench" {
				t.Errorf("they are of %q", service)
			}
			var names, want []string
			for n := range got {
				names = append(names, n)
			}
			for _, f := range families() {
				want = append(want, f.name)
			}
			slices.Sort(names)
			slices.Sort(want)
			if d := cmp.Diff(want, names); d != "" {
				t.Errorf("sent (+), told to Prometheus (-):\n%s", d)
			}
			theDeliveriesAre(t, got["imbench_delivery_seconds"])
			if sent := got["imbench_sent_total"].GetSum(); !sent.GetIsMonotonic() || sent.GetAggregationTemporality() != metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE {
				t.Errorf("%v", sent)
			}
		})
	}
}

// theDeliveriesAre those of seen.
func theDeliveriesAre(t *testing.T, m *metricspb.Metric) {
	t.Helper()
	for _, p := range m.GetHistogram().GetDataPoints() {
		if p.GetAttributes()[0].GetValue().GetStringValue() != "phones" {
			continue
		}
		counts := p.GetBucketCounts()
		if p.GetCount() != 3 || len(counts) != len(Bounds())+1 || counts[1] != 1 || counts[5] != 1 || counts[6] != 1 {
			t.Errorf("deliveries: %v", p)
		}
		if p.GetStartTimeUnixNano() == 0 || p.GetStartTimeUnixNano() > p.GetTimeUnixNano() {
			t.Errorf("they count from %d to %d", p.GetStartTimeUnixNano(), p.GetTimeUnixNano())
		}
		return
	}
	t.Error("there are no deliveries")
}

func TestThePathIsTheProtocolsUnlessOneIsGiven(t *testing.T) {
	for given, want := range map[string]string{"": "/v1/metrics", "/": "/v1/metrics", "/otlp/v1/metrics": "/otlp/v1/metrics"} {
		c := newReceiver()
		push(t, running(t), c.serveHTTP(t)+given, nil).Close()
		if got := <-c.path; got != want {
			t.Errorf("%q: pushed to %s, want %s", given, got, want)
		}
	}
}

// lines are what a pusher says.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) add(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, s)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, "\n")
}

func TestACollectorThatFailsIsToldOfOnce(t *testing.T) {
	c, said := newReceiver(), &lines{}
	p := push(t, running(t), c.serveHTTP(t), said.add)
	c.failing.Store(true)
	for range 3 {
		p.Flush()
	}
	if s := said.text(); strings.Count(s, "warning:") != 1 || strings.Contains(s, "again") {
		t.Errorf("after three failures:\n%s", s)
	}
	c.failing.Store(false)
	p.Flush()
	p.Close()
	if s := said.text(); !strings.HasSuffix(s, "takes the metrics again") {
		t.Errorf("after it was back:\n%s", s)
	}
	if got, _ := metricsOf(<-c.requests); got["imbench_sent_total"] == nil {
		t.Errorf("%v", got)
	}
}

func TestACollectorThatIsDownOrDumbDoesNotHoldTheEnd(t *testing.T) {
	down := listenLocally(t)
	down.Close()
	dumb := listenLocally(t) // the kernel connects, and nobody answers
	defer dumb.Close()
	for name, url := range map[string]string{
		"down": "http://" + down.Addr().String(), "dumb": "http://" + dumb.Addr().String(),
		"down, gRPC": "grpc://" + down.Addr().String(), "dumb, gRPC": "grpc://" + dumb.Addr().String(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, closed := &lines{}, make(chan struct{})
			p := push(t, running(t), url, said.add)
			go func() { p.Close(); close(closed) }()
			select {
			case <-closed:
			case <-time.After(12 * pushWithin):
				t.Fatal("it holds the end")
			}
			if !strings.Contains(said.text(), "does not take the metrics") {
				t.Errorf("said: %q", said.text())
			}
		})
	}
}

func TestWrongAddressesAreToldFromWhatFails(t *testing.T) {
	for _, c := range []struct {
		name, url, says string
	}{
		{"no scheme", "127.0.0.1:4318", "URL"},
		{"another scheme", "ftp://host", "neither http nor grpc"},
		{"no host", "http://", "no host"},
		{"only a port", "http://:4318", "no host"},
		{"a password", "https://me:secret@host", "OTEL_EXPORTER_OTLP_HEADERS"},
		{"a query", "http://host/?token=secret", "more than a path"},
		{"a path for gRPC", "grpc://host/v1/metrics", "no path"},
	} {
		_, err := New("dev").Push(t.Context(), PushOptions{URL: c.url})
		if !errors.Is(err, ErrAddress) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, address := range []string{"", "localhost", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:nosuch", "::1:80"} {
		if _, err := New("dev").Listen(t.Context(), address); !errors.Is(err, ErrAddress) {
			t.Errorf("listen on %q: %v", address, err)
		}
	}
}

func TestTheIntervalIsTheEnvironmentsIfItHasOne(t *testing.T) {
	t.Setenv("OTEL_METRIC_EXPORT_INTERVAL", "20")
	c := newReceiver()
	p, err := running(t).Push(t.Context(), PushOptions{
		URL: c.serveHTTP(t), Env: func(name string) (string, bool) { return "20", name == "OTEL_METRIC_EXPORT_INTERVAL" },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for range 2 { // while nobody flushes
		<-c.requests
	}
}

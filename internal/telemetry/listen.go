package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ErrAddress is a mistake in what a caller asked for, as opposed to something
// that failed.
var ErrAddress = errors.New("wrong address")

// Endpoint serves metrics to Prometheus.
type Endpoint struct {
	server *http.Server
	addr   net.Addr
	done   chan struct{}
}

// Listen serves m at /metrics of an address, HOST:PORT, until Close. The error
// is ErrAddress when it is none.
func (m *Metrics) Listen(ctx context.Context, address string) (*Endpoint, error) {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w; write HOST:PORT, like 127.0.0.1:9464", ErrAddress, err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	const (
		atOnce  = 4 // scrapers; more get 503
		patient = 10 * time.Second
	)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: atOnce, EnableOpenMetrics: true,
	}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "imbench: see /metrics") })
	e := &Endpoint{
		server: &http.Server{
			Handler: mux, ReadTimeout: patient, WriteTimeout: patient, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		},
		addr: listener.Addr(), done: make(chan struct{}),
	}
	go func() {
		defer close(e.done)
		_ = e.server.Serve(listener) // it ends with Close
	}()
	return e, nil
}

// URL is where the metrics are.
func (e *Endpoint) URL() string { return "http://" + e.addr.String() + "/metrics" }

// Close ends it; whoever is being served gets a second to be done.
func (e *Endpoint) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := e.server.Shutdown(ctx); err != nil {
		_ = e.server.Close()
	}
	<-e.done
}

package telemetry

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

const (
	pushEvery = 10 * time.Second
	// pushWithin bounds each push, the last one, too.
	pushWithin = 5 * time.Second
)

// PushOptions say where and how metrics are pushed.
type PushOptions struct {
	URL  string                           // http(s)://HOST:4318[/PATH], grpc(s)://HOST:4317
	Env  func(name string) (string, bool) // of the process; may be nil
	Warn func(text string)                // told once when the collector fails, and when it is back; may be nil
}

// Pusher sends metrics to an OpenTelemetry collector.
type Pusher struct {
	provider *metric.MeterProvider
	warn     *warner
}

// Push sends m by OTLP every ten seconds, or as often as
// OTEL_METRIC_EXPORT_INTERVAL says, until Close. What else a collector may ask
// for, such as headers and certificates, the SDK takes from the
// OTEL_EXPORTER_OTLP_* variables, and OTEL_RESOURCE_ATTRIBUTES says whose the
// metrics are. A collector that does not answer disturbs nothing but its
// metrics. The error is ErrAddress for a URL that is none.
func (m *Metrics) Push(ctx context.Context, o PushOptions) (*Pusher, error) {
	exporter, err := newExporter(ctx, o.URL)
	if err != nil {
		return nil, err
	}
	self, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "imbench"), attribute.String("service.version", m.version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv()) // the last one wins
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	warn := &warner{Exporter: exporter, tell: o.Warn}
	options := []metric.PeriodicReaderOption{
		metric.WithTimeout(pushWithin), metric.WithProducer(bridge.NewMetricProducer(bridge.WithGatherer(m.registry))),
	}
	if !isSet(o.Env, "OTEL_METRIC_EXPORT_INTERVAL") {
		options = append(options, metric.WithInterval(pushEvery))
	}
	provider := metric.NewMeterProvider(metric.WithResource(self), metric.WithReader(metric.NewPeriodicReader(warn, options...)))
	return &Pusher{provider: provider, warn: warn}, nil
}

func isSet(env func(string) (string, bool), name string) bool {
	if env == nil {
		return false
	}
	v, ok := env(name)
	return ok && v != ""
}

// newExporter reads the URL. The protocol is its scheme's.
func newExporter(ctx context.Context, raw string) (metric.Exporter, error) {
	wrong := func(why string) (metric.Exporter, error) {
		return nil, fmt.Errorf("%w: %s; write http://HOST:4318 or grpc://HOST:4317, with an s for TLS", ErrAddress, why)
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return wrong("it is no URL")
	case u.Host == "" || u.Hostname() == "":
		return wrong("it names no host")
	case u.User != nil:
		return nil, fmt.Errorf("%w: a collector's password does not belong into its URL; set OTEL_EXPORTER_OTLP_HEADERS", ErrAddress)
	case u.RawQuery != "" || u.Fragment != "":
		return wrong("it has more than a path")
	}
	switch u.Scheme {
	case "http", "https":
		if u.Path == "" || u.Path == "/" {
			u.Path = "/v1/metrics"
		}
		return otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(u.String()),
			otlpmetrichttp.WithTimeout(pushWithin), otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{}))
	case "grpc", "grpcs":
		if u.Path != "" && u.Path != "/" {
			return wrong("gRPC has no path")
		}
		if u.Port() == "" {
			u.Host += ":4317"
		}
		options := []otlpmetricgrpc.Option{
			otlpmetricgrpc.WithEndpoint(u.Host), otlpmetricgrpc.WithTimeout(pushWithin), otlpmetricgrpc.WithRetry(otlpmetricgrpc.RetryConfig{}),
		}
		if u.Scheme == "grpc" {
			options = append(options, otlpmetricgrpc.WithInsecure())
		}
		return otlpmetricgrpc.New(ctx, options...)
	}
	return wrong("it begins with neither http nor grpc")
}

// Flush sends the metrics as they are now, and takes at most five seconds.
func (p *Pusher) Flush() {
	ctx, cancel := context.WithTimeout(context.Background(), pushWithin)
	defer cancel()
	p.warn.took(p.provider.ForceFlush(ctx))
}

// Close sends the metrics for the last time, and takes at most five seconds.
func (p *Pusher) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), pushWithin)
	defer cancel()
	p.warn.took(p.provider.Shutdown(ctx))
}

// warner exports, and turns failures into a warning.
type warner struct {
	metric.Exporter
	tell func(string)

	mu      sync.Mutex
	failing bool
}

// Export implements metric.Exporter. It never fails: the next push has all that
// this one had.
func (w *warner) Export(ctx context.Context, data *metricdata.ResourceMetrics) error {
	err := w.Exporter.Export(ctx, data)
	w.took(err)
	if err == nil {
		w.recovered()
	}
	return nil
}

func (w *warner) took(err error) {
	if err == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.failing && w.tell != nil {
		w.tell("warning: the collector does not take the metrics, and the run goes on without: " + err.Error())
	}
	w.failing = true
}

func (w *warner) recovered() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failing && w.tell != nil {
		w.tell("the collector takes the metrics again")
	}
	w.failing = false
}

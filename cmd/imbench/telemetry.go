package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/urfave/cli/v2"
	"go.opentelemetry.io/otel"

	"github.com/imbench/imbench/internal/telemetry"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

// telemetryFlags show a run to monitoring systems.
func telemetryFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "metrics-listen", Usage: "serve the running test's metrics to Prometheus at `HOST:PORT`"},
		&cli.StringFlag{Name: "otlp", Usage: "push them to an OpenTelemetry collector, `URL` http://HOST:4318 or grpc://HOST:4317"},
	}
}

// monitors are those who were asked to be shown the runs of this command; nil
// when nobody was.
type monitors struct {
	metrics  *telemetry.Metrics
	endpoint *telemetry.Endpoint
	pusher   *telemetry.Pusher
	runs     int

	mu    sync.Mutex
	lines io.Writer // where they disturb nothing that is drawn
}

// startMonitors does what the flags ask for, before any run begins.
func startMonitors(c *cli.Context) (m *monitors, err error) {
	listen, push := c.String("metrics-listen"), c.String("otlp")
	if listen == "" && push == "" {
		return nil, nil
	}
	m = &monitors{metrics: telemetry.New(versionText()), lines: c.App.ErrWriter}
	if listen != "" {
		if m.endpoint, err = m.metrics.Listen(c.Context, listen); err != nil {
			return nil, flagError("--metrics-listen", err)
		}
		sayTo(c, "metrics at "+m.endpoint.URL())
	}
	if push != "" {
		// What the SDK has to say would else go to stderr, through what is drawn.
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { m.tell("warning: OpenTelemetry: " + err.Error()) }))
		// The last push comes after an interrupted run, too.
		ctx := context.WithoutCancel(c.Context)
		m.pusher, err = m.metrics.Push(ctx, telemetry.PushOptions{URL: push, Env: os.LookupEnv, Warn: m.tell})
		if err != nil {
			m.close()
			return nil, flagError("--otlp", err)
		}
	}
	return m, nil
}

// flagError tells a mistake on the command line from what failed.
func flagError(flag string, err error) error {
	err = fmt.Errorf("%s: %w", flag, err)
	if errors.Is(err, telemetry.ErrAddress) {
		return usage(err)
	}
	return err
}

// tell prints a line.
func (m *monitors) tell(line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fmt.Fprintln(m.lines, report.Plain(line, longestWarning))
}

// longestWarning is what is shown of what a collector answers, in columns.
const longestWarning = 300

// sayOn makes lines go to w.
func (m *monitors) sayOn(w io.Writer) (before io.Writer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, m.lines = m.lines, w
	return before
}

// begin shows a run, whose progress is p: watch is to be told how it stands,
// and done what came of it, nil if nothing.
func (m *monitors) begin(s *scenario.Scenario, p progress) (watch func(report.Snapshot), done func(*report.Result)) {
	if m == nil {
		return p.update, func(*report.Result) {}
	}
	if m.runs++; m.runs > 1 && m.pusher != nil {
		m.pusher.Flush() // how the run before ended
	}
	m.metrics.Begin(telemetry.Run{Name: s.Name, Hash: s.Hash, Protocol: s.Target.Preset, Seed: s.Seed})
	before := m.lines
	if p.shown != nil {
		before = m.sayOn(p.shown)
	}
	watch = func(now report.Snapshot) {
		p.update(now)
		m.metrics.Update(now)
	}
	return watch, func(r *report.Result) {
		m.sayOn(before)
		if r == nil {
			return
		}
		if err := m.metrics.Finish(r); err != nil {
			m.tell("warning: the metrics of the result: " + err.Error())
		}
	}
}

// close ends it all, after a last push.
func (m *monitors) close() {
	if m == nil {
		return
	}
	if m.pusher != nil {
		m.pusher.Close()
	}
	if m.endpoint != nil {
		m.endpoint.Close()
	}
}

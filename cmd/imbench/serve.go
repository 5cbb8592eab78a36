package main

import (
	"cmp"
	"context"
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/imbench/imbench/internal/vitals"
	"github.com/imbench/imbench/testserver"
)

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "run the reference server",
		Description: "Serves all systems on one port, the envelope on /ws, Prometheus metrics on /metrics and health on /healthz.\n\n" +
			"Systems (--only SYSTEM): " + strings.Join(testserver.Systems(), ", ") + "\n\n" +
			"Bugs (--bug NAME[=VALUE], repeatable):\n" + testserver.BugUsage(),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8080", Usage: "`ADDRESS` to listen on"},
			&cli.StringFlag{Name: "only", DefaultText: "all", Usage: "speak this one `SYSTEM`; the paths of the others are answered 404"},
			&cli.StringSliceFlag{Name: "bug", Usage: "have a bug on purpose: `NAME[=VALUE]` (repeatable)"},
			&cli.StringFlag{Name: "token", Usage: "ask clients for this `TOKEN`", EnvVars: []string{"IMBENCH_SERVE_TOKEN"}},
			&cli.DurationFlag{Name: "ping-every", DefaultText: "15s, or what the system was published with", Usage: "ping each `TIME`"},
			&cli.DurationFlag{Name: "reap-after", DefaultText: "40s, likewise", Usage: "declare a client dead after `TIME` without a sign of life"},
			&cli.DurationFlag{Name: "keepalive", DefaultText: "none", Usage: "have TCP probe connections without traffic each `TIME`, and end them after three probes without an answer"},
			&cli.IntFlag{Name: "max-conns", DefaultText: "50000, or what the descriptors allow", Usage: "hold at most `N` connections"},
			&cli.StringFlag{Name: "max-frame", DefaultText: "64KiB; 1MB for Socket.IO", Usage: "take messages of at most `SIZE`"},
			&cli.StringFlag{Name: "rate", DefaultText: "no limit", Usage: "take at most `RATE` frames from a client, e.g. 50/s"},
			&cli.IntFlag{Name: "queue", DefaultText: "1000", Usage: "let at most `N` frames wait for a client that does not read"},
			&cli.StringFlag{Name: "slow-consumer", DefaultText: "close", Usage: "`WHAT` happens to a client whose queue is full: close or drop-oldest"},
			&cli.IntFlag{Name: "history", DefaultText: "1000", Usage: "keep `N` messages of each room for clients that resume; -1 keeps none"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "quiet", Aliases: []string{"q"}, Usage: "log warnings only"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "verbose", Usage: "log refusals and every client, too"},
		},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action:       serveAction,
	}
}

// goodbye bounds a graceful shutdown.
const goodbye = 5 * time.Second

func serveAction(c *cli.Context) error {
	if c.NArg() > 0 {
		return usage(fmt.Errorf("serve takes no arguments, only flags; what is %q?", c.Args().First()))
	}
	config, err := serverConfig(c)
	if err != nil {
		return usage(err)
	}
	if _, err := vitals.RaiseFDLimit(); err != nil {
		config.Logger.Warn("the descriptor limit stays as it is", "error", err)
	}
	if d := c.Duration("keepalive"); d != 0 && d < time.Second {
		return usage(fmt.Errorf("--keepalive %s is too often; 1s is the least", d))
	}
	server, err := testserver.New(config)
	if err != nil {
		return usage(err)
	}
	listener, err := testserver.ListenKeepAlive(c.Context, c.String("listen"), c.Duration("keepalive"))
	if err != nil {
		return err
	}
	path := testserver.Paths(cmp.Or(config.Only, "envelope"))[0]
	config.Logger.Info("clients connect to ws://" + listener.Addr().String() + path)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-c.Context.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return <-served
}

// serverConfig reads the flags; every one that is wrong is told.
func serverConfig(c *cli.Context) (testserver.Config, error) {
	config := testserver.Config{
		Only: c.String("only"), Token: c.String("token"), PingEvery: c.Duration("ping-every"), ReapAfter: c.Duration("reap-after"),
		MaxConns: c.Int("max-conns"), Queue: c.Int("queue"), History: c.Int("history"),
	}
	var errs []error
	for _, text := range c.StringSlice("bug") {
		bug, err := testserver.ParseBug(text)
		errs = append(errs, err)
		config.Bugs = append(config.Bugs, bug)
	}
	for name, into := range map[string]encoding.TextUnmarshaler{
		"max-frame": &config.MaxFrame, "rate": &config.Rate, "slow-consumer": &config.SlowConsumer,
	} {
		if text := c.String(name); text != "" {
			if err := into.UnmarshalText([]byte(text)); err != nil {
				errs = append(errs, fmt.Errorf("--%s: %w", name, err))
			}
		}
	}
	config.Logger = newLogger(c)
	return config, errors.Join(errs...)
}

// newLogger logs to stderr as much as --quiet and --verbose say.
func newLogger(c *cli.Context) *slog.Logger {
	level := slog.LevelInfo
	switch {
	case c.Bool("quiet"):
		level = slog.LevelWarn
	case c.Bool("verbose"):
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(c.App.ErrWriter, &slog.HandlerOptions{Level: level}))
}

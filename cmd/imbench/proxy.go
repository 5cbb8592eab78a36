package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/urfave/cli/v2"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/vitals"
	"github.com/imbench/imbench/proxy"
	"github.com/imbench/imbench/scenario"
)

func proxyCommand() *cli.Command {
	return &cli.Command{
		Name:  "proxy",
		Usage: "have faults happen between real clients and a real server",
		Description: "Passes connections on, and makes faults happen to them: by command line, by a list on a schedule,\n" +
			"or by an HTTP API that Toxiproxy's clients speak. Without --listen there is only the API.\n\n" +
			"Types of toxics: " + strings.Join(proxy.Types(), ", "),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "listen on this `ADDRESS`, like 0.0.0.0:9000"},
			&cli.StringFlag{Name: "upstream", Usage: "pass connections on to this `ADDRESS`"},
			&cli.StringSliceFlag{Name: "fault", Usage: "have this `FAULT` happen, e.g. '{kind: latency, delay: 100ms}' (repeatable)"},
			&cli.StringFlag{Name: "faults", Usage: "have the faults of `FILE` happen, a scenario's or a list of its own; second 0 is now"},
			&cli.StringFlag{Name: "api", Value: "127.0.0.1:8474", Usage: "serve the HTTP API on `ADDRESS`; \"\" for none"},
			&cli.StringFlag{Name: "config", Usage: "make the proxies of `FILE`, as Toxiproxy's -config"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "choose connections and jitter by this `SEED`"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "quiet", Aliases: []string{"q"}, Usage: "log warnings only"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "verbose", Usage: "log every connection that meets a toxic, too"},
		},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action:       proxyAction,
	}
}

func proxyAction(c *cli.Context) error {
	if c.NArg() > 0 {
		return usage(fmt.Errorf("proxy takes no arguments, only flags; what is %q?", c.Args().First()))
	}
	list, err := proxyFaults(c)
	if err != nil {
		return usage(err)
	}
	if err := checkProxyFlags(c, list); err != nil {
		return usage(err)
	}
	config, err := proxyConfig(c)
	if err != nil {
		return usage(err)
	}
	logger := newLogger(c)
	server := proxy.New(proxy.Config{Seed: c.Uint64("seed"), Logger: logger, Version: versionText(), MaxConns: proxyBound(logger)})
	began := time.Now()
	served, err := serveProxies(c, server, config, list, logger)
	sum := server.Summary() // before the end heals what is dark
	err = errors.Join(err, server.Close())
	if !served {
		return err
	}
	fmt.Fprintf(c.App.ErrWriter, "%s: %d connections, %d unreachable, %d refused; connections struck %d times; %d dark at the end; %s up, %s down\n",
		time.Since(began).Round(time.Second), sum.Connections, sum.Unreachable, sum.Refused, sum.Faulted, sum.Dark,
		humanize.Bytes(uint64(sum.Up)), humanize.Bytes(uint64(sum.Down)))
	return err
}

// checkProxyFlags says what is wrong with the flags; every address that is none
// is told.
func checkProxyFlags(c *cli.Context, list []faults.Config) error {
	listen, upstream := c.String("listen"), c.String("upstream")
	switch {
	case (listen == "") != (upstream == ""):
		return errors.New("--listen and --upstream go together")
	case listen == "" && len(list) > 0:
		return errors.New("faults on a schedule need --listen and --upstream; without them, add toxics by the API")
	case listen == "" && c.String("api") == "":
		return errors.New("there is nothing to do; write --listen and --upstream, or an --api")
	}
	var errs []error
	for _, flag := range []string{"listen", "upstream", "api"} {
		if c.String(flag) == "" {
			continue
		}
		if err := proxy.CheckAddress(c.Context, c.String(flag)); err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", flag, err))
		}
	}
	return errors.Join(errs...)
}

// proxyConfig reads --config.
func proxyConfig(c *cli.Context) (proxy.List, error) {
	file := c.String("config")
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := proxy.ReadList(f)
	if err == nil {
		err = list.CheckAddresses(c.Context)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// proxyFaults reads --fault and --faults; everything that is wrong is told.
func proxyFaults(c *cli.Context) (list []faults.Config, err error) {
	var problems []*scenario.Problem
	collect := func(err error) error {
		var p *scenario.Problems
		if errors.As(err, &p) {
			problems = append(problems, p.List...)
			return nil
		}
		return err
	}
	if file := c.String("faults"); file != "" {
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		more, err := scenario.LoadFaults(src, file, proxy.CheckFault)
		if err := collect(err); err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	for _, text := range c.StringSlice("fault") {
		f, err := scenario.LoadFault(text, "--fault", proxy.CheckFault)
		if err := collect(err); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	if len(problems) > 0 {
		return nil, &scenario.Problems{List: problems}
	}
	return list, nil
}

// proxyBound is how many connections the descriptors allow; some are left for
// listeners, the API and the rest.
func proxyBound(logger *slog.Logger) int {
	const others = 100
	most, err := vitals.RaiseFDLimit()
	if err != nil {
		logger.Warn("the descriptor limit stays as it is", "error", err)
	}
	if most == 0 || most > 1<<30 {
		return 0 // not told, or none
	}
	return max(1, (int(most)-others)/2)
}

// serveProxies makes the proxies and lets the faults happen until the command
// is to end. It serves nothing unless it has every address that it needs.
func serveProxies(c *cli.Context, server *proxy.Server, config proxy.List, list []faults.Config, logger *slog.Logger) (served bool, err error) {
	var api net.Listener
	if addr := c.String("api"); addr != "" {
		if api, err = (&net.ListenConfig{}).Listen(c.Context, "tcp", addr); err != nil {
			return false, fmt.Errorf("the API: %w; choose another address by --api, or none by --api \"\"", err)
		}
		defer api.Close()
	}
	if _, err := server.Populate(config); err != nil {
		return false, fmt.Errorf("%s: %w", c.String("config"), err)
	}
	if listen := c.String("listen"); listen != "" {
		p, err := server.Add("main", listen, c.String("upstream"), true)
		if err != nil {
			return false, fmt.Errorf("the proxy main: %w", err)
		}
		played := make(chan struct{})
		ctx, cancel := context.WithCancel(c.Context)
		go func() {
			defer close(played)
			p.Play(ctx, list)
		}()
		defer func() { cancel(); <-played }()
	}
	failed := make(chan error, 1)
	if api != nil {
		defer serveAPI(c.Context, api, server, logger, failed)()
	}
	select {
	case <-c.Context.Done():
		return true, nil
	case err := <-failed:
		return true, err
	}
}

// serveAPI serves the HTTP API until stop is called.
func serveAPI(ctx context.Context, listener net.Listener, server *proxy.Server, logger *slog.Logger, failed chan<- error) (stop func()) {
	logger.Info("the API listens", "on", "http://"+listener.Addr().String())
	api := &http.Server{
		Handler: server.Handler(), ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := api.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second) // it has ended when the API is to
		defer cancel()
		if api.Shutdown(ctx) != nil {
			api.Close()
		}
	}
}

package interop_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/testserver"
)

func TestABrowserTalksWithTheReferenceServer(t *testing.T) {
	const hello = "grüß dich 👋"
	page := browse(t, pages(t).URL+"/page.html")
	server := reference(t)
	for system, want := range map[string][]string{
		"envelope":         {hello, "ack", "heartbeat_ack"},
		"browser-ws":       {hello, "pong"},
		"heart-class":      {hello, "Hello 用户4711!", "Hello 用户0!"},
		"socketio-chat":    {hello, "polling", "websocket"},
		"angular-socketio": {"已收到：" + hello, "连接成功", "1760000000123"},
	} {
		t.Run(system, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(page, startWithin)
			defer cancel()
			call := fmt.Sprintf("talk[%q](%q)", system, "ws://"+server)
			got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](call, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// pages serves the page, and socket.io-client as npm has it for browsers.
func pages(t *testing.T) *httptest.Server {
	t.Helper()
	script(t, "") // needs the npm packages
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir("testdata")))
	mux.HandleFunc("/socket.io.min.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join("node", "node_modules", "socket.io-client", "dist", "socket.io.min.js"))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// browse opens a page in a Chromium without a window, as root and without a
// word to the world outside.
func browse(t *testing.T, url string) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program(t, "chromium")),
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(startWithin),
	)
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Log(err)
		}
		closeTab()
	})
	if err := chromedp.Do(ctx); err != nil { // starts it, for longer than any one step
		t.Fatal(err)
	}
	step, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	if err := chromedp.Do(step, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// reference runs the reference server until the end of the test.
func reference(t *testing.T) (addr string) {
	t.Helper()
	s, err := testserver.New(testserver.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	l, err := testserver.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Shutdown(ctx) // the browser may be slow to leave
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

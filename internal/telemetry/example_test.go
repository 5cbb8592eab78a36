package telemetry_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/imbench/imbench/internal/telemetry"
)

func Example() {
	metrics := telemetry.New("v1.0.0")
	endpoint, err := metrics.Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer endpoint.Close()

	metrics.Begin(telemetry.Run{Name: "quickstart", Protocol: "envelope", Seed: 1})
	r, err := http.Get(endpoint.URL())
	if err != nil {
		panic(err)
	}
	defer r.Body.Close()
	page, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "imbench_phase{") {
			fmt.Print(line)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	// Output:
	// imbench_phase{phase="connecting"} 1
	// imbench_phase{phase="draining"} 0
	// imbench_phase{phase="over"} 0
	// imbench_phase{phase="running"} 0
}

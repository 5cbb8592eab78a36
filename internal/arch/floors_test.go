package arch

import (
	"fmt"
	"slices"
	"strings"
)

const module = "github.com/imbench/imbench/"

// floors says where each room is; packages inside a room are on its floor.
var floors = map[string]int{
	"cmd":              4,
	"internal/abcheck": 4,
	"internal/bench":   4,
	"interop":          4,
	"internal/testlog": 4,

	"agent":  3,
	"rounds": 3,
	"proxy":  3,

	"scenario":           2,
	"internal/telemetry": 2,

	"faults":     1,
	"report":     1,
	"testserver": 1,

	"docs":                 0,
	"protocol":             0,
	"internal/arch":        0,
	"internal/build":       0,
	"internal/credentials": 0,
	"internal/inetdiag":    0,
	"internal/memnet":      0,
	"internal/unit":        0,
	"internal/nearest":     0,
	"internal/placeholder": 0,
	"internal/problem":     0,
	"internal/vitals":      0,
	"internal/wsframe":     0,
}

// closed are imports that the floors would allow. only names the rooms that
// may have them all the same; a package's tests may always.
var closed = []struct {
	path   string // and all below it
	only   []string
	reason string
}{
	{module + "testserver", []string{"cmd", "internal/bench"},
		"simulated clients and reference server meet on the wire only, or a mistake in what they share would hide from both"},
	{module + "internal/wsframe", []string{"agent", "faults", "proxy"},
		"the reference server writes frames of its own, or a mistake in them would hide from both"},
	{module + "internal/memnet", nil, "it stands in for the network in tests"},
	{module + "internal/arch", nil, "it is a test"},
	{"testing", nil, "it belongs to tests"},
	{"net/http/httptest", nil, "it belongs to tests"},
	{"github.com/urfave/cli", []string{"cmd"}, "flags, terminal and exit codes are floor 4's"},
	{"github.com/prometheus", []string{"testserver", "proxy", "internal/telemetry", "cmd"}, "the server under test exports metrics, and so does a proxy, as Toxiproxy does; a run's are in the result, and internal/telemetry shows them while it goes on"},
	{"go.opentelemetry.io", []string{"internal/telemetry", "cmd"}, "who watches a run is no concern of the run"},
	{"github.com/gorilla/websocket", []string{"agent", "testserver", "cmd", "internal/bench"},
		"faults happen beneath the WebSocket, and plan and report must not depend on how bytes travel"},
}

// pkg is what go list tells of a package.
type pkg struct {
	Dir, ImportPath                    string
	Imports, TestImports, XTestImports []string
}

// violations says what is wrong with p's imports, one sentence each.
func violations(p pkg) []string {
	name, ours := strings.CutPrefix(p.ImportPath, module)
	if !ours {
		return nil
	}
	from, known := room(name)
	if !known {
		return []string{name + " is on no floor; say in floors_test.go where it belongs"}
	}
	var wrong []string
	for _, path := range p.Imports {
		if reason := forbidden(from, path); reason != "" {
			wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", name, strings.TrimPrefix(path, module), reason))
		}
	}
	for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
		if reason := upward(from, path); reason != "" {
			wrong = append(wrong, fmt.Sprintf("a test of %s imports %s: %s", name, strings.TrimPrefix(path, module), reason))
		}
	}
	return wrong
}

// forbidden says why the room from may not import path, "" when it may.
func forbidden(from, path string) string {
	for _, c := range closed {
		inside := path == c.path || strings.HasPrefix(path, c.path+"/")
		if inside && module+from != c.path && !slices.Contains(c.only, from) {
			return c.reason
		}
	}
	if reason := upward(from, path); reason != "" {
		return reason
	}
	name, ours := strings.CutPrefix(path, module)
	to, known := room(name)
	if ours && known && to != from && floors[to] == floors[from] && floors[from] > 0 {
		return fmt.Sprintf("both are on floor %d, and rooms of one floor do not know each other; what they share belongs below", floors[from])
	}
	return ""
}

// upward says so when path is above the room from.
func upward(from, path string) string {
	name, ours := strings.CutPrefix(path, module)
	to, known := room(name)
	if !ours || !known || floors[to] <= floors[from] {
		return ""
	}
	return fmt.Sprintf("imports run downward only, and %s is on floor %d, %s on floor %d", to, floors[to], from, floors[from])
}

// room finds the room that a package of ours is in.
func room(name string) (string, bool) {
	for r := range floors {
		if name == r || strings.HasPrefix(name, r+"/") {
			return r, true
		}
	}
	return "", false
}

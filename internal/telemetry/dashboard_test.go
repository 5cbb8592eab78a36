package telemetry

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// dashboard is as much of Grafana's JSON as has queries.
type dashboard struct {
	SchemaVersion int
	UID, Title    string
	Panels        []struct {
		ID      int
		Type    string
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr string }
	}
	Annotations struct{ List []struct{ Expr string } }
	Templating  struct {
		List []struct {
			Name, Type, Definition string
		}
	}
}

var (
	metricName = regexp.MustCompile(`\bimbench_[a-z0-9_]+`)
	variable   = regexp.MustCompile(`\$\{?(\w+)`)
)

func readDashboard(t *testing.T) (d dashboard, text []byte) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "grafana.json"))
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d, text
}

func TestTheDashboardAsksForWhatIsThereAndForAllOfIt(t *testing.T) {
	d, b := readDashboard(t)
	if d.SchemaVersion < 36 || d.Title != "imbench" || d.UID == "" {
		t.Errorf("schema version %d, title %q, uid %q", d.SchemaVersion, d.Title, d.UID)
	}
	known := map[string]bool{} // and whether it was asked for
	labels := map[string][]string{}
	for _, f := range families() {
		known[f.name], labels[f.name] = false, f.labels
	}
	var queries []string
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			queries = append(queries, target.Expr)
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%s asks for nothing", p.Title)
		}
	}
	for _, a := range d.Annotations.List {
		queries = append(queries, a.Expr)
	}
	variables := map[string]bool{"__rate_interval": true, "__range": true, "__interval": true}
	for _, v := range d.Templating.List {
		variables[v.Name] = true
		queries = append(queries, v.Definition)
	}
	for _, q := range queries {
		for _, name := range metricName.FindAllString(q, -1) {
			family := strings.TrimSuffix(name, "_bucket")
			if _, ok := known[family]; !ok {
				t.Errorf("%s is asked for, and there is none", name)
			}
			known[family] = true
			if strings.Contains(q, name+`{`) && strings.Contains(q, "group=") && labels[family] != nil && labels[family][0] != "group" {
				t.Errorf("%s has no group", name)
			}
		}
		for _, v := range variable.FindAllStringSubmatch(q, -1) {
			if !variables[v[1]] {
				t.Errorf("no variable %s, in %s", v[1], q)
			}
		}
	}
	for name, asked := range known {
		if !asked {
			t.Errorf("%s is in no panel", name)
		}
	}
	if strings.Contains(string(b), `"uid": "P`) {
		t.Error("a data source of one's own Grafana is in it")
	}
}

func TestTheDashboardsPanelsStandApart(t *testing.T) {
	d, _ := readDashboard(t)
	const columns = 24
	taken, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("two panels have the id %d", p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if at := [2]int{x, y}; x >= columns || taken[at] != "" {
					t.Fatalf("%q is where %q is", p.Title, taken[at])
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}

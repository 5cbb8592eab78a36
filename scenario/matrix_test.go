package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func cellsOf(t *testing.T, yaml string, sets ...string) []Cell {
	t.Helper()
	cells, err := Cells([]byte(yaml), "m.yaml", Options{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

func namesOf(cells []Cell) (names []string) {
	for _, c := range cells {
		names = append(names, c.Name)
	}
	return names
}

func TestAMatrixMakesARunOfEveryCombination(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		cells      []string
	}{
		{"none without a matrix", "clients: 5", []string{""}},
		{"none of an empty one", "matrix:", []string{""}},
		{"one path", "matrix: {clients.reconnect: [phoenix, socketio]}", []string{"phoenix", "socketio"}},
		{"two paths, the last changing fastest", "matrix: {seed: [1, 2], clients.count: [5, 10]}",
			[]string{"seed=1, count=5", "seed=1, count=10", "seed=2, count=5", "seed=2, count=10"}},
		{"maps, by what is in them, their name, or their place", `matrix: {clients.reconnect: [{preset: phoenix}, {backoff: constant, base: 1s}, {backoff: exponential, base: 1s, max: 20s, factor: 1.7}]}`,
			[]string{"phoenix", "{backoff: constant, base: 1s}", "reconnect-3"}},
		{"the same policy in two ways", "matrix: {clients.reconnect: [phoenix, {preset: phoenix}]}", []string{"phoenix", "reconnect-2"}},
		{"leaving out", "{rooms: {size: 10}, matrix: {rooms: [~, {size: 5}]}}", []string{"rooms-1", "{size: 5}"}},
		{"secrets, by their place", "{target: ws://h, matrix: {target.token: [geheim, anders]}}", []string{"token-1", "token-2"}},
		{"an item of a list", "{faults: [{name: nat, at: 1s, kind: reset, clients: 5}], matrix: {faults.nat.at: [1s, 2s], 'faults[0].clients': [10%]}}",
			[]string{"at=1s, clients=10%", "at=2s, clients=10%"}},
	} {
		if got := namesOf(cellsOf(t, c.yaml)); !slices.Equal(got, c.cells) {
			t.Errorf("%s: %q, want %q", c.name, got, c.cells)
		}
	}
}

func TestACellIsTheScenarioWithItsSets(t *testing.T) {
	const base = "clients: &c {count: 10}\nrooms: {size: 5}\ntraffic: 5/s\n"
	const matrix = "matrix:\n  clients.reconnect: [phoenix, {preset: socketio, max: 2s}]\n  traffic.rate: [5/s, '10/s..20/s']\n  rooms: [~, {size: 5}]\n"
	cells := cellsOf(t, base+matrix, "seed=7")
	if len(cells) != 8 {
		t.Fatal(namesOf(cells))
	}
	for _, c := range cells {
		s, err := Load([]byte(base), "m.yaml", Options{Set: append([]string{"seed=7"}, c.Set...)})
		if err != nil {
			t.Fatalf("%s: %v", c.Set, err)
		}
		again, err := Load([]byte(base+matrix), "m.yaml", Options{Set: c.Scenario.Set})
		if err != nil {
			t.Fatalf("%s: %v", c.Scenario.Set, err)
		}
		if s.Hash != c.Scenario.Hash || again.Hash != s.Hash || s.Seed != 7 || c.Scenario.Seed != 7 || again.Seed != 7 {
			t.Errorf("cell %s is another scenario than %s makes", c.Name, c.Set)
		}
	}
	if cells[0].Scenario.Hash == cells[1].Scenario.Hash {
		t.Error("two cells are the same")
	}
}

func TestProblemsOfAMatrixHaveTheirPlace(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("%d, ", 65), ", ")
	for i := range 65 {
		many = strings.Replace(many, "%d", fmt.Sprint(i+1), 1)
	}
	for _, c := range []struct {
		name, yaml string
		problems   []string
	}{
		{"a wrong value", "matrix:\n  clients.reconnect: [phoenix, phoenxi]", []string{
			`m.yaml:2:32: clients.reconnect: "phoenxi" is not a reconnect policy (with phoenxi); did you mean phoenix?`}},
		{"a wrong value among combinations, once", "matrix:\n  clients.count: [5, 0]\n  seed: [1, 2]", []string{
			"m.yaml:2:22: clients.count: 0 is out of range (with count=0, seed=1 and 1 more); write at least 1 client"}},
		{"a value that does not go with the rest", "rooms: {count: 10}\nmatrix: {clients.count: [20, 5]}", []string{
			"m.yaml:1:16: rooms.count: 10 rooms are more than the 5 clients (with 5); write fewer rooms"}},
		{"something wrong in all of them, once", "cliens: 5\nmatrix: {seed: [1, 2]}", []string{"m.yaml:1:1: cliens: unknown key; did you mean clients?"}},
		{"a wrong matrix and something else", "seed: x\nmatrix: [5]", []string{"m.yaml:1:7: seed:", "m.yaml:2:9: matrix: is not a map of paths; write paths and their values"}},
		{"a path to a key that there is not", "matrix: {clients.cuont: [5]}", []string{"m.yaml:1:26: clients.cuont: unknown key; did you mean count?"}},
		{"a path to an item that there is not", "faults: [{name: nat, at: 1s, kind: storm}]\nmatrix: {faults.nut.at: [5s]}", []string{`m.yaml:2:10: matrix: faults has no item named "nut"; did you mean nat?`}},
		{"no path", "matrix: {a..b: [1]}", []string{"m.yaml:1:10: matrix: a..b is not the path of a key"}},
		{"a matrix of itself", "matrix: {matrix.seed: [1]}", []string{"m.yaml:1:10: matrix: matrix.seed is not the path of a key"}},
		{"one value without a list", "matrix: {seed: 5}", []string{"m.yaml:1:16: matrix.seed: is not a list of values; write them like"}},
		{"no values", "matrix: {seed: []}", []string{"m.yaml:1:16: matrix.seed: is not a list of values"}},
		{"a value twice", "matrix: {seed: [1, 2, 1]}", []string{"m.yaml:1:23: matrix.seed[2]: stands twice"}},
		{"a path twice", "matrix: {seed: [1], seed: [2]}", []string{"m.yaml:1:21: matrix.seed: duplicate key"}},
		{"too many values", "matrix: {seed: [" + many + "]}", []string{"m.yaml:1:16: matrix.seed: has 65 values, and a matrix makes at most 64 runs"}},
		{"too many combinations", "matrix: {seed: [1,2,3,4,5,6,7,8,9], clients.count: [1,2,3,4,5,6,7,8,9]}", []string{"m.yaml:1:9: matrix: makes more than 64 runs; write fewer values"}},
	} {
		_, err := Cells([]byte(c.yaml), "m.yaml", Options{})
		if err == nil {
			t.Errorf("%s was taken", c.name)
			continue
		}
		got := strings.Split(err.Error(), "\n")
		ok := len(got) == len(c.problems)
		for i := range min(len(got), len(c.problems)) {
			ok = ok && strings.HasPrefix(got[i], c.problems[i])
		}
		if !ok {
			t.Errorf("%s: got\n  %s\nwant\n  %s", c.name, strings.Join(got, "\n  "), strings.Join(c.problems, "\n  "))
		}
	}
}

func TestLoadTakesNoMatrixButChoosesOfIt(t *testing.T) {
	const src = "matrix: {clients.reconnect: [phoenix, socketio]}"
	if _, err := Load([]byte(src), "m.yaml", Options{}); err == nil || !strings.HasPrefix(err.Error(), "m.yaml:1:9: matrix: makes several runs of one scenario") {
		t.Error(err)
	}
	s, err := Load([]byte(src), "m.yaml", Options{Set: []string{"matrix=", "clients.reconnect=socketio"}})
	if err != nil || s.Clients[0].Reconnect.Preset != "socketio" {
		t.Error(s, err)
	}
	cells, err := Cells([]byte(src), "m.yaml", Options{Set: []string{"matrix={seed: [1, 2, 3]}"}})
	if err != nil || len(cells) != 3 {
		t.Error(namesOf(cells), err)
	}
}

func TestASetChangesAPathOfTheMatrix(t *testing.T) {
	const src = "faults: [{name: nat, at: 1s, kind: reset, clients: 5}]\n"
	const matrix = "matrix: {seed: [1, 2], clients.count: [5, 6]}\n"
	for _, c := range []struct {
		name, src string
		sets      []string
		cells     []string
	}{
		{"where there was none", src, []string{"matrix.clients.reconnect=[phoenix, nats]"}, []string{"phoenix", "nats"}},
		{"by an item's name and number", src, []string{"matrix.faults.nat.at=[1s, 2s]", "matrix.faults[0].clients=[3]"},
			[]string{"at=1s, clients=3", "at=2s, clients=3"}},
		{"instead of its values", src + matrix, []string{"matrix.clients.count=[7]"}, []string{"seed=1, count=7", "seed=2, count=7"}},
		{"beside it", src + matrix, []string{"matrix.duration=[9s]"}, []string{
			"seed=1, count=5, duration=9s", "seed=1, count=6, duration=9s", "seed=2, count=5, duration=9s", "seed=2, count=6, duration=9s"}},
		{"by no values, to leave it out", src + matrix, []string{"matrix.seed="}, []string{"5", "6"}},
		{"until none is left", src + matrix, []string{"matrix.seed=", "matrix.clients.count="}, []string{""}},
	} {
		if got := namesOf(cellsOf(t, c.src, c.sets...)); !slices.Equal(got, c.cells) {
			t.Errorf("%s: %q, want %q", c.name, got, c.cells)
		}
	}
	for set, want := range map[string]string{
		"matrix.clients.count=5":    "--set matrix.clients.count=5: matrix.clients.count: is not a list of values",
		"matrix.clients..count=[5]": "--set matrix.clients..count=[5]: the path has an empty key",
		"matrix.=[5]":               "--set matrix.=[5]: the path has an empty key",
		"matrix.clients.cuont=[5]":  "matrix.clients.cuont=[5]: clients.cuont: unknown key",
		"matrix.matrix.seed=[5]":    "--set matrix.matrix.seed=[5]: matrix: matrix.seed is not the path of a key",
	} {
		if _, err := Cells([]byte(src), "m.yaml", Options{Set: []string{set}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", set, err)
		}
	}
}

func TestWhatAScenarioWasChangedByIsKeptWithoutSecrets(t *testing.T) {
	sets := []string{
		"clients=50", "seed=4", "target.url=ws://me:geheim@h/?token=geheim", "target.token=geheim", "target.headers.X=geheim",
		"clients.login={token: geheim}", "target={url: ws://h, token: geheim}", "matrix=",
	}
	want := []string{
		"clients=50", "seed=4", "target.url=ws://me:***@h/?token=***", "target.token=***", "target.headers.X=***",
		"clients.login=***", "target=***", "matrix=",
	}
	if got := shownSets(sets); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func FuzzCells(f *testing.F) {
	for _, src := range []string{
		"matrix: {seed: [1, 2]}", "matrix: {clients.reconnect: [phoenix, {base: 1s, backoff: constant}], rooms: [~]}",
		"x: &x [1]\nmatrix: {seed: *x}", "matrix: &m {seed: [*m]}", "matrix: {<<: {seed: [1]}}", "? [a]\n: b\nmatrix: {? [c] : [1]}",
		"matrix: {'faults[0].at': [1s]}\nfaults: [{at: 1s, kind: storm}]", "matrix: {target: [ws://h, 'a\nb', \"\\e\"]}",
	} {
		f.Add([]byte(src), "clients=5")
	}
	f.Fuzz(func(t *testing.T, src []byte, set string) {
		cells, err := Cells(src, "f.yaml", Options{Set: []string{set}})
		if err != nil {
			return
		}
		if len(cells) == 0 || len(cells) > MaxCells {
			t.Fatalf("%d cells", len(cells))
		}
		seen := map[string]bool{}
		for _, c := range cells {
			if c.Scenario == nil || seen[c.Name] && len(cells) > 1 || strings.ContainsAny(c.Name, "\n\x1b") {
				t.Fatalf("%#v", c)
			}
			seen[c.Name] = true
			for _, s := range c.Set {
				if strings.ContainsAny(s, "\n\x1b") {
					t.Fatalf("%q", s)
				}
			}
		}
	})
}

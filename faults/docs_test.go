package faults

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/internal/unit"
)

func faultsPage(t *testing.T) string {
	t.Helper()
	src, err := os.ReadFile("../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func TestThePageShowsEveryKindWithExamplesThatAreValid(t *testing.T) {
	shown := map[Kind]bool{}
	example := regexp.MustCompile(`(?m)^ *- (\{.*\})$`)
	for _, section := range strings.Split(faultsPage(t), "\n### ")[1:] {
		kind, _, _ := strings.Cut(section, "\n")
		section, _, _ = strings.Cut(section, "\n## ")
		for _, found := range example.FindAllStringSubmatch(section, -1) {
			var f Config
			if err := yaml.Unmarshal([]byte(found[1]), &f); err != nil {
				t.Errorf("%s: %v", found[1], err)
			}
			if err := f.Validate(); err != nil {
				t.Errorf("%s: %v", found[1], err)
			}
			if f.Kind != Kind(kind) {
				t.Errorf("%s stands under %s", found[1], kind)
			}
			shown[f.Kind] = true
		}
	}
	for _, k := range Kinds() {
		if !shown[k] {
			t.Errorf("docs/faults.md has no example of %s", k)
		}
	}
}

func TestThePageHasEveryBoxAsItIs(t *testing.T) {
	page := faultsPage(t)
	for _, b := range Boxes() {
		idle := unit.Duration(b.Idle)
		if b.Lifetime > 0 {
			idle += ", " + unit.Duration(b.Lifetime) + " old"
		}
		row := "| `" + b.Name + "` | " + strings.Join([]string{idle, string(b.Counts), string(b.Expiry), b.Source}, " | ") + " |"
		if !strings.Contains(page, row) {
			t.Errorf("docs/faults.md lacks the row %s", row)
		}
	}
}

func TestThePageNamesEveryFormExpiryAndCount(t *testing.T) {
	page := faultsPage(t)
	names := slices.Clone(Forms())
	for _, e := range Expiries() {
		names = append(names, string(e))
	}
	for _, c := range CountsKnown() {
		names = append(names, string(c))
	}
	for _, name := range names {
		if !strings.Contains(page, "| `"+name+"` |") {
			t.Errorf("docs/faults.md does not explain %s", name)
		}
	}
}

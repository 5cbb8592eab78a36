package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

func render(t testing.TB, r *Result, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func samples() map[string]*Result {
	return map[string]*Result{
		"passed":           sampleQuickstart(),
		"failed":           sampleFailing(),
		"overloaded":       sampleOverloaded(),
		"nothing-expected": sampleNothingExpected(),
		"interrupted":      sampleInterrupted(),
		"every-fault":      sampleEveryFault(),
		"empty":            {},
	}
}

func TestTextLooksAsItDid(t *testing.T) {
	for name, r := range samples() {
		for suffix, o := range map[string]TextOptions{
			".80.txt": {Width: 80}, ".120.txt": {Width: 120}, ".color.txt": {Width: 100, Color: true},
		} {
			t.Run(name+suffix, func(t *testing.T) {
				golden(t, filepath.Join("text", name+suffix), render(t, r, o))
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *updateGolden {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("(-golden +got; -update writes it anew)\n%s", d)
	}
}

func TestTextChangesNothingInTheResult(t *testing.T) {
	for name, r := range samples() {
		before, _ := json.Marshal(r)
		render(t, r, TextOptions{Color: true})
		if after, _ := json.Marshal(r); !bytes.Equal(before, after) {
			t.Errorf("%s was changed", name)
		}
	}
}

func TestNoLineIsWiderThanThePage(t *testing.T) {
	all := samples()
	all["hostile"] = sampleHostile()
	for name, r := range all {
		for width := leastWidth; width <= mostWidth+1; width += 7 {
			for line := range strings.Lines(render(t, r, TextOptions{Width: width})) {
				w := columns(strings.TrimSuffix(line, "\n"))
				if w > min(width, mostWidth) && !strings.HasPrefix(line, "  imbench ") {
					t.Fatalf("%s: %d columns on a page of %d: %.200s", name, w, width, line)
				}
			}
		}
	}
}

// Figures beneath each other need their columns; sentences do not.
func TestSentencesWrapOnANarrowTerminal(t *testing.T) {
	const long = "a sentence that says what is wrong here, and is longer than any such terminal is wide"
	for width := leastSentence; width < leastWidth; width++ {
		p := newPage(TextOptions{Width: width})
		p.conclusion(Inconclusive, "quick", []string{long, "it ended; its last words:\nloading\n" + long})
		p.row("target", long)
		p.alarm("", long)
		p.warnings([]string{long})
		p.fault(FaultResult{Name: "nat", Kind: "silence", Clients: 20, Detected: 20, Recovered: 20, AtS: []float64{3, 8, 13}})
		p.thresholds([]ThresholdResult{{Text: "lost == 0", Verdict: Inconclusive, Note: long}})
		text := p.buf.String()
		for line := range strings.Lines(text) {
			if w := columns(strings.TrimSuffix(line, "\n")); w > width {
				t.Fatalf("%d columns on a terminal of %d: %s", w, width, line)
			}
		}
		if n := strings.Count(strings.Join(strings.Fields(text), " "), "any such terminal is wide"); n != 6 {
			t.Errorf("on a terminal of %d, %d of 6 sentences are whole:\n%s", width, n, text)
		}
	}
}

func TestALastWordIsALineOfItsOwn(t *testing.T) {
	text := render(t, &Result{Verdict: Failed, Reasons: []string{"It ended; its last words:\n\tpanic: <b>\r\n\n\x1b[31mred\n✓ PASSED\n"}}, TextOptions{})
	if want := "  It ended; its last words:\n    panic: <b>\n    \\x1b[31mred\n    ✓ PASSED\n"; !strings.Contains(text, want) {
		t.Errorf("%s\nwant\n%s", text, want)
	}
}

func TestColorOffLeavesNoEscapeBehind(t *testing.T) {
	for name, r := range samples() {
		painted, bare := render(t, r, TextOptions{Color: true}), render(t, r, TextOptions{})
		if strings.ContainsRune(bare, '\x1b') {
			t.Errorf("%s: an escape without color", name)
		}
		if stripped := ansi.ReplaceAllString(painted, ""); stripped != bare {
			t.Errorf("%s: color changes more than color:\n%s", name, cmp.Diff(bare, stripped))
		}
	}
}

func TestWhatServersWriteCannotTouchTheTerminal(t *testing.T) {
	for _, o := range []TextOptions{{}, {Width: 120}, {Color: true}} {
		text := ansi.ReplaceAllString(render(t, sampleHostile(), o), "")
		if !utf8.ValidString(text) {
			t.Error("not UTF-8")
		}
		for _, r := range text {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%+q got through", r)
			}
		}
		if strings.Contains(text, "\nVERDICT") {
			t.Error("a server started a line of its own")
		}
		if len(text) > 150_000 {
			t.Errorf("%d bytes: names of 10 KB were not cut", len(text))
		}
	}
}

func TestTextReportsTheWritersError(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	w.Close()
	if err := Text(w, sampleQuickstart(), TextOptions{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestTheCommandToRunAgainIsOneWordForTheShell(t *testing.T) {
	for file, want := range map[string]string{
		"examples/nat-silence.yaml": "examples/nat-silence.yaml",
		"my tests/nat.yaml":         "'my tests/nat.yaml'",
		"it's; rm -rf ~":            `'it'\''s; rm -rf ~'`,
		"~/nat.yaml":                "'~/nat.yaml'",
		"-o":                        "./-o",
		"静默.yaml":                   "'静默.yaml'",
	} {
		if got := shellWord(file); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

// FuzzText renders anything that a result file may hold.
func FuzzText(f *testing.F) {
	for _, r := range samples() {
		r.Timeline = r.Timeline[:min(len(r.Timeline), 12)]
		b, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, 80)
	}
	f.Add([]byte(`{"timeline":[{"t_s":1e300,"connected":-5},{"t_s":9}],"faults":[{"at_s":[1e300,-1e300,3],"for_s":1e308}]}`), 0)
	f.Fuzz(func(t *testing.T, file []byte, width int) {
		var r Result
		if json.Unmarshal(file, &r) != nil {
			return
		}
		text := render(t, &r, TextOptions{Width: width})
		for _, c := range text {
			if c != '\n' && !unicode.IsPrint(c) {
				t.Fatalf("%+q got through", c)
			}
		}
	})
}

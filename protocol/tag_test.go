package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var someTag = Tag{Run: 0xfeedbeef, Origin: 7, Sender: 1234, Number: 99_000, Intended: 61_000_123 * time.Microsecond}

func TestTagIsFoundAgainWhateverAServerMakesOfTheContent(t *testing.T) {
	content := string(AppendTag(nil, someTag)) + "padding"
	quoted, err := json.Marshal("he said \"" + content + "\"\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, frame := range map[string]string{
		"alone":                               content,
		"with a prefix":                       "已收到：" + content,
		"as a JSON string within JSON":        string(quoted),
		"as JSON within a JSON string":        `42["message","{\"content\":\"` + content + `\"}"]`,
		"after something that looks like one": "im~im~12im~" + content,
		"after a broken one":                  string(AppendTag(nil, someTag)[:TagLen-1]) + "!" + content,
		"in upper-case surroundings":          "IM~" + content,
	} {
		got, rest, ok := FindTag([]byte(frame))
		if !ok || got != someTag {
			t.Errorf("%s: found %v %+v", name, ok, got)
		}
		if !bytes.HasPrefix(rest, []byte("padding")) {
			t.Errorf("%s: what follows is %q", name, rest)
		}
	}
}

func TestWhatIsNoTagIsNotFound(t *testing.T) {
	whole := string(AppendTag(nil, someTag))
	for name, frame := range map[string]string{
		"nothing":               "",
		"only a head":           "im~",
		"cut short":             whole[:TagLen-1],
		"a wrong end":           whole[:TagLen-1] + "-",
		"a letter in a number":  strings.Replace(whole, "feed", "feeg", 1),
		"upper-case hex digits": strings.Replace(whole, "feed", "FEED", 1),
	} {
		if got, _, ok := FindTag([]byte(frame)); ok {
			t.Errorf("%s: found %+v", name, got)
		}
	}
}

func TestSeveralTagsInOneFrameAreAllFound(t *testing.T) {
	var frame []byte
	var want []Tag
	for n := range uint32(4) {
		tag := someTag
		tag.Number = n
		want = append(want, tag)
		frame = AppendTag(append(frame, `["x","`...), tag)
		frame = append(frame, `"]`...)
	}
	var got []Tag
	for rest := frame; ; {
		tag, after, ok := FindTag(rest)
		if !ok {
			break
		}
		got, rest = append(got, tag), after
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTagCarriesItsExtremes(t *testing.T) {
	for _, want := range []Tag{
		{},
		{Run: 1<<32 - 1, Origin: 255, Sender: MaxSender, Number: 1<<32 - 1, Intended: (1<<48 - 1) * time.Microsecond},
	} {
		b := AppendTag(nil, want)
		if got, _, ok := FindTag(b); len(b) != TagLen || !ok || got != want {
			t.Errorf("%+v came back as %+v (%v, %d bytes)", want, got, ok, len(b))
		}
	}
}

func FuzzFindTag(f *testing.F) {
	f.Add([]byte("im~im~"))
	f.Add(AppendTag([]byte("已收到："), someTag))
	f.Fuzz(func(t *testing.T, frame []byte) {
		tag, rest, ok := FindTag(frame)
		if !ok {
			return
		}
		again := AppendTag(nil, tag)
		if !bytes.HasSuffix(frame, append(again, rest...)) {
			t.Errorf("%q: found %+v and %q, which is not what it says", frame, tag, rest)
		}
	})
}

func BenchmarkAppendTag(b *testing.B) {
	buf := make([]byte, 0, TagLen)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendTag(buf[:0], someTag)
	}
}

func BenchmarkFindTag(b *testing.B) {
	frame := AppendTag([]byte(strings.Repeat("something before it ", 5)), someTag)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := FindTag(frame); !ok {
			b.Fatal("not found")
		}
	}
}

func ExampleFindTag() {
	sent := AppendTag(nil, Tag{Run: 1, Sender: 12, Number: 5, Intended: 1500 * time.Millisecond})
	received := `{"event":"message","payload":{"content":"已收到：` + string(sent) + `"}}`
	tag, _, ok := FindTag([]byte(received))
	fmt.Println(ok, tag.Sender, tag.Number, tag.Intended)
	// Output: true 12 5 1.5s
}

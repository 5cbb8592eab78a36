package jsonpath

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// compiled is a set of paths, for tests.
func compiled(t testing.TB, paths ...string) *Set {
	t.Helper()
	s := new(Set)
	for i, p := range paths {
		if slot, err := s.Add(p); err != nil || slot != i {
			t.Fatalf("%s: slot %d, %v", p, slot, err)
		}
	}
	return s
}

func TestFindTakesWhatStandsAtAPath(t *testing.T) {
	for name, c := range map[string]struct {
		path, text, want string // want "" for nothing
	}{
		"a member":                         {"$.type", `{"type":"pong"}`, `"pong"`},
		"a member of a member":             {"$.data.id", `{"id":1,"data":{"id":2}}`, `2`},
		"an element":                       {"$[1]", `["a",{"b":[]}]`, `{"b":[]}`},
		"a member of an element":           {"$[1].b", `["a",{"b":true}]`, `true`},
		"an element of an element":         {"$[0][2]", `[[1,2,3]]`, `3`},
		"the whole text":                   {"$", ` {"a":1} `, `{"a":1}`},
		"a name with dots":                 {"$['a.b']", `{"a.b":1}`, `1`},
		"a name in Chinese":                {"$.内容", `{"内容":"好"}`, `"好"`},
		"a key written with escapes":       {"$.type", `{"t\u0079pe":1}`, `1`},
		"the last of two equal keys":       {"$.a", `{"a":1,"a":2}`, `2`},
		"nothing of a key that came again": {"$.a.b", `{"a":{"b":1},"a":{}}`, ``},
		"null is a value":                  {"$.a", `{"a":null}`, `null`},
		"no such member":                   {"$.b", `{"a":1}`, ``},
		"no such element":                  {"$[3]", `[1,2]`, ``},
		"a member of a list":               {"$.a", `[1,2]`, ``},
		"an element of an object":          {"$[0]", `{"0":1}`, ``},
		"spaces everywhere":                {"$.a[1]", " {\r\n\t\"a\" : [ 1 , -2.5e+3 ] } ", `-2.5e+3`},
	} {
		t.Run(name, func(t *testing.T) {
			s := compiled(t, c.path)
			places := make([]Span, s.Len())
			if err := s.Find([]byte(c.text), places); err != nil {
				t.Fatal(err)
			}
			got := places[0].In([]byte(c.text))
			if string(got) != c.want || (got == nil) != (c.want == "") {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestFindRefusesWhatIsNotJSON(t *testing.T) {
	for _, text := range []string{
		"", " ", "pong", "{", "}", `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[,1]`, `[1 2]`, `"a`, "\"a\nb\"", `"\x"`, `"\u12g4"`,
		"01", "1.", ".5", "-", "1e", "+1", "tru", "nul", "{1:2}", `{"a":1}x`, "[1]]", `{'a':1}`,
	} {
		if err := compiled(t, "$.a").Find([]byte(text), make([]Span, 1)); err == nil || json.Valid([]byte(text)) {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if err := new(Set).Find(deep(maxDepth), nil); err != nil {
		t.Error(err)
	}
	if err := new(Set).Find(deep(maxDepth+1), nil); err != ErrTooDeep {
		t.Error(err)
	}
	if err := new(Set).Find(deep(1<<20), nil); err != ErrTooDeep {
		t.Error(err)
	}
}

func TestWrongPathsSayWhatIsWrong(t *testing.T) {
	for path, want := range map[string]string{
		"":           "does not begin with $",
		"type":       "does not begin with $",
		"$type":      "neither .name nor [0]",
		"$.":         "is not a name",
		"$..a":       "is not a name",
		"$.a b":      "is not a name",
		"$.*":        "is not a name",
		"$[":         "not an element's number",
		"$[-1]":      "not an element's number",
		"$[x]":       "not an element's number",
		"$[1001]":    "not an element's number",
		"$['a":       "does not end with ']",
		`$["a']`:     `does not end with "]`,
		"$.a[0]junk": "neither .name nor [0]",
	} {
		if _, err := new(Set).Add(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", path, err, want)
		}
	}
	s := new(Set)
	for i := range MaxPaths {
		if _, err := s.Add(fmt.Sprintf("$[%d]", i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Add("$.one.more"); err == nil {
		t.Error("took one path too many")
	}
	if slot, err := s.Add("$[3]"); slot != 3 || err != nil {
		t.Errorf("a path that is there: %d, %v", slot, err)
	}
}

func TestCutFindsTheEndOfAPath(t *testing.T) {
	for text, want := range map[string][2]string{
		`$.a == "x"`:      {"$.a", ` == "x"`},
		`$.a>=1`:          {"$.a", ">=1"},
		`$['a == b'] < 1`: {"$['a == b']", " < 1"},
		`$`:               {"$", ""},
		``:                {"", ""},
		`$['open`:         {"$['open", ""},
	} {
		if path, rest := Cut(text); path != want[0] || rest != want[1] {
			t.Errorf("%q: %q, %q", text, path, rest)
		}
	}
}

func TestElementsTakesAListApart(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
		fine bool
	}{
		"objects":              {`[{"a":[1,2]},{"b":"],["}]`, []string{`{"a":[1,2]}`, `{"b":"],["}`}, true},
		"spaces":               {"[ 1 ,\n2 ] ", []string{"1", "2"}, true},
		"an empty list":        {"[]", nil, true},
		"a broken element":     {`[1,{]`, []string{"1"}, false},
		"no end":               {`[1,2`, []string{"1"}, false},
		"something after it":   {`[1]x`, nil, false},
		"a comma at the end":   {`[1,]`, []string{"1"}, false},
		"a comma at the start": {`[,1]`, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			rest := []byte(c.text)
			var err error
			for rest != nil && err == nil {
				var first []byte
				if first, rest, err = Elements(rest); first != nil {
					got = append(got, string(first))
				}
			}
			if !reflect.DeepEqual(got, c.want) || (err == nil) != c.fine {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// FuzzFind holds Find against encoding/json: it takes the same texts, and finds
// the same values.
func FuzzFind(f *testing.F) {
	paths := []string{"$", "$.a", "$.a.b", "$[0]", "$[1].a", "$.a[0]", "$['x y']"}
	for _, text := range []string{
		`{"a":{"b":1}}`, `[{"a":1},{"a":"x"}]`, `{"\u0061":[1.5e3,null]}`, `{"a":1,"a":{"b":"\ud800"}}`, `"ü\n"`, "{\"x y\":\"\x80\"}", `[[[[]]]]`,
	} {
		f.Add([]byte(text))
	}
	s := compiled(f, paths...)
	f.Fuzz(func(t *testing.T, text []byte) {
		places := make([]Span, s.Len())
		err := s.Find(text, places)
		if err == ErrTooDeep {
			return
		}
		if (err == nil) != json.Valid(text) {
			t.Fatalf("%q: %v, but encoding/json says %v", text, err, json.Valid(text))
		}
		if err != nil {
			return
		}
		var whole any
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&whole); err != nil {
			t.Skip() // a number out of range
		}
		for i, p := range paths {
			want, there := lookup(whole, p)
			value := places[i].In(text)
			if there != (value != nil) {
				t.Fatalf("%q: %s there %v, found %q", text, p, there, value)
			}
			if !there {
				continue
			}
			var got any
			d := json.NewDecoder(bytes.NewReader(value))
			d.UseNumber()
			if err := d.Decode(&got); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%q: %s is %q, want %v (%v)", text, p, value, want, err)
			}
			if text, ok := want.(string); ok && string(value.Text()) != text {
				t.Fatalf("%q: says %q, want %q", value, value.Text(), text)
			}
		}
	})
}

// lookup is the slow way: it walks what encoding/json has built.
func lookup(v any, path string) (any, bool) {
	steps, err := parse(path)
	if err != nil {
		panic(err)
	}
	for _, s := range steps {
		if s.index >= 0 {
			list, ok := v.([]any)
			if !ok || s.index >= len(list) {
				return nil, false
			}
			v = list[s.index]
			continue
		}
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = object[s.key]; !ok {
			return nil, false
		}
	}
	return v, true
}

func FuzzAdd(f *testing.F) {
	for _, p := range []string{"$.a", "$['x'][3].y", "$[", "$.a == 1"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, rest := Cut(text)
		if path+rest != text {
			t.Fatalf("%q became %q and %q", text, path, rest)
		}
		_, _ = new(Set).Add(text)
	})
}

func FuzzElements(f *testing.F) {
	for _, text := range []string{`[1,{"a":[]},"],"]`, `[]`, `,1]`, `[`, ``} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var list []json.RawMessage
		whole := json.Unmarshal(text, &list) == nil && len(text) > 0 && text[0] == '['
		rest := text
		for i := 0; rest != nil; i++ {
			first, after, err := Elements(rest)
			if err == ErrTooDeep {
				return
			}
			if whole && (err != nil || first != nil && !bytes.Equal(first, list[i])) {
				t.Fatalf("%q: element %d is %q, %v", text, i, first, err)
			}
			if err != nil || len(after) >= len(rest) {
				return
			}
			rest = after
		}
	})
}

func TestFindDoesNotAllocate(t *testing.T) {
	s := compiled(t, "$.type", "$.data.id", "$[1].a")
	text := []byte(`{"type":"message","data":{"id":7,"content":"a \"quoted\" text"},"list":[1,2,{"x":null}]}`)
	var places [MaxPaths]Span
	if n := testing.AllocsPerRun(10, func() { _ = s.Find(text, places[:s.Len()]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFind(b *testing.B) {
	s := compiled(b, "$.type", "$.data.room")
	text := []byte(`{"type":"message","data":{"room":"r1","content":"` + strings.Repeat("all work and no play ", 10) + `"},"time":1760000000000}`)
	var places [MaxPaths]Span
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if s.Find(text, places[:s.Len()]) != nil {
			b.Fatal("not JSON")
		}
	}
}

func ExampleSet() {
	var s Set
	kind, _ := s.Add("$.type")
	id, _ := s.Add("$.data.id")
	text := []byte(`{"type":"ack","data":{"id":"m\u002d17"}}`)
	places := make([]Span, s.Len())
	if err := s.Find(text, places); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%s %s\n", places[kind].In(text).Text(), places[id].In(text).Text())
	// Output: ack m-17
}

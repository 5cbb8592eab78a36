package faults

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/imbench/imbench/internal/wsframe"
)

// speech is that of a client whose messages are text.
func speech() Speech {
	return Speech{
		First:        wsframe.Final | wsframe.Text,
		Message:      []byte(`{"event":"message","payload":{"content":"hello"}}`),
		Beat:         []byte(`{"event":"heartbeat"}`),
		WrongVersion: []byte(`{"version":"0.0.0"}`),
		Oversize:     64 << 20, Sent: 4 << 10,
	}
}

// taken is a frame as a reader finds it.
type taken struct {
	first     byte
	masked    bool
	announced uint64
	payload   string
}

// take parts a frame. A mask must be of zeros.
func take(t *testing.T, frame []byte) taken {
	t.Helper()
	announced, size := wsframe.Length(frame)
	f := taken{first: frame[0], masked: wsframe.IsMasked(frame), announced: announced}
	rest := string(frame[size:])
	if f.masked {
		found := false
		if rest, found = strings.CutPrefix(rest, "\x00\x00\x00\x00"); !found {
			t.Fatalf("the mask of % x… is not of zeros", frame[:min(len(frame), 20)])
		}
	}
	f.payload = rest
	return f
}

// A malformed frame is wrong in its own way, and in no other: a server that
// answers to the mask has not seen the JSON.
func TestEachFormOfMalformedFrameIsWrongInItsOwnWayOnly(t *testing.T) {
	for _, form := range Forms() {
		for name, first := range map[string]byte{"text": wsframe.Final | wsframe.Text, "binary": wsframe.Final | wsframe.Binary} {
			t.Run(form+" of "+name, func(t *testing.T) {
				s := speech()
				s.First = first
				frame, err := MalformedFrame(form, s)
				if err != nil {
					t.Fatal(err)
				}
				f := take(t, frame)
				wrong := map[string]bool{
					BadJSON:  !json.Valid([]byte(f.payload)) && utf8.ValidString(f.payload) && form != Oversize,
					BadUTF8:  !utf8.ValidString(f.payload),
					Oversize: f.announced > uint64(len(f.payload)),
					Unmasked: !f.masked,
				}
				wrong[WrongVersion] = strings.Contains(f.payload, `"0.0.0"`)
				for way, is := range wrong {
					if is != (way == form) {
						t.Errorf("%s: %v, of %+.80v", way, is, f)
					}
				}
				want := first
				if form == BadUTF8 { // only text has to be UTF-8
					want = wsframe.Final | wsframe.Text
				}
				if f.first != want {
					t.Errorf("its first byte is %#x; want %#x", f.first, want)
				}
			})
		}
	}
}

func TestAnOversizeFrameGoesAsFarAsItIsTold(t *testing.T) {
	for name, sent := range map[string]int{"its beginning": 10, "all of it": 2 << 20} {
		t.Run(name, func(t *testing.T) {
			s := speech()
			s.Oversize, s.Sent = 2<<20, sent
			frame, err := MalformedFrame(Oversize, s)
			if err != nil {
				t.Fatal(err)
			}
			if f := take(t, frame); f.announced != 2<<20 || len(f.payload) != sent {
				t.Errorf("it announces %d bytes and sends %d; want %d and %d", f.announced, len(f.payload), 2<<20, sent)
			}
		})
	}
}

func TestBadJSONIsHalfOfWhatTheClientWouldSay(t *testing.T) {
	s := speech()
	frame, err := MalformedFrame(BadJSON, s)
	if err != nil {
		t.Fatal(err)
	}
	if f := take(t, frame); f.payload != string(s.Message[:len(s.Message)/2]) || f.announced != uint64(len(f.payload)) {
		t.Errorf("it is %+v", f)
	}
}

func TestAClientWithoutBeatsSendsAnEmptyObjectUnmasked(t *testing.T) {
	s := speech()
	s.Beat = nil
	frame, err := MalformedFrame(Unmasked, s)
	if err != nil || !slices.Equal(frame, []byte("\x81\x02{}")) {
		t.Errorf("% x, %v", frame, err)
	}
}

func TestWhatCannotBeMalformedIsAnError(t *testing.T) {
	s := speech()
	s.WrongVersion = nil
	for form, want := range map[string]string{
		WrongVersion: "this protocol has no such frame",
		"rude":       `"rude" is not a form of being malformed`,
	} {
		if frame, err := MalformedFrame(form, s); err == nil || err.Error() != want || frame != nil {
			t.Errorf("%s: % x, %v; want %s", form, frame, err, want)
		}
	}
}

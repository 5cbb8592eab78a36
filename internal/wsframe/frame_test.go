package wsframe

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The examples of RFC 6455, section 5.7; those of a client with a mask of
// zeros.
func TestFramesAreThoseOfTheRFC(t *testing.T) {
	for name, c := range map[string]struct {
		first   byte
		from    Sender
		payload string
		want    string // how it begins, in hex
	}{
		"a text, unmasked":             {Final | Text, Server, "Hello", "810548656c6c6f"},
		"a text, masked":               {Final | Text, Client, "Hello", "81850000000048656c6c6f"},
		"the first of two fragments":   {Text, Server, "Hel", "010348656c"},
		"the last of two fragments":    {Final, Server, "lo", "80026c6f"},
		"a ping, unmasked":             {Final | Ping, Server, "Hello", "890548656c6c6f"},
		"256 bytes, binary":            {Final | Binary, Server, strings.Repeat("x", 256), "827e0100" + "7878"},
		"64 KiB, binary":               {Final | Binary, Server, strings.Repeat("x", 64<<10), "827f0000000000010000" + "7878"},
		"256 bytes, binary and masked": {Final | Binary, Client, strings.Repeat("x", 256), "82fe0100" + "00000000" + "7878"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Append(nil, c.first, c.from, []byte(c.payload))
			if begin := hex.EncodeToString(got[:min(len(got), len(c.want)/2)]); begin != c.want {
				t.Errorf("it begins %s; want %s", begin, c.want)
			}
			if !bytes.HasSuffix(got, []byte(c.payload)) {
				t.Error("it does not end with the payload")
			}
			if got := Opcode(got[0]); got != c.first&^Final {
				t.Errorf("the opcode is %d", got)
			}
		})
	}
}

func TestALengthIsReadAsItIsWrittenAndNotBeforeItHasCome(t *testing.T) {
	for _, length := range []uint64{0, 1, 125, 126, 127, 1<<16 - 1, 1 << 16, 64 << 20, 1<<63 - 1} {
		for _, from := range []Sender{Server, Client} {
			t.Run(fmt.Sprint(length, " from ", from), func(t *testing.T) {
				header := AppendHeader([]byte("before"), Final|Text, from, length)[len("before"):]
				mask := 0
				if from == Client {
					mask = 4
				}
				if len(header) > MaxHeader || IsMasked(header) != (from == Client) {
					t.Fatalf("the header is %x", header)
				}
				for n := range len(header) + 1 {
					payload, size := Length(header[:n])
					switch known := n >= len(header)-mask; {
					case n < 2 && size != 2, n >= 2 && size != len(header)-mask:
						t.Errorf("of %d bytes: size %d; the header is %x", n, size, header)
					case known && payload != length, !known && payload != 0:
						t.Errorf("of %d bytes: %d bytes of payload", n, payload)
					}
				}
			})
		}
	}
}

// FuzzLength: no header makes it panic, and what it says does not change with
// the bytes that come after the length.
func FuzzLength(f *testing.F) {
	f.Add([]byte{0x81, 0xfe, 1, 0, 0, 0, 0, 0})
	f.Add([]byte{0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, header []byte) {
		payload, size := Length(header)
		if size > len(header) {
			return
		}
		again, sizeAgain := Length(slices.Concat(header[:size], []byte("xxxx")))
		if again != payload || sizeAgain != size {
			t.Fatalf("%d and %d; then %d and %d", payload, size, again, sizeAgain)
		}
	})
}

package testserver

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestWhoResumesGetsWhatWasMissedAndNothingTwice(t *testing.T) {
	s, address := serve(t, Config{})
	b := dial(t, address, "client=b&room=r")
	fresh := dial(t, address, "client=a&room=r")
	fromGreeting := fresh.offset
	b.tell(`"room":"r"`, "one")
	b.tell(`"room":"r"`, "two")
	fresh.expect("one")
	fromOne := fresh.offset
	fresh.say(`"room":"r"`, "my own")
	fresh.expect("two")
	b.expect("my own")
	fresh.leave()
	eventually(t, func() bool { return s.conns.Load() == 1 })
	b.tell(`"room":"r"`, "three")
	b.tell(`"to":"a"`, "aside")

	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"from the first message":          {"room=r&offset=" + fromOne, []string{"two", "three"}},
		"from the greeting, all streams":  {"room=r&offset=" + fromGreeting, []string{"aside", "one", "two", "three"}},
		"from a start of before a crash":  {"room=r&offset=r" + flip(fromOne[1:5]) + ".999", []string{"one", "two", "three"}},
		"from a future that never was":    {"room=r&offset=r" + fromOne[1:6] + "99999", []string{"one", "two", "three"}},
		"without an offset nothing":       {"room=r", nil},
		"only the stream that it names":   {"room=r&offset=d" + fromOne[1:6] + "0", []string{"aside"}},
		"a stream one is not in, nothing": {"offset=" + fromOne, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := dial(t, address, "client=a&"+c.query)
			a.expect(c.want...)
			a.silent()
		})
	}
}

func TestTheGreetingSaysWhatFollowsIt(t *testing.T) {
	_, address := serve(t, Config{})
	b, a := dial(t, address, "client=b&room=r"), dial(t, address, "client=a&room=r")
	b.tell(`"room":"r"`, "one")
	a.expect("one")
	seen := a.offset
	b.tell(`"room":"r"`, "two")
	// Lost twice, before anything of the replay was read.
	for range 2 {
		a = dial(t, address, "client=a&room=r&offset="+seen)
		seen = a.offset
	}
	a.expect("two")
	a.silent()
	// Without an offset, what follows is what is new.
	a = dial(t, address, "client=a&room=r")
	b.tell(`"room":"r"`, "three")
	a = dial(t, address, "client=a&room=r&offset="+a.offset)
	a.expect("three")
	a.silent()
}

// flip is another epoch.
func flip(epoch string) string {
	if epoch == "ffff" {
		return "0000"
	}
	return "ffff"
}

func TestHistoryIsBoundedByCount(t *testing.T) {
	_, address := serve(t, Config{History: 3})
	b, a := dial(t, address, "client=b&room=r"), dial(t, address, "client=a&room=r")
	for i := range 10 {
		b.tell(`"room":"r"`, strconv.Itoa(i))
	}
	a = dial(t, address, "client=a&room=r&offset="+a.offset)
	a.expect("7", "8", "9")
	a.silent()
}

func TestWithoutHistoryThereIsNothingToResume(t *testing.T) {
	_, address := serve(t, Config{History: -1})
	b, a := dial(t, address, "client=b&room=r"), dial(t, address, "client=a&room=r")
	b.tell(`"room":"r"`, "x")
	a = dial(t, address, "client=a&room=r&offset="+a.offset)
	a.silent()
}

func TestHistoryStaysWithinItsBytes(t *testing.T) {
	s, address := serve(t, Config{HistoryBytes: 2000})
	a := dial(t, address, "client=a&room=r")
	other := dial(t, address, "client=b&room=s")
	for range 50 {
		a.tell(`"room":"r"`, strings.Repeat("x", 100))
		other.tell(`"room":"s"`, strings.Repeat("x", 100))
	}
	if used := s.hub.bytes.used.Load(); used > 2500 || used < 500 {
		t.Errorf("%d bytes of history", used)
	}
}

func TestUnusedRoomsAndClientsAreForgotten(t *testing.T) {
	s, address := serve(t, Config{HistoryFor: time.Millisecond, PingEvery: 10 * time.Millisecond, ReapAfter: time.Minute})
	a, b := dial(t, address, "client=a&room=r"), dial(t, address, "client=b&room=r")
	a.tell(`"room":"r"`, "x")
	a.tell(`"to":"b"`, "y")
	b.expect("x", "y")
	last := b.offset
	a.leave()
	b.leave()
	eventually(t, func() bool {
		s.hub.mu.RLock()
		defer s.hub.mu.RUnlock()
		return len(s.hub.rooms) == 0 && len(s.hub.clients) == 0 && s.hub.idle == 0
	})
	if used := s.hub.bytes.used.Load(); used != 0 {
		t.Errorf("%d bytes of history left", used)
	}
	// b's old offset must not hide what comes in the stream of the same name.
	b = dial(t, address, "client=b")
	a = dial(t, address, "client=a")
	a.tell(`"to":"b"`, "z")
	b.expect("z")
	if before, now := ordinal(t, last), ordinal(t, b.offset); now <= before {
		t.Errorf("ordinal %d given again, after %d", now, before)
	}
}

func ordinal(t *testing.T, text string) uint64 {
	o, ok := parseOffset(text)
	if !ok {
		t.Fatalf("offset %q", text)
	}
	return o.ordinal
}

// TestResumeHasNeitherGapNorDuplicateWhileOthersPublish loses and resumes a
// connection over and over, in the middle of traffic.
func TestResumeHasNeitherGapNorDuplicateWhileOthersPublish(t *testing.T) {
	const senders, each = 3, 400
	_, address := serve(t, Config{History: senders * each, Queue: senders * each})
	receiver := dial(t, address, "client=receiver&room=r")
	var others [senders]*client
	for i := range senders {
		others[i] = dial(t, address, fmt.Sprintf("client=s%d&room=r", i))
	}
	var group sync.WaitGroup
	for i, c := range others {
		group.Go(func() {
			for n := range each {
				c.say(`"room":"r"`, fmt.Sprintf("%d %d", i, n))
			}
		})
		group.Go(func() { // or its queue would fill
			for range (senders - 1) * each {
				if _, _, err := c.ws.ReadMessage(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	next := [senders]int{}
	offset := receiver.offset
	for got := 0; got < senders*each; {
		for range 37 { // then lose the connection, whatever is on its way
			if got == senders*each {
				break
			}
			e := receiver.next("message")
			var sender, n int
			if _, err := fmt.Sscanf(e.Payload.Content, "%d %d", &sender, &n); err != nil {
				t.Fatal(err)
			}
			if n != next[sender] {
				t.Fatalf("sender %d: message %d came, expected %d", sender, n, next[sender])
			}
			next[sender]++
			got++
			offset = e.Payload.Meta.Offset
		}
		receiver.leave()
		receiver = dial(t, address, "client=receiver&room=r&offset="+url.QueryEscape(offset))
	}
	receiver.silent()
	group.Wait()
}

func TestAReplayLongerThanTheQueueIsNoSlowConsumer(t *testing.T) {
	_, address := serve(t, Config{Queue: 5, History: 500})
	b, a := dial(t, address, "client=b&room=r"), dial(t, address, "client=a&room=r")
	from := a.offset
	a.leave()
	var want []string
	for i := range 300 {
		b.tell(`"room":"r"`, strconv.Itoa(i))
		want = append(want, strconv.Itoa(i))
	}
	a = dial(t, address, "client=a&room=r&offset="+from)
	a.expect(want...)
	a.silent()
}

func FuzzOffsets(f *testing.F) {
	f.Add("r1a2b.12,d1a2b.0")
	f.Add("a0000.0")
	f.Fuzz(func(t *testing.T, s string) {
		o, ok := parseOffset(s)
		if !ok {
			return
		}
		again, ok := parseOffset(string(o.append(nil)))
		if !ok || again != o {
			t.Errorf("%q was read as %+v, which reads back as %+v", s, o, again)
		}
	})
}

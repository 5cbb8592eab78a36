package testserver

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestBugsPrintAsWhatTheyParseFrom(t *testing.T) {
	for _, text := range []string{
		"drop=1/1000", "duplicate=1/2", "reorder=1/7", "ack-then-lose=1/1", "never-reap", "no-heartbeat-ack",
		"slow-login=1.5s", "slow-delivery=70µs", "stall-room=3s",
	} {
		b, err := ParseBug(text)
		if err != nil || b.String() != text {
			t.Errorf("%s: %s, %v", text, b, err)
		}
	}
	if b, err := ParseBug("stall-room"); err != nil || b.Delay != stallFor {
		t.Errorf("stall-room: %+v, %v", b, err)
	}
}

func TestWrongBugsSayWhatWouldBeRight(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "never-reap",
		"explode":            "ack-then-lose=1/N",
		"drop":               "drop=1/1000",
		"drop=0.1":           "drop=1/1000",
		"drop=1/0":           "drop=1/1000",
		"drop=1/-3":          "drop=1/1000",
		"drop=2/3":           "drop=1/1000",
		"never-reap=1/2":     "takes no value",
		"slow-login":         "slow-login=2s",
		"slow-login=5":       "slow-login=2s",
		"slow-login=-1s":     "slow-login=2s",
		"slow-delivery":      "slow-delivery=2s",
		"stall-room=forever": "stall-room=2s",
	} {
		if _, err := ParseBug(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want a hint at %s", text, err, want)
		}
	}
}

// pair connects a sender and a receiver to a server with one bug.
func pair(t *testing.T, bug string) (from, to *client) {
	t.Helper()
	b, err := ParseBug(bug)
	if err != nil {
		t.Fatal(err)
	}
	_, address := serve(t, Config{Bugs: []Bug{b}})
	from = dial(t, address, "client=a&room=r")
	return from, dial(t, address, "client=b&room=r")
}

// tellAll sends 1 to n to the room, each acked.
func tellAll(c *client, n int) {
	c.t.Helper()
	for i := range n {
		c.tell(`"room":"r"`, strconv.Itoa(i+1))
	}
}

func TestDropLeavesOutEveryNthDelivery(t *testing.T) {
	from, to := pair(t, "drop=1/3")
	tellAll(from, 7)
	to.expect("1", "2", "4", "5", "7")
	to.silent()
}

func TestDuplicateMakesEveryNthDeliveryTwice(t *testing.T) {
	from, to := pair(t, "duplicate=1/3")
	tellAll(from, 4)
	to.expect("1", "2", "3", "3", "4")
	to.silent()
}

func TestReorderSwapsEveryNthDeliveryWithTheSendersNext(t *testing.T) {
	from, to := pair(t, "reorder=1/3")
	tellAll(from, 5)
	to.expect("1", "2", "4", "3", "5")
	to.silent()
}

func TestReorderLosesNothingWhenNothingFollows(t *testing.T) {
	from, to := pair(t, "reorder=1/2")
	start := time.Now()
	tellAll(from, 2)
	to.expect("1", "2")
	if took := time.Since(start); took < reorderWait {
		t.Errorf("held back for %s only", took)
	}
}

func TestAckThenLoseConfirmsWhatNobodyGets(t *testing.T) {
	from, to := pair(t, "ack-then-lose=1/2")
	tellAll(from, 5)
	to.expect("1", "3", "5")
	to.silent()
}

func TestNoHeartbeatAckAnswersNoBeat(t *testing.T) {
	from, _ := pair(t, "no-heartbeat-ack")
	from.beat(1)
	from.tell(`"room":"r"`, "x") // the ack is all that comes
}

func TestStallRoomDeliversTheFirstRoomLateAndInOrder(t *testing.T) {
	b, err := ParseBug("stall-room=200ms")
	if err != nil {
		t.Fatal(err)
	}
	_, address := serve(t, Config{Bugs: []Bug{b}})
	from, to := dial(t, address, "client=a&room=r"), dial(t, address, "client=b&room=r")
	x, y := dial(t, address, "client=x&room=s"), dial(t, address, "client=y&room=s")
	start := time.Now()
	tellAll(from, 20)
	x.tell(`"room":"s"`, "at once")
	y.expect("at once")
	for i := range 20 {
		to.expect(strconv.Itoa(i + 1))
		if took := time.Since(start); took < b.Delay {
			t.Errorf("message %d came after %s", i+1, took)
		}
	}
	to.silent()
}

func TestSlowDeliveryDeliversEachMessageLate(t *testing.T) {
	b, err := ParseBug("slow-delivery=150ms")
	if err != nil {
		t.Fatal(err)
	}
	_, address := serve(t, Config{Bugs: []Bug{b}})
	from, to := dial(t, address, "client=a&room=r"), dial(t, address, "client=b&room=r")
	start := time.Now()
	tellAll(from, 2)
	to.expect("1", "2")
	if took := time.Since(start); took < 2*b.Delay {
		t.Errorf("two messages came after %s", took)
	}
}

func TestTheServerWithoutBugsHasNone(t *testing.T) {
	_, address := serve(t, Config{})
	from, to := dial(t, address, "client=a&room=r"), dial(t, address, "client=b&room=r")
	tellAll(from, 50)
	for i := range 50 {
		to.expect(strconv.Itoa(i + 1))
	}
	to.silent()
}

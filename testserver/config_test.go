package testserver

import (
	"strings"
	"testing"
	"time"
)

func TestTheZeroConfigIsValid(t *testing.T) {
	if err := (Config{}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestEverythingWrongIsReportedAtOnce(t *testing.T) {
	err := Config{
		MaxConns: -1, MaxFrame: -1, Rate: -1, Queue: -1, HistoryBytes: -1, HistoryFor: -1, SlowConsumer: 7,
		PingEvery: time.Minute, ReapAfter: time.Minute, Bugs: []Bug{{Name: "explode"}, {Name: "drop"}},
	}.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 10 {
		t.Errorf("%d errors:\n%v", n, err)
	}
	if _, err := New(Config{Queue: -1}); err == nil {
		t.Error("New took it")
	}
}

func TestSlowConsumerPrintsAsWhatItParsesFrom(t *testing.T) {
	for _, text := range []string{"close", "drop-oldest"} {
		var p SlowConsumer
		if err := p.UnmarshalText([]byte(text)); err != nil || p.String() != text {
			t.Errorf("%s: %s, %v", text, p, err)
		}
	}
	if err := new(SlowConsumer).UnmarshalText([]byte("wait")); err == nil || !strings.Contains(err.Error(), "drop-oldest") {
		t.Error(err)
	}
}
